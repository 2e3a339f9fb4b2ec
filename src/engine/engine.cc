#include "engine/engine.h"

#include <algorithm>
#include <cstdlib>
#include <future>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread.h"
#include "engine/forwarding/forward.h"
#include "engine/log_source.h"
#include "engine/segment_builder.h"

namespace throughline::engine {

namespace {

// The file is the key, then its checksum: with a bit flipped nobody would be found again.
constexpr uint64_t kSecretSeed = 0x7465726365735f6cULL;

constexpr uint64_t kReplayedMax = 100'000;  // Records; more, and a checkpoint follows a replay.

std::string encode_secret(std::string_view key) {
    std::string bytes(key);
    ByteWriter(bytes).fixed(checksum(key, kSecretSeed));
    return bytes;
}

// What index and filters of cold rows take is not there for the rest, nor is an eighth for what
// nobody counts: merges of cold rows, buffers of connections, what the allocator holds back.
MemoryPlan plan_memory(const EngineOptions& options, uint64_t taken) {
    const uint64_t budget = options.memory_bytes;
    MemoryPlan plan = MemoryPlan::of(budget - budget / 8 - std::min(taken, budget / 4));
    if (options.tail_bytes > 0) plan.tail = options.tail_bytes;
    return plan;
}

std::string partition_path(const std::string& directory, std::string_view part) {
    return store::join_path(store::join_path(directory, "p0000"), part);
}

}  // namespace

Engine::Engine(store::Files& files, const Clock& clock, EngineOptions options)
    : files_(files),
      clock_(clock),
      options_(std::move(options)),
      memory_(plan_memory(options_, 0)) {}

Engine::~Engine() {
    if (const Status status = stop(); !status) {
        log_warn("engine.stop_failed", {{"code", code_name(status.error().code)}});
    }
}

Result<std::unique_ptr<Engine>> Engine::open(store::Files& files, const Clock& clock,
                                             EngineOptions options) {
    std::unique_ptr<Engine> engine(new Engine(files, clock, std::move(options)));
    TL_TRY(engine->open_all());
    TL_TRY(engine->recover());
    engine->fold_thread_ = std::thread([raw = engine.get()] { raw->run_fold(); });
    engine->checkpoint_thread_ = std::thread([raw = engine.get()] { raw->run_checkpoints(); });
    engine->merge_thread_ = std::thread([raw = engine.get()] { raw->run_merges(); });
    engine->segment_thread_ = std::thread([raw = engine.get()] { raw->run_segments(); });
    if (engine->options_.ticks) {
        engine->timer_thread_ = std::thread([raw = engine.get()] { raw->run_timers(); });
    }
    return engine;
}

Result<SecretKey> read_secret(store::Files& files, const std::string& path) {
    SecretKey secret;
    TL_TRY_ASSIGN(const std::string bytes, store::read_file(files, path));
    const std::string_view key = std::string_view(bytes).substr(0, secret.size());
    if (key.size() != secret.size() || bytes != encode_secret(key)) {
        return Error::corrupt("engine: secret: damaged, restore the file from a backup");
    }
    std::copy(key.begin(), key.end(), secret.begin());
    return secret;
}

Status write_secret(store::Files& files, const std::string& path, const SecretKey& secret) {
    return store::replace_file(
        files, path, encode_secret({reinterpret_cast<const char*>(secret.data()), secret.size()}));
}

Status Engine::open_secret() {
    const std::string path = store::join_path(options_.directory, "secret");
    TL_TRY_ASSIGN(const bool exists, store::file_exists(files_, path));
    if (!exists) {
        // It is the first that is written. With another one nobody would be found again.
        TL_TRY_ASSIGN(const bool has_state,
                      store::file_exists(files_, partition_path(options_.directory, "state")));
        if (has_state) {
            return Error::corrupt("engine: secret: missing, restore the file from a backup");
        }
        const std::string key = random_bytes(secret_.size());
        std::copy(key.begin(), key.end(), secret_.begin());
        TL_TRY(write_secret(files_, path, secret_));
    }
    TL_TRY_ASSIGN(secret_, read_secret(files_, path));
    return Status::ok();
}

Status Engine::open_all() {
    const std::string sets = partition_path(options_.directory, "sets");
    TL_TRY(store::make_directories(files_, sets));
    TL_TRY_ASSIGN(lock_, files_.lock(store::join_path(options_.directory, "lock"), "throughline"));
    TL_TRY(open_secret());
    TL_TRY(store::make_directories(files_, partition_path(options_.directory, "state")));

    TL_TRY_ASSIGN(cold_,
                  store::StateStore::open({.path = partition_path(options_.directory, "state"),
                                           .families = Tables::families(),
                                           .cache_bytes = memory_.cold_cache,
                                           .env = options_.env}));
    memory_ = plan_memory(options_, cold_->stats().memory_bytes);
    Manifest manifest;
    TL_TRY_ASSIGN(const auto stored, cold_->manifest());
    if (stored) {
        TL_TRY_ASSIGN(manifest, Manifest::decode(*stored));
    }
    tables_ = std::make_unique<Tables>(*cold_, memory_, manifest.epoch);
    TL_TRY_ASSIGN(
        live_, store::DuplicateSet::open(
                   {.files = &files_, .directory = store::join_path(sets, "live")}, manifest.live));
    TL_TRY_ASSIGN(imported_,
                  store::DuplicateSet::open({.files = &files_,
                                             .directory = store::join_path(sets, "imported"),
                                             .window_days = store::DuplicateSet::kForever},
                                            manifest.imported));
    roots_ = std::make_unique<store::Dense32>();
    if (!manifest.roots.empty()) {
        TL_TRY(roots_->load(files_, store::join_path(sets, manifest.roots)));
    }
    TL_TRY_ASSIGN(history_, sequence::History::open(
                                files_,
                                {.directory = partition_path(options_.directory, "history"),
                                 .touch = options_.touch},
                                manifest.history));
    if (!manifest.names.empty()) TL_TRY(history_->dictionary().decode(manifest.names));
    TL_TRY_ASSIGN(settings_, load_settings());
    fold_ = std::make_unique<Fold>(
        FoldParts{*tables_, *live_, *imported_, *roots_, *history_, manifest.history_next, secret_},
        manifest.state, settings_, options_.shards);
    TL_TRY_ASSIGN(auto skips, read_skips(files_, options_.directory));
    fold_->pass_over(std::move(skips));
    checkpointer_ = std::make_unique<Checkpointer>(
        CheckpointParts{files_, sets, *cold_, *tables_, *live_, *imported_, *roots_, *history_},
        std::move(manifest));
    return checkpointer_->remove_strays();
}

Result<std::shared_ptr<const Settings>> Engine::load_settings() const {
    TL_TRY_ASSIGN(const auto rows, tables_->definitions.scan({}, SIZE_MAX));
    Settings::ByKey all;
    for (const auto& [path, bytes] : rows) {
        TL_TRY_ASSIGN(Definition definition, decode_definition(bytes));
        all.emplace(path, std::move(definition));
    }
    return Settings::from_definitions(std::move(all));
}

Status Engine::recover() {
    const model::Position from = fold_->state().next_position;
    const Micros started = clock_.monotonic();
    const std::string restored = store::join_path(options_.directory, kRestoredMark);
    TL_TRY_ASSIGN(const bool is_restored, store::file_exists(files_, restored));
    TL_TRY_ASSIGN(auto source,
                  LogSource::open(files_, clock_,
                                  {.directory = partition_path(options_.directory, "log"),
                                   .log = {.file_bytes = options_.log_file_bytes,
                                           .fold_version = kFoldVersion,
                                           .replay_from = from,
                                           .missing = is_restored ? store::MissingLog::Begin
                                                                  : store::MissingLog::Refuse,
                                           .pool_files_max = log_files_max()},
                                   .makes_files_ahead = options_.merges_files,
                                   .on_fatal = [this](const Error& error) { fatal(error); }}));
    if (is_restored) TL_TRY(files_.remove(restored));  // From here on a missing log is a loss.
    Backoff backoff;
    TL_TRY(source->recover(from,
                           [&](Epoch epoch) { return fold_replayed(std::move(epoch), backoff); }));
    source_ = std::move(source);
    last_checkpoint_begun_ = clock_.monotonic();
    last_checkpoint_position_ = from;
    publish_view();
    if (replayed_ > 0) {
        log_info("engine.log_replayed", {{"records", replayed_.load()},
                                         {"milliseconds", (clock_.monotonic() - started) / 1000}});
    }
    // Else a process that keeps dying early would replay more and more.
    if (replayed_ > kReplayedMax) begin_checkpoint(CheckpointKind::Full);
    return Status::ok();
}

Status Engine::fold_replayed(Epoch epoch, Backoff& backoff) {
    replayed_ += epoch.record_count();
    log_bytes_ += epoch.byte_count();
    TL_TRY(fold_->apply(epoch));
    fold_->publish();
    tables_->settle();
    const bool must_write = is_over_limits(2);
    if (!must_write && !(is_over_limits(1) && backoff.may_try(clock_.monotonic()))) {
        return Status::ok();
    }
    const Status written =
        checkpointer_->write(*checkpointer_->begin(CheckpointKind::Full, fold_->state(), {}, 0));
    if (written) {
        backoff.succeeded();
        history_->free_dropped();
        log_bytes_ = 0;
        return written;
    }
    backoff.failed(clock_.monotonic());
    // On a full disk readers are served as long as memory holds out.
    const bool can_wait = written.error().code == Code::ResourceExhausted && !must_write;
    return can_wait ? Status::ok() : written;
}

void Engine::fatal(const Error& error) {
    is_failed_ = true;
    log_error("engine.failed", {{"code", code_name(error.code)}, {"message", error.message}});
    if (options_.on_fatal) return options_.on_fatal(error);
    std::_Exit(1);  // Without destructors: nothing more may be written.
}

// --- taking and answering records

Status Engine::submit(Submission submission) {
    if (is_failed_) return Error::unavailable("engine: stopped after a failure, see the log");
    if (is_over_limits(2)) return Error::unavailable(std::string(why_over_limits()));
    return source_->submit(std::move(submission));
}

Outcome Engine::submit_and_wait(std::string payload) {
    return submit_and_wait(single_record(std::move(payload), {}));
}

Outcome Engine::submit_and_wait(Submission submission) {
    std::promise<Outcome> promise;
    auto future = promise.get_future();
    submission.done = [&](Outcome outcome) { promise.set_value(std::move(outcome)); };
    if (const Status status = submit(std::move(submission)); !status) {
        return {.status = status, .position = 0, .duplicates = {}, .refused = {}};
    }
    return future.get();
}

void Engine::run_fold() {
    name_thread("tl-fold");
    take_short_turns();
    while (auto epoch = source_->next()) {
        if (const Status status = fold_epoch(std::move(*epoch)); !status) {
            log_error("engine.fold_failed", {{"code", code_name(status.error().code)},
                                             {"message", status.error().message}});
        }
    }
}

Status Engine::fold_epoch(Epoch epoch) {
    if (!epoch.is_refused) log_bytes_ += epoch.byte_count();
    const Status status = epoch.is_refused ? Status::ok() : fold_->apply(epoch);
    if (status) {
        if (!epoch.is_refused) publish_view();
    } else {
        is_failed_ = true;  // Before anybody is answered: who asks next must see it.
        for (FoldBatch& batch : epoch.batches) {
            batch.outcome.status = Error::unavailable("engine: stopped after a failed read");
        }
    }
    const auto reply = [&] { answer(epoch); };
    options_.reply_scope ? options_.reply_scope(reply) : reply();
    maybe_begin_checkpoint();
    return status;
}

void Engine::answer(Epoch& epoch) {
    for (FoldBatch& batch : epoch.batches) {
        if (batch.submission.done) batch.submission.done(std::move(batch.outcome));
    }
}

// Tables, history and counters change for readers in one step.
void Engine::publish_view() {
    bool is_nearer = false;
    {
        const std::lock_guard lock(view_mutex_);
        fold_->publish();
        is_nearer = fold_->state().next_due < published_.next_due;
        published_ = fold_->state();
        settings_ = fold_->settings();
        snapshot_ = history_->snapshot();
        const uint64_t changes = fold_->outbox_changes();
        if (changes != std::exchange(outbox_changes_, changes) && outbox_heard_) outbox_heard_();
    }
    if (is_nearer) timers_changed_.notify_one();
    tables_->settle();
}

void Engine::listen_to_outbox(std::function<void()> heard) {
    const std::lock_guard lock(view_mutex_);
    outbox_heard_ = std::move(heard);
}

View Engine::view() const {
    const std::lock_guard lock(view_mutex_);
    return {.pin = tables_->epochs.pin(),
            .state = published_,
            .settings = settings_,
            .history = snapshot_,
            .tables = *tables_,
            .dictionary = history_->dictionary(),
            .secret = secret_};
}

QueryView Engine::query_view() const {
    const std::lock_guard lock(view_mutex_);
    return {.state = published_,
            .settings = settings_,
            .history = snapshot_,
            .roots = roots_->snapshot(),
            .dictionary = history_->dictionary()};
}

std::shared_ptr<const Settings> Engine::settings() const {
    const std::lock_guard lock(view_mutex_);
    return settings_;
}

bool Engine::accepts() const {
    return !is_failed_ && !is_over_limits(2);
}

model::Position Engine::last_position() const {
    const std::lock_guard lock(view_mutex_);
    return published_.next_position == 0 ? 0 : published_.next_position - 1;
}

Health Engine::health() const {
    Health health;
    const auto* log = static_cast<const LogSource*>(source_.get());
    health.last_sync = log->last_sync();
    health.waiting_bytes = log->waiting_bytes();
    health.dirty_bytes = tables_->dirty_bytes();
    health.tail_bytes = history_->tail_bytes();
    const store::DuplicateSet::Stats live = live_->stats();
    health.duplicate_ids = live.ids;
    health.duplicate_days = live.days;
    health.memory_bytes = tables_->memory_bytes() + health.tail_bytes + live.memory_bytes +
                          imported_->stats().memory_bytes;
    health.disk_free_bytes = files_.free_bytes(options_.directory).value_or(0);
    health.replayed_records = replayed_;
    health.clock_ahead = clock_.ahead();
    {
        const std::lock_guard lock(work_mutex_);
        health.last_checkpoint = last_checkpoint_at_;
        health.checkpoints = checkpoints_count_;
        health.checkpoint_failures = checkpoint_failures_;
        if (!last_checkpoint_status_) {
            health.accepts = false;
            health.reason = last_checkpoint_status_.error().message;
        }
    }
    if (log->is_disk_full()) {
        health.accepts = false;
        health.reason = "store: the disk is full, free some space";
    }
    if (is_over_limits(2)) {
        health.accepts = false;
        health.reason = why_over_limits();
    }
    if (is_failed_) {
        health.accepts = false;
        health.reason = "engine: stopped after a failure, see the log and run throughline doctor";
    }
    return health;
}

// --- checkpoints and merges

bool Engine::is_over_limits(size_t factor) const {
    return tables_->dirty_bytes() > factor * memory_.dirty ||
           history_->tail_bytes() > factor * memory_.tail;
}

// Nothing goes to the disk fast enough, or nothing at all.
std::string_view Engine::why_over_limits() const {
    const std::lock_guard lock(work_mutex_);
    const bool is_full =
        !last_checkpoint_status_ && last_checkpoint_status_.error().code == Code::ResourceExhausted;
    return is_full ? "engine: the disk is full, free some space"
                   : "engine: the disk cannot keep up, try again";
}

size_t Engine::log_files_max() const {
    return memory_.log / options_.log_file_bytes + 2;
}

// What is due, if anything. A full tail alone calls for no more than its rows: writing the state of
// all who were seen since costs most when it is done often.
std::optional<CheckpointKind> Engine::due_checkpoint() const {
    const bool is_old = clock_.monotonic() - last_checkpoint_begun_ > options_.checkpoint_every &&
                        fold_->state().next_position > last_checkpoint_position_;
    if (is_old || tables_->dirty_bytes() > memory_.dirty || log_bytes_ > memory_.log) {
        return CheckpointKind::Full;
    }
    if (history_->tail_bytes() > memory_.tail) return CheckpointKind::History;
    return std::nullopt;
}

// Fold thread, between two epochs.
void Engine::maybe_begin_checkpoint() {
    const Micros now = clock_.monotonic();
    const auto due = due_checkpoint();
    {
        const std::lock_guard lock(work_mutex_);
        ++looks_;
        const bool is_wanted = checkpoints_wanted_ > checkpoints_begun_;
        const bool wants = due.has_value() || checkpoint_backoff_.is_waiting();
        // What a failed fold has left half done is no state to write.
        const bool begins = !is_failed_ && !is_checkpointing_ &&
                            (is_wanted || (wants && checkpoint_backoff_.may_try(now)));
        if (!begins && !is_wanted) return;
        if (begins)
            begin_checkpoint(is_wanted ? CheckpointKind::Full : due.value_or(CheckpointKind::Full));
    }
    work_changed_.notify_all();
}

// Fold thread, or before there is one. Requires: work_mutex_ held, once there are threads.
void Engine::begin_checkpoint(CheckpointKind kind) {
    is_checkpointing_ = true;
    // One of the history answers nobody who wants a checkpoint.
    const uint64_t answers =
        kind == CheckpointKind::Full ? checkpoints_wanted_ : checkpoints_begun_;
    checkpoints_begun_ = answers;
    job_ = checkpointer_->begin(kind, fold_->state(), std::exchange(merged_, {}), answers);
    if (kind == CheckpointKind::History) return;
    last_checkpoint_begun_ = clock_.monotonic();
    last_checkpoint_position_ = fold_->state().next_position;
    log_bytes_ = 0;
}

void Engine::run_checkpoints() {
    name_thread("tl-checkpoint");
    while (true) {
        std::unique_ptr<CheckpointJob> job;
        {
            std::unique_lock lock(work_mutex_);
            work_changed_.wait(lock, [&] { return job_ || is_stopping_; });
            if (!job_) return;
            job = std::move(job_);
        }
        const uint64_t request = job->request;
        const bool is_full = job->kind == CheckpointKind::Full;
        const Status status = write_checkpoint(std::move(job));
        {
            const std::lock_guard lock(work_mutex_);
            is_checkpointing_ = false;
            checkpoints_done_ = request;
            last_checkpoint_status_ = status;
            if (is_full) full_checkpoint_status_ = status;
            if (status) {
                ++checkpoints_count_;
                if (is_full) last_checkpoint_at_ = clock_.now();
                checkpoint_failures_ = 0;
                checkpoint_backoff_.succeeded();
            } else {
                ++checkpoint_failures_;
                checkpoint_backoff_.failed(clock_.monotonic());
            }
        }
        work_changed_.notify_all();
    }
}

Status Engine::write_checkpoint(std::unique_ptr<CheckpointJob> job) {
    Status status;
    {
        const std::lock_guard lock(named_files_mutex_);
        status = checkpointer_->write(*job);
    }
    if (!status) {
        log_warn("engine.checkpoint_failed",
                 {{"code", code_name(status.error().code)}, {"message", status.error().message}});
        // Only a restart can tell which of the two stands.
        if (checkpointer_->is_in_doubt()) fatal(status.error());
        return status;
    }
    publish_snapshot();
    if (job->kind == CheckpointKind::Full) {
        checkpointed_ = job->state.next_position;
        const Status freed = source_->release_before(job->state.next_position, log_hold());
        if (!freed) {
            log_warn("engine.log_not_released", {{"code", code_name(freed.error().code)}});
        }
    }
    job.reset();  // With its snapshot, the last that holds what has moved to files.
    history_->free_dropped();
    return Status::ok();
}

// Forwards read the log behind the fold: it is kept as far as the slowest has to read, in bounds.
store::LogHold Engine::log_hold() const {
    constexpr uint64_t kShareOfFree = 10;
    constexpr Micros kLongest = 7 * kDay;
    static_assert(kLongest < kPassedOverLife);
    const auto slowest = slowest_forward(*settings(), tables_->forwarding);
    if (!slowest) return {};
    return {.position = *slowest,
            .bytes_max = files_.free_bytes(options_.directory).value_or(0) / kShareOfFree,
            .since = clock_.now() - kLongest};
}

// Rows have moved from the tail to files: later views need not hold the tail any more.
void Engine::publish_snapshot() {
    const std::lock_guard lock(view_mutex_);
    snapshot_ = history_->snapshot();
}

Status Engine::checkpoint() {
    uint64_t wanted = 0;
    {
        const std::lock_guard lock(work_mutex_);
        wanted = ++checkpoints_wanted_;
    }
    std::unique_lock lock(work_mutex_);
    while (checkpoints_done_ < wanted && !is_stopping_) {
        if (is_failed_) return Error::unavailable("engine: stopped after a failure, see the log");
        if (is_checkpointing_ || checkpoints_begun_ >= wanted) {
            work_changed_.wait(lock);
            continue;
        }
        // The fold looks behind each epoch, also behind one with nothing but a tick.
        const uint64_t looks = looks_;
        lock.unlock();
        TL_TRY(tick_and_wait());
        lock.lock();
        work_changed_.wait(lock, [&] { return looks_ > looks || is_stopping_; });
    }
    if (checkpoints_done_ < wanted) return Error::unavailable("engine: stopping");
    return full_checkpoint_status_;
}

// Past the limits of submit(): a checkpoint is what brings the engine below them.
Status Engine::submit_tick(Done done) {
    return source_->submit(
        single_record(model::make_record(model::RecordKind::Tick, {}), std::move(done)));
}

Status Engine::tick_and_wait() {
    std::promise<Status> promise;
    TL_TRY(submit_tick([&](Outcome outcome) { promise.set_value(std::move(outcome.status)); }));
    return promise.get_future().get();
}

// Requires: work_mutex_ held.
bool Engine::is_retry_due() const {
    return checkpoint_backoff_.is_waiting() && checkpoint_backoff_.may_try(clock_.monotonic());
}

// While submissions are refused for want of memory, or none arrive, no epoch comes by itself to
// begin the checkpoint that would free it, e.g. after the disk was full.
void Engine::nudge_checkpoint() {
    {
        const std::lock_guard lock(work_mutex_);
        if (is_checkpointing_) return;
        if (checkpoint_backoff_.is_waiting() ? !is_retry_due() : !is_over_limits(1)) return;
    }
    if (const Status status = submit_tick({}); !status) {
        log_warn("engine.not_nudged", {{"code", code_name(status.error().code)}});
    }
}

// Time passes with records: where a timer is due and nothing arrives, a tick does. While more are
// due than fire with one, the next follows at once. The clock is looked at now and then though
// nothing is due, because it may be set.
void Engine::run_timers() {
    constexpr Micros kLook = 250'000;
    constexpr auto kPause = std::chrono::milliseconds(500);  // After a tick that was not taken.
    name_thread("tl-timers");
    std::unique_lock lock(view_mutex_);
    while (!are_timers_stopped_) {
        const Micros wait = published_.next_due - std::min(published_.next_due, clock_.now());
        if (wait > 0) {
            timers_changed_.wait_for(lock, std::chrono::microseconds(std::min(wait, kLook)));
            continue;
        }
        lock.unlock();
        const Status ticked = is_failed_ ? Status::ok() : tick_and_wait();
        if (!ticked) log_warn("engine.not_ticked", {{"code", code_name(ticked.error().code)}});
        lock.lock();
        if (!ticked || is_failed_) timers_changed_.wait_for(lock, kPause);
    }
}

bool Engine::is_stopping() const {
    const std::lock_guard lock(work_mutex_);
    return is_stopping_;
}

Status Engine::build_segments() {
    const std::lock_guard one_at_a_time(segments_mutex_);
    SegmentBuilder builder(
        [this](std::string payload) { return submit_and_wait(std::move(payload)); },
        [this] { return !is_failed_ && !is_stopping(); });
    while (true) {
        TL_TRY_ASSIGN(const bool has_done, builder.step(query_view()));
        if (!has_done) return Status::ok();
    }
}

void Engine::run_segments() {
    name_thread("tl-segments");
    yield_to_others();
    constexpr auto kPause = std::chrono::milliseconds(200);
    while (true) {
        {
            std::unique_lock lock(work_mutex_);
            if (work_changed_.wait_for(lock, kPause, [&] { return is_stopping_; })) return;
        }
        if (is_failed_ || !options_.merges_files) continue;
        const Status built = build_segments();
        if (built || built.error().code == Code::Cancelled) continue;
        log_warn("engine.segments_not_built",
                 {{"code", code_name(built.error().code)}, {"message", built.error().message}});
    }
}

void Engine::run_merges() {
    name_thread("tl-merge");
    yield_to_others();  // Who asks and who sends come first.
    constexpr auto kPause = std::chrono::milliseconds(500);
    while (true) {
        {
            std::unique_lock lock(work_mutex_);
            if (work_changed_.wait_for(lock, kPause, [&] { return is_stopping_; })) return;
        }
        if (is_failed_) continue;
        nudge_checkpoint();
        if (options_.merges_files) merge_files();
    }
}

void Engine::merge_files() {
    constexpr size_t kHashesPerStep = 200'000;
    const std::unique_lock rewriting(rewrite_mutex_, std::try_to_lock);
    if (!rewriting) return;  // The next time.
    for (store::DuplicateSet* set : {live_.get(), imported_.get()}) {
        const auto more = set->merge_step(kHashesPerStep);
        if (!more)
            log_warn("engine.duplicates_not_merged", {{"code", code_name(more.error().code)}});
    }
    merge_history();
    expire_history();
}

// One month an hour: a clock that is years ahead must not take all of history at once.
void Engine::expire_history() {
    if (options_.keep_history == 0 || clock_.monotonic() < next_expiry_) return;
    const auto change = history_->expire_month(clock_.now() - options_.keep_history);
    if (!change) return;
    next_expiry_ = clock_.monotonic() + kHour;
    log_info("engine.history_expired",
             {{"files", change->removed.size()}, {"events", change->dropped}});
    const std::lock_guard lock(work_mutex_);
    merged_.push_back(*change);
}

Status Engine::verify() const {
    TL_TRY(cold_->verify());
    TL_TRY(history_->verify());
    TL_TRY(live_->verify());
    return imported_->verify();
}

bool Engine::has_erased_people() const {
    const std::lock_guard lock(view_mutex_);
    return published_.tombstones > 0;
}

void Engine::merge_history() {
    const auto plan = history_->plan_merge(clock_.now());
    if (!plan) return;
    const auto roots = roots_->snapshot();
    sequence::RewriteOptions rewrite{
        .home_of = [&](uint32_t identity) { return home_of(roots, identity); }};
    if (has_erased_people()) {
        rewrite.keep = [&](const sequence::Row& row) {
            return root_of_word(roots[row.identity]) != kErasedRoot;
        };
    }
    rewrite.proceed = [this] {
        const std::lock_guard lock(work_mutex_);
        return !is_stopping_;
    };
    auto change = history_->merge(*plan, rewrite);
    if (!change) {
        if (change.error().code != Code::Cancelled) {
            log_warn("engine.history_not_merged", {{"code", code_name(change.error().code)},
                                                   {"message", change.error().message}});
        }
        return;
    }
    const std::lock_guard lock(work_mutex_);
    merged_.push_back(std::move(*change));
}

Status Engine::stop() {
    if (!source_ || is_stopped_) return Status::ok();
    is_stopped_ = true;
    Status status = is_failed_ ? Status::ok() : checkpoint();
    {
        const std::lock_guard lock(view_mutex_);
        are_timers_stopped_ = true;
    }
    timers_changed_.notify_all();
    source_->stop();
    if (fold_thread_.joinable()) fold_thread_.join();
    {
        const std::lock_guard lock(work_mutex_);
        is_stopping_ = true;
    }
    work_changed_.notify_all();
    if (timer_thread_.joinable()) timer_thread_.join();
    if (checkpoint_thread_.joinable()) checkpoint_thread_.join();
    if (merge_thread_.joinable()) merge_thread_.join();
    if (segment_thread_.joinable()) segment_thread_.join();
    const std::lock_guard rewriting(rewrite_mutex_);  // An erasure ends for want of checkpoints.
    if (status && !is_failed_ && fold_->state().next_position > last_checkpoint_position_) {
        // What was taken after the checkpoint above: a clean stop leaves no tail.
        status =
            write_checkpoint(checkpointer_->begin(CheckpointKind::Full, fold_->state(), {}, 0));
    }
    source_.reset();
    return status;
}

}  // namespace throughline::engine
