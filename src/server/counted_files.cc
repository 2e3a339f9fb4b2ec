#include "server/counted_files.h"

#include <set>

#include "sequence/dictionary.h"
#include "sequence/outline.h"

namespace throughline::server {

using model::DocType;
using model::DocView;
using sequence::FileStatistics;
using sequence::LeafKind;

namespace {

constexpr size_t kDepthMost = 4;        // Of objects within objects.
constexpr size_t kPathBytesMost = 200;  // Longer ones are no choices.

void visit_fields(DocView object, const std::string& prefix, size_t depth,
                  const VisitField& visit) {
    for (const model::DocField& field : object.fields()) {
        const std::string path = prefix + std::string(field.key);
        if (path.size() > kPathBytesMost || path.find("[]") != path.npos) continue;
        if (!field.value.is_object()) {
            visit(path, field.value);
        } else if (depth < kDepthMost) {
            visit_fields(field.value, path + ".", depth + 1, visit);
        }
    }
}

ValueKind kind_of_column(LeafKind kind) {
    switch (kind) {
        case LeafKind::Text:
        case LeafKind::Instant:
            return ValueKind::Text;
        case LeafKind::Number:
        case LeafKind::Real:
        case LeafKind::NumberText:
        case LeafKind::Length:
            return ValueKind::Number;
        case LeafKind::Bool:
            return ValueKind::Bool;
    }
    TL_UNREACHABLE();
}

}  // namespace

std::optional<ValueKind> value_kind(DocView value) {
    switch (value.type()) {
        case DocType::String:
            return ValueKind::Text;
        case DocType::Integer:
        case DocType::Decimal:
        case DocType::Double:
        case DocType::NumberText:
            return ValueKind::Number;
        case DocType::Bool:
            return ValueKind::Bool;
        case DocType::Array:
            return ValueKind::List;
        case DocType::Null:
        case DocType::Object:
            return std::nullopt;
    }
    TL_UNREACHABLE();
}

void for_each_choice(model::EventType type, DocView doc, const VisitField& visit) {
    const bool has_traits = type == model::EventType::Identify || type == model::EventType::Group;
    visit_fields(doc.find(has_traits ? "traits" : "properties"), "", 1, visit);
    visit_fields(doc.find("context"), "$.context.", 1, visit);
}

/// Counts the fields of the shapes of one file. Values of different columns may be of one path, and
/// those that repeat the event's name stand in no column.
class CountedFiles::ShapeCounter {
public:
    ShapeCounter(const File& file, Properties& out) : file_(file), out_(out) {}

    void add(const FileStatistics::Kind& kind) {
        const sequence::Schema& schema = file_.file->schema();
        const sequence::Outline outline = sequence::outline_of(schema, kind.shape);
        for_each_choice(kind.type, DocView(outline.doc), [&](const std::string& path, DocView at) {
            if (at.is_null()) return;
            Property& property = out_.by_path[path];
            if (at.is_array()) {
                property.rows[static_cast<size_t>(ValueKind::List)] += kind.rows;
                property.distinct.reset();
                return;
            }
            // An outline has the number of the leaf where the event has the value.
            const auto leaf = static_cast<size_t>(at.as_integer().value_or(0));
            const ValueKind value = add_leaf(outline.leaves[leaf].token, kind, property);
            property.rows[static_cast<size_t>(value)] += kind.rows;
        });
    }

private:
    ValueKind add_leaf(uint32_t token, const FileStatistics::Kind& kind, Property& property) {
        if (token == sequence::kMessageId) {
            property.distinct.reset();
            return ValueKind::Text;
        }
        if (token == sequence::kName) {
            const std::string& name = file_.file->names()[kind.name].text;
            if (property.distinct) property.distinct->add(sequence::hash_of_text(name));
            return ValueKind::Text;
        }
        const uint32_t column = token - sequence::kLeaf;
        const LeafKind of = file_.file->schema().columns()[column].kind;
        if (added_.insert(column).second) add_values(column, of, property);
        return kind_of_column(of);
    }
    void add_values(uint32_t column, LeafKind kind, Property& property) {
        const sequence::ColumnStatistics& values = file_.statistics.columns[column];
        if (kind == LeafKind::Instant) property.distinct.reset();
        if (!property.distinct) return;
        property.distinct->merge(values.distinct);
        if (kind != LeafKind::Bool || !values.range) return;
        for (const int64_t truth : {values.range->least.number, values.range->greatest.number}) {
            property.distinct->add(sequence::hash_of_bool(truth != 0));
        }
    }

    const File& file_;
    Properties& out_;
    std::set<uint32_t> added_;  // Columns.
};

Result<CountedFiles> CountedFiles::read(const sequence::FileSet& files) {
    CountedFiles counted;
    for (const auto& file : files) {
        TL_TRY_ASSIGN(auto statistics, file->statistics());
        if (!statistics) {
            counted.others_.push_back(file);
            continue;
        }
        counted.overflow_.whole += statistics->overflow.whole;
        counted.overflow_.unnamed += statistics->overflow.unnamed;
        counted.overflow_.uncounted += statistics->overflow.uncounted;
        counted.files_.push_back({file, std::move(*statistics)});
    }
    return counted;
}

void CountedFiles::for_each_name(const VisitName& visit) const {
    for (const File& one : files_) {
        for (const FileStatistics::Kind& kind : one.statistics.kinds) {
            const sequence::StoredName& name = one.file->names()[kind.name];
            visit(name.text, name.number != sequence::kOverflowName, kind.type, kind.rows);
        }
    }
}

CountedFiles::Properties CountedFiles::properties(std::optional<std::string_view> name,
                                                  std::optional<model::EventType> type) const {
    Properties found;
    for (const File& one : files_) {
        ShapeCounter counter(one, found);
        found.uncounted += one.statistics.overflow.uncounted;
        for (const FileStatistics::Kind& kind : one.statistics.kinds) {
            if (name && one.file->names()[kind.name].text != *name) continue;
            if (type && kind.type != *type) continue;
            found.rows += kind.rows;
            if (kind.shape == sequence::Schema::kSpilled) {
                found.uncounted += kind.rows;
            } else {
                counter.add(kind);
            }
        }
    }
    return found;
}

}  // namespace throughline::server
