#include "server/first_run.h"

#include "base/random.h"
#include "server/auth.h"

namespace throughline::server {

namespace {

constexpr std::string_view kActor = "system:first-run";
constexpr size_t kSecretCharactersMin = 16;

Status define(engine::Engine& engine, std::string_view kind, std::string_view key,
              std::string_view value) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("kind", kind);
    out.field("key", key);
    out.field("actor", kActor);
    out.key("value");
    out.copy(model::DocView(value));
    out.close(mark);
    const engine::Outcome outcome =
        engine.submit_and_wait(model::make_record(model::RecordKind::Definition, doc));
    TL_TRY(outcome.status);
    if (outcome.refused.empty()) return Status::ok();
    return Error::internal("server: first run: " + outcome.refused.front().message);
}

std::string admin_doc(std::string_view secret) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("name", "Administrator");
    out.field("hash", Auth::hash_of(secret));
    out.key("scopes");
    const size_t scopes = out.open_array();
    for (const Scope scope : {Scope::Read, Scope::Write, Scope::Send, Scope::Erase, Scope::Admin}) {
        out.string(scope_name(scope));
    }
    out.close(scopes);
    out.close(mark);
    return doc;
}

}  // namespace

Result<FirstRun> ensure_first_run(engine::Engine& engine, const FirstRunOptions& options) {
    for (const auto& [path, definition] : engine.settings()->all()) {
        if (definition.kind == "tokens") return FirstRun{};
    }
    FirstRun made{
        .created = true,
        .write_key = options.write_key.empty() ? "wk_" + random_token(18) : options.write_key,
        .admin_token =
            options.admin_token.empty() ? "tl_admin_" + random_token(24) : options.admin_token};
    if (made.admin_token.size() < kSecretCharactersMin) {
        return Error::invalid("server: THROUGHLINE_ADMIN_TOKEN: need at least 16 characters");
    }
    model::Source source;
    source.key = "default";
    source.name = "Default source";
    source.write_keys = {{.key = made.write_key}};
    TL_TRY(model::Source::from_doc(source.key, model::DocView(source.to_doc())));
    TL_TRY(define(engine, "sources", source.key, source.to_doc()));
    TL_TRY(define(engine, "tokens", "admin", admin_doc(made.admin_token)));
    return made;
}

}  // namespace throughline::server
