#include "privacy/reading.h"

#include <array>

namespace throughline::privacy {

namespace {

using model::DocView;

struct Act {
    std::string_view name;
    Subject subject;
    bool gives;
    std::string_view one;   // The property that names what it is about,
    std::string_view many;  // or the list.
};

constexpr std::array<Act, 4> kActs = {{
    {"Consent Given", Subject::Purpose, true, "purpose", "purposes"},
    {"Consent Withdrawn", Subject::Purpose, false, "purpose", "purposes"},
    {"Topic Subscribed", Subject::Topic, true, "topic", "topics"},
    {"Topic Unsubscribed", Subject::Topic, false, "topic", "topics"},
}};

const Act* act_named(std::string_view name) {
    for (const Act& act : kActs) {
        if (act.name == name) return &act;
    }
    return nullptr;
}

DocView preferences_of(DocView consent) {
    return consent.find("categoryPreferences");
}

// Texts of one value or of a list, those that can name something.
std::vector<std::string> texts_of(DocView one, DocView many) {
    std::vector<std::string> texts;
    const auto add = [&](DocView value) {
        auto text = value.as_text();
        if (text && !text->empty() && text->size() <= kKeyBytesMax &&
            texts.size() < kStatementsOfOneMax) {
            texts.push_back(*std::move(text));
        }
    };
    for (const DocView value : {one, many}) {
        add(value);
        for (const DocView item : value.items()) add(item);
    }
    return texts;
}

std::string text_of(DocView object, std::string_view key, size_t bytes_max) {
    const std::string text = object.find(key).as_text().value_or("");
    return std::string(cut_between_characters(text, bytes_max));
}

// What is said of it beside what it is about.
Statement proof_of(DocView object) {
    Statement statement;
    statement.basis = basis_named(object.find("basis").as_string()).value_or(Basis::Unsaid);
    statement.notice = text_of(object, "notice_version", kTextBytesMax);
    statement.channel = text_of(object, "channel", kTextBytesMax);
    statement.actor = text_of(object, "actor", kTextBytesMax);
    statement.evidence = text_of(object, "evidence", kEvidenceBytesMax);
    return statement;
}

void add_act(const Act& act, DocView properties, std::vector<Statement>& out) {
    std::vector<std::string> keys = texts_of(properties.find(act.one), properties.find(act.many));
    if (keys.empty() && !act.gives) keys.emplace_back(kEverything);
    const DocView only = properties.find("only");
    std::vector<std::string> channels = texts_of(only, {});
    if (channels.empty()) {
        // A channel was meant but cannot be read: nothing is given by it, all is withdrawn.
        const bool is_absent = only.is_missing() || only.is_null();
        if (act.gives && !is_absent) return;
        channels.emplace_back();
    }
    Statement statement = proof_of(properties);
    statement.subject = act.subject;
    statement.is_given = act.gives;
    for (const std::string& key : keys) {
        if (act.gives && key == kEverything) continue;  // Nobody can agree to all there ever is.
        for (const std::string& channel : channels) {
            statement.key = key;
            statement.only = channel;
            if (out.size() < kStatementsOfOneMax) out.push_back(statement);
        }
    }
}

void add_preferences(DocView preferences, std::vector<Statement>& out) {
    for (const model::DocField& field : preferences.fields()) {
        if (field.key.empty() || field.key.size() > kKeyBytesMax || field.key == kEverything) {
            continue;
        }
        if (out.size() >= kStatementsOfOneMax) return;
        Statement statement;
        statement.means = Means::Preference;
        statement.is_given = field.value.as_bool(false);  // Anything but true gives nothing.
        statement.key = field.key;
        out.push_back(std::move(statement));
    }
}

}  // namespace

bool says_something(model::EventType type, std::string_view name, DocView consent) {
    return (type == model::EventType::Track && act_named(name) != nullptr) ||
           preferences_of(consent).is_object();
}

std::vector<Statement> statements_of(const model::EventView& event) {
    std::vector<Statement> statements;
    const DocView doc = event.doc();
    const Act* act = event.type() == model::EventType::Track ? act_named(event.name()) : nullptr;
    if (act != nullptr) add_act(*act, doc.find("properties"), statements);
    add_preferences(preferences_of(doc.find("context").find("consent")), statements);
    uint32_t slot = 0;
    for (Statement& statement : statements) {
        statement.slot = slot++;
        statement.at = event.time();
        statement.source = event.source();
        statement.is_late = event.is_history();
    }
    return statements;
}

void write_statement(model::DocWriter& out, const Statement& statement) {
    const size_t mark = out.open_object();
    out.field("subject", subject_name(statement.subject));
    out.field("key", statement.key);
    out.key("given");
    out.boolean(statement.is_given);
    if (!statement.only.empty()) out.field("only", statement.only);
    if (statement.basis != Basis::Unsaid) out.field("basis", basis_name(statement.basis));
    out.field("at", statement.at);
    out.field("notice_version", statement.notice);
    out.field("channel", statement.channel);
    out.field("evidence", statement.evidence);
    out.close(mark);
}

Result<Statement> read_statement(DocView doc) {
    const std::string_view subject = doc.find("subject").as_string();
    const std::string_view key = doc.find("key").as_string();
    const auto at = doc.find("at").as_integer();
    const bool is_subject = subject == "purpose" || subject == "topic";
    if (!is_subject || key.empty() || key.size() > kKeyBytesMax || !at) {
        return Error::invalid("consent: statement: need subject, key and time");
    }
    Statement statement = proof_of(doc);
    statement.subject = subject == "topic" ? Subject::Topic : Subject::Purpose;
    statement.key = key;
    statement.is_given = doc.find("given").as_bool(false);
    statement.only = text_of(doc, "only", kKeyBytesMax);
    statement.means = Means::Decision;
    statement.at = *at;
    return statement;
}

}  // namespace throughline::privacy
