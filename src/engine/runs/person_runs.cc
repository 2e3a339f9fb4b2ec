#include "engine/runs/person_runs.h"

#include <algorithm>

#include "base/bytes.h"
#include "engine/membership.h"
#include "model/consequence.h"
#include "profile/search_words.h"

namespace throughline::engine {

using identity::IdentityId;
using journey::Run;
using model::DocView;
using model::DocWriter;

namespace {

/// What stands for the event of the start where a segment is the trigger.
constexpr std::string_view kStartedByHand = "Journey Started";

bool is_of_task(journey::RowKind kind) {
    return kind == journey::RowKind::Claimed || kind == journey::RowKind::Released ||
           kind == journey::RowKind::Done || kind == journey::RowKind::Escalated;
}

constexpr size_t kRunNameBytes = 32;

void write_run_name(const Key128& run, char* out) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const uint64_t half : {run.high, run.low}) {
        for (int shift = 60; shift >= 0; shift -= 4) *out++ = kDigits[half >> shift & 15];
    }
}

Key128 timer_subject(const journey::Timer& timer) {
    return {.high = uint64_t{timer.owner} << 32 | uint64_t{timer.slot} << 16 | timer.timer};
}

}  // namespace

std::string_view run_row_name(journey::RowKind kind) {
    static constexpr std::string_view kNames[] = {
        "Journey Entered",       "Journey Step Reached", "Journey Path Chosen",
        "Journey Traits Set",    "Journey Goal Reached", "Journey Task Claimed",
        "Journey Task Released", "Journey Task Done",    "Journey Task Overdue",
        "Journey Held",          "Journey Ended"};
    return kNames[static_cast<size_t>(kind)];
}

std::string run_name(const Key128& run) {
    std::string name(kRunNameBytes, '0');
    write_run_name(run, name.data());
    return name;
}

std::optional<Key128> run_of_name(std::string_view name) {
    if (name.size() != kRunNameBytes) return std::nullopt;
    uint64_t halves[2] = {};
    for (size_t i = 0; i < name.size(); ++i) {
        const char digit = name[i];
        const bool is_letter = digit >= 'a' && digit <= 'f';
        if (!is_letter && (digit < '0' || digit > '9')) return std::nullopt;
        const auto value = static_cast<uint64_t>(is_letter ? digit - 'a' + 10 : digit - '0');
        halves[i / 16] = halves[i / 16] << 4 | value;
    }
    return Key128{halves[0], halves[1]};
}

std::string run_owner_prefix(uint32_t journey) {
    std::string key;
    ByteWriter(key).fixed(__builtin_bswap32(journey));
    return key;
}

std::string run_owner_key(uint32_t journey, IdentityId owner) {
    std::string key = run_owner_prefix(journey);
    ByteWriter(key).fixed(__builtin_bswap32(owner));
    return key;
}

IdentityId owner_of_key(std::string_view key) {
    TL_ASSERT(key.size() == 2 * sizeof(uint32_t));
    return __builtin_bswap32(load<uint32_t>(key.data() + sizeof(uint32_t)));
}

void PersonRuns::set_settings(std::shared_ptr<const Settings> settings) {
    settings_ = std::move(settings);
    person_.set_settings(*settings_, journeys().wants());
    const auto zone = TimeZone::find(settings_->timezone());
    usual_zone_ = zone ? *zone : TimeZone();
    forms_.clear();
    sweeping_.clear();
    starting_.clear();
    are_sweeps_known_ = journeys().empty();
}

// Where one is on the way already, it goes on behind the last owner that was looked at.
Status PersonRuns::find_sweeps() {
    if (are_sweeps_known_) return Status::ok();
    for (const LiveJourney& live : journeys().all()) {
        const bool starts = live.starting != 0 && live.paused_at == kNoTime;
        if (starts && !live.starts.empty()) {
            TL_TRY_ASSIGN(const JourneyCounts* const counts, counts_.journey(live.id));
            if (counts->started < live.starts.back().number) starting_.push_back(live.id);
        }
        if (live.sweeps.empty()) continue;
        const uint32_t last = live.sweeps.back().number;
        TL_TRY_ASSIGN(JourneyCounts* const counts, counts_.journey(live.id));
        if (counts->swept >= last) continue;
        if (counts->sweeping != last) {
            counts->sweeping = last;
            counts->next = 0;
        }
        sweeping_.push_back(live.id);
    }
    std::ranges::sort(sweeping_);
    std::ranges::sort(starting_);
    are_sweeps_known_ = true;
    return Status::ok();
}

