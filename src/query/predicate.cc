#include "query/predicate.h"

#include <algorithm>
#include <tuple>

#include "query/question.h"

namespace throughline::query {

using model::DocView;
using model::EventType;
using model::EventView;

namespace {

constexpr size_t kNodesMax = 1000;
constexpr size_t kPatternsMax = 50;
constexpr uint64_t kTimesMax = 1'000'000'000;
constexpr uint64_t kNoMost = ~uint64_t{0};
constexpr size_t kItemLeavesMax = 32;  // Of one condition: each may look at all items of a person.

std::string text_doc(std::string_view text) {
    std::string doc;
    model::DocWriter(doc).string(text);
    return doc;
}

struct CountRange {
    uint64_t least = 1;       // Inclusive,
    uint64_t most = kNoMost;  // as is the most.

    /// The number that has to be counted to.
    uint64_t reach() const { return most == kNoMost ? least : most; }
};

/// Makes of `count` ({"gte":3,"lt":10}) the least and the most.
Result<CountRange> read_count(DocView count, const std::string& field) {
    CountRange range;
    if (count.is_missing()) return range;
    const Error bad = Error::invalid(
        field + R"(: must be a range of whole numbers, such as {"gte":3} or {"eq":0})");
    if (!count.is_object()) return bad;
    range.least = 0;
    bool is_empty = true;
    for (const model::DocField& bound : count.fields()) {
        const auto given = bound.value.as_integer();
        if (!given || *given < 0 || static_cast<uint64_t>(*given) > kTimesMax) return bad;
        const auto times = static_cast<uint64_t>(*given);
        const bool is_less = bound.key == "lt";
        if (is_less && times == 0) return bad;
        if (bound.key == "gte" || bound.key == "eq") range.least = std::max(range.least, times);
        if (bound.key == "gt") range.least = std::max(range.least, times + 1);
        if (bound.key == "lte" || bound.key == "eq") range.most = std::min(range.most, times);
        if (is_less) range.most = std::min(range.most, times - 1);
        const bool is_known = is_less || bound.key == "gte" || bound.key == "eq" ||
                              bound.key == "gt" || bound.key == "lte";
        if (!is_known) return bad;
        is_empty = false;
    }
    if (is_empty || range.least > range.most) return bad;
    return range;
}

}  // namespace

Result<PropertyPath> PropertyPath::parse(DocView text, const std::string& field) {
    const std::string_view path = text.as_string();
    if (path.empty()) return Error::invalid(field + ": must be the name of a property");
    if (path.size() > 500) return Error::invalid(field + ": longer than 500 bytes");
    if (path.find("[]") != path.npos) {
        return Error::invalid(field + ": a path into a list has many values; name one");
    }
    PropertyPath property;
    property.from_event_ = path.starts_with("$.");
    property.path_ = property.from_event_ ? path.substr(2) : path;
    const size_t dot = property.path_.rfind('.');
    if (dot != std::string::npos) property.parent_ = property.path_.substr(0, dot);
    return property;
}

DocView PropertyPath::top(const EventView& event) const {
    if (from_event_) return event.doc();
    const bool has_traits = event.type() == EventType::Identify || event.type() == EventType::Group;
    return event.doc().find(has_traits ? "traits" : "properties");
}

DocView PropertyPath::value_of(DocView object) const {
    const DocView whole = object.find(path_);  // A key may itself hold dots.
    return whole.is_missing() && !parent_.empty() ? object.at_path(path_) : whole;
}

DocView PropertyPath::beside(const EventView& event, std::string_view key) const {
    const DocView object = top(event);
    if (parent_.empty() || !object.find(path_).is_missing()) return object.find(key);
    return object.at_path(parent_).find(key);
}

bool Leaf::operator==(const Leaf& other) const {
    const bool has_equal_did = did && other.did ? *did == *other.did : did == other.did;
    const bool has_equal_items =
        items && other.items ? *items == *other.items : items == other.items;
    return subject == other.subject && property == other.property && name == other.name &&
           criterion == other.criterion && has_equal_did && has_equal_items;
}

/// Reads one condition.
class Predicate::Compiler {
public:
    Compiler(Predicate& out, Leaves leaves) : out_(out), leaves_(leaves) {}

    Result<size_t> add(DocView condition, const std::string& field);

private:
    bool is_of_people() const { return leaves_ == Leaves::OfPeople || leaves_ == Leaves::OfRuns; }
    Result<size_t> add_all(Op op, DocView conditions, const std::string& field);
    Result<size_t> add_leaf(Leaf leaf, const std::string& field);
    Result<size_t> check_room(const std::string& field) const;
    Status check_subject(std::string_view key, const std::string& field) const;
    Status count_pattern(std::string_view op, const std::string& field);

