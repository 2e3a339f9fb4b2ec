#include "sequence/field_reader.h"

#include <gtest/gtest.h>

#include "sequence/run_writer.h"
#include "sequence/test_events.h"
#include "store/memory_files.h"

namespace throughline::sequence {
namespace {

using model::DocView;
using model::DocWriter;
using model::EventView;

constexpr std::string_view kKeys[] = {"plan", "name", "price", "page", "a.b", "at", "tags", ""};
constexpr std::string_view kPaths[] = {
    "plan",     "name", "price", "page",      "page.plan", "page.price", "a.b",
    "page.a.b", "at",   "tags",  "page.page", "",          "never.set",  "page.page.name"};

// A value of any kind, few of each, so that they repeat.
void write_value(SeededRandom& random, int depth, std::string_view name, DocWriter& out) {
    switch (random.below(depth == 0 ? 9 : 11)) {
        case 0:
            return out.null();
        case 1:
            return out.boolean(random.chance(0.5));
        case 2:
            return out.integer(static_cast<int64_t>(random.below(5)) - 2);
        case 3:
            return out.decimal({static_cast<int64_t>(random.below(900)), 2});
        case 4:
            return out.real(1e300);
        case 5:
            return out.number_text("123456789012345678901234567890");
        case 6:
            return out.string(name);
        case 7:
            return out.string(random.chance(0.2) ? "2026-01-31T09:15:00.123Z" : "basic");
        case 8:
            return out.string("value " + std::to_string(random.below(6)));
        case 9: {
            const size_t mark = out.open_array();
            for (uint64_t left = random.below(3); left > 0; --left) {
                write_value(random, 0, name, out);
            }
            return out.close(mark);
        }
        default: {
            const size_t mark = out.open_object();
            for (uint64_t left = random.below(5); left > 0; --left) {  // Keys may repeat.
                out.key(kKeys[random.below(std::size(kKeys))]);
                write_value(random, depth - 1, name, out);
            }
            return out.close(mark);
        }
    }
}

std::string make_payload(SeededRandom& random, Micros time) {
    static constexpr std::string_view kNames[] = {"basic", "Viewed", ""};
    const std::string_view name = kNames[random.below(3)];
    std::string doc;
    DocWriter out(doc);
    const size_t whole = out.open_object();
    out.key(random.chance(0.5) ? "properties" : "traits");
    const size_t properties = out.open_object();
    for (uint64_t left = random.below(6); left > 0; --left) {
        out.key(kKeys[random.below(std::size(kKeys))]);
        write_value(random, 2, name, out);
    }
    out.close(properties);
    out.field("userId", "u7");
    out.close(whole);
    model::Event event;
    event.type = static_cast<model::EventType>(1 + random.below(6));
    event.time = event.original = event.sent = event.received = time;
    event.name = name;
    event.message_id = "basic";
    event.doc = doc;
    event.identifiers = {{.space = 1, .flags = 0, .key = {}, .value = "u7"},
                         {.space = 2, .flags = 0, .key = {}, .value = "basic"}};
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

DocView find_in(const EventView& event, std::string_view path) {
    const DocView traits = event.doc().find("traits");
    const bool has_traits = event.type() == model::EventType::Identify;
    return (has_traits ? traits : event.doc().find("properties")).at_path(path);
}

TEST(FieldReader, AgreesWithTheEventsAndNumbersOnlyEqualValuesAlike) {
    SeededRandom random(11);
    store::MemoryFiles disk;
    ASSERT_TRUE(store::make_directories(disk, "h"));
    const Micros from = TestWorld{}.from;
    RunWriter writer(disk, {"h", month_of(from), 1, 1 << 30});
    std::vector<std::string> payloads;
    for (uint64_t i = 0; i < 20'000; ++i) {
        payloads.push_back(make_payload(random, from + static_cast<Micros>(i)));
        const EventView event(payloads.back());
        const Row row{.identity = 1,
                      .name = static_cast<uint32_t>(event.name().size()),
                      .time = event.time(),
                      .position = i,
                      .tie = 0,
                      .source = 0,
                      .type = event.type(),
                      .flags = 0};
        ASSERT_TRUE(writer.add(1, row, payloads.back()));
    }
    const auto names = writer.finish();
    ASSERT_TRUE(names.is_ok());

    std::vector<FieldReader::Find> fields;
    for (const std::string_view path : kPaths) {
        fields.emplace_back([path](const EventView& event) { return find_in(event, path); });
    }
    FieldReader reader(std::move(fields));
    size_t row_in_all = 0;
    size_t in_columns = 0;
    size_t repeated = 0;
    for (const std::string& name : *names) {
        const auto file = HistoryFile::open(disk, "h", name);
        ASSERT_TRUE(file.is_ok());
        for (size_t number = 0; number < (*file)->blocks().size(); ++number) {
            Block block(**file, number);
            ASSERT_TRUE(reader.open(**file, block));
            std::map<uint32_t, std::string> values;
            for (uint32_t row = 0; row < block.rows(); ++row, ++row_in_all) {
                const EventView event(payloads[row_in_all]);
                for (size_t field = 0; field < std::size(kPaths); ++field) {
                    if (random.chance(0.3)) continue;
                    const auto seen = reader.look(field, row, event.type());
                    ASSERT_TRUE(seen.is_ok());
                    if (*seen == FieldReader::kWhole) continue;
                    ++in_columns;
                    const auto value = reader.value();
                    ASSERT_TRUE(value.is_ok());
                    const DocView expected = find_in(event, kPaths[field]);
                    ASSERT_EQ(value->is_missing(), expected.is_missing()) << kPaths[field];
                    ASSERT_EQ(value->bytes(), expected.bytes()) << kPaths[field];
                    if (*seen == FieldReader::kAnother) continue;
                    const auto [known, is_new] = values.emplace(*seen, value->bytes());
                    repeated += is_new ? 0 : 1;
                    ASSERT_EQ(known->second, value->bytes());
                }
            }
        }
    }
    ASSERT_EQ(row_in_all, payloads.size());
    EXPECT_GT(in_columns, 150'000u);
    EXPECT_GT(repeated, 100'000u);
}

}  // namespace
}  // namespace throughline::sequence
