// The folds of the trend: numbers by series, interval and value, and the people behind a cell.
//
// An event counts where it happened; a session where it began, once, under the value of its first
// event of the series that has one.
//
// Layer 4. One thread each, joined at the end.
#pragma once

#include "query/series_tally.h"

namespace throughline::query {

/// Finds what counts of one person at a time.
class TrendWalk {
public:
    explicit TrendWalk(const TrendSpec& spec) : spec_(spec), sessions_(spec.sessions) {}

    struct Counted {
        size_t series = 0;
        Micros at = 0;  // Never falls within a series.
        size_t row = 0;
        ValueCode value = kNoValue;
    };
    template <typename Visit>
    void each(const PersonRows& rows, Visit&& visit) {
        begin(rows);
        for (size_t series = 0; series < spec_.series.size(); ++series) {
            if (spec_.series[series].measure == Measure::Sessions) {
                each_session(rows, series, visit);
            } else {
                each_row(rows, series, visit);
            }
        }
    }

private:
    void begin(const PersonRows& rows);
    ValueCode value_of(const PersonRows& rows, size_t row) const {
        return spec_.breakdown ? rows.codes[*spec_.breakdown][row] : kNoValue;
    }
    template <typename Visit>
    void each_row(const PersonRows& rows, size_t series, Visit&& visit) {
        const Match match = spec_.series[series].match;
        for (size_t row = first_row_; row < rows.size(); ++row) {
            if ((rows.match[row] & match) == 0) continue;
            visit(Counted{series, rows.time[row], row, value_of(rows, row)});
        }
    }
    template <typename Visit>
    void each_session(const PersonRows& rows, size_t series, Visit&& visit) {
        const Match match = spec_.series[series].match;
        uint32_t open = kNoSession;
        Counted counted{.series = series};
        const auto close = [&] {
            if (open != kNoSession && counted.at >= spec_.range.from) visit(counted);
        };
        for (size_t row = 0; row < rows.size(); ++row) {
            const uint32_t session = sessions_.of(row);
            if ((rows.match[row] & match) == 0 || session == kNoSession) continue;
            if (session != open) {
                close();
                open = session;
                counted = {series, sessions_.starts()[session], row, kNoValue};
            }
            if (counted.value == kNoValue) counted.value = value_of(rows, row);
        }
        close();
    }

    const TrendSpec& spec_;
    PersonSessions sessions_;
    size_t first_row_ = 0;  // In the range.
};

class TrendFold final : public Fold {
public:
    explicit TrendFold(const TrendSpec& spec);

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override { return std::make_unique<TrendFold>(spec_); }
    void join(Fold& other) override;
    size_t bytes() const override;

    const std::vector<SeriesTally>& tallies() const { return tallies_; }
    /// Of whom something was counted.
    uint64_t people() const { return people_; }
    uint64_t people_known() const { return people_known_; }

private:
    size_t interval_of(Micros at) const;

    const TrendSpec& spec_;
    TrendWalk walk_;
    std::vector<SeriesTally> tallies_;
    double intervals_a_micro_ = 0;
    uint64_t people_ = 0;
    uint64_t people_known_ = 0;
};

/// One number of the answer.
struct TrendCell {
    size_t series = 0;
    Micros from = 0;
    Micros to = 0;
    ValueCode value = kNoValue;
};

class TrendPeople final : public Fold {
public:
    TrendPeople(const TrendSpec& spec, const TrendCell& cell)
        : spec_(spec), cell_(cell), walk_(spec) {}

    void add(const PersonRows& rows) override;
    std::unique_ptr<Fold> fork() const override {
        return std::make_unique<TrendPeople>(spec_, cell_);
    }
    void join(Fold& other) override;
    size_t bytes() const override { return roots_.capacity() * sizeof(uint32_t); }

    std::vector<uint32_t> take_roots() { return std::move(roots_); }

private:
    const TrendSpec& spec_;
    TrendCell cell_;
    TrendWalk walk_;
    std::vector<uint32_t> roots_;
};

}  // namespace throughline::query
