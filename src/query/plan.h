// A question that is ready to be answered: the pass it needs, the fold that counts, and the answer
// written from what was counted.
//
// Layer 4. One thread.
#pragma once

#include <memory>
#include <string>

#include "model/doc.h"
#include "query/pass.h"

namespace throughline::query {

class Plan {
public:
    virtual ~Plan() = default;

    /// What the fold is to be shown. The same at every call.
    virtual const Pass& pass() const = 0;
    virtual Fold& fold() = 0;
    /// Writes the answer in JSON, once the fold has seen everybody. `elapsed`: since it was asked.
    /// Errors: ResourceExhausted.
    virtual Result<std::string> answer(const PassResult& looked_at, Micros elapsed) = 0;
};

}  // namespace throughline::query
