#include "server/template_routes.h"

#include "channel/message_template.h"
#include "engine/link_settings.h"
#include "engine/message_values.h"
#include "model/json.h"
#include "server/definitions.h"
#include "server/journey_needs.h"
#include "server/kept_definitions.h"
#include "server/profile_routes.h"
#include "server/write_fields.h"
#include "template/variants.h"

namespace throughline::server {

using channel::MessageTemplate;
using channel::TemplateChannel;
using channel::TemplateProblem;
using engine::View;
using model::DocField;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kTemplatesMax = 1000;
constexpr std::string_view kFields[] = {"channel", "subject",   "html",    "text",
                                        "body",    "locale",    "locales", "required",
                                        "from",    "from_name", "reply_to"};

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

void write_problem(DocWriter& out, const TemplateProblem& problem) {
    const size_t mark = out.open_object();
    out.field("path", problem.path);
    out.field("message", problem.message);
    if (problem.line > 0) {
        write_count(out, "line", problem.line);
        write_count(out, "column", problem.column);
    } else {
        write_null(out, "line");
        write_null(out, "column");
    }
    out.close(mark);
}

void write_problems(DocWriter& out, const std::vector<TemplateProblem>& problems) {
    out.key("problems");
    const size_t list = out.open_array();
    for (const TemplateProblem& problem : problems) write_problem(out, problem);
    out.close(list);
}

/// 400 with all of them, the first one also as every other error is told.
HttpResponse problems_response(const std::vector<TemplateProblem>& problems) {
    const TemplateProblem& first = problems.front();
    std::string message = "template: " + first.path;
    if (first.line > 0) {
        message +=
            ": line " + std::to_string(first.line) + ", column " + std::to_string(first.column);
    }
    message += (first.path.empty() ? "" : ": ") + first.message;
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("error");
    const size_t error = out.open_object();
    out.field("code", code_name(Code::InvalidArgument));
    out.field("message", message);
    write_text(out, "field", first.path);
    write_problems(out, problems);
    out.close(error);
    out.close(mark);
    return doc_response(doc, 400);
}

std::optional<HttpResponse> refuse_template(DocView body) {
    const auto checked = MessageTemplate::check(body);
    if (checked.problems.empty()) return {};
    return problems_response(checked.problems);
}

// What refuse_template() let pass.
Status read_template(DocView body, const engine::Settings&, DocWriter& out) {
    for (const std::string_view field : kFields) {
        const DocView value = body.find(field);
        if (is_absent(value)) continue;
        out.key(field);
        out.copy(value);
    }
    return Status::ok();
}

void write_template(const engine::Definition& definition, const engine::Settings&, DocWriter& out) {
    const DocView value(definition.value);
    for (const std::string_view field : kFields) {
        const DocView kept = value.find(field);
        if (kept.is_missing()) continue;
        out.key(field);
        out.copy(kept);
    }
    write_count(out, "version", definition.version);
}

// What a draft would be told if it were kept, which it is not.
Result<HttpResponse> check_draft(const ApiRequest& request) {
    const DocView draft = request.body().find("draft");
    if (!draft.is_object()) return Error::invalid("template: draft: need one");
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_problems(out, MessageTemplate::check(draft).problems);
    out.close(mark);
    return doc_response(doc);
}

// --- preview

/// What a preview is made of; owns what the variables point to.
struct Preview {
    engine::MessageValues values;
    engine::Manner manner;
    std::vector<engine::IdentityId> members;  // Of the person; none: of nobody.
};

Status set_person(const View& view, std::string_view ref, Preview& preview) {
    preview.manner.zone = view.settings->timezone();
    if (ref.empty()) return Status::ok();
    TL_TRY_ASSIGN(const engine::Person person, person_of(view, ref));
    preview.manner = engine::manner_of(view, person);
    preview.members = person.members();
    return preview.values.set_person(view, person);
}

// The event as it would have been sent: `event`, `properties`, `timestamp`.
Status set_context(const View& view, DocView context, Micros now, Preview& preview) {
    if (is_absent(context)) return Status::ok();
    if (!context.is_object()) return Error::invalid("template: context: need an event");
    const DocView properties = context.find("properties");
    if (!is_absent(properties) && !properties.is_object()) {
        return Error::invalid("template: context.properties: need an object");
    }
    const DocView sent = context.find("timestamp");
    const auto at = is_absent(sent) ? now : parse_instant(sent.as_string());
    if (!at) return Error::invalid("template: context.timestamp: need a time, RFC 3339");
    preview.values.set_event(context.find("event").as_string(), *at, properties);
    return preview.values.set_items(view, properties, preview.members);
}

void write_missing(DocWriter& out, const std::vector<channel::PartMissing>& missing) {
    out.key("missing");
    const size_t list = out.open_array();
    for (const channel::PartMissing& one : missing) {
        const size_t mark = out.open_object();
        out.field("part", one.part);
        out.field("value", one.value.path);
        write_count(out, "line", one.value.place.line);
        write_count(out, "column", one.value.place.column);
        out.close(mark);
    }
    out.close(list);
}

/// Why a message like this would not be sent; empty: it would.
std::string held_back(const MessageTemplate& message, const channel::MessageParts& parts,
                      const std::vector<tmpl::Variable>& variables) {
    if (std::string missing = message.first_missing(variables); !missing.empty()) {
        return "missing_value: " + missing;
    }
    if (message.channel() != TemplateChannel::Webhook) return {};
    const auto doc = model::doc_from_json(parts.body);
    return doc ? "" : "failed: body: " + doc.error().message;
}

std::string preview_doc(const MessageTemplate& message, const channel::MessageParts& parts,
                        const std::string& refusal) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("channel", channel::channel_name(message.channel()));
    out.field("locale", parts.locale);
    write_text(out, "subject", parts.subject);
    write_text(out, "html", parts.html);
    write_text(out, "text", parts.text);
    write_text(out, "body", parts.body);
    write_text(out, "held_back", refusal);
    write_missing(out, parts.missing);
    write_count(out, "steps", parts.steps);
    out.close(mark);
    return doc;
}

