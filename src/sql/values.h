/// What both engines hold alike (README.md, "Values"). Pure functions.
#pragma once

#include <span>

#include "base/result.h"
#include "sql/database.h"

namespace solvent::sql {

/// kInvalidArgument for what only one engine could store: text with NUL or invalid UTF-8, NaN.
/// kInternal when the number of parameters is not `expected`.
Result<void> check_params(Params params, std::size_t expected);

/// −0.0 becomes 0.0: SQLite does not keep the sign.
inline double stored_real(double value) {
  return value == 0.0 ? 0.0 : value;
}

}  // namespace solvent::sql
