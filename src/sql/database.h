/// One interface over SQLite and PostgreSQL. See README.md here for the SQL subset that runs on
/// both. Database is thread-safe; a Tx belongs to the call that received it.
/// Parameters are $1, $2, …; results are materialised unless `each` is used.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace solvent::sql {

/// NULL, INTEGER/BIGINT, REAL/DOUBLE PRECISION, TEXT, BLOB/BYTEA.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using Params = std::span<const Value>;

template <class T>
Value value_or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

/// One result row. The typed reads assert the type; is_null first where NULL may be.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  bool is_null(std::size_t column) const { return values_.at(column).index() == 0; }
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;  ///< INTEGER converts
  const std::string& text(std::size_t column) const;
  const Bytes& blob(std::size_t column) const;
  std::optional<std::int64_t> optional_integer(std::size_t column) const;
  std::optional<std::string> optional_text(std::size_t column) const;
  std::size_t size() const { return values_.size(); }

 private:
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

class Tx {
 public:
  virtual ~Tx() = default;
  virtual Result<Rows> query(std::string_view sql, Params params = {}) = 0;
  /// Streams rows; stops at the first error of `visit`.
  virtual Result<void> each(std::string_view sql, Params params,
                            const std::function<Result<void>(const Row&)>& visit) = 0;
  /// Rows changed. kAlreadyExists on a unique violation, kFailedPrecondition on other constraints.
  virtual Result<std::int64_t> execute(std::string_view sql, Params params = {}) = 0;
  /// The same statement for many parameter rows, in one round trip where the engine has it.
  virtual Result<void> execute_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) = 0;
  /// Called after the transaction is durable, in commit order; for waking followers.
  virtual void after_commit(std::function<void()> act) = 0;

  Result<Rows> query(std::string_view sql, std::initializer_list<Value> params) {
    return query(sql, Params(params.begin(), params.size()));
  }
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> params) {
    return execute(sql, Params(params.begin(), params.size()));
  }
};

/// One forward step of one module's tables. Steps of a module run in order of `number` (1, 2, …);
/// a landed step never changes. `statements` is in the common subset.
struct Migration {
  std::string module;
  std::int64_t number = 1;
  std::string name;
  std::string statements;  ///< separated by ";\n"
};

class Database {
 public:
  virtual ~Database() = default;
  /// Unit of work: serialisable, durable when it returns. Group-committed, retried on conflict, so
  /// `work` may run more than once and must have no effect but through its Tx. An error of `work`
  /// rolls back only this unit.
  virtual Result<void> write(const std::function<Result<void>(Tx&)>& work) = 0;
  /// Read-only, on one consistent snapshot.
  virtual Result<void> read(const std::function<Result<void>(Tx&)>& work) = 0;
  /// Applies what is missing; kFailedPrecondition when the database is newer than this program.
  /// `before_change` runs once, before the first step changes an existing database (the backup).
  virtual Result<void> migrate(std::span<const Migration> migrations,
                               const std::function<Result<void>()>& before_change) = 0;
  /// A consistent copy at `path`: an SQLite file, or for PostgreSQL a portable dump that `load`
  /// of either engine's own kind reads.
  virtual Result<void> snapshot(const std::string& path) = 0;
  virtual Result<void> load_snapshot(const std::string& path) = 0;
  /// Structure and content checks of the engine.
  virtual Result<void> verify() = 0;
  virtual std::string_view engine() const = 0;  ///< "sqlite", "postgresql": for display only
};

struct SqliteOptions {
  std::string vfs;  ///< a registered VFS, for the simulated disk; empty is the default
  std::int64_t busy_timeout_ms = 10'000;
  std::size_t readers_max = 4;
  std::int64_t cache_kib = 16'384;
  bool create = true;
};
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                              const SqliteOptions& options = {});

struct PostgresOptions {
  std::size_t connections_max = 12;
  std::string schema = "solvent";  ///< one workspace is one schema
};
/// libpq is opened on first use. kUnavailable when there is no server.
Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                const PostgresOptions& options = {});

}  // namespace solvent::sql
