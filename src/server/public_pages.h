// What people reach from a message, without a login: the page to unsubscribe at, the links that
// lead on, the picture that tells of opening.
//
//   /u/<token>      GET: a page with buttons, nothing else; POST: unsubscribes (RFC 8058), undoes
//   /c/<token>      302 to the address that was signed, and the event `Email Link Clicked`
//   /o/<token>.gif  a picture of one pixel, and the event `Email Opened`
//
// Only what we signed does anything; anything else gets one friendly page, whatever is wrong with
// it, before it costs more than a hash. No page tells who was written to. What a person says here
// is a statement of hers, kept at the identity that was written to, with the message as evidence.
// HEAD, and what a browser fetches ahead, are no clicks; the same click within a minute is one.
//
// Layer 7. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "channel/link.h"
#include "engine/person.h"
#include "net/http.h"
#include "privacy/statement.h"
#include "server/app.h"

namespace throughline::server {

struct PublicTexts;

class PublicPages {
public:
    explicit PublicPages(App& app);

    /// Whether a path is one of these.
    static bool takes(std::string_view path);

    /// The link that a request came by; nothing: not one of ours, or none of its path.
    std::optional<channel::Link> link_of(const net::HttpRequest& request) const;

    /// Answers, waiting for the engine where something is to be kept.
    net::HttpResponse answer(const net::HttpRequest& request, const channel::Link& link) const;
    /// Answers what is no link of ours.
    net::HttpResponse answer_stranger(const net::HttpRequest& request) const;
    /// Answers when there is no time to look anything up: links lead on, pages ask to come back.
    net::HttpResponse answer_busy(const net::HttpRequest& request, const channel::Link& link) const;

private:
    struct Choice;

    net::HttpResponse unsubscribe(const net::HttpRequest& request, const channel::Link& link) const;
    Result<Choice> choice_of(const net::HttpRequest& request, const channel::Link& link) const;
    Result<std::string> take_back(const channel::Link& link, const Choice& choice) const;
    Status say(const engine::View& view, const engine::Person& person, const channel::Link& link,
               const privacy::Statement& statement) const;
    std::string event_doc(const net::HttpRequest& request, const channel::Link& link,
                          const model::IdentifierView& identifier, std::string_view space) const;
    void note(const net::HttpRequest& request, const channel::Link& link) const;

    App& app_;
    std::string secret_;  // Of the links.
};

}  // namespace throughline::server