// The unsaved draft of the body, else the template that stands.
Result<HttpResponse> preview(App& app, const ApiRequest& request) {
    const View view = app.engine.view();
    DocView definition = request.body().find("draft");
    const engine::Definition* const standing =
        view.settings->find("templates", request.parameters[0]);
    if (is_absent(definition)) {
        if (standing == nullptr) return Error::not_found("template: no template has this key");
        definition = DocView(standing->value);
    }
    const auto checked = MessageTemplate::check(definition);
    if (!checked.message) return problems_response(checked.problems);
    const MessageTemplate& message = *checked.message;

    const Micros now = app.clock.now();
    Preview preview;
    TL_TRY(set_person(view, request.body().find("person").as_string(), preview));
    TL_TRY(set_context(view, request.body().find("context"), now, preview));
    const auto base = engine::LinkSettings::of(*view.settings).base_url;
    // It unsubscribes nobody: it is not signed.
    if (!base.empty()) preview.values.set_unsubscribe(base + "u/preview");
    preview.values.set_now(now);
    const DocView locale = request.body().find("locale");
    if (!is_absent(locale) && tmpl::normal_locale(locale.as_string()).empty()) {
        return Error::invalid("template: locale: is none, such as tr or ro-RO");
    }
    if (!is_absent(locale)) preview.manner.locale = locale.as_string();
    const auto variables = preview.values.variables();
    tmpl::Arena arena;
    const auto parts =
        message.render(message.choose_locale(preview.manner.locale),
                       {.variables = variables, .now = now, .zone = preview.manner.zone}, arena);
    if (!parts) return Error{parts.error().code, "template: " + parts.error().message};
    return doc_response(preview_doc(message, *parts, held_back(message, *parts, variables)));
}

Status template_may_go(std::string_view key, const engine::Settings& settings) {
    return no_message_names("template", key, &journey::MessageStep::template_key, settings);
}

}  // namespace

void add_template_routes(Router& router, App& app) {
    add_kept_routes(router, app,
                    {.kind = "templates",
                     .area = "template",
                     .most = kTemplatesMax,
                     .changed_by = Scope::Send,
                     .refuse = refuse_template,
                     .read = read_template,
                     .write = write_template,
                     .may_go = template_may_go});
    router.post(
        "/api/templates/{key}/check", [](ApiRequest& request) { return check_draft(request); },
        Scope::Read);
    router.post(
        "/api/templates/{key}/preview",
        [&app](ApiRequest& request) { return preview(app, request); }, Scope::Read);
}

}  // namespace throughline::server
