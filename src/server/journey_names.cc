#include "server/journey_names.h"

#include "engine/outbox/message.h"
#include "engine/sending/sender_settings.h"
#include "privacy/rules.h"

namespace throughline::server {

using engine::Settings;
using journey::Problem;
using model::DocView;

namespace {

class Names {
public:
    Names(const Settings& settings, std::vector<Problem>& warnings)
        : settings_(settings), warnings_(warnings) {
        const engine::Definition* const definition = settings.find("settings", "senders");
        auto senders = engine::read_senders(DocView(definition ? definition->value : ""));
        if (definition != nullptr && senders) senders_ = std::move(*senders);
    }

    void look(const journey::Wanted& wanted, const std::string& path) {
        const auto* const segment = std::get_if<journey::SegmentWanted>(&wanted);
        if (segment == nullptr || settings_.segments().find(segment->segment) != nullptr) return;
        warn(path + ".segment", "no segment is called " + segment->segment);
    }

    void look(const journey::MessageStep& step, const std::string& path) {
        look_at_sender(step.channel, path + ".channel");
        look_at_template(step, path + ".template");
        if (settings_.privacy().purpose(step.purpose) == nullptr) {
            warn(path + ".purpose", "no purpose has the key " + step.purpose);
        }
        if (step.topic.empty()) return;
        const privacy::Topic* const topic = settings_.privacy().topic(step.topic);
        if (topic == nullptr) {
            warn(path + ".topic", "no topic has the key " + step.topic);
        } else if (topic->purpose != step.purpose) {
            warn(path + ".topic", "the topic " + step.topic + " is for the purpose " +
                                      topic->purpose + ", not for " + step.purpose);
        }
    }

    void look_at_sender(std::string_view channel, const std::string& path) {
        if (senders_.find(channel) != senders_.end()) return;
        warn(path, "nobody carries " + std::string(channel) + ": set a sender for it");
    }

private:
    void look_at_template(const journey::MessageStep& step, const std::string& path) {
        const engine::Definition* const found = settings_.find("templates", step.template_key);
        if (found == nullptr) return warn(path, "no template has the key " + step.template_key);
        const std::string_view made_for = DocView(found->value).find("channel").as_string();
        if ((made_for == "email") == (step.channel == "email")) return;
        warn(path, "the template " + step.template_key + " is for " + std::string(made_for) +
                       ", not for " + step.channel);
    }

    void warn(std::string path, std::string message) {
        warnings_.push_back({std::move(path), std::move(message)});
    }

    const Settings& settings_;
    std::vector<Problem>& warnings_;
    engine::SendersByChannel senders_;
};

}  // namespace

void find_named(const journey::Definition& definition, const Settings& settings,
                std::vector<Problem>& warnings) {
    Names names(settings, warnings);
    names.look(definition.trigger().on, "trigger");
    for (const journey::Ending& ending : definition.endings()) {
        names.look(ending.on, (ending.is_goal ? "goals: " : "exits: ") + ending.name);
    }
    for (size_t i = 0; i < definition.steps().size(); ++i) {
        const auto& what = definition.steps()[i].what;
        const std::string path = "steps[" + std::to_string(i) + ']';
        if (const auto* const message = std::get_if<journey::MessageStep>(&what)) {
            names.look(*message, path);
        } else if (std::holds_alternative<journey::WebhookStep>(what)) {
            names.look_at_sender(engine::kWebhookChannel, path);
        }
    }
}

}  // namespace throughline::server
