#include "cli/data_directory.h"

#include "base/hash.h"
#include "base/log.h"
#include "engine/backup.h"
#include "query/touch.h"

namespace throughline::cli {

namespace {

constexpr size_t kCommandMemory = size_t{1} << 30;
constexpr std::string_view kMachineIdPath = "/etc/machine-id";
constexpr SecretKey kMachineKey{'m', 'a', 'c', 'h', 'i', 'n', 'e'};

store::Files& files() {
    return store::posix_files();
}

std::string path_of(const std::string& directory, std::string_view name) {
    return store::join_path(directory, name);
}

// Hashed, so that a copied directory does not carry the id itself. Empty where there is none.
std::string machine_hash() {
    const auto id = store::read_file(files(), std::string(kMachineIdPath));
    if (!id || id->empty()) return {};
    const Key128 key = keyed_hash(kMachineKey, *id);
    return std::to_string(key.high) + "-" + std::to_string(key.low) + "\n";
}

Error in_use(const std::string& directory, const Error& error) {
    std::string message = "data directory in use: " + error.message;
    const auto server = store::read_file(files(), path_of(directory, kServerNote));
    if (server && !server->empty()) {
        const std::string url = server->substr(0, server->find('\n'));
        message += ", serving " + url + "; use --server " + url + " --token T instead of --data";
    }
    return Error::precondition(message);
}

}  // namespace

Result<bool> is_data_directory(const std::string& directory) {
    return store::file_exists(files(), path_of(directory, "secret"));
}

Status need_data_directory(const std::string& directory) {
    TL_TRY_ASSIGN(const bool exists, is_data_directory(directory));
    if (exists) return Status::ok();
    return Error::not_found("no data directory at " + directory +
                            ": throughline serve makes one, --data names another");
}

Result<std::unique_ptr<engine::Engine>> open_engine(engine::EngineOptions options) {
    const std::string directory = options.directory;
    options.touch = std::make_shared<query::KeptTouch>();
    auto opened = engine::Engine::open(files(), system_clock(), std::move(options));
    if (!opened && opened.error().code == Code::FailedPrecondition &&
        opened.error().message.find(" is held by ") != std::string::npos) {
        return in_use(directory, opened.error());
    }
    return opened;
}

Result<std::unique_ptr<engine::Engine>> open_engine_for_command(const std::string& directory) {
    TL_TRY(need_data_directory(directory));
    set_log_level(LogLevel::Warn);  // What the engine tells of its start is no answer here.
    engine::EngineOptions options;
    options.directory = directory;
    options.memory_bytes = kCommandMemory;
    return open_engine(std::move(options));
}

std::string spool_directory(const std::string& directory) {
    return path_of(directory, "spool");
}

Status note_machine(const std::string& directory) {
    const std::string here = machine_hash();
    if (here.empty()) return Status::ok();
    const std::string note = path_of(directory, kMachineNote);
    TL_TRY_ASSIGN(const bool is_noted, store::file_exists(files(), note));
    if (is_noted) {
        TL_TRY_ASSIGN(const std::string before, store::read_file(files(), note));
        if (before == here) return Status::ok();
        TL_TRY(store::replace_file(files(), path_of(directory, engine::kSendingHeldMark),
                                   "woke on another machine\n"));
        log_warn("cli.sending_held", {{"reason", "the data directory woke on another machine"}});
    }
    return store::replace_file(files(), note, here);
}

Result<std::string> sending_state(const std::string& directory) {
    const auto mark = store::read_file(files(), path_of(directory, engine::kSendingHeldMark));
    if (!mark && mark.error().code != Code::NotFound) return mark.error();
    return std::string(mark && *mark != engine::kResumeWish ? "held" : "on");
}

Result<bool> resume_sending(const std::string& directory) {
    TL_TRY_ASSIGN(const std::string state, sending_state(directory));
    if (state == "on") return false;
    TL_TRY(store::replace_file(files(), path_of(directory, engine::kSendingHeldMark),
                               engine::kResumeWish));
    return true;
}

}  // namespace throughline::cli
