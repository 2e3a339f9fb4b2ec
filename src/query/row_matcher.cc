#include "query/row_matcher.h"

#include "model/json.h"

namespace throughline::query {

using model::DocView;
using model::EventView;

RowBlock::RowBlock(const sequence::ScanBlock& rows, const People& people)
    : rows_(&rows), roots_(rows.size()) {
    people.roots(rows.identity, roots_);
}

Result<EventView> RowBlock::event(size_t row) {
    if (unpacked_ != row) {
        TL_TRY_ASSIGN(payload_, rows_->payload(row));
        unpacked_ = row;
    }
    return EventView(payload_);
}

RowMatcher::RowMatcher(const TrendSpec& spec, const SeriesSpec& series,
                       const Environment& environment)
    : spec_(spec), series_(series), environment_(environment) {
    if (!series.event) return;
    name_ = environment.names.find(*series.event);
    name_may_overflow_ = !name_ && environment.names.overflowed();
}

bool RowMatcher::is_known(uint32_t root) {
    if (last_root_ != root) {
        last_root_ = root;
        last_known_ = environment_.people.is_known(root);
    }
    return last_known_;
}

Result<bool> RowMatcher::matches(RowBlock& block, size_t row) {
    const bool reads_name = series_.event && block.rows().name[row] != name_;
    if (spec_.known_only && !is_known(block.root(row))) return false;
    if (!reads_name && spec_.where.always_holds() && series_.where.always_holds()) return true;

    TL_TRY_ASSIGN(const EventView event, block.event(row));
    if (reads_name && event.name() != *series_.event) return false;
    return spec_.where.matches(event) && series_.where.matches(event);
}

Result<BreakdownValue> RowMatcher::breakdown_of(RowBlock& block, size_t row) {
    const sequence::ScanBlock& rows = block.rows();
    switch (spec_.breakdown) {
        case BreakdownKind::None:
            return BreakdownValue{};
        case BreakdownKind::Source:
            text_ = environment_.source_name ? environment_.source_name(rows.source[row])
                                             : std::to_string(rows.source[row]);
            return BreakdownValue{true, text_};
        case BreakdownKind::Type:
            return BreakdownValue{
                true, model::event_type_name(static_cast<model::EventType>(rows.type[row]))};
        case BreakdownKind::Event: {
            if (rows.name[row] != sequence::kOverflowName) {
                return BreakdownValue{true, environment_.names.name(rows.name[row])};
            }
            TL_TRY_ASSIGN(const EventView event, block.event(row));
            return BreakdownValue{true, event.name()};
        }
        case BreakdownKind::Property: {
            TL_TRY_ASSIGN(const EventView event, block.event(row));
            const DocView value = spec_.breakdown_property.value_in(event);
            if (value.is_missing() || value.is_null()) return BreakdownValue{};
            if (value.is_string()) return BreakdownValue{true, value.as_string()};
            text_ = model::to_json(value);
            return BreakdownValue{true, text_};
        }
    }
    TL_UNREACHABLE();
}

sequence::ScanColumns columns_for_matching(const TrendSpec& spec) {
    sequence::ScanColumns columns;
    columns.name = spec.breakdown == BreakdownKind::Event;
    columns.type = spec.breakdown == BreakdownKind::Type;
    columns.source = spec.breakdown == BreakdownKind::Source;
    for (const SeriesSpec& series : spec.series) {
        columns.name |= series.event.has_value();
        columns.type |= series.type.has_value();
    }
    return columns;
}

Status for_each_block(const TrendSpec& spec, Micros from, Micros to, const Environment& environment,
                      const std::function<Status(RowBlock&)>& visit) {
    const Micros deadline = environment.clock.monotonic() + environment.time_limit;
    const auto look = [&](const sequence::ScanBlock& rows) -> Status {
        if (environment.cancelled && environment.cancelled->load(std::memory_order_relaxed)) {
            return Error{Code::Cancelled, "query: cancelled"};
        }
        if (environment.clock.monotonic() > deadline) {
            return Error{Code::DeadlineExceeded,
                         "query: took longer than " +
                             std::to_string(environment.time_limit / kSecond) + " s"};
        }
        RowBlock block(rows, environment.people);
        return visit(block);
    };
    return environment.history.scan(from, to, columns_for_matching(spec), look);
}

}  // namespace throughline::query
