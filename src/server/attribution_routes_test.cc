// Attribution over the API: real paths by channel, and rules, costs and settings that change it.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "ingest/byte_source.h"
#include "ingest/importer.h"
#include "query/attribution_tally.h"
#include "server/channel_routes.h"
#include "server/query_routes.h"
#include "server/settings_routes.h"
#include "server/test_api.h"
#include "server/test_schema.h"

namespace throughline::server {
namespace {

using model::DocView;
using testing::Answer;
using testing::TestApi;

std::string data_file(const std::string& name) {
    const char* given = std::getenv("TL_SHARED_DATA");
    return std::string(given != nullptr ? given : TL_DEFAULT_SHARED_DATA) + "/attribution/" + name;
}

class AttributionRoutes : public ::testing::Test {
protected:
    void import(std::string_view mapping, const std::string& file) {
        const ingest::Mapping read = ingest::Mapping::shipped(mapping).value();
        const auto settings = api.engine().settings();
        ingest::ImportOptions options;
        options.source.id = 1;
        options.context = {.spaces = &settings->namespaces(), .secret = &api.engine().secret()};
        options.clock = &api.app().clock;
        ingest::ImportSinks sinks;
        sinks.batch = [&](const ingest::RecordBatch& batch) -> Result<ingest::BatchResult> {
            engine::Submission submission;
            submission.bytes = std::make_shared<const std::string>(batch.bytes);
            submission.ends = batch.ends;
            api.engine().submit_and_wait(std::move(submission));
            return ingest::BatchResult{batch.size(), 0};
        };
        sinks.reject = [](const ingest::ImportReject& reject) { FAIL() << reject.reason; };
        ASSERT_TRUE(ingest::Importer(read, options).run(ingest::open_file(file).value(), sinks));
    }
    /// The value at a path of the row of a channel, as JSON.
    std::string at(const Answer& answer, std::string_view channel, std::string_view path) {
        for (const DocView row : answer.json().find("rows").items()) {
            if (row.find("channel").as_string() == channel) {
                return model::to_json(row.at_path(path));
            }
        }
        return "no row";
    }
    Answer ask(const std::string& more = "") {
        return api.call("POST /api/query",
                        R"({"kind":"attribution","from":"2026-03-01","to":"2026-04-01",)"
                        R"("conversion":{"event":"Order Completed","value":"revenue"})" +
                            more + "}");
    }
    void come(const std::string& user, const std::string& context, Micros at) {
        api.send({.user = user,
                  .message_id = user + std::to_string(at),
                  .extra = R"({"context":)" + context + "}",
                  .time = at});
    }
    void order(const std::string& user, Micros at) {
        api.send({.user = user,
                  .name = "Order Completed",
                  .message_id = "o" + user + std::to_string(at),
                  .extra = R"({"properties":{"revenue":12.5,"currency":"EUR"}})",
                  .time = at});
    }

