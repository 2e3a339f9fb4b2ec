#include "channel/file_sender.h"

#include <mutex>

#include "base/json_text.h"

namespace throughline::channel {

namespace {

constexpr std::string_view kLineStart = "{\"key\":\"";
constexpr size_t kKeyDigits = 32;

// Senders and who rewrites their files take turns; a sender opens its file anew after a rewriting.
std::mutex turns;
uint64_t rewrites = 0;

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, value);
}

void append_content(std::string& out, const Email& email) {
    append_field(out, "kind", "email");
    append_field(out, "from", email.from);
    append_field(out, "from_name", email.from_name);
    append_field(out, "reply_to", email.reply_to);
    append_field(out, "subject", email.subject);
    append_field(out, "text", email.text);
    append_field(out, "html", email.html);
    append_field(out, "unsubscribe", email.unsubscribe);
}

void append_content(std::string& out, const Call& call) {
    append_field(out, "kind", "call");
    append_field(out, "content_type", call.content_type);
    append_field(out, "body", call.body);
}

Error not_ours() {
    return Error::corrupt("channel: file: holds a line that is no message");
}

// Only the last line can lack something, since the one before was synced first. What a power cut
// took of it reads as zeros, of which a line of ours has none.
size_t end_of_whole_lines(std::string_view lines) {
    size_t end = lines.rfind('\n') + 1;  // 0 where there is none.
    if (end != lines.size() || end == 0) return end;
    const size_t last = lines.substr(0, end - 1).rfind('\n') + 1;
    return lines.substr(last).find('\0') == lines.npos ? end : last;
}

/// Whether this is what is left of a line of ours.
bool is_cut_line(std::string_view rest) {
    return rest.find('\0') != rest.npos ||
           kLineStart.starts_with(rest.substr(0, kLineStart.size()));
}

}  // namespace

Result<std::unique_ptr<FileSender>> FileSender::open(store::Files& files, const std::string& path,
                                                     const Clock& clock) {
    auto sender = std::unique_ptr<FileSender>(new FileSender(files, path, clock));
    const std::lock_guard turn(turns);
    TL_TRY(sender->open_file());
    return sender;
}

Status FileSender::open_file() {
    TL_TRY_ASSIGN(file_, files_.open(path_, store::OpenMode::Create));
    TL_TRY(files_.sync_directory(store::parent_path(path_)));
    TL_TRY_ASSIGN(std::string lines, store::read_file(files_, path_));
    const size_t end = end_of_whole_lines(lines);
    if (end < lines.size()) {
        if (!is_cut_line(std::string_view(lines).substr(end))) return not_ours();
        TL_TRY(file_->truncate(end));
        lines.resize(end);
    }
    seen_.clear();
    TL_TRY(read_keys(lines));
    size_ = end;
    rewrites_ = rewrites;
    return {};
}

Status drop_lines(store::Files& files, const std::string& path,
                  const std::function<Result<bool>(std::string_view key)>& is_gone) {
    const std::lock_guard turn(turns);
    TL_TRY_ASSIGN(const std::string lines, store::read_file(files, path));
    std::string kept;
    for (size_t at = 0; at < lines.size();) {
        const size_t end = std::min(lines.find('\n', at), lines.size() - 1) + 1;
        const std::string_view line = std::string_view(lines).substr(at, end - at);
        at = end;
        if (!line.starts_with(kLineStart) || line.size() < kLineStart.size() + kKeyDigits) {
            return not_ours();
        }
        TL_TRY_ASSIGN(const bool goes, is_gone(line.substr(kLineStart.size(), kKeyDigits)));
        if (!goes) kept += line;
    }
    if (kept.size() == lines.size()) return {};
    ++rewrites;
    return store::replace_file(files, path, kept);
}

Status FileSender::read_keys(std::string_view lines) {
    while (!lines.empty()) {
        const size_t end = lines.find('\n');
        const std::string_view line = lines.substr(0, end);
        if (!line.starts_with(kLineStart) || line.size() < kLineStart.size() + kKeyDigits) {
            return not_ours();
        }
        ++seen_[std::string(line.substr(kLineStart.size(), kKeyDigits))];
        lines.remove_prefix(end + 1);
    }
    return {};
}

Outcome FileSender::send(const Message& message) {
    const std::lock_guard turn(turns);
    if (rewrites_ != rewrites) {
        if (const Status opened = open_file(); !opened) {
            return {Verdict::Retryable, Stage::Connect, 0, opened.error().message, 0};
        }
    }
    const std::string key = key_text(message.key);
    const auto seen = seen_.find(key);
    std::string line(kLineStart);
    line += key + '"';
    append_field(line, "at", format_instant_exact(clock_.now()));
    if (seen != seen_.end()) line += ",\"repeat\":" + std::to_string(seen->second);
    append_field(line, "to", message.to);
    std::visit([&line](const auto& content) { append_content(line, content); }, message.content);
    line += "}\n";

    if (const Status written = file_->write_at(size_, line); !written) {
        // What half a write left behind is gone, or the message may be there.
        const bool is_undone = file_->truncate(size_).is_ok();
        return {is_undone ? Verdict::Retryable : Verdict::Uncertain, Stage::Content, 0,
                written.error().message, 0};
    }
    size_ += line.size();
    ++seen_[key];
    if (const Status synced = file_->sync(); !synced) {
        return {Verdict::Uncertain, Stage::Content, 0, synced.error().message, 0};
    }
    return {.verdict = Verdict::Delivered};
}

}  // namespace throughline::channel
