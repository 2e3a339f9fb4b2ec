#include "query/joint_pass.h"

#include <algorithm>

#include "base/assert.h"

namespace throughline::query {

namespace {

/// Conditions of a question that stand in a row in the joint pass, too.
struct MatchRun {
    Match mask = 0;    // In the joint pass.
    size_t joint = 0;  // Its first condition there,
    size_t own = 0;    // and in the question.
};

std::vector<MatchRun> runs_of(const std::vector<size_t>& places) {
    std::vector<MatchRun> runs;
    for (size_t own = 0; own < places.size(); ++own) {
        const bool continues = !runs.empty() && places[own] >= runs.back().joint &&
                               places[own] - runs.back().joint == own - runs.back().own;
        if (!continues) runs.push_back({0, places[own], own});
        runs.back().mask |= match_of(places[own]);
    }
    return runs;
}

/// The fold of a question in a joint pass.
class ShareFold final : public Fold {
public:
    /// What all folds of a share have in common. Immutable while the pass runs.
    struct Map {
        const Pass& own;
        std::vector<MatchRun> conditions;
        Match joint = 0;  // All of them.
        std::vector<size_t> dimensions;
        std::vector<size_t> numbers;
    };

    ShareFold(const Map& map, Fold& fold)
        : map_(map),
          fold_(fold),
          codes_(map.dimensions.size()),
          numbers_(map.numbers.size()),
          code_spans_(codes_.size()),
          number_spans_(numbers_.size()) {}
    ShareFold(const Map& map, std::unique_ptr<Fold> fold) : ShareFold(map, *fold) {
        owned_ = std::move(fold);
    }

    void add(const PersonRows& rows) override {
        if (map_.own.known_only && !rows.is_known) return;
        choose(rows);
        if (size_ == 0) return;
        for (size_t i = 0; i < size_; ++i) time_[i] = rows.time[row_[i]];
        for (size_t i = 0; i < codes_.size(); ++i) {
            share(rows.codes[map_.dimensions[i]], map_.own.dimensions[i].of, kNoValue, codes_[i]);
            code_spans_[i] = std::span(codes_[i]).first(size_);
        }
        for (size_t i = 0; i < numbers_.size(); ++i) {
            share(rows.numbers[map_.numbers[i]], map_.own.numbers[i].of,
                  model::Decimal{0, kNoNumber}, numbers_[i]);
            number_spans_[i] = std::span(numbers_[i]).first(size_);
        }
        fold_.add({.root = rows.root,
                   .is_known = rows.is_known,
                   .time = std::span(time_).first(size_),
                   .match = std::span(match_).first(size_),
                   .codes = code_spans_,
                   .numbers = number_spans_,
                   .values = rows.values});
    }
    std::unique_ptr<Fold> fork() const override {
        return std::make_unique<ShareFold>(map_, fold_.fork());
    }
    void join(Fold& other) override { fold_.join(static_cast<ShareFold&>(other).fold_); }
    size_t bytes() const override { return fold_.bytes(); }

private:
    // The rows of the question and what of it they match; the columns have room for more.
    void choose(const PersonRows& rows) {
        if (rows.size() > row_.size()) {
            row_.resize(2 * rows.size());
            time_.resize(row_.size());
            match_.resize(row_.size());
        }
        size_ = 0;
        for (size_t row = 0; row < rows.size(); ++row) {
            const bool is_in_range =
                rows.time[row] >= map_.own.from && rows.time[row] < map_.own.to;
            row_[size_] = static_cast<uint32_t>(row);
            size_ += is_in_range && (rows.match[row] & map_.joint) != 0 ? 1 : 0;
        }
        for (size_t i = 0; i < size_; ++i) {
            match_[i] = 0;
            for (const MatchRun& run : map_.conditions) {
                match_[i] |= (rows.match[row_[i]] & run.mask) >> run.joint << run.own;
            }
        }
    }
    // What other questions ask of a row is not shown to this one.
    template <typename T>
    void share(std::span<const T> from, Match of, T none, std::vector<T>& to) const {
        if (to.size() < size_) to.resize(row_.size());
        for (size_t i = 0; i < size_; ++i) to[i] = (of & match_[i]) != 0 ? from[row_[i]] : none;
    }

