#include "engine/link_settings.h"

#include "base/digest.h"

namespace throughline::engine {

using model::DocField;
using model::DocView;

namespace {

Result<bool> read_flag(DocView value, std::string_view name, bool usual) {
    const DocView flag = value.find(name);
    if (flag.is_missing() || flag.is_null()) return usual;
    if (flag.type() != model::DocType::Bool) {
        return Error::invalid("links: " + std::string(name) + ": need true or false");
    }
    return flag.as_bool();
}

// Mail programs follow no other link for unsubscribing (RFC 8058, 3.1).
bool is_for_mail(std::string_view url) {
    return url.starts_with("https://");
}

}  // namespace

Result<LinkSettings> LinkSettings::from_doc(DocView value) {
    for (const DocField& field : value.fields()) {
        if (field.key == "base_url" || field.key == "clicks" || field.key == "opens") continue;
        return Error::invalid("links: " + std::string(field.key) +
                              ": need base_url, clicks or opens");
    }
    LinkSettings settings;
    TL_TRY_ASSIGN(settings.clicks, read_flag(value, "clicks", settings.clicks));
    TL_TRY_ASSIGN(settings.opens, read_flag(value, "opens", settings.opens));
    const DocView base = value.find("base_url");
    if (base.is_missing() || base.is_null()) return settings;
    settings.base_url = base.as_string();
    if (!settings.base_url.ends_with('/')) settings.base_url += '/';
    if (!is_for_mail(settings.base_url) || !settings.links({})) {
        return Error::invalid(
            "links: base_url: need an https address of at most 200 bytes without a query, or null");
    }
    return settings;
}

LinkSettings LinkSettings::of(const Settings& settings) {
    LinkSettings links;
    const Definition* const own = settings.find("settings", "links");
    if (own != nullptr) {
        if (auto read = from_doc(DocView(own->value))) links = *std::move(read);
    }
    if (!links.base_url.empty()) return links;
    const Definition* const installation = settings.find("settings", "installation");
    if (installation == nullptr) return links;
    const std::string_view own_url = DocView(installation->value).find("public_url").as_string();
    if (is_for_mail(own_url)) links.base_url = own_url;
    if (!links.base_url.empty() && !links.base_url.ends_with('/')) links.base_url += '/';
    return links;
}

std::optional<channel::Links> LinkSettings::links(const SecretKey& secret) const {
    if (base_url.empty()) return {};
    auto links = channel::Links::make(base_url, link_secret(secret));
    if (!links) return {};
    return *std::move(links);
}

std::string link_secret(const SecretKey& secret) {
    const std::string_view key(reinterpret_cast<const char*>(secret.data()), secret.size());
    const auto digest = hmac_sha256("throughline secret of links", key);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace throughline::engine
