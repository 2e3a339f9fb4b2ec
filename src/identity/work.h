// The nodes that one record changes: read once, changed in memory, written once at its end.
//
// A failed read is remembered and answered with an empty node, so that the steps of the graph read
// as they are meant; finish() then writes nothing and returns the error, and the fold stops.
//
// Layer 2. Owned by one IdentityGraph. Cost: nodes are kept from record to record, so that their
// vectors keep their memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "identity/graph.h"
#include "identity/plan.h"

namespace throughline::identity {

class Work final : public NodeSource {
public:
    Work(const Tables& tables, const SecretKey& secret, IdentityId next)
        : tables_(tables), secret_(secret), next_(next) {}

    /// Begins a record; its consequences go to `out`.
    void begin(const Moment& moment, Resolution& out);
    /// Writes the changed nodes. Errors: of the first read that failed.
    Status finish();

    const Node& read(IdentityId id) { return find(id).node; }
    /// As read(), for change. The reference holds until the end of the record.
    Node& change(IdentityId id);
    IdentityId create(const Node& node);

    /// Reads an identifier record; nothing if there is none.
    std::optional<std::string_view> slices(const Key128& key);
    void put_slices(const Key128& key, const Slices& slices);
    void erase_slices(const Key128& key) { tables_.identifiers.erase(key); }

    /// The members of the profile with that root, ascending.
    Members members(IdentityId root);
    void unite(IdentityId root_a, IdentityId root_b);
    /// Finds again what hangs together in a profile that lost edges.
    void part(IdentityId root);
    void add_edge(IdentityId strong, IdentityId weak, const Edge& evidence, uint8_t weak_flags,
                  uint8_t strong_flags);
    void remove_edge(IdentityId a, IdentityId b);

    // NodeSource: plans made by the fold see the record's own changes.
    Status node(IdentityId id, Node& out) const override;
    Status decision(DecisionId id, Decision& out) const override;
    void put_decision(const Decision& decision);

    void set_spaces(const model::Namespaces& spaces) { spaces_ = &spaces; }
    const model::Namespaces& spaces() const { return *spaces_; }
    const model::Namespace& space(model::NamespaceId id) const;
    const SecretKey& secret() const { return secret_; }
    const Tables& tables() const { return tables_; }
    IdentityId next() const { return next_; }
    /// Records begun so far: only they change anything.
    uint64_t records() const { return records_; }
    const Moment& moment() const { return moment_; }
    Resolution& out() { return *out_; }

private:
    struct Entry {
        IdentityId id = 0;
        bool is_changed = false;
        Node node;
    };

    Entry& find(IdentityId id);
    Entry& take_entry(IdentityId id);
    void set_root(IdentityId id, IdentityId root);
    void make_profile(const Members& members);

    Tables tables_;
    SecretKey secret_;
    IdentityId next_;
    uint64_t records_ = 0;
    const model::Namespaces* spaces_ = nullptr;
    Moment moment_;
    Resolution* out_ = nullptr;
    Status failure_;
    std::vector<std::unique_ptr<Entry>> entries_;   // In order of first use; reused.
    size_t used_ = 0;                               // Of entries_, by this record.
    std::unordered_map<IdentityId, Entry*> by_id_;  // Never iterated.
    std::string bytes_;
};

}  // namespace throughline::identity
