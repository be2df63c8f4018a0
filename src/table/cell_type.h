/// What the fields of a CSV column can be read as. Narrower than what DuckDB casts, so that what is
/// called int, real, date or time here never fails to convert there. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/columns.h"

namespace solvent::table {

/// The spellings of a missing value in CSV: empty, NA, NaN, null, N/A. Exactly these, as DuckDB is
/// told the same list; other words (none, unknown, -) stay texts for the checks to find.
bool is_null_spelling(std::string_view field);

/// An int, a real, or neither; white space around it is allowed.
bool is_int_field(std::string_view field);
bool is_real_field(std::string_view field);

/// Narrowest type of all fields seen so far. Order does not matter.
class ColumnGuess {
 public:
  /// Of a field that is not null. `long_field`: what was given is only its start.
  void see(std::string_view field, bool long_field);
  /// Null spellings inside quotes: texts, unless the column is otherwise of numbers or times.
  void see_quoted_null() { quoted_nulls_ = true; }
  /// kText when nothing but nulls was seen.
  ColumnType type() const;
  bool has_zone() const { return zone_; }
  bool has_quoted_nulls() const { return quoted_nulls_; }

 private:
  void widen(ColumnType seen);
  ColumnType type_ = ColumnType::kUnknown;
  bool zone_ = false;  // a timestamp with an offset
  bool quoted_nulls_ = false;
};

}  // namespace solvent::table
