// One kept connection to an SMTP server, over libcurl: a message in, how far it came out.
//
// What matters after a failure is whether the server can have taken the message. It can only once
// the line with the dot that ends the data has left; libcurl asks for more data until it is told
// that there is none, and sends that line then. So `End` means from that moment on, and a failure
// at an earlier step is one of a message that surely was not taken.
//
// The connection stays for the next message; where the server has closed it meanwhile (or says 421
// before anything is sent), the message is tried once more over a new one. A refused message costs
// the connection: libcurl closes it.
//
// Layer 1. SmtpClient: used by one thread at a time. Cost: 4 round trips a message, about 90 us of
// CPU for 4 kB; a new connection adds 2 round trips, more with TLS and login.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace throughline::net {

enum class SmtpTls : unsigned char {
    None,      // Never.
    Optional,  // STARTTLS if the server offers it. Whoever sits between can take the offer away.
    Required,  // STARTTLS, or nothing is sent.
    Implicit,  // TLS from the first byte (port 465).
};

struct SmtpOptions {
    std::string host;
    uint16_t port = 587;
    SmtpTls tls = SmtpTls::Required;
    bool verifies_peer = true;          // False only by a person's explicit wish.
    std::string authorities_path = {};  // PEM; empty: the system's.
    std::string user = {};              // Empty: no login.
    std::string password = {};
    std::string hello = {};  // Our name in EHLO; empty: the machine's.
    Micros connect_timeout = 10 * kSecond;
    Micros answer_timeout = 60 * kSecond;  // For one answer, and for the end of the data: whoever
                                           // is impatient there makes uncertain messages.
    Micros timeout = 300 * kSecond;        // For the whole of one message.
    const std::atomic<bool>* is_cancelled = nullptr;  // Once true, a message ends within a second
                                                      // or so, unanswered. Outlives the client.
};

enum class SmtpStep : unsigned char {
    Connect,    // No byte of the server has come.
    Session,    // Greeting, EHLO, STARTTLS, AUTH: nothing of the message is known to it.
    Sender,     // MAIL FROM.
    Recipient,  // RCPT TO.
    Data,       // DATA, and the message while it is being sent.
    End,        // The end of the data is sent.
};

struct SmtpResult {
    bool is_accepted = false;
    SmtpStep step = SmtpStep::Connect;  // The last one begun.
    int code = 0;                       // Of the answer to it; 0: none came.
    std::string text;  // Of that answer, at most 300 bytes, or what failed. May hold addresses.
};

class SmtpClient {
public:
    /// Connects at the first message.
    ///
    /// Errors: InvalidArgument for a host that is none, time-outs that are not positive, or a login
    /// that could go out unencrypted (only a loopback host may have that).
    static Result<SmtpClient> make(SmtpOptions options);
    SmtpClient(SmtpClient&&) noexcept;
    SmtpClient& operator=(SmtpClient&&) noexcept;
    ~SmtpClient();

    /// Sends one message with lines that end with CRLF; dots are doubled here.
    /// Requires: addresses without blanks, control characters, < and >.
    SmtpResult send(const std::string& from, const std::string& to, std::string_view message);

private:
    struct Parts;
    explicit SmtpClient(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace throughline::net
