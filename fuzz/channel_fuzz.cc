// Tokens of links, one-click bodies, and e-mails put together from values of anybody.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "channel/link.h"
#include "channel/mime.h"

using namespace throughline;
using namespace throughline::channel;

namespace {

void read_link(std::string_view text) {
    static const Links links =
        Links::make("https://news.shop.example/l/", "a secret of the installation").value();
    if (const auto link = links.read(text)) {
        // What is read was signed, so making it again gives it again.
        const auto again = link->kind == LinkKind::Click ? links.click(link->key, link->target)
                                                         : links.unsubscribe(link->key);
        TL_ASSERT(again.is_ok());
    }
}

// One line of headers each, and each of those we write ourselves.
void check_headers(std::string_view mail) {
    size_t count = 0;
    for (std::string_view head = mail.substr(0, mail.find("\r\n\r\n") + 2); !head.empty();) {
        const size_t end = head.find("\r\n");
        TL_ASSERT(end != head.npos);
        const std::string_view line = head.substr(0, end);
        TL_ASSERT(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos);
        if (!line.starts_with(' ')) ++count;
        head.remove_prefix(end + 2);
    }
    TL_ASSERT(count >= 7 && count <= 11);
}

std::string_view take_line(std::string_view& text) {
    const size_t end = std::min(text.find('|'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    read_link(text);
    std::string_view rest = text;
    const std::string_view content_type = take_line(rest);
    if (is_one_click(content_type, rest)) TL_ASSERT(rest.find("One-Click") != rest.npos);

    Message message{.key = {1, 2}, .to = std::string(take_line(text))};
    const auto value = [&] { return std::string(take_line(text)); };
    const Email email{.from = value(),
                      .from_name = value(),
                      .reply_to = value(),
                      .subject = value(),
                      .text = value(),
                      .html = value(),
                      .unsubscribe = value()};
    if (const auto mail = compose(message, email, 0)) check_headers(*mail);
    return 0;
}
