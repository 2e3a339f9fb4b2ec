#include "backtest/person.h"

#include <algorithm>

#include "identity/node.h"
#include "model/consequence.h"

namespace throughline::backtest {

using journey::Timer;
using model::DocView;
using model::DocWriter;
using model::EventView;

namespace {

constexpr size_t kStepsBetweenLooks = 1024;

bool says_zone(const EventView& event) {
    return !traits_of(event).find(kZoneTrait).is_missing();
}

}  // namespace

PersonReplay::PersonReplay(const Frame& frame, Tally& tally, Listener* listener)
    : frame_(frame),
      plan_(frame.plan),
      tally_(tally),
      listener_(listener),
      outbox_(plan_),
      find_([this](uint32_t owner, const journey::MessageStep& step, Micros at, Addressee& out) {
          return find_addressee(owner, step, at, out);
      }) {
    DocWriter out(nothing_);
    out.close(out.open_object());
}

Status PersonReplay::run(const Family& family, std::span<const ChosenRow> rows,
                         const PartReader& reader) {
    begin(family);
    for (const ChosenRow& row : rows) TL_TRY(take(row, reader));
    if (!has_begun_) begin_range();
    TL_TRY(move_until(~model::Position{0}, plan_.draft().to - 1));
    TL_TRY(fire_until(plan_.draft().to - 1));
    fates_.clear();
    outbox_.finish(plan_.draft().to, fates_);
    tell_fates();
    for (size_t segment = 0; segment < plan_.draft().segments.size(); ++segment) {
        for (size_t i = members_of(segment); i > 0; --i) tally_.add_standing(segment, true);
    }
    tally_.end_person();
    return status_;
}

void PersonReplay::begin(const Family& family) {
    family_ = family.id;
    count_ = family.members.size();
    if (members_.size() < count_) members_.resize(count_);
    for (size_t i = 0; i < count_; ++i) {
        members_[i] = Member{.id = family.members[i], .root = family.roots[i]};
    }
    moves_ = family.moves;
    runs_.clear();
    timers_.clear();
    segment_moves_.clear();
    updated_.clear();
    outbox_.clear();
    at_ = kNoTime;
    cause_ = 0;
    has_begun_ = false;
    last_update_ = {kNoTime, 0};
    has_profile_ = false;
    status_ = Status::ok();
    tally_.begin_person(family_);
}

PersonReplay::Member& PersonReplay::member(uint32_t id) {
    const auto hers = std::span(members_).first(count_);
    const auto found = std::ranges::lower_bound(hers, id, {}, &Member::id);
    TL_ASSERT(found != hers.end() && found->id == id);
    return *found;
}

bool PersonReplay::is_one_person() const {
    return std::all_of(members_.begin(), members_.begin() + static_cast<ptrdiff_t>(count_),
                       [&](const Member& one) { return one.root == members_[0].root; });
}

// --- rows

Status PersonReplay::take(const ChosenRow& row, const PartReader& reader) {
    const bool is_in_range = row.received >= plan_.draft().from;
    if (!is_in_range) {
        at_ = std::max(at_, row.received);
        const std::string_view payload = event_of(row, reader);
        learn(row, payload);
        count(row, EventView(payload));
        member(row.identity).is_there = true;
        return Status::ok();
    }
    if (!has_begun_) begin_range();
    TL_TRY(move_until(row.position, std::max(at_, row.received)));
    const Micros at = std::max(at_, row.received);
    TL_TRY(fire_until(at));
    at_ = at;
    cause_ = row.position;
    return take_event(row, event_of(row, reader));
}

// Who is in what as the range begins, without anybody having entered.
void PersonReplay::begin_range() {
    at_ = plan_.draft().from;
    for (Member& one : std::span(members_).first(count_)) {
        const bool is_there = std::any_of(
            members_.begin(), members_.begin() + static_cast<ptrdiff_t>(count_),
            [&](const Member& other) { return other.root == one.id && other.is_there; });
        if (one.root == one.id && is_there) decide(one.id, true);
    }
    segment_moves_.clear();
    has_begun_ = true;
    in_segments_.clear();
    for (size_t segment = 0; segment < plan_.draft().segments.size(); ++segment) {
        in_segments_.push_back(members_of(segment));
        for (size_t i = in_segments_.back(); i > 0; --i) tally_.add_standing(segment, false);
    }
}

// What became of people by records that are no rows of hers before a position.
Status PersonReplay::move_until(model::Position position, Micros stamp) {
    while (!moves_.empty() && moves_[0].position < position) {
        if (moves_[0].at >= plan_.draft().to) return Status::ok();
        const Micros at = std::max(at_, std::min(stamp, moves_[0].at));
        TL_TRY(fire_until(at));
        at_ = at;
        cause_ = moves_[0].position;
        size_t same = 1;
        while (same < moves_.size() && moves_[same].position == cause_) ++same;
        const auto moves = moves_.first(same);
        moves_ = moves_.subspan(same);
        const std::vector<uint32_t> roots = change_roots(moves);
        for (const uint32_t root : roots) decide(root, false);
        for (const uint32_t root : roots) act(root, journey::PeopleMerged{});
        run_moves();
        TL_TRY(settle());
    }
    return Status::ok();
}

std::vector<uint32_t> PersonReplay::change_roots(std::span<const Move> moves) {
    std::vector<uint32_t> roots;
    for (const Move& move : moves) {
        Member& moved = member(move.identity);
        const uint32_t before = moved.root;
        moved.root = move.root;
        roots.push_back(before);
        roots.push_back(move.root);
    }
    for (uint32_t& root : roots) root = root_of(root);
    std::ranges::sort(roots);
    const auto rest = std::ranges::unique(roots);
    roots.erase(rest.begin(), rest.end());
    forget_profile();
    return roots;
}

Status PersonReplay::take_event(const ChosenRow& row, std::string_view payload) {
    const EventView event(payload);
    const bool is_late = event.is_history();
    // What a timer wrote because of a record comes before the record itself.
    const bool is_record = row.source != model::kOwnSource;
    size_t same = 0;
    while (is_record && same < moves_.size() && moves_[same].position == row.position) ++same;
    std::vector<uint32_t> roots;
    if (same > 0) roots = change_roots(moves_.first(same));
    moves_ = moves_.subspan(same);
    member(row.identity).is_there = true;

    count(row, event);
    const bool says = learn(row, payload);
    const uint32_t own = root_of(row.identity);
    const bool is_asked = says || same > 0 || (row.use & (kCounts | kExists)) != 0;
    if (is_asked) decide(own, is_late);
    for (const uint32_t root : roots) {
        if (root != own) decide(root, is_late);
    }
    for (const uint32_t root : roots) act(root, journey::PeopleMerged{});
    if (says && says_zone(event)) act(row.identity, journey::PersonChanged{});
    const bool may_move = (row.use & kStarts) != 0 || ((row.use & kMoves) != 0 && !runs_.empty());
    if (may_move && plan_.journey() != nullptr) {
        act(row.identity, journey::EventHappened{event});
    }
    run_moves();
    return settle();
}

// The event itself, or as much of it as anybody looks at. An item's event is one of its owner.
std::string_view PersonReplay::event_of(const ChosenRow& row, const PartReader& reader) {
    const std::string_view stored = reader.payload(row);
    const auto type = static_cast<model::EventType>(row.type);
    const bool is_own = type == model::kConsequence;
    const bool is_whole = !stored.empty() && (row.use & kReads) != 0;
    if (is_whole && !is_own && EventView(stored).flags() == row.flags) return stored;
    model::Event event;
    event.type = is_own ? model::EventType::Track : type;
    event.flags = row.flags;
    event.source = row.source;
    event.tie = row.tie;
    event.time = event.original = event.sent = row.time;
    event.received = row.received;
    event.name = reader.name(row);
    const std::string_view doc = is_whole ? EventView(stored).doc().bytes() : stored;
    event.doc = doc.empty() ? std::string_view(nothing_) : doc;
    payload_.clear();
    model::append_event(payload_, event);
    return payload_;
}

// Takes in what she says of herself.
bool PersonReplay::learn(const ChosenRow& row, std::string_view payload) {
    const EventView event(payload);
    if ((row.use & kSays) == 0 || !traits_of(event).is_object()) return false;
    const auto folded = profile::fold_event(
        member(row.identity).leaf,
        {.event = event, .position = row.position, .companions = {}, .account = {}});
    if (!folded && status_) status_ = folded.error();
    forget_profile();
    return true;
}

void PersonReplay::count(const ChosenRow& row, const EventView& event) {
    if ((row.use & kCounts) == 0) return;
    source_.clear();
    DocWriter(source_).string(frame_.environment.source_name
                                  ? frame_.environment.source_name(row.source)
                                  : std::string());
    const Micros time = std::min(row.time, std::max(at_, row.received));
    for (const segment::Deed& deed : plan_.deeds()) {
        if (!deed.matches(event, DocView(source_))) continue;
        member(row.identity).acts.add_time(deed.number, time, deed.kept);
    }
}

// --- time

Status PersonReplay::fire_until(Micros at) {
    if (!has_begun_) return Status::ok();
    for (bool has_fired = true; has_fired;) TL_TRY(fire_next(at, has_fired));
    return Status::ok();
}

Status PersonReplay::fire_next(Micros until, bool& has_fired) {
    has_fired = false;
    Member* alarmed = nullptr;
    if (!plan_.draft().segments.empty()) {
        for (Member& one : std::span(members_).first(count_)) {
            if (one.acts.alarm() == kNoTime) continue;
            if (alarmed == nullptr || one.acts.alarm() < alarmed->acts.alarm()) alarmed = &one;
        }
    }
    const Micros alarm = alarmed != nullptr ? alarmed->acts.alarm() : INT64_MAX;
    const Micros timer = timers_.empty() ? INT64_MAX : timers_.front().due;
    const Micros asked = outbox_.next_due();
    const Micros message = asked == kNoTime ? INT64_MAX : asked;
    const Micros first = std::min({alarm, timer, message});
    if (first > until) return Status::ok();
    has_fired = true;
    if (++steps_ % kStepsBetweenLooks == 0) TL_TRY(frame_.watch.look());
    at_ = std::max(at_, first);
    if (alarm == first) {
        alarmed->acts.set_alarm(kNoTime);
        decide(alarmed->root, false);
        run_moves();
    } else if (timer == first) {
        std::ranges::pop_heap(timers_, std::ranges::greater{});
        const Timer due = timers_.back();
        timers_.pop_back();
        act(due.owner, journey::TimerDue{due.slot, due.timer});
        run_moves();
    }
    return settle();
}

// Tries the messages that are due, once a record has had its say.
Status PersonReplay::settle() {
    TL_TRY(status_);
    if (plan_.journey() == nullptr) count_members();
    const Micros due = outbox_.next_due();
    if (due == kNoTime || due > at_) return Status::ok();
    fates_.clear();
    TL_TRY(outbox_.send(at_, find_, fates_));
    tell_fates();
    return Status::ok();
}

void PersonReplay::tell_fates() {
    for (const MessageFate& fate : fates_) {
        tally_.add(fate);
        if (listener_ != nullptr) listener_->heard(fate, family_);
    }
}

// --- segments

void PersonReplay::decide(uint32_t root, bool is_late) {
    const auto& segments = plan_.draft().segments;
    if (segments.empty()) return;
    load(root);
    Micros look = INT64_MAX;
    for (size_t i = 0; i < segments.size(); ++i) {
        decide_one(root, i, is_late);
        const auto next = segments[i].conditions.next_look(*this, at_);
        if (next) look = std::min(look, *next);
    }
    member(root).acts.set_alarm(look == INT64_MAX ? kNoTime : look);
}

// After a merge she is in since the earlier of both; only where neither was in does she enter.
void PersonReplay::decide_one(uint32_t root, size_t segment, bool is_late) {
    const auto number = static_cast<uint32_t>(segment);
    const bool is_in = plan_.draft().segments[segment].conditions.holds(*this, at_);
    bool was_in = false;
    for (Member& one : std::span(members_).first(count_)) {
        if (one.root != root || one.acts.standing(number) == nullptr) continue;
        was_in = true;
        if (!is_in) one.acts.leave(number);
    }
    if (is_in) member(root).acts.stand({.segment = number, .is_listed = true, .since = at_});
    if (is_in == was_in) return;
    segment_moves_.push_back({root, segment, is_in, is_late});
    if (has_begun_) tally_.add_move(segment, is_in, at_);
}

// How many people of the family are in a segment now.
size_t PersonReplay::members_of(size_t segment) const {
    const auto number = static_cast<uint32_t>(segment);
    return static_cast<size_t>(
        std::count_if(members_.begin(), members_.begin() + static_cast<ptrdiff_t>(count_),
                      [&](const Member& one) {
                          return one.root == one.id && one.acts.standing(number) != nullptr;
                      }));
}

void PersonReplay::count_members() {
    for (size_t segment = 0; segment < in_segments_.size(); ++segment) {
        const size_t now = members_of(segment);
        const auto more = static_cast<int64_t>(now) - static_cast<int64_t>(in_segments_[segment]);
        if (more != 0) tally_.add_members(segment, more, at_);
        in_segments_[segment] = now;
    }
}

// What segments decided moves runs; what runs set of traits may move people between segments again,
// for as many rounds as live.
void PersonReplay::run_moves() {
    constexpr int kRoundsMax = 20;
    for (int round = 0; round < kRoundsMax; ++round) {
        for (const SegmentMove& move : std::exchange(segment_moves_, {})) {
            act(move.root, journey::SegmentMoved{plan_.draft().segments[move.segment].key,
                                                 move.is_entry, move.is_late});
        }
        for (const uint32_t owner : std::exchange(updated_, {})) decide(root_of(owner), false);
        if (segment_moves_.empty()) break;
    }
    segment_moves_.clear();
}

// --- runs

void PersonReplay::load(uint32_t root) {
    if (root_ == root && has_profile_) return;
    root_ = root;
    forget_profile();
}

template <typename What>
void PersonReplay::act(uint32_t owner, const What& what) {
    if (plan_.journey() == nullptr) return;
    load(root_of(owner));
    const bool is_alone = count_ == 1 || is_one_person();
    if (!is_alone) {
        const auto rest = std::ranges::stable_partition(
            runs_, [&](const journey::Run& run) { return root_of(run.owner) == root_; });
        others_.assign(std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
        runs_.erase(rest.begin(), rest.end());
    }
    out_.clear();
    journey::advance(frame_.published, *this,
                     {.at = at_, .cause = cause_, .owner = owner, .what = what}, runs_, out_);
    if (!is_alone) {
        runs_.insert(runs_.end(), std::make_move_iterator(others_.begin()),
                     std::make_move_iterator(others_.end()));
    }
    take_consequences();
}

void PersonReplay::take_consequences() {
    for (const Timer& timer : out_.timers) {
        timers_.push_back(timer);
        std::ranges::push_heap(timers_, std::ranges::greater{});
    }
    for (const journey::Row& row : out_.rows) tally_.add(row);
    for (const journey::Refused& refused : out_.refused) tally_.add(refused);
    for (const journey::Intent& intent : out_.intents) {
        tally_.add(intent);
        if (intent.kind == journey::IntentKind::Message) outbox_.accept(intent);
    }
    fates_.clear();
    for (const journey::Row& row : out_.rows) {
        const bool is_cut_short =
            row.kind == journey::RowKind::Ended &&
            row.detail != static_cast<uint16_t>(journey::EndReason::Completed);
        if (is_cut_short) outbox_.withdraw(row.run, at_, fates_);
    }
    if (listener_ != nullptr) listener_->heard(out_);
    tell_fates();
}

// --- what is asked of the person

bool PersonReplay::holds(const journey::Definition&, uint16_t condition, const model::EventView&,
                         Micros at) {
    return plan_.draft().conditions[condition].holds(*this, at);
}

Key128 PersonReplay::person() {
    return identity::identity_key(root_);
}

TimeZone PersonReplay::zone() {
    const TimeZone& usual = plan_.draft().rules.zone;
    if (!plan_.asks_zone()) return usual;
    const DocView name = DocView(profile().traits).find(kZoneTrait);
    if (!name.is_string()) return usual;
    const auto zone = TimeZone::find(name.as_string());
    return zone ? *zone : usual;
}

std::span<const Micros> PersonReplay::times(const segment::Deed& deed) {
    lists_.clear();
    for (const Member& one : std::span(members_).first(count_)) {
        const auto list = one.acts.times(deed.number);
        if (one.root == root_ && !list.empty()) lists_.push_back(list);
    }
    if (lists_.empty()) return {};
    if (lists_.size() == 1) return lists_[0];
    segment::merge_times(lists_, deed.kept, merged_);
    return merged_;
}

const query::ProfileFacts& PersonReplay::profile() {
    if (has_profile_) return profile_;
    has_profile_ = true;
    read_traits();
    if (!plan_.wants().namespaces.empty()) read_identifiers();
    return profile_;
}

bool PersonReplay::is_in(std::string_view segment) {
    const auto& segments = plan_.draft().segments;
    const auto named = std::ranges::find(segments, segment, &NamedSegment::key);
    if (named == segments.end()) return false;
    const auto number = static_cast<uint32_t>(named - segments.begin());
    return std::any_of(members_.begin(), members_.begin() + static_cast<ptrdiff_t>(count_),
                       [&](const Member& one) {
                           return one.root == root_ && one.acts.standing(number) != nullptr;
                       });
}

void PersonReplay::read_traits() {
    const std::vector<std::string>& wanted = plan_.wants().traits;
    const Rules& rules = plan_.draft().rules;
    profile::GoldenRecord record;
    for (const Member& one : std::span(members_).first(count_)) {
        if (one.root != root_ || one.leaf.empty()) continue;
        auto leaf = profile::Leaf::decode(one.leaf);
        if (!leaf) {
            if (status_) status_ = leaf.error();
            continue;
        }
        for (profile::TraitEntry& entry : leaf->traits) {
            if (std::ranges::find(wanted, entry.name) == wanted.end()) continue;
            record.traits[entry.name].push_back(std::move(entry));
        }
    }
    profile_.traits.clear();
    DocWriter out(profile_.traits);
    const size_t mark = out.open_object();
    for (const auto& [name, entries] : record.traits) {
        const auto value = profile::trait_doc(record, name, rules.survivorship, rules.sources);
        if (!value) continue;
        out.key(name);
        out.copy(DocView(*value));
    }
    out.close(mark);
}

void PersonReplay::read_identifiers() {
    profile_.identifiers.clear();
    DocWriter out(profile_.identifiers);
    const size_t mark = out.open_object();
    for (const std::string& wanted : plan_.wants().namespaces) {
        const model::Namespace* const space = plan_.draft().rules.namespaces.find(wanted);
        if (space == nullptr) continue;
        out.key(wanted);
        const size_t list = out.open_array();
        for (Member& one : std::span(members_).first(count_)) {
            if (one.root != root_) continue;
            if (const Status known = know(one); !known && status_) status_ = known;
            if (one.facts.space == space->id) out.string(one.facts.value);
        }
        out.close(list);
    }
    out.close(mark);
}

Status PersonReplay::know(Member& one) {
    if (one.has_facts || frame_.knowledge == nullptr) return Status::ok();
    one.has_facts = true;
    return frame_.knowledge->read(one.id, one.facts);
}

// As live: the values it set before are forgotten, and of two of one instant the later stands.
void PersonReplay::update(uint32_t owner, std::string_view traits) {
    updated_.push_back(owner);
    Member& one = member(owner);
    profile::Leaf leaf;
    if (!one.leaf.empty()) {
        auto decoded = profile::Leaf::decode(one.leaf);
        if (!decoded) {
            if (status_) status_ = decoded.error();
            return;
        }
        leaf = *std::move(decoded);
    }
    std::erase_if(leaf.traits, [&](const profile::TraitEntry& entry) {
        return entry.source == model::kOwnSource && !DocView(traits).find(entry.name).is_missing();
    });
    updates_ = last_update_ == std::pair(at_, cause_) ? updates_ + 1 : 0;
    last_update_ = {at_, cause_};
    for (const model::DocField& trait : DocView(traits).fields()) {
        leaf.say(trait.key, model::kOwnSource, trait.value, at_ + updates_, cause_);
    }
    one.leaf = leaf.encode();
    forget_profile();
}

// --- messages

Status PersonReplay::find_addressee(uint32_t owner, const journey::MessageStep& step, Micros at,
                                    Addressee& out) {
    load(root_of(owner));
    for (Member& one : std::span(members_).first(count_)) {
        if (one.root != root_) continue;
        out.members.push_back(one.id);
        if (frame_.knowledge == nullptr) continue;
        TL_TRY(know(one));
        const bool by_stamp = plan_.draft().order == Order::AsTaken;
        one.book.statements.clear();
        for (const privacy::Statement& said : one.facts.book.statements) {
            if (!by_stamp || said.stamp <= at) one.book.statements.push_back(said);
        }
        if (!one.book.statements.empty()) out.held.push_back({one.id, &one.book});
    }
    if (frame_.knowledge != nullptr) find_address(step.channel, out);
    std::erase_if(out.suppressed, [&](const privacy::Suppression& one) { return one.at > at; });
    out.zone = zone();
    return status_;
}

// The address of the channel that was seen last.
void PersonReplay::find_address(const std::string& channel, Addressee& out) {
    const model::Namespaces& spaces = plan_.draft().rules.namespaces;
    const model::Namespace* const space = channel == "sms" || channel == "whatsapp"
                                              ? spaces.find(model::kPhone)
                                          : channel == "push" ? spaces.find(model::kPushToken)
                                                              : spaces.find(channel);
    const Member* latest = nullptr;
    for (const Member& one : std::span(members_).first(count_)) {
        const bool is_address = one.root == root_ && space != nullptr &&
                                one.facts.space == space->id && !one.facts.is_generic;
        if (!is_address) continue;
        if (latest == nullptr || one.facts.last_seen >= latest->facts.last_seen) latest = &one;
    }
    out.has_address = latest != nullptr;
    if (latest != nullptr) out.suppressed = latest->facts.suppressed;
}

}  // namespace throughline::backtest
