#include "template/lexer.h"

#include <algorithm>

#include "template/characters.h"

namespace throughline::tmpl {

Place PlaceFinder::place(const char* at) {
    if (at < at_) {
        at_ = source_.data();
        place_ = {};
    }
    for (; at_ < at; ++at_) {
        if (*at_ == '\n') {
            ++place_.line;
            place_.column = 1;
        } else if ((static_cast<unsigned char>(*at_) & 0xc0) != 0x80) {
            ++place_.column;
        }
    }
    return place_;
}

Error template_error(std::string_view source, const char* at, std::string message) {
    const Place place = PlaceFinder(source).place(at);
    return Error::invalid("template: line " + std::to_string(place.line) + ", column " +
                          std::to_string(place.column) + ": " + message);
}

namespace {

std::string_view without_blanks_before(std::string_view text) {
    while (const size_t size = tag_blank_size(text)) text.remove_prefix(size);
    return text;
}

// Without the blanks at its ends.
std::string_view without_blanks(std::string_view text) {
    text = without_blanks_before(text);
    while (!text.empty()) {
        size_t last = text.size() - 1;
        while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
        if (tag_blank_size(text.substr(last)) == 0) break;
        text.remove_suffix(text.size() - last);
    }
    return text;
}

std::string_view word_at(std::string_view text) {
    size_t size = 0;
    while (const size_t more = word_character_size(text.substr(size))) size += more;
    return text.substr(0, size);
}

// Splits what stands in a tag into its name and the rest.
void name_tag(Piece& piece, std::string_view inside) {
    inside = without_blanks(inside);
    piece.name = inside.starts_with('#') ? inside.substr(0, 1) : word_at(inside);
    piece.content = without_blanks(inside.substr(piece.name.size()));
    // An empty rest still says where it stands.
    if (piece.content.empty()) piece.content = inside.substr(inside.size());
}

class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source) {}

    Result<std::vector<Piece>> run() {
        while (at_ < source_.size()) {
            const std::string_view rest = source_.substr(at_);
            if (rest.starts_with("{%")) {
                TL_TRY(tag());
            } else if (rest.starts_with("{{")) {
                TL_TRY(output());
            } else {
                const size_t open = next_delimiter(at_);
                text(source_.substr(at_, open - at_));
            }
        }
        return std::move(pieces_);
    }

private:
    size_t next_delimiter(size_t from) const {
        for (size_t at = source_.find('{', from); at < source_.size();
             at = source_.find('{', at + 1)) {
            const char next = at + 1 < source_.size() ? source_[at + 1] : ' ';
            if (next == '%' || next == '{') return at;
        }
        return source_.size();
    }

    void text(std::string_view text) {
        at_ += text.size();
        Piece piece{PieceKind::Text, text};
        if (trim_next_)
            piece.text.remove_prefix(piece.text.size() - without_blanks_before(text).size());
        trim_next_ = false;
        pieces_.push_back(piece);
    }
    void trim_last_text() {
        if (pieces_.empty() || pieces_.back().kind != PieceKind::Text) return;
        std::string_view& text = pieces_.back().text;
        // Its front stays, however blank: without_blanks() would lose it.
        const size_t front = text.size() - without_blanks_before(text).size();
        const std::string_view kept = without_blanks(text);
        text = text.substr(0, kept.empty() ? 0 : front + kept.size());
    }

    // What stands between the delimiters, without the `-` that trims; notes what to trim.
    std::string_view inside(std::string_view whole) {
        std::string_view inside = whole.substr(2, whole.size() - 4);
        if (inside.starts_with('-')) {
            trim_last_text();
            inside.remove_prefix(1);
        }
        trim_next_ = inside.ends_with('-');
        if (trim_next_) inside.remove_suffix(1);
        return inside;
    }

    Status tag() {
        const size_t end = source_.find("%}", at_ + 2);
        if (end == source_.npos) return unclosed("tag", "%}");
        Piece piece{PieceKind::Tag, source_.substr(at_, end + 2 - at_)};
        name_tag(piece, inside(piece.text));
        if (piece.name.empty()) {
            return template_error(source_, piece.text.data(), "the name of a tag is missing");
        }
        at_ = end + 2;
        pieces_.push_back(piece);
        return piece.name == "raw" ? raw(piece) : Status::ok();
    }

    // Everything up to `{% endraw %}` is one text, its blanks too.
    Status raw(const Piece& opening) {
        trim_next_ = false;
        for (size_t at = source_.find("{%", at_); at != source_.npos;
             at = source_.find("{%", at + 2)) {
            // The name first: to look for the end of each would be slow on purpose.
            std::string_view inside = source_.substr(at + 2);
            if (inside.starts_with('-')) inside.remove_prefix(1);
            if (word_at(without_blanks_before(inside)) != "endraw") continue;
            const size_t end = source_.find("%}", at + 2);
            if (end == source_.npos) break;
            Piece piece{PieceKind::Tag, source_.substr(at, end + 2 - at)};
            piece.name = "endraw";
            piece.content = piece.text.substr(piece.text.size());
            trim_next_ = source_[end - 1] == '-';
            if (at > at_) pieces_.push_back({PieceKind::Text, source_.substr(at_, at - at_)});
            at_ = end + 2;
            pieces_.push_back(piece);
            return Status::ok();
        }
        return template_error(source_, opening.text.data(),
                              "raw is not closed: end it with {% endraw %}");
    }

    // An output ends at `}}` outside quotes.
    Status output() {
        char quote = 0;
        for (size_t at = at_ + 2; at + 1 < source_.size(); ++at) {
            const char c = source_[at];
            if (quote != 0) {
                if (c == '\\') ++at;
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '}' && source_[at + 1] == '}') {
                Piece piece{PieceKind::Output, source_.substr(at_, at + 2 - at_)};
                const std::string_view content = inside(piece.text);
                piece.content = without_blanks(content);
                if (piece.content.empty()) piece.content = content.substr(content.size());
                at_ = at + 2;
                pieces_.push_back(piece);
                return Status::ok();
            }
        }
        return unclosed("output", "}}");
    }

    Error unclosed(const char* what, const char* end) const {
        return template_error(source_, source_.data() + at_,
                              std::string(what) + " is not closed: end it with " + end);
    }

    std::string_view source_;
    size_t at_ = 0;
    bool trim_next_ = false;
    std::vector<Piece> pieces_;
};

}  // namespace

Result<std::vector<Piece>> cut_template(std::string_view source) {
    return Lexer(source).run();
}

Result<std::vector<Piece>> cut_liquid_tag(std::string_view source, std::string_view content) {
    std::vector<Piece> pieces;
    while (!content.empty()) {
        const std::string_view line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(content.size(), line.size() + 1));
        const std::string_view inside = without_blanks(line);
        if (inside.empty()) continue;
        Piece piece{PieceKind::Tag, inside};
        name_tag(piece, inside);
        if (piece.name.empty()) {
            return template_error(source, inside.data(), "the name of a tag is missing");
        }
        pieces.push_back(piece);
    }
    return pieces;
}

}  // namespace throughline::tmpl
