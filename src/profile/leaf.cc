#include "profile/leaf.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::profile {

namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kVersionWithoutSince = 1;
constexpr size_t kHeadBytes = 8 + 8 + 24 + 16;  // Up to the spans.
constexpr size_t kEventCountAt = 8;
constexpr size_t kByTypeAt = 16;
constexpr size_t kFirstSeenAt = 40;
constexpr size_t kLastSeenAt = 48;

template <typename T>
void store(std::string& bytes, size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

void see(Micros at, Micros& first, Micros& last) {
    first = first == kNoTime ? at : std::min(first, at);
    last = last == kNoTime ? at : std::max(last, at);
}

size_t text_size(const TraitValue& value) {
    const model::DocView doc(value.doc);
    return doc.is_string() ? doc.as_string().size() : value.doc.size();
}

// Later wins; at one instant the later position, so that the answer never depends on arrival.
bool is_later(const TraitValue& a, const TraitValue& b) {
    return std::pair(a.last, a.position) > std::pair(b.last, b.position);
}

// The value that can go: neither latest, earliest nor longest, and of the rest the stalest.
size_t dispensable(const std::vector<TraitValue>& values) {
    size_t latest = 0;
    size_t earliest = 0;
    size_t longest = 0;
    for (size_t i = 1; i < values.size(); ++i) {
        if (is_later(values[i], values[latest])) latest = i;
        if (std::pair(values[i].first, values[i].doc) <
            std::pair(values[earliest].first, values[earliest].doc)) {
            earliest = i;
        }
        if (text_size(values[i]) > text_size(values[longest])) longest = i;
    }
    size_t stalest = values.size();
    for (size_t i = 0; i < values.size(); ++i) {
        if (i == latest || i == earliest || i == longest) continue;
        if (stalest == values.size() || is_later(values[stalest], values[i])) stalest = i;
    }
    return stalest;
}

void encode_trait(ByteWriter& out, const TraitEntry& entry) {
    out.string(entry.name);
    out.fixed(entry.source);
    out.u8(static_cast<uint8_t>(entry.values.size()));
    for (const TraitValue& value : entry.values) {
        out.fixed(value.first);
        out.fixed(value.last);
        out.fixed(value.position);
        out.string(value.doc);
    }
}

TraitEntry decode_trait(ByteReader& in) {
    TraitEntry entry;
    entry.name = in.string();
    entry.source = in.fixed<model::SourceId>();
    entry.values.resize(in.u8());
    for (TraitValue& value : entry.values) {
        value.first = in.fixed<int64_t>();
        value.last = in.fixed<int64_t>();
        value.position = in.fixed<uint64_t>();
        value.doc = in.string();
    }
    return entry;
}

Membership decode_membership(ByteReader& in, uint8_t version) {
    Membership membership;
    membership.account = in.fixed<Key128>();
    if (version != kVersionWithoutSince) membership.first_seen = in.fixed<int64_t>();
    membership.last_seen = in.fixed<int64_t>();
    membership.group_id = in.string();
    return membership;
}

void fold_companions(Leaf& leaf, const LeafEvent& input) {
    const Micros at = input.event.time();
    for (const IdentityId identity : input.companions) {
        const auto known = std::ranges::find(leaf.companions, identity, &Companion::identity);
        if (known != leaf.companions.end()) {
            ++known->count;
            known->last_seen = std::max(known->last_seen, at);
        } else if (leaf.companions.size() < kCompanionsMax) {
            leaf.companions.push_back({identity, 1, at});
        }
    }
}

void fold_traits(Leaf& leaf, const LeafEvent& input, model::DocView traits, LeafNews& news) {
    for (const model::DocField& field : traits.fields()) {
        if (field.key.empty()) continue;
        std::string dropped;
        if (!leaf.say(field.key, input.event.source(), field.value, input.event.time(),
                      input.position, &dropped)) {
            continue;
        }
        if (auto text = model::DocView(dropped).as_text()) {
            news.dropped_values.emplace_back(std::string(field.key), std::move(*text));
        }
        if (auto text = field.value.as_text()) {
            news.new_values.emplace_back(std::string(field.key), std::move(*text));
        }
    }
    if (news.dropped_values.empty()) return;
    for (const TraitEntry& entry : leaf.traits) {
        for (const TraitValue& value : entry.values) {
            auto text = model::DocView(value.doc).as_text();
            if (text) news.kept_values.emplace_back(entry.name, std::move(*text));
        }
    }
}

void fold_membership(Leaf& leaf, const LeafEvent& input, LeafNews& news) {
    const Micros at = input.event.time();
    const auto known = std::ranges::find(leaf.memberships, input.account, &Membership::account);
    if (known != leaf.memberships.end()) {
        known->see(at, at);
        return;
    }
    if (leaf.memberships.size() >= kMembershipsMax) return;
    const auto group = input.event.doc().find("groupId").as_text().value_or("");
    leaf.memberships.push_back({input.account, at, at, group});
    news.joined_account = true;
    news.account = input.account;
    news.group_id = group;
}

// The person's traits of an event: those of identify, and what other calls say in context.traits.
model::DocView traits_of(const model::EventView& event) {
    const model::DocView doc = event.doc();
    if (event.type() == model::EventType::Identify) return doc.find("traits");
    return doc.find("context").find("traits");
}

// A track event from a known companion inside the last session touches only the head.
bool fold_in_place(std::string& bytes, const LeafEvent& input) {
    if (bytes.size() < kHeadBytes || static_cast<uint8_t>(bytes[0]) != kVersion) return false;
    const auto spans = static_cast<uint8_t>(bytes[2]);
    const auto companions = static_cast<uint8_t>(bytes[3]);
    if (spans == 0 || bytes.size() < kHeadBytes + spans * 16u + companions * 16u) return false;

    const Micros at = input.event.time();
    const size_t span_at = kHeadBytes + (spans - 1u) * 16u;
    const auto start = load<int64_t>(bytes.data() + span_at);
    const auto end = load<int64_t>(bytes.data() + span_at + 8);
    if (at < start || at >= end + kSessionGap) return false;

    for (const IdentityId identity : input.companions) {
        bool known = false;
        for (size_t i = 0; i < companions && !known; ++i) {
            known = load<uint32_t>(bytes.data() + kHeadBytes + spans * 16u + i * 16u) == identity;
        }
        if (!known && companions < kCompanionsMax) return false;
    }
    for (size_t i = 0; i < companions; ++i) {
        const size_t slot = kHeadBytes + spans * 16u + i * 16u;
        if (std::ranges::find(input.companions, load<uint32_t>(bytes.data() + slot)) ==
            input.companions.end()) {
            continue;
        }
        store(bytes, slot + 4, load<uint32_t>(bytes.data() + slot + 4) + 1);
        store(bytes, slot + 8, std::max(load<int64_t>(bytes.data() + slot + 8), at));
    }

    const size_t type_at = kByTypeAt + 4 * (static_cast<size_t>(input.event.type()) - 1);
    store(bytes, span_at + 8, std::max(end, at));
    store(bytes, kEventCountAt, load<uint64_t>(bytes.data() + kEventCountAt) + 1);
    store(bytes, type_at, load<uint32_t>(bytes.data() + type_at) + 1);
    store(bytes, kFirstSeenAt, std::min(load<int64_t>(bytes.data() + kFirstSeenAt), at));
    store(bytes, kLastSeenAt, std::max(load<int64_t>(bytes.data() + kLastSeenAt), at));
    return true;
}

}  // namespace

