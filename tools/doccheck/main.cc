// doccheck ROOT BINARY SCRATCH: runs the examples of README.md, docs/ and the modules' READMEs.
//
// Each page gets a folder of its own under SCRATCH, in which the files of ROOT appear as links, and
// `throughline` on PATH and at build/throughline. Its examples run there in order; what they leave
// running ends with the page. Exit codes: 0 all passed, 1 some failed, 2 usage.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "doccheck/pages.h"

namespace throughline::doccheck {
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kExampleTimeMax{120};

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> pages_of(const fs::path& root) {
    std::vector<fs::path> pages{root / "README.md"};
    for (const char* folder : {"docs", "src"}) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".md") pages.push_back(entry.path());
        }
    }
    std::erase_if(pages, [](const fs::path& page) { return !fs::exists(page); });
    std::ranges::sort(pages);
    return pages;
}

void lay_out(const fs::path& scratch, const fs::path& root, const fs::path& binary) {
    fs::remove_all(scratch);
    fs::create_directories(scratch / "build");
    fs::create_symlink(binary, scratch / "build" / "throughline");
    for (const auto& entry : fs::directory_iterator(root)) {
        const fs::path name = entry.path().filename();
        if (name != "build" && name != ".git") fs::create_symlink(entry.path(), scratch / name);
    }
}

// Becomes `sh` in a session of its own, its output in files. Does not return.
[[noreturn]] void become_shell(const fs::path& scratch, const std::string& script) {
    setsid();
    const auto redirect = [](int from, const char* path, int flags) {
        const int to = open(path, flags, 0600);
        if (to < 0 || dup2(to, from) < 0) _exit(126);
    };
    if (chdir(scratch.c_str()) != 0) _exit(126);
    redirect(0, "/dev/null", O_RDONLY);
    redirect(1, "build/stdout", O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, "build/stderr", O_WRONLY | O_CREAT | O_TRUNC);
    const char* path = std::getenv("PATH");
    setenv("PATH", ((scratch / "build").string() + ":" + (path ? path : "")).c_str(), 1);
    setenv("HOME", scratch.c_str(), 1);
    execlp("sh", "sh", "-euc", script.c_str(), nullptr);
    _exit(127);
}

// Returns the exit code; 124 when it took too long. Adds the session to `started`.
int run(const fs::path& scratch, const std::string& script, std::vector<pid_t>& started) {
    const pid_t child = fork();
    if (child == 0) become_shell(scratch, script);
    started.push_back(child);
    const auto deadline = std::chrono::steady_clock::now() + kExampleTimeMax;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            kill(-child, SIGKILL);
            waitpid(child, &status, 0);
            return 124;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct Count {
    size_t passed = 0;
    size_t failed = 0;
};

void run_page(const fs::path& page, const std::string& name, const fs::path& scratch,
              Count& count) {
    std::vector<pid_t> started;
    for (const auto& example : examples_of(read_file(page))) {
        const int code = run(scratch, example.script, started);
        const std::string out = read_file(scratch / "build" / "stdout");
        const bool matches = !example.output || output_matches(*example.output, out);
        if (code == 0 && matches) {
            ++count.passed;
            continue;
        }
        ++count.failed;
        std::printf("%s:%zu: exit code %d%s\n--- it printed\n%s--- on stderr\n%s", name.c_str(),
                    example.line, code, matches ? "" : ", and the output differs", out.c_str(),
                    read_file(scratch / "build" / "stderr").c_str());
        if (!matches) std::printf("--- the page says\n%s", example.output->c_str());
    }
    for (const pid_t session : started) kill(-session, SIGKILL);
}

}  // namespace
}  // namespace throughline::doccheck

int main(int argc, char** argv) {
    using namespace throughline::doccheck;
    if (argc != 4) {
        std::fputs("usage: doccheck ROOT BINARY SCRATCH\n", stderr);
        return 2;
    }
    const fs::path root = fs::absolute(argv[1]);
    const fs::path scratch = fs::absolute(argv[3]);
    Count count;
    for (const auto& page : pages_of(root)) {
        lay_out(scratch, root, fs::absolute(argv[2]));
        run_page(page, fs::relative(page, root).string(), scratch, count);
    }
    std::printf("doccheck: %zu passed, %zu failed\n", count.passed, count.failed);
    return count.failed == 0 ? 0 : 1;
}
