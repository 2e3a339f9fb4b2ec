#include "server/task_routes.h"

#include "engine/consents.h"
#include "engine/tasks/task_list.h"
#include "server/definitions.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::Task;
using engine::TaskFilter;
using engine::TaskList;
using engine::TaskState;
using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;

// Without a state: what is to be done, and of a person all.
Status take_state(const std::string& name, TaskFilter& filter) {
    filter.is_overdue = name == "overdue";
    if (name.empty() || name == "to_do" || name == "overdue") return Status::ok();
    filter.list = TaskList::Closed;
    if (name == "closed") return Status::ok();
    for (size_t number = 0; number < engine::kTaskStates; ++number) {
        const auto state = static_cast<TaskState>(number);
        if (engine::task_state_name(state) != name) continue;
        filter.state = state;
        const bool is_open = state == TaskState::Open || state == TaskState::Claimed;
        if (is_open) filter.list = TaskList::ToDo;
        return Status::ok();
    }
    return Error::invalid(
        "task: state: need to_do, open, claimed, overdue, closed, done, escalated or withdrawn");
}

void write_task(const Names& names, const Task& task, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("id", engine::hex_of_key(task.key));
    out.field("state", engine::task_state_name(task.state));
    out.field("team", task.team);
    write_text(out, "store", task.store);
    out.field("title", task.title);
    write_time(out, "opened_at", task.opened_at);
    write_time(out, "due", task.due);
    write_time(out, "overdue_at", task.overdue_at);
    write_text(out, "by", task.by);
    write_time(out, "claimed_at", task.claimed_at);
    write_time(out, "closed_at", task.closed_at);
    write_text(out, "note", task.note);
    write_text(out, "catalog", task.catalog);
    write_text(out, "item", task.item);
    out.field("profile", names.profile(task.owner));
    out.field("journey", task.journey_key);
    write_count(out, "version", task.version);
    out.field("step", task.step);
    out.field("run", engine::hex_of_key(task.run));
    out.field("position", model::format_position(task.cause));
    out.close(mark);
}

Result<Task> task_named(const View& view, const std::string& id) {
    const auto key = engine::key_of_hex(id);
    if (!key) return Error::not_found("task: there is none of this id");
    TL_TRY_ASSIGN(auto task, engine::find_task(view, *key));
    if (!task) return Error::not_found("task: there is none of this id");
    return *std::move(task);
}

Result<HttpResponse> answer(const App& app, const std::string& id) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Task task, task_named(view, id));
    std::string doc;
    DocWriter out(doc);
    write_task(Names(view), task, out);
    return doc_response(doc);
}

Result<HttpResponse> list(const App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    TaskFilter filter{
        .team = request.query("team"), .store = request.query("store"), .by = request.query("by")};
    TL_TRY(take_state(request.query("state"), filter));
    if (const std::string name = request.query("person"); !name.empty()) {
        TL_TRY_ASSIGN(const auto ref, engine::PersonRef::parse(view, name));
        TL_TRY_ASSIGN(const engine::Person person, engine::load_person(view, ref));
        filter.owners = person.members();
    }
    TL_TRY_ASSIGN(const auto page,
                  engine::list_tasks(view, filter, request.query("cursor"), limit));
    const Names names(view);
    return doc_response(list_doc([&](DocWriter& out) {
        for (const Task& task : page.tasks) write_task(names, task, out);
        return page.next;
    }));
}

Result<HttpResponse> list_teams(const App& app) {
    TL_TRY_ASSIGN(const auto teams, engine::count_tasks(app.engine.view().tables));
    return doc_response(list_doc([&](DocWriter& out) {
        for (const engine::TeamTasks& one : teams) {
            const size_t mark = out.open_object();
            out.field("team", one.team);
            for (size_t number = 0; number < engine::kTaskStates; ++number) {
                const auto state = static_cast<TaskState>(number);
                write_count(out, engine::task_state_name(state), one.counts.of(state));
            }
            out.close(mark);
        }
        return std::string();
    }));
}

// Who it is: whom the board names, else the token.
Result<HttpResponse> decide_about(App& app, const ApiRequest& request, std::string_view action) {
    const std::string& id = request.parameters[0];
    const DocView body = request.body();
    const std::string_view by = body.find("by").as_string();
    TL_TRY(decide(app, request.caller, action, [&](DocWriter& out) {
        out.field("task", id);
        out.field("by", by.empty() ? actor_name(request.caller.actor) : by);
        out.field("note", body.find("note").as_string());
        write_flag(out, "take_over", body.find("take_over").as_bool());
        out.field("subject", "tasks/" + id);
    }));
    return answer(app, id);
}

}  // namespace

void add_task_routes(Router& router, App& app) {
    router.get("/api/tasks", [&app](ApiRequest& request) { return list(app, request); });
    router.get("/api/task-teams", [&app](ApiRequest&) { return list_teams(app); });
    router.get("/api/tasks/{id}",
               [&app](ApiRequest& request) { return answer(app, request.parameters[0]); });
    const auto decides = [&](const std::string& path, std::string_view action) {
        router.post("/api/tasks/{id}" + path, [&app, action](ApiRequest& request) {
            return decide_about(app, request, action);
        });
    };
    decides("/claim", "task_claim");
    decides("/release", "task_release");
    decides("/done", "task_done");
}

}  // namespace throughline::server
