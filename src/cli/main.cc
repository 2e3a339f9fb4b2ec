#include "cli/commands.h"
#include "store/mapping_fault.h"

// Read by jemalloc before main. Large pages: state and history's tail are gigabytes that are read
// here and there, and a page of 4 KiB costs a walk of the page table each time. Few arenas: there
// are few busy threads, and each arena keeps free memory of its own.
extern "C" const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:auto,narenas:2,background_thread:true";

int main(int argc, char** argv) {
    throughline::store::end_on_unreadable_mapping();
    return static_cast<int>(throughline::cli::run_program({argv + 1, argv + argc}));
}
