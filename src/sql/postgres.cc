#include "sql/database.h"

namespace solvent::sql {

Result<std::unique_ptr<Database>> open_postgres(const std::string& url, const PostgresOptions&) {
  return fail(Code::kUnimplemented, "PostgreSQL is not connected yet", {}, url);
}

}  // namespace solvent::sql
