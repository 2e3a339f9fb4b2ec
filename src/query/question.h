// More that kinds of questions share: small fields, dimensions, and what an answer says beside its
// numbers.
//
// Layer 4. Pure. Errors: InvalidArgument naming the field: `query: steps[1].where: ...`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "query/pass.h"
#include "query/question_fields.h"

namespace throughline::query {

/// An optional truth; absent and null are false.
Result<bool> flag_of(model::DocView object, std::string_view key, const std::string& prefix);
/// An optional whole number of a range.
Result<int64_t> integer_of(model::DocView object, std::string_view key, int64_t usual,
                           std::pair<int64_t, int64_t> range, const std::string& prefix);
/// The place of an optional word among `words`; absent: 0.
Result<size_t> choice_of(model::DocView object, std::string_view key,
                         std::span<const std::string_view> words, const std::string& prefix);
/// An optional length of time such as `7d`.
Result<Micros> duration_of(model::DocView object, std::string_view key, Micros usual,
                           const std::string& prefix);

/// A breakdown or a value to hold: `source`, `event`, `type` or the path of a property.
Result<Dimension> parse_dimension(model::DocView text, const std::string& field);

/// The dimension of a trait of the person.
Result<Dimension> trait_dimension(model::DocView path, const std::string& field);
/// What a breakdown names: `property` (as parse_dimension) or `trait`.
Result<Dimension> breakdown_dimension(model::DocView breakdown, const std::string& field);

/// `"meta":{...}` of an answer: what was looked at, and how the question was understood.
struct AnswerMeta {
    const Range& range;
    const PassResult& looked_at;
    bool known_only = false;
    Micros elapsed = 0;
};
void append_meta_fields(std::string& out, const AnswerMeta& meta);
/// Of an answer about an earlier moment: when, and how many people are other people since.
void append_known_at(std::string& out, const PassResult& looked_at);

/// One page of a list of people. Each root stands in it once.
PeoplePage page_of(std::vector<uint32_t> roots, const PageRequest& page);

/// Appends a / b, or null when there is no b.
void append_ratio(std::string& out, uint64_t a, uint64_t b);

}  // namespace throughline::query
