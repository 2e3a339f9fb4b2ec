// A text that follows from an event alone and is kept beside it in files, so that who asks for it
// of millions of rows need not read the fields it is made of.
//
// History knows one: the touch, by which questions tell where people come from.
//
// Layer 3. Immutable: any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/event.h"

namespace throughline::sequence {

class DerivedText {
public:
    virtual ~DerivedText() = default;
    /// Changes with what of() returns: texts of another version are not used. Never 0.
    virtual uint32_t version() const = 0;
    /// Returns the text, which may stand in `scratch`; nothing if the event has none.
    virtual std::optional<std::string_view> of(const model::EventView& event,
                                               std::string& scratch) const = 0;
};

}  // namespace throughline::sequence
