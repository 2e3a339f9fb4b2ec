// What rows say of a few traits, read from the columns of these traits: an event is not put
// together for it.
//
// Layer 6. One thread. Errors: Corrupt. Cost: 2 ns for each row of a block and trait, 100 ns a row
// that is asked about.
#pragma once

#include <string>
#include <vector>

#include "model/event.h"
#include "sequence/field_reader.h"

namespace throughline::backtest {

/// The person's traits of an event: those of an identify, of others what stands in its context.
model::DocView traits_of(const model::EventView& event);

class SaidTraits {
public:
    explicit SaidTraits(const std::vector<std::string>& traits);

    /// Goes on to a block; both must live as long as it is read.
    Status open(const sequence::HistoryFile& file, sequence::Block& block) {
        return reader_.open(file, block);
    }
    /// Appends the document of a row's event with nothing in it but these traits. False: only the
    /// whole event tells, and nothing was appended.
    Result<bool> append(uint32_t row, model::EventType type, std::string& out);

private:
    const std::vector<std::string>& traits_;
    sequence::FieldReader reader_;
};

}  // namespace throughline::backtest
