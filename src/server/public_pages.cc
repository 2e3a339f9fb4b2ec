#include "server/public_pages.h"

#include <algorithm>
#include <charconv>
#include <climits>

#include "base/json_text.h"
#include "base/log.h"
#include "channel/sender.h"
#include "engine/consents.h"
#include "engine/link_settings.h"
#include "engine/message_values.h"
#include "ingest/event_encoder.h"
#include "ingest/pixel.h"
#include "model/consequence.h"
#include "net/url.h"
#include "privacy/reading.h"
#include "server/public_texts.h"

namespace throughline::server {

using channel::Link;
using channel::LinkKind;
using engine::Person;
using engine::View;
using model::DocWriter;
using net::HttpRequest;
using net::HttpResponse;
using privacy::Statement;
using privacy::Subject;

namespace {

constexpr Micros kUndoFor = kHour;
constexpr Micros kOneClick = kMinute;  // The same again within it counts once.
constexpr size_t kAgentBytesMax = 300;

// Nothing is loaded and nothing runs; forms go to where they came from.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'";

HttpResponse page_response(int status, std::string page) {
    HttpResponse response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::move(page);
    response.headers = {{"Content-Security-Policy", std::string(kPagePolicy)},
                        {"Referrer-Policy", "no-referrer"},
                        {"X-Content-Type-Options", "nosniff"},
                        {"X-Robots-Tag", "noindex"},
                        {"Cache-Control", "no-store"}};
    return response;
}

HttpResponse pixel_response() {
    HttpResponse response;
    response.content_type = "image/gif";
    response.body = ingest::pixel_gif();
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

// To an address that we signed: it was an http or https URL in plain ASCII.
HttpResponse redirect_response(const std::string& target) {
    HttpResponse response = HttpResponse::empty(302);
    response.headers = {{"Location", target},
                        {"Cache-Control", "no-store"},
                        {"Referrer-Policy", "no-referrer"},
                        {"X-Robots-Tag", "noindex"}};
    return response;
}

// Where a click or an open leads.
HttpResponse lead_on(const Link& link) {
    return link.kind == LinkKind::Click ? redirect_response(link.target) : pixel_response();
}

bool is_page(const Link& link) {
    return link.kind == LinkKind::Unsubscribe || link.kind == LinkKind::Undo;
}

std::string_view accepted(const HttpRequest& request) {
    return request.header("Accept-Language").value_or("");
}

std::string paragraph(std::string_view html) {
    return "<p>" + std::string(html) + "</p>";
}

std::string button(std::string_view action, std::string_view label) {
    return "<button name=\"action\" value=\"" + std::string(action) + "\">" + std::string(label) +
           "</button>";
}

/// Whether a browser only fetches ahead of what somebody may do.
bool is_ahead(const HttpRequest& request) {
    for (const std::string_view name : {"Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"}) {
        const std::string_view value = request.header(name).value_or("");
        if (value.find("prefetch") != value.npos || value.find("prerender") != value.npos ||
            value.find("preview") != value.npos) {
            return true;
        }
    }
    return request.method() != net::Method::Get;
}

/// What a topic or purpose is called.
std::string name_of(const engine::Settings& settings, Subject subject, const std::string& key) {
    const auto* definition = settings.find(subject == Subject::Topic ? "topics" : "purposes", key);
    if (definition == nullptr) return key;
    const std::string_view name = model::DocView(definition->value).find("name").as_string();
    return name.empty() ? key : std::string(name);
}

/// The identities of a person, strongest first.
std::vector<const engine::PersonIdentity*> by_strength(const View& view, const Person& person) {
    const auto priority = [&](const engine::PersonIdentity* identity) {
        const auto* space = view.settings->namespaces().find(identity->node.space);
        return space == nullptr ? INT_MAX : space->priority;
    };
    std::vector<const engine::PersonIdentity*> identities;
    for (const auto& identity : person.identities) identities.push_back(&identity);
    std::ranges::stable_sort(identities, {}, priority);
    return identities;
}

/// An identifier by which an event comes to this person and to nobody else; null: there is none.
const engine::PersonIdentity* reachable(const View& view, const Person& person) {
    for (const engine::PersonIdentity* identity : by_strength(view, person)) {
        const engine::PersonRef ref{
            .id = {}, .space = identity->node.space, .value = identity->node.value};
        const auto found = engine::find_identity(view, ref);
        if (found && *found == identity->id) return identity;
    }
    return nullptr;
}

std::string question_page(const PublicTexts& texts, const engine::Settings& settings,
                          const channel::Origin& origin) {
    std::string form = paragraph(texts.question) + "<form method=\"post\">";
    if (!origin.topic.empty()) {
        const std::string topic = name_of(settings, Subject::Topic, origin.topic);
        form += button("topic", filled_in(texts.stop_topic, topic));
    }
    const std::string purpose = name_of(settings, Subject::Purpose, origin.purpose);
    form += button("purpose", filled_in(texts.stop_all, purpose)) + "</form>";
    return public_page(texts, texts.title, form);
}

void write_key(DocWriter& out, std::string_view name, const std::string& value) {
    if (!value.empty()) out.field(name, value);
}

}  // namespace

/// What somebody wants, of what the link is about, and what stood before.
struct PublicPages::Choice {
    Subject subject = Subject::Purpose;
    std::string key;
    bool is_made = false;          // By a button; else the page is only looked at.
    bool gives = false;            // It is the undo.
    Micros undo_until = 0;         // Of an undo that came.
    bool has_stopped = false;      // It is withdrawn already.
    bool stood = false;            // It was given, or usually is.
    std::optional<Person> person;  // Always, once made.
};

PublicPages::PublicPages(App& app) : app_(app), secret_(engine::link_secret(app.engine.secret())) {}

bool PublicPages::takes(std::string_view path) {
    return path.starts_with("/u/") || path.starts_with("/c/") || path.starts_with("/o/");
}

std::optional<Link> PublicPages::link_of(const HttpRequest& request) const {
    std::string_view token = request.path();
    const char path = token[1];
    token.remove_prefix(3);
    if (path == 'o' && token.ends_with(".gif")) token.remove_suffix(4);
    const auto link = channel::read_token(secret_, token);
    if (!link) return {};
    const bool is_undo = path == 'u' && link->kind == LinkKind::Undo;
    if (static_cast<char>(link->kind) != path && !is_undo) return {};
    return *link;
}

HttpResponse PublicPages::answer_stranger(const HttpRequest& request) const {
    if (request.path().starts_with("/o/")) return pixel_response();
    const PublicTexts& texts = public_texts("", accepted(request));
    return page_response(404, public_page(texts, texts.gone_title, paragraph(texts.gone)));
}

HttpResponse PublicPages::answer_busy(const HttpRequest& request, const Link& link) const {
    if (!is_page(link)) return lead_on(link);
    const PublicTexts& texts = public_texts("", accepted(request));
    auto response = page_response(503, public_page(texts, texts.title, paragraph(texts.later)));
    response.headers.push_back({"Retry-After", "5"});
    return response;
}

HttpResponse PublicPages::answer(const HttpRequest& request, const Link& link) const {
    const bool reads =
        request.method() == net::Method::Get || request.method() == net::Method::Head;
    if (!reads && !(is_page(link) && request.method() == net::Method::Post)) {
        auto response = answer_stranger(request);
        response.status = 405;
        response.headers.push_back({"Allow", is_page(link) ? "GET, HEAD, POST" : "GET, HEAD"});
        return response;
    }
    if (is_page(link)) return unsubscribe(request, link);
    if (!is_ahead(request)) note(request, link);
    return lead_on(link);
}

// --- unsubscribing

// The button is one of the page, or that of a mail program.
Result<PublicPages::Choice> PublicPages::choice_of(const HttpRequest& request,
                                                   const Link& link) const {
    Choice choice;
    std::string action;
    for (const net::QueryParam& field : net::parse_query(request.body)) {
        if (field.name == "action") action = field.value;
    }
    const std::string_view type = request.header("Content-Type").value_or("");
    choice.is_made = request.method() == net::Method::Post &&
                     (!action.empty() || channel::is_one_click(type, request.body));
    // An undo is of what was taken back, whatever a form says.
    const bool is_undo = link.kind == LinkKind::Undo;
    const bool is_topic = !link.origin.topic.empty() && (is_undo || action != "purpose");
    choice.subject = is_topic ? Subject::Topic : Subject::Purpose;
    choice.key = is_topic ? link.origin.topic : link.origin.purpose;
    choice.gives = link.kind == LinkKind::Undo;
    std::from_chars(link.target.data(), link.target.data() + link.target.size(), choice.undo_until);

    const View view = app_.engine.view();
    TL_TRY_ASSIGN(choice.person, engine::load_person(view, link.origin.person));
    TL_TRY_ASSIGN(const engine::PersonBooks books, engine::load_books(view, *choice.person));
    const privacy::Rules& rules = view.settings->privacy();
    const privacy::Topic* const topic = is_topic ? rules.topic(choice.key) : nullptr;
    const privacy::Purpose* const purpose = is_topic ? nullptr : rules.purpose(choice.key);
    privacy::Names names{choice.subject, choice.key, {}};
    if (purpose != nullptr) names = purpose->names();
    const auto held = books.held();
    const auto stand = privacy::standing(held, names, "", app_.clock.now()).stand;
    const bool is_usual = (topic != nullptr && topic->is_usually_on) ||
                          (purpose != nullptr && !purpose->needs_consent());
    choice.has_stopped = stand == privacy::Stand::Withdrawn;
    choice.stood = stand == privacy::Stand::Given || (stand == privacy::Stand::Unsaid && is_usual);
    return choice;
}

Status PublicPages::say(const View& view, const Person& person, const Link& link,
                        const Statement& statement) const {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", std::string_view("consent"));
    out.field("identity", int64_t{link.origin.person});
    out.field("subject", person.public_id(view));
    out.key("statements");
    const size_t list = out.open_array();
    privacy::write_statement(out, statement);
    out.close(list);
    out.close(mark);
    const engine::Outcome outcome =
        app_.engine.submit_and_wait(model::make_record(model::RecordKind::Decision, doc));
    TL_TRY(outcome.status);
    if (outcome.refused.empty()) return Status::ok();
    return Error::not_found(outcome.refused.front().message);
}

// Takes back what the person wants, or gives it again, and returns the token of the undo; empty:
// there is nothing to go back to.
Result<std::string> PublicPages::take_back(const Link& link, const Choice& choice) const {
    if (choice.has_stopped != choice.gives) return std::string();  // It is so already.
    const Micros now = app_.clock.now();
    Statement statement;
    statement.subject = choice.subject;
    statement.is_given = choice.gives;
    statement.key = choice.key;
    statement.at = now;
    statement.channel = "email";
    statement.evidence =
        (choice.gives ? "undone, message " : "message ") + channel::key_text(link.key);
    if (choice.gives && choice.subject == Subject::Purpose) {
        statement.basis = privacy::Basis::Consent;
    }
    {
        const View view = app_.engine.view();
        TL_TRY(say(view, *choice.person, link, statement));
    }
    if (choice.gives || !choice.stood) return std::string();
    Link undo = link;
    undo.kind = LinkKind::Undo;
    if (choice.subject == Subject::Purpose) undo.origin.topic.clear();
    undo.target = std::to_string(now + kUndoFor);
    return channel::make_token(secret_, undo);
}

HttpResponse PublicPages::unsubscribe(const HttpRequest& request, const Link& link) const {
    const auto choice = choice_of(request, link);
    if (!choice) {
        return choice.error().code == Code::NotFound ? answer_stranger(request)
                                                     : answer_busy(request, link);
    }
    std::string locale;
    std::shared_ptr<const engine::Settings> settings;
    {
        const View view = app_.engine.view();
        locale = engine::manner_of(view, *choice->person).locale;
        settings = view.settings;
    }
    const PublicTexts& texts = public_texts(locale, accepted(request));
    const bool is_late = choice->gives && choice->undo_until < app_.clock.now();
    if (is_late || (choice->gives && !choice->is_made)) {
        return page_response(404, public_page(texts, texts.gone_title, paragraph(texts.gone)));
    }
    if (!choice->is_made) return page_response(200, question_page(texts, *settings, link.origin));
    const auto undo = take_back(link, *choice);
    if (!undo) {
        return undo.error().code == Code::NotFound ? answer_stranger(request)
                                                   : answer_busy(request, link);
    }
    std::string content = paragraph(filled_in(choice->gives ? texts.undone : texts.done,
                                              name_of(*settings, choice->subject, choice->key)));
    if (!undo->empty()) {
        content += paragraph(texts.is_mistake) + "<form method=\"post\" action=\"" + *undo + "\">" +
                   button("undo", texts.undo) + "</form>";
    }
    return page_response(200, public_page(texts, texts.title, content));
}

// --- clicks and opens

std::string PublicPages::event_doc(const HttpRequest& request, const Link& link,
                                   const model::IdentifierView& identifier,
                                   std::string_view space) const {
    const Key128 once = keyed_hash(app_.engine.secret(),
                                   "link " + std::string(1, static_cast<char>(link.kind)) +
                                       channel::key_text(link.key) +
                                       std::to_string(app_.clock.now() / kOneClick) + link.target);
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("type", std::string_view("track"));
    out.field("event", std::string_view(link.kind == LinkKind::Click ? "Email Link Clicked"
                                                                     : "Email Opened"));
    out.field("messageId", "link-" + channel::key_text(once));
    out.key("properties");
    const size_t properties = out.open_object();
    out.field("message", channel::key_text(link.key));
    write_key(out, "journey", link.origin.journey);
    write_key(out, "step", link.origin.step);
    write_key(out, "purpose", link.origin.purpose);
    write_key(out, "topic", link.origin.topic);
    write_key(out, "url", link.target);
    out.close(properties);
    out.key("context");
    const size_t context = out.open_object();
    const std::string_view agent = request.header("User-Agent").value_or("");
    if (is_utf8(agent)) {
        out.field("userAgent", privacy::cut_between_characters(agent, kAgentBytesMax));
    }
    out.key("externalIds");
    const size_t ids = out.open_array();
    const size_t id = out.open_object();
    out.field("id", identifier.value);
    out.field("type", space);
    out.field("collection", std::string_view("users"));
    out.close(id);
    out.close(ids);
    out.close(context);
    out.close(mark);
    return doc;
}

// An event like any other, of a source of our own. Nobody waits for it: the person wants to go on.
void PublicPages::note(const HttpRequest& request, const Link& link) const {
    const View view = app_.engine.view();
    const auto person = engine::load_person(view, link.origin.person);
    if (!person) return;
    const engine::PersonIdentity* const identity = reachable(view, *person);
    const model::Namespace* const space =
        identity == nullptr ? nullptr : view.settings->namespaces().find(identity->node.space);
    if (space == nullptr) return;
    const std::string doc = event_doc(
        request, link, {.space = space->id, .flags = 0, .key = {}, .value = identity->node.value},
        space->key);
    ingest::EventEncoder encoder;
    ingest::RecordBatch batch;
    encoder.append({&view.settings->namespaces(), &app_.engine.secret()},
                   {.source = view.settings->source(model::kOwnSource),
                    .type = model::EventType::Track,
                    .path = "track",
                    .peer_ip = {},
                    .received = app_.clock.now(),
                    .any_identifier_will_do = true},
                   model::DocView(doc), batch);
    engine::Submission submission;
    submission.bytes = std::make_shared<const std::string>(std::move(batch.bytes));
    submission.ends = std::move(batch.ends);
    submission.done = [](const engine::Outcome&) {};
    // Full of work, or out of disk: the click is lost, and the person gets to where she wants.
    if (Status status = app_.engine.submit(std::move(submission)); !status) {
        log_warn("server.visit_lost", {{"code", code_name(status.error().code)}});
    }
}

}  // namespace throughline::server
