#include "server/segment_routes.h"

#include "engine/membership.h"
#include "identity/public_id.h"
#include "server/definitions.h"
#include "server/kept_definitions.h"
#include "server/profile_json.h"
#include "server/segment_preview.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kSegmentsMax = 500;
constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kSampleUsual = 10;

Status read_segment(DocView body, const engine::Settings& settings, DocWriter& out) {
    const DocView conditions = body.find("conditions");
    if (conditions.is_missing() || conditions.is_null()) {
        return Error::invalid("segment: conditions: need at least one");
    }
    TL_TRY(segment::Segment::compile(conditions, settings.namespaces(), "segment: conditions"));
    out.key("conditions");
    out.copy(conditions);
    return Status::ok();
}

void write_segment(const App& app, const engine::Definition& definition, DocWriter& out) {
    const DocView value(definition.value);
    out.key("conditions");
    out.copy(value.find("conditions"));
    const auto segments = app.engine.query_view().state.segments;
    const auto id = static_cast<uint32_t>(value.find("id").as_integer().value_or(0));
    const auto found = segments.find(id);
    const engine::SegmentState state =
        found == segments.end() ? engine::SegmentState() : found->second;
    const bool is_live = state.phase == engine::SegmentPhase::Live;
    out.field("state", is_live ? "live" : "building");
    write_count(out, "size", state.size);
}

const engine::LiveSegment* find_segment(const engine::Settings& settings, std::string_view key) {
    return settings.segments().find(key);
}

Error no_segment() {
    return Error::not_found("segment: no segment has this key");
}

Result<identity::IdentityId> after_of(const View& view, const ApiRequest& request) {
    const std::string cursor = request.query("cursor");
    if (cursor.empty()) return identity::IdentityId{0};
    const auto last = identity::identity_of_public_id(view.secret, cursor);
    if (!last) return Error::invalid("segment: cursor: not one that a page gave");
    return *last;
}

// The list may be ahead of the view: who is not there yet comes with the next look.
Result<HttpResponse> list_members(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    TL_TRY(wait_for_position(app, request));
    const View view = app.engine.view();
    const engine::LiveSegment* const live = find_segment(*view.settings, request.parameters[0]);
    if (live == nullptr) return no_segment();
    TL_TRY_ASSIGN(const auto after, after_of(view, request));
    TL_TRY_ASSIGN(auto members, engine::segment_members(view, live->id, after, limit + 1));
    const bool has_more = members.size() > limit;
    if (has_more) members.pop_back();
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const engine::SegmentMember& member : members) {
            const auto person = engine::load_person(view, member.root);
            if (!person && person.error().code == Code::NotFound) continue;
            if (!person) status = person.error();
            if (!status) break;
            const size_t mark = out.open_object();
            write_time(out, "since", member.since);
            out.key("profile");
            write_summary(view, *person, "", out);
            out.close(mark);
        }
        return has_more ? identity::public_id(view.secret, members.back().root) : "";
    });
    TL_TRY(status);
    return doc_response(doc);
}

// Of the conditions in the body, else of those that stand.
Result<HttpResponse> preview(App& app, const ApiRequest& request) {
    const auto settings = app.engine.settings();
    const engine::Definition* const standing = settings->find("segments", request.parameters[0]);
    DocView conditions = request.body().find("conditions");
    if (conditions.is_missing() || conditions.is_null()) {
        if (standing == nullptr) return no_segment();
        conditions = DocView(standing->value).find("conditions");
    }
    const auto has_left = std::make_shared<std::atomic<bool>>(false);  // The callback may outlive.
    if (request.responder != nullptr) request.responder->watch([has_left] { *has_left = true; });
    TL_TRY_ASSIGN(
        const SegmentPreview found,
        preview_segment(app, conditions, "segment: conditions", has_left.get(), kSampleUsual));
    const View view = app.engine.view();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "count", found.count);
    write_count(out, "known", found.known);
    out.key("sample");
    const size_t list = out.open_array();
    for (const uint32_t root : found.roots) {
        const auto person = engine::load_person(view, engine::IdentityId{root});
        if (!person && person.error().code == Code::NotFound) continue;  // Erased since.
        if (!person) return person.error();
        write_summary(view, *person, "", out);
    }
    out.close(list);
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

void add_segment_routes(Router& router, App& app) {
    add_kept_routes(
        router, app,
        {.kind = "segments",
         .area = "segment",
         .most = kSegmentsMax,
         .read = read_segment,
         .write = [&app](const engine::Definition& definition, const engine::Settings&,
                         DocWriter& out) { write_segment(app, definition, out); },
         .may_go = [](std::string_view, const engine::Settings&) { return Status::ok(); }});
    router.get("/api/segments/{key}/members",
               [&app](ApiRequest& request) { return list_members(app, request); });
    router.post(
        "/api/segments/{key}/preview",
        [&app](ApiRequest& request) { return preview(app, request); }, Scope::Read);
}

}  // namespace throughline::server
