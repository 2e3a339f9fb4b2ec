#include "template/parser.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/json_text.h"
#include "template/lexer.h"
#include "template/reader.h"

namespace throughline::tmpl {

namespace {

constexpr size_t kPartialBytesMax = 4 << 20;  // Of all partials of a template, as often as named.

// The tags between which nodes stand.
using Ends = std::initializer_list<std::string_view>;

// What a compilation with partials shares.
struct Family {
    const CompileOptions& options;
    Compilation& compilation;
    std::vector<std::string_view> open;  // Partials being read, the outermost first.
    size_t partial_bytes = 0;
    int depth = 0;
    // Loops that share where they ended, by variable and collection.
    std::unordered_map<std::string, uint32_t> loop_places;
    std::unordered_map<std::string_view, uint32_t> cycle_texts;
};

class Parser {
public:
    Parser(Family& family, PlaceFinder& places, std::vector<Piece> pieces)
        : family_(family), places_(places), pieces_(std::move(pieces)) {}

    Result<Nodes> run() {
        Nodes nodes;
        TL_TRY(nodes_until({}, nodes));
        return nodes;
    }

private:
    Reader reader(std::string_view text) { return {family_.compilation, places_, text}; }
    Reader reader(const Piece& piece) { return reader(piece.content); }
    Error error(const Piece& piece, std::string message) const {
        return template_error(places_.source(), piece.text.data(), std::move(message));
    }
    Symbol symbol(std::string_view name) {  // Of what a tag sets.
        return family_.compilation.symbol(name, Role::Set);
    }

    // Reads nodes up to one of the tags, which is taken and returned in last_; without any, up to
    // the end.
    Status nodes_until(Ends ends, Nodes& nodes) {
        while (next_ < pieces_.size()) {
            Piece piece = pieces_[next_++];
            piece.place = places_.place(piece.text.data());
            if (piece.kind == PieceKind::Tag && std::ranges::find(ends, piece.name) != ends.end()) {
                last_ = piece;
                return Status::ok();
            }
            TL_TRY(node(piece, nodes));
        }
        if (ends.size() == 0) return Status::ok();
        return error(opened_, std::string(opened_.name) + " is not closed: end it with {% " +
                                  std::string(*(ends.end() - 1)) + " %}");
    }
    // The same for the block of a tag. The name of the end comes last in `ends`.
    Status body(const Piece& tag, Ends ends, Nodes& nodes) {
        const Piece outer = std::exchange(opened_, tag);
        TL_TRY(enter(tag));
        TL_TRY(nodes_until(ends, nodes));
        --family_.depth;
        opened_ = outer;
        return Status::ok();
    }
    Status enter(const Piece& tag) {
        if (++family_.depth <= kTemplateDepthMax) return Status::ok();
        return error(tag, "tags in tags deeper than " + std::to_string(kTemplateDepthMax));
    }
    Status nothing_more(const Piece& tag) {
        if (tag.content.empty()) return Status::ok();
        return error(tag, std::string(tag.name) + " takes nothing more");
    }

    Status node(const Piece& piece, Nodes& nodes) {
        if (piece.kind == PieceKind::Text) {
            if (!piece.text.empty()) add(nodes, piece, TextNode{piece.text});
            return Status::ok();
        }
        if (piece.kind == PieceKind::Tag) return tag(piece, nodes);
        Reader in = reader(piece);
        if (in.at_end()) return error(piece, "an output is empty: name a value");
        TL_TRY_ASSIGN(OutputNode output, output_of(in));
        TL_TRY(in.finish("an operator or | before a filter"));
        add(nodes, piece, std::move(output));
        return Status::ok();
    }

    template <typename What>
    void add(Nodes& nodes, const Piece& piece, What what) {
        nodes.push_back({std::move(what), piece.place});
    }