    static constexpr Micros kMarch = 1'772'323'200 * kSecond + 5 * kDay;
    TestApi api{{add_query_routes, add_channel_routes, add_settings_routes}};
    testing::Schemas schemas;
};

TEST_F(AttributionRoutes, FiveChannelsOfJulyGetTheirPublishedConversions) {
    const std::string file = data_file("mta_5channel_62k.csv.gz");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << ": set TL_SHARED_DATA";
    import("mta-5channel", file);
    const Answer answer = api.call(
        "POST /api/query", R"({"kind":"attribution","from":"2018-07-01","to":"2018-08-01",)"
                           R"("conversion":{"event":"Conversion","value":"revenue"},)"
                           R"("models":["first","last","linear","position","time_decay"]})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(schemas.mismatch("AttributionAnswer", answer.json()), "");
    const std::tuple<const char*, const char*, const char*> kPublished[] = {
        {"paid-search", "624", "457"},
        {"Facebook", "557", "561"},
        {"Instagram", "233", "237"},
        {"Online Video", "212", "350"},
        {"Online Display", "212", "233"}};
    for (const auto& [channel, first, last] : kPublished) {
        EXPECT_EQ(at(answer, channel, "models.first.conversions"), first) << channel;
        EXPECT_EQ(at(answer, channel, "models.last.conversions"), last) << channel;
    }
    for (const char* model : {"first", "last", "linear", "position", "time_decay"}) {
        const std::string path = "totals.models." + std::string(model);
        EXPECT_EQ(model::to_json(answer.json().at_path(path + ".conversions")), "1838") << model;
        EXPECT_EQ(model::to_json(answer.json().at_path(path + ".value")), "11423.5") << model;
    }
    EXPECT_EQ(answer.number("totals.people"), 7896);
    EXPECT_EQ(answer.count("rows"), 5u);
}

// The paths of a published table, each touch a day after the one before.
class Paths {
public:
    Paths() : fold_(question_) {}

    void add(std::string_view path, int64_t conversions) {
        std::vector<Micros> time;
        std::vector<query::Match> match;
        std::vector<query::ValueCode> touch;
        while (!path.empty()) {
            const std::string_view name = path.substr(0, path.find(" > "));
            path.remove_prefix(std::min(path.size(), name.size() + 3));
            time.push_back(static_cast<Micros>(time.size()) * kDay);
            match.push_back(path.empty() ? 3 : 1);
            touch.push_back(code_of(name));
        }
        const std::span<const query::ValueCode> codes[] = {touch};
        for (int64_t i = 0; i < conversions; ++i) {
            fold_.add({.is_known = true,
                       .time = time,
                       .match = match,
                       .codes = codes,
                       .numbers = {},
                       .values = &values_});
        }
    }
    /// The conversions of each model.
    std::map<std::string, std::array<double, 4>> conversions() const {
        std::map<std::string, std::array<double, 4>> found;
        for (size_t group = 0; group < fold_.tallies().size(); ++group) {
            const std::string& key = fold_.facts().key(static_cast<query::Group>(group));
            auto& models = found[std::string(DocView(key).find("channel").as_string())];
            for (size_t i = 0; i < models.size(); ++i) {
                models[i] = fold_.tallies()[group].models[i].conversions.as_double();
            }
        }
        return found;
    }

private:
    query::ValueCode code_of(std::string_view channel) {
        std::string key;
        model::DocWriter out(key);
        const size_t mark = out.open_object();
        out.field("channel", channel);
        out.close(mark);
        return values_.code(key);
    }
    static query::AttributionSpec spec() {
        const std::string asked =
            model::doc_from_json(R"({"from":"1970-01-01","to":"2026-01-01","lookback":"3000d",)"
                                 R"("conversion":{"event":"x"},)"
                                 R"("models":["first","last","linear","position"]})")
                .value();
        return query::parse_attribution(DocView(asked), {"UTC", 0}, {}).value();
    }

    query::Channels channels_;
    query::AttributionQuestion question_{spec(), {.activity = 1, .conversion = 2}, channels_, {}};
    query::AttributionFold fold_;
    query::Values values_;
};

TEST_F(AttributionRoutes, TenThousandPathsGetThePublishedSharesOfEachModel) {
    const std::string file = data_file("mta_data.csv.gz");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << ": set TL_SHARED_DATA";
    auto source = ingest::open_file(file).value();
    std::string text;
    std::string chunk(1 << 20, '\0');
    while (const size_t size = source->read(chunk).value()) text.append(chunk, 0, size);
    Paths paths;
    for (size_t line = text.find('\n') + 1; line < text.size(); line = text.find('\n', line) + 1) {
        const size_t comma = text.find(',', line);
        paths.add(std::string_view(text).substr(line, comma - line),
                  std::strtoll(text.c_str() + comma + 1, nullptr, 10));
    }

    const std::map<std::string, std::array<double, 4>> kPublished = {
        {"eta", {3164, 4167, 3539.9512, 3618.796}},
        {"iota", {4606, 3355, 3857.0962, 3944.948}},
        {"alpha", {6308, 8447, 7574.7186, 7444.824}},
        {"beta", {2831, 989, 2083.5001, 1969.766}},
        {"theta", {1606, 653, 1022.8014, 1092.744}},
        {"lambda", {902, 1207, 1035.2576, 1046.904}},
        {"kappa", {74, 230, 137.9641, 147.460}},
        {"zeta", {27, 107, 136.5515, 88.623}},
        {"epsilon", {99, 531, 272.1704, 301.050}},
        {"gamma", {165, 92, 121.0416, 125.241}},
        {"delta", {1, 5, 1.7250, 2.587}},
        {"mi", {2, 2, 2.2222, 2.057}}};
    auto found = paths.conversions();
    for (const auto& [channel, published] : kPublished) {
        const double tolerance[] = {1e-9, 1e-9, 5e-5 + 1e-9, 5e-4 + 1e-9};  // Digits published.
        for (size_t model = 0; model < 4; ++model) {
            EXPECT_NEAR(found[channel][model], published[model], tolerance[model])
                << channel << " " << model;
        }
    }
}

TEST_F(AttributionRoutes, AChangedRuleChangesAllOfHistoryAtOnce) {
    come("ana", R"({"campaign":{"source":"partner-x","medium":"club"}})", kMarch);
    order("ana", kMarch + kDay);
    EXPECT_EQ(at(ask(), "other", "models.first.conversions"), "1");
    const Answer made =
        api.call("PUT /api/channels/clubs",
                 R"({"name":"Clubs","media":"partner","place":"digital","order":50,)"
                 R"("rules":[{"property":"medium","op":"eq","value":"Club"}]})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("Channel", made.json()), "");
    EXPECT_FALSE(made.etag.empty());
    EXPECT_EQ(at(ask(), "clubs", "models.first.value"), "12.5");
    EXPECT_EQ(at(ask(), "clubs", "media"), R"("partner")");
    EXPECT_EQ(api.call("DELETE /api/channels/clubs").status, 204);
    EXPECT_EQ(at(ask(), "clubs", "sessions"), "no row");
}

TEST_F(AttributionRoutes, DefaultChannelsAreListedReplacedAndRestored) {
    const Answer all = api.call("GET /api/channels");
    EXPECT_EQ(schemas.mismatch("ChannelList", all.json()), "");
    EXPECT_EQ(all.count("items"), query::Channels::shipped().size());
    EXPECT_EQ(api.call("GET /api/channels/email").text("name"), "Email");
    EXPECT_EQ(api.call("GET /api/channels/none").status, 404);
    EXPECT_EQ(api.call("DELETE /api/channels/email").status, 422);
    const std::string none = R"({"name":"Email","media":"owned","place":"digital","rules":[]})";
    const Answer made = api.call("PUT /api/channels/email", none);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_FALSE(made.json().find("shipped").as_bool(true));
    EXPECT_EQ(api.call("PUT /api/channels/email\r\nIf-Match: \"999\"", none).status, 412);
    EXPECT_EQ(api.call("PUT /api/channels/mail", none).status, 409);
    EXPECT_EQ(api.call("PUT /api/channels/mail", "{}").status, 400);
    EXPECT_EQ(api.call("DELETE /api/channels/email").status, 204);
    EXPECT_TRUE(api.call("GET /api/channels/email").json().find("shipped").as_bool());
}

TEST_F(AttributionRoutes, AnEventIsTriedAgainstTheRules) {
    const Answer answer = api.call(
        "POST /api/channels/preview",
        R"({"event":{"type":"page","context":{"page":{"url":"https://a.example/?gclid=1"}}}})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(schemas.mismatch("ChannelPreview", answer.json()), "");
    EXPECT_EQ(answer.text("channel"), "paid-search");
    EXPECT_EQ(answer.text("source"), "google");
    EXPECT_EQ(api.call("POST /api/channels/preview", "{}").status, 400);
}

TEST_F(AttributionRoutes, CostsOfSheetsStandBesideWhatTheyBrought) {
    come("ana", R"({"campaign":{"source":"crm","medium":"email"}})", kMarch);
    order("ana", kMarch + kDay);
    const Answer made = api.call(
        "PUT /api/costs/march",
        R"({"csv":"day,channel,cost,currency\n2026-03-06,email,5.00,EUR\n2026-04-01,email,9,EUR"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(schemas.mismatch("CostSheet", made.json()), "");
    EXPECT_EQ(made.number("count"), 2);
    EXPECT_EQ(at(ask(), "email", "cost"), "5");
    EXPECT_EQ(at(ask(), "email", "models.first.return"), "2.5");
    // The same sheet again takes the place of the first.
    EXPECT_EQ(api.call("PUT /api/costs/march", R"({"rows":[{"day":"2026-03-06",)"
                                               R"("channel":"Email","cost":2,"currency":"EUR"}]})")
                  .status,
              200);
    EXPECT_EQ(at(ask(), "email", "cost"), "2");
    EXPECT_EQ(schemas.mismatch("CostSheetList", api.call("GET /api/costs").json()), "");
    const auto message = [&](const std::string& body) {
        return api.call("PUT /api/costs/x", body).text("error.message");
    };
    EXPECT_EQ(message("{}"), "costs: need rows or csv");
    EXPECT_EQ(message(R"({"csv":"day,channel,cost\n2026-13-01,email,1"})"),
              "costs: csv: line 2.day: need a date such as 2026-03-01");
    EXPECT_EQ(message(R"({"rows":[{"day":"2026-03-01","channel":"email","cost":-1}]})"),
              "costs: rows[0].cost: below zero");
    EXPECT_EQ(api.call("DELETE /api/costs/march").status, 204);
    EXPECT_EQ(at(ask(), "email", "cost"), "0");
}

TEST_F(AttributionRoutes, PeopleBehindANumberAreListedByItsToken) {
    come("ana", R"({"campaign":{"source":"crm","medium":"email"}})", kMarch);
    order("ana", kMarch + kDay);
    come("bob", "{}", kMarch);
    const std::string token = at(ask(), "email", "models.first.people");
    const Answer people =
        api.call("POST /api/query/people",
                 R"({"query":{"kind":"attribution","from":"2026-03-01","to":"2026-04-01",)"
                 R"("conversion":{"event":"Order Completed"}},"cell":)" +
                     token + "}");
    ASSERT_EQ(people.status, 200) << people.body;
    EXPECT_EQ(people.count("items"), 1u);
    EXPECT_NE(people.body.find("ana"), std::string::npos);
}

TEST_F(AttributionRoutes, SettingsSayWhoIsQualifiedAndWhichSitesAreOurs) {
    come("ana", R"({"page":{"url":"https://a.example/","referrer":"https://pay.example/"}})",
         kMarch);
    order("ana", kMarch + kMinute);
    EXPECT_EQ(at(ask(), "referral", "qualified"), "0");
    EXPECT_EQ(api.call("PUT /api/settings/qualified", R"({"event":"Order Completed"})").status,
              200);
    EXPECT_EQ(at(ask(), "referral", "qualified"), "1");
    EXPECT_EQ(api.call("PUT /api/settings/attribution", R"({"own_hosts":["pay.example"]})").status,
              200);
    EXPECT_EQ(at(ask(), "direct", "qualified"), "1");
    EXPECT_EQ(api.call("PUT /api/settings/attribution", R"({"own_hosts":["a b"]})").status, 400);
    EXPECT_EQ(api.call("PUT /api/settings/qualified", R"({"events":"x"})").status, 400);
    EXPECT_EQ(api.call("PUT /api/settings/qualified", "{}").status, 200);
}

}  // namespace
}  // namespace throughline::server
