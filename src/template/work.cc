#include "template/work.h"

#include <algorithm>
#include <new>

namespace throughline::tmpl {

void Work::fail(Code code, std::string message) {
    if (failed_) return;
    failed_ = true;
    error_ = {code, std::move(message)};
}

void Work::fail_steps() {
    fail(Code::ResourceExhausted,
         "more than " + std::to_string(limits_.steps) + " steps: shorten a loop");
}

char* Work::take(size_t bytes) {
    // Also by a request alone: a sum could overflow.
    if (bytes > limits_.memory_bytes || arena_.used() + bytes > limits_.memory_bytes) {
        fail(Code::ResourceExhausted, "values of more than " +
                                          std::to_string(limits_.memory_bytes >> 20) +
                                          " MB: shorten a text or a list");
        return nullptr;
    }
    return arena_.take(bytes);
}

bool Work::extend(const char* piece, size_t bytes, size_t new_bytes) {
    return arena_.used() + new_bytes - bytes <= limits_.memory_bytes &&
           arena_.extend(piece, bytes, new_bytes);
}

std::string_view Work::keep(std::string_view text) {
    char* bytes = take(text.size());
    if (!bytes) return {};
    text.copy(bytes, text.size());
    return {bytes, text.size()};
}

Value Work::keep(const std::vector<Value>& items) {
    char* bytes = take(items.size() * sizeof(Value));
    if (!bytes) return Value::list({});
    auto* kept = reinterpret_cast<Value*>(bytes);
    std::uninitialized_copy(items.begin(), items.end(), kept);
    return Value::list({kept, items.size()});
}

std::span<const Value> Work::items(Value value) {
    if (value.kind() == Kind::List) return value.list();
    if (value.kind() != Kind::Array) return {};
    std::vector<Value> items;
    for (const model::DocView item : value.doc().items()) items.push_back(Value::of(item));
    step(items.size() / 8);
    return keep(items).list();
}

bool TextBuilder::grow(size_t more) {
    const size_t needed = size_ + more;
    const size_t wanted = std::max({needed, capacity_ * 2, size_t{32}});
    if (bytes_ && work_.extend(bytes_, capacity_, wanted)) {
        capacity_ = wanted;
        return true;
    }
    char* bytes = work_.failed() ? nullptr : work_.take(wanted);
    if (!bytes) return false;
    text().copy(bytes, size_);
    bytes_ = bytes;
    capacity_ = wanted;
    return true;
}

}  // namespace throughline::tmpl