    // Decides how a value is written: not escaped after filters whose result is escaped already or
    // asks to be left alone. Before line breaks become <br />, the text between them is escaped.
    Result<OutputNode> output_of(Reader& in) {
        TL_TRY_ASSIGN(FilteredValue value, in.filtered_value());
        OutputNode output{std::move(value)};
        auto& filters = output.value.filters;
        output.is_raw = !filters.empty() && is_done(filters.back());
        const bool makes_breaks = output.is_raw && filters.back().filter->name == "newline_to_br";
        const bool was_escaped = filters.size() > 1 && is_done(filters[filters.size() - 2]);
        if (makes_breaks && !was_escaped) {
            FilterCall escape;
            escape.filter = find_filter("escape");
            escape.place = filters.back().place;
            filters.insert(filters.end() - 1, std::move(escape));
        }
        return output;
    }

    // Whether what a filter gives is in the form of the channel.
    bool is_done(const FilterCall& call) const {
        switch (call.filter->form) {
            case Form::Plain:
                return false;
            case Form::Html:
                return family_.options.escape == Escape::Html;
            case Form::Url:
                return family_.options.escape == Escape::Url;
            case Form::Json:
                return family_.options.escape == Escape::Json;
            case Form::AsItIs:
                return true;
        }
        return false;
    }

    Status tag(const Piece& tag, Nodes& nodes) {
        struct Known {
            std::string_view name;
            Status (Parser::*parse)(const Piece& tag, Nodes& nodes);
        };
        static constexpr std::array<Known, 22> kTags{
            {{"#", &Parser::inline_comment},  {"assign", &Parser::assign},
             {"break", &Parser::jump},        {"capture", &Parser::capture},
             {"case", &Parser::case_of},      {"comment", &Parser::comment},
             {"continue", &Parser::jump},     {"cycle", &Parser::cycle},
             {"decrement", &Parser::counter}, {"echo", &Parser::echo},
             {"for", &Parser::loop},          {"if", &Parser::if_of},
             {"include", &Parser::include},   {"increment", &Parser::counter},
             {"liquid", &Parser::liquid},     {"raw", &Parser::raw},
             {"render", &Parser::render},     {"tablerow", &Parser::loop},
             {"unless", &Parser::if_of},      {"layout", &Parser::left_out},
             {"block", &Parser::left_out},    {"endblock", &Parser::left_out}}};
        const auto known = std::ranges::find(kTags, tag.name, &Known::name);
        if (known != kTags.end()) return (this->*known->parse)(tag, nodes);
        const std::string name(tag.name);
        if (name.starts_with("end") || name == "else" || name == "elsif" || name == "when") {
            return error(tag, name + " has no tag that it belongs to");
        }
        return error(tag, "no tag " + name);
    }

    Status left_out(const Piece& tag, Nodes&) {
        return error(tag, "no tag " + std::string(tag.name) +
                              ": use include or render with partials instead of layouts");
    }

    Status inline_comment(const Piece& tag, Nodes&) {
        std::string_view lines = tag.content;
        for (size_t at = lines.find('\n'); at != lines.npos; at = lines.find('\n')) {
            lines.remove_prefix(at + 1);
            Reader in = reader(lines);
            if (in.peek() != '#' && in.peek() != '\0') {
                return error(tag, "every line of a comment begins with #");
            }
        }
        return Status::ok();
    }

    Status comment(const Piece& tag, Nodes&) {
        while (next_ < pieces_.size()) {
            const Piece& piece = pieces_[next_++];
            if (piece.kind == PieceKind::Tag && piece.name == "endcomment") return Status::ok();
        }
        return error(tag, "comment is not closed: end it with {% endcomment %}");
    }

    // The lexer has made one text of what stands inside.
    Status raw(const Piece& tag, Nodes& nodes) { return body(tag, {"endraw"}, nodes); }

    Status assign(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        const std::string_view name = in.word();
        if (name.empty()) return in.error("assign needs a name: {% assign name = value %}");
        if (!in.take('=')) return in.error("assign needs = after the name");
        TL_TRY_ASSIGN(FilteredValue value, in.whole_value());
        add(nodes, tag, AssignNode{symbol(name), std::move(value)});
        return Status::ok();
    }

