#include "cli/demo_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "ingest/protocol.h"
#include "model/event.h"

namespace throughline::cli {
namespace {

constexpr SecretKey kSecret{1, 2, 3};
constexpr Micros kNow = 1'790'000'000LL * kSecond;

struct Told {
    size_t accepted = 0;
    size_t refused = 0;
    std::set<std::string> sources;
    std::set<std::string> users;
    std::map<std::string, std::set<std::string>> users_of_device;
};

Told tell(uint64_t seed) {
    const model::Namespaces spaces = model::Namespaces::built_in();
    ingest::RequestDecoder decoder(spaces, kSecret);
    model::Source source;
    source.id = 1;
    Told told;
    DemoWorld world(seed, kNow);
    while (const auto batch = world.next(100)) {
        told.sources.insert(batch->source);
        decoder.read(batch->body);
        ingest::Request request;
        request.source = &source;
        request.received = kNow;
        const ingest::RecordBatch& records = decoder.decode(request).records;
        told.accepted += records.accepted();
        told.refused += records.refused.size();
        for (size_t i = 0; i < records.size(); ++i) {
            if (model::record_kind(records.record(i)) != model::RecordKind::Event) continue;
            const model::EventView event(records.record(i));
            EXPECT_LE(event.time(), kNow + kHour);
            const std::string user(event.doc().find("userId").as_string());
            if (user.empty()) continue;
            told.users.insert(user);
            told.users_of_device[std::string(event.doc().find("anonymousId").as_string())].insert(
                user);
        }
    }
    return told;
}

TEST(DemoWorld, TellsOfPeopleWhoSignInShareDevicesAndOfRejects) {
    const Told told = tell(1);
    EXPECT_EQ(told.sources, (std::set<std::string>{"till", "web"}));
    EXPECT_GT(told.accepted, 2000u);
    EXPECT_GT(told.refused, 20u);
    EXPECT_LT(told.refused, 100u);
    EXPECT_GT(told.users.size(), 100u);
    const auto is_shared = [](const auto& device) { return device.second.size() > 1; };
    EXPECT_GT(std::ranges::count_if(told.users_of_device, is_shared), 0);
}

TEST(DemoWorld, IsTheSameForTheSameSeed) {
    DemoWorld one(7, kNow);
    DemoWorld two(7, kNow);
    while (const auto batch = one.next(50)) EXPECT_EQ(batch->body, two.next(50)->body);
    EXPECT_FALSE(two.next(50));
}

}  // namespace
}  // namespace throughline::cli