// --- what happens

Status PersonRuns::after_event(const Happening& now, const model::EventView& event,
                               IdentityId identity) {
    if (!wants(event.name())) return Status::ok();
    return act(now, identity, journey::EventHappened{event});
}

Status PersonRuns::after_move(const Happening& now, const SegmentMove& move) {
    if (journeys().published().of_segment(move.segment).empty()) return Status::ok();
    return act(now, move.root, journey::SegmentMoved{move.segment, move.is_entry, move.is_late});
}

Status PersonRuns::after_merge(const Happening& now, IdentityId identity) {
    return act(now, identity, journey::PeopleMerged{});
}

Status PersonRuns::after_change(const Happening& now, IdentityId identity) {
    return act(now, identity, journey::PersonChanged{});
}

Status PersonRuns::after_task(const Happening& now, IdentityId owner,
                              const journey::TaskMoved& moved) {
    return act(now, owner, moved);
}

Status PersonRuns::stop(const Happening& now, IdentityId owner, const Key128& run) {
    return act(now, owner, journey::RunStopped{run});
}

Status PersonRuns::fire(const Happening& now, const Key128& subject) {
    const auto slot = static_cast<uint16_t>(subject.high >> 16);
    const auto timer = static_cast<uint16_t>(subject.high);
    return act(now, owner_of_timer(subject), journey::TimerDue{slot, timer});
}

Status PersonRuns::sweep(const Happening& now, size_t most) {
    TL_TRY(find_sweeps());
    while (most > 0 && !sweeping_.empty()) {
        const uint32_t id = sweeping_.front();
        TL_TRY_ASSIGN(JourneyCounts* const counts, counts_.journey(id));
        store::KeyRange range = store::KeyRange::prefix(run_owner_prefix(id));
        range.from = run_owner_key(id, counts->next);
        TL_TRY_ASSIGN(const auto rows, parts_.tables.run_owners.scan(range, most));
        for (const auto& [key, value] : rows) {
            const IdentityId owner = owner_of_key(key);
            TL_TRY(act(now, owner, journey::Swept{}));
            counts->next = owner + 1;
        }
        if (rows.size() == most) break;
        most -= rows.size();
        counts->swept = counts->sweeping;
        sweeping_.erase(sweeping_.begin());
    }
    return start_members(now, most);
}

// --- starts by hand

Result<std::optional<journey::Refusal>> PersonRuns::start(const Happening& now, IdentityId owner,
                                                          const HandStart& start) {
    const journey::Definition& definition =
        *journeys().find(start.journey.id, journeys().published().starting(start.journey.id));
    const auto* const trigger = std::get_if<journey::EventWanted>(&definition.trigger().on);
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("properties");
    out.copy(start.properties);
    out.close(mark);
    model::Event event;
    event.type = trigger != nullptr ? trigger->type : model::EventType::Track;
    event.source = model::kOwnSource;
    event.time = event.original = event.sent = event.received = now.at;
    event.name = trigger != nullptr ? std::string_view(definition.event_names()[trigger->name])
                                    : kStartedByHand;
    event.doc = doc;
    std::string payload;
    model::append_event(payload, event);
    started_by_ = start.by;
    const Status status =
        act(now, owner, journey::StartedByHand{start.journey.id, model::EventView(payload)});
    started_by_ = {};
    TL_TRY(status);
    if (out_.refused.empty()) return std::optional<journey::Refusal>();
    return std::optional(out_.refused.front().why);
}

Status PersonRuns::start_members(const Happening& now, size_t most) {
    while (most > 0 && !starting_.empty()) {
        const LiveJourney* const live = journeys().find(starting_.front());
        TL_ASSERT(live != nullptr);
        TL_TRY_ASSIGN(const bool is_done, start_some(now, *live, most));
        if (is_done) starting_.erase(starting_.begin());
    }
    return Status::ok();
}

