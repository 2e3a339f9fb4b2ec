#include "channel/tracking.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "net/http.h"

namespace throughline::channel {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";
constexpr size_t kEntityMax = 12;  // Bytes of those that are looked for, as &#x0010ffff;

bool is_blank(char c) {
    return kBlanks.find(c) != kBlanks.npos;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool begins_with(std::string_view text, std::string_view word) {
    return net::equals_ignoring_case(text.substr(0, word.size()), word);
}

/// Where a word begins in `text` at or after `from`, whatever its case; the end if nowhere.
size_t find_word(std::string_view text, std::string_view word, size_t from) {
    for (; from < text.size(); ++from) {
        from = std::min(text.find(word[0], from), text.size());
        if (begins_with(text.substr(from), word)) return from;
    }
    return text.size();
}

std::optional<char32_t> character_of(std::string_view name) {
    if (name == "amp") return U'&';
    if (name == "lt") return U'<';
    if (name == "gt") return U'>';
    if (name == "quot") return U'"';
    if (name == "apos") return U'\'';
    if (!name.starts_with('#') || name.size() < 2) return {};
    name.remove_prefix(1);
    const bool is_hex = name[0] == 'x' || name[0] == 'X';
    if (is_hex) name.remove_prefix(1);
    uint32_t number = 0;
    const auto end =
        std::from_chars(name.data(), name.data() + name.size(), number, is_hex ? 16 : 10);
    const bool is_scalar = number > 0 && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
    if (end.ec != std::errc{} || end.ptr != name.data() + name.size() || !is_scalar) return {};
    return number;
}

/// The value of an attribute, as it is meant. Entities with other names stay as they are written.
std::string resolved(std::string_view value) {
    std::string text;
    while (!value.empty()) {
        const size_t start = std::min(value.find('&'), value.size());
        text += value.substr(0, start);
        value.remove_prefix(start);
        const size_t end = value.substr(0, kEntityMax).find(';');
        const auto character =
            end == value.npos || end == 0 ? std::nullopt : character_of(value.substr(1, end - 1));
        if (character) {
            append_utf8(text, *character);
            value.remove_prefix(end + 1);
        } else if (!value.empty()) {
            text += value[0];
            value.remove_prefix(1);
        }
    }
    return text;
}

/// As browsers send it: letters outside ASCII behind the host are percent-encoded.
std::string as_sent(std::string_view address) {
    const size_t scheme = address.find("://");
    const size_t host_end =
        scheme == address.npos ? address.npos : address.find_first_of("/?#", scheme + 3);
    if (host_end == address.npos) return std::string(address);
    std::string sent(address.substr(0, host_end));
    for (const char c : address.substr(host_end)) {
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && c != ' ') {
            sent += c;
            continue;
        }
        sent += '%';
        sent += kDigits[byte >> 4];
        sent += kDigits[byte & 15];
    }
    return sent;
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(kBlanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

/// One pass over the HTML: `at_` is where it reads, all before `kept_` is in `out_`.
class Pass {
public:
    Pass(std::string_view html, const LinkReplacement& replace) : html_(html), replace_(replace) {}

    std::string run() {
        while ((at_ = html_.find('<', at_)) != html_.npos) {
            if (html_.substr(at_).starts_with("<!--")) {
                skip_behind("-->", 4);
            } else if (at_ + 1 < html_.size() && is_letter(html_[at_ + 1])) {
                tag();
            } else {
                ++at_;
            }
        }
        out_ += html_.substr(kept_);
        return std::move(out_);
    }

private:
    void skip_behind(std::string_view word, size_t head) {
        const size_t found = find_word(html_, word, std::min(at_ + head, html_.size()));
        at_ = std::min(found + word.size(), html_.size());
    }

    void tag() {
        const size_t start = ++at_;
        while (at_ < html_.size() && !is_blank(html_[at_]) && html_[at_] != '>' &&
               html_[at_] != '/') {
            ++at_;
        }
        const std::string_view name = html_.substr(start, at_ - start);
        const bool has_link =
            net::equals_ignoring_case(name, "a") || net::equals_ignoring_case(name, "area");
        while (attribute(has_link)) {
        }
        if (net::equals_ignoring_case(name, "style")) skip_behind("</style", 0);
        if (net::equals_ignoring_case(name, "script")) skip_behind("</script", 0);
    }

    void skip_blanks() {
        while (at_ < html_.size() && (is_blank(html_[at_]) || html_[at_] == '/')) ++at_;
    }

    /// Reads an attribute; false at the end of the tag.
    bool attribute(bool has_link) {
        skip_blanks();
        if (at_ >= html_.size()) return false;
        if (html_[at_] == '>') {
            ++at_;
            return false;
        }
        const size_t start = at_;
        ++at_;  // A name may begin with whatever stands here.
        while (at_ < html_.size() && !is_blank(html_[at_]) &&
               std::string_view("=>/").find(html_[at_]) == std::string_view::npos) {
            ++at_;
        }
        const std::string_view name = html_.substr(start, at_ - start);
        const size_t behind_name = at_;
        while (at_ < html_.size() && is_blank(html_[at_])) ++at_;
        if (at_ >= html_.size() || html_[at_] != '=') {
            at_ = behind_name;
            return true;
        }
        ++at_;
        while (at_ < html_.size() && is_blank(html_[at_])) ++at_;
        value(has_link && net::equals_ignoring_case(name, "href"));
        return true;
    }

    void value(bool is_link) {
        if (at_ >= html_.size() || html_[at_] == '>') return;
        const char quote = html_[at_];
        const bool is_quoted = quote == '"' || quote == '\'';
        const size_t start = at_;
        if (is_quoted) {
            const size_t end = html_.find(quote, at_ + 1);
            if (end == html_.npos) {  // Nothing follows that a browser would show.
                at_ = html_.size();
                return;
            }
            at_ = end + 1;
        } else {
            while (at_ < html_.size() && !is_blank(html_[at_]) && html_[at_] != '>') ++at_;
        }
        if (!is_link) return;
        const size_t inset = is_quoted ? 1 : 0;
        put_link(start, html_.substr(start + inset, at_ - start - 2 * inset));
    }

    void put_link(size_t start, std::string_view written) {
        const std::string address = resolved(written);
        const std::string_view meant = trimmed(address);
        if (!begins_with(meant, "http://") && !begins_with(meant, "https://")) return;
        const auto replacement = replace_(as_sent(meant));
        if (!replacement) return;
        out_ += html_.substr(kept_, start - kept_);
        out_ += '"';
        out_ += *replacement;
        out_ += '"';
        kept_ = at_;
    }

    std::string_view html_;
    const LinkReplacement& replace_;
    std::string out_;
    size_t at_ = 0;
    size_t kept_ = 0;
};

}  // namespace

std::string replace_links(std::string_view html, const LinkReplacement& replace) {
    return Pass(html, replace).run();
}

std::string with_pixel(std::string_view html, std::string_view address) {
    // The last end of a body: an earlier one may stand in a comment.
    size_t end = html.size();
    for (size_t at = find_word(html, "</body", 0); at < html.size();
         at = find_word(html, "</body", at + 1)) {
        end = at;
    }
    std::string out(html.substr(0, end));
    out += "<img src=\"";
    out += address;
    out += "\" width=\"1\" height=\"1\" alt=\"\">";
    out += html.substr(end);
    return out;
}

}  // namespace throughline::channel
