/// The common SQL subset (README.md): checks a statement against it and turns it into the dialect
/// of one engine, token by token. Pure functions; run once per distinct statement, before the
/// prepared-statement cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace solvent::sql {

enum class Dialect : std::uint8_t { kSqlite, kPostgres };

/// What a statement does, seen from its first words (those after WITH included).
enum class Verb : std::uint8_t { kSelect, kInsert, kUpdate, kDelete, kDefine };

struct Statement {
  std::string text;  ///< in the engine's dialect, without a trailing semicolon
  Verb verb = Verb::kSelect;
  std::size_t parameters = 0;  ///< the highest $n; each of $1 … $n occurs
};

/// kInternal when `sql` leaves the subset: statements are written by us, so that is our bug.
Result<Statement> translate(std::string_view sql, Dialect dialect);

/// A migration's script as single statements, split at top-level semicolons; pieces without a token
/// (blank, comments) are dropped.
Result<std::vector<std::string>> split_statements(std::string_view script);

/// "name" for identifiers that are data (table names in dumps): quotes doubled.
std::string quote_identifier(std::string_view name);

}  // namespace solvent::sql
