// Why these identifiers are one person, and why others are not.
//
// All that the graph kept: identities with the slices of their identifiers, links with their first
// evidence, links that were refused and why, cannot-links, and the decisions of people. Each link
// and refusal has a sentence key, `identity.link.same_event`, which screens turn into a sentence of
// the reader's language.
//
// Layer 2. Pure over a NodeSource. Cost: one read per identity, and per other end of a refusal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "identity/node.h"
#include "identity/plan.h"
#include "model/doc.h"
#include "model/identifier.h"

namespace throughline::identity {

/// A link between two identities of the profile.
struct ExplainedLink {
    IdentityId stronger = 0;  // The event belonged to it; of links by hand, the smaller.
    IdentityId weaker = 0;
    Edge evidence;
};

/// A link that was refused between an identity of the profile and any other.
struct ExplainedRefusal {
    IdentityId stronger = 0;
    IdentityId weaker = 0;
    IdentityId other_profile = 0;  // Of the end outside; the profile itself if it is one by now.
    bool is_other_erased = false;
    Refusal evidence;
};

struct ExplainedIdentity {
    IdentityId id = 0;
    Node node;
};

struct Explanation {
    IdentityId profile = 0;
    std::vector<ExplainedIdentity> identities;  // Ascending.
    std::vector<ExplainedLink> links;           // In order of the records that made them.
    std::vector<ExplainedRefusal> refusals;     // Likewise.
    std::vector<Decision> decisions;            // Merges, and splits that still hold.
    uint32_t refusals_dropped = 0;              // Refused observations past what is kept.
    bool is_capped = false;                     // It has as many identities as it may.
};

/// Errors: NotFound for an id that was never given or is erased; those of the reads.
Result<Explanation> explain(const NodeSource& nodes, IdentityId any_member);

std::string_view sentence_key(LinkKind kind);
std::string_view sentence_key(Reason reason);

/// What a reader needs to have names written instead of numbers.
class ExplanationNames {
public:
    virtual ~ExplanationNames() = default;
    virtual std::string profile_id(IdentityId root) const = 0;
    virtual std::string source(model::SourceId source) const = 0;
};

/// Writes the explanation as one object, as the API answers it.
void write_explanation(const Explanation& explanation, const model::Namespaces& spaces,
                       const ExplanationNames& names, model::DocWriter& out);

}  // namespace throughline::identity