// Of those that entered the segment since, none is started: what was counted is what is started.
Result<bool> PersonRuns::start_some(const Happening& now, const LiveJourney& live, size_t& most) {
    TL_TRY_ASSIGN(JourneyCounts* const counts, counts_.journey(live.id));
    const auto start = std::ranges::find_if(
        live.starts, [&](const MassStart& one) { return one.number > counts->started; });
    if (start == live.starts.end()) return true;
    if (counts->starting != start->number) {
        counts->starting = start->number;
        counts->next_start = 1;
    }
    std::vector<IdentityId> members;
    if (settings_->segments().find(start->segment) != nullptr) {
        const MemberRange range{.segment = start->segment,
                                .after = counts->next_start - 1,
                                .end = parts_.state.next_identity};
        TL_TRY_ASSIGN(members, member_ids(parts_.tables.members, range, most));
    }
    const size_t found = members.size();
    if (found > most) members.resize(most);
    for (const IdentityId root : members) {
        counts->next_start = root + 1;
        TL_TRY(person_.load(root));
        const segment::Standing* const standing = person_.root().acts.standing(start->segment);
        const bool was_in = standing != nullptr && standing->since <= start->at;
        person_.release();
        if (!was_in) continue;
        TL_TRY(this->start(now, root, {live, start->by, DocView(start->properties)}));
    }
    if (found >= most) {
        most = 0;
        return false;
    }
    most -= found;
    counts->started = start->number;
    return start + 1 == live.starts.end();
}

Result<uint32_t> PersonRuns::started(uint32_t journey) {
    TL_TRY_ASSIGN(const JourneyCounts* const counts, counts_.journey(journey));
    return counts->started;
}

Result<uint32_t> PersonRuns::swept(uint32_t journey) {
    TL_TRY_ASSIGN(const JourneyCounts* const counts, counts_.journey(journey));
    return counts->swept;
}

Status PersonRuns::forget(IdentityId identity) {
    const Key128 key = identity::identity_key(identity);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.runs.get(key));
    if (!bytes) return Status::ok();
    runs_.clear();
    TL_TRY(journey::decode_runs(*bytes, identity, runs_));
    for (const uint32_t journey : journeys_of(marks_of(runs_), identity)) {
        parts_.tables.run_owners.erase(run_owner_key(journey, identity));
    }
    for (const Run& run : runs_) {
        if (run.is_over() || journeys().find(run.journey) == nullptr) continue;
        TL_TRY_ASSIGN(VersionCounts* const counts, counts_.version(run.journey, run.version));
        --counts->kept;
        ++counts->erased;
        if (--counts->now[run.step] == 0) counts->now.erase(run.step);
    }
    parts_.tables.runs.erase(key);
    return Status::ok();
}

// --- one happening

Status PersonRuns::act(const Happening& now, IdentityId owner,
                       decltype(journey::Happening::what) what) {
    TL_TRY_ASSIGN(const IdentityId root, root_of_identity(parts_.tables, owner));
    if (root == 0) return Status::ok();
    TL_TRY(load(root));
    now_ = now;
    status_ = Status::ok();
    out_.clear();
    journey::advance(journeys().published(), *this,
                     {.at = now.at, .cause = now.cause, .owner = owner, .what = std::move(what)},
                     runs_, out_);
    TL_TRY(status_);
    return write(now);
}

Status PersonRuns::load(IdentityId root) {
    root_ = root;
    person_.release();
    members_.assign(1, root);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.identities.get(identity::identity_key(root)));
    TL_ASSERT(bytes);
    const identity::NodeView node(*bytes);
    for (size_t i = 0; i < node.member_count(); ++i) {
        if (node.member(i) != root) members_.push_back(node.member(i));
    }
    runs_.clear();
    for (const IdentityId member : members_) TL_TRY(load_member(member));
    before_ = marks_of(runs_);
    // What is left of a journey that is no more is dropped with the next change.
    std::erase_if(runs_, [&](const Run& run) { return journeys().find(run.journey) == nullptr; });
    stands_ = before_;
    return Status::ok();
}

Status PersonRuns::load_member(IdentityId id) {
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.runs.get(identity::identity_key(id)));
    if (!bytes) return Status::ok();
    return journey::decode_runs(*bytes, id, runs_);
}

