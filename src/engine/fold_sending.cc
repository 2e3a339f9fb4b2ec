// The fold of what is sent: attempts begun, outcomes, and what somebody decides about them.
#include "engine/fold.h"
#include "engine/fold_cursor.h"

namespace throughline::engine {

Status Fold::fold_sending(const Cursor& at, model::DocView doc, std::string_view action) {
    const Happening now{at.position, at.stamp};
    if (action == "send_begin") return outbox_.begin(now, doc);
    if (action == "send_outcome") return outbox_.settle(now, doc);
    if (action == "send_recover") return outbox_.recover(now);
    if (action == "send_doubt") return outbox_.doubt(now, doc);
    // The hold itself is the directory's, not the log's: of its end only the audit is told.
    const Status decided = action == "send_resume" ? Status::ok() : outbox_.decide(now, doc);
    if (!decided) {
        const Code code = decided.error().code;
        const bool is_refusal = code == Code::NotFound || code == Code::FailedPrecondition ||
                                code == Code::InvalidArgument;
        if (!is_refusal) return decided;
        refuse(at, code_name(code), decided.error().message);
        return Status::ok();
    }
    note_audit(at, doc, action, doc.find("subject").as_string());
    return Status::ok();
}

}  // namespace throughline::engine
