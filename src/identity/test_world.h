// A graph over real tables, and events made of a few words: what the tests of the module share.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "identity/graph.h"
#include "model/json.h"
#include "store/table_test_support.h"

namespace throughline::identity {

inline constexpr SecretKey kTestSecret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// One identifier of a test event.
struct Seen {
    model::NamespaceId space = 0;
    std::string value;
    uint8_t flags = 0;
};

inline std::string event_of(const std::vector<Seen>& identifiers, Micros time,
                            model::EventType type = model::EventType::Track) {
    std::string doc;
    model::DocWriter writer(doc);
    writer.close(writer.open_object());
    model::Event event;
    event.type = type;
    event.source = 7;
    event.time = event.original = event.sent = event.received = time;
    event.doc = doc;
    for (const Seen& seen : identifiers) {
        event.identifiers.push_back({seen.space, seen.flags,
                                     model::identifier_key(kTestSecret, seen.space, seen.value),
                                     seen.value});
    }
    std::string bytes;
    model::append_event(bytes, event);
    return bytes;
}

class World {
public:
    explicit World(model::Namespaces spaces = model::Namespaces::built_in())
        : spaces_(std::move(spaces)) {
        graph.set_namespaces(spaces_);
    }

    /// Resolves one event; the row's identity.
    IdentityId see(const std::vector<Seen>& seen, Micros time,
                   AliasPolicy policy = AliasPolicy::KeepUsersApart) {
        const std::string bytes = event_of(seen, time);
        const Status status = graph.resolve(next_moment(), model::EventView(bytes), policy, out);
        TL_ASSERT(status.is_ok());
        return out.identity;
    }
    Moment next_moment() {
        ++position;
        return {position, static_cast<Micros>(position) * kSecond};
    }
    /// Publishes an epoch, as the fold does between batches.
    void publish() {
        epochs.publish(epochs.in_work());
        identifiers.settle();
        identities.settle();
    }

    Node node(IdentityId id) {
        Node node;
        const auto bytes = identities.get(identity_key(id));
        TL_ASSERT(bytes.is_ok() && *bytes);
        node.decode(**bytes);
        return node;
    }
    IdentityId root(IdentityId id) { return node(id).root; }
    Members members(IdentityId id) {
        const IdentityId first = root(id);
        const Node node_of_root = node(first);
        return node_of_root.members.empty() ? Members{first} : node_of_root.members;
    }
    size_t count_facts(FactKind kind) const {
        return static_cast<size_t>(
            std::ranges::count(out.facts, kind, [](const Fact& fact) { return fact.kind; }));
    }

    store::Epochs epochs;
    store::MapFamily cold_identifiers, cold_identities, cold_decisions;
    store::StateTable identifiers{cold_identifiers, epochs, size_t{1} << 30};
    store::StateTable identities{cold_identities, epochs, size_t{1} << 30};
    store::OrderedTable decisions{cold_decisions};
    IdentityGraph graph{Tables{identifiers, identities, decisions}, kTestSecret, 1};
    Resolution out;
    model::Position position = 0;

private:
    model::Namespaces spaces_;
};

}  // namespace throughline::identity
