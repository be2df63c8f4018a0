/// Forward-only schema steps, the same on both engines. Owns the table
/// schema_migration(module, number, name, digest, applied_at).
#pragma once

#include <functional>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "sql/database.h"

namespace solvent::sql {

/// What the engine contributes to Database::migrate.
struct MigrationTarget {
  Database& database;
  /// Whether a table of that name exists in the workspace.
  std::function<Result<bool>(std::string_view table)> has_table;
  Clock& clock;
};

Result<void> run_migrations(const MigrationTarget& target, std::span<const Migration> migrations,
                            const std::function<Result<void>()>& before_change, Modules modules);

}  // namespace solvent::sql
