#include "engine/sending/sender_settings.h"

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "base/hash.h"
#include "channel/file_sender.h"
#include "channel/smtp_sender.h"
#include "engine/outbox/message.h"
#include "net/url.h"

namespace throughline::engine {

using model::DocField;
using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::string_view kSecrets[] = {"password", "secret"};
constexpr size_t kChannelsMax = 20;
constexpr size_t kChannelBytesMax = 50;
constexpr double kRateMax = 100'000;

// Reads the fields of one sender; the first mistake is kept.
class FieldReader {
public:
    FieldReader(std::string_view channel, DocView doc)
        : where_("senders: " + std::string(channel) + ": "), doc_(doc) {}

    std::string text(std::string_view field, std::string other = {}) {
        const DocView value = doc_.find(field);
        if (value.is_missing() || value.is_null()) return other;
        if (!value.is_string()) fail(field, "need text");
        return std::string(value.as_string());
    }
    int64_t integer(std::string_view field, int64_t other, int64_t least, int64_t most) {
        const DocView value = doc_.find(field);
        if (value.is_missing() || value.is_null()) return other;
        const auto number = value.as_integer();
        if (number && *number >= least && *number <= most) return *number;
        fail(field, "need a number from " + std::to_string(least) + " to " + std::to_string(most));
        return other;
    }
    double real(std::string_view field, double other, double least, double most) {
        const DocView value = doc_.find(field);
        if (value.is_missing() || value.is_null()) return other;
        const auto number = value.as_double();
        if (number && *number >= least && *number <= most) return *number;
        fail(field, "need a number from " + std::to_string(static_cast<int64_t>(least)) + " to " +
                        std::to_string(static_cast<int64_t>(most)));
        return other;
    }
    bool flag(std::string_view field, bool other) {
        const DocView value = doc_.find(field);
        if (value.is_missing() || value.is_null()) return other;
        if (value.as_bool(true) != value.as_bool(false)) fail(field, "need true or false");
        return value.as_bool(other);
    }
    /// Refuses what is none of `known`.
    void allow(std::initializer_list<std::string_view> known) {
        for (const DocField& field : doc_.fields()) {
            if (std::ranges::find(known, field.key) == known.end()) fail(field.key, "is unknown");
        }
    }
    void fail(std::string_view field, const std::string& what) {
        if (!error_) error_ = Error::invalid(where_ + std::string(field) + ": " + what);
    }
    Status status() const { return error_ ? Status(*error_) : Status::ok(); }

private:
    std::string where_;
    DocView doc_;
    std::optional<Error> error_;
};

net::SmtpTls read_tls(FieldReader& in) {
    const std::string tls = in.text("tls", "required");
    if (tls == "implicit") return net::SmtpTls::Implicit;
    if (tls == "optional") return net::SmtpTls::Optional;
    if (tls == "none") return net::SmtpTls::None;
    if (tls != "required") in.fail("tls", "need required, implicit, optional or none");
    return net::SmtpTls::Required;
}

void read_smtp(FieldReader& in, SenderSettings& settings) {
    in.allow({"type", "host", "port", "tls", "authorities", "user", "password", "hello",
              "connections", "messages_per_second", "burst"});
    net::SmtpOptions& smtp = settings.smtp;
    smtp.host = in.text("host");
    if (smtp.host.empty()) in.fail("host", "need the name of the server");
    smtp.port = static_cast<uint16_t>(in.integer("port", 587, 1, 65'535));
    smtp.tls = read_tls(in);
    smtp.authorities_path = in.text("authorities");
    smtp.user = in.text("user");
    smtp.password = in.text("password");
    smtp.hello = in.text("hello");
}

void read_webhook(FieldReader& in, std::string_view channel, SenderSettings& settings) {
    in.allow({"type", "url", "secret", "heeds_key", "allows_private", "connections",
              "messages_per_second", "burst"});
    settings.url = in.text("url");
    const bool has_own = channel == kWebhookChannel;
    if (has_own && !settings.url.empty()) in.fail("url", "each step names its own");
    if (!has_own && !net::parse_url(settings.url)) in.fail("url", "need an http or https address");
    std::string secret = in.text("secret");
    if (secret.starts_with(kSecretPrefix)) {
        secret = decode_base64(std::string_view(secret).substr(kSecretPrefix.size())).value_or("");
    }
    settings.webhook.secret = std::move(secret);
    settings.webhook.heeds_key = in.flag("heeds_key", false);
    settings.webhook.call.allows_private = in.flag("allows_private", false);
}

// What only those who open the connection find wrong.
Status check(const SenderSettings& settings, const Clock& clock) {
    if (settings.type == SenderType::Smtp) {
        TL_TRY(channel::SmtpSender::make(settings.smtp, clock));
    }
    if (settings.type == SenderType::Webhook) {
        TL_TRY(channel::WebhookSender::make(settings.webhook, clock));
    }
    return Status::ok();
}

Result<SenderSettings> read_one(std::string_view channel, DocView doc) {
    FieldReader in(channel, doc);
    SenderSettings settings;
    const std::string type = in.text("type");
    if (type == "smtp") {
        settings.type = SenderType::Smtp;
        read_smtp(in, settings);
        if (channel != "email") in.fail("type", "smtp carries email only");
    } else if (type == "webhook") {
        settings.type = SenderType::Webhook;
        read_webhook(in, channel, settings);
        if (channel == "email") in.fail("type", "email needs smtp or file");
    } else if (type == "file") {
        in.allow({"type", "messages_per_second", "burst"});
    } else {
        in.fail("type", "need smtp, webhook or file");
    }
    const int64_t usual = settings.type == SenderType::File ? 1 : 4;
    settings.connections =
        static_cast<size_t>(in.integer("connections", usual, 1, kConnectionsMax));
    settings.lane.messages_per_second = in.real("messages_per_second", 0, 0, kRateMax);
    settings.lane.burst = in.real("burst", 1, 1, kRateMax);
    TL_TRY(in.status());
    if (const Status made = check(settings, system_clock()); !made) {
        return Error::invalid("senders: " + std::string(channel) + ": " + made.error().message);
    }
    return settings;
}

bool is_file_name(std::string_view text) {
    return !text.empty() && text.size() <= kChannelBytesMax &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

bool is_secret(std::string_view field) {
    return std::ranges::find(kSecrets, field) != std::end(kSecrets);
}

// A secret goes to nobody but him for whom it was written.
bool goes_to_the_same(DocView sender, DocView before) {
    return std::ranges::all_of(std::initializer_list<std::string_view>{"type", "host", "url"},
                               [&](std::string_view field) {
                                   return sender.find(field).as_string() ==
                                          before.find(field).as_string();
                               });
}

}  // namespace

std::string_view sender_type_name(SenderType type) {
    static constexpr std::string_view kNames[] = {"file", "smtp", "webhook"};
    return kNames[static_cast<size_t>(type)];
}

uint64_t SenderSettings::provider() const {
    std::string who(sender_type_name(type));
    if (type == SenderType::Smtp) who += ' ' + smtp.host + ':' + std::to_string(smtp.port);
    if (type == SenderType::Webhook) who += ' ' + url;
    return checksum(who, 0) >> 4;  // It travels as an integer of a document.
}

Result<SendersByChannel> read_senders(DocView settings) {
    if (!settings.is_object()) return Error::invalid("senders: need an object");
    SendersByChannel all;
    for (const DocField& field : settings.fields()) {
        const std::string channel(field.key);
        if (!is_file_name(channel)) {
            return Error::invalid("senders: " + channel +
                                  ": need a channel of lower-case letters, digits, - and _");
        }
        if (!field.value.is_object()) {
            return Error::invalid("senders: " + channel + ": need an object with a type");
        }
        TL_TRY_ASSIGN(SenderSettings one, read_one(channel, field.value));
        all.insert_or_assign(channel, std::move(one));
    }
    if (all.size() > kChannelsMax) return Error::invalid("senders: at most 20 channels");
    return all;
}

std::string with_kept_secrets(DocView settings, DocView before) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const DocField& channel : settings.fields()) {
        out.key(channel.key);
        if (!channel.value.is_object()) {
            out.copy(channel.value);
            continue;
        }
        const size_t sender = out.open_object();
        for (const DocField& field : channel.value.fields()) {
            if (field.key.ends_with("_set")) continue;  // As show_senders() wrote it.
            out.key(field.key);
            out.copy(field.value);
        }
        const DocView standing = before.find(channel.key);
        for (const std::string_view secret : kSecrets) {
            const bool is_kept = channel.value.find(secret).is_missing() &&
                                 standing.find(secret).is_string() &&
                                 goes_to_the_same(channel.value, standing);
            if (!is_kept) continue;
            out.key(secret);
            out.copy(standing.find(secret));
        }
        out.close(sender);
    }
    out.close(mark);
    return doc;
}

void show_senders(DocWriter& out, DocView settings) {
    const size_t mark = out.open_object();
    for (const DocField& channel : settings.fields()) {
        out.key(channel.key);
        const size_t sender = out.open_object();
        for (const DocField& field : channel.value.fields()) {
            if (is_secret(field.key)) {
                out.key(std::string(field.key) + "_set");
                out.boolean(field.value.is_string() && !field.value.as_string().empty());
            } else {
                out.key(field.key);
                out.copy(field.value);
            }
        }
        out.close(sender);
    }
    out.close(mark);
}

Result<std::vector<std::unique_ptr<channel::Sender>>> make_senders(const SenderSettings& settings,
                                                                   store::Files& files,
                                                                   const std::string& file,
                                                                   const Clock& clock) {
    std::vector<std::unique_ptr<channel::Sender>> senders;
    if (settings.type == SenderType::File) {
        TL_TRY(store::make_directories(files, store::parent_path(file)));
        TL_TRY_ASSIGN(auto one, channel::FileSender::open(files, file, clock));
        senders.push_back(std::move(one));
        return senders;
    }
    for (size_t i = 0; i < settings.connections; ++i) {
        if (settings.type == SenderType::Smtp) {
            TL_TRY_ASSIGN(auto one, channel::SmtpSender::make(settings.smtp, clock));
            senders.push_back(std::move(one));
        } else {
            TL_TRY_ASSIGN(auto one, channel::WebhookSender::make(settings.webhook, clock));
            senders.push_back(std::move(one));
        }
    }
    return senders;
}

}  // namespace throughline::engine
