#include "server/maintenance.h"

#include <algorithm>

#include "base/log.h"
#include "server/table_export_routes.h"

namespace throughline::server {

namespace {

constexpr std::string_view kActor = "system:maintenance";

}  // namespace

Maintenance::Maintenance(App& app, MaintenanceTimes times)
    : app_(app), times_(times), thread_([this] { run(); }) {}

Maintenance::~Maintenance() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    save_last_use();
}

void Maintenance::run() {
    Micros due = app_.clock.monotonic() + times_.first;
    while (true) {
        {
            const Micros pause = std::min(times_.notes, due - app_.clock.monotonic());
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, std::chrono::microseconds(pause), [&] { return is_stopping_; });
            if (is_stopping_) return;
        }
        save_last_use();
        if (app_.clock.monotonic() < due) continue;
        run_once();
        due = app_.clock.monotonic() + times_.every;
    }
}

void Maintenance::save_last_use() {
    if (app_.options.data_directory.empty()) return;  // In tests.
    const Status saved = app_.last_use->save(app_.options.data_directory, *app_.engine.settings());
    if (!saved) log_warn("server.last_use_not_saved", {{"code", code_name(saved.error().code)}});
}

void Maintenance::run_once() {
    purge_rejects();
    remove_left_exports(app_);
    erase();
}

void Maintenance::purge_rejects() {
    const Micros before = app_.clock.now() - kRejectLife;
    {
        const engine::View view = app_.engine.view();
        const auto oldest = view.tables.rejects.scan({}, 1);
        if (!oldest || oldest->empty()) return;
        const model::DocView row(oldest->front().second);
        if (row.find("received").as_integer().value_or(0) >= before) return;
    }
    const Caller caller{.actor = std::string(kActor), .scopes = {}, .session = {}};
    const auto done = decide(app_, caller, "purge_rejects",
                             [&](model::DocWriter& out) { out.field("before", before); });
    app_.vitals->rejects_changed();
    if (!done) log_warn("server.rejects_not_purged", {{"code", code_name(done.error().code)}});
}

void Maintenance::erase() {
    const uint64_t erased = engine::KnownPeople(app_.engine.query_view().roots).erased_identities();
    if (erased == erased_done_) return;
    const auto report = app_.engine.run_erasure();
    if (!report) {
        log_warn("server.erasure_failed", {{"code", code_name(report.error().code)}});
        return;
    }
    erased_done_ = erased;
    log_info("server.erasure_done", {{"identities", report->identities},
                                     {"files", report->files_rewritten},
                                     {"rows", report->rows_removed}});
}

}  // namespace throughline::server
