#include "store/row_tree.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/thread.h"

namespace throughline::store {

namespace {

constexpr size_t kRowsMax = 64;  // Of a page: an index of some 1.5 KB.
constexpr uint32_t kErased = ~uint32_t{0};

/// The eight bytes of a key behind the first `skip`, as a number in the order of the keys. What is
/// too short counts as zeros, so that equal heads say nothing.
uint64_t head_of(std::string_view key, size_t skip) {
    uint64_t head = 0;
    const size_t from = std::min(skip, key.size());
    std::memcpy(&head, key.data() + from, std::min(sizeof head, key.size() - from));
    return __builtin_bswap64(head);
}

size_t common_size(std::string_view a, std::string_view b) {
    const size_t most = std::min(a.size(), b.size());
    return static_cast<size_t>(
        std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin()).first -
        a.begin());
}

}  // namespace

// A leaf, or a page above leaves: there the value of a row is the page of keys from this one on.
struct RowTree::Page {
    struct Slot {
        uint64_t head;        // head_of(key, skip)
        uint32_t at;          // Of the key in `bytes`; the value follows.
        uint32_t key_size;    //
        uint32_t value_size;  // kErased: none.
    };
    struct Place {
        size_t index;
        bool is_there;
    };

    std::array<Slot, kRowsMax> slots;
    size_t count = 0;
    size_t skip = 0;          // All keys begin with these many bytes of the first one.
    size_t garbage = 0;       // Of `bytes`.
    std::vector<char> bytes;  // Grown by quarters.
    Page* before = nullptr;   // Of a leaf: its neighbours.
    Page* after = nullptr;    //
    Page* first = nullptr;    // Else: the page of keys before all of its own.

    std::string_view key(size_t index) const {
        return {bytes.data() + slots[index].at, slots[index].key_size};
    }
    std::optional<std::string_view> value(size_t index) const {
        const Slot& slot = slots[index];
        if (slot.value_size == kErased) return std::nullopt;
        return std::string_view(bytes.data() + slot.at + slot.key_size, slot.value_size);
    }
    size_t row_bytes(size_t index) const {
        const Slot& slot = slots[index];
        return size_t{slot.key_size} + (slot.value_size == kErased ? 0 : slot.value_size);
    }
    Page* child(size_t index) const { return load<Page*>(value(index)->data()); }
    size_t memory() const { return sizeof(Page) + bytes.capacity(); }

    Place find(std::string_view wanted) const;
    Page* child_of(std::string_view wanted) const;
    uint32_t add_bytes(std::string_view key, std::optional<std::string_view> value);
    void insert(size_t index, std::string_view key, std::optional<std::string_view> value);
    void replace(size_t index, std::optional<std::string_view> value);
    void move_rows(size_t from, Page& to);
    void set_skip(size_t size);
    void pack();
};

RowTree::Page::Place RowTree::Page::find(std::string_view wanted) const {
    if (count == 0) return {0, false};
    const int order = wanted.substr(0, skip).compare(key(0).substr(0, skip));
    if (order != 0) return {order < 0 ? 0 : count, false};
    const uint64_t head = head_of(wanted, skip);
    const auto is_before = [&](const Slot& slot) {
        if (slot.head != head) return slot.head < head;
        return std::string_view(bytes.data() + slot.at, slot.key_size) < wanted;
    };
    const auto end = slots.begin() + static_cast<ptrdiff_t>(count);
    const auto found = std::partition_point(slots.begin(), end, is_before);
    const auto index = static_cast<size_t>(found - slots.begin());
    return {index, index < count && found->head == head && key(index) == wanted};
}

RowTree::Page* RowTree::Page::child_of(std::string_view wanted) const {
    const Place place = find(wanted);
    if (place.is_there) return child(place.index);
    return place.index == 0 ? first : child(place.index - 1);
}

uint32_t RowTree::Page::add_bytes(std::string_view key, std::optional<std::string_view> value) {
    const size_t at = bytes.size();
    const size_t size = at + key.size() + (value ? value->size() : 0);
    TL_ASSERT(size < kErased);
    if (size > bytes.capacity()) bytes.reserve(std::max(size, at + at / 4 + 64));
    bytes.insert(bytes.end(), key.begin(), key.end());
    if (value) bytes.insert(bytes.end(), value->begin(), value->end());
    return static_cast<uint32_t>(at);
}

