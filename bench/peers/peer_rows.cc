// The events of a data directory as CSV, for other engines to be asked the same of.
//
//   peer_rows DIRECTORY OUT
//
// OUT/rows-N.csv, a line an event: person (her profile after all merges, so nobody else has to join
// identities), milliseconds, her how manieth, name (of track events; `page:`, `screen:` and the
// like before the others), whether it is activity that sessions are made of, what touch it is (0
// none, 1 passing, 2 a campaign; which campaign; its channel), price, revenue, currency.
// OUT/sessions-N.csv, a line a session: person, milliseconds of its beginning, channel.
//
// Files as many as threads; in each the events of one person stand together.
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "engine/engine.h"
#include "model/json.h"
#include "query/attribution_walk.h"
#include "query/channel.h"
#include "query/pass.h"

namespace throughline {
namespace {

using model::DocView;
using model::EventType;
using query::PersonRows;
using query::SessionWalk;

constexpr std::array kTypes{EventType::Track,    EventType::Page,  EventType::Screen,
                            EventType::Identify, EventType::Group, EventType::Alias};
constexpr size_t kActivities = 3;  // The first of them.
constexpr size_t kPieceBytes = 1 << 20;

class Roots final : public query::People {
public:
    explicit Roots(const engine::QueryView& view) : roots_(view.roots) {}
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        for (size_t i = 0; i < identities.size(); ++i) {
            roots[i] = engine::root_of_word(roots_[identities[i]]);
        }
    }
    bool is_known(uint32_t) const override { return true; }

private:
    const store::Dense32::Snapshot& roots_;
};

/// Lines of one file.
class Lines {
public:
    Lines(const std::string& path, const char* head) : file_(std::fopen(path.c_str(), "w")) {
        if (file_ != nullptr) std::fprintf(file_, "%s\n", head);
    }
    ~Lines() { TL_ASSERT(file_ == nullptr); }

