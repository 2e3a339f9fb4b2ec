#include "sequence/statistics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>
#include <set>

#include "sequence/history.h"
#include "sequence/random_docs.h"
#include "sequence/test_events.h"
#include "store/memory_files.h"

namespace throughline::sequence {
namespace {

using model::Decimal;
using model::DocType;
using model::DocView;

// What the statistics of a file must be: everything counted from its events, one by one.
//
// A field is its path in text, `.key` for a key, `[]` for the elements of a list.
struct Counted {
    struct Field {
        uint64_t values = 0;
        std::vector<Decimal> numbers;
        std::vector<double> reals;
        std::vector<int64_t> others;  // Bool and Instant.
        std::set<std::string> texts;
        uint64_t different() const {
            std::set<double> numbers_only;
            for (const Decimal& number : numbers) numbers_only.insert(number.as_double());
            std::set<double> reals_only(reals.begin(), reals.end());
            return texts.size() + numbers_only.size() + reals_only.size();
        }
    };
    std::map<std::pair<std::string, LeafKind>, Field> fields;
    std::map<std::tuple<std::string, int>, uint64_t> rows;  // By name and type.
};

bool is_instant(std::string_view text) {
    const auto at = parse_instant(text);
    return at && format_instant(*at) == text;
}

void count_value(DocView value, const std::string& path, bool in_list, const model::EventView& of,
                 Counted& out) {
    const auto field = [&](LeafKind kind) -> Counted::Field& {
        auto& found = out.fields[{path, kind}];
        ++found.values;
        return found;
    };
    switch (value.type()) {
        case DocType::Null:
            return;
        case DocType::Bool:
            return field(LeafKind::Bool).others.push_back(value.as_bool() ? 1 : 0);
        case DocType::Integer:
        case DocType::Decimal:
            return field(LeafKind::Number).numbers.push_back(*value.as_decimal());
        case DocType::Double:
            return field(LeafKind::Real).reals.push_back(*value.as_double());
        case DocType::NumberText:
            field(LeafKind::NumberText).texts.insert(std::string(*value.as_text()));
            return;
        case DocType::Array:
            for (const DocView item : value.items()) {
                count_value(item, path + "[]", true, of, out);
            }
            return;
        case DocType::Object:
            for (const model::DocField& one : value.fields()) {
                count_value(one.value, path + "." + std::string(one.key), in_list, of, out);
            }
            return;
        case DocType::String:
            break;
    }
    const std::string_view text = value.as_string();
    const bool is_repeated = !text.empty() && (text == of.name() || text == of.message_id());
    if (!in_list && is_repeated) return;
    if (!in_list && is_instant(text)) {
        return field(LeafKind::Instant).others.push_back(*parse_instant(text));
    }
    field(LeafKind::Text).texts.insert(std::string(text));
}

Counted count_file(const HistoryFile& file) {
    Counted counted;
    for (size_t number = 0; number < file.blocks().size(); ++number) {
        Block block(file, number);
        for (uint32_t row = 0; row < block.rows(); ++row) {
            const std::string payload(block.payload(row).value());
            const model::EventView event(payload);
            ++counted.rows[{std::string(event.name()), static_cast<int>(event.type())}];
            count_value(event.doc(), "", false, event, counted);
        }
    }
    return counted;
}

std::string path_of(const Schema& schema, uint32_t path) {
    if (path == Schema::kDocument) return "";
    const Path& own = schema.paths()[path];
    const std::string parent = path_of(schema, own.parent);
    return own.is_item ? parent + "[]" : parent + "." + own.key;
}

/// Lists alike and others have columns of their own: they are put together here.
struct Merged {
    uint64_t values = 0;
    std::vector<ColumnStatistics::Range> ranges;
    DistinctCount distinct;
};

void expect_range(LeafKind kind, const Merged& found, const Counted::Field& field) {
    const auto& ranges = found.ranges;
    const auto each = [&](auto&& value) {
        ASSERT_FALSE(ranges.empty());
        auto least = value(ranges[0].least);
        auto greatest = value(ranges[0].greatest);
        for (const auto& range : ranges) {
            least = std::min(least, value(range.least));
            greatest = std::max(greatest, value(range.greatest));
        }
        using Value = decltype(least);
        std::vector<Value> all;
        if constexpr (std::is_same_v<Value, std::string>) {
            for (const auto& text : field.texts) all.push_back(text.substr(0, Bound::kBytes));
        } else if constexpr (std::is_same_v<Value, double>) {
            for (const auto& one : field.numbers) all.push_back(one.as_double());
            all.insert(all.end(), field.reals.begin(), field.reals.end());
        } else {
            all.assign(field.others.begin(), field.others.end());
        }
        EXPECT_EQ(least, *std::ranges::min_element(all));
        EXPECT_EQ(greatest, *std::ranges::max_element(all));
    };
    if (kind == LeafKind::Text) {
        each([](const Bound& bound) { return bound.text; });
    } else if (kind == LeafKind::Number) {
        each([](const Bound& bound) { return Decimal{bound.number, bound.scale}.as_double(); });
    } else if (kind == LeafKind::Real) {
        each([](const Bound& bound) { return std::bit_cast<double>(bound.number); });
    } else if (kind != LeafKind::NumberText) {
        each([](const Bound& bound) { return bound.number; });
    }
}

/// Compares the statistics of a file with what its events say.
void expect_counted(const HistoryFile& file) {
    const auto kept = file.statistics().value();
    ASSERT_TRUE(kept);
    ASSERT_EQ(file.overflow().whole, 0u);
    const Counted counted = count_file(file);
    std::map<std::tuple<std::string, int>, uint64_t> rows;
    for (const auto& kind : kept->kinds) {
        rows[{file.names()[kind.name].text, static_cast<int>(kind.type)}] += kind.rows;
    }
    EXPECT_EQ(rows, counted.rows);

    std::map<std::pair<std::string, LeafKind>, Merged> fields;
    for (size_t i = 0; i < kept->columns.size(); ++i) {
        const LeafColumn& column = file.schema().columns()[i];
        const std::string path = path_of(file.schema(), column.path);
        if (column.kind == LeafKind::Length || path.starts_with("[].identifiers")) continue;
        Merged& into = fields[{path, column.kind}];
        into.values += kept->columns[i].values;
        if (kept->columns[i].range) into.ranges.push_back(*kept->columns[i].range);
        into.distinct.merge(kept->columns[i].distinct);
    }
    std::erase_if(fields, [](const auto& one) { return one.second.values == 0; });
    ASSERT_EQ(fields.size(), counted.fields.size());
    for (const auto& [key, field] : counted.fields) {
        SCOPED_TRACE(key.first);
        const Merged& found = fields[key];
        EXPECT_EQ(found.values, field.values);
        expect_range(key.second, found, field);
        if (key.second == LeafKind::Bool || key.second == LeafKind::Instant) continue;
        const auto answer = found.distinct.answer();
        const auto different = static_cast<double>(field.different());
        EXPECT_EQ(answer.is_exact, field.different() <= DistinctCount::kKept);
        EXPECT_NEAR(static_cast<double>(answer.count), different,
                    answer.is_exact ? 0 : 0.3 * different);
    }
}

/// Events with every type of field, in two months, and the history that holds them.
class RandomHistory {
public:
    explicit RandomHistory(uint64_t seed) : random_(seed), docs_(seed) { open({}); }

