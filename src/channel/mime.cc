#include "channel/mime.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/json_text.h"
#include "net/url.h"

namespace throughline::channel {

namespace {

constexpr size_t kLineMax = 76;         // RFC 2045 6.7 and RFC 2047 2: both say 76.
constexpr size_t kEncodedWordMax = 75;  // RFC 2047 2.
constexpr char kHexDigits[] = "0123456789ABCDEF";

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

void append_escaped(std::string& out, char c) {
    out += '=';
    out += kHexDigits[static_cast<unsigned char>(c) >> 4];
    out += kHexDigits[static_cast<unsigned char>(c) & 15];
}

// ---- Encoded words --------------------------------------------------------------------------

/// What may stand for itself in the Q encoding wherever it is used (RFC 2047 5, rule 3).
bool is_plain_in_word(char c) {
    return is_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

std::string q_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ') {
            out += '_';
        } else if (is_plain_in_word(c)) {
            out += c;
        } else {
            append_escaped(out, c);
        }
    }
    return out;
}

size_t column_of(std::string_view out) {
    const size_t line = out.rfind('\n');
    return line == out.npos ? out.size() : out.size() - line - 1;
}

/// Appends UTF-8 as encoded words, each of whole characters, on lines of at most kLineMax.
void append_encoded_words(std::string& out, std::string_view text) {
    // Q costs three for each byte that is not plain, B four for three of any.
    const auto escaped =
        std::ranges::count_if(text, [](char c) { return c != ' ' && !is_plain_in_word(c); });
    const bool is_q = static_cast<size_t>(escaped) * 6 <= text.size();
    const std::string_view start = is_q ? "=?UTF-8?Q?" : "=?UTF-8?B?";
    const auto encoded = [is_q](std::string_view part) {
        return is_q ? q_encoded(part) : encode_base64(part);
    };

    while (!text.empty()) {
        const size_t room = std::min(kEncodedWordMax, kLineMax - column_of(out)) - start.size() - 2;
        size_t taken = 0;
        while (taken < text.size()) {
            const size_t next = taken + utf8_character_size(text.substr(taken));
            if (encoded(text.substr(0, next)).size() > room) break;
            taken = next;
        }
        TL_ASSERT(taken > 0);
        out += start;
        out += encoded(text.substr(0, taken));
        out += "?=";
        text.remove_prefix(taken);
        if (!text.empty()) out += "\r\n ";
    }
}

// ---- Headers --------------------------------------------------------------------------------

/// `From: "Ana, of the shop" <ana@shop.example>`.
void append_address_header(std::string& out, std::string_view name, std::string_view shown,
                           std::string_view address) {
    out += name;
    out += ": ";
    if (!shown.empty()) {
        if (is_printable_ascii(shown) && shown.size() <= kLineMax - 20) {
            out += '"';
            for (const char c : shown) {
                if (c == '"' || c == '\\') out += '\\';
                out += c;
            }
            out += '"';
        } else {
            append_encoded_words(out, shown);
        }
        out += column_of(out) + address.size() + 3 > kLineMax ? "\r\n " : " ";
    }
    out += '<';
    out += address;
    out += ">\r\n";
}

void append_date(std::string& out, Micros now) {
    static constexpr std::array<const char*, 7> kDays{"Thu", "Fri", "Sat", "Sun",
                                                      "Mon", "Tue", "Wed"};  // 1970-01-01 first.
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const int64_t day = floor_div(now, kDay);
    const CivilDate date = civil_from_days(day);
    const auto weekday = static_cast<size_t>(day - floor_div(day, 7) * 7);
    out += std::string("Date: ") + kDays[weekday] + ", " + std::to_string(date.day) + ' ' +
           kMonths[date.month - 1] + ' ' + std::to_string(date.year) + ' ';
    out += format_instant(now).substr(11, 8);  // 2026-01-31T09:15:00.123Z
    out += " +0000\r\n";
}

void append_part(std::string& out, std::string_view type, std::string_view body) {
    out += "Content-Type: ";
    out += type;
    out += "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    append_quoted_printable(out, body);
    out += "\r\n";
}

// ---- Checks ---------------------------------------------------------------------------------

Status check_line(std::string_view field, std::string_view value, size_t size_max) {
    const std::string start = "email: " + std::string(field) + ": ";
    if (value.size() > size_max) {
        return Error::invalid(start + "longer than " + std::to_string(size_max) + " bytes");
    }
    if (has_control(value)) {
        return Error::invalid(start + "holds a line break or control character");
    }
    if (!is_utf8(value)) return Error::invalid(start + "is not UTF-8");
    return {};
}

Status check_address(std::string_view field, std::string_view value) {
    if (is_mail_address(value)) return {};
    return Error::invalid("email: " + std::string(field) + ": is not an address");
}

Status check_unsubscribe(std::string_view link) {
    const bool is_plain = std::ranges::none_of(
        link, [](char c) { return c <= ' ' || c >= 0x7f || c == '<' || c == '>'; });
    if (is_plain && link.starts_with("https://") && net::parse_url(link)) return {};
    return Error::invalid("email: unsubscribe: is not an https URL");
}

