#include "template/groups.h"

#include <algorithm>
#include <cmath>

#include "template/compare.h"

namespace throughline::tmpl {

namespace {

// What JavaScript's `if` takes for true, which is not what a template does: 0 and "" are false.
bool is_script_true(Value value) {
    if (value.is_number()) return value.number() != 0 && !std::isnan(value.number());
    if (value.is_text()) return !value.text().empty();
    return value.is_truthy() || value.kind() == Kind::Nil;
}

bool is_bool(Value value, bool truth) {
    return value.kind() == Kind::Bool && value.truth() == truth;
}

}  // namespace

bool ItemSearch::add(Value item, Value found) {
    ++seen_;
    if (test_ == ItemTest::Where || test_ == ItemTest::Reject) {
        if (is_bool(found, test_ == ItemTest::Where)) kept_.push_back(item);
        return false;
    }
    is_found_ = is_script_true(found);
    if (is_found_) kept_.push_back(item);
    return is_found_;
}

Value ItemSearch::result(Work& work) const {
    switch (test_) {
        case ItemTest::Has:
            return Value::boolean(is_found_);
        case ItemTest::Find:
            return is_found_ ? kept_.back() : Value();
        case ItemTest::FindAt:
            return is_found_ ? Value::number(static_cast<double>(seen_ - 1)) : Value();
        case ItemTest::Where:
        case ItemTest::Reject:
        case ItemTest::GroupBy:
        case ItemTest::None:
            return work.keep(kept_);
    }
    return {};
}

void Groups::add(Value key, Value item) {
    work_.step(groups_.size() / 8);
    const auto found = std::ranges::find_if(
        groups_, [&](const Group& group) { return is_same_key(work_, group.key, key); });
    if (found != groups_.end()) {
        found->items.push_back(item);
    } else {
        groups_.push_back({key, {item}});
    }
}

Value Groups::result() {
    std::vector<Value> records;
    for (const Group& group : groups_) {
        const Field fields[] = {{"name", group.key}, {"items", work_.keep(group.items)}};
        char* bytes = work_.take(sizeof fields);
        if (!bytes) break;
        auto* kept = reinterpret_cast<Field*>(bytes);
        std::uninitialized_copy(std::begin(fields), std::end(fields), kept);
        records.push_back(Value::record({kept, std::size(fields)}));
    }
    return work_.keep(records);
}

}  // namespace throughline::tmpl
