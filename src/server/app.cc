#include "server/app.h"

#include <charconv>

namespace throughline::server {

namespace {

// A refusal of the fold, as the error it is.
Result<engine::Outcome> checked(engine::Outcome outcome) {
    TL_TRY(outcome.status);
    if (outcome.refused.empty()) return outcome;
    const engine::LateRefusal& refusal = outcome.refused.front();
    for (int code = 0; code <= static_cast<int>(Code::DeadlineExceeded); ++code) {
        if (code_name(static_cast<Code>(code)) == refusal.code) {
            return Error{static_cast<Code>(code), refusal.message};
        }
    }
    return Error::precondition(refusal.message);
}

}  // namespace

Result<engine::Outcome> decide(App& app, const Caller& caller, std::string_view action,
                               const std::function<void(model::DocWriter&)>& fields) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", action);
    out.field("actor", caller.actor);
    fields(out);
    out.close(mark);
    return checked(
        app.engine.submit_and_wait(model::make_record(model::RecordKind::Decision, doc)));
}

Result<engine::Outcome> define(App& app, std::string_view actor, std::string_view kind,
                               std::string_view key, std::string_view value_doc,
                               int64_t if_version) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("kind", kind);
    out.field("key", key);
    out.field("actor", actor);
    if (if_version >= 0) out.field("if_version", if_version);
    out.key("value");
    out.copy(model::DocView(value_doc));
    out.close(mark);
    return checked(
        app.engine.submit_and_wait(model::make_record(model::RecordKind::Definition, doc)));
}

Result<int64_t> if_match(const ApiRequest& request) {
    const auto header = request.http.header("If-Match");
    if (!header || *header == "*") return -1;
    std::string_view text = *header;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    int64_t version = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), version);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) {
        return Error::invalid("If-Match: need the ETag that GET gave");
    }
    return version;
}

}  // namespace throughline::server