    void add(uint64_t events) {
        for (; events > 0; --events) {
            const std::string id = "m" + std::to_string(++position_);
            const std::string name = "Event " + std::to_string(random_.below(4));
            const std::string doc = docs_.event(name, id);
            model::Event event;
            event.type = static_cast<model::EventType>(1 + random_.below(6));
            event.time =
                1'767'225'600 * kSecond + static_cast<Micros>(random_.below(uint64_t{40} * kDay));
            event.original = event.sent = event.received = event.time;
            event.name = name;
            event.message_id = id;
            event.doc = doc;
            auto payload = std::make_shared<std::string>();
            model::append_event(*payload, event);
            append_to(*history_,
                      {1 + static_cast<uint32_t>(random_.below(30)), position_, payload});
        }
        history_->publish();
        const auto change = history_->flush(*history_->snapshot(), {}).value();
        commit(change);
    }
    bool merge(const RewriteOptions& options = {}) {
        const auto plan = history_->plan_merge(0);
        if (plan) commit(history_->merge(*plan, options).value());
        return plan.has_value();
    }
    void reopen() {
        const auto names = history_->names_after({});
        history_.reset();
        open(names);
    }
    void expect_files_counted() const {
        for (const auto& file : history_->snapshot()->files()) {
            SCOPED_TRACE(file->name());
            expect_counted(*file);
            EXPECT_TRUE(file->verify());
        }
    }

private:
    void open(std::span<const std::string> names) {
        history_ =
            History::open(
                disk_,
                {.directory = "h", .file_bytes_max = 60'000, .runs_max = 2, .quiet_after_runs = 0},
                names)
                .value();
    }
    void commit(const Change& change) {
        ASSERT_TRUE(history_->commit(std::span(&change, 1)));
        ASSERT_TRUE(history_->remove_replaced());
    }

    store::MemoryFiles disk_;
    SeededRandom random_;
    RandomDocs docs_;
    std::unique_ptr<History> history_;
    model::Position position_ = 0;
};

TEST(FileStatistics, AreWhatTheEventsSayAfterFlushesMergesAndReopening) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
        RandomHistory history(seed);
        for (int flush = 0; flush < 5; ++flush) {
            history.add(50 + 40 * seed);
            ASSERT_NO_FATAL_FAILURE(history.expect_files_counted());
        }
        while (history.merge()) ASSERT_NO_FATAL_FAILURE(history.expect_files_counted());
        while (history.merge({.keep = [](const Row& row) { return row.identity % 3 != 0; }})) {
        }
        history.reopen();
        ASSERT_NO_FATAL_FAILURE(history.expect_files_counted());
    }
}

TEST(FileStatistics, ForgetARowThatAMergeDrops) {
    store::MemoryFiles disk;
    auto history = History::open(disk, {.directory = "h"}, {}).value();
    for (uint32_t i = 1; i <= 20; ++i) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("mail", std::string(i == 7 ? "aaa-hers@shop" : "b" + std::to_string(i)));
        out.close(mark);
        model::Event event;
        event.time = 1'767'225'600 * kSecond;
        event.doc = doc;
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        append_to(*history, {i, i, payload});
    }
    history->publish();
    const auto commit = [&](const Change& change) {
        ASSERT_TRUE(history->commit(std::span(&change, 1)));
        ASSERT_TRUE(history->remove_replaced());
    };
    commit(history->flush(*history->snapshot(), {}).value());
    const auto bytes = [&] { return store::read_file(disk, "h/" + disk.list("h").value()[0]); };
    EXPECT_NE(bytes().value().find("aaa-hers"), std::string::npos);
    const uint32_t erased[] = {7};
    const auto plans = history->plan_erasure(erased).value();
    ASSERT_EQ(plans.size(), 1u);
    const auto keep = [](const Row& row) { return row.identity != 7; };
    commit(history->merge(plans[0], {.keep = keep}).value());
    EXPECT_EQ(bytes().value().find("aaa-hers"), std::string::npos);
    const auto kept = history->snapshot()->files()[0]->statistics().value();
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->columns[0].range->least.text, "b1");
    EXPECT_EQ(kept->columns[0].distinct.answer().count, 19u);
}

