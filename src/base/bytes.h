// Little-endian reading and writing of stored bytes.
//
// ByteWriter appends to a std::string; ByteReader walks a view and never reads past its end: after
// a short read it stays at the end, returns zeros, and ok() is false, so a parser of outside bytes
// checks once at its end. Varints are LEB128; signed ones are zigzag-coded first.
//
// Layer 0. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace throughline {

static_assert(std::endian::native == std::endian::little, "stored formats are little-endian");

inline uint64_t zigzag(int64_t value) {
    return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

/// Reads a plain value from unaligned bytes. Requires: sizeof(T) bytes at `from`.
template <typename T>
T load(const void* from) {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(out) {}

    template <typename T>
    void fixed(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void u8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void varint(uint64_t value) {
        char buffer[10];
        size_t size = 0;
        while (value >= 0x80) {
            buffer[size++] = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        buffer[size++] = static_cast<char>(value);
        out_.append(buffer, size);
    }
    void signed_varint(int64_t value) { varint(zigzag(value)); }
    /// Length, then bytes.
    void string(std::string_view value) {
        varint(value.size());
        out_.append(value);
    }
    void raw(std::string_view value) { out_.append(value); }
    size_t size() const { return out_.size(); }

private:
    std::string& out_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

    template <typename T>
    T fixed() {
        if (left() < sizeof(T)) return fail<T>();
        T value = load<T>(at_);
        at_ += sizeof(T);
        return value;
    }
    uint8_t u8() { return fixed<uint8_t>(); }
    uint64_t varint() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (at_ == end_) return fail<uint64_t>();
            const auto byte = static_cast<uint8_t>(*at_++);
            value |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        return fail<uint64_t>();
    }
    int64_t signed_varint() { return unzigzag(varint()); }
    std::string_view string() { return raw(varint()); }
    std::string_view raw(uint64_t size) {
        if (size > left()) return fail<std::string_view>();
        std::string_view view(at_, size);
        at_ += size;
        return view;
    }

    size_t left() const { return static_cast<size_t>(end_ - at_); }
    bool at_end() const { return at_ == end_; }
    bool ok() const { return ok_; }

private:
    template <typename T>
    T fail() {
        ok_ = false;
        at_ = end_;
        return T{};
    }

    const char* at_;
    const char* end_;
    bool ok_ = true;
};

}  // namespace throughline
