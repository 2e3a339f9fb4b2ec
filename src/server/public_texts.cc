#include "server/public_texts.h"

#include "template/variants.h"

namespace throughline::server {

namespace {

constexpr PublicTexts kTexts[] = {
    {.locale = "en",
     .title = "Unsubscribe",
     .question = "What would you like to stop receiving?",
     .stop_topic = "No more of “{}”",
     .stop_all = "Nothing of “{}” at all",
     .done = "Done. You will get no more of “{}”.",
     .is_mistake = "Was that a mistake?",
     .undo = "Undo it",
     .undone = "Undone. You will get “{}” as before.",
     .gone_title = "This link leads nowhere",
     .gone = "It may be incomplete or too old. Please take the link from the message itself.",
     .later = "That did not work just now. Nothing has changed; please try again in a moment."},
    {.locale = "tr",
     .title = "Abonelikten çık",
     .question = "Neyi artık almak istemiyorsunuz?",
     .stop_topic = "Artık “{}” istemiyorum",
     .stop_all = "“{}” kapsamında hiçbir şey istemiyorum",
     .done = "Tamam. Artık “{}” almayacaksınız.",
     .is_mistake = "Yanlışlıkla mı oldu?",
     .undo = "Geri al",
     .undone = "Geri alındı. “{}” eskisi gibi gelecek.",
     .gone_title = "Bu bağlantı bir yere gitmiyor",
     .gone = "Eksik ya da çok eski olabilir. Lütfen iletideki bağlantıyı kullanın.",
     .later = "Şu anda olmadı. Hiçbir şey değişmedi; lütfen birazdan yeniden deneyin."},
    {.locale = "ro",
     .title = "Dezabonare",
     .question = "Ce nu mai doriți să primiți?",
     .stop_topic = "Nu mai doresc „{}”",
     .stop_all = "Nu mai doresc nimic din „{}”",
     .done = "Gata. Nu veți mai primi „{}”.",
     .is_mistake = "A fost o greșeală?",
     .undo = "Anulați",
     .undone = "Anulat. Veți primi „{}” ca înainte.",
     .gone_title = "Acest link nu duce nicăieri",
     .gone = "Poate fi incomplet sau prea vechi. Vă rugăm să folosiți linkul din mesaj.",
     .later = "Acum nu a mers. Nimic nu s-a schimbat; încercați din nou peste puțin timp."},
};

const PublicTexts* texts_of(std::string_view language) {
    const std::string normal = tmpl::normal_locale(language);
    for (std::string_view at = normal; !at.empty(); at = tmpl::wider_locale(at)) {
        for (const PublicTexts& texts : kTexts) {
            if (texts.locale == at) return &texts;
        }
    }
    return nullptr;
}

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:32rem;padding:3rem 1rem}"
    "h1{font-size:1.4rem}"
    "button{font:inherit;display:block;width:100%;margin:.75rem 0;padding:.75rem 1rem;"
    "border:1px solid;border-radius:.4rem;background:transparent;color:inherit;cursor:pointer}"
    "button:hover,button:focus-visible{outline:2px solid;outline-offset:2px}";

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
}

}  // namespace

const PublicTexts& public_texts(std::string_view locale, std::string_view accepted) {
    if (const PublicTexts* texts = texts_of(locale)) return *texts;
    while (!accepted.empty()) {  // `ro-RO,ro;q=0.9,en;q=0.8`: browsers send them in order.
        const std::string_view one = accepted.substr(0, accepted.find(','));
        accepted.remove_prefix(std::min(one.size() + 1, accepted.size()));
        const size_t first = one.find_first_not_of(' ');
        if (first == one.npos) continue;
        const std::string_view language = one.substr(first, one.find(';') - first);
        if (const PublicTexts* texts = texts_of(language)) return *texts;
    }
    return kTexts[0];
}

std::string filled_in(std::string_view text, std::string_view name) {
    const size_t place = text.find("{}");
    std::string out(text.substr(0, place));
    if (place == text.npos) return out;
    append_escaped(out, name);
    out += text.substr(place + 2);
    return out;
}

std::string public_page(const PublicTexts& texts, std::string_view title,
                        std::string_view content) {
    std::string page = "<!doctype html><html lang=\"" + std::string(texts.locale) +
                       "\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                       "<meta name=\"robots\" content=\"noindex\"><title>";
    page += title;
    page += "</title><style>";
    page += kStyle;
    page += "</style></head><body><main><h1>";
    page += title;
    page += "</h1>";
    page += content;
    page += "</main></body></html>\n";
    return page;
}

}  // namespace throughline::server
