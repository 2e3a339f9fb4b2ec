// A data directory as commands open it, and the small files in it that are not the engine's:
//
//   server        the address of the server that has it open now
//   machine       a hash of the machine it last woke on
//   sending-held  nothing is sent until a person says so (engine/backup.h)
//
// Layer 8.
#pragma once

#include <memory>
#include <string>

#include "cli/command_line.h"
#include "engine/engine.h"

namespace throughline::cli {

inline constexpr std::string_view kDefaultDirectory = "./throughline-data";
inline constexpr std::string_view kServerNote = "server";
inline constexpr std::string_view kMachineNote = "machine";

/// Whether there is a data directory at a path.
Result<bool> is_data_directory(const std::string& directory);
/// Errors: NotFound, saying how to make one.
Status need_data_directory(const std::string& directory);

/// Opens the engine of a directory. Errors: those of Engine::open; FailedPrecondition when it is in
/// use, naming the server and what to do.
Result<std::unique_ptr<engine::Engine>> open_engine(engine::EngineOptions options);
/// The same for a command beside which nothing runs. Requires an existing directory.
Result<std::unique_ptr<engine::Engine>> open_engine_for_command(const std::string& directory);

/// Where uploaded files wait to be imported.
std::string spool_directory(const std::string& directory);

/// Holds sending when the directory wakes on another machine than the last one.
Status note_machine(const std::string& directory);
/// `on` or `held`.
Result<std::string> sending_state(const std::string& directory);
/// Lets sending go on, at once where a server has the directory open, else when one starts. Returns
/// false when it was not held.
Result<bool> resume_sending(const std::string& directory);

}  // namespace throughline::cli
