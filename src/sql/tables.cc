#include "sql/tables.h"

namespace throughline::sql {

Status Tables::add_to(Database& database, TimeRange range) {
    TL_TRY(add_table(database, events_, range, course_, needs_));
    TL_TRY(add_table(database, sessions_, range, course_, needs_));
    return has_profiles_ ? add_table(database, profiles_, range, course_, needs_) : Status::ok();
}

}  // namespace throughline::sql
