#include "server/consent_json.h"

#include <limits>
#include <set>

#include "server/definitions.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::Person;
using engine::View;
using model::DocWriter;
using privacy::Stand;
using privacy::Statement;
using privacy::Subject;

constexpr Micros kEver = std::numeric_limits<Micros>::max();  // Whatever was said counts.

void write_proof(const Names& names, const Statement& statement, DocWriter& out) {
    write_time(out, "at", statement.at);
    write_text(out, "basis", privacy::basis_name(statement.basis));
    write_text(out, "notice_version", statement.notice);
    write_text(out, "channel", statement.channel);
    write_text(out, "evidence", statement.evidence);
    write_text(out, "actor", actor_name(statement.actor));
    out.field("means", privacy::means_name(statement.means));
    write_text(out, "source", names.source(statement.source));
    out.field("position", model::format_position(statement.position));
}

// The part of a profile that is about purposes, or about topics.
class Standings {
public:
    Standings(const View& view, const Person& person, DocWriter& out)
        : view_(view), person_(person), names_(view), out_(out) {}

    Status read() {
        TL_TRY_ASSIGN(books_, engine::load_books(view_, person_));
        held_ = books_.held();
        return Status::ok();
    }

    /// `lasts`: how long a giving holds; 0: it does not age.
    void write(const privacy::Names& subject, Micros lasts) {
        std::set<std::string> channels;
        bool is_said = false;
        for (const privacy::Book& book : books_.books) {
            for (const Statement& one : book.statements) {
                if (one.subject != subject.subject || !subject.has(one.key)) continue;
                is_said = true;
                if (!one.only.empty()) channels.insert(one.only);
            }
        }
        const auto found = privacy::standing(held_, subject, "", kEver);
        if (!is_said && found.stand == Stand::Unsaid) return;
        out_.key(subject.key);
        const size_t mark = out_.open_object();
        write_fields(subject.subject, found, lasts);
        out_.key("only");
        const size_t only = out_.open_object();
        for (const std::string& channel : channels) {
            out_.key(channel);
            const size_t one = out_.open_object();
            write_fields(subject.subject, privacy::standing(held_, subject, channel, kEver), lasts);
            out_.close(one);
        }
        out_.close(only);
        out_.close(mark);
    }

private:
    void write_fields(Subject subject, const privacy::Standing& found, Micros lasts) {
        if (found.by == nullptr) {
            out_.field("state", std::string_view("unsaid"));
            write_flag(out_, "conflict", false);
            return;
        }
        const bool ages = found.stand == Stand::Given && lasts > 0;
        out_.field("state", stand_name(subject, found.stand == Stand::Given));
        write_flag(out_, "conflict", found.is_conflict);
        write_time(out_, "expires_at", ages ? found.by->at + lasts : kNoTime);
        write_proof(names_, *found.by, out_);
        for (const engine::PersonIdentity& identity : person_.identities) {
            if (identity.id != found.identity) continue;
            out_.key("identifier");
            write_identifier(names_.space(identity.node.space), identity.node.value, out_);
        }
    }

    const View& view_;
    const Person& person_;
    const Names names_;
    DocWriter& out_;
    engine::PersonBooks books_;
    std::vector<privacy::Held> held_;
};

}  // namespace

std::string_view stand_name(Subject subject, bool is_given) {
    if (subject == Subject::Purpose) return is_given ? "given" : "withdrawn";
    return is_given ? "subscribed" : "unsubscribed";
}

Status write_statement_line(const View& view, const engine::ListedStatement& listed,
                            DocWriter& out) {
    const Names names(view);
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.identities.read(identity::identity_key(listed.identity), view.pin));
    if (!bytes) return Error::corrupt("consent: the identity of a statement is gone");
    const identity::NodeView node(*bytes);
    const Statement& statement = listed.statement;
    const size_t mark = out.open_object();
    out.field("id",
              model::format_position(statement.position) + "-" + std::to_string(statement.slot));
    out.field("profile", names.profile(node.root()));
    out.key("identifier");
    write_identifier(names.space(node.space()), node.value(), out);
    out.field("subject", privacy::subject_name(statement.subject));
    out.field("key", statement.key);
    out.field("state", stand_name(statement.subject, statement.is_given));
    write_text(out, "only", statement.only);
    write_proof(names, statement, out);
    write_time(out, "taken_at", statement.stamp);
    write_flag(out, "live", !statement.is_late);
    out.close(mark);
    return Status::ok();
}

Status write_consents(const View& view, const Person& person, DocWriter& out) {
    Standings standings(view, person, out);
    TL_TRY(standings.read());
    const privacy::Rules& rules = view.settings->privacy();
    out.key("consents");
    const size_t consents = out.open_object();
    for (const auto& [key, purpose] : rules.purposes) {
        standings.write(purpose.names(), purpose.needs_consent() ? purpose.expires_after : 0);
    }
    out.close(consents);
    out.key("topics");
    const size_t topics = out.open_object();
    for (const auto& [key, topic] : rules.topics) standings.write(topic.names(), 0);
    out.close(topics);
    return Status::ok();
}

}  // namespace throughline::server
