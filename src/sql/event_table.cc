#include "sql/event_table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/json_text.h"
#include "model/json.h"
#include "query/marketing.h"
#include "query/values.h"
#include "sql/event_fields.h"

namespace throughline::sql {

using model::DocView;
using model::EventView;
using sequence::Row;

namespace {

enum Place : size_t {
    kProfile,
    kTime,
    kEvent,
    kType,
    kSource,
    kChannel,
    kValue,
    kCurrency,
    kUserId,
    kAnonymousId,
    kLive,
    kReceived,
    kMessageId,
    kPosition,
    kProperties,
    kContext,
    kTraits,
    kIdentifiers,
    kBody
};

constexpr std::array kColumns{
    Column{"profile", ColumnType::Text},    Column{"time", ColumnType::Time},
    Column{"event", ColumnType::Text},      Column{"type", ColumnType::Text},
    Column{"source", ColumnType::Text},     Column{"channel", ColumnType::Text},
    Column{"value", ColumnType::Money},     Column{"currency", ColumnType::Text},
    Column{"user_id", ColumnType::Text},    Column{"anonymous_id", ColumnType::Text},
    Column{"live", ColumnType::Boolean},    Column{"received", ColumnType::Time},
    Column{"message_id", ColumnType::Text}, Column{"position", ColumnType::Integer},
    Column{"properties", ColumnType::Json}, Column{"context", ColumnType::Json},
    Column{"traits", ColumnType::Json},     Column{"identifiers", ColumnType::Json},
    Column{"body", ColumnType::Json}};

/// What the channel of a touch is called; touches repeat. One thread.
class ChannelNames {
public:
    ChannelNames(const query::Channels& channels, const query::Environment& environment)
        : channels_(channels), environment_(environment), reader_(channels.needs()) {}

    /// Nothing: the event is no touch.
    const std::optional<std::string>& of(const EventView& event) {
        key_.clear();
        reader_.append_key(event, key_);
        const auto known = names_.find(key_);
        if (known != names_.end()) return known->second;
        if (names_.size() >= query::kValuesMax) names_.clear();
        return names_.emplace(key_, decide()).first->second;
    }

private:
    std::optional<std::string> decide() const {
        const query::Arrival arrival = channels_.decide(key_, environment_.source_name);
        if (arrival.kind == query::Arrival::Kind::None) return std::nullopt;
        if (!arrival.unlisted.empty()) return arrival.unlisted;
        return channels_.all()[arrival.channel].key;
    }

    const query::Channels& channels_;
    const query::Environment& environment_;
    query::TouchReader reader_;
    std::string key_;
    std::unordered_map<std::string, std::optional<std::string>> names_;
};

/// Fields of which a column of JSON is made, where a statement looks at those only.
struct FieldColumn {
    size_t place = 0;
    size_t first = 0;  // Of the fields that are read.
    std::vector<std::string> names;
};

class EventScan final : public Scan {
public:
    EventScan(const Sources& sources, std::vector<size_t> wanted, const TableNeeds& needs)
        : sources_(sources),
          wanted_(std::move(wanted)),
          range_(needs.range),
          choice_(sources.environment, needs),
          parts_(choice_.parts()) {
        const auto& marketing = sources.environment.marketing;
        channels_ = marketing != nullptr ? &marketing->channels : &shipped_.emplace();
        fields_ = {money_of, [](const EventView& event) {
                       return event.doc().find("properties").find("currency");
                   }};
        for (const size_t place : wanted_) add_fields(place, needs);
    }

    size_t workers_max() const override { return parts_.size(); }
    std::unique_ptr<Worker> worker() override;

    /// The next part that nobody has; null: there is none.
    const EventPart* take_part() {
        const size_t mine = next_.fetch_add(1);
        return mine < parts_.size() ? &parts_[mine] : nullptr;
    }
    const Sources& sources() const { return sources_; }
    const std::vector<size_t>& wanted() const { return wanted_; }
    const TimeRange& range() const { return range_; }
    const RowChoice& choice() const { return choice_; }
    const query::Channels& channels() const { return *channels_; }
    const std::vector<EventFields::Find>& fields() const { return fields_; }
    /// Null: the column is shown whole.
    const FieldColumn* field_column(size_t place) const {
        const auto found = std::ranges::find(field_columns_, place, &FieldColumn::place);
        return found == field_columns_.end() ? nullptr : &*found;
    }

private:
    void add_fields(size_t place, const TableNeeds& needs) {
        if (place >= kColumns.size()) return;
        const std::string_view column = kColumns[place].name;
        const auto found = needs.fields.find(column);
        if (found == needs.fields.end()) return;
        FieldColumn made{place, fields_.size(), {found->second.begin(), found->second.end()}};
        for (const std::string& name : made.names) {
            fields_.push_back([column, name](const EventView& event) {
                return event.doc().find(column).find(name);
            });
        }
        field_columns_.push_back(std::move(made));
    }

