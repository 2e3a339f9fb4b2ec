#include "channel/message_template.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/assert.h"
#include "channel/mime.h"
#include "template/variants.h"

namespace throughline::channel {

using model::DocField;
using model::DocView;

namespace {

constexpr std::string_view kSubject = "subject";
constexpr std::string_view kHtml = "html";
constexpr std::string_view kText = "text";
constexpr std::string_view kBody = "body";
constexpr std::array kParts = {kSubject, kHtml, kText, kBody};
constexpr std::string_view kVariables[] = {"person", "event", "items", "links", "now"};
constexpr size_t kPathBytesMax = 200;

tmpl::Escape escape_of(std::string_view part) {
    if (part == kHtml) return tmpl::Escape::Html;
    return part == kBody ? tmpl::Escape::Json : tmpl::Escape::None;
}

bool has_part(TemplateChannel channel, std::string_view part) {
    switch (channel) {
        case TemplateChannel::Email:
            return part != kBody;
        case TemplateChannel::Webhook:
            return part == kBody;
        case TemplateChannel::Sms:
            return part == kText;
    }
    return false;
}

/// `template: line 3, column 8: what` taken apart.
TemplateProblem problem_of(std::string path, std::string_view message) {
    TemplateProblem problem{.path = std::move(path), .message = std::string(message)};
    constexpr std::string_view kLine = "template: line ";
    constexpr std::string_view kColumn = ", column ";
    if (!message.starts_with(kLine)) return problem;
    const char* const end = message.data() + message.size();
    const auto line = std::from_chars(message.data() + kLine.size(), end, problem.line);
    const std::string_view rest(line.ptr, static_cast<size_t>(end - line.ptr));
    if (line.ec != std::errc{} || !rest.starts_with(kColumn)) return problem;
    const auto column = std::from_chars(rest.data() + kColumn.size(), end, problem.column);
    problem.message = std::string_view(column.ptr, static_cast<size_t>(end - column.ptr));
    if (problem.message.starts_with(": ")) problem.message.erase(0, 2);
    return problem;
}

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

bool is_blank(DocView value) {
    switch (value.type()) {
        case model::DocType::Null:
            return true;
        case model::DocType::String:
            return value.as_string().find_first_not_of(" \t\r\n") == std::string_view::npos;
        case model::DocType::Array:
            return !(value.items().begin() != value.items().end());
        case model::DocType::Object:
            return !(value.fields().begin() != value.fields().end());
        case model::DocType::Bool:
        case model::DocType::Integer:
        case model::DocType::Decimal:
        case model::DocType::Double:
        case model::DocType::NumberText:
            return false;
    }
    return false;
}

/// A header is one line: what breaks it becomes a blank.
void make_one_line(std::string& text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    const size_t first = text.find_first_not_of(' ');
    text.erase(0, std::min(first, text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    if (text.size() <= kSubjectMax) return;
    size_t end = kSubjectMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
}

}  // namespace

std::string_view channel_name(TemplateChannel channel) {
    switch (channel) {
        case TemplateChannel::Email:
            return "email";
        case TemplateChannel::Webhook:
            return "webhook";
        case TemplateChannel::Sms:
            return "sms";
    }
    return "";
}

/// Reads one definition; what is wrong is told and passed over.
class TemplateReader {
public:
    explicit TemplateReader(DocView definition)
        : doc_(definition), message_(std::make_shared<MessageTemplate>()) {}

    CheckedTemplate read() {
        if (!doc_.is_object()) {
            fail("", "need an object");
        } else {
            read_channel();
            read_texts();
            read_required();
            read_sender();
        }
        CheckedTemplate checked{.message = nullptr, .problems = std::move(problems_)};
        if (checked.problems.empty()) checked.message = std::move(message_);
        return checked;
    }

private:
    void fail(std::string path, std::string message) {
        problems_.push_back({.path = std::move(path), .message = std::move(message)});
    }

    void read_channel() {
        const std::string_view name = doc_.find("channel").as_string();
        for (const auto channel :
             {TemplateChannel::Email, TemplateChannel::Webhook, TemplateChannel::Sms}) {
            if (name != channel_name(channel)) continue;
            message_->channel_ = channel;
            return;
        }
        fail("channel", "need email, webhook or sms");
    }

    void read_texts() {
        const DocView locale = doc_.find("locale");
        message_->default_locale_ =
            is_absent(locale) ? "en" : tmpl::normal_locale(locale.as_string());
        if (message_->default_locale_.empty()) {
            return fail("locale", "is none, such as tr or ro-RO");
        }
        auto& standard = message_->locales_[message_->default_locale_];
        read_parts(doc_, "", standard);
        check_default(standard.size());
        const DocView others = doc_.find("locales");
        if (!is_absent(others) && !others.is_object()) fail("locales", "need an object");
        for (const DocField& other : others.fields()) read_locale(other);
        if (bytes_ > kTemplatePartsBytesMax) fail("", "all parts together are longer than 2 MB");
    }

    // The parts are told missing only where none of them is there and wrong.
    void check_default(size_t count) {
        const auto has = [&](std::string_view part) { return !is_absent(doc_.find(part)); };
        switch (message_->channel_) {
            case TemplateChannel::Email:
                if (!has(kSubject)) fail("subject", "is missing");
                if (!has(kHtml) && !has(kText)) fail("html", "is missing: need html, text or both");
                return;
            case TemplateChannel::Webhook:
                if (count == 0 && !has(kBody)) fail("body", "is missing");
                return;
            case TemplateChannel::Sms:
                if (count == 0 && !has(kText)) fail("text", "is missing");
                return;
        }
    }

    void read_locale(const DocField& field) {
        const std::string path = "locales." + std::string(field.key);
        const std::string normal = tmpl::normal_locale(field.key);
        if (normal.empty()) return fail(path, "is no locale, such as tr or ro-RO");
        if (message_->locales_.contains(normal)) return fail(path, "occurs twice");
        if (message_->locales_.size() == kTemplateLocalesMax) {
            return fail(path, "at most 50 locales");
        }
        if (!field.value.is_object()) return fail(path, "need an object");
        for (const DocField& part : field.value.fields()) {
            if (std::ranges::find(kParts, part.key) == kParts.end()) {
                fail(path + "." + std::string(part.key), "need subject, html, text or body");
            }
        }
        read_parts(field.value, path + ".", message_->locales_[normal]);
        for (const std::string_view part : kParts) {
            const bool is_here = !is_absent(field.value.find(part));
            if (is_here == !is_absent(doc_.find(part))) continue;
            fail(path + "." + std::string(part),
                 is_here ? "the default locale has no such part"
                         : "is missing: a locale has all parts that the default one has");
        }
    }

    void read_parts(DocView texts, const std::string& prefix, MessageTemplate::Parts& parts) {
        for (const std::string_view part : kParts) {
            const DocView text = texts.find(part);
            if (is_absent(text)) continue;
            std::string path = prefix + std::string(part);
            if (!has_part(message_->channel_, part)) {
                fail(std::move(path), "a message of this channel has no such part");
            } else if (!text.is_string()) {
                fail(std::move(path), "need text");
            } else {
                compile(std::move(path), text.as_string(), part, parts);
            }
        }
    }

    void compile(std::string path, std::string_view text, std::string_view part,
                 MessageTemplate::Parts& parts) {
        bytes_ += text.size();
        auto compiled = tmpl::Template::compile(text, {.escape = escape_of(part), .partials = {}});
        if (!compiled) {
            problems_.push_back(problem_of(std::move(path), compiled.error().message));
            return;
        }
        for (const std::string_view name : compiled->variables()) {
            message_->reads_.emplace(name);
        }
        parts.emplace(part, *std::move(compiled));
    }

    void read_required() {
        const DocView list = doc_.find("required");
        if (is_absent(list)) return;
        if (!list.is_array()) return fail("required", "need a list of names of values");
        size_t place = 0;
        for (const DocView item : list.items()) {
            const std::string path = "required[" + std::to_string(place++) + "]";
            if (place > kTemplateRequiredMax) return fail(path, "at most 50");
            const std::string_view name = item.as_string();
            const std::string_view head = name.substr(0, name.find('.'));
            if (name.size() > kPathBytesMax ||
                std::ranges::find(kVariables, head) == std::end(kVariables)) {
                fail(path, "need the name of a value, such as person.traits.first_name");
                continue;
            }
            message_->required_.emplace_back(name);
            message_->reads_.emplace(head);
        }
    }

    void read_sender() {
        const auto read = [&](std::string_view name, bool is_address, std::string& to) {
            const DocView value = doc_.find(name);
            if (is_absent(value) || (value.is_string() && value.as_string().empty())) return;
            to = value.as_string();
            if (message_->channel_ != TemplateChannel::Email) {
                fail(std::string(name), "a message of this channel has none");
            } else if (is_address ? !is_mail_address(to) : !is_display_name(to)) {
                fail(std::string(name), is_address ? "need an e-mail address"
                                                   : "need a line of text of at most 200 bytes");
            }
        };
        read("from", true, message_->from_);
        read("from_name", false, message_->from_name_);
        read("reply_to", true, message_->reply_to_);
    }

    DocView doc_;
    std::shared_ptr<MessageTemplate> message_;  // Shared with who asked, once it is whole.
    std::vector<TemplateProblem> problems_;
    size_t bytes_ = 0;
};

CheckedTemplate MessageTemplate::check(DocView definition) {
    return TemplateReader(definition).read();
}

std::string MessageTemplate::first_missing(std::span<const tmpl::Variable> variables) const {
    for (const std::string& path : required_) {
        const size_t dot = path.find('.');
        const auto variable =
            std::ranges::find(variables, path.substr(0, dot), &tmpl::Variable::name);
        if (variable == variables.end()) return path;
        const DocView value = dot == path.npos
                                  ? variable->value
                                  : variable->value.at_path(std::string_view(path).substr(dot + 1));
        if (is_blank(value)) return path;
    }
    return {};
}

std::string_view MessageTemplate::choose_locale(std::string_view wanted) const {
    const std::string normal = tmpl::normal_locale(wanted);
    for (std::string_view at = normal; !at.empty(); at = tmpl::wider_locale(at)) {
        const auto found = locales_.find(at);
        if (found != locales_.end()) return found->first;
    }
    return default_locale_;
}

Result<MessageParts> MessageTemplate::render(std::string_view locale,
                                             const tmpl::RenderInput& input,
                                             tmpl::Arena& arena) const {
    const auto found = locales_.find(locale);
    TL_ASSERT(found != locales_.end());
    MessageParts parts{
        .locale = found->first, .subject = {}, .html = {}, .text = {}, .body = {}, .missing = {}};
    tmpl::RenderInput mine = input;
    mine.locale = locale;
    const std::pair<std::string_view, std::string*> places[] = {{kSubject, &parts.subject},
                                                                {kHtml, &parts.html},
                                                                {kText, &parts.text},
                                                                {kBody, &parts.body}};
    for (const auto& [name, text] : places) {
        const auto part = found->second.find(name);
        if (part == found->second.end()) continue;
        auto report = part->second.render(mine, arena, *text);
        if (!report) {
            return Error{report.error().code, std::string(name) + ": " + report.error().message};
        }
        parts.steps += report->steps;
        for (tmpl::MissingValue& missing : report->missing) {
            parts.missing.push_back({std::string(name), std::move(missing)});
        }
    }
    make_one_line(parts.subject);
    return parts;
}

}  // namespace throughline::channel