    void number(uint64_t value) {
        char digits[24];
        text({digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
    }
    void text(std::string_view value) {
        out_ += value;
        out_ += ',';
    }
    /// Absent: empty. Requires: not below zero.
    void decimal(model::Decimal value) {
        if (value.scale == query::kNoNumber) return text({});
        std::string digits = std::to_string(value.units);
        if (digits.size() <= value.scale) digits.insert(0, value.scale + 1 - digits.size(), '0');
        if (value.scale > 0) digits.insert(digits.size() - value.scale, ".");
        text(digits);
    }
    void end_line() {
        out_.back() = '\n';
        if (out_.size() >= kPieceBytes) flush();
    }
    /// Whether all was written.
    bool close() {
        flush();
        FILE* const file = std::exchange(file_, nullptr);
        return file != nullptr && std::ferror(file) == 0 && std::fclose(file) == 0;
    }

private:
    void flush() {
        if (file_ != nullptr) std::fwrite(out_.data(), 1, out_.size(), file_);
        out_.clear();
    }

    std::FILE* file_;
    std::string out_;
};

/// What is read of each event.
struct Columns {
    explicit Columns(const engine::QueryView& view)
        : source_name([&view](model::SourceId id) {
              const model::Source* source = view.settings->source(id);
              return source != nullptr ? source->key : std::string();
          }),
          text(channels, source_name) {
        query::Match all = 0;
        for (size_t i = 0; i < kTypes.size(); ++i) {
            all |= query::match_of(pass.add({.event = {}, .type = kTypes[i], .where = {}}));
            if (i + 1 == kActivities) activity = all;
        }
        name = pass.add({.kind = query::Dimension::Kind::Event}, all);
        touch = pass.add({.kind = query::Dimension::Kind::Computed, .computed = &text}, activity);
        currency = pass.add({.property = path_of("\"currency\"")}, all);
        price = pass.add_number(path_of("\"price\""), all);
        revenue = pass.add_number(path_of("\"revenue\""), all);
    }
    static query::PropertyPath path_of(const char* json) {
        const std::string doc = model::doc_from_json(json).value();
        return query::PropertyPath::parse(DocView(doc), "property").value();
    }

    const query::Channels channels;
    const std::function<std::string(model::SourceId)> source_name;
    const query::TouchText text;
    query::Pass pass{.from = INT64_MIN + 1, .to = INT64_MAX};
    query::Match activity = 0;
    size_t name = 0, touch = 0, currency = 0;
    size_t price = 0, revenue = 0;
};

/// Writes everybody's events and sessions; each fork has files of its own.
class Writer final : public query::Fold {
public:
    Writer(const Columns& columns, const std::string& directory, std::atomic<size_t>& files)
        : columns_(columns),
          directory_(directory),
          files_(files),
          number_(files.fetch_add(1)),
          rows_(path_of("rows"),
                "person,ms,id,name,activity,touch,campaign,channel,price,revenue,currency"),
          sessions_(path_of("sessions"), "person,begins,channel"),
          facts_(kBy, columns.channels, columns.source_name) {}

    void add(const PersonRows& rows) override {
        SessionWalk walk;
        uint64_t begins = 0;  // Of the session at hand; its channel is known at its end.
        query::Group group = 0;
        const auto end_session = [&] {
            if (begins == 0) return;
            sessions_.number(rows.root);
            sessions_.number(begins);
            sessions_.text(channel_of(group));
            sessions_.end_line();
        };
        for (size_t row = 0; row < rows.size(); ++row) {
            const bool is_activity = (rows.match[row] & columns_.activity) != 0;
            const auto& facts = facts_.of(rows.codes[columns_.touch][row], *rows.values);
            write_row(rows, row, is_activity, facts);
            if (!is_activity) continue;
            const auto step = walk.next(rows.time[row], facts.mark);
            if (step == SessionWalk::Step::Begins) {
                end_session();
                begins = static_cast<uint64_t>(rows.time[row] / 1000);
            }
            if (step != SessionWalk::Step::Continues) group = facts.group;
        }
        end_session();
        count_ += rows.size();
    }
    std::unique_ptr<query::Fold> fork() const override {
        return std::make_unique<Writer>(columns_, directory_, files_);
    }
    void join(query::Fold& other) override {
        auto& forked = static_cast<Writer&>(other);
        count_ += forked.count_;
        forked.close();
        is_whole_ &= forked.is_whole_;
    }
    void close() { is_whole_ &= rows_.close() && sessions_.close(); }

    uint64_t count() const { return count_; }
    bool is_whole() const { return is_whole_; }

private:
    std::string path_of(const char* what) const {
        return directory_ + "/" + what + "-" + std::to_string(number_) + ".csv";
    }
    std::string_view channel_of(query::Group group) const {
        return DocView(facts_.key(group)).find("channel").as_string();
    }
    static std::string_view text_of(const PersonRows& rows, query::ValueCode code) {
        return code == query::kNoValue ? std::string_view() : rows.values->text(code);
    }

    void write_row(const PersonRows& rows, size_t row, bool is_activity,
                   const query::TouchFacts::Facts& facts) {
        rows_.number(rows.root);
        rows_.number(static_cast<uint64_t>(rows.time[row] / 1000));
        rows_.number(row);
        write_name(rows, row);
        rows_.number(is_activity);
        const bool is_touch = is_activity && facts.mark.kind != query::Arrival::Kind::None;
        rows_.number(is_touch ? static_cast<uint64_t>(facts.mark.kind) : 0);
        rows_.number(campaign_of(facts));
        rows_.text(is_touch ? channel_of(facts.group) : std::string_view());
        rows_.decimal(rows.numbers[columns_.price][row]);
        rows_.decimal(rows.numbers[columns_.revenue][row]);
        rows_.text(text_of(rows, rows.codes[columns_.currency][row]));
        rows_.end_line();
    }
    void write_name(const PersonRows& rows, size_t row) {
        const auto type = static_cast<size_t>(std::countr_zero(rows.match[row]));
        const std::string_view name = text_of(rows, rows.codes[columns_.name][row]);
        if (type == 0) return rows_.text(name);
        name_.assign(model::event_type_name(kTypes[type])).append(":").append(name);
        rows_.text(name_);
    }
    // A fork numbers campaigns for itself: they are compared within one person only.
    static uint64_t campaign_of(const query::TouchFacts::Facts& facts) {
        return facts.mark.kind == query::Arrival::Kind::Campaign ? facts.mark.campaign : 0;
    }

    static inline const std::vector<query::By> kBy{query::By::Channel};
    const Columns& columns_;
    const std::string directory_;
    std::atomic<size_t>& files_;
    const size_t number_;
    Lines rows_;
    Lines sessions_;
    query::TouchFacts facts_;
    std::string name_;
    uint64_t count_ = 0;
    bool is_whole_ = true;
};

Status write(const engine::QueryView& view, const std::string& directory) {
    const Columns columns(view);
    const Roots people(view);
    std::atomic<size_t> files = 0;
    Writer writer(columns, directory, files);
    const query::Environment environment{.history = *view.history,
                                         .names = view.dictionary,
                                         .people = people,
                                         .clock = system_clock(),
                                         .source_name = columns.source_name,
                                         .time_limit = 3600 * kSecond,
                                         .pass_bytes_max = size_t{8} << 30,
                                         .threads = std::thread::hardware_concurrency()};
    query::Fold* const folds[] = {&writer};
    const auto result = query::run_pass(columns.pass, environment, folds);
    writer.close();
    if (!result) return result.error();
    if (!writer.is_whole()) return Error::exhausted("cannot write all files in " + directory);
    if (writer.count() == view.history->rows()) return Status::ok();
    return Error::internal(std::to_string(writer.count()) + " events written, history has " +
                           std::to_string(view.history->rows()));
}

int run(const std::string& directory, const std::string& out) {
    set_log_level(LogLevel::Warn);
    engine::EngineOptions options{.directory = directory, .merges_files = false};
    auto opened = engine::Engine::open(store::posix_files(), system_clock(), std::move(options));
    const Status status = opened ? write((*opened)->query_view(), out) : Status(opened.error());
    if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
    // Not stopped: what no checkpoint has written shall stand in memory for the next question, too.
    std::fflush(nullptr);
    std::_Exit(status ? 0 : 1);
}

}  // namespace
}  // namespace throughline

int main(int count, char** arguments) {
    if (count == 3) return throughline::run(arguments[1], arguments[2]);
    std::fprintf(stderr, "usage: peer_rows DIRECTORY OUT\n");
    return 2;
}
