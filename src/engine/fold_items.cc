// The fold of items: records `{"action":"item","catalog":...}`, one an item (catalog/update.h).
//
// The owner is resolved as an event of hers would be, with the time at which the item says that it
// was so: an order of somebody who never visited the site makes her known. It is a row of nobody's
// history, so that nothing is counted by it. Somebody who was erased since is not made anew.
#include "engine/fold.h"
#include "engine/fold_cursor.h"
#include "engine/items/item_rows.h"
#include "model/normalise.h"
#include "profile/account.h"

namespace throughline::engine {

using catalog::Verdict;
using identity::IdentityId;

namespace {

// What the reads of the fold fail with stops it; all else is said of what was sent.
bool is_of_record(Code code) {
    return code == Code::NotFound || code == Code::InvalidArgument ||
           code == Code::FailedPrecondition;
}

std::string elsewhere_text(const std::optional<catalog::Item>& item) {
    if (!item) return "item: if_state: no item has this id";
    const std::string state(item->state());
    return "item: if_state: " + (state.empty() ? "it has no state" : "it is " + state + " by now");
}

}  // namespace

void Fold::item_keys(std::span<const FoldBatch> chunk, std::vector<Key128>& out) const {
    for (const FoldBatch& batch : chunk) {
        for (size_t i = 0; i < batch.submission.size(); ++i) {
            const std::string_view payload = batch.submission.record(i);
            if (model::record_kind(payload) != model::RecordKind::Decision) continue;
            if (!model::is_doc(payload.substr(1))) continue;
            const model::DocView doc = model::record_doc(payload);
            if (doc.find("action").as_string() != "item") continue;
            out.push_back(Items::key_in(parts_.secret, doc));
        }
    }
}

Status Fold::fold_item(const Cursor& at, model::DocView doc) {
    const Happening now{.cause = at.position, .at = at.stamp};
    auto news = items_.read(now, doc);
    if (!news) {
        if (!is_of_record(news.error().code)) return news.error();
        refuse(at, code_name(news.error().code), news.error().message);
        return Status::ok();
    }
    switch (news->change.verdict) {
        case Verdict::Older:
            refuse(at, "older", "item: updated_at: something newer is known");
            return Status::ok();
        case Verdict::Elsewhere:
            refuse(at, code_name(Code::Conflict), elsewhere_text(news->before));
            return Status::ok();
        case Verdict::Removed:
            note_audit(at, doc, "remove", "catalogs/" + news->type->key() + "/items");
            break;
        case Verdict::Unchanged:
            at.batch.outcome.duplicates.push_back(at.index);
            break;
        case Verdict::Changed:
            TL_TRY_ASSIGN(const bool is_taken, take_owner(at, *news));
            if (!is_taken) {
                refuse(at, "erased", "item: the owner was erased after it was so");
                return Status::ok();
            }
            break;
    }
    return items_.keep(now, *news);
}

// Sets the owner of a change; false when she was erased since.
Result<bool> Fold::take_owner(const Cursor& at, ItemNews& news) {
    if (!news.names_new_owner()) return true;
    catalog::Item& item = news.change.item;
    item.owner = std::monostate{};
    const auto text = owner_text(*news.type, item);
    if (!text) return true;
    const catalog::OwnerRule& rule = *news.type->owner();
    if (rule.is_account) {
        item.owner = profile::account_key(parts_.secret, *text);
        return true;
    }
    const model::Namespace* const space = settings_->namespaces().find(rule.space);
    const auto value =
        space == nullptr ? std::nullopt : model::normalise(space->normaliser, *text, "");
    if (!value || model::is_generic(rule.space, *value)) return true;
    const Key128 key = model::identifier_key(parts_.secret, rule.space, *value);
    TL_TRY_ASSIGN(const auto person,
                  person_named(at, {.time = item.updated_at,
                                    .message_key = {},
                                    .identifiers = {{rule.space, 0, key, *value}},
                                    .name = {},
                                    .message_id = {},
                                    .doc = {}}));
    if (person) item.owner = *person;
    return person.has_value();
}

// The identity that an event with these identifiers belongs to, made if need be; nothing for
// somebody who was erased after it.
Result<std::optional<IdentityId>> Fold::person_named(const Cursor& at, const model::Event& event) {
    std::string payload;
    model::append_event(payload, event);
    const model::EventView view(payload);
    TL_TRY_ASSIGN(const bool erased, is_erased(view));
    if (erased) return std::optional<IdentityId>{};
    TL_TRY(graph_.resolve({at.position, at.stamp}, view, identity::AliasPolicy::KeepUsersApart,
                          resolution_));
    TL_TRY(take_resolution(at));
    const IdentityId person = resolution_.identity;
    if (!resolution_.roots.empty()) {
        TL_TRY(acts_.after_decision({.cause = at.position, .at = at.stamp}, resolution_));
    }
    return std::optional<IdentityId>(person);
}

}  // namespace throughline::engine