TEST(FileStatistics, TellHowManyEventsAreKeptWhole) {
    store::MemoryFiles disk;
    auto history = History::open(disk, {.directory = "h"}, {}).value();
    constexpr uint64_t kEvents = 300;
    for (uint64_t i = 1; i <= kEvents; ++i) {  // Each brings 50 fields that no other one has.
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        for (uint64_t field = 0; field < 50; ++field) {
            out.field("f" + std::to_string(i * 100 + field), true);
        }
        out.close(mark);
        model::Event event;
        event.time = 1'767'225'600 * kSecond;
        event.doc = doc;
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        append_to(*history, {1, i, payload});
    }
    history->publish();
    const auto change = history->flush(*history->snapshot(), {}).value();
    ASSERT_TRUE(history->commit(std::span(&change, 1)));
    const auto file = history->snapshot()->files()[0];
    EXPECT_EQ(file->overflow().whole, kEvents - (Schema::kPathsMax - 1) / 50);
    EXPECT_TRUE(history->verify());
}

TEST(FileStatistics, AnEventThatDoesNotFitLeavesRoomForOthers) {
    store::MemoryFiles disk;
    auto history = History::open(disk, {.directory = "h"}, {}).value();
    for (uint32_t i = 1; i <= 40; ++i) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("first", int64_t{i});
        if (i % 4 == 0) {  // Some have more fields than a file.
            for (size_t field = 0; field < Schema::kPathsMax; ++field) {
                out.field("f" + std::to_string(field), std::to_string(i));
            }
        } else {
            out.field("own" + std::to_string(i), true);
        }
        out.close(mark);
        model::Event event;
        event.time = 1'767'225'600 * kSecond;
        event.doc = doc;
        auto payload = std::make_shared<std::string>();
        model::append_event(*payload, event);
        append_to(*history, {i, i, payload});
    }
    history->publish();
    const auto change = history->flush(*history->snapshot(), {}).value();
    ASSERT_TRUE(history->commit(std::span(&change, 1)));
    const auto file = history->snapshot()->files()[0];
    EXPECT_EQ(file->overflow().whole, 10u);
    EXPECT_EQ(file->schema().columns().size(), 31u);
    EXPECT_TRUE(file->verify());
}

TEST(Decimals, AreOrderedWhateverTheirScales) {
    const Decimal rising[] = {{INT64_MIN, 0}, {-1, 0},         {-1, 30}, {0, 200},
                              {1, 40},        {1, 1},          {11, 2},  {12, 2},
                              {2, 1},         {INT64_MAX, 18}, {10, 0},  {INT64_MAX, 0}};
    for (size_t a = 0; a < std::size(rising); ++a) {
        for (size_t b = 0; b < std::size(rising); ++b) {
            EXPECT_EQ(is_less(rising[a], rising[b]), a < b) << a << ' ' << b;
        }
    }
    EXPECT_FALSE(is_less({150, 2}, {15, 1}));
    EXPECT_FALSE(is_less({15, 1}, {150, 2}));
}

}  // namespace
}  // namespace throughline::sequence
