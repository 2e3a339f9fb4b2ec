#include "model/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <set>
#include <vector>

#include "model/doc.h"
#include "model/json.h"

namespace throughline::model {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Whether JSON reads it as a number: -?(0|[1-9]d*)(.d+)?([eE][+-]?d+)?
bool is_json_number(std::string_view text) {
    size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const size_t begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return at - begin;
    };
    const bool has_zero = at < text.size() && text[at] == '0';
    const size_t whole = digits();
    if (whole == 0 || (has_zero && whole > 1)) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return out;
}

/// Whether some reader of YAML takes it for a number or a boolean.
bool is_ambiguous(std::string_view text) {
    static constexpr std::string_view kWords[] = {"y",     "n",     "yes",   "no",   "on",
                                                  "off",   "true",  "false", "null", ".inf",
                                                  "+.inf", "-.inf", ".nan"};
    const std::string word = lower(text);
    if (std::ranges::find(kWords, word) != std::end(kWords)) return true;
    const std::string_view rest = word.starts_with('+') || word.starts_with('-')
                                      ? std::string_view(word).substr(1)
                                      : std::string_view(word);
    if (rest.empty() || (!is_digit(rest[0]) && rest[0] != '.')) return false;
    if (rest.starts_with("0x") || rest.starts_with("0o") || rest.starts_with("0b")) return true;
    const auto may_stand = [](char c) { return is_digit(c) || c == '_' || c == '.' || c == 'e'; };
    const bool has_digit = std::ranges::any_of(rest, is_digit);
    return has_digit && std::ranges::all_of(rest, may_stand) && std::ranges::count(rest, '.') <= 1;
}

/// Walks the events of one text and writes them as they come.
class YamlReader {
public:
    explicit YamlReader(std::string_view text) : out_(bytes_) {
        TL_ASSERT(yaml_parser_initialize(&parser_) == 1);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    }
    ~YamlReader() { yaml_parser_delete(&parser_); }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;

    Result<std::string> read() {
        for (;;) {
            yaml_event_t event;
            if (yaml_parser_parse(&parser_, &event) == 0) return broken();
            const bool is_end = event.type == YAML_STREAM_END_EVENT;
            const Status taken = take(event);
            yaml_event_delete(&event);
            TL_TRY(taken);
            if (!is_end) continue;
            if (documents_ == 0) return Error::invalid("yaml: there is nothing in it");
            return std::move(bytes_);
        }
    }

private:
    /// A list or an object that is open.
    struct Open {
        size_t mark;
        bool is_object;
        bool wants_key;
        std::set<std::string> keys;
    };

    static Error at(const yaml_mark_t& mark, const std::string& what) {
        return Error::invalid("yaml: line " + std::to_string(mark.line + 1) + ", column " +
                              std::to_string(mark.column + 1) + ": " + what);
    }
    Error broken() const {
        return at(parser_.problem_mark, parser_.problem == nullptr ? "not YAML" : parser_.problem);
    }

    Status take(const yaml_event_t& event) {
        switch (event.type) {
            case YAML_NO_EVENT:
            case YAML_STREAM_START_EVENT:
            case YAML_STREAM_END_EVENT:
            case YAML_DOCUMENT_END_EVENT:
                return Status::ok();
            case YAML_DOCUMENT_START_EVENT:
                if (++documents_ == 1) return Status::ok();
                return at(event.start_mark, "a second document begins; one definition a text");
            case YAML_ALIAS_EVENT:
                return at(event.start_mark, "aliases are not read; write it out");
            case YAML_SCALAR_EVENT:
                return take_scalar(event);
            case YAML_SEQUENCE_START_EVENT:
                return open(event, event.data.sequence_start.anchor, event.data.sequence_start.tag);
            case YAML_MAPPING_START_EVENT:
                return open(event, event.data.mapping_start.anchor, event.data.mapping_start.tag);
            case YAML_SEQUENCE_END_EVENT:
            case YAML_MAPPING_END_EVENT:
                out_.close(open_.back().mark);
                open_.pop_back();
                end_value();
                return Status::ok();
        }
        return at(event.start_mark, "not YAML");
    }

    static Status check_plain(const yaml_event_t& event, const yaml_char_t* anchor,
                              const yaml_char_t* tag) {
        if (anchor != nullptr) return at(event.start_mark, "anchors are not read; leave it out");
        if (tag != nullptr) return at(event.start_mark, "tags are not read; leave it out");
        return Status::ok();
    }

    bool wants_key() const { return !open_.empty() && open_.back().wants_key; }
    void end_value() {
        if (!open_.empty() && open_.back().is_object) open_.back().wants_key = true;
    }

    Status open(const yaml_event_t& event, const yaml_char_t* anchor, const yaml_char_t* tag) {
        TL_TRY(check_plain(event, anchor, tag));
        if (wants_key()) return at(event.start_mark, "a key must be a text");
        if (open_.size() + 1 >= kDocDepthMax) return at(event.start_mark, "nested too deeply");
        const bool is_object = event.type == YAML_MAPPING_START_EVENT;
        const size_t mark = is_object ? out_.open_object() : out_.open_array();
        open_.push_back({mark, is_object, is_object, {}});
        return Status::ok();
    }

    Status take_scalar(const yaml_event_t& event) {
        const auto& scalar = event.data.scalar;
        TL_TRY(check_plain(event, scalar.anchor, scalar.tag));
        const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
        if (wants_key()) {
            if (!open_.back().keys.emplace(text).second) {
                return at(event.start_mark, std::string(text) + " stands here twice");
            }
            out_.key(text);
            open_.back().wants_key = false;
            return Status::ok();
        }
        if (scalar.style == YAML_PLAIN_SCALAR_STYLE) {
            TL_TRY(write_plain(event.start_mark, text));
        } else {
            out_.string(text);
        }
        end_value();
        return Status::ok();
    }

    Status write_plain(const yaml_mark_t& mark, std::string_view text) {
        if (text.empty() || text == "~" || text == "null") {
            out_.null();
        } else if (text == "true" || text == "false") {
            out_.boolean(text == "true");
        } else if (is_json_number(text)) {
            write_number(out_, text);
        } else if (is_ambiguous(text)) {
            return at(mark, std::string(text) +
                                " is read in different ways: put it in quotes if "
                                "it is a text, else write true, false or a number "
                                "as in JSON");
        } else {
            out_.string(text);
        }
        return Status::ok();
    }

    yaml_parser_t parser_;
    std::string bytes_;
    DocWriter out_;
    std::vector<Open> open_;
    int documents_ = 0;
};

}  // namespace

Result<std::string> doc_from_yaml(std::string_view text) {
    if (text.size() > kYamlBytesMax) return Error::invalid("yaml: longer than 1 MiB");
    return YamlReader(text).read();
}

}  // namespace throughline::model