void RowTree::Page::insert(size_t index, std::string_view key,
                           std::optional<std::string_view> value) {
    TL_ASSERT(count < kRowsMax && index <= count);
    if (count == 0) {
        skip = key.size();
    } else if (const size_t common = common_size(this->key(0).substr(0, skip), key);
               common < skip) {
        set_skip(common);
    }
    const auto place = slots.begin() + static_cast<ptrdiff_t>(index);
    std::move_backward(place, slots.begin() + static_cast<ptrdiff_t>(count),
                       slots.begin() + static_cast<ptrdiff_t>(count) + 1);
    *place = {.head = head_of(key, skip),
              .at = add_bytes(key, value),
              .key_size = static_cast<uint32_t>(key.size()),
              .value_size = value ? static_cast<uint32_t>(value->size()) : kErased};
    ++count;
}

void RowTree::Page::replace(size_t index, std::optional<std::string_view> value) {
    Slot& slot = slots[index];
    const size_t room = row_bytes(index) - slot.key_size;
    const size_t size = value ? value->size() : 0;
    if (size > room) {
        // Of the old place the key is copied, so it must not move meanwhile.
        const std::string key(this->key(index));
        garbage += key.size() + room;
        slot.at = add_bytes(key, value);
    } else {
        if (size > 0) std::memcpy(bytes.data() + slot.at + slot.key_size, value->data(), size);
        garbage += room - size;
    }
    slot.value_size = value ? static_cast<uint32_t>(size) : kErased;
    if (garbage > 1024 && garbage > bytes.size() / 2) pack();
}

void RowTree::Page::move_rows(size_t from, Page& to) {
    for (size_t i = from; i < count; ++i) to.insert(to.count, key(i), value(i));
    if (to.count > 0) to.set_skip(common_size(to.key(0), to.key(to.count - 1)));
    count = from;
    pack();
    if (count > 0) set_skip(common_size(key(0), key(count - 1)));
}

void RowTree::Page::set_skip(size_t size) {
    skip = size;
    for (size_t i = 0; i < count; ++i) slots[i].head = head_of(key(i), skip);
}

void RowTree::Page::pack() {
    size_t size = 0;
    for (size_t i = 0; i < count; ++i) size += row_bytes(i);
    std::vector<char> packed;
    packed.reserve(size + size / 4);
    for (size_t i = 0; i < count; ++i) {
        const auto from = bytes.begin() + slots[i].at;
        const auto at = static_cast<uint32_t>(packed.size());
        packed.insert(packed.end(), from, from + static_cast<ptrdiff_t>(row_bytes(i)));
        slots[i].at = at;
    }
    bytes.swap(packed);
    garbage = 0;
}

RowTree::RowTree() = default;
RowTree::~RowTree() = default;

void RowTree::swap(RowTree& other) noexcept {
    pages_.swap(other.pages_);
    std::swap(root_, other.root_);
    std::swap(height_, other.height_);
    std::swap(bytes_, other.bytes_);
}

RowTree::Page* RowTree::add_page() {
    pages_.push_back(std::make_unique<Page>());
    bytes_ += pages_.back()->memory();
    return pages_.back().get();
}

RowTree::Page* RowTree::leaf_of(std::string_view key) const {
    Page* page = root_;
    for (size_t level = height_; level > 0; --level) page = page->child_of(key);
    return page;
}

void RowTree::insert(Page& page, size_t index, std::string_view key,
                     std::optional<std::string_view> value) {
    const size_t before = page.memory();
    page.insert(index, key, value);
    bytes_ += page.memory() - before;
}

