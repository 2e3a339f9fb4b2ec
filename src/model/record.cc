#include "model/record.h"

namespace throughline::model {

std::string format_position(Position position) {
    return "0:" + std::to_string(position);
}

std::string make_record(RecordKind kind, std::string_view doc) {
    std::string payload(1, static_cast<char>(kind));
    payload += doc;
    return payload;
}

}  // namespace throughline::model
