#include "sql/session_table.h"

#include <array>
#include <optional>

#include "query/attribution_walk.h"
#include "query/marketing.h"
#include "query/pass.h"
#include "sql/needs.h"

namespace throughline::sql {

using model::DocView;
using query::By;
using query::Fold;
using query::Group;
using query::Pass;
using query::PersonRows;
using query::SessionWalk;

namespace {

enum Place : size_t { kProfile, kStarted, kEnded, kEvents, kFirstWord };

constexpr std::array kColumns{
    Column{"profile", ColumnType::Text},  Column{"started", ColumnType::Time},
    Column{"ended", ColumnType::Time},    Column{"events", ColumnType::Integer},
    Column{"channel", ColumnType::Text},  Column{"media", ColumnType::Text},
    Column{"place", ColumnType::Text},    Column{"source", ColumnType::Text},
    Column{"medium", ColumnType::Text},   Column{"campaign", ColumnType::Text},
    Column{"content", ColumnType::Text},  Column{"term", ColumnType::Text},
    Column{"referrer", ColumnType::Text},
};
// What a touch says, in the order of the columns from kFirstWord on.
const std::vector<By> kWords{By::Channel,  By::Media, By::Place, By::Source,  By::Medium,
                             By::Campaign, By::Asset, By::Term,  By::Referrer};

struct Session {
    uint32_t root = 0;
    Group touch = 0;
    uint32_t events = 0;
    Micros started = 0;
    Micros ended = 0;  // Of its last event.
};

/// What the pass is to read, and what touches mean.
struct SessionParts {
    SessionParts(const Sources& sources, const query::Channels& all_channels, TimeRange asked)
        : environment(sources.environment),
          channels(all_channels),
          range(asked),
          text(all_channels, sources.environment.source_name) {
        // All of history: what was before the range decides where a session begins.
        pass.from = TimeRange{}.from;
        pass.to = TimeRange{}.to;
        for (const auto type :
             {model::EventType::Track, model::EventType::Page, model::EventType::Screen}) {
            activity |= query::match_of(pass.add({.event = {}, .type = type, .where = {}}));
        }
        touch = pass.add({.kind = query::Dimension::Kind::Computed, .computed = &text}, activity);
    }

    const query::Environment& environment;
    const query::Channels& channels;
    TimeRange range;
    query::TouchText text;
    Pass pass;
    query::Match activity = 0;
    size_t touch = 0;
};

class SessionFold final : public Fold {
public:
    explicit SessionFold(const SessionParts& parts)
        : parts_(parts), facts_(kWords, parts.channels, parts.environment.source_name) {}

    void add(const PersonRows& rows) override {
        SessionWalk walk;
        Session session;
        for (size_t row = 0; row < rows.size(); ++row) {
            const auto& facts = facts_.of(rows.codes[parts_.touch][row], *rows.values);
            const auto step = walk.next(rows.time[row], facts.mark);
            if (step == SessionWalk::Step::Begins) {
                keep(session);
                session = {.root = rows.root, .touch = facts.group, .started = rows.time[row]};
            } else if (step == SessionWalk::Step::Settles) {
                session.touch = facts.group;
            }
            ++session.events;
            session.ended = rows.time[row];
        }
        keep(session);
    }

    std::unique_ptr<Fold> fork() const override { return std::make_unique<SessionFold>(parts_); }

    void join(Fold& other) override {
        auto& forked = static_cast<SessionFold&>(other);
        for (Session session : forked.sessions_) {
            session.touch = facts_.group(forked.facts_.key(session.touch));
            sessions_.push_back(session);
        }
        forked.sessions_ = {};
    }

    size_t bytes() const override { return sessions_.capacity() * sizeof(Session); }

    const std::vector<Session>& sessions() const { return sessions_; }
    /// What each touch says, word by word; empty: nothing.
    std::vector<std::array<std::string, std::size(kColumns) - kFirstWord>> touches() const {
        std::vector<std::array<std::string, std::size(kColumns) - kFirstWord>> words;
        for (Group group = 0; group < facts_.groups(); ++group) {
            auto& touch = words.emplace_back();
            size_t word = 0;
            for (const model::DocField& field : DocView(facts_.key(group)).fields()) {
                touch[word++] = field.value.as_string();
            }
        }
        return words;
    }

private:
    void keep(const Session& session) {
        if (session.events > 0 && parts_.range.contains(session.started)) {
            sessions_.push_back(session);
        }
    }

    const SessionParts& parts_;
    query::TouchFacts facts_;
    std::vector<Session> sessions_;
};

class SessionScan final : public Scan {
public:
    static Result<std::unique_ptr<Scan>> make(const Sources& sources, std::vector<size_t> wanted,
                                              TimeRange range) {
        std::unique_ptr<SessionScan> made(new SessionScan(sources, std::move(wanted), range));
        Fold* const folds[] = {&made->fold_};
        TL_TRY_ASSIGN(const query::PassResult result,
                      query::run_pass(made->parts_.pass, sources.environment, folds));
        if (sources.looked_at != nullptr) sources.looked_at->events += result.rows;
        made->touches_ = made->fold_.touches();
        return std::unique_ptr<Scan>(std::move(made));
    }

    size_t workers_max() const override { return 1; }
    std::unique_ptr<Worker> worker() override;

    void write(const Session& session, RowsOut& out, size_t row) const {
        for (size_t i = 0; i < wanted_.size(); ++i) {
            const size_t place = wanted_[i];
            if (place == kProfile) {
                out.text(i, row, sources_.profile_id(session.root));
            } else if (place == kStarted) {
                out.time(i, row, session.started);
            } else if (place == kEnded) {
                out.time(i, row, session.ended);
            } else if (place == kEvents) {
                out.integer(i, row, session.events);
            } else if (place < kColumns.size()) {
                const std::string& word = touches_[session.touch][place - kFirstWord];
                word.empty() ? out.null(i, row) : out.text(i, row, word);
            }
        }
    }
    const std::vector<Session>& sessions() const { return fold_.sessions(); }

private:
    SessionScan(const Sources& sources, std::vector<size_t> wanted, TimeRange range)
        : sources_(sources),
          wanted_(std::move(wanted)),
          parts_(sources, channels_of(sources), range),
          fold_(parts_) {}

    const query::Channels& channels_of(const Sources& sources) {
        const query::Marketing* marketing = sources.environment.marketing;
        return marketing != nullptr ? marketing->channels : shipped_.emplace();
    }

    const Sources& sources_;
    std::vector<size_t> wanted_;
    std::optional<query::Channels> shipped_;
    SessionParts parts_;
    SessionFold fold_;
    std::vector<std::array<std::string, std::size(kColumns) - kFirstWord>> touches_;
};

class SessionWorker final : public Worker {
public:
    explicit SessionWorker(const SessionScan& scan) : scan_(scan) {}

    Status fill(RowsOut& out) override {
        size_t rows = 0;
        for (; rows < out.capacity() && at_ < scan_.sessions().size(); ++rows, ++at_) {
            scan_.write(scan_.sessions()[at_], out, rows);
        }
        out.finish(rows);
        return Status::ok();
    }

private:
    const SessionScan& scan_;
    size_t at_ = 0;
};

std::unique_ptr<Worker> SessionScan::worker() {
    return std::make_unique<SessionWorker>(*this);
}

}  // namespace

std::span<const Column> session_columns() {
    return kColumns;
}

Result<std::unique_ptr<Scan>> SessionTable::scan(std::vector<size_t> wanted,
                                                 const TableNeeds& needs) {
    return SessionScan::make(sources_, std::move(wanted), needs.range);
}

}  // namespace throughline::sql