void RowTree::put(std::string_view key, std::optional<std::string_view> value) {
    if (root_ == nullptr) root_ = add_page();
    std::vector<Page*> path;
    path.reserve(height_);
    Page* page = root_;
    while (path.size() < height_) {
        path.push_back(page);
        page = page->child_of(key);
    }
    const Page::Place place = page->find(key);
    if (place.is_there) {
        const size_t before = page->memory();
        page->replace(place.index, value);
        bytes_ += page->memory() - before;
        return;
    }
    if (page->count < kRowsMax) return insert(*page, place.index, key, value);
    // Rows that come in order leave full pages behind.
    const size_t from = place.index == kRowsMax ? kRowsMax : kRowsMax / 2;
    Page* const right = split_leaf(*page, from);
    const bool is_right = from == kRowsMax || place.index > from;
    insert(is_right ? *right : *page, is_right ? place.index - from : place.index, key, value);
    add_child(path, std::string(right->key(0)), right);
}

// The rows from `from` on go to a page of their own behind it.
RowTree::Page* RowTree::split_leaf(Page& page, size_t from) {
    Page* const right = add_page();
    const size_t before = page.memory() + right->memory();
    page.move_rows(from, *right);
    bytes_ += page.memory() + right->memory() - before;
    right->before = &page;
    right->after = page.after;
    if (right->after != nullptr) right->after->before = right;
    page.after = right;
    return right;
}

// A page that is full gives its upper half to a new one, whose first key goes up instead.
void RowTree::add_child(std::vector<Page*>& path, std::string separator, Page* child) {
    const auto insert_child = [&](Page& parent) {
        const std::string_view bytes(reinterpret_cast<const char*>(&child), sizeof child);
        insert(parent, parent.find(separator).index, separator, bytes);
    };
    for (; !path.empty(); path.pop_back()) {
        Page& parent = *path.back();
        if (parent.count < kRowsMax) return insert_child(parent);
        constexpr size_t kMiddle = kRowsMax / 2;
        std::string up(parent.key(kMiddle));
        Page* const right = add_page();
        right->first = parent.child(kMiddle);
        const size_t before = parent.memory() + right->memory();
        parent.move_rows(kMiddle + 1, *right);
        parent.count = kMiddle;
        bytes_ += parent.memory() + right->memory() - before;
        insert_child(separator < up ? parent : *right);
        separator = std::move(up);
        child = right;
    }
    Page* const root = add_page();
    root->first = std::exchange(root_, root);
    ++height_;
    insert_child(*root);
}

std::optional<RowTree::Row> RowTree::find(std::string_view key) const {
    if (root_ == nullptr) return std::nullopt;
    const Page* const page = leaf_of(key);
    const Page::Place place = page->find(key);
    if (!place.is_there) return std::nullopt;
    return Row{page->key(place.index), page->value(place.index)};
}

RowTree::Cursor RowTree::lower_bound(std::string_view key) const {
    if (root_ == nullptr) return {nullptr, 0};
    const Page* const page = leaf_of(key);
    const size_t index = page->find(key).index;
    if (index < page->count) return {page, index};
    return {page->after, 0};
}

RowTree::Cursor RowTree::last_before(std::string_view key) const {
    if (root_ == nullptr) return {nullptr, 0};
    const Page* page = root_;
    if (key.empty()) {
        for (size_t level = height_; level > 0; --level) page = page->child(page->count - 1);
        return {page, page->count - 1};
    }
    page = leaf_of(key);
    if (const size_t index = page->find(key).index; index > 0) return {page, index - 1};
    page = page->before;
    return {page, page == nullptr ? 0 : page->count - 1};
}

void RowTree::free_gently() {
    root_ = nullptr;
    height_ = 0;
    bytes_ = 0;
    throughline::free_gently(pages_.size(), [&] { pages_.pop_back(); });
    pages_.clear();
    pages_.shrink_to_fit();
}

RowTree::Row RowTree::Cursor::row() const {
    return {page_->key(index_), page_->value(index_)};
}

void RowTree::Cursor::forward() {
    if (++index_ < page_->count) return;
    page_ = page_->after;
    index_ = 0;
}

void RowTree::Cursor::back() {
    if (index_ > 0) {
        --index_;
        return;
    }
    page_ = page_->before;
    if (page_ != nullptr) index_ = page_->count - 1;
}

}  // namespace throughline::store
