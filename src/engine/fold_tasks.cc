// The fold of what people decide about tasks: claimed, given back, done.
#include "engine/fold.h"
#include "engine/fold_cursor.h"

namespace throughline::engine {

Status Fold::fold_task(const Cursor& at, model::DocView doc, std::string_view action) {
    const Happening now{.cause = at.position, .at = at.stamp};
    const auto news = tasks_.decide(now, doc);
    if (!news) {
        const Code code = news.error().code;
        const bool is_refusal =
            code == Code::NotFound || code == Code::Conflict || code == Code::InvalidArgument;
        if (!is_refusal) return news.error();
        refuse(at, code_name(code), news.error().message);
        return Status::ok();
    }
    if (!*news) {
        at.batch.outcome.duplicates.push_back(at.index);
        return Status::ok();
    }
    TL_TRY(acts_.after_task(now, (*news)->owner, (*news)->moved));
    note_audit(at, doc, action, doc.find("subject").as_string());
    return Status::ok();
}

}  // namespace throughline::engine
