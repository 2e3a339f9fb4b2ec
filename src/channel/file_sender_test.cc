#include "channel/file_sender.h"

#include <gtest/gtest.h>

#include "model/json.h"
#include "store/memory_files.h"

namespace throughline::channel {
namespace {

const FakeClock kClock(1'769'850'900 * kSecond);  // 2026-01-31T09:15:00Z

Message message(uint64_t key) {
    return {.key = {1, key},
            .to = "ana@example.org",
            .content = Email{.from = "shop@example.org", .subject = "Your \"cart\"", .text = "Hi"}};
}

class FileSenderTest : public testing::Test {
protected:
    std::unique_ptr<FileSender> open() {
        auto sender = FileSender::open(files, "/out.jsonl", kClock);
        EXPECT_TRUE(sender) << (sender ? "" : sender.error().message);
        return std::move(sender).value();
    }
    std::string content() { return store::read_file(files, "/out.jsonl").value(); }

    store::MemoryFiles files;
};

TEST_F(FileSenderTest, WritesALineOfJsonAMessage) {
    const auto sender = open();
    EXPECT_EQ(sender->send(message(7)).verdict, Verdict::Delivered);
    EXPECT_EQ(
        sender->send({.key = {1, 8}, .to = "https://a.example/", .content = Call{"{}"}}).verdict,
        Verdict::Delivered);
    EXPECT_EQ(content(),
              "{\"key\":\"00000000000000010000000000000007\",\"at\":\"2026-01-31T09:15:00Z\","
              "\"to\":\"ana@example.org\",\"kind\":\"email\",\"from\":\"shop@example.org\","
              "\"subject\":\"Your \\\"cart\\\"\",\"text\":\"Hi\"}\n"
              "{\"key\":\"00000000000000010000000000000008\",\"at\":\"2026-01-31T09:15:00Z\","
              "\"to\":\"https://a.example/\",\"kind\":\"call\","
              "\"content_type\":\"application/json\",\"body\":\"{}\"}\n");
}

TEST_F(FileSenderTest, LinesAreTakenOutWhileItHasTheFile) {
    const auto sender = open();
    for (const uint64_t key : {7, 8, 9}) sender->send(message(key));
    const auto is_eight = [](std::string_view key) -> Result<bool> { return key.ends_with('8'); };
    ASSERT_TRUE(drop_lines(files, "/out.jsonl", is_eight));
    sender->send(message(9));
    std::string keys;
    const std::string lines = content();
    for (size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) keys += lines[at + 39];
    EXPECT_EQ(keys, "799");
    EXPECT_NE(lines.find("\"repeat\":1"), std::string::npos) << "what was there is still known";
}

TEST_F(FileSenderTest, ShowsWhatWasSentTwiceAlsoByAnEarlierProcess) {
    open()->send(message(7));
    const auto again = open();
    again->send(message(7));
    again->send(message(7));
    again->send(message(8));
    std::string lines = content();
    std::vector<int64_t> repeats;
    while (!lines.empty()) {
        const size_t end = lines.find('\n');
        const auto line = model::doc_from_json(lines.substr(0, end));
        ASSERT_TRUE(line);
        repeats.push_back(model::DocView(*line).find("repeat").as_integer().value_or(0));
        lines.erase(0, end + 1);
    }
    EXPECT_EQ(repeats, (std::vector<int64_t>{0, 1, 2, 0}));
}

TEST_F(FileSenderTest, DeliveredMeansOnDiskHoweverThePowerGoes) {
    for (uint64_t seed = 0; seed < 500; ++seed) {
        files = store::MemoryFiles();
        Message long_one = message(3);
        std::get<Email>(long_one.content).html.assign(2'000, 'x');  // Several sectors.
        Verdict third = Verdict::Refused;
        {
            const auto sender = open();
            EXPECT_EQ(sender->send(message(1)).verdict, Verdict::Delivered);
            EXPECT_EQ(sender->send(message(2)).verdict, Verdict::Delivered);
            files.stop_at(files.operations() + seed % 3);
            third = sender->send(long_one).verdict;
        }
        files = files.cut(seed);
        const auto sender = open();
        ASSERT_TRUE(sender);
        EXPECT_EQ(sender->send(message(2)).verdict, Verdict::Delivered);
        const std::string lines = content();
        EXPECT_NE(lines.find("0000001\",\"at"), lines.npos);
        EXPECT_NE(lines.find("0000002\",\"at\":\"2026-01-31T09:15:00Z\",\"repeat\":1"), lines.npos);
        const bool is_there = lines.find("0000003\",\"at") != lines.npos;
        EXPECT_TRUE(is_there || third != Verdict::Delivered) << seed;
        EXPECT_TRUE(!is_there || third != Verdict::Retryable) << seed;
        EXPECT_EQ(lines.find('\0'), lines.npos);
    }
}

TEST_F(FileSenderTest, SaysWhatAFailedDiskLeaves) {
    const auto sender = open();
    files.fail_write_after(0);
    EXPECT_EQ(sender->send(message(1)).verdict, Verdict::Retryable);
    files.fail_sync_after(0);
    EXPECT_EQ(sender->send(message(1)).verdict, Verdict::Uncertain);
    EXPECT_EQ(sender->send(message(2)).verdict, Verdict::Delivered);
}

TEST_F(FileSenderTest, RefusesAFileThatIsNotItsOwn) {
    const auto file = files.open("/out.jsonl", store::OpenMode::Create).value();
    for (const char* text : {"notes of mine", "notes of mine\n"}) {
        ASSERT_TRUE(file->write_at(0, text));
        EXPECT_EQ(FileSender::open(files, "/out.jsonl", kClock).error().code, Code::Corrupt);
        EXPECT_EQ(content(), text);
    }
}

}  // namespace
}  // namespace throughline::channel
