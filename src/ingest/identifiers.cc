#include "ingest/identifiers.h"

#include <algorithm>

#include "ingest/sent_text.h"
#include "model/normalise.h"

namespace throughline::ingest {

using model::DocView;
using model::IdentifierView;
using model::NamespaceId;

namespace {

// Segment's names for what we keep under another.
struct ExternalType {
    std::string_view type;
    NamespaceId space;
};
constexpr ExternalType kExternalTypes[] = {
    {"ios.id", model::kDeviceId},
    {"android.id", model::kDeviceId},
    {"ios.idfa", model::kAdvertisingId},
    {"android.idfa", model::kAdvertisingId},
    {"ios.push_token", model::kPushToken},
    {"android.push_token", model::kPushToken},
    {"userId", model::kUserId},
    {"anonymousId", model::kAnonymousId},
};

// The normal form of such a text is itself.
bool is_plain_ascii(std::string_view value) {
    return value.front() != ' ' && value.back() != ' ' && is_printable_ascii(value);
}

}  // namespace

const model::Namespace* find_namespace(const model::Namespaces& spaces, std::string_view type) {
    if (const model::Namespace* space = spaces.find(type)) return space;
    const auto known = std::ranges::find(kExternalTypes, type, &ExternalType::type);
    return known == std::end(kExternalTypes) ? nullptr : spaces.find(known->space);
}

void IdentifierList::begin(const EncodeContext& context, std::string_view region) {
    context_ = &context;
    region_ = region;
    count_ = 0;
    is_overfull_ = false;
}

void IdentifierList::add(NamespaceId space_id, std::string_view value, uint8_t flags) {
    const model::Namespace* space = context_->spaces->find(space_id);
    if (space == nullptr || value.empty() || value.size() > kTokenBytesMax) return;
    if (count_ == kIdentifiersMax) {
        is_overfull_ = true;
        return;
    }
    if (space->normaliser != model::Normaliser::Text || !is_plain_ascii(value)) {
        auto normal = model::normalise(space->normaliser, value, region_);
        if (!normal || normal->empty()) return;
        texts_[count_] = *std::move(normal);
        value = texts_[count_];
    }
    for (size_t i = 0; i < count_; ++i) {
        if (list_[i].space == space_id && list_[i].value == value) return;
    }
    if (model::is_generic(space_id, value)) flags |= model::kIdentifierGeneric;
    list_[count_] = {space_id, flags, model::identifier_key(*context_->secret, space_id, value),
                     value};
    priorities_[count_] = space->priority;
    ++count_;
}

// A text that has to be made stands in the slot of the identifier that it may become: it lives as
// long as the list, which keeps views.
void IdentifierList::add_sent(NamespaceId space, DocView value, DocView other) {
    std::string spare;  // A full list keeps nothing.
    std::string& room = count_ < kIdentifiersMax ? texts_[count_] : spare;
    std::string_view text;
    if (read_text(value, room, text) == SentText::Present ||
        read_text(other, room, text) == SentText::Present) {
        add(space, text);
    }
}

void IdentifierList::add_from_context(const KnownFields& context) {
    if (const DocView device = context[FieldName::Device]; device.is_object()) {
        add_sent(model::kDeviceId, device.find("id"));
        add_sent(model::kPushToken, device.find("token"));
        if (device.find("adTrackingEnabled").as_bool()) {
            add_sent(model::kAdvertisingId, device.find("advertisingId"));
        }
    }
    for (const DocView external : context[FieldName::ExternalIds].items()) {
        add_external_id(external);
    }
}

void IdentifierList::add_external_id(DocView external) {
    const DocView collection = external.find("collection");
    if (!collection.is_missing() && collection.as_string() != "users") return;
    const model::Namespace* space =
        find_namespace(*context_->spaces, external.find("type").as_string());
    if (space != nullptr) add_sent(space->id, external.find("id"));
}

void IdentifierList::add_from_traits(DocView traits, DocView other_traits) {
    for (const auto& [key, space] :
         {std::pair{"email", model::kEmail}, std::pair{"phone", model::kPhone}}) {
        add_sent(space, traits.find(key), other_traits.find(key));
    }
}

void IdentifierList::mark_verified(DocView verified) {
    for (const model::DocField& field : verified.fields()) {
        const model::Namespace* space = context_->spaces->find(field.key);
        if (space == nullptr || field.value.is_null() || !field.value.as_bool(true)) continue;
        for (size_t i = 0; i < count_; ++i) {
            if (list_[i].space == space->id) list_[i].flags |= model::kIdentifierVerified;
        }
    }
}

std::span<const IdentifierView> IdentifierList::sorted() {
    for (size_t i = 1; i < count_; ++i) {  // Nearly always one to three: insertion.
        for (size_t k = i; k > 0 && priorities_[k] < priorities_[k - 1]; --k) {
            std::swap(priorities_[k], priorities_[k - 1]);
            std::swap(list_[k], list_[k - 1]);
        }
    }
    return {list_.data(), count_};
}

}  // namespace throughline::ingest
