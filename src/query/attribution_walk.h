// One person's way through an attribution question: her sessions, when she was first seen, when
// she became qualified, her conversions, and which touches get the credit.
//
//   sessions     those started in the range, by their own touch
//   people       those first seen in it, by the touch of their first session
//   qualified    those who reached the condition for the first time in it, by the touch credited
//   conversions, value   those that happened in it, by the touches credited
//
// Each session is one touch (session.h), at its start; a session without one is direct. Credited
// are the sessions that began within the lookback before the conversion or at it, and always the
// session that the conversion is part of. Where there is none, direct is.
//
// Layer 4. One thread.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/attribution_spec.h"
#include "query/channel.h"
#include "query/pass.h"
#include "query/session.h"

namespace throughline::query {

/// The touch of a row, computed by a pass.
class TouchText final : public RowText {
public:
    /// The channels must outlive this.
    TouchText(const Channels& channels, std::function<std::string(model::SourceId)> source_name)
        : reader_(channels.needs()), channels_(channels), source_name_(std::move(source_name)) {}

    std::vector<std::string> fields() const override { return TouchReader::fields(); }
    std::optional<std::string_view> of(const model::EventView& event,
                                       std::string& scratch) const override {
        scratch.clear();
        reader_.append_key(event, scratch);
        if (scratch.empty()) return std::nullopt;
        return scratch;
    }
    uint32_t kept_version() const override { return KeptTouch::kVersion; }
    bool needs_event(std::string_view name) const override { return reader_.is_named(name); }
    std::optional<std::string_view> of_kept(std::optional<std::string_view> kept,
                                            model::SourceId source,
                                            std::string& scratch) const override {
        if (!reader_.needs().sender) return kept;
        scratch.clear();
        reader_.append_key_of(kept.value_or(std::string_view()), source, scratch);
        return scratch;
    }
    bool says_nothing(std::string_view touch) const override {
        return channels_.decide(touch, source_name_).kind == Arrival::Kind::None;
    }

private:
    TouchReader reader_;
    const Channels& channels_;
    std::function<std::string(model::SourceId)> source_name_;
};

/// A row of the answer, by number.
using Group = uint32_t;
inline constexpr Group kDirectGroup = 0;

/// What touches mean to one question, each decided once.
class TouchFacts {
public:
    struct Facts {
        TouchMark mark;
        Group group = kDirectGroup;
        bool is_direct = true;
    };

    /// What both borrow must outlive this.
    TouchFacts(const std::vector<By>& by, const Channels& channels,
               std::function<std::string(model::SourceId)> source_name);

    /// Requires: `values` are the same at every call.
    const Facts& of(ValueCode touch, const Values& values);

    /// The group of a key.
    Group group(std::string key);
    size_t groups() const { return keys_.size(); }
    /// A packed object: each of `by` with its text, or null.
    const std::string& key(Group group) const { return keys_[group]; }
    /// The key of what a touch means.
    std::string key_of(const Arrival& arrival) const;

private:
    Facts decide(std::string_view touch_key);

    const std::vector<By>& by_;
    const Channels& channels_;
    std::function<std::string(model::SourceId)> source_name_;
    std::vector<std::optional<Facts>> by_code_;
    std::deque<std::string> keys_;  // By group; addresses stay.
    std::unordered_map<std::string_view, Group> groups_;
    std::unordered_map<std::string, uint32_t> campaigns_;
};

/// Who counts what a walk finds. `units` are of 10^-18 of a person, a conversion, of money.
class AttributionSink {
public:
    virtual ~AttributionSink() = default;
    virtual void session(Group group) = 0;
    virtual void person(Group group) = 0;
    virtual void qualified(size_t model, Group group, Units units) = 0;
    virtual void conversion(size_t model, Group group, Units units) = 0;
    virtual void value(size_t model, Group group, std::string_view currency, Units units) = 0;
    virtual void ignored_value() = 0;
};

/// Where in a pass the rows of the question are.
struct AttributionRows {
    Match activity = 0;  // Track, page and screen events: sessions are made of these.
    Match conversion = 0;
    Match qualified = 0;  // 0: nobody is.
    size_t touch = 0;     // Dimension.
    size_t currency = 0;  // Dimension, where the question has a value.
    size_t value = 0;     // Number.

    /// Adds what the question needs. `text` must outlive the pass.
    static AttributionRows add_to(Pass& pass, const AttributionSpec& spec, const TouchText& text);
};

class AttributionWalk {
public:
    /// What is borrowed must outlive this.
    AttributionWalk(const AttributionSpec& spec, const AttributionRows& in, TouchFacts& facts)
        : spec_(spec), in_(in), facts_(facts) {}

    void walk(const PersonRows& rows, AttributionSink& sink);

private:
    /// The touches that a row's credit goes to.
    struct Credited {
        size_t first = 0;  // Of sessions; none when
        size_t end = 0;    // it is the same.
    };

    void find_sessions(const PersonRows& rows);
    Credited credited_at(const PersonRows& rows, size_t row) const;
    template <typename Give>
    void share(Credited touches, size_t model, Units total, Give&& give);
    void convert(const PersonRows& rows, size_t row, AttributionSink& sink);
    void qualify(const PersonRows& rows, AttributionSink& sink);
    bool is_in_range(Micros at) const { return at >= spec_.range.from && at < spec_.range.to; }

    const AttributionSpec& spec_;
    const AttributionRows& in_;
    TouchFacts& facts_;
    std::vector<size_t> first_row_;     // Of each session of the person at hand,
    std::vector<Group> groups_;         // its row of the answer,
    std::vector<CreditTouch> touches_;  // and its touch.
    std::vector<uint64_t> weights_;
    std::vector<Units> parts_;
};

}  // namespace throughline::query
