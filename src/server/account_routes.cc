#include "server/account_routes.h"

#include <algorithm>
#include <vector>

#include "engine/person.h"
#include "engine/roots.h"
#include "profile/search_words.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::View;
using model::DocWriter;
using net::HttpResponse;

// People who belong to the account: identities that were in its `group` events, each as the person
// it is part of now. The erased count no more.
Result<size_t> count_members(const App& app, const View& view, std::string_view group_id) {
    constexpr size_t kStep = 10'000;
    const auto roots = app.engine.query_view().roots;
    const std::string prefix = profile::member_prefix(profile::account_key(view.secret, group_id));
    auto range = store::KeyRange::prefix(prefix);
    std::vector<uint32_t> people;
    while (true) {
        TL_TRY_ASSIGN(const auto rows, view.tables.search.scan(range, kStep));
        for (const auto& [key, value] : rows) {
            const auto identity = profile::identity_of_key(key);
            if (!identity || *identity >= roots.size()) continue;
            const uint32_t root = engine::root_of_word(roots[*identity]);
            if (root != engine::kErasedRoot) people.push_back(root);
        }
        if (rows.size() < kStep) break;
        range.from = rows.back().first + '\0';
    }
    std::ranges::sort(people);
    return static_cast<size_t>(std::ranges::unique(people).begin() - people.begin());
}

Result<HttpResponse> read_account(App& app, const ApiRequest& request) {
    const View view = app.engine.view();
    const engine::Settings& settings = *view.settings;
    TL_TRY_ASSIGN(profile::Account account, engine::load_account(view, request.parameters.front()));
    TL_TRY_ASSIGN(const size_t members, count_members(app, view, account.group_id));
    const auto record = profile::combine({std::move(account.leaf)});
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("key", account.group_id);
    write_text(out, "name",
               profile::display_name(record, settings.survivorship(), settings.source_names()));
    out.key("traits");
    profile::write_traits(out, record, settings.survivorship(), settings.source_names());
    out.field("member_count", static_cast<int64_t>(members));
    write_time(out, "first_seen", record.first_seen);
    write_time(out, "last_seen", record.last_seen);
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

void add_account_routes(Router& router, App& app) {
    router.get("/api/accounts/{key}",
               [&app](ApiRequest& request) { return read_account(app, request); });
}

}  // namespace throughline::server
