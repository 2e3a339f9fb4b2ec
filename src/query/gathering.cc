#include "query/gathering.h"

#include <algorithm>
#include <numeric>

#include "base/hash.h"
#include "model/json.h"

namespace throughline::query {

using model::DocView;
using model::EventView;

namespace {

constexpr uint64_t kMarkSeed = 0x7468726f75676821;
constexpr uint64_t kNoMark = 0;

template <typename T>
void keep_first(std::vector<T>& column, const std::vector<uint8_t>& keeps) {
    size_t kept = 0;
    for (size_t i = 0; i < keeps.size(); ++i) {
        if (keeps[i]) column[kept++] = column[i];
    }
    column.resize(kept);
}

}  // namespace

Gathering::Gathering(const Pass& pass, const Environment& environment)
    : pass_(pass),
      environment_(environment),
      conditions_(pass.conditions, environment.names),
      row_bytes_(sizeof(uint32_t) + sizeof(sequence::RowKey) + sizeof(Match) + sizeof(uint32_t)) {
    for (const auto& text : pass.values) values_.code(text);
    const size_t dimensions = pass.dimensions.size();
    codes_.resize(dimensions);
    marks_.resize(dimensions);
    person_codes_.resize(dimensions);
    code_spans_.resize(dimensions);
    numbers_.resize(pass.numbers.size());
    person_numbers_.resize(pass.numbers.size());
    number_spans_.resize(pass.numbers.size());
    for (const auto& [dimension, of] : pass.dimensions) {
        const bool is_named = dimension.use == Dimension::Use::Name;
        row_bytes_ += is_named ? sizeof(ValueCode) : sizeof(uint64_t);
    }
    row_bytes_ += pass.numbers.size() * sizeof(model::Decimal);
}

sequence::ScanColumns Gathering::columns() const {
    sequence::ScanColumns columns;
    columns.name = columns.type = columns.tie = columns.position = true;
    for (const auto& [dimension, of] : pass_.dimensions) {
        columns.source |= dimension.kind == Dimension::Kind::Source;
    }
    return columns;
}

void Gathering::begin_part(uint32_t begin) {
    is_first_part_ = begin == 0;
    begin_ = begin;
    end_ = kNobody;
    drop_rows_from(0);
}

Status Gathering::take(const sequence::ScanBlock& rows) {
    block_roots_.resize(rows.size());
    environment_.people.roots(rows.identity, block_roots_);
    for (size_t row = 0; row < rows.size(); ++row) {
        const uint32_t root = block_roots_[row];
        if (rows.time[row] < pass_.from || rows.time[row] >= pass_.to || root == kNobody) continue;
        if (is_first_part_) {
            ++rows_;
            seen_.add(root);
        }
        if (root < begin_ || root >= end_) continue;
        const uint32_t name = rows.name[row];
        Match match = conditions_.candidates(name, rows.type[row]);
        if (match == 0) continue;
        event_ = {};
        if (const Match open = conditions_.undecided(match, name); open != 0) {
            TL_TRY(read_event(rows, row));
            match = (match & ~open) | conditions_.holding(open, name, EventView(event_));
        }
        if (match != 0) TL_TRY(keep(rows, row, root, match));
    }
    return bytes() > environment_.pass_bytes_max ? shrink() : Status::ok();
}

Status Gathering::read_event(const sequence::ScanBlock& rows, size_t row) {
    if (!event_.empty()) return Status::ok();
    TL_TRY_ASSIGN(event_, rows.payload(row));
    return Status::ok();
}

Status Gathering::keep(const sequence::ScanBlock& rows, size_t row, uint32_t root, Match match) {
    root_.push_back(root);
    key_.push_back({rows.time[row], rows.tie[row], rows.position[row]});
    match_.push_back(match);
    return read_values(rows, row, match);
}

Status Gathering::read_values(const sequence::ScanBlock& rows, size_t row, Match match) {
    for (size_t i = 0; i < pass_.dimensions.size(); ++i) {
        const auto& [dimension, of] = pass_.dimensions[i];
        std::optional<std::string_view> text;
        if ((of & match) != 0) {
            const bool reads_event = dimension.kind != Dimension::Kind::Source &&
                                     dimension.kind != Dimension::Kind::Type;
            if (reads_event) TL_TRY(read_event(rows, row));
            text = text_of(dimension, rows, row);
        }
        if (dimension.use == Dimension::Use::Name) {
            codes_[i].push_back(text ? values_.code(*text) : kNoValue);
        } else {
            marks_[i].push_back(text ? std::max<uint64_t>(checksum(*text, kMarkSeed), 1) : kNoMark);
        }
    }
    for (size_t i = 0; i < pass_.numbers.size(); ++i) {
        std::optional<model::Decimal> number;
        if ((pass_.numbers[i].of & match) != 0) {
            TL_TRY(read_event(rows, row));
            number = pass_.numbers[i].property.value_in(EventView(event_)).as_decimal();
        }
        numbers_[i].push_back(number.value_or(model::Decimal{0, kNoNumber}));
    }
    return Status::ok();
}

std::optional<std::string_view> Gathering::text_of(const Dimension& dimension,
                                                   const sequence::ScanBlock& rows, size_t row) {
    switch (dimension.kind) {
        case Dimension::Kind::Source:
            text_ = environment_.source_name ? environment_.source_name(rows.source[row])
                                             : std::to_string(rows.source[row]);
            return text_;
        case Dimension::Kind::Type:
            return model::event_type_name(static_cast<model::EventType>(rows.type[row]));
        case Dimension::Kind::Event:
            return EventView(event_).name();
        case Dimension::Kind::Computed:
            return dimension.computed->of(EventView(event_), text_);
        case Dimension::Kind::Property:
        case Dimension::Kind::Currency:
            break;
    }
    const EventView event(event_);
    const DocView value = dimension.kind == Dimension::Kind::Property
                              ? dimension.property.value_in(event)
                              : dimension.property.beside(event, "currency");
    if (value.is_missing() || value.is_null()) return std::nullopt;
    if (value.is_string()) return value.as_string();
    text_ = model::to_json(value);
    return text_;
}

Status Gathering::shrink() {
    std::vector<uint32_t> roots = root_;
    const auto middle = roots.begin() + static_cast<std::ptrdiff_t>(roots.size() / 2);
    std::nth_element(roots.begin(), middle, roots.end());
    const uint32_t least = *std::min_element(roots.begin(), middle + 1);
    // A part holds at least one person; the middle one and those above her wait.
    const uint32_t end = std::max(*middle, least + 1);
    const bool is_one_person =
        std::none_of(roots.begin(), roots.end(), [&](uint32_t root) { return root >= end; });
    if (is_one_person) {
        return Error::exhausted("query: one person has more events than " +
                                std::to_string(environment_.pass_bytes_max >> 20) +
                                " MiB of memory hold: take a shorter range");
    }
    end_ = end;
    drop_rows_from(end);
    return Status::ok();
}

void Gathering::drop_rows_from(uint32_t root) {
    std::vector<uint8_t> keeps(root_.size());
    std::transform(root_.begin(), root_.end(), keeps.begin(),
                   [&](uint32_t one) { return static_cast<uint8_t>(one < root); });
    keep_first(root_, keeps);
    keep_first(key_, keeps);
    keep_first(match_, keeps);
    for (size_t i = 0; i < pass_.dimensions.size(); ++i) {
        if (pass_.dimensions[i].dimension.use == Dimension::Use::Name) {
            keep_first(codes_[i], keeps);
        } else {
            keep_first(marks_[i], keeps);
        }
    }
    for (auto& column : numbers_) keep_first(column, keeps);
}

std::vector<uint32_t> Gathering::order_by_person() const {
    std::vector<uint32_t> order(root_.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto less = [&](uint32_t a, uint32_t b) {
        if (root_[a] != root_[b]) return root_[a] < root_[b];
        return key_[a] < key_[b];
    };
    const uint32_t most = root_.empty() ? 0 : *std::max_element(root_.begin(), root_.end());
    if (root_.empty() || (most - begin_) / 8 > root_.size()) {
        std::sort(order.begin(), order.end(), less);
        return order;
    }
    // Few people without rows: counted into place, then each person's rows put in order.
    std::vector<uint32_t> place(most - begin_ + 2);
    for (const uint32_t root : root_) ++place[root - begin_ + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    for (uint32_t row = 0; row < root_.size(); ++row) order[place[root_[row] - begin_]++] = row;
    uint32_t first = 0;
    for (const uint32_t last : place) {
        const auto from = order.begin() + first;
        const auto to = order.begin() + last;
        if (!std::is_sorted(from, to, less)) std::sort(from, to, less);
        first = last;
    }
    return order;
}

void Gathering::number_values(size_t dimension, std::span<const uint32_t> rows) {
    const auto& marks = marks_[dimension];
    distinct_marks_.clear();
    for (const uint32_t row : rows) {
        if (marks[row] != kNoMark) distinct_marks_.push_back(marks[row]);
    }
    std::sort(distinct_marks_.begin(), distinct_marks_.end());
    distinct_marks_.erase(std::unique(distinct_marks_.begin(), distinct_marks_.end()),
                          distinct_marks_.end());
    auto& codes = person_codes_[dimension];
    codes.clear();
    for (const uint32_t row : rows) {
        const auto place =
            std::lower_bound(distinct_marks_.begin(), distinct_marks_.end(), marks[row]);
        codes.push_back(marks[row] == kNoMark ? kNoValue
                                              : kFirstValue + static_cast<ValueCode>(
                                                                  place - distinct_marks_.begin()));
    }
}

void Gathering::show(std::span<const uint32_t> rows) {
    person_time_.clear();
    person_match_.clear();
    for (const uint32_t row : rows) {
        person_time_.push_back(key_[row].time);
        person_match_.push_back(match_[row]);
    }
    for (size_t i = 0; i < person_codes_.size(); ++i) {
        if (pass_.dimensions[i].dimension.use == Dimension::Use::Compare) {
            number_values(i, rows);
        } else {
            person_codes_[i].clear();
            for (const uint32_t row : rows) person_codes_[i].push_back(codes_[i][row]);
        }
        code_spans_[i] = person_codes_[i];
    }
    for (size_t i = 0; i < person_numbers_.size(); ++i) {
        person_numbers_[i].clear();
        for (const uint32_t row : rows) person_numbers_[i].push_back(numbers_[i][row]);
        number_spans_[i] = person_numbers_[i];
    }
}

Status Gathering::for_each_person(const std::function<Status(const PersonRows&)>& visit) {
    const std::vector<uint32_t> order = order_by_person();
    const std::span<const uint32_t> rows(order);
    for (size_t first = 0, last = 0; first < rows.size(); first = last) {
        const uint32_t root = root_[rows[first]];
        while (last < rows.size() && root_[rows[last]] == root) ++last;
        const bool is_known = environment_.people.is_known(root);
        if (pass_.known_only && !is_known) continue;
        show(rows.subspan(first, last - first));
        TL_TRY(visit({.root = root,
                      .is_known = is_known,
                      .time = person_time_,
                      .match = person_match_,
                      .codes = code_spans_,
                      .numbers = number_spans_,
                      .values = &values_}));
    }
    return Status::ok();
}

PassResult Gathering::finish() {
    return {rows_, seen_.count(), seen_.count_known(environment_.people), std::move(values_)};
}

}  // namespace throughline::query
