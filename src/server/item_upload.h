// Items that come together: a JSON array, JSON Lines or CSV, checked one by one, made records.
//
// An item that cannot be taken is named with its place and the reason; the others are taken.
//
// Layer 7. Pure, but for ItemUpload::send(), which waits for the engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/update.h"
#include "server/app.h"
#include "server/router.h"

namespace throughline::server {

inline constexpr size_t kItemsMax = 10'000;       // Of one request.
inline constexpr size_t kRefusalsListed = 1'000;  // Further ones are counted.

/// Why an item was not taken.
struct ItemRefusal {
    size_t index = 0;   // Its place, from 0.
    uint64_t line = 0;  // In a file, from 1; 0: it came in an array.
    std::string id;     // Empty: it could not be read.
    std::string code;
    std::string message;
};

/// How a body is to be read.
struct ItemReading {
    const catalog::Type& type;
    std::string_view actor;
    catalog::Fields rest = catalog::Fields::Merge;
    bool is_history = false;
};

/// The record of one item's update.
std::string item_record(std::string_view actor, std::string_view type_key,
                        const catalog::Update& update);

class ItemUpload {
public:
    /// Reads the items of a JSON body: an array, or one object.
    /// Errors: InvalidArgument for what is neither, and for more than kItemsMax.
    static Result<ItemUpload> of_json(const ItemReading& reading, model::DocView body);
    /// Reads JSON Lines or CSV. Errors: InvalidArgument, as of_json().
    static Result<ItemUpload> of_text(const ItemReading& reading, std::string body, bool is_csv);

    /// Logs what was read and waits until it is folded. Errors: of the engine; a part may be taken.
    Status send(engine::Engine& engine);

    /// What became of it: `{"accepted":…,"unchanged":…,"older":…,"rejected":[…],…}`. Who asked for
    /// a state in which the item was not is told how it stands in `view`.
    /// Requires: `view` is not from before send(). Errors: of the reads.
    Result<std::string> answer(const engine::View& view, const catalog::Type& type) const;

private:
    struct Place {
        size_t index = 0;
        uint64_t line = 0;
        std::string id;
    };

    Status add(const ItemReading& reading, model::DocView sent, uint64_t line, catalog::Form form);
    void refuse(const Place& place, std::string_view code, std::string message);
    Status send_some(engine::Engine& engine, size_t from, size_t count);

    std::vector<std::string> records_;
    std::vector<Place> places_;  // Of each record.
    size_t count_ = 0;           // Items seen.
    size_t accepted_ = 0;
    size_t unchanged_ = 0;
    size_t older_ = 0;
    size_t refused_ = 0;
    std::vector<ItemRefusal> refusals_;
    model::Position position_ = 0;  // Of the last record; 0: none was sent.
};

}  // namespace throughline::server