void Membership::see(Micros first, Micros last) {
    first_seen = std::min(first_seen, first);  // Not known is the earliest of all.
    last_seen = std::max(last_seen, last);
}

std::string Leaf::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kVersion);
    out.u8(flags);
    out.u8(static_cast<uint8_t>(spans.size()));
    out.u8(static_cast<uint8_t>(companions.size()));
    out.fixed(static_cast<uint16_t>(memberships.size()));
    out.fixed(static_cast<uint16_t>(traits.size()));
    out.fixed(event_count);
    for (const uint32_t count : by_type) out.fixed(count);
    out.fixed(first_seen);
    out.fixed(last_seen);
    TL_ASSERT(bytes.size() == kHeadBytes);
    for (const Span& span : spans) {
        out.fixed(span.start);
        out.fixed(span.end);
    }
    for (const Companion& companion : companions) {
        out.fixed(companion.identity);
        out.fixed(companion.count);
        out.fixed(companion.last_seen);
    }
    for (const Membership& membership : memberships) {
        out.fixed(membership.account);
        out.fixed(membership.first_seen);
        out.fixed(membership.last_seen);
        out.string(membership.group_id);
    }
    for (const TraitEntry& entry : traits) encode_trait(out, entry);
    return bytes;
}

Result<Leaf> Leaf::decode(std::string_view bytes) {
    ByteReader in(bytes);
    const uint8_t version = in.u8();
    if (version != kVersion && version != kVersionWithoutSince) {
        return Error::corrupt("profile: leaf: unknown version");
    }
    Leaf leaf;
    leaf.flags = in.u8();
    leaf.spans.resize(in.u8());
    leaf.companions.resize(in.u8());
    const size_t membership_count = in.fixed<uint16_t>();
    const size_t trait_count = in.fixed<uint16_t>();
    leaf.event_count = in.fixed<uint64_t>();
    for (uint32_t& count : leaf.by_type) count = in.fixed<uint32_t>();
    leaf.first_seen = in.fixed<int64_t>();
    leaf.last_seen = in.fixed<int64_t>();
    for (Span& span : leaf.spans) {
        span.start = in.fixed<int64_t>();
        span.end = in.fixed<int64_t>();
    }
    for (Companion& companion : leaf.companions) {
        companion.identity = in.fixed<uint32_t>();
        companion.count = in.fixed<uint32_t>();
        companion.last_seen = in.fixed<int64_t>();
    }
    // Counts of damaged bytes may be anything: what is there decides how much is made.
    for (size_t i = 0; i < membership_count && in.ok(); ++i) {
        leaf.memberships.push_back(decode_membership(in, version));
    }
    for (size_t i = 0; i < trait_count && in.ok(); ++i) leaf.traits.push_back(decode_trait(in));
    if (!in.ok() || !in.at_end()) return Error::corrupt("profile: leaf: wrong length");
    return leaf;
}

