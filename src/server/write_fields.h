// Fields of answers: what DocWriter leaves to the caller, each as one line.
//
// Layer 7. Pure.
#pragma once

#include <string_view>

#include "base/time.h"
#include "model/doc.h"

namespace throughline::server {

inline void write_flag(model::DocWriter& out, std::string_view name, bool value) {
    out.key(name);
    out.boolean(value);
}

inline void write_null(model::DocWriter& out, std::string_view name) {
    out.key(name);
    out.null();
}

inline void write_count(model::DocWriter& out, std::string_view name, uint64_t value) {
    out.field(name, static_cast<int64_t>(value));
}

inline void write_real(model::DocWriter& out, std::string_view name, double value) {
    out.key(name);
    out.real(value);
}

/// Null for an empty text.
inline void write_text(model::DocWriter& out, std::string_view name, std::string_view value) {
    if (value.empty()) return write_null(out, name);
    out.field(name, value);
}

/// RFC 3339; null for kNoTime.
inline void write_time(model::DocWriter& out, std::string_view name, Micros at) {
    if (at == kNoTime) return write_null(out, name);
    out.field(name, std::string_view(format_instant(at)));
}

/// `{"items":[…],"next":…}` around what `items` writes; an empty cursor is null.
template <typename WriteItems>
std::string list_doc(WriteItems&& items) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("items");
    const size_t list = out.open_array();
    const std::string next = items(out);
    out.close(list);
    write_text(out, "next", next);
    out.close(mark);
    return doc;
}

}  // namespace throughline::server
