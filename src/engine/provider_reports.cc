#include "engine/provider_reports.h"

#include <algorithm>

#include "engine/consents.h"

namespace throughline::engine {

using privacy::SuppressionReason;

namespace {

// A provider's calls are told apart by a mapping of theirs. One that takes events as they are hands
// on what visitors of a site may have said.
bool reports_itself(const Settings& settings, const model::Source& source) {
    static constexpr std::string_view kHandOn[] = {"segment-webhook", "rudderstack-webhook",
                                                   "segment-archive", "throughline-events"};
    if (source.mapping.empty() || std::ranges::find(kHandOn, source.mapping) != std::end(kHandOn)) {
        return false;
    }
    const Definition* const own = settings.find("mappings", source.mapping);
    return own == nullptr || own->value.find("as_is") == own->value.npos;
}

}  // namespace

std::optional<SuppressionReason> reported_reason(const model::EventView& event) {
    if (event.type() != model::EventType::Track) return {};
    const std::string_view name = event.name();
    if (name == "Email Complained") return SuppressionReason::Complaint;
    if (name != "Email Bounced") return {};
    const std::string_view type = event.doc().find("properties").find("type").as_string();
    if (type != "hard") return {};
    return SuppressionReason::HardBounce;
}

Result<bool> suppress_address(Tables& tables, const Key128& key, model::NamespaceId space,
                              privacy::Suppression suppression) {
    store::OrderedTable& rows = tables.suppressions;
    const std::string row = suppression_row(key);
    TL_TRY_ASSIGN(const auto bytes, rows.get(row));
    privacy::SuppressedAddress address{.space = space, .reasons = {}};
    if (bytes) {
        TL_TRY_ASSIGN(address, privacy::SuppressedAddress::decode(*bytes));
    }
    const model::Position position = suppression.position;
    if (!address.add(std::move(suppression))) return false;
    rows.put(suppression_order_row(position), row);
    rows.put(row, address.encode());
    return true;
}

Result<bool> unsuppress_address(Tables& tables, const Key128& key,
                                std::optional<SuppressionReason> reason) {
    store::OrderedTable& rows = tables.suppressions;
    const std::string row = suppression_row(key);
    TL_TRY_ASSIGN(const auto bytes, rows.get(row));
    if (!bytes) return false;
    TL_TRY_ASSIGN(auto address, privacy::SuppressedAddress::decode(*bytes));
    const auto removed = address.remove(reason);
    for (const privacy::Suppression& one : removed) {
        rows.erase(suppression_order_row(one.position));
    }
    if (address.reasons.empty()) {
        rows.erase(row);
    } else {
        rows.put(row, address.encode());
    }
    return !removed.empty();
}

Status follow_report(Tables& tables, const SecretKey& secret, const Settings& settings,
                     const model::EventView& event, model::Position position) {
    const auto reason = reported_reason(event);
    if (!reason) return Status::ok();
    const model::Source* const source = settings.source(event.source());
    if (source == nullptr || !reports_itself(settings, *source)) return Status::ok();
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        const model::IdentifierView identifier = event.identifier(i);
        if (identifier.space != model::kEmail) continue;
        const Key128 key = privacy::suppression_key(secret, model::kEmail, identifier.value);
        TL_TRY(suppress_address(
            tables, key, model::kEmail,
            {.reason = *reason, .at = event.time(), .position = position, .actor = {}}));
        return Status::ok();  // One event, one address: of the mail that came back.
    }
    return Status::ok();
}

}  // namespace throughline::engine
