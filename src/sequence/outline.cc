#include "sequence/outline.h"

#include <algorithm>
#include <map>

#include "base/assert.h"
#include "model/doc.h"

namespace throughline::sequence {

namespace {

/// One walk over the tokens of a shape.
class Walk {
public:
    Walk(const Schema& schema, uint32_t shape, Outline& out)
        : schema_(schema), tokens_(schema.shapes()[shape]), out_(out), writer_(out.doc) {}

    void run() {
        write_value();
        for (++at_; at_ < tokens_.size(); at_ += 2) {
            const uint32_t value = tokens_[at_ + 1];
            if ((value & kFirstOf) == 0) ++counts_[value - kLeaf];
        }
        out_.counts.assign(counts_.begin(), counts_.end());
    }

private:
    void write_value() {
        const uint32_t token = tokens_[at_];
        switch (token) {
            case kNull:
                ++at_;
                return writer_.null();
            case kObject:
                return write_object();
            case kArray:
            case kList:
                writer_.close(writer_.open_array());
                return skip_value();
            default:
                ++at_;
                writer_.integer(static_cast<int64_t>(out_.leaves.size()));
                out_.leaves.push_back({token, token >= kLeaf ? counts_[token - kLeaf]++ : 0});
        }
    }
    void write_object() {
        const size_t mark = writer_.open_object();
        for (++at_; tokens_[at_] != kEnd;) {
            writer_.key(schema_.paths()[tokens_[at_++] - 1].key);
            write_value();
        }
        ++at_;
        writer_.close(mark);
    }
    void skip_value() {
        const uint32_t token = tokens_[at_++];
        if (token == kObject) {
            while (tokens_[at_++] != kEnd) skip_value();
        } else if (token == kArray) {
            at_ += 2;
            skip_value();
        } else if (token == kList) {
            const uint32_t elements = tokens_[at_ + 1];
            at_ += 2;
            for (uint32_t i = 0; i < elements; ++i) skip_value();
        }
    }

    const Schema& schema_;
    const ShapeTokens& tokens_;
    Outline& out_;
    model::DocWriter writer_;
    size_t at_ = 0;
    std::map<uint32_t, uint32_t> counts_;
};

}  // namespace

uint32_t Outline::count(uint32_t column) const {
    const auto found = std::lower_bound(counts.begin(), counts.end(), std::pair(column, 0u));
    return found != counts.end() && found->first == column ? found->second : 0;
}

Outline outline_of(const Schema& schema, uint32_t shape) {
    TL_ASSERT(shape != Schema::kSpilled && shape < schema.shapes().size());
    Outline outline;
    Walk(schema, shape, outline).run();
    return outline;
}

}  // namespace throughline::sequence
