// Writes the seeds that are not text: stored events, documents, leaves, runs and history files.
//
//   write_seeds fuzz/corpus
//
// Seeded, so it always writes the same bytes; run it again when one of these forms changes.

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/random.h"
#include "journey/run.h"
#include "journey/walk.h"
#include "model/json.h"
#include "profile/leaf.h"
#include "sequence/history_file.h"
#include "sequence/run_writer.h"
#include "sequence/test_events.h"
#include "store/memory_files.h"

using namespace throughline;

namespace {

constexpr size_t kSeedBytesMax = 4096;

void write(const std::filesystem::path& path, std::string_view bytes) {
    TL_ASSERT(bytes.size() <= kSeedBytesMax);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string event_payload(std::string_view json, model::EventType type, Micros time) {
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc.is_ok());
    model::Event event;
    event.type = type;
    event.source = 3;
    event.time = event.original = event.sent = event.received = time;
    event.message_key = {1, 2};
    event.identifiers = {{model::kUserId, model::kIdentifierVerified, {3, 4}, "u1"},
                         {model::kAnonymousId, 0, {5, 6}, "anon-1"}};
    event.name = type == model::EventType::Track ? "Order Completed" : "";
    event.message_id = "m-1";
    event.doc = *doc;
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

void write_events(const std::filesystem::path& folder) {
    constexpr std::string_view kTrack =
        R"({"type":"track","event":"Order Completed","userId":"u1","properties":{"revenue":12.50,)"
        R"("items":[1,-2,3.25,1e300,null,true,"\u015f"]}})";
    constexpr std::string_view kIdentify =
        R"({"type":"identify","userId":"u1","traits":{"email":"a@b.example","age":34,"x":null}})";
    constexpr std::string_view kGroup =
        R"({"type":"group","userId":"u1","groupId":"g","traits":{"plan":"pro"}})";
    const Micros start = 1'767'225'600 * kSecond;
    const std::string track = event_payload(kTrack, model::EventType::Track, start);
    const std::string identify = event_payload(kIdentify, model::EventType::Identify, start + 1);
    const std::string group = event_payload(kGroup, model::EventType::Group, start + kDay);
    write(folder / "track.event", track);
    write(folder / "identify.event", identify);
    write(folder / "group.event", group);
    write(folder / "track.doc", *model::doc_from_json(kTrack));

    static constexpr std::array<profile::IdentityId, 2> kCompanions{7, 9};
    std::string leaf;
    model::Position position = 0;
    for (const std::string_view payload : {track, identify, group, identify}) {
        const Key128 account{7, 8};
        const auto news = profile::fold_event(leaf, {.event = model::EventView(payload),
                                                     .position = ++position,
                                                     .companions = kCompanions,
                                                     .account = account});
        TL_ASSERT(news.is_ok());
        write(folder / ("after_" + std::to_string(position) + ".leaf"), leaf);
    }
}

/// Says something of every second event.
class SeedTouch final : public sequence::DerivedText {
public:
    uint32_t version() const override { return 1; }
    std::optional<std::string_view> of(const model::EventView& event, std::string&) const override {
        if (event.time() % 2 == 0) return std::nullopt;
        return event.name();
    }
};

/// Returns a history file of a few rows of January 2026.
std::string history_file(size_t rows) {
    using namespace sequence;
    SeededRandom random(rows);
    const TestWorld world{
        .identities = 3, .to = 1'769'904'000 * kSecond, .padding_max = 20};  // 2026-02-01
    std::vector<TestEvent> events;
    for (size_t i = 1; i <= rows; ++i) events.push_back(make_test_event(random, i, world));
    std::sort(events.begin(), events.end(), [](const TestEvent& a, const TestEvent& b) {
        return std::pair(a.identity, a.key()) < std::pair(b.identity, b.key());
    });
    store::MemoryFiles files;
    TL_ASSERT(files.make_directory("h").is_ok());
    const SeedTouch touch;
    RunWriter writer(files, {"h", 2026 * 12, 1, 1 << 20, &touch});
    for (const TestEvent& test : events) {
        const model::EventView event = test.event();
        const Row row{.identity = test.identity,
                      .name = 1,
                      .time = event.time(),
                      .position = test.position,
                      .tie = event.tie(),
                      .source = event.source(),
                      .type = event.type(),
                      .flags = event.flags()};
        TL_ASSERT(writer.add(test.identity, row, *test.payload).is_ok());
    }
    return *store::read_file(files, "h/" + writer.finish().value().at(0));
}

/// A whole file, and the same as the fuzzer's own form: where the footer begins, blocks, footer.
void write_history(const std::filesystem::path& folder, size_t rows) {
    using namespace sequence;
    const std::string file = history_file(rows);
    const auto footer_bytes = load<uint64_t>(file.data() + file.size() - kTrailerBytes);
    const std::string_view inner =
        std::string_view(file).substr(kHeaderBytes, file.size() - kHeaderBytes - kTrailerBytes);
    std::string split;
    ByteWriter(split).fixed(static_cast<uint16_t>(inner.size() - footer_bytes));
    write(folder / (std::to_string(rows) + "_rows.history"), file);
    write(folder / (std::to_string(rows) + "_rows.split"), split.append(inner));
}

void write_runs(const std::filesystem::path& folder) {
    std::vector<journey::Run> runs(2);
    for (journey::Run& run : runs) {
        run.id = {1, 2};
        run.key = "order-1";
        run.wake_at = kDay;
        run.choices = {{3, 1}};
        run.context = journey::context_of_segment("vip", true, 0);
    }
    runs[1].state = journey::RunState::Over;
    runs[1].reason = journey::EndReason::Goal;
    std::string bytes;
    journey::encode_runs(runs, 0, bytes);
    write(folder / "two_runs", bytes);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: write_seeds fuzz/corpus\n", stderr);
        return 2;
    }
    const std::filesystem::path corpus(argv[1]);
    write_events(corpus / "model_event_fuzz");
    write_runs(corpus / "journey_run_fuzz");
    for (const size_t rows : {1, 2, 7}) write_history(corpus / "sequence_file_fuzz", rows);
}
