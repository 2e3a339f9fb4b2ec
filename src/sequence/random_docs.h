// Seeded documents of events for the tests of what is stored of them.
//
// Layer 3, tests only.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"
#include "model/doc.h"

namespace throughline::sequence {

/// Writes values as clients send them, and worse.
class RandomDocs {
public:
    explicit RandomDocs(uint64_t seed) : random_(seed) {}

    std::string event(std::string_view name, std::string_view message_id) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("event", name);
        out.field("messageId", message_id);
        out.field("timestamp",
                  format_instant(static_cast<Micros>(random_.below(1'900'000'000)) * kSecond));
        for (uint64_t left = random_.below(6); left > 0; --left) field(out, 0);
        out.close(mark);
        return doc;
    }

private:
    void field(model::DocWriter& out, int depth) {
        static constexpr std::string_view kKeys[] = {"a",   "b",  "price",     "",
                                                     "a.b", "[]", "properties"};
        out.key(kKeys[random_.below(std::size(kKeys))]);
        value(out, depth);
    }
    void value(model::DocWriter& out, int depth) {
        switch (random_.below(depth > 3 ? 8 : 11)) {
            case 0:
                return out.null();
            case 1:
                return out.boolean(random_.chance(0.5));
            case 2:
                return out.integer(static_cast<int64_t>(random_.next()) >> random_.below(64));
            case 3:
                return out.decimal({static_cast<int64_t>(random_.next() >> 40),
                                    static_cast<uint8_t>(random_.below(4))});
            case 4:
                return out.real(static_cast<double>(random_.next()) / 7);
            case 5:
                return out.number_text("1e400");
            case 6:
                return out.string(format_instant(static_cast<Micros>(random_.next() >> 14)));
            case 7:
                return out.string(std::string(random_.below(70), 'z'));
            case 8:
                return list(out, depth, true);
            case 9:
                return list(out, depth, false);
            default: {
                const size_t mark = out.open_object();
                for (uint64_t left = random_.below(4); left > 0; --left) field(out, depth + 1);
                out.close(mark);
            }
        }
    }
    void list(model::DocWriter& out, int depth, bool is_alike) {
        const size_t mark = out.open_array();
        for (uint64_t left = random_.below(5); left > 0; --left) {
            if (is_alike) {
                const size_t item = out.open_object();
                out.field("sku", static_cast<int64_t>(random_.below(300)));
                out.key("price");
                out.decimal({static_cast<int64_t>(random_.below(9'000)), 2});
                out.close(item);
            } else {
                value(out, depth + 1);
            }
        }
        out.close(mark);
    }

    SeededRandom random_;
};

}  // namespace throughline::sequence
