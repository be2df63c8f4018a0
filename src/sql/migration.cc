#include "sql/migration.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/digest.h"
#include "sql/dialect.h"

namespace solvent::sql {
namespace {

constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS schema_migration (module TEXT NOT NULL, number BIGINT NOT NULL, "
    "name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL, "
    "PRIMARY KEY (module, number))";

struct Step {
  const Migration* migration = nullptr;
  std::vector<std::string> statements;
  std::string digest;
};

/// (module, number) → digest of what has landed.
using Landed = std::map<std::pair<std::string, std::int64_t>, std::string>;

std::string label(const Migration& step) {
  return step.module + " " + std::to_string(step.number) + " (" + step.name + ")";
}

/// The list itself: ours, so what is wrong with it is our bug.
Result<std::vector<Step>> check_list(std::span<const Migration> migrations) {
  std::vector<Step> steps;
  std::map<std::string, std::int64_t> last;
  for (const Migration& migration : migrations) {
    if (migration.module.empty() || migration.number != last[migration.module] + 1) {
      return fail(Code::kInternal,
                  "migrations are numbered 1, 2, … per module: " + label(migration),
                  "correct the module's schema list");
    }
    last[migration.module] = migration.number;
    Step step;
    step.migration = &migration;
    step.statements = TRY(split_statements(migration.statements));
    step.digest = Hasher().field(migration.name).field(migration.statements).finish().hex();
    steps.push_back(std::move(step));
  }
  return steps;
}

Result<Landed> landed_steps(Tx& tx) {
  Landed landed;
  const Rows rows = TRY(tx.query("SELECT module, number, digest FROM schema_migration"));
  for (const Row& row : rows) landed[{row.text(0), row.integer(1)}] = row.text(2);
  return landed;
}

/// kFailedPrecondition for a newer database and for a landed step that was altered.
Result<void> check_landed(const Landed& landed, const std::vector<Step>& steps, Modules modules) {
  std::map<std::pair<std::string, std::int64_t>, const Step*> known;
  std::map<std::string, bool> listed;
  for (const Step& step : steps) {
    known[{step.migration->module, step.migration->number}] = &step;
    listed[step.migration->module] = true;
  }
  for (const auto& [id, digest] : landed) {
    if (modules == Modules::kListed && !listed.contains(id.first)) continue;
    const auto found = known.find(id);
    if (found == known.end()) {
      return fail(Code::kFailedPrecondition,
                  "the workspace was written by a newer program: it has schema step " + id.first +
                      " " + std::to_string(id.second),
                  "upgrade solvent, or restore the backup made before that upgrade", id.first);
    }
    if (found->second->digest != digest) {
      return fail(
          Code::kFailedPrecondition,
          "a schema step differs from the one that landed: " + label(*found->second->migration),
          "use the release that made this workspace; a landed step never changes", id.first);
    }
  }
  return {};
}

/// One step and its record, in one unit. Another process may have landed it meanwhile.
Result<void> apply(const MigrationTarget& target, const Step& step) {
  const Migration& migration = *step.migration;
  return target.database.write([&](Tx& tx) -> Result<void> {
    const Rows rows =
        TRY(tx.query("SELECT digest FROM schema_migration WHERE module = $1 AND number = $2",
                     {migration.module, migration.number}));
    if (!rows.empty()) {
      if (rows[0].text(0) == step.digest) return {};
      return fail(Code::kFailedPrecondition,
                  "another process landed another schema step: " + label(migration),
                  "run one release of solvent on a workspace", migration.module);
    }
    for (const std::string& statement : step.statements) {
      if (auto done = tx.execute(statement); !done) {
        Error error = std::move(done).error();
        error.message = "schema step " + label(migration) + " failed: " + error.message;
        return Unexpected(std::move(error));
      }
    }
    TRY(tx.execute(
        "INSERT INTO schema_migration (module, number, name, digest, applied_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        {migration.module, migration.number, migration.name, step.digest, target.clock.now()}));
    return {};
  });
}

}  // namespace

Result<void> run_migrations(const MigrationTarget& target, std::span<const Migration> migrations,
                            const std::function<Result<void>()>& before_change, Modules modules) {
  const std::vector<Step> steps = TRY(check_list(migrations));
  Landed landed;
  const bool existing = TRY(target.has_table("schema_migration"));
  if (existing) {
    TRY(target.database.read([&](Tx& tx) -> Result<void> {
      landed = TRY(landed_steps(tx));
      return {};
    }));
    TRY(check_landed(landed, steps, modules));
  }
  const bool complete = std::all_of(steps.begin(), steps.end(), [&](const Step& step) {
    return landed.contains({step.migration->module, step.migration->number});
  });
  if (complete) return {};
  if (!landed.empty() && before_change) TRY(before_change());
  if (!existing) {
    TRY(target.database.write([](Tx& tx) -> Result<void> {
      TRY(tx.execute(kTable));
      return {};
    }));
  }
  for (const Step& step : steps) {
    if (landed.contains({step.migration->module, step.migration->number})) continue;
    TRY(apply(target, step));
  }
  return {};
}

}  // namespace solvent::sql
