#include "server/journey_needs.h"

#include <variant>

namespace throughline::server {

Status no_message_names(std::string_view area, std::string_view key,
                        std::string journey::MessageStep::*name, const engine::Settings& settings) {
    for (const engine::LiveJourney& live : settings.journeys().all()) {
        for (const engine::LiveVersion& version : live.versions) {
            for (const journey::Step& step : version.definition->steps()) {
                const auto* const message = std::get_if<journey::MessageStep>(&step.what);
                if (message == nullptr || message->*name != key) continue;
                return Error::precondition(std::string(area) + ": the journey " + live.key +
                                           " names it in its step " + step.id);
            }
        }
    }
    return Status::ok();
}

}  // namespace throughline::server
