#include "sql/cursor.h"

namespace throughline::sql {

Cursor::~Cursor() {
    if (chunk_ != nullptr) api_.destroy_data_chunk(&chunk_);
    if (has_result_) api_.destroy_result(&result_);
    if (prepared_ != nullptr) api_.destroy_prepare(&prepared_);
    if (statements_ != nullptr) api_.destroy_extracted(&statements_);
}

Status Cursor::prepare(const std::string& text) {
    const duck::Index count =
        api_.extract_statements(database_.connection(), text.c_str(), &statements_);
    if (count == 0) {
        const char* message = api_.extract_statements_error(statements_);
        if (message == nullptr) return Error::invalid("query: sql: need one SELECT statement");
        return error_of(message);
    }
    if (count > 1) return Error::invalid("query: sql: need one statement, not several");
    const duck::State state =
        api_.prepare_extracted_statement(database_.connection(), statements_, 0, &prepared_);
    if (state != 0) return error_of(api_.prepare_error(prepared_));
    if (api_.prepared_statement_type(prepared_) == duck::kSelect) return Status::ok();
    return Error{Code::PermissionDenied, "query: sql: only SELECT may be asked"};
}

Status Cursor::run(const std::string& text) {
    TL_TRY(prepare(text));
    has_result_ = true;
    const duck::State state = api_.execute_prepared_streaming(prepared_, &result_);
    if (state != 0) return error_of(api_.result_error(&result_));
    for (duck::Index i = 0; i < api_.column_count(&result_); ++i) {
        TL_TRY_ASSIGN(ValueType type, ValueType::make(api_, api_.column_logical_type(&result_, i)));
        types_.push_back(std::move(type));
    }
    return Status::ok();
}

std::string Cursor::name(size_t column) {
    return api_.column_name(&result_, column);
}

Result<size_t> Cursor::fetch() {
    if (chunk_ != nullptr) api_.destroy_data_chunk(&chunk_);
    chunk_ = api_.fetch_chunk(result_);
    if (chunk_ != nullptr) return static_cast<size_t>(api_.data_chunk_get_size(chunk_));
    if (const char* message = api_.result_error(&result_)) return error_of(message);
    return size_t{0};
}

bool Cursor::is_null(size_t column, size_t row) const {
    const uint64_t* validity = api_.vector_get_validity(api_.data_chunk_get_vector(chunk_, column));
    return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

void Cursor::append(size_t column, size_t row, std::string& out) const {
    types_[column].append(api_, api_.data_chunk_get_vector(chunk_, column), row, out);
}

}  // namespace throughline::sql
