#include "engine/message_items.h"

#include <algorithm>
#include <map>

#include "engine/items/item_list.h"

namespace throughline::engine {

using model::DocField;
using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kIdSuffix = "_id";
constexpr int kLevelsMax = 4;  // Of objects and lists below the properties.

/// Gathers what is named, each once.
class ItemSearch {
public:
    ItemSearch(const View& view, std::span<const identity::IdentityId> members)
        : view_(view), members_(members) {}

    Status look(DocView value, int levels) {
        if (levels > kLevelsMax) return Status::ok();
        for (const DocView item : value.items()) TL_TRY(look(item, levels + 1));
        for (const DocField& field : value.fields()) {
            if (field.value.is_array() || field.value.is_object()) {
                TL_TRY(look(field.value, levels + 1));
            } else if (field.key.ends_with(kIdSuffix)) {
                TL_TRY(add(field.key.substr(0, field.key.size() - kIdSuffix.size()), field.value));
            }
        }
        return add(value.find("catalog").as_string(), value.find("item"));
    }

    std::string doc() const {
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        for (const auto& [catalog, items] : found_) {
            out.key(catalog);
            const size_t all = out.open_object();
            for (const auto& [id, item] : items) {
                out.key(id);
                out.copy(DocView(item));
            }
            out.close(all);
        }
        out.close(mark);
        return doc;
    }

private:
    Status add(std::string_view catalog, DocView value) {
        const catalog::Type* const type = view_.settings->catalog(catalog);
        if (type == nullptr) return Status::ok();
        const std::string id = value.as_text().value_or("");
        auto& items = found_[std::string(catalog)];
        if (id.empty() || items.contains(id) || looked_up_ == kMessageItemsMax) {
            return Status::ok();
        }
        ++looked_up_;
        TL_TRY_ASSIGN(const auto item, find_item(view_, catalog, id));
        if (item && may_see(*type, *item)) items.emplace(id, item_document(*type, *item));
        return Status::ok();
    }
    bool may_see(const catalog::Type& type, const catalog::Item& item) const {
        return !type.owner() || std::ranges::find(members_, item.person()) != members_.end();
    }

    const View& view_;
    const std::span<const identity::IdentityId> members_;
    std::map<std::string, std::map<std::string, std::string>> found_;  // By catalog and id.
    size_t looked_up_ = 0;
};

}  // namespace

Result<std::string> items_named_in(const View& view, DocView properties,
                                   std::span<const identity::IdentityId> members) {
    ItemSearch search(view, members);
    TL_TRY(search.look(properties, 0));
    return search.doc();
}

}  // namespace throughline::engine
