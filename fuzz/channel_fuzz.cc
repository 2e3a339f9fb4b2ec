// Tokens of links, one-click bodies, links of HTML, definitions of templates, and e-mails put
// together from values of anybody.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "channel/link.h"
#include "channel/message_template.h"
#include "channel/mime.h"
#include "channel/tracking.h"
#include "model/json.h"

using namespace throughline;
using namespace throughline::channel;

namespace {

void read_link(std::string_view text) {
    constexpr std::string_view kSecret = "a secret of the installation";
    // What is read was signed, so making it again gives it again.
    if (const auto link = read_token(kSecret, text)) {
        TL_ASSERT(read_token(kSecret, make_token(kSecret, *link)).value() == *link);
    }
}

// Replacing each link by what stood there gives HTML in which the same links are found.
void replace_twice(std::string_view html) {
    const auto replace = [](std::string_view address) -> std::optional<std::string> {
        if (address.find_first_of("\"&") != address.npos) return {};
        return std::string(address);
    };
    const std::string once = replace_links(html, replace);
    TL_ASSERT(replace_links(once, replace) == once);
    TL_ASSERT(with_pixel(html, "https://o/").size() > html.size());
}

// A definition is told to be wrong, or can be rendered.
void read_template(std::string_view json) {
    const auto doc = model::doc_from_json(json);
    if (!doc) return;
    const auto checked = MessageTemplate::check(model::DocView(*doc));
    TL_ASSERT((checked.message == nullptr) == !checked.problems.empty());
    if (checked.message == nullptr) return;
    tmpl::Arena arena;
    const auto locale = checked.message->choose_locale("tr");
    const tmpl::Variable variables[] = {{"person", model::DocView(*doc)}};
    tmpl::RenderInput input{.variables = variables};
    input.limits = {.steps = 10'000, .output_bytes = 1 << 20, .memory_bytes = 1 << 20};
    const auto parts = checked.message->render(locale, input, arena);
    if (parts) TL_ASSERT(parts->subject.find('\n') == std::string::npos);
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
    replace_twice(text);
    read_template(text);
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
