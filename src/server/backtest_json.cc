#include "server/backtest_json.h"

#include <algorithm>

#include "base/time.h"
#include "engine/person.h"
#include "identity/public_id.h"
#include "server/backtest_cell.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

using backtest::Cell;
using backtest::StepTally;
using journey::Definition;
using model::DocWriter;

namespace {

std::string date_of(const backtest::Tally& tally, size_t day) {
    return date_text(tally.first_day() + static_cast<int64_t>(day));
}

void write_cell_fields(const Cell& cell, const PersonName& name, DocWriter& out) {
    write_count(out, "count", cell.count);
    out.key("sample");
    const size_t list = out.open_array();
    for (const uint32_t person : cell.people) {
        if (person != 0) out.string(name(person));
    }
    out.close(list);
}

void write_cell(std::string_view key, const Cell& cell, const PersonName& name, DocWriter& out) {
    out.key(key);
    const size_t mark = out.open_object();
    write_cell_fields(cell, name, out);
    out.close(mark);
}

class Writer {
public:
    Writer(const backtest::Plan& plan, const PersonName& name, DocWriter& out)
        : journey_(*plan.journey()), name_(name), out_(out) {}

    void write(const backtest::Outcome& outcome) {
        const backtest::Tally& tally = outcome.tally;
        write_cell("entered", tally.entered());
        write_count(out_, "people", tally.people());
        write_cell("under_way", tally.under_way());
        write_refused(tally);
        write_ended(tally);
        write_goals(tally);
        write_days(tally);
        write_steps(tally);
        write_count(out_, "late_starts", outcome.late_starts);
    }

private:
    template <typename Each>
    void list(std::string_view key, const Each& each) {
        out_.key(key);
        const size_t mark = out_.open_array();
        each();
        out_.close(mark);
    }
    template <typename Each>
    void object(std::string_view key, const Each& each) {
        if (!key.empty()) out_.key(key);
        const size_t mark = out_.open_object();
        each();
        out_.close(mark);
    }
    void write_cell(std::string_view key, const Cell& cell) {
        object(key, [&] { write_cell_fields(cell); });
    }
    void write_cell_fields(const Cell& cell) { server::write_cell_fields(cell, name_, out_); }
    void write_refused(const backtest::Tally& tally) {
        object("refused", [&] {
            for (size_t i = 0; i < tally.refused().size(); ++i) {
                write_cell(journey::refusal_name(static_cast<journey::Refusal>(i)),
                           tally.refused()[i]);
            }
        });
    }
    void write_ended(const backtest::Tally& tally) {
        object("ended", [&] {
            for (size_t i = 1; i < tally.ended().size(); ++i) {
                write_cell(journey::reason_name(static_cast<journey::EndReason>(i)),
                           tally.ended()[i]);
            }
        });
    }
    void write_goals(const backtest::Tally& tally) {
        list("goals", [&] {
            for (const auto& [goal, cell] : tally.goals()) {
                object("", [&] {
                    out_.field("goal", goal_text(journey_, goal));
                    write_cell_fields(cell);
                });
            }
        });
    }
    void write_days(const backtest::Tally& tally) {
        list("days", [&] {
            for (size_t i = 0; i < tally.days().size(); ++i) {
                const backtest::DayTally& day = tally.days()[i];
                object("", [&] {
                    out_.field("date", date_of(tally, i));
                    write_count(out_, "entered", day.entered.count);
                    write_count(out_, "sent", day.sent.count);
                });
            }
        });
    }
    void write_steps(const backtest::Tally& tally) {
        list("steps", [&] {
            for (size_t i = 0; i < tally.steps().size(); ++i) {
                const StepTally& step = tally.steps()[i];
                object("", [&] {
                    write_step(static_cast<journey::StepIndex>(i), step);
                    if (!step.days.empty()) write_step_days(tally, step);
                });
            }
        });
    }
    // Of a range of years most days are empty, so those are left out.
    void write_step_days(const backtest::Tally& tally, const StepTally& step) {
        list("days", [&] {
            for (size_t i = 0; i < step.days.size(); ++i) {
                const backtest::DayOfMessages& day = step.days[i];
                if (day == backtest::DayOfMessages{}) continue;
                object("", [&] {
                    out_.field("date", date_of(tally, i));
                    write_count(out_, "sent", day.sent);
                    write_count(out_, "refused", day.refused);
                    write_count(out_, "expired", day.expired);
                });
            }
        });
    }
    void write_step(journey::StepIndex step, const StepTally& tally) {
        out_.field("step", step_text(journey_, step));
        write_count(out_, "visits", tally.visits);
        write_cell("runs", tally.runs);
        write_cell("stay", tally.stay);
        list("next", [&] {
            for (const auto& [to, cell] : tally.next) {
                object("", [&] {
                    out_.field("to", step_text(journey_, to));
                    write_cell_fields(cell);
                });
            }
        });
        if (!tally.parts.empty()) write_parts(step, tally);
        const bool has_messages =
            std::ranges::any_of(tally.messages, [](const Cell& cell) { return cell.count > 0; });
        if (has_messages) write_messages(tally);
    }
    void write_parts(journey::StepIndex step, const StepTally& tally) {
        const auto& split = std::get<journey::SplitStep>(journey_.steps()[step].what);
        list("paths", [&] {
            for (const auto& [part, cells] : tally.parts) {
                object("", [&] {
                    out_.field("path", split.parts[part].name);
                    write_flag(out_, "holdout", split.parts[part].is_holdout);
                    write_cell("runs", cells.first);
                    write_cell("goals", cells.second);
                });
            }
        });
    }
    void write_messages(const StepTally& tally) {
        object("messages", [&] {
            for (size_t fate = 0; fate < tally.messages.size(); ++fate) {
                write_cell(backtest::fate_text(static_cast<backtest::Fate>(fate)),
                           tally.messages[fate]);
            }
        });
        object("reasons", [&] {
            for (size_t reason = 0; reason < tally.refused.size(); ++reason) {
                if (tally.refused[reason].count == 0) continue;
                write_cell(backtest::refusal_text(reason), tally.refused[reason]);
            }
        });
    }