    Result<Leaf> read_property(DocView leaf, const std::string& field);
    Result<Leaf> read_trait(DocView leaf, const std::string& field);
    Result<Leaf> read_identifier(DocView leaf, const std::string& field);
    Result<Leaf> read_origin(std::string_view key, DocView leaf, const std::string& field);
    Result<Leaf> read_segment(DocView leaf, const std::string& field);
    Result<Leaf> read_did(DocView leaf, const std::string& field);
    Result<Leaf> read_item(DocView leaf, const std::string& field);
    Result<Leaf> read_leaf(std::string_view key, DocView leaf, const std::string& field);

    Predicate& out_;
    const Leaves leaves_;
    size_t patterns_ = 0;
    size_t item_leaves_ = 0;
};

Result<Predicate> Predicate::compile(DocView condition, const std::string& field, Leaves leaves) {
    Predicate predicate;
    if (condition.is_missing() || condition.is_null()) return predicate;
    TL_TRY_ASSIGN(const size_t whole, Compiler(predicate, leaves).add(condition, field));
    TL_ASSERT(whole + 1 == predicate.nodes_.size());
    return predicate;
}

// What is cheap to ask stands first: it may spare the rest.
void Predicate::join(Op op, std::vector<size_t> parts) {
    std::ranges::stable_sort(parts, {}, [&](size_t part) { return nodes_[part].dearest; });
    Node node{.op = op, .parts = std::move(parts)};
    if (!node.parts.empty()) node.dearest = nodes_[node.parts.back()].dearest;
    nodes_.push_back(std::move(node));
}

Predicate Predicate::both(const Predicate& a, const Predicate& b) {
    if (a.always_holds() || a == b) return b;
    if (b.always_holds()) return a;
    Predicate whole = a;
    const size_t shift = a.nodes_.size();
    for (Node node : b.nodes_) {
        for (size_t& part : node.parts) part += shift;
        whole.nodes_.push_back(std::move(node));
    }
    whole.join(Op::And, {shift - 1, whole.nodes_.size() - 1});
    return whole;
}

Result<size_t> Predicate::Compiler::check_room(const std::string& field) const {
    if (out_.nodes_.size() < kNodesMax) return out_.nodes_.size();
    return Error::invalid(field + ": more than " + std::to_string(kNodesMax) + " conditions");
}

Result<size_t> Predicate::Compiler::add_leaf(Leaf leaf, const std::string& field) {
    TL_TRY_ASSIGN(const size_t index, check_room(field));
    const Subject subject = leaf.subject;
    out_.nodes_.push_back({.op = Op::Leaf, .leaf = std::move(leaf), .dearest = subject});
    return index;
}

Result<size_t> Predicate::Compiler::add(DocView condition, const std::string& field) {
    static constexpr std::string_view kLeaves[] = {"property",   "source", "channel", "trait",
                                                   "identifier", "did",    "segment", "item"};
    if (condition.is_array()) return add_all(Op::And, condition, field);
    if (!condition.is_object()) return Error::invalid(field + ": must be a condition or a list");
    for (const std::string_view key : kLeaves) {
        if (condition.find(key).is_missing()) continue;
        TL_TRY_ASSIGN(Leaf leaf, read_leaf(key, condition, field));
        return add_leaf(std::move(leaf), field);
    }
    const DocView both = condition.find("and");
    const DocView either = condition.find("or");
    const DocView none = condition.find("not");
    const int given = !both.is_missing() + !either.is_missing() + !none.is_missing();
    const auto fields = condition.fields();
    if (given != 1 || ++fields.begin() != fields.end()) {
        return Error::invalid(field + ": must be one of property, source, channel, trait, " +
                              "identifier, segment, did, item, and, or, not");
    }
    if (!both.is_missing()) return add_all(Op::And, both, field + ".and");
    if (!either.is_missing()) return add_all(Op::Or, either, field + ".or");
    TL_TRY_ASSIGN(const size_t part, add(none, field + ".not"));
    TL_TRY_ASSIGN(const size_t index, check_room(field));
    out_.join(Op::Not, {part});
    return index;
}

Result<size_t> Predicate::Compiler::add_all(Op op, DocView conditions, const std::string& field) {
    if (!conditions.is_array()) return Error::invalid(field + ": must be a list");
    std::vector<size_t> parts;
    for (const DocView condition : conditions.items()) {
        const std::string place = field + "[" + std::to_string(parts.size()) + "]";
        TL_TRY_ASSIGN(const size_t part, add(condition, place));
        parts.push_back(part);
    }
    TL_TRY_ASSIGN(const size_t index, check_room(field));
    out_.join(op, std::move(parts));
    return index;
}

Status Predicate::Compiler::check_subject(std::string_view key, const std::string& field) const {
    const std::string name = field + "." + std::string(key);
    if (leaves_ == Leaves::OfItems) {
        return key == "property" ? Status::ok()
                                 : Status(Error::invalid(
                                       name + ": only property goes here: a field of the item"));
    }
    if (key == "item" && leaves_ != Leaves::OfRuns && leaves_ != Leaves::Properties) {
        const bool is_segment = leaves_ == Leaves::OfPeople;
        return Error::invalid(name + ": only the if of a journey asks for items" +
                              (is_segment ? "; who is in a segment does not move with them" : ""));
    }
    const bool is_of_event = key == "property" || key == "source" || key == "channel";
    if (leaves_ == Leaves::OfPeople && key == "segment") {
        return Error::invalid(name +
                              ": a segment of segments is not offered: repeat its conditions");
    }
    if (is_of_people()) {
        return is_of_event ? Status(Error::invalid(name + ": is of one event: goes into the where" +
                                                   " of a did"))
                           : Status::ok();
    }
    if (leaves_ == Leaves::All || key == "property") return Status::ok();
    if (leaves_ == Leaves::Properties) return Error::invalid(name + ": only property goes here");
    if (leaves_ == Leaves::OfRecords && key == "channel") {
        return Error::invalid(name + ": not offered here: rules decide it, and they may change");
    }
    if (is_of_event) return Status::ok();
    return Error::invalid(name + ": what is asked of the person goes beside did, not into it");
}

Result<Leaf> Predicate::Compiler::read_leaf(std::string_view key, DocView leaf,
                                            const std::string& field) {
    TL_TRY(check_subject(key, field));
    TL_TRY(count_pattern(leaf.find("op").as_string(), field));
    if (key == "property") return read_property(leaf, field);
    if (key == "trait") return read_trait(leaf, field);
    if (key == "identifier") return read_identifier(leaf, field);
    if (key == "segment") return read_segment(leaf, field);
    if (key == "did") return read_did(leaf, field);
    if (key == "item") return read_item(leaf, field);
    return read_origin(key, leaf, field);
}

// Each may take a megabyte.
Status Predicate::Compiler::count_pattern(std::string_view op, const std::string& field) {
    patterns_ += op == "matches";
    if (patterns_ <= kPatternsMax) return Status::ok();
    return Error::invalid(field + ".op: matches stands more than " + std::to_string(kPatternsMax) +
                          " times");
}

Result<Leaf> Predicate::Compiler::read_property(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"property", "op", "value", "quantifier"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    Leaf read;
    TL_TRY_ASSIGN(read.criterion, Criterion::make(leaf.find("op").as_string(), leaf.find("value"),
                                                  field, field + ".value"));
    const std::string place = field + ".property";
    std::string path(leaf.find("property").as_string());
    if (leaves_ == Leaves::OfItems && path.starts_with("$.")) {
        return Error::invalid(place + ": an item has fields only: name one, without $.");
    }
    TL_TRY(read.criterion.read_elements(leaf.find("quantifier"), path, field, place));
    TL_TRY_ASSIGN(read.property, PropertyPath::parse(DocView(text_doc(path)), place));
    return read;
}

Result<Leaf> Predicate::Compiler::read_trait(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"trait", "op", "value", "quantifier", "at_event"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    TL_TRY_ASSIGN(const bool is_of_then, flag_of(leaf, "at_event", field + "."));
    if (is_of_then) {
        return Error::invalid(field + ".at_event: not offered: traits are as of now");
    }
    Leaf read{.subject = Subject::Trait};
    TL_TRY_ASSIGN(read.criterion, Criterion::make(leaf.find("op").as_string(), leaf.find("value"),
                                                  field, field + ".value"));
    const std::string place = field + ".trait";
    std::string path(leaf.find("trait").as_string());
    TL_TRY(read.criterion.read_elements(leaf.find("quantifier"), path, field, place));
    TL_TRY_ASSIGN(read.name, trait_path_of(path, place));
    return read;
}

Result<Leaf> Predicate::Compiler::read_identifier(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"identifier", "op", "value"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    Leaf read{.subject = Subject::Identifier};
    read.name = leaf.find("identifier").as_string();
    if (read.name.empty() || read.name.size() > 100) {
        return Error::invalid(field + ".identifier: must be the key of a namespace, such as email");
    }
    TL_TRY_ASSIGN(read.criterion, Criterion::make(leaf.find("op").as_string(), leaf.find("value"),
                                                  field, field + ".value"));
    return read;
}

// `{"source":"web"}`, `{"source":["web","till"]}`, `{"source":true,"op":"starts_with","value":…}`.
Result<Leaf> Predicate::Compiler::read_origin(std::string_view key, DocView leaf,
                                              const std::string& field) {
    static constexpr std::string_view kKeys[] = {"source", "channel", "op", "value"};
    static constexpr std::string_view kShort[] = {"source", "channel", "op"};
    const std::string place = field + "." + std::string(key);
    const DocView named = leaf.find(key);
    const bool is_whole = named.as_bool();
    const std::string_view other = key == "source" ? "channel" : "source";
    if (!leaf.find(other).is_missing()) {
        return Error::invalid(field + "." + std::string(other) + ": stands beside " +
                              std::string(key) + ": make them two conditions");
    }
    TL_TRY(is_whole ? check_keys(leaf, kKeys, field + ".") : check_keys(leaf, kShort, field + "."));
    if (!is_whole && !named.is_string() && !named.is_array()) {
        return Error::invalid(place + ": must be a key, a list of keys, or true with op and value");
    }
    TL_TRY_ASSIGN(const auto op, text_of(leaf, "op", field + "."));
    Leaf read{.subject = key == "source" ? Subject::Source : Subject::Channel};
    const std::string usual = is_whole ? "" : named.is_array() ? "in" : "eq";
    TL_TRY_ASSIGN(read.criterion,
                  Criterion::make(op.value_or(usual), is_whole ? leaf.find("value") : named, field,
                                  is_whole ? field + ".value" : place));
    return read;
}

Result<Leaf> Predicate::Compiler::read_segment(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"segment"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    Leaf read{.subject = Subject::Segment};
    read.name = leaf.find("segment").as_string();
    if (read.name.empty()) return Error::invalid(field + ".segment: must be the key of a segment");
    return read;
}

Result<Leaf> Predicate::Compiler::read_did(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"did", "type", "where", "count", "within"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    const std::string_view name = leaf.find("did").as_string();
    if (name.empty()) return Error::invalid(field + ".did: must be the name of an event, or *");
    Did did;
    TL_TRY_ASSIGN(const auto type, text_of(leaf, "type", field + "."));
    TL_TRY_ASSIGN(std::tie(did.event, did.type), event_and_type(std::string(name), type, field));
    const Leaves inside = is_of_people() ? Leaves::OfRecords : Leaves::OfEvents;
    TL_TRY_ASSIGN(did.where, compile(leaf.find("where"), field + ".where", inside));
    TL_TRY_ASSIGN(const CountRange count, read_count(leaf.find("count"), field + ".count"));
    did.least = count.least;
    did.most = count.most;
    if (is_of_people() && count.reach() > kTimesKeptMax) {
        return Error::invalid(field + ".count: asks for more than " +
                              std::to_string(kTimesKeptMax) + " times");
    }
    TL_TRY_ASSIGN(const auto within, text_of(leaf, "within", field + "."));
    if (within) {
        TL_TRY_ASSIGN(did.within, parse_duration(*within, field + ".within"));
    }
    Leaf read{.subject = Subject::Did};
    read.did = std::make_shared<const Did>(std::move(did));
    return read;
}

// `{"item":"order","where":…,"count":{"gte":2}}`, `{"item":"stock","id":{"property":"sku"},…}`.
Result<Leaf> Predicate::Compiler::read_item(DocView leaf, const std::string& field) {
    static constexpr std::string_view kKeys[] = {"item", "id", "where", "count"};
    static constexpr std::string_view kOfId[] = {"property"};
    TL_TRY(check_keys(leaf, kKeys, field + "."));
    if (++item_leaves_ > kItemLeavesMax) {
        return Error::invalid(field + ".item: stands more than " + std::to_string(kItemLeavesMax) +
                              " times in one condition");
    }
    AskedItems asked{.catalog = std::string(leaf.find("item").as_string())};
    if (asked.catalog.empty()) {
        return Error::invalid(field + ".item: must be the key of a type of items, such as order");
    }
    const DocView id = leaf.find("id");
    if (!id.is_missing()) {
        if (!id.is_object()) {
            return Error::invalid(field + R"(.id: must name a property: {"property":"sku"})");
        }
        TL_TRY(check_keys(id, kOfId, field + ".id."));
        TL_TRY_ASSIGN(asked.id, PropertyPath::parse(id.find("property"), field + ".id.property"));
        if (!leaf.find("count").is_missing()) {
            return Error::invalid(field + ".count: goes without id: one item is there, or is not");
        }
    }
    TL_TRY_ASSIGN(asked.where, compile(leaf.find("where"), field + ".where", Leaves::OfItems));
    TL_TRY_ASSIGN(const CountRange count, read_count(leaf.find("count"), field + ".count"));
    if (count.reach() > kItemsSeenMax) {
        return Error::invalid(field + ".count: asks for more than " +
                              std::to_string(kItemsSeenMax) + " items");
    }
    asked.least = count.least;
    asked.most = count.most;
    Leaf read{.subject = Subject::Item};
    read.items = std::make_shared<const AskedItems>(std::move(asked));
    return read;
}

}  // namespace throughline::query