    const Sources& sources_;
    std::vector<size_t> wanted_;
    TimeRange range_;
    RowChoice choice_;
    std::optional<query::Channels> shipped_;
    const query::Channels* channels_;
    std::vector<EventPart> parts_;
    std::vector<EventFields::Find> fields_;  // Money and currency first.
    std::vector<FieldColumn> field_columns_;
    std::atomic<size_t> next_ = 0;
};

class EventWorker final : public Worker {
public:
    explicit EventWorker(EventScan& scan)
        : scan_(scan),
          sources_(scan.sources()),
          rows_(scan.sources().environment, scan.choice()),
          fields_(scan.fields()),
          channels_(scan.channels(), scan.sources().environment) {
        for (const size_t column : scan.wanted()) {
            reads_row_ |= column != kProfile && column != kTime && column < kColumns.size();
        }
    }

    Status fill(RowsOut& out) override {
        size_t rows = 0;
        uint64_t looked_at = 0;
        while (rows < out.capacity()) {
            if (rows_.is_at_end()) {
                const EventPart* part = scan_.take_part();
                if (part == nullptr) break;
                TL_TRY(rows_.open(*part));
                fields_.forget_part();
                continue;
            }
            const bool counts =
                rows_.root() != query::kNobody && scan_.range().contains(rows_.time());
            if (counts) TL_TRY(write_row(out, rows));
            rows += counts;
            rows_.next();
            ++looked_at;
        }
        if (sources_.looked_at != nullptr) sources_.looked_at->events += looked_at;
        out.finish(rows);
        return Status::ok();
    }

private:
    Status write_row(RowsOut& out, size_t row) {
        has_event_ = false;
        Row facts;
        if (reads_row_) {
            TL_TRY_ASSIGN(facts, rows_.facts());
        }
        for (size_t i = 0; i < scan_.wanted().size(); ++i) {
            const size_t place = scan_.wanted()[i];
            const FieldColumn* const fields = scan_.field_column(place);
            if (fields != nullptr) {
                TL_TRY(write_fields(out, i, row, *fields, facts.type));
            } else if (place == kValue || place == kCurrency) {
                TL_TRY(write_money(out, i, row, place, facts.type));
            } else if (place >= kReceived || place == kChannel || place == kUserId ||
                       place == kAnonymousId) {
                if (place < kColumns.size()) TL_TRY(write_said(out, i, row, place, facts));
            } else {
                TL_TRY(write_fact(out, i, row, place, facts));
            }
        }
        return Status::ok();
    }

    Status write_fact(RowsOut& out, size_t column, size_t row, size_t place, const Row& facts) {
        switch (place) {
            case kProfile:
                out.text(column, row, profile_of(rows_.root()));
                break;
            case kTime:
                out.time(column, row, rows_.time());
                break;
            case kEvent:
                return write_name(out, column, row, facts);
            case kType:
                out.text(column, row, model::event_type_name(facts.type));
                break;
            case kSource:
                out.text(column, row, source_of(facts.source));
                break;
            default:
                out.boolean(column, row, (facts.flags & model::kEventHistory) == 0);
                break;
        }
        return Status::ok();
    }

    // Events without a name have none here either.
    Status write_name(RowsOut& out, size_t column, size_t row, const Row& facts) {
        std::string_view name = sources_.environment.names.name(facts.name);
        if (facts.name == sequence::kOverflowName) {
            TL_TRY(read_event());
            name = EventView(event_).name();
        }
        write_text(out, column, row, name);
        return Status::ok();
    }

    Result<DocView> field(size_t which, model::EventType type) {
        return fields_.value(which, rows_, type, [this]() -> Result<std::string_view> {
            TL_TRY(read_event());
            return event_;
        });
    }

    Status write_money(RowsOut& out, size_t column, size_t row, size_t place,
                       model::EventType type) {
        TL_TRY_ASSIGN(const DocView said, field(place == kValue ? 0 : 1, type));
        if (place == kCurrency) {
            write_text(out, column, row, said.as_string());
        } else if (const auto units = money_units(said)) {
            out.money(column, row, *units);
        } else {
            out.null(column, row);
        }
        return Status::ok();
    }

