// What the pages say that people reach from a message, in their languages.
//
// Layer 7. Pure.
#pragma once

#include <string>
#include <string_view>

namespace throughline::server {

/// `{}` stands for the name of a topic or purpose.
struct PublicTexts {
    std::string_view locale;
    std::string_view title;
    std::string_view question;    // Over the buttons.
    std::string_view stop_topic;  // A button,
    std::string_view stop_all;    // and the other one.
    std::string_view done;
    std::string_view is_mistake;  // Over the button of the undo.
    std::string_view undo;
    std::string_view undone;
    std::string_view gone_title;
    std::string_view gone;
    std::string_view later;
};

/// Those for a trait such as `tr-TR`; else for what a browser accepts; else English.
const PublicTexts& public_texts(std::string_view locale, std::string_view accepted);

/// A whole page. `content`: HTML.
std::string public_page(const PublicTexts& texts, std::string_view title, std::string_view content);

/// A text with `{}` replaced by `name`, escaped.
std::string filled_in(std::string_view text, std::string_view name);

}  // namespace throughline::server