Status PersonRuns::write(const Happening& now) {
    if (!out_.changed.empty()) {
        const Marks after = marks_of(runs_);
        for (const uint32_t owner : out_.changed) TL_TRY(write_owner(owner, after));
    }
    for (const journey::Timer& timer : out_.timers) {
        set_timer(parts_.tables.timers,
                  {.due = timer.due, .kind = TimerKind::Run, .subject = timer_subject(timer)},
                  parts_.state.next_due);
    }
    for (const journey::Row& row : out_.rows) {
        TL_TRY(count(row));
        TL_TRY(follow(now, row));
    }
    for (const journey::Refused& refused : out_.refused) {
        TL_TRY_ASSIGN(JourneyCounts* const counts, counts_.journey(refused.journey));
        ++counts->refused[static_cast<size_t>(refused.why)];
    }
    TL_TRY(keep_tasks(now));
    return ask_others(now);
}

Status PersonRuns::ask_others(const Happening& now) {
    if (parts_.intents == nullptr) return Status::ok();
    for (const journey::Intent& intent : out_.intents) {
        TL_TRY(parts_.intents->accept(now, intent));
    }
    for (const journey::Row& row : out_.rows) {
        const bool is_cut_short =
            row.kind == journey::RowKind::Ended &&
            row.detail != static_cast<uint16_t>(journey::EndReason::Completed);
        if (is_cut_short) TL_TRY(parts_.intents->withdraw(now, row.owner, row.run));
    }
    return Status::ok();
}

// A task that is given out may be over at once, when several sweeps meet a run; one that is
// postponed may be due nevertheless.
Status PersonRuns::keep_tasks(const Happening& now) {
    for (const journey::Intent& intent : out_.intents) {
        if (intent.kind != journey::IntentKind::Task) continue;
        TL_TRY(parts_.tasks.open(now, intent, *journeys().find(intent.journey, intent.version)));
    }
    for (const journey::Postponed& one : out_.postponed) TL_TRY(parts_.tasks.postpone(one));
    for (const journey::Row& row : out_.rows) {
        const auto* const task = std::get_if<journey::TaskStep>(&step_of(row).what);
        if (task == nullptr) continue;
        const Happening then{.cause = now.cause, .at = row.at};
        const Key128 key = journey::effect_key(row.run, row.step, row.visit);
        if (row.kind == journey::RowKind::Escalated) {
            TL_TRY(parts_.tasks.overdue(then, key, task->escalated_next.has_value()));
        } else if (row.kind == journey::RowKind::Ended) {
            TL_TRY(parts_.tasks.withdraw(then, key));
        }
    }
    return Status::ok();
}

const journey::Step& PersonRuns::step_of(const journey::Row& row) const {
    const journey::Definition* const definition = journeys().find(row.journey, row.version);
    TL_ASSERT(definition != nullptr);
    return definition->steps()[row.step];
}

Status PersonRuns::write_owner(IdentityId owner, const Marks& after) {
    const Key128 key = identity::identity_key(owner);
    bytes_.clear();
    journey::encode_runs(runs_, owner, bytes_);
    const bool has_row = std::ranges::find(before_, owner, &Mark::owner) != before_.end();
    if (!bytes_.empty()) {
        parts_.tables.runs.put(key, bytes_);
    } else if (has_row) {
        parts_.tables.runs.erase(key);
    }
    TL_TRY(count_kept(before_, owner, ~uint64_t{0}));
    TL_TRY(count_kept(after, owner, 1));
    list_journeys(owner, after);
    return Status::ok();
}

void PersonRuns::list_journeys(IdentityId owner, const Marks& after) {
    const std::vector<uint32_t> had = journeys_of(before_, owner);
    const std::vector<uint32_t> has = journeys_of(after, owner);
    store::OrderedTable& owners = parts_.tables.run_owners;
    for (const uint32_t journey : had) {
        if (!std::ranges::binary_search(has, journey)) owners.erase(run_owner_key(journey, owner));
    }
    for (const uint32_t journey : has) {
        if (!std::ranges::binary_search(had, journey)) {
            owners.put(run_owner_key(journey, owner), "");
        }
    }
}

Status PersonRuns::count_kept(const Marks& marks, IdentityId owner, uint64_t by) {
    for (const Mark& mark : marks) {
        if (mark.owner != owner || mark.version == 0) continue;  // What ended needs no version.
        if (journeys().find(mark.journey) == nullptr) continue;
        TL_TRY_ASSIGN(VersionCounts* const counts, counts_.version(mark.journey, mark.version));
        counts->kept += by;
    }
    return Status::ok();
}

PersonRuns::Marks PersonRuns::marks_of(const std::vector<Run>& runs) {
    Marks marks;
    for (const Run& run : runs) {
        marks.push_back({.run = run.id,
                         .owner = run.owner,
                         .journey = run.journey,
                         .version = run.version,
                         .step = run.step,
                         .is_over = run.is_over()});
    }
    return marks;
}

