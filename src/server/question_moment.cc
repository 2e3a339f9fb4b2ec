#include "server/question_moment.h"

#include <algorithm>

#include "server/marketing.h"

namespace throughline::server {

using model::DocView;

namespace {

/// Whether a key stands anywhere in a question: in some condition, say.
bool mentions(DocView value, std::string_view key) {
    for (const DocView item : value.items()) {
        if (mentions(item, key)) return true;
    }
    for (const model::DocField& field : value.fields()) {
        if (field.key == key || mentions(field.value, key)) return true;
    }
    return false;
}

/// Whether a question asks for what the installation says of its channels.
bool asks_for_channels(DocView question) {
    if (question.find("kind").as_string() == "attribution") return true;
    if (question.find("count").as_string() == "sessions") return true;
    if (mentions(question, "channel")) return true;
    for (const DocView series : question.find("series").items()) {
        if (series.find("measure").as_string() == "sessions") return true;
    }
    return false;
}

std::optional<query::Marketing> marketing_for(const engine::QueryView& view,
                                              std::span<const DocView> questions) {
    if (std::ranges::none_of(questions, asks_for_channels)) return {};
    return marketing_of(*view.settings);
}

}  // namespace

QuestionMoment::QuestionMoment(const App& app, const engine::QueryView& view,
                               std::span<const DocView> questions)
    : people_(view),
      profiles_(app.engine),
      past_(app.engine, view),
      marketing_(marketing_for(view, questions)),
      environment_(environment_of(app.clock, view, people_, marketing_ ? &*marketing_ : nullptr)) {
    environment_.profiles = &profiles_;
    environment_.past = &past_;
}

bool hangs_on_now(DocView question, Micros now) {
    if (question.find("kind").as_string() == "retention") return true;  // Returns count up to now.
    if (mentions(question, "did")) return true;                         // It looks back from now.
    const DocView known_at = question.find("as_known_at");
    if (!known_at.is_missing() && !parse_instant(known_at.as_string())) return true;
    for (const std::string_view end : {"from", "to"}) {
        const auto at = parse_instant(question.find(end).as_string());
        if (!at || *at + 2 * kDay > now) return true;  // A date alone: in some time zone.
    }
    return false;
}

}  // namespace throughline::server
