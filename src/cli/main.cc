#include "cli/commands.h"

int main(int argc, char** argv) {
    return static_cast<int>(throughline::cli::run_program({argv + 1, argv + argc}));
}