// Those of which an owner has runs on their way, each once, ascending.
std::vector<uint32_t> PersonRuns::journeys_of(const Marks& marks, IdentityId owner) {
    std::vector<uint32_t> journeys;
    for (const Mark& mark : marks) {
        if (mark.owner == owner && !mark.is_over) journeys.push_back(mark.journey);
    }
    std::ranges::sort(journeys);
    const auto rest = std::ranges::unique(journeys);
    journeys.erase(rest.begin(), rest.end());
    return journeys;
}

// --- what follows

PersonRuns::Mark& PersonRuns::stand_of(const journey::Row& row) {
    const auto found = std::ranges::find(stands_, row.run, &Mark::run);
    if (found != stands_.end()) return *found;
    return stands_.emplace_back(Mark{.run = row.run, .step = journey::kEnd});  // It begins.
}

Status PersonRuns::count(const journey::Row& row) {
    TL_TRY_ASSIGN(VersionCounts* const counts, counts_.version(row.journey, row.version));
    Mark& stand = stand_of(row);
    const auto leave = [&] {
        if (stand.step == journey::kEnd) return;
        const auto now = counts->now.find(stand.step);
        TL_ASSERT(now != counts->now.end());
        if (--now->second == 0) counts->now.erase(now);
    };
    switch (row.kind) {
        case journey::RowKind::Entered:
            ++counts->entered;
            break;
        case journey::RowKind::Reached:
            leave();
            if (stand.step != journey::kEnd) ++counts->edges[{stand.step, row.step}];
            ++counts->reached[row.step];
            ++counts->now[row.step];
            stand.step = row.step;
            break;
        case journey::RowKind::Chosen:
            ++counts->chosen[{row.step, row.detail}];
            break;
        case journey::RowKind::Ended:
            leave();
            ++counts->ended[row.detail];
            if (row.detail == static_cast<uint16_t>(journey::EndReason::Completed)) {
                ++counts->edges[{stand.step, journey::kEnd}];
            }
            break;
        case journey::RowKind::Updated:
        case journey::RowKind::Goal:
        case journey::RowKind::Claimed:
        case journey::RowKind::Released:
        case journey::RowKind::Done:
        case journey::RowKind::Escalated:
        case journey::RowKind::Held:
            break;
    }
    return Status::ok();
}

Status PersonRuns::follow(const Happening& now, const journey::Row& row) {
    const bool is_by_hand = row.kind == journey::RowKind::Entered && !started_by_.empty();
    if (!is_by_hand && !is_of_task(row.kind)) {
        follow_by_form(now, row);
        return Status::ok();
    }
    std::string properties;
    DocWriter out(properties);
    const size_t mark = out.open_object();
    write_properties(row, properties);
    if (is_by_hand) out.field("by", started_by_);
    if (is_of_task(row.kind)) {
        TL_TRY(parts_.tasks.describe(journey::effect_key(row.run, row.step, row.visit), out));
    }
    out.close(mark);
    parts_.consequences.follow({.cause = now.cause, .at = row.at}, row.owner,
                               run_row_name(row.kind), properties);
    return Status::ok();
}

// Millions of runs leave rows in a few forms, told apart by a name of one length.
void PersonRuns::follow_by_form(const Happening& now, const journey::Row& row) {
    const Key128 key{
        uint64_t{row.journey} << 32 | row.version,
        uint64_t{row.step} << 32 | uint64_t{row.detail} << 8 | static_cast<uint64_t>(row.kind)};
    RowForm& form = forms_[key];
    if (form.properties.empty()) {
        DocWriter out(form.properties);
        const size_t mark = out.open_object();
        form.run_at = write_properties(row, form.properties);
        out.close(mark);
    }
    write_run_name(row.run, form.properties.data() + form.run_at);
    parts_.consequences.follow({.cause = now.cause, .at = row.at}, row.owner,
                               run_row_name(row.kind), form.properties);
}

