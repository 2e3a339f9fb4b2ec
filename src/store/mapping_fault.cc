#include "store/mapping_fault.h"

#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/log.h"

namespace throughline::store {

namespace {

// A line of /proc/self/maps: `begin-end mode offset device inode path`, the numbers in hex.
std::string mapped_at(uintptr_t address) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        uintptr_t begin = 0;
        uintptr_t end = 0;
        char dash = 0;
        words >> std::hex >> begin >> dash >> end;
        if (address < begin || address >= end) continue;
        const size_t path = line.find('/');
        return path == line.npos ? std::string() : line.substr(path);
    }
    return {};
}

// It is raised by the very read that fails, which is a copy or a checksum over the mapping: nothing
// that this uses was interrupted half-way.
[[noreturn]] void tell_and_end(int, siginfo_t* info, void*) {
    log_error("store.mapping_failed",
              {{"file", mapped_at(reinterpret_cast<uintptr_t>(info->si_addr))},
               {"message",
                "store: the disk does not give the file back, or it was cut: look at the "
                "disk, run throughline verify, restore a backup"}});
    std::_Exit(1);  // Without destructors: nothing more may be written.
}

}  // namespace

void end_on_unreadable_mapping() {
    struct sigaction action {};
    action.sa_sigaction = tell_and_end;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND;  // A fault in telling kills.
    ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace throughline::store
