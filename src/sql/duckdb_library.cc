#include "sql/duckdb_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace throughline::sql {

namespace {

constexpr std::string_view kName = "libduckdb.so";
constexpr std::string_view kWhatToDo =
    "put libduckdb.so of DuckDB 1.4 or newer beside the program, or its path into "
    "THROUGHLINE_DUCKDB (`./dev build` installs it)";

std::vector<std::string> places() {
    if (const char* named = std::getenv("THROUGHLINE_DUCKDB"); named != nullptr && *named != '\0') {
        return {named};
    }
    std::error_code failed;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
    if (failed) return {std::string(kName)};
    return {(program.parent_path() / kName).string(), std::string(kName)};
}

Error missing(const std::string& why) {
    return Error::precondition("sql: DuckDB is not there (" + why + "): " + std::string(kWhatToDo));
}

Result<duck::Api> functions_of(void* library, const std::string& path) {
    duck::Api api;
    const auto find = [&](auto& function, const char* name) {
        function =
            reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
        return function != nullptr;
    };
#define TL_DUCKDB_FIND(answers, name, takes)           \
    if (!find(api.name, "duckdb_" #name)) {            \
        return missing(path + " lacks duckdb_" #name); \
    }
    TL_DUCKDB_FUNCTIONS(TL_DUCKDB_FIND)
#undef TL_DUCKDB_FIND
    return api;
}

Result<duck::Api> find_library() {
    std::string why = "none was found";
    for (const std::string& path : places()) {
        // It stays: threads and destructors of the library have no end that we could wait for.
        if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
            return functions_of(library, path);
        }
        if (const char* said = dlerror(); path.find('/') != path.npos && said != nullptr) {
            std::error_code failed;
            if (std::filesystem::exists(path, failed)) why = said;
        }
    }
    return missing(why);
}

struct ConfigGuard {
    const duck::Api& api;
    duck::Config config = nullptr;
    ~ConfigGuard() { api.destroy_config(&config); }
};

// Cuts the picture of the statement off a message and says in words what it points at.
std::string with_place(std::string_view message) {
    const size_t picture = message.find("\n\nLINE ");
    std::string text(message.substr(0, message.find("\n\n")));
    for (char& c : text) c = c == '\n' ? ' ' : c;
    if (picture == message.npos) return text;
    const std::string_view shown = message.substr(picture + 2);
    const size_t colon = shown.find(": ");
    const size_t line_end = shown.find('\n');
    const size_t caret = shown.find('^', line_end == shown.npos ? shown.size() : line_end);
    if (colon == shown.npos || caret == shown.npos) return text;
    const size_t column = caret - line_end - 1;  // From the start of the line shown, head included.
    const std::string line = text + " (line " + std::string(shown.substr(5, colon - 5));
    // A long line is shown from its middle on; its columns are not known then.
    if (column < colon + 2 || shown.substr(colon + 2).starts_with("...")) return line + ")";
    return line + ", column " + std::to_string(column - colon - 1) + ")";
}

}  // namespace

Result<const duck::Api*> load_duckdb() {
    // Found once; what is missing is looked for again, so that it can be put there meanwhile.
    static std::mutex mutex;
    static std::optional<duck::Api> loaded;
    const std::lock_guard lock(mutex);
    if (!loaded) {
        TL_TRY_ASSIGN(loaded, find_library());
    }
    return &*loaded;
}

std::string sql_literal(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

Error error_of(const char* message) {
    const std::string_view said = message == nullptr ? "it says nothing" : message;
    const std::string text = "sql: " + with_place(said);
    if (said.starts_with("INTERRUPT")) return Error{Code::Cancelled, "sql: stopped"};
    if (said.starts_with("Out of Memory")) {
        return Error::exhausted("sql: the statement needs more memory than it may have");
    }
    if (said.starts_with("Permission")) return Error{Code::PermissionDenied, text};
    if (said.starts_with("IO Error")) return Error::unavailable(text);
    return Error::invalid(text);
}

Result<Database> Database::open(const DatabaseOptions& options) {
    TL_TRY_ASSIGN(const duck::Api* api, load_duckdb());
    Database made(*api);
    ConfigGuard guard{*api};
    api->create_config(&guard.config);
    const std::pair<const char*, std::string> settings[] = {
        {"threads", std::to_string(options.threads)},
        {"memory_limit", std::to_string(options.memory_bytes >> 10) + "KiB"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_persistent_secrets", "false"}};
    for (const auto& [name, value] : settings) {
        if (api->set_config(guard.config, name, value.c_str()) != 0) {
            return Error::precondition("sql: this DuckDB does not know the setting " +
                                       std::string(name) + ": take version 1.4 or newer");
        }
    }
    char* message = nullptr;
    if (api->open_ext(":memory:", &made.database_, guard.config, &message) != 0) {
        const Error error = error_of(message);
        api->free(message);
        return error;
    }
    if (api->connect(made.database_, &made.connection_) != 0) {
        return Error::unavailable("sql: DuckDB gives no connection");
    }
    TL_TRY(made.configure(options));
    return made;
}

Status Database::configure(const DatabaseOptions& options) {
    TL_TRY(run("SET temp_directory = ''"));  // What does not fit into memory fails.
    TL_TRY(run("SET TimeZone = " + sql_literal(options.timezone)));
    if (options.has_files) return Status::ok();
    TL_TRY(run("SET enable_external_access = false"));
    return run("SET disabled_filesystems = 'LocalFileSystem'");
}

Database::Database(Database&& other) noexcept
    : api_(other.api_),
      database_(std::exchange(other.database_, nullptr)),
      connection_(std::exchange(other.connection_, nullptr)) {}

Database::~Database() {
    if (connection_ != nullptr) api_->disconnect(&connection_);
    if (database_ != nullptr) api_->close(&database_);
}

Status Database::run(const std::string& statement) {
    duck::Result result{};
    const duck::State state = api_->query(connection_, statement.c_str(), &result);
    Status status;
    if (state != 0) status = error_of(api_->result_error(&result));
    api_->destroy_result(&result);
    return status;
}

Status Database::lock() {
    return run("SET lock_configuration = true");
}

}  // namespace throughline::sql
