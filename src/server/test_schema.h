// For tests: whether an answer is what web/openapi.json says it is.
//
// Knows the part of JSON Schema that the document uses: $ref, oneOf, type, enum, properties,
// required, items, additionalProperties. A property that the schema does not name is a mismatch, so
// that the document cannot fall behind.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "model/json.h"
#include "server/embedded.h"

namespace throughline::server::testing {

class Schemas {
public:
    Schemas() {
        for (const EmbeddedFile& file : embedded_files()) {
            if (file.path == "openapi.json") document_ = *model::doc_from_json(file.bytes);
        }
        TL_ASSERT(!document_.empty());
    }

    /// Says where and how a value differs from a named schema; empty when it fits.
    std::string mismatch(std::string_view name, model::DocView value) const {
        return differs(named(name), value, std::string(name));
    }

private:
    using DocView = model::DocView;

    DocView named(std::string_view name) const {
        const DocView schemas = DocView(document_).at_path("components.schemas");
        TL_ASSERT(!schemas.find(name).is_missing());
        return schemas.find(name);
    }

    static std::string_view type_of(DocView value) {
        switch (value.type()) {
            case model::DocType::Null:
                return "null";
            case model::DocType::Bool:
                return "boolean";
            case model::DocType::Integer:
                return "integer";
            case model::DocType::Decimal:
            case model::DocType::Double:
            case model::DocType::NumberText:
                return "number";
            case model::DocType::String:
                return "string";
            case model::DocType::Array:
                return "array";
            case model::DocType::Object:
                return "object";
        }
        TL_UNREACHABLE();
    }

    static bool allows(DocView types, std::string_view type) {
        if (types.is_missing()) return true;
        const auto is_it = [&](DocView wanted) {
            const std::string_view name = wanted.as_string();
            return name == type || (name == "number" && type == "integer");
        };
        if (types.is_string()) return is_it(types);
        bool found = false;
        for (const DocView wanted : types.items()) found |= is_it(wanted);
        return found;
    }

    std::string differs(DocView schema, DocView value, const std::string& at) const {
        if (const auto ref = schema.find("$ref"); ref.is_string()) {
            const std::string_view path = ref.as_string();
            return differs(named(path.substr(path.rfind('/') + 1)), value, at);
        }
        if (const auto choices = schema.find("oneOf"); choices.is_array()) {
            std::string why;
            for (const DocView choice : choices.items()) {
                why = differs(choice, value, at);
                if (why.empty()) return {};
            }
            return why;
        }
        const std::string_view type = type_of(value);
        if (!allows(schema.find("type"), type)) return at + ": is of type " + std::string(type);
        if (!is_one_of(schema.find("enum"), value)) return at + ": not in the enum";
        if (value.is_array()) return differs_in_items(schema, value, at);
        return value.is_object() ? differs_in_fields(schema, value, at) : std::string();
    }

    static bool is_one_of(DocView choices, DocView value) {
        if (choices.is_missing() || value.is_null()) return true;
        bool found = false;
        for (const DocView choice : choices.items()) found |= choice.bytes() == value.bytes();
        return found;
    }

    std::string differs_in_items(DocView schema, DocView value, const std::string& at) const {
        size_t index = 0;
        for (const DocView item : value.items()) {
            auto why = differs(schema.find("items"), item, at + "." + std::to_string(index++));
            if (!why.empty()) return why;
        }
        return {};
    }

    std::string differs_in_fields(DocView schema, DocView value, const std::string& at) const {
        for (const DocView key : schema.find("required").items()) {
            if (value.find(key.as_string()).is_missing()) {
                return at + "." + std::string(key.as_string()) + ": missing";
            }
        }
        const DocView others = schema.find("additionalProperties");
        const bool is_open =
            others.is_object() || others.as_bool() || schema.find("properties").is_missing();
        for (const model::DocField& field : value.fields()) {
            const std::string place = at + "." + std::string(field.key);
            const DocView known = schema.find("properties").find(field.key);
            if (known.is_missing() && !is_open) return place + ": not in the document";
            const DocView rule = known.is_missing() && others.is_object() ? others : known;
            if (rule.is_missing()) continue;
            if (auto why = differs(rule, field.value, place); !why.empty()) return why;
        }
        return {};
    }

    std::string document_;
};

}  // namespace throughline::server::testing