    const Definition& journey_;
    const PersonName& name_;
    DocWriter& out_;
};

}  // namespace

// Of the people one more than a page was asked for, which tells whether there is another page.
void write_segment_backtest(const backtest::Plan& plan, const backtest::Outcome& outcome,
                            const PersonName& name, DocWriter& out) {
    const backtest::SegmentTally& tally = outcome.tally.segments()[0];
    write_cell("before", tally.before, name, out);
    write_cell("after", tally.after, name, out);
    write_cell("ever", tally.ever, name, out);
    out.key("days");
    size_t list = out.open_array();
    auto members = static_cast<int64_t>(tally.before.count);
    for (size_t day = 0; day < tally.days.size(); ++day) {
        members += tally.days[day].more;
        const size_t mark = out.open_object();
        out.field("date", date_of(outcome.tally, day));
        out.field("members", members);
        write_count(out, "entered", tally.days[day].entered.count);
        write_count(out, "left", tally.days[day].left.count);
        out.close(mark);
    }
    out.close(list);
    out.key("people");
    const size_t people = out.open_object();
    out.key("items");
    list = out.open_array();
    const size_t page = plan.draft().stays.most - 1;
    for (size_t i = 0; i < std::min(page, tally.stays.size()); ++i) {
        const size_t mark = out.open_object();
        out.field("id", name(tally.stays[i].person));
        write_time(out, "entered_at", tally.stays[i].entered);
        out.close(mark);
    }
    out.close(list);
    const bool has_more = tally.stays.size() > page;
    write_text(out, "next", has_more ? name(tally.stays[page - 1].person) : "");
    out.close(people);
}

// Somebody who was erased since is in no list any more; who became one with somebody is she.
Status write_backtest_people(const backtest::Plan& plan, const backtest::Outcome& outcome,
                             const engine::View& view, DocWriter& out) {
    const backtest::PeopleTally& tally = outcome.tally.behind();
    const backtest::PeopleWanted& wanted = *plan.draft().people;
    const size_t page = std::min(wanted.most - 1, tally.page.size());
    write_count(out, "count", outcome.tally.count_of(wanted.cell));
    write_count(out, "people", tally.people);
    out.key("items");
    const size_t list = out.open_array();
    for (size_t i = 0; i < page; ++i) {
        const backtest::Behind& one = tally.page[i];
        const auto person = engine::load_person(view, engine::IdentityId{one.person});
        if (!person && person.error().code == Code::NotFound) continue;
        if (!person) return person.error();
        const size_t mark = out.open_object();
        out.key("profile");
        write_summary(view, *person, {}, out);
        write_time(out, "at", one.at);
        write_count(out, "times", one.times);
        out.close(mark);
    }
    out.close(list);
    const bool has_more = tally.page.size() > page;
    write_text(out, "next",
               has_more ? identity::public_id(view.secret, tally.page[page - 1].person) : "");
    return Status::ok();
}

void write_backtest(const backtest::Plan& plan, const backtest::Outcome& outcome,
                    const PersonName& name, DocWriter& out) {
    Writer(plan, name, out).write(outcome);
}

}  // namespace throughline::server
