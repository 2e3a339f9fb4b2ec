#include "server/view_people.h"

#include <algorithm>
#include <thread>

namespace throughline::server {

query::Environment environment_of(const Clock& clock, const engine::QueryView& view,
                                  const query::People& people, const query::Marketing* marketing) {
    return {.history = *view.history,
            .names = view.dictionary,
            .people = people,
            .clock = clock,
            .source_name =
                [settings = view.settings](model::SourceId id) {
                    const model::Source* source = settings->source(id);
                    return source != nullptr ? source->key : std::to_string(id);
                },
            .timezone = view.settings->timezone(),
            .threads = std::max(1U, std::thread::hardware_concurrency()),
            .marketing = marketing};
}

}  // namespace throughline::server
