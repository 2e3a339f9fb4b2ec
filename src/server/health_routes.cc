#include "server/health_routes.h"

#include <algorithm>
#include <optional>

#include "base/json_text.h"
#include "engine/outbox/messages.h"
#include "server/forward_routes.h"
#include "server/sending_routes.h"

namespace throughline::server {

namespace {

double seconds(Micros micros) {
    return static_cast<double>(micros) / 1e6;
}

// One family of the text format.
class MetricsText {
public:
    void counter(std::string_view name, std::string_view help, uint64_t value) {
        head(name, help, "counter");
        line(name, "", static_cast<double>(value));
    }
    void gauge(std::string_view name, std::string_view help, double value) {
        head(name, help, "gauge");
        line(name, "", value);
    }
    void head(std::string_view name, std::string_view help, std::string_view type) {
        text_ += "# HELP throughline_" + std::string(name) + " " + std::string(help) + "\n";
        text_ += "# TYPE throughline_" + std::string(name) + " " + std::string(type) + "\n";
    }
    void line(std::string_view name, const std::string& labels, double value) {
        text_ += "throughline_" + std::string(name) + labels + " ";
        append_json_number(text_, value);
        text_ += '\n';
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

void write_sources(MetricsText& text, const engine::FoldState& state,
                   const engine::Settings& settings) {
    const auto each = [&](std::string_view name, std::string_view help, auto&& value) {
        text.head(name, help, "counter");
        for (const auto& [id, counters] : state.sources) {
            const model::Source* source = settings.source(id);
            const std::string key = source != nullptr ? source->key : std::to_string(id);
            text.line(name, "{source=\"" + key + "\"}", static_cast<double>(value(counters)));
        }
    };
    each("source_events_total", "Events accepted, by source",
         [](const engine::SourceCounters& c) { return c.events; });
    each("source_rejects_total", "Events refused and kept in quarantine, by source",
         [](const engine::SourceCounters& c) { return c.rejects; });
}

// Channels are whatever journeys name: as a label without what would end it.
std::string label_text(std::string_view text) {
    std::string safe(text);
    std::ranges::replace_if(
        safe, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; },
        '_');
    return safe;
}

// Counts by channel and state; `sending_held` is 1 while nothing leaves until somebody says so.
void write_sending(MetricsText& text, const App& app) {
    text.gauge("sending_held", "1 while messages wait for resume-sending",
               sending_state(app) == "held" ? 1 : 0);
    const auto channels = engine::count_messages(app.engine.view().tables);
    if (!channels) return;
    text.head("messages", "Messages by channel and state", "gauge");
    for (const engine::ChannelTotals& one : *channels) {
        for (size_t state = 0; state < engine::kSendStates; ++state) {
            const auto name = journey::state_name(static_cast<journey::SendState>(state));
            text.line(
                "messages",
                "{channel=\"" + label_text(one.channel) + "\",state=\"" + std::string(name) + "\"}",
                static_cast<double>(one.counts.by_state[state]));
        }
    }
}

void write_forwards(MetricsText& text, const App& app) {
    const std::vector<ForwardStanding> forwards = forwards_of(app);
    if (forwards.empty()) return;
    const auto each = [&](std::string_view name, std::string_view help, std::string_view type,
                          auto&& value) {
        text.head(name, help, type);
        for (const ForwardStanding& one : forwards) {
            const std::optional<uint64_t> number = value(one);
            if (!number) continue;
            text.line(name, "{forward=\"" + one.key + "\"}", static_cast<double>(*number));
        }
    };
    using One = const ForwardStanding&;
    each("forward_events_total", "Events that a forward's receiver took", "counter",
         [](One one) { return one.report.row.sent; });
    each("forward_refused_total", "Events that it refused for good", "counter",
         [](One one) { return one.report.row.refused; });
    each("forward_repeated_total", "Events sent again, since nobody knew of the first time",
         "counter", [](One one) { return one.report.row.repeated; });
    each("forward_failures_total", "Calls that failed and are made again, since the start",
         "counter", [](One one) { return one.report.failures; });
    each("forward_lag_records", "Records of the log still to be looked at", "gauge",
         [](One one) { return one.lag_records; });
    each("forward_lag_seconds", "How long the first event that is not sent waits", "gauge",
         [](One one) { return one.lag_seconds; });
    text.head("forward_state", "1 for the state that a forward is in", "gauge");
    for (const ForwardStanding& one : forwards) {
        for (size_t number = 0; number < engine::kForwardStates; ++number) {
            const auto state = static_cast<engine::ForwardState>(number);
            text.line("forward_state",
                      "{forward=\"" + one.key + "\",state=\"" +
                          std::string(engine::forward_state_name(state)) + "\"}",
                      one.report.state == state ? 1 : 0);
        }
    }
}

}  // namespace

net::HttpResponse readiness(const App& app) {
    const engine::Health health = app.engine.health();
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("status", health.accepts ? "ready" : "not_ready");
    if (!health.accepts) out.field("reason", health.reason);
    out.field("position", model::format_position(app.engine.last_position()));
    out.field("disk_free_bytes", static_cast<int64_t>(health.disk_free_bytes));
    out.field("last_sync_us", health.last_sync);
    out.field("waiting_bytes", static_cast<int64_t>(health.waiting_bytes));
    out.field("dirty_bytes", static_cast<int64_t>(health.dirty_bytes));
    out.field("memory_bytes", static_cast<int64_t>(health.memory_bytes));
    out.field("sending", sending_state(app));
    out.field("clock_ahead_seconds", health.clock_ahead / kSecond);
    out.field("replayed_records", static_cast<int64_t>(health.replayed_records));
    out.close(mark);
    auto response = doc_response(doc, health.accepts ? 200 : 503);
    if (!health.accepts) response.headers.push_back({"Retry-After", "5"});
    return response;
}

net::HttpResponse metrics(const App& app, const IngestCounters& ingest) {
    const engine::Health health = app.engine.health();
    const engine::QueryView view = app.engine.query_view();
    MetricsText text;
    text.counter("events_total", "Events accepted", view.state.events);
    text.counter("duplicates_total", "Events that had come before", view.state.duplicates);
    text.counter("rejects_total", "Events refused and kept in quarantine", view.state.rejects);
    text.counter("profile_merges_total", "Times two profiles became one", view.state.merges);
    text.counter("ingest_requests_total", "Requests to the ingest endpoints", ingest.requests);
    text.counter("ingest_unauthenticated_total", "Requests with an unknown write key",
                 ingest.unauthenticated);
    text.counter("ingest_overloaded_total", "Requests told to come again", ingest.overloaded);
    text.counter("ingest_retries_total", "Requests that a client sent again", ingest.retried);
    text.counter("checkpoints_total", "Checkpoints written since the start", health.checkpoints);
    text.counter("bugs_total", "Impossible states met and survived", bugs_met());
    text.gauge("accepts", "1 while events are taken", health.accepts ? 1 : 0);
    text.gauge("clock_ahead_seconds", "The wall clock jumped so far ahead, and is not believed",
               seconds(health.clock_ahead));
    text.gauge("log_sync_seconds", "Last write and fdatasync of the log",
               seconds(health.last_sync));
    text.gauge("log_waiting_bytes", "Submitted, not yet written",
               static_cast<double>(health.waiting_bytes));
    text.gauge("state_dirty_bytes", "State that the next checkpoint writes",
               static_cast<double>(health.dirty_bytes));
    text.gauge("history_tail_bytes", "Rows held in memory", static_cast<double>(health.tail_bytes));
    text.gauge("memory_bytes", "Tables and tail", static_cast<double>(health.memory_bytes));
    text.gauge("duplicate_ids", "Message ids of live events that are remembered",
               static_cast<double>(health.duplicate_ids));
    text.gauge("duplicate_window_days", "How far back they reach, up to 30 days or a billion ids",
               static_cast<double>(health.duplicate_days));
    text.gauge("last_checkpoint_seconds",
               "Last whole checkpoint since the start, Unix time; 0 before the first",
               seconds(health.last_checkpoint));
    text.gauge("checkpoint_failures", "Checkpoints that failed since one succeeded",
               static_cast<double>(health.checkpoint_failures));
    text.gauge("disk_free_bytes", "Free on the disk of the data directory",
               static_cast<double>(health.disk_free_bytes));
    text.gauge("history_rows", "Events in history", static_cast<double>(view.history->rows()));
    sequence::RowOverflow overflow;
    for (const auto& file : view.history->files()) {
        overflow.whole += file->overflow().whole;
        overflow.unnamed += file->overflow().unnamed;
    }
    text.gauge("history_whole_rows", "Events kept whole: their file has too many fields or shapes",
               static_cast<double>(overflow.whole));
    text.gauge("history_unnamed_rows", "Events whose name came after the 100,000 that are counted",
               static_cast<double>(overflow.unnamed));
    text.gauge("last_event_seconds", "Stamp of the last record, Unix time",
               seconds(view.state.stamp));
    write_sources(text, view.state, *view.settings);
    write_sending(text, app);
    write_forwards(text, app);
    net::HttpResponse response = net::HttpResponse::text(200, text.take());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

}  // namespace throughline::server
