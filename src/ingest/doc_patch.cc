#include "ingest/doc_patch.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::ingest {

void DocPatch::begin(model::DocView event, model::DocView context) {
    event_ = event.bytes();
    context_ = context.is_object() ? context.bytes() : std::string_view{};
    changes_.clear();
    texts_.clear();
}

void DocPatch::replace(std::string_view old, std::string_view packed) {
    const auto begin = static_cast<size_t>(old.data() - event_.data());
    TL_ASSERT(begin + old.size() <= event_.size());
    changes_.push_back({begin, begin + old.size(), texts_.size(), packed.size()});
    texts_ += packed;
}

void DocPatch::append_to(std::string& out) {
    if (changes_.empty()) {
        out += event_;
        return;
    }
    std::ranges::sort(changes_, {}, &Change::begin);
    const size_t start = out.size();
    const auto context_begin =
        context_.empty() ? event_.size() : static_cast<size_t>(context_.data() - event_.data());
    const size_t context_end = context_begin + context_.size();
    int64_t before_context = 0;
    int64_t in_context = 0;
    int64_t in_all = 0;
    size_t copied = 0;
    for (const Change& change : changes_) {
        TL_ASSERT(change.begin >= copied);
        out += event_.substr(copied, change.begin - copied);
        out += std::string_view(texts_).substr(change.text_begin, change.text_size);
        copied = change.end;
        const auto grown = static_cast<int64_t>(change.text_size) -
                           static_cast<int64_t>(change.end - change.begin);
        in_all += grown;
        if (change.end <= context_begin) before_context += grown;
        if (change.begin > context_begin && change.end <= context_end) in_context += grown;
    }
    out += event_.substr(copied);
    mend_size(out, start, in_all);
    if (in_context != 0) {
        mend_size(out, start + context_begin + static_cast<size_t>(before_context), in_context);
    }
}

void DocPatch::mend_size(std::string& out, size_t container, int64_t by) const {
    char* at = out.data() + container + 1;  // After the tag.
    const auto size = static_cast<uint32_t>(load<uint32_t>(at) + by);
    std::memcpy(at, &size, sizeof size);
}

}  // namespace throughline::ingest