    const Map& map_;
    Fold& fold_;
    std::unique_ptr<Fold> owned_;  // Of a fork.
    size_t size_ = 0;
    std::vector<uint32_t> row_;  // Of those shown.
    std::vector<Micros> time_;
    std::vector<Match> match_;
    std::vector<std::vector<ValueCode>> codes_;
    std::vector<std::vector<model::Decimal>> numbers_;
    std::vector<std::span<const ValueCode>> code_spans_;
    std::vector<std::span<const model::Decimal>> number_spans_;
};

}  // namespace

class JointPass::Share {
public:
    Share(ShareFold::Map map, Fold& fold) : map_(std::move(map)), fold_(map_, fold) {}
    Fold& fold() { return fold_; }

private:
    const ShareFold::Map map_;
    ShareFold fold_;
};

JointPass::JointPass(const Environment& environment)
    : environment_(environment), earliest_(environment.clock.now()) {
    for (const auto& file : environment.history.files()) {
        for (const sequence::BlockEntry& block : file->blocks()) {
            earliest_ = std::min(earliest_, block.time_min);
        }
    }
}

JointPass::~JointPass() = default;

Micros JointPass::length(Micros from, Micros to) const {
    return std::max<Micros>(to - std::max(from, std::min(earliest_, to)), 1);
}

bool JointPass::add(Plan& plan) {
    const Pass& own = plan.pass();
    TL_ASSERT(own.values.empty());
    Pass joint = pass_;
    const bool is_first = shares_.empty();
    joint.from = is_first ? own.from : std::min(pass_.from, own.from);
    joint.to = is_first ? own.to : std::max(pass_.to, own.to);
    joint.known_only = own.known_only && (is_first || pass_.known_only);
    const Micros mine = length(own.from, own.to);
    const Micros shortest = is_first ? mine : std::min(shortest_, mine);
    if (shortest < length(joint.from, joint.to) / 3) return false;

    size_t fresh = 0;
    for (const Condition& condition : own.conditions) {
        fresh += std::ranges::find(joint.conditions, condition) == joint.conditions.end();
    }
    if (joint.conditions.size() + fresh > kConditionsMax) return false;
    ShareFold::Map map{.own = own, .conditions = {}, .dimensions = {}, .numbers = {}};
    std::vector<size_t> places;
    for (const Condition& condition : own.conditions) places.push_back(joint.add(condition));
    map.conditions = runs_of(places);
    for (const size_t place : places) map.joint |= match_of(place);
    const auto in_joint = [&](Match of) {
        Match match = 0;
        for (size_t i = 0; i < places.size(); ++i) {
            if ((of >> i & 1) != 0) match |= match_of(places[i]);
        }
        return match;
    };
    for (const auto& [dimension, of] : own.dimensions) {
        map.dimensions.push_back(joint.add(dimension, in_joint(of)));
    }
    for (const auto& [property, of] : own.numbers) {
        map.numbers.push_back(joint.add_number(property, in_joint(of)));
    }
    pass_ = std::move(joint);
    shortest_ = shortest;
    shares_.push_back(std::make_unique<Share>(std::move(map), plan.fold()));
    plans_.push_back(&plan);
    return true;
}

Result<PassResult> JointPass::run() {
    std::vector<Fold*> folds;
    if (plans_.size() == 1) {  // Nothing to divide: shown as the pass shows it.
        folds = {&plans_[0]->fold()};
        return run_pass(plans_[0]->pass(), environment_, folds);
    }
    for (const auto& share : shares_) folds.push_back(&share->fold());
    return run_pass(pass_, environment_, folds);
}

}  // namespace throughline::query