Status check_body(std::string_view field, std::string_view text) {
    if (text.find('\0') != text.npos || !is_utf8(text)) {
        return Error::invalid("email: " + std::string(field) + ": is not UTF-8, or holds a NUL");
    }
    return {};
}

Status check(const Message& message, const Email& email) {
    TL_TRY(check_address("to", message.to));
    TL_TRY(check_address("from", email.from));
    if (!email.reply_to.empty()) TL_TRY(check_address("reply_to", email.reply_to));
    TL_TRY(check_line("from_name", email.from_name, kNameMax));
    TL_TRY(check_line("subject", email.subject, kSubjectMax));
    if (email.unsubscribe.size() > kUnsubscribeMax) {
        return Error::invalid("email: unsubscribe: longer than " + std::to_string(kUnsubscribeMax) +
                              " bytes");
    }
    if (!email.unsubscribe.empty()) TL_TRY(check_unsubscribe(email.unsubscribe));
    if (email.text.empty() && email.html.empty()) {
        return Error::invalid("email: text: neither text nor HTML");
    }
    if (email.text.size() + email.html.size() > kBodyMax) {
        return Error::exhausted("email: text: text and HTML are longer than " +
                                std::to_string(kBodyMax) + " bytes");
    }
    TL_TRY(check_body("text", email.text));
    return check_body("html", email.html);
}

void append_headers(std::string& out, const Message& message, const Email& email, Micros now) {
    append_date(out, now);
    append_address_header(out, "From", email.from_name, email.from);
    if (!email.reply_to.empty()) append_address_header(out, "Reply-To", "", email.reply_to);
    append_address_header(out, "To", "", message.to);
    append_text_header(out, "Subject", email.subject);
    out += "Message-ID: <" + key_text(message.key) + email.from.substr(email.from.rfind('@'));
    out += ">\r\n";
    if (!email.unsubscribe.empty()) {
        out += "List-Unsubscribe: <" + email.unsubscribe + ">\r\n";
        out += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    }
    out += "MIME-Version: 1.0\r\n";
}

}  // namespace

bool is_display_name(std::string_view text) {
    return !text.empty() && check_line("name", text, kNameMax).is_ok();
}

bool is_mail_address(std::string_view text) {
    static constexpr std::string_view kAtomMarks = "!#$%&'*+-/=?^_`{|}~.";
    const size_t at = text.rfind('@');
    if (at == text.npos || text.size() > 254) return false;  // RFC 5321 4.5.3.1.3, less < and >.
    const auto is_dotted = [](std::string_view part, size_t size_max) {
        return !part.empty() && part.size() <= size_max && part.front() != '.' &&
               part.back() != '.' && part.find("..") == part.npos;
    };
    const std::string_view local = text.substr(0, at);
    const std::string_view host = text.substr(at + 1);
    return is_dotted(local, 64) && is_dotted(host, 253) &&
           std::ranges::all_of(
               local,
               [](char c) { return is_alnum(c) || kAtomMarks.find(c) != kAtomMarks.npos; }) &&
           std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

void append_quoted_printable(std::string& out, std::string_view text) {
    // Room for the `=` of a soft break is always left.
    size_t column = 0;
    const auto make_room = [&](size_t size) {
        if (column + size < kLineMax) return;
        out += "=\r\n";
        column = 0;
    };
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') ++at;
            out += "\r\n";
            column = 0;
            continue;
        }
        const bool ends_line =
            at + 1 == text.size() || text[at + 1] == '\r' || text[at + 1] == '\n';
        const bool is_blank = c == ' ' || c == '\t';
        // A blank at the end of a line is lost on the way; a lone dot there ends a mail.
        const bool is_plain = is_blank ? !ends_line : c > ' ' && c < 0x7f && c != '=';
        make_room(is_plain ? 1 : 3);
        if (is_plain && !(c == '.' && column == 0)) {
            out += c;
            ++column;
        } else {
            append_escaped(out, c);
            column += 3;
        }
    }
}

void append_text_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    const bool is_plain = is_printable_ascii(value) && value.find("=?") == value.npos &&
                          name.size() + 2 + value.size() <= kLineMax && !value.starts_with(' ') &&
                          !value.ends_with(' ');
    if (is_plain) {
        out += value;
    } else {
        append_encoded_words(out, value);
    }
    out += "\r\n";
}

Result<std::string> compose(const Message& message, const Email& email, Micros now) {
    TL_TRY(check(message, email));
    std::string out;
    out.reserve(1'024 + (email.text.size() + email.html.size()) * 5 / 4);
    append_headers(out, message, email, now);
    if (email.html.empty()) {
        append_part(out, "text/plain", email.text);
        return out;
    }
    if (email.text.empty()) {
        append_part(out, "text/html", email.html);
        return out;
    }
    const std::string boundary = "=_" + key_text(message.key);
    out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n";
    for (const auto& [type, body] : {std::pair("text/plain", std::string_view(email.text)),
                                     std::pair("text/html", std::string_view(email.html))}) {
        out += "--" + boundary + "\r\n";
        append_part(out, type, body);
    }
    out += "--" + boundary + "--\r\n";
    return out;
}

}  // namespace throughline::channel