    Status capture(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        std::string_view name = in.word();
        if (name.empty()) {
            TL_TRY_ASSIGN(const Operand quoted, in.needed_value("the name of a variable"));
            const auto* text = std::get_if<Value>(&quoted.what);
            if (!text || !text->is_text()) return error(tag, "capture needs a name");
            name = text->text();
        }
        TL_TRY(in.finish("nothing after the name"));
        CaptureNode node{symbol(name), {}};
        TL_TRY(body(tag, {"endcapture"}, node.body));
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    Status echo(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        if (in.at_end()) return Status::ok();
        TL_TRY_ASSIGN(OutputNode output, output_of(in));
        TL_TRY(in.finish("an operator or | before a filter"));
        add(nodes, tag, std::move(output));
        return Status::ok();
    }

    Status counter(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        const std::string_view name = in.word();
        if (name.empty()) return in.error(std::string(tag.name) + " needs a name");
        TL_TRY(in.finish("nothing after the name"));
        add(nodes, tag, CounterNode{symbol(name), tag.name == "increment"});
        return Status::ok();
    }

    Status jump(const Piece& tag, Nodes& nodes) {
        add(nodes, tag, JumpNode{tag.name == "break" ? Jump::Break : Jump::Continue});
        return Status::ok();
    }

    // `if` and `unless`. What follows a second `else` of an `unless` is never shown; an `if` with
    // two is refused.
    Status if_of(const Piece& tag, Nodes& nodes) {
        IfNode node;
        const bool is_unless = tag.name == "unless";
        const std::string_view end = is_unless ? "endunless" : "endif";
        TL_TRY_ASSIGN(FilteredValue condition, reader(tag).whole_value());
        node.branches.push_back({std::move(condition), !is_unless, {}});
        TL_TRY(body(tag, {"elsif", "else", end}, node.branches.back().body));
        while (last_.name == "elsif") {
            TL_TRY_ASSIGN(FilteredValue next, reader(last_).whole_value());
            node.branches.push_back({std::move(next), true, {}});
            TL_TRY(body(tag, {"elsif", "else", end}, node.branches.back().body));
        }
        if (last_.name == "else") {
            TL_TRY(nothing_more(last_));
            TL_TRY(body(tag, {"elsif", "else", end}, node.otherwise));
        }
        if (last_.name != end) return error(last_, "else comes last, and once");
        TL_TRY(nothing_more(last_));
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    Status case_of(const Piece& tag, Nodes& nodes) {
        CaseNode node;
        TL_TRY_ASSIGN(node.subject, reader(tag).whole_value());
        Nodes before;  // What stands before the first `when` belongs to nothing.
        TL_TRY(body(tag, {"when", "else", "endcase"}, before));
        while (last_.name == "when") {
            node.branches.emplace_back();
            TL_TRY_ASSIGN(node.branches.back().values, when_values(last_));
            TL_TRY(body(tag, {"when", "else", "endcase"}, node.branches.back().body));
        }
        if (last_.name == "else") {
            TL_TRY(nothing_more(last_));
            TL_TRY(body(tag, {"when", "else", "endcase"}, node.otherwise));
        }
        if (last_.name != "endcase") return error(last_, "else comes last, and once");
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    Result<std::vector<Operand>> when_values(const Piece& tag) {
        Reader in = reader(tag);
        std::vector<Operand> values;
        do {
            TL_TRY_ASSIGN(Operand value, in.needed_value("a value"));
            values.push_back(std::move(value));
        } while (in.take(',') || in.take_word("or"));
        TL_TRY(in.finish("a comma or `or` between values"));
        return values;
    }

    Status cycle(const Piece& tag, Nodes& nodes) {
        CycleNode node;
        Reader start = reader(tag);
        TL_TRY_ASSIGN(Operand group, start.value());
        const bool has_group = group.is_there() && start.take(':');
        if (has_group) node.group = std::move(group);
        Reader in = has_group ? start : reader(tag);
        const char* begin = in.position();
        do {
            TL_TRY_ASSIGN(OutputNode value, output_of(in));
            node.values.push_back(std::move(value));
        } while (in.take(','));
        TL_TRY(in.finish("a comma between values"));
        auto& texts = family_.cycle_texts;
        const auto number = static_cast<uint32_t>(texts.size());
        node.number = texts.try_emplace(in.since(begin), number).first->second;
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    // `for` and `tablerow`.
    Status loop(const Piece& tag, Nodes& nodes) {
        ForNode node;
        node.is_table = tag.name == "tablerow";
        Reader in = reader(tag);
        node.variable_name = in.word();
        if (node.variable_name.empty() || !in.take_word("in")) {
            return error(tag, std::string(tag.name) + " reads: {% " + std::string(tag.name) +
                                  " item in list %}");
        }
        node.variable = symbol(node.variable_name);
        TL_TRY_ASSIGN(node.collection, in.needed_value("a list"));
        TL_TRY(loop_options(in, node));
        node.place_kept = loop_place(node);
        if (node.is_table) {
            TL_TRY(body(tag, {"endtablerow"}, node.body));
        } else {
            TL_TRY(body(tag, {"else", "endfor"}, node.body));
            node.has_else = last_.name == "else";
            if (node.has_else) {
                TL_TRY(nothing_more(last_));
                TL_TRY(body(tag, {"endfor"}, node.otherwise));
            }
            TL_TRY(nothing_more(last_));
        }
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    Status loop_options(Reader& in, ForNode& node) {
        while (!in.at_end()) {
            in.take(',');
            const char* begin = in.position();
            const std::string_view name = in.word();
            if (name == "reversed" && !node.is_table && !in.take(':')) {
                node.is_reversed = true;
                continue;
            }
            const bool is_known =
                name == "limit" || name == "offset" || (name == "cols" && node.is_table);
            if (!is_known || !in.take(':')) {
                return in.error_at(begin, node.is_table ? "expected limit:, offset: or cols:"
                                                        : "expected limit:, offset: or reversed");
            }
            if (name == "offset" && !node.is_table && in.take_word("continue")) {
                node.is_continued = true;
                continue;
            }
            TL_TRY_ASSIGN(Operand value, in.needed_value("a number"));
            (name == "limit"    ? node.limit
             : name == "offset" ? node.offset
                                : node.columns) = std::move(value);
        }
        return Status::ok();
    }

    uint32_t loop_place(const ForNode& node) {
        const std::string key =
            std::string(node.variable_name) + "-" + std::string(node.collection.text);
        auto& places = family_.loop_places;
        const auto place = places.try_emplace(key, static_cast<uint32_t>(places.size())).first;
        family_.compilation.program().loop_places = static_cast<uint32_t>(places.size());
        return place->second;
    }

    Status liquid(const Piece& tag, Nodes& nodes) {
        TL_TRY_ASSIGN(std::vector<Piece> lines, cut_liquid_tag(places_.source(), tag.content));
        TL_TRY(enter(tag));
        Parser inner(family_, places_, std::move(lines));
        TL_TRY(inner.nodes_until({}, nodes));
        --family_.depth;
        return Status::ok();
    }

    Status include(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        TL_TRY_ASSIGN(const std::string_view name, partial_name(tag, in));
        PartialNode node;
        if (in.take_word("with")) {
            TL_TRY_ASSIGN(Operand value, in.needed_value("a value"));
            node.arguments.push_back({symbol(name), std::move(value)});
        }
        TL_TRY(partial_arguments(in, node));
        TL_TRY_ASSIGN(node.body, partial(tag, name));
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    Status render(const Piece& tag, Nodes& nodes) {
        Reader in = reader(tag);
        TL_TRY_ASSIGN(const std::string_view name, partial_name(tag, in));
        PartialNode node;
        node.is_isolated = true;
        const bool is_each = in.take_word("for");
        if (is_each || in.take_word("with")) {
            TL_TRY_ASSIGN(Operand value, in.needed_value("a value"));
            const std::string_view alias = in.take_word("as") ? in.word() : name;
            if (alias.empty()) return in.error("a name is missing after as");
            node.item = symbol(alias);
            if (is_each) {
                node.each = std::move(value);
            } else {
                node.arguments.push_back({node.item, std::move(value)});
            }
        }
        TL_TRY(partial_arguments(in, node));
        TL_TRY_ASSIGN(node.body, partial(tag, name));
        add(nodes, tag, std::move(node));
        return Status::ok();
    }

    // The name must stand in the template: partials are read when it is compiled.
    Result<std::string_view> partial_name(const Piece& tag, Reader& in) {
        TL_TRY_ASSIGN(const Operand operand, in.needed_value("the name of a partial in quotes"));
        const auto* name = std::get_if<Value>(&operand.what);
        if (!name || !name->is_text()) {
            return error(tag, "the name of a partial is a text in quotes");
        }
        return name->text();
    }

    Status partial_arguments(Reader& in, PartialNode& node) {
        while (!in.at_end()) {
            in.take(',');
            const std::string_view name = in.word();
            if (name.empty() || !in.take(':')) return in.error("expected name: value");
            TL_TRY_ASSIGN(Operand value, in.needed_value("a value"));
            node.arguments.push_back({symbol(name), std::move(value)});
        }
        return Status::ok();
    }

    Result<Nodes> partial(const Piece& tag, std::string_view name) {
        const std::string shown(name);
        auto text = family_.options.partials ? family_.options.partials(name) : std::nullopt;
        if (!text) return error(tag, "no partial " + shown);
        if (std::ranges::find(family_.open, name) != family_.open.end()) {
            return error(tag, "partial " + shown + " holds itself");
        }
        family_.partial_bytes += text->size();
        if (family_.partial_bytes > kPartialBytesMax) {
            return error(tag,
                         "partials of more than " + std::to_string(kPartialBytesMax >> 20) + " MB");
        }
        if (!is_utf8(*text)) return error(tag, "partial " + shown + " is not UTF-8");
        TL_TRY(enter(tag));
        family_.open.push_back(name);
        PlaceFinder places(family_.compilation.keep(std::move(*text)));
        Result<Nodes> nodes = nodes_of(family_, places);
        family_.open.pop_back();
        --family_.depth;
        if (!nodes)
            return Error{nodes.error().code, "partial " + shown + ": " + nodes.error().message};
        return nodes;
    }

    static Result<Nodes> nodes_of(Family& family, PlaceFinder& places) {
        TL_TRY_ASSIGN(std::vector<Piece> pieces, cut_template(places.source()));
        return Parser(family, places, std::move(pieces)).run();
    }

    friend Status parse_template_into(Family& family, PlaceFinder& places);

    Family& family_;
    PlaceFinder& places_;
    std::vector<Piece> pieces_;
    size_t next_ = 0;
    Piece opened_;  // The tag whose block is being read.
    Piece last_;    // The tag that ended the last block.
};

Status parse_template_into(Family& family, PlaceFinder& places) {
    TL_TRY_ASSIGN(family.compilation.program().nodes, Parser::nodes_of(family, places));
    return Status::ok();
}

}  // namespace

Status parse_template(std::string_view text, const CompileOptions& options, Program& program) {
    if (text.size() > kTemplateBytesMax) {
        return Error::invalid("template: longer than " + std::to_string(kTemplateBytesMax) +
                              " bytes");
    }
    if (!is_utf8(text)) return Error::invalid("template: not UTF-8");
    Compilation compilation(program);
    program.escape = options.escape;
    program.forloop = compilation.symbol("forloop", Role::Set);
    program.tablerowloop = compilation.symbol("tablerowloop", Role::Set);
    Family family{options, compilation, {}, 0, 0, {}, {}};
    PlaceFinder places(compilation.keep(std::string(text)));
    return parse_template_into(family, places);
}

}  // namespace throughline::tmpl