/// Adds what a row says by itself; returns where the name of its run begins.
size_t PersonRuns::write_properties(const journey::Row& row, std::string& properties) const {
    const LiveJourney* const live = journeys().find(row.journey);
    const journey::Definition* const definition = journeys().find(row.journey, row.version);
    TL_ASSERT(live != nullptr && definition != nullptr);
    const journey::Step& step = step_of(row);
    DocWriter out(properties);
    out.field("journey", live->key);
    out.field("version", int64_t{row.version});
    out.field("run", run_name(row.run));
    const size_t run_at = properties.size() - kRunNameBytes;
    if (row.kind != journey::RowKind::Entered) out.field("step", step.id);
    if (row.kind == journey::RowKind::Chosen) {
        const auto& part = std::get<journey::SplitStep>(step.what).parts[row.detail];
        out.field("path", part.name);
        out.key("holdout");
        out.boolean(part.is_holdout);
    } else if (row.kind == journey::RowKind::Goal) {
        out.field("goal", row.detail == journey::kGoalOfStep
                              ? std::get<journey::GoalStep>(step.what).name
                              : definition->endings()[row.detail].name);
    } else if (row.kind == journey::RowKind::Ended) {
        out.field("reason", journey::reason_name(static_cast<journey::EndReason>(row.detail)));
    }
    return run_at;
}

// --- what is asked of the person

Status PersonRuns::load_facts() {
    return person_.is_loaded(root_) ? Status::ok() : person_.load(root_);
}

const query::ProfileFacts& PersonRuns::profile() {
    if (status_) status_ = load_facts();
    const query::ProfileFacts& facts = person_.profile();
    if (status_) status_ = person_.status();
    return facts;
}

bool PersonRuns::holds(const journey::Definition& definition, uint16_t condition,
                       const model::EventView& start, Micros at) {
    if (status_) status_ = load_facts();
    if (!status_) return false;
    person_.set_start(start);
    const bool holds = journeys().condition(definition, condition).holds(person_, at);
    status_ = person_.status();
    return holds;
}

TimeZone PersonRuns::zone() {
    const DocView name = DocView(profile().traits).find(kZoneTrait);
    if (!name.is_string()) return usual_zone_;
    const auto zone = TimeZone::find(name.as_string());
    return zone ? *zone : usual_zone_;
}

void PersonRuns::update(uint32_t owner, std::string_view traits) {
    if (status_) status_ = parts_.settle_leaves();
    if (status_) status_ = set_traits(owner, DocView(traits));
    person_.release();  // What was read of her is no longer so.
    updated_.push_back(owner);
}

// What a run says stands over what the event said that moved it, and over what runs said before.
Micros PersonRuns::update_time() {
    const bool is_same = last_update_.cause == now_.cause && last_update_.at == now_.at;
    updates_ = is_same ? updates_ + 1 : 1;
    last_update_ = now_;
    return now_.at + updates_;
}

Status PersonRuns::set_traits(IdentityId owner, DocView traits) {
    const Key128 key = identity::identity_key(owner);
    TL_TRY_ASSIGN(const auto bytes, parts_.tables.leaves.get(key));
    profile::Leaf leaf;
    if (bytes) {
        TL_TRY_ASSIGN(leaf, profile::Leaf::decode(*bytes));
    }
    store::OrderedTable& search = parts_.tables.search;
    const auto for_words = [&](std::string_view trait, DocView value, const auto& visit) {
        const auto text = value.as_text();
        if (!text) return;
        for (const std::string& word : profile::words_of_trait(trait, *text)) {
            visit(profile::word_key(word, owner));
        }
    };
    const auto is_own = [&](const profile::TraitEntry& entry) {
        return entry.source == model::kOwnSource && !traits.find(entry.name).is_missing();
    };
    for (const profile::TraitEntry& entry : leaf.traits) {
        if (!is_own(entry)) continue;
        for (const profile::TraitValue& value : entry.values) {
            for_words(entry.name, DocView(value.doc),
                      [&](const auto& word) { search.erase(word); });
        }
    }
    std::erase_if(leaf.traits, is_own);
    const Micros at = update_time();
    for (const model::DocField& trait : traits.fields()) {
        leaf.say(trait.key, model::kOwnSource, trait.value, at, now_.cause);
    }
    for (const profile::TraitEntry& entry : leaf.traits) {
        if (traits.find(entry.name).is_missing()) continue;
        for (const profile::TraitValue& value : entry.values) {
            for_words(entry.name, DocView(value.doc),
                      [&](const auto& word) { search.put(word, ""); });
        }
    }
    parts_.tables.leaves.put(key, leaf.encode());
    return Status::ok();
}

}  // namespace throughline::engine