    // The column with those fields only that the statement looks at.
    Status write_fields(RowsOut& out, size_t column, size_t row, const FieldColumn& fields,
                        model::EventType type) {
        json_ = "{";
        for (size_t i = 0; i < fields.names.size(); ++i) {
            TL_TRY_ASSIGN(const DocView said, field(fields.first + i, type));
            if (said.is_missing()) continue;
            if (json_.size() > 1) json_ += ',';
            append_json_string(json_, fields.names[i]);
            json_ += ':';
            model::append_json(json_, said);
        }
        json_ += '}';
        out.text(column, row, json_);
        return Status::ok();
    }

    // What only the event itself says.
    Status write_said(RowsOut& out, size_t column, size_t row, size_t place, const Row& facts) {
        if (place == kPosition) {
            out.integer(column, row, static_cast<int64_t>(facts.position));
            return Status::ok();
        }
        TL_TRY(read_event());
        const EventView event(event_);
        const DocView body = event.doc();
        switch (place) {
            case kChannel:
                write_text(out, column, row, channels_.of(event).value_or(""));
                break;
            case kUserId:
                write_text(out, column, row, body.find("userId").as_text().value_or(""));
                break;
            case kAnonymousId:
                write_text(out, column, row, body.find("anonymousId").as_text().value_or(""));
                break;
            case kReceived:
                out.time(column, row, event.received());
                break;
            case kMessageId:
                write_text(out, column, row, event.message_id());
                break;
            case kIdentifiers:
                write_identifiers(out, column, row, event);
                break;
            case kBody:
                write_json(out, column, row, body);
                break;
            default:
                write_json(out, column, row, body.find(kColumns[place].name));
                break;
        }
        return Status::ok();
    }

    Status read_event() {
        if (has_event_) return Status::ok();
        TL_TRY_ASSIGN(event_, rows_.payload());
        has_event_ = true;
        return Status::ok();
    }

    static void write_text(RowsOut& out, size_t column, size_t row, std::string_view text) {
        text.empty() ? out.null(column, row) : out.text(column, row, text);
    }

    void write_json(RowsOut& out, size_t column, size_t row, DocView value) {
        if (value.is_missing() || value.is_null()) return out.null(column, row);
        json_.clear();
        model::append_json(json_, value);
        out.text(column, row, json_);
    }

    void write_identifiers(RowsOut& out, size_t column, size_t row, const EventView& event) {
        std::string doc;
        model::DocWriter list(doc);
        const size_t mark = list.open_array();
        for (size_t i = 0; i < event.identifier_count(); ++i) {
            const model::IdentifierView identifier = event.identifier(i);
            if ((identifier.flags & model::kIdentifierPreviousUser) != 0) continue;
            const size_t one = list.open_object();
            list.field("namespace", std::string_view(sources_.space_name(identifier.space)));
            list.field("value", identifier.value);
            list.close(one);
        }
        list.close(mark);
        write_json(out, column, row, DocView(doc));
    }

    // Rows of one person follow each other.
    std::string_view profile_of(uint32_t root) {
        if (root != profile_root_) profile_ = sources_.profile_id(root);
        profile_root_ = root;
        return profile_;
    }
    std::string_view source_of(model::SourceId source) {
        if (source >= source_names_.size()) source_names_.resize(source + 1u);
        std::string& name = source_names_[source];
        if (name.empty()) name = sources_.environment.source_name(source);
        return name;
    }

    EventScan& scan_;
    const Sources& sources_;
    PartRows rows_;
    EventFields fields_;
    ChannelNames channels_;
    bool reads_row_ = false;
    bool has_event_ = false;
    std::string_view event_;  // Payload of the row at hand, once it is read.
    uint32_t profile_root_ = query::kNobody;
    std::string profile_;
    std::vector<std::string> source_names_;
    std::string json_;
};

std::unique_ptr<Worker> EventScan::worker() {
    return std::make_unique<EventWorker>(*this);
}

}  // namespace

std::span<const Column> event_columns() {
    return kColumns;
}

Result<std::unique_ptr<Scan>> EventTable::scan(std::vector<size_t> wanted,
                                               const TableNeeds& needs) {
    return std::unique_ptr<Scan>(std::make_unique<EventScan>(sources_, std::move(wanted), needs));
}

}  // namespace throughline::sql
