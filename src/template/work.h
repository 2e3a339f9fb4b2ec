// What one render may use, and what it has used: steps, memory, and its first error.
//
// Nothing here throws, whatever a template does: when a limit is passed the error is kept, texts
// and lists made afterwards are empty, and the renderer stops at the next node.
//
// Layer 2. Shard-owned. Cost: one comparison a step.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "template/arena.h"
#include "template/value.h"

namespace throughline::tmpl {

/// How much a render may use before it is stopped.
struct Limits {
    uint64_t steps = 1'000'000;       // Nodes, filters, items looked at, about 20 ns each.
    size_t output_bytes = 2u << 20;   // Longer than any mail a provider takes.
    size_t memory_bytes = 16u << 20;  // Texts and lists that filters make.
};

/// Lists may hold lists, written and compared by recursion.
inline constexpr int kValueDepthMax = 100;

class Work {
public:
    Work(Arena& arena, const Limits& limits) : arena_(arena), limits_(limits) {}
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    const Limits& limits() const { return limits_; }
    uint64_t steps() const { return steps_; }

    /// Counts steps; fails when there are too many.
    void step(uint64_t count = 1) {
        steps_ += count;
        if (steps_ > limits_.steps) [[unlikely]]
            fail_steps();
    }

    bool failed() const { return failed_; }
    /// The first error counts.
    void fail(Code code, std::string message);
    const Error& error() const { return error_; }

    /// Memory for so many bytes; null when there may be no more of it (and the render fails).
    char* take(size_t bytes);
    bool extend(const char* piece, size_t bytes, size_t new_bytes);

    /// A copy that lives as long as the render.
    std::string_view keep(std::string_view text);
    Value keep(const std::vector<Value>& items);

    /// The items of a list or of an array of the input; none for anything else.
    std::span<const Value> items(Value value);

private:
    void fail_steps();

    Arena& arena_;
    Limits limits_;
    uint64_t steps_ = 0;
    bool failed_ = false;
    Error error_;
};

/// Builds a text in the memory of a render. Several may grow at once.
class TextBuilder {
public:
    explicit TextBuilder(Work& work) : work_(work) {}
    void add(std::string_view text) {
        if (text.size() > capacity_ - size_ && !grow(text.size())) return;
        if (!text.empty()) text.copy(bytes_ + size_, text.size());
        size_ += text.size();
    }
    void add(char c) { add(std::string_view(&c, 1)); }
    Work& work() { return work_; }
    std::string_view text() const { return {bytes_, size_}; }
    Value value() const { return Value::text(text()); }

private:
    bool grow(size_t more);

    Work& work_;
    char* bytes_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace throughline::tmpl
