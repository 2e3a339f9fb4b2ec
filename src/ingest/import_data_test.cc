// Real files through the shipped mappings: the figures that their own description gives.
#include "ingest/importer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "base/random.h"

namespace throughline::ingest {
namespace {

constexpr SecretKey kSecret{7, 7, 7};

std::string shared_data() {
    const char* given = std::getenv("TL_SHARED_DATA");
    return given != nullptr ? given : TL_DEFAULT_SHARED_DATA;
}

#define TL_NEED_DATA(file)                                                 \
    if (!std::filesystem::exists(shared_data() + "/" + (file))) {          \
        GTEST_SKIP() << "no " << shared_data() << "/" << (file)            \
                     << ": set TL_SHARED_DATA to the folder of real data"; \
    }

// What an import made, summed up as the figures of the data's own description are.
struct Imported {
    uint64_t events = 0;
    std::map<std::string, uint64_t> names;
    std::set<std::string> users;
    std::set<std::string> unknown;  // Anonymous ids.
    std::set<Key128> keys;
    __int128 revenue_thousandths = 0;
    std::vector<std::string> rejects;
    ImportProgress progress;
    std::function<void(const model::EventView&)> inspect;  // Sees each event.
};

int64_t thousandths(model::Decimal number) {
    for (; number.scale < 3; ++number.scale) number.units *= 10;
    for (; number.scale > 3; --number.scale) {
        EXPECT_EQ(number.units % 10, 0);
        number.units /= 10;
    }
    return number.units;
}

void count(const model::EventView& event, Imported& into) {
    ++into.events;
    ++into.names[std::string(event.name())];
    EXPECT_EQ(event.flags() & (model::kEventHistory | model::kEventImported),
              model::kEventHistory | model::kEventImported);
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        const model::IdentifierView id = event.identifier(i);
        if (id.space == model::kUserId) into.users.insert(std::string(id.value));
        if (id.space == model::kAnonymousId) into.unknown.insert(std::string(id.value));
    }
    into.keys.insert(event.message_key());
    if (const auto revenue = event.doc().at_path("properties.revenue").as_decimal()) {
        into.revenue_thousandths += thousandths(*revenue);
    }
    if (into.inspect) into.inspect(event);
}

struct Bench {
    model::Namespaces spaces = model::Namespaces::built_in();
    FakeClock clock{1'800'000'000 * kSecond};
    ImportOptions options;
    Bench() {
        options.source.id = 3;
        options.context = {&spaces, &kSecret};
        options.clock = &clock;
    }

    void run(const Mapping& mapping, std::unique_ptr<ByteSource> source, Imported& into) {
        ImportSinks sinks;
        sinks.batch = [&](const RecordBatch& batch) -> Result<BatchResult> {
            for (size_t i = 0; i < batch.size(); ++i) {
                count(model::EventView(batch.record(i)), into);
            }
            return BatchResult{batch.size(), 0};
        };
        sinks.reject = [&](const ImportReject& reject) {
            into.rejects.push_back(std::to_string(reject.line) + ": " + reject.reason);
        };
        auto result = Importer(mapping, options).run(std::move(source), sinks);
        ASSERT_TRUE(result) << result.error().message;
        into.progress = *result;
    }
    Imported run_file(std::string_view name, const std::string& file, Imported into = {}) {
        auto mapping = Mapping::shipped(name);
        EXPECT_TRUE(mapping) << mapping.error().message;
        auto source = open_file(shared_data() + "/" + file);
        EXPECT_TRUE(source);
        run(*mapping, *std::move(source), into);
        return into;
    }
};

std::string whole_text(const std::string& file) {
    auto source = *open_file(shared_data() + "/" + file);
    std::string text;
    std::string chunk(1 << 20, '\0');
    while (const size_t size = *source->read(chunk)) text.append(chunk, 0, size);
    return text;
}

TEST(Import, OnlineRetailGivesItsPublishedFigures) {
    TL_NEED_DATA("online_retail/online_retail.csv.gz");
    uint64_t november = 0;
    uint64_t lines_of_one = 0;
    int64_t value_of_one = 0;
    std::set<std::string> invoices_of_one;
    Imported into;
    into.inspect = [&](const model::EventView& event) {
        const std::string at = format_instant(event.time());
        november += at.starts_with("2011-11");
        if (event.identifier(0).value != "14646") return;
        ++lines_of_one;
        const model::DocView properties = event.doc().find("properties");
        invoices_of_one.insert(std::string(properties.find("order_id").as_string()));
        value_of_one += thousandths(*properties.find("revenue").as_decimal());
    };
    const Imported found =
        Bench().run_file("online-retail", "online_retail/online_retail.csv.gz", into);
    EXPECT_EQ(found.events, 541'909u);
    EXPECT_EQ(found.keys.size(), 541'909u);  // Equal lines are told apart.
    EXPECT_EQ(found.users.size(), 4'372u);
    EXPECT_EQ(found.unknown.size(), 3'710u);
    EXPECT_EQ(static_cast<int64_t>(found.revenue_thousandths), 9'747'747'934);
    EXPECT_EQ(november, 84'711u);
    EXPECT_EQ(invoices_of_one.size(), 77u);
    EXPECT_EQ(lines_of_one, 2'085u);
    EXPECT_EQ(value_of_one, 279'489'020);
    EXPECT_TRUE(found.rejects.empty()) << found.rejects[0];
}

TEST(Import, OnlineRetailDayByDayInAnyOrderGivesTheSameEvents) {
    TL_NEED_DATA("online_retail/online_retail.csv.gz");
    const Imported whole = Bench().run_file("online-retail", "online_retail/online_retail.csv.gz");
    const std::string text = whole_text("online_retail/online_retail.csv.gz");
    std::map<std::string, std::string> days;
    size_t at = text.find('\n') + 1;
    const std::string header = text.substr(0, at);
    while (at < text.size()) {
        const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        const std::string line = text.substr(at, end - at);
        const size_t date = line.find(",201") + 1;
        days[line.substr(date, 10)] += line;
        at = end;
    }
    ASSERT_GT(days.size(), 300u);
    std::vector<const std::string*> order;
    for (const auto& [day, lines] : days) order.push_back(&lines);
    SeededRandom random(4);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);

    const auto mapping = Mapping::shipped("online-retail");
    Imported pieces;
    Bench bench;
    for (const std::string* lines : order) {
        bench.run(*mapping, *open_bytes(header + *lines), pieces);
    }
    EXPECT_EQ(pieces.events, 541'909u);
    EXPECT_EQ(pieces.keys, whole.keys);
}

TEST(Import, SimpleShopGivesItsPublishedFigures) {
    TL_NEED_DATA("simple_shop/simple_shop.csv.gz");
    const Imported found = Bench().run_file("simple-shop", "simple_shop/simple_shop.csv.gz");
    EXPECT_EQ(found.events, 32'283u);
    EXPECT_EQ(found.keys.size(), 32'283u);
    EXPECT_EQ(found.users.size(), 3'751u);
    EXPECT_TRUE(found.rejects.empty());
}

TEST(Import, AbTestDemoGivesItsPublishedFigures) {
    TL_NEED_DATA("simple_shop/ab_test_demo.csv.gz");
    std::map<std::string, std::set<std::string>> people;
    std::map<std::string, std::set<std::string>> buyers;
    std::map<std::string, int64_t> value;
    Imported into;
    into.inspect = [&](const model::EventView& event) {
        const model::DocView properties = event.doc().find("properties");
        const std::string group(properties.find("group").as_string());
        const std::string user(event.identifier(0).value);
        people[group].insert(user);
        if (const auto revenue = properties.find("revenue").as_decimal()) {
            buyers[group].insert(user);
            value[group] += thousandths(*revenue);
        }
    };
    const Imported found =
        Bench().run_file("ab-test-demo", "simple_shop/ab_test_demo.csv.gz", into);
    EXPECT_EQ(found.events, 33'279u);
    EXPECT_EQ(people["test"].size(), 554u);
    EXPECT_EQ(buyers["test"].size(), 126u);
    EXPECT_EQ(value["test"], 98'789'000);
    EXPECT_EQ(people["control"].size(), 573u);
    EXPECT_EQ(buyers["control"].size(), 85u);
    EXPECT_EQ(value["control"], 68'702'000);
}

TEST(Import, CdnowReadsColumnsPartedByBlanks) {
    TL_NEED_DATA("cdnow/CDNOW_master.txt.gz");
    Micros first = kNoTime;
    Micros last = kNoTime;
    Imported into;
    into.inspect = [&](const model::EventView& event) {
        first = first == kNoTime ? event.time() : std::min(first, event.time());
        last = std::max(last, event.time());
    };
    const Imported found = Bench().run_file("cdnow", "cdnow/CDNOW_master.txt.gz", into);
    EXPECT_EQ(found.events, 69'659u);
    EXPECT_EQ(found.keys.size(), 69'659u);
    EXPECT_EQ(found.users.size(), 23'570u);
    EXPECT_TRUE(found.users.contains("00001"));  // Leading zeros are part of the id.
    EXPECT_EQ(format_instant(first), "1997-01-01T00:00:00.000Z");
    EXPECT_EQ(format_instant(last), "1998-06-30T00:00:00.000Z");
}

TEST(Import, MarketingTouchesGiveTheirPublishedFigures) {
    TL_NEED_DATA("attribution/mta_5channel_62k.csv.gz");
    const Imported found = Bench().run_file("mta-5channel", "attribution/mta_5channel_62k.csv.gz");
    EXPECT_EQ(found.events, 62'483u);
    EXPECT_EQ(found.keys.size(), 62'483u);
    EXPECT_EQ(found.users.size(), 7'896u);
    EXPECT_EQ(found.names.at("Conversion"), 1'838u);
    EXPECT_EQ(static_cast<int64_t>(found.revenue_thousandths), 11'423'500);
}

TEST(Import, MarketingPathsKeepTheirSums) {
    TL_NEED_DATA("attribution/mta_data.csv.gz");
    int64_t conversions = 0;
    int64_t nulls = 0;
    double value = 0;
    Bench bench;
    auto mapping = Mapping::shipped("mta-data");
    ImportSinks sinks;
    sinks.batch = [&](const RecordBatch& batch) -> Result<BatchResult> {
        for (size_t i = 0; i < batch.size(); ++i) {
            const model::DocView in = model::EventView(batch.record(i)).doc().find("properties");
            conversions += *in.find("conversions").as_integer();
            nulls += *in.find("without_conversion").as_integer();
            value += *in.find("revenue").as_double();
        }
        return BatchResult{batch.size(), 0};
    };
    const auto result = Importer(*mapping, bench.options)
                            .run(shared_data() + "/attribution/mta_data.csv.gz", sinks);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->events, 10'000u);
    EXPECT_EQ(result->rejects, 0u);
    EXPECT_EQ(conversions, 19'785);
    EXPECT_EQ(nulls, 68'602);
    EXPECT_NEAR(value, 74'802.97, 0.01);
}

}  // namespace
}  // namespace throughline::ingest
