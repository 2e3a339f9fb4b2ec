// A person for the tests of segments: facts that are set by hand.
//
// Layer 5, tests only.
#pragma once

#include <map>
#include <set>

#include "model/json.h"
#include "segment/acts.h"
#include "segment/segment.h"

namespace throughline::segment::testing {

class TestPerson final : public Facts {
public:
    std::span<const Micros> times(const Deed& deed) override { return times_[deed.number]; }
    const query::ProfileFacts& profile() override {
        ++profiles_read;
        return profile_;
    }
    bool is_in(std::string_view segment) override { return segments.contains(segment); }

    void set_times(uint32_t deed, std::vector<Micros> times) { times_[deed] = std::move(times); }
    void set_traits(std::string_view json) { profile_.traits = model::doc_from_json(json).value(); }
    void set_identifiers(std::string_view json) {
        profile_.identifiers = model::doc_from_json(json).value();
    }

    std::set<std::string, std::less<>> segments;  // That she is in.
    int profiles_read = 0;

private:
    std::map<uint32_t, std::vector<Micros>> times_;
    query::ProfileFacts profile_;
};

inline Result<Segment> compile(std::string_view conditions) {
    const std::string packed = model::doc_from_json(conditions).value();
    return Segment::compile(model::DocView(packed), model::Namespaces::built_in(),
                            "segment: conditions");
}

}  // namespace throughline::segment::testing
