#include "cli/maintain.h"

#include "cli/api.h"
#include "cli/console.h"
#include "cli/data_directory.h"
#include "cli/findings.h"
#include "engine/backup.h"

namespace throughline::cli {

namespace {

store::Files& files() {
    return store::posix_files();
}

}  // namespace

Result<Exit> run_restore(const Arguments& arguments) {
    if (!arguments.has("data")) return usage_error("--data: name the directory to make");
    const std::string directory = arguments.text("data");
    TL_TRY_ASSIGN(const engine::BackupReport report,
                  engine::restore_backup(files(), arguments.operands()[0], directory));
    if (arguments.has("json")) {
        print_json(model::DocView(engine::report_doc(report)));
        return Exit::Done;
    }
    print("Restored " + with_commas(report.events) + " events, up to position " +
          model::format_position(report.position) + ", into " + directory +
          "\nNothing is sent from it until: throughline resume-sending --data " + directory + "\n");
    return Exit::Done;
}

Result<Exit> run_resume_sending(const Arguments& arguments) {
    const std::string directory = arguments.text("data");
    TL_TRY(need_data_directory(directory));
    TL_TRY_ASSIGN(const bool was_held, resume_sending(directory));
    print(was_held ? "Sending goes on.\n" : "Sending was not held.\n");
    return Exit::Done;
}

Result<Exit> run_verify(const Arguments& arguments) {
    const std::string directory = arguments.text("data");
    TL_TRY(need_data_directory(directory));
    Findings findings;
    TL_TRY(check_files(directory, findings));
    arguments.has("json") ? print_json(model::DocView(findings.doc())) : print(findings.text());
    return findings.problems() == 0 ? Exit::Done : Exit::Failed;
}

}  // namespace throughline::cli
