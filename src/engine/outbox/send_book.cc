#include "engine/outbox/send_book.h"

#include <algorithm>

#include "base/bytes.h"
#include "privacy/rules.h"

namespace throughline::engine {

namespace {

constexpr uint8_t kVersion = 1;

Error damaged() {
    return Error::corrupt("engine: book of sendings: its bytes are damaged");
}

// Topics are few and stand once each.
class Topics {
public:
    uint64_t number_of(const std::string& topic) {
        const auto found = std::ranges::find(all_, topic);
        if (found != all_.end()) return static_cast<uint64_t>(found - all_.begin());
        all_.push_back(topic);
        return all_.size() - 1;
    }
    const std::vector<std::string>& all() const { return all_; }

private:
    std::vector<std::string> all_;
};

}  // namespace

OpenMessage* SendBook::find(const Key128& key) {
    const auto found = std::ranges::find(open, key, &OpenMessage::key);
    return found == open.end() ? nullptr : &*found;
}

void SendBook::close(const Key128& key) {
    std::erase_if(open, [&](const OpenMessage& one) { return one.key == key; });
}

void SendBook::add_sent(Sending sending, Micros now) {
    const auto place = std::ranges::upper_bound(sent, sending.at, {}, &Sending::at);
    sent.insert(place, std::move(sending));
    const auto is_old = [&](const Sending& one) { return one.at <= now - privacy::kCapWithinMax; };
    auto keep = std::ranges::find_if_not(sent, is_old);
    if (static_cast<size_t>(sent.end() - keep) > privacy::kCapMessagesMax) {
        keep = sent.end() - privacy::kCapMessagesMax;
    }
    sent.erase(sent.begin(), keep);
}

std::string SendBook::encode() const {
    Topics topics;
    std::string rows;
    ByteWriter out(rows);
    out.varint(open.size());
    for (const OpenMessage& one : open) {
        out.fixed(one.key);
        out.fixed(one.run);
        out.fixed(one.counted_at);
        out.varint(topics.number_of(one.topic));
    }
    out.varint(sent.size());
    Micros before = 0;
    for (const Sending& one : sent) {
        out.signed_varint(one.at - before);
        out.varint(topics.number_of(one.topic));
        before = one.at;
    }
    std::string bytes;
    ByteWriter head(bytes);
    head.u8(kVersion);
    head.varint(topics.all().size());
    for (const std::string& topic : topics.all()) head.string(topic);
    head.raw(rows);
    return bytes;
}

Result<SendBook> SendBook::decode(std::string_view bytes) {
    SendBook book;
    if (bytes.empty()) return book;
    ByteReader in(bytes);
    if (in.u8() != kVersion) return damaged();
    std::vector<std::string> topics;
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        topics.emplace_back(in.string());
    }
    bool is_good = true;
    const auto topic = [&]() -> std::string {
        const uint64_t number = in.varint();
        is_good = is_good && number < topics.size();
        return is_good ? topics[number] : std::string();
    };
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        OpenMessage& one = book.open.emplace_back();
        one.key = in.fixed<Key128>();
        one.run = in.fixed<Key128>();
        one.counted_at = in.fixed<Micros>();
        one.topic = topic();
    }
    Micros before = 0;
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        before += in.signed_varint();
        book.sent.push_back({before, topic()});
    }
    if (!is_good || !in.ok() || !in.at_end()) return damaged();
    return book;
}

}  // namespace throughline::engine
