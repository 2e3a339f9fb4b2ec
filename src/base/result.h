// Result and Status: a value, or why there is none.
//
// Three kinds of failure are never mixed: what comes from outside (input, network, disk) is a
// Result; a broken invariant of ours is a TL_ASSERT (assert.h); what is rare but survivable is a
// TL_BUG. The interface is a subset of std::expected, which g++ 12 offers only with -std=c++23.
//
// Layer 0. Pure. Cost: one branch; an Error allocates for its message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace throughline {

/// What went wrong, as a class. Each has one HTTP status (server/http_status.cc).
enum class Code : unsigned char {
    InvalidArgument,     // The caller's input can never succeed as it is.
    Unauthenticated,     // Nobody known is asking.
    PermissionDenied,    // Somebody known may not.
    NotFound,            // No such thing.
    Conflict,            // It exists already, or changed meanwhile (If-Match).
    FailedPrecondition,  // Right in itself, impossible in the present state.
    ResourceExhausted,   // A limit of the caller's is reached; try later.
    Cancelled,           // The caller gave up.
    Internal,            // We failed; nothing the caller can do.
    Corrupt,             // Stored bytes fail their checksum.
    Unavailable,         // We cannot now; retry.
    DeadlineExceeded,    // It took longer than allowed.
};

/// Returns the snake_case name that errors carry on the wire, e.g. "invalid_argument".
std::string_view code_name(Code code);

/// A failure. The message reads `area: field: what is wrong, with the limit`, lower case, no full
/// stop, no personal data: it is product text that screens show.
struct [[nodiscard]] Error {
    Code code = Code::Internal;
    std::string message;

    static Error invalid(std::string message) {
        return {Code::InvalidArgument, std::move(message)};
    }
    static Error not_found(std::string message) { return {Code::NotFound, std::move(message)}; }
    static Error conflict(std::string message) { return {Code::Conflict, std::move(message)}; }
    static Error precondition(std::string message) {
        return {Code::FailedPrecondition, std::move(message)};
    }
    static Error exhausted(std::string message) {
        return {Code::ResourceExhausted, std::move(message)};
    }
    static Error internal(std::string message) { return {Code::Internal, std::move(message)}; }
    static Error corrupt(std::string message) { return {Code::Corrupt, std::move(message)}; }
    static Error unavailable(std::string message) {
        return {Code::Unavailable, std::move(message)};
    }
};

/// Success, or an Error.
class [[nodiscard]] Status {
public:
    Status() = default;
    Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

    static Status ok() { return {}; }
    explicit operator bool() const { return !error_; }
    bool is_ok() const { return !error_; }
    const Error& error() const {
        TL_ASSERT(error_);
        return *error_;
    }

private:
    std::optional<Error> error_;
};

/// A T, or an Error.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

    explicit operator bool() const { return state_.index() == 0; }
    bool is_ok() const { return state_.index() == 0; }

    T& value() & {
        TL_ASSERT(is_ok());
        return *std::get_if<0>(&state_);
    }
    const T& value() const& {
        TL_ASSERT(is_ok());
        return *std::get_if<0>(&state_);
    }
    T&& value() && {
        TL_ASSERT(is_ok());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const {
        TL_ASSERT(!is_ok());
        return *std::get_if<1>(&state_);
    }
    T value_or(T other) const& { return is_ok() ? value() : std::move(other); }

private:
    std::variant<T, Error> state_;
};

}  // namespace throughline

#define TL_CONCAT_INNER(a, b) a##b
#define TL_CONCAT(a, b) TL_CONCAT_INNER(a, b)

/// Leaves the function with the error of `expression`, if it has one.
#define TL_TRY(expression)                                                      \
    do {                                                                        \
        auto tl_status = (expression);                                          \
        if (!tl_status.is_ok()) return ::throughline::Error(tl_status.error()); \
    } while (false)

/// `TL_TRY_ASSIGN(auto x, f());` binds the value of f(), or leaves with its error.
#define TL_TRY_ASSIGN(declaration, expression) \
    TL_TRY_ASSIGN_INNER(TL_CONCAT(tl_result_, __LINE__), declaration, expression)
#define TL_TRY_ASSIGN_INNER(result, declaration, expression)          \
    auto result = (expression);                                       \
    if (!result.is_ok()) return ::throughline::Error(result.error()); \
    declaration = std::move(result).value()