bool Leaf::say(std::string_view name, model::SourceId source, model::DocView value, Micros at,
               model::Position position, std::string* dropped) {
    auto entry = std::ranges::find_if(traits, [&](const TraitEntry& candidate) {
        return candidate.source == source && candidate.name == name;
    });
    if (entry == traits.end()) {
        if (traits.size() >= kTraitsMax) {
            flags |= kLeafTraitsOverflowed;
            return false;
        }
        traits.push_back({std::string(name), source, {}});
        entry = traits.end() - 1;
    }
    const auto known = std::ranges::find(entry->values, value.bytes(), &TraitValue::doc);
    if (known != entry->values.end()) {
        known->first = std::min(known->first, at);
        if (std::pair(at, position) > std::pair(known->last, known->position)) {
            known->last = at;
            known->position = position;
        }
        return false;
    }
    entry->values.push_back({at, at, position, std::string(value.bytes())});
    if (entry->values.size() > kValuesMax) {
        const auto gone =
            entry->values.begin() + static_cast<std::ptrdiff_t>(dispensable(entry->values));
        if (dropped != nullptr) *dropped = std::move(gone->doc);
        entry->values.erase(gone);
    }
    return true;
}

Result<LeafNews> fold_event(std::string& bytes, const LeafEvent& input) {
    const model::DocView traits = traits_of(input.event);
    const bool is_plain = !traits.is_object() && !input.account;
    if (is_plain && fold_in_place(bytes, input)) return LeafNews{};

    Leaf leaf;
    if (!bytes.empty()) {
        TL_TRY_ASSIGN(leaf, Leaf::decode(bytes));
    }
    LeafNews news;
    const Micros at = input.event.time();
    ++leaf.event_count;
    ++leaf.by_type[static_cast<size_t>(input.event.type()) - 1];
    see(at, leaf.first_seen, leaf.last_seen);
    add_time(leaf.spans, at);
    if (trim_spans(leaf.spans)) leaf.flags |= kLeafSpansOverflowed;
    fold_companions(leaf, input);
    fold_traits(leaf, input, traits, news);
    if (input.account) fold_membership(leaf, input, news);
    bytes = leaf.encode();
    return news;
}

Status fold_pin(std::string& bytes, std::string_view name, model::DocView value, Micros at,
                model::Position position) {
    Leaf leaf;
    if (!bytes.empty()) {
        TL_TRY_ASSIGN(leaf, Leaf::decode(bytes));
    }
    std::erase_if(leaf.traits, [&](const TraitEntry& entry) {
        return entry.source == kPinnedSource && entry.name == name;
    });
    if (!value.is_missing()) leaf.say(name, kPinnedSource, value, at, position);
    bytes = leaf.encode();
    return Status::ok();
}

}  // namespace throughline::profile
