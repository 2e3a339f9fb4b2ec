#include "sequence/shredder.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/random.h"
#include "sequence/random_docs.h"

namespace throughline::sequence {
namespace {

/// The columns of a shredder, encoded and read again.
class Columns final : public LeafSource {
public:
    Columns(const Schema& schema, std::vector<LeafValues>& values) : schema_(schema) {
        for (const LeafValues& leaf : values) {
            auto& stored = stored_.emplace_back();
            stored.count = static_cast<uint32_t>(leaf.size());
            if (stored.count == 0) continue;
            leaf.ints.empty() ? encode_texts(leaf.texts, stored.values)
                              : encode_ints(leaf.ints, stored.values);
            if (!leaf.scales.empty()) encode_ints(leaf.scales, stored.scales);
            for (std::string* bytes : {&stored.values, &stored.scales}) {
                bytes->append(kIntsSlack, '\0');
            }
        }
    }
    LeafReader* leaf(uint32_t column) override {
        auto& stored = stored_[column];
        if (!stored.reader) {
            const auto whole = [](const std::string& bytes) {
                return std::string_view(bytes).substr(0, bytes.size() - kIntsSlack);
            };
            auto reader = LeafReader::open(schema_.columns()[column].kind, whole(stored.values),
                                           whole(stored.scales), stored.count);
            if (!reader) return nullptr;
            stored.reader = std::make_unique<LeafReader>(std::move(*reader));
        }
        return stored.reader.get();
    }

private:
    struct Stored {
        std::string values;
        std::string scales;
        uint32_t count = 0;
        std::unique_ptr<LeafReader> reader;
    };
    const Schema& schema_;
    std::deque<Stored> stored_;
};

struct Case {
    model::Event head;
    std::string message_id;
    std::string doc;
    std::string payload;
    uint32_t shape = 0;
};

Case make_case(RandomDocs& docs, SeededRandom& random, int number) {
    Case made;
    made.message_id = "m-" + std::to_string(number);
    made.head.name = number % 2 == 0 ? "Order Completed" : "";
    made.head.message_id = made.message_id;
    made.head.time = static_cast<Micros>(random.below(1'900'000'000)) * kSecond + 123;
    made.doc = docs.event(made.head.name, made.message_id);
    made.head.identifiers = {{.space = 3, .flags = 1, .key = {}, .value = std::string(9, 'z')}};
    model::Event whole = made.head;
    whole.doc = made.doc;
    model::append_event(made.payload, whole);
    return made;
}

TEST(Shredder, GivesBackEveryEventByteForByte) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        SeededRandom random(seed);
        RandomDocs docs(seed + 1000);
        Schema schema;
        Shredder shredder(schema);
        std::deque<Case> cases;
        for (int i = 0; i < 200; ++i) {
            cases.push_back(make_case(docs, random, i));
            cases.back().shape = shredder.shred(model::EventView(cases.back().payload));
            ASSERT_NE(cases.back().shape, Schema::kSpilled);
        }
        Columns columns(schema, shredder.values());
        Assembler assembler(schema, columns);
        for (const Case& each : cases) {
            model::Event head = each.head;
            head.identifiers.clear();
            head.message_id = each.message_id;
            std::string payload;
            if (random.chance(0.3)) {
                ASSERT_TRUE(assembler.skip(each.shape));
                continue;
            }
            assembler.end_skipping();
            ASSERT_TRUE(assembler.assemble(each.shape, head, payload));
            ASSERT_EQ(payload, each.payload) << "seed " << seed;
        }
    }
}

TEST(Shredder, ListsThatAreAlikeHaveOneShapeHoweverLong) {
    Schema schema;
    Shredder shredder(schema);
    std::vector<uint32_t> shapes;
    for (int count = 1; count < 30; ++count) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_array();
        for (int i = 0; i < count; ++i) out.integer(i * 1'000'003);
        out.close(mark);
        model::Event event;
        event.time = 0;
        event.doc = doc;
        std::string payload;
        model::append_event(payload, event);
        shapes.push_back(shredder.shred(model::EventView(payload)));
    }
    EXPECT_EQ(shapes, std::vector<uint32_t>(shapes.size(), shapes.front()));
}

TEST(Shredder, SpillsWhatTheSchemaHasNoRoomForAndLeavesNoTrace) {
    Schema schema;
    Shredder shredder(schema);
    size_t spilled = 0;
    for (size_t i = 0; i < Schema::kPathsMax + 100; ++i) {
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        out.field("always", "x");
        out.field("key " + std::to_string(i), int64_t{1});
        out.close(mark);
        model::Event event;
        event.time = 0;
        event.doc = doc;
        std::string payload;
        model::append_event(payload, event);
        spilled += shredder.shred(model::EventView(payload)) == Schema::kSpilled ? 1 : 0;
    }
    EXPECT_GE(spilled, 100u);
    EXPECT_EQ(shredder.values()[0].size(), Schema::kPathsMax + 100 - spilled);
}

TEST(Schema, IsReadBackAndRefusesWhatContradictsItself) {
    SeededRandom random(5);
    RandomDocs docs(6);
    Schema schema;
    Shredder shredder(schema);
    for (int i = 0; i < 100; ++i) {
        const Case each = make_case(docs, random, i);
        static_cast<void>(shredder.shred(model::EventView(each.payload)));
    }
    std::string bytes;
    ByteWriter writer(bytes);
    schema.append_to(writer);
    ByteReader whole(bytes);
    const auto again = Schema::read(whole);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->paths(), schema.paths());
    EXPECT_EQ(again->columns(), schema.columns());
    EXPECT_EQ(again->shapes(), schema.shapes());
    for (int i = 0; i < 20'000; ++i) {
        std::string damaged = bytes;
        damaged[random.below(damaged.size())] = static_cast<char>(random.next());
        ByteReader in(damaged);
        static_cast<void>(Schema::read(in));  // Whatever it says, it must not fall over.
    }
}

}  // namespace
}  // namespace throughline::sequence
