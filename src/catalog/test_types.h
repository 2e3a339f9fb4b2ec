// Types and updates as text, for tests.
//
// Layer 3, tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "catalog/shipped.h"
#include "catalog/update.h"
#include "model/json.h"

namespace throughline::catalog::testing {

inline Type type_from(std::string_view json) {
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc.is_ok());
    auto type = Type::from_doc("order", model::DocView(*doc), model::Namespaces::built_in());
    TL_ASSERT(type.is_ok());
    return std::move(*type);
}

inline Type order_type() {
    return type_from(shipped_type("order"));
}

inline Result<Update> update_from(const Type& type, std::string_view json, Form form = Form::Json) {
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc.is_ok());
    return read_update(type, model::DocView(*doc), form);
}

inline std::string json_of(std::string_view doc) {
    return model::to_json(model::DocView(doc));
}

}  // namespace throughline::catalog::testing
