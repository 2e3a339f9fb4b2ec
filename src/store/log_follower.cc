#include "store/log_follower.h"

#include "base/bytes.h"

namespace throughline::store {

Status LogFollower::open_at(uint64_t position) {
    has_frame_ = false;
    walk_.reset();
    file_.reset();
    TL_TRY_ASSIGN(const LogPlace place, writer_.file_of(position));
    TL_TRY_ASSIGN(file_, files_.open(place.path, OpenMode::Read));
    walk_ = std::make_unique<FrameWalk>(*file_, place.header);
    return Status::ok();
}

// What was read ahead may be of before the frame was written.
Result<bool> LogFollower::next_frame() {
    TL_TRY_ASSIGN(const bool is_read, walk_->next());
    if (is_read || walk_->is_sealed()) return is_read;
    walk_->forget_window();
    return walk_->next();
}

// Goes on until a frame is at hand that reaches beyond `position`.
Status LogFollower::step(uint64_t position) {
    const bool is_ahead = walk_ && has_frame_ && walk_->frame().first_position > position;
    if (!walk_ || is_ahead) TL_TRY(open_at(position));
    while (!has_frame_ || walk_->next_position() <= position) {
        TL_TRY_ASSIGN(has_frame_, next_frame());
        if (has_frame_) continue;
        const bool is_sealed = walk_->is_sealed();
        const uint64_t offset = walk_->offset();
        TL_TRY(open_at(position));  // Errors: it was released meanwhile.
        if (!is_sealed) {
            walk_.reset();
            return Error::corrupt("log: position " + std::to_string(position) +
                                  " cannot be read: nothing right at offset " +
                                  std::to_string(offset));
        }
    }
    return Status::ok();
}

Result<uint64_t> LogFollower::read(uint64_t from, uint64_t end, const Visitor& visit) {
    while (from < end) {
        TL_TRY(step(from));
        const Frame& frame = walk_->frame();
        ByteReader in(walk_->body().substr(0, frame.body_bytes));
        uint64_t at = frame.first_position;
        for (; at < walk_->next_position() && at < end; ++at) {
            const auto size = in.fixed<uint32_t>();
            const auto stamp_us = in.fixed<Micros>();
            const std::string_view payload = in.raw(size);
            if (!in.ok()) return Error::corrupt("log: records do not fill their epoch");
            if (at >= from && !visit({at, stamp_us, payload})) return at + 1;
        }
        from = at;
    }
    return from;
}

}  // namespace throughline::store
