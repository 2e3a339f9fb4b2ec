#include "sql/event_table.h"

#include <array>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "model/json.h"
#include "query/marketing.h"
#include "query/values.h"

namespace throughline::sql {

using model::DocView;
using model::EventView;
using sequence::Block;
using sequence::HistoryFile;
using sequence::Row;

namespace {

enum Place : size_t {
    kProfile,
    kTime,
    kEvent,
    kType,
    kSource,
    kChannel,
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
    Column{"user_id", ColumnType::Text},    Column{"anonymous_id", ColumnType::Text},
    Column{"live", ColumnType::Boolean},    Column{"received", ColumnType::Time},
    Column{"message_id", ColumnType::Text}, Column{"position", ColumnType::Integer},
    Column{"properties", ColumnType::Json}, Column{"context", ColumnType::Json},
    Column{"traits", ColumnType::Json},     Column{"identifiers", ColumnType::Json},
    Column{"body", ColumnType::Json}};

/// Rows that one worker takes at a time: a block of a file, or a chunk of the tail.
struct Part {
    const HistoryFile* file = nullptr;  // None: of the tail.
    size_t block = 0;
    uint64_t first = 0;  // Number of the first row, of the tail.
    sequence::TailColumns tail = {};
};

/// The rows of the part at hand. One thread.
class PartRows {
public:
    Status open(const Part& part, const query::People& people) {
        part_ = &part;
        at_ = 0;
        block_.reset();
        std::span<const uint32_t> identities = part.tail.identity;
        if (part.file != nullptr) {
            block_.emplace(*part.file, part.block);
            TL_TRY_ASSIGN(columns_, block_->row_columns());
            identities = columns_.identity;
        }
        roots_.resize(identities.size());
        people.roots(identities, roots_);
        return Status::ok();
    }
    void close() { part_ = nullptr; }
    bool is_at_end() const { return part_ == nullptr || at_ == roots_.size(); }
    void next() { ++at_; }

    uint32_t root() const { return roots_[at_]; }
    Micros time() const { return block_ ? columns_.time[at_] : part_->tail.time[at_]; }
    Result<Row> row(const sequence::TailSnapshot& tail) const {
        if (block_) return block_->row(columns_, static_cast<uint32_t>(at_));
        return tail.row(part_->first + at_);
    }
    Result<std::string_view> payload() {
        if (block_) return block_->payload(static_cast<uint32_t>(at_));
        return part_->tail.payload[at_];
    }

private:
    const Part* part_ = nullptr;
    size_t at_ = 0;
    std::optional<Block> block_;
    sequence::RowColumns columns_;
    std::vector<uint32_t> roots_;
};

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

class EventScan final : public Scan {
public:
    EventScan(const Sources& sources, std::vector<size_t> wanted, TimeRange range)
        : sources_(sources), wanted_(std::move(wanted)), range_(range) {
        const auto& marketing = sources.environment.marketing;
        channels_ = marketing != nullptr ? &marketing->channels : &shipped_.emplace();
        for (const auto& file : sources.environment.history.files()) {
            for (size_t i = 0; i < file->blocks().size(); ++i) {
                const sequence::BlockEntry& block = file->blocks()[i];
                if (block.time_max < range.from || block.time_min >= range.to) continue;
                parts_.push_back({.file = file.get(), .block = i});
            }
        }
        sources.environment.history.tail().for_each_chunk(
            [&](uint64_t first, const sequence::TailColumns& rows) {
                parts_.push_back({.first = first, .tail = rows});
                return true;
            });
    }

    size_t workers_max() const override { return parts_.size(); }
    std::unique_ptr<Worker> worker() override;

    /// The next part that nobody has; null: there is none.
    const Part* take_part() {
        const size_t mine = next_.fetch_add(1);
        return mine < parts_.size() ? &parts_[mine] : nullptr;
    }
    const Sources& sources() const { return sources_; }
    const std::vector<size_t>& wanted() const { return wanted_; }
    const TimeRange& range() const { return range_; }
    const query::Channels& channels() const { return *channels_; }

private:
    const Sources& sources_;
    std::vector<size_t> wanted_;
    TimeRange range_;
    std::optional<query::Channels> shipped_;
    const query::Channels* channels_;
    std::vector<Part> parts_;
    std::atomic<size_t> next_ = 0;
};

class EventWorker final : public Worker {
public:
    explicit EventWorker(EventScan& scan)
        : scan_(scan),
          sources_(scan.sources()),
          channels_(scan.channels(), scan.sources().environment) {
        for (const size_t column : scan.wanted()) {
            reads_row_ |= column != kProfile && column < kColumns.size();
        }
    }

    Status fill(RowsOut& out) override {
        size_t rows = 0;
        uint64_t looked_at = 0;
        while (rows < out.capacity()) {
            if (rows_.is_at_end()) {
                const Part* part = scan_.take_part();
                if (part == nullptr) break;
                TL_TRY(rows_.open(*part, sources_.environment.people));
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
            TL_TRY_ASSIGN(facts, rows_.row(sources_.environment.history.tail()));
        }
        for (size_t i = 0; i < scan_.wanted().size(); ++i) {
            const size_t place = scan_.wanted()[i];
            if (place >= kReceived || place == kChannel || place == kUserId ||
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
                out.time(column, row, facts.time);
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

Result<std::unique_ptr<Scan>> EventTable::scan(std::vector<size_t> wanted, TimeRange range) {
    return std::unique_ptr<Scan>(std::make_unique<EventScan>(sources_, std::move(wanted), range));
}

}  // namespace throughline::sql
