// What a template may see of a person, of the event that started her run, and of the moment.
//
//   person   id, name, traits {…}, identifiers {…: […]}, segments […], first_seen, last_seen
//   event    name, time, properties {…}
//   items    those that the event names, by catalog and id (message_items.h)
//   links    unsubscribe
//   now      the moment of sending, RFC 3339
//
// Layer 6. Pure over a View. Cost: that of load_person() and of its traits, if the template reads
// `person`; else next to nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/person.h"
#include "template/template.h"

namespace throughline::engine {

/// Where and how a person is spoken to, by her traits.
struct Manner {
    std::string locale;  // Trait `locale`, else `language`; empty: she has neither.
    std::string zone;    // Trait `timezone`, if it is one; else the installation's.
};

Manner manner_of(const View& view, const Person& person);

/// The variables of one render; they point into it.
class MessageValues {
public:
    MessageValues() = default;
    MessageValues(const MessageValues&) = delete;
    MessageValues& operator=(const MessageValues&) = delete;

    /// Errors: of the reads.
    Status set_person(const View& view, const Person& person);
    void set_event(std::string_view name, Micros time, model::DocView properties);
    /// Errors: of the reads.
    Status set_items(const View& view, model::DocView properties,
                     std::span<const identity::IdentityId> members);
    void set_unsubscribe(std::string_view link);
    void set_now(Micros at);

    /// Valid until the next set_….
    std::vector<tmpl::Variable> variables() const;

private:
    std::string person_;
    std::string event_;
    std::string items_;
    std::string links_;
    std::string now_;
};

}  // namespace throughline::engine
