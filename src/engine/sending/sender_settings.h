// Who carries the messages of each channel: settings/senders.
//
//   {"email":   {"type":"smtp","host":"smtp.example.org","port":587,"tls":"required","user":"shop",
//                "password":"…","connections":4,"messages_per_second":50,"burst":10},
//    "webhook": {"type":"webhook","secret":"whsec_…","heeds_key":true},
//    "sms":     {"type":"webhook","url":"https://gateway.example/sms","secret":"whsec_…"}}
//
// `file` carries any channel: a line of JSON a message, in outbox/<channel>.jsonl of the data
// directory. A channel that is not named has nobody, and its messages are refused (`no_sender`).
//
// Secrets are written and never shown: show_senders() says only that there is one, and a definition
// without one keeps the one that stands, as long as it goes to the same place.
//
// Layer 6. Pure but for make_senders().
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channel/lane.h"
#include "channel/webhook_sender.h"
#include "model/doc.h"
#include "net/smtp_client.h"
#include "store/files.h"

namespace throughline::engine {

inline constexpr int64_t kConnectionsMax = 32;  // Of one sender.

enum class SenderType : uint8_t { File, Smtp, Webhook };
/// `file`, `smtp`, `webhook`.
std::string_view sender_type_name(SenderType type);

struct SenderSettings {
    SenderType type = SenderType::File;
    size_t connections = 1;
    channel::LaneOptions lane = {};
    net::SmtpOptions smtp = {};            // Of Smtp.
    channel::WebhookOptions webhook = {};  // Of Webhook,
    std::string url;                       // where it goes; empty: where each message says.

    /// Who it is, as far as knowing a key again goes: the same number, the same receiver.
    uint64_t provider() const;
    /// Whether a message may be made again by its key.
    bool repeats_by_key() const { return type == SenderType::Webhook && webhook.heeds_key; }
};

using SendersByChannel = std::map<std::string, SenderSettings, std::less<>>;

/// Errors: InvalidArgument naming the field.
Result<SendersByChannel> read_senders(model::DocView settings);

/// The settings with the secrets of `before` where they name none, packed.
std::string with_kept_secrets(model::DocView settings, model::DocView before);

/// Writes the settings for people: `password_set` and `secret_set` in the place of secrets.
void show_senders(model::DocWriter& out, model::DocView settings);

/// Opens as many as connections are asked for. `files` and `clock` outlive them.
/// Errors: of the options, and of the disk.
Result<std::vector<std::unique_ptr<channel::Sender>>> make_senders(const SenderSettings& settings,
                                                                   store::Files& files,
                                                                   const std::string& file,
                                                                   const Clock& clock);

}  // namespace throughline::engine
