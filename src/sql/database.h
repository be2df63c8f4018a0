/// One interface over SQLite and PostgreSQL. See README.md here for the SQL subset that runs on
/// both. Database is thread-safe; a Tx belongs to the call that received it and ends with it.
/// Parameters are $1, $2, …; results are materialised unless `each` is used. Times are
/// microseconds.
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

namespace solvent {
class FileSystem;
}

namespace solvent::sql {

/// NULL, BIGINT, DOUBLE PRECISION, TEXT, BLOB. Text is UTF-8 without NUL; a NaN is refused; −0.0 is
/// stored as 0.0.
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

/// The statements of one unit. A statement that fails dooms its unit: later ones return the same
/// error, and so does the unit, whatever `work` returns (PostgreSQL can do no other). Where a
/// conflict is expected, write ON CONFLICT.
class Tx {
 public:
  virtual ~Tx() = default;
  virtual Result<Rows> query(std::string_view sql, Params params = {}) = 0;
  /// Streams the rows of a SELECT in constant memory; stops at the first error of `visit`, which
  /// does not doom the unit. `visit` may run other statements of this Tx.
  virtual Result<void> each(std::string_view sql, Params params,
                            const std::function<Result<void>(const Row&)>& visit) = 0;
  /// Rows changed. kAlreadyExists on a unique violation, kFailedPrecondition on other constraints.
  virtual Result<std::int64_t> execute(std::string_view sql, Params params = {}) = 0;
  /// The same statement for many parameter rows, in one round trip where the engine has it.
  virtual Result<void> execute_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) = 0;
  /// Called once after the transaction is durable and before write() returns, in the order in which
  /// this process committed; for waking followers: short, and no call into the database.
  virtual void after_commit(std::function<void()> act) = 0;

  Result<Rows> query(std::string_view sql, std::initializer_list<Value> params) {
    return query(sql, Params(params.begin(), params.size()));
  }
  Result<std::int64_t> execute(std::string_view sql, std::initializer_list<Value> params) {
    return execute(sql, Params(params.begin(), params.size()));
  }
};

/// One forward step of one module's tables. Steps of a module are numbered 1, 2, … and stand in
/// that order; a landed step never changes. `statements` is in the common subset.
struct Migration {
  std::string module;
  std::int64_t number = 1;
  std::string name;
  std::string statements;  ///< separated by semicolons
};

/// What the list given to migrate() stands for.
enum class Modules : std::uint8_t {
  kListed,  ///< some modules; others in the database are left alone
  kAll,     ///< all that this program knows: an unknown one in the database means it is newer
};

class Database {
 public:
  virtual ~Database() = default;
  /// Unit of work: serialisable, durable when it returns. Group-committed, retried on conflict, so
  /// `work` may run more than once, and on another caller's thread while this one waits: it must
  /// have no effect but through its Tx, use no thread-local state and take no lock that its caller
  /// holds. An error of `work` rolls back only this unit. A unit may not call read or write.
  virtual Result<void> write(const std::function<Result<void>(Tx&)>& work) = 0;
  /// Read-only, on one consistent snapshot, taken no later than its first statement. May run again
  /// when the connection was lost.
  virtual Result<void> read(const std::function<Result<void>(Tx&)>& work) = 0;
  /// Applies what is missing, in the order given, each step in a unit of its own.
  /// kFailedPrecondition when the database is newer than this program, or when a landed step was
  /// altered. `before_change` (may be empty) runs once, before the first step changes a database
  /// that has landed steps already (the backup).
  virtual Result<void> migrate(std::span<const Migration> migrations,
                               const std::function<Result<void>()>& before_change,
                               Modules modules = Modules::kListed) = 0;
  /// A consistent copy at `path`, durable when this returns, replacing what was there: an SQLite
  /// file, or for PostgreSQL a portable dump. Writers go on meanwhile.
  virtual Result<void> snapshot(const std::string& path) = 0;
  /// Loads a snapshot of the same engine into an empty database, all of it or nothing.
  /// kFailedPrecondition when there are tables already, kDataLoss when the snapshot is damaged.
  virtual Result<void> load_snapshot(const std::string& path) = 0;
  /// Drops every table, all of them or none: takes back a load whose purpose failed afterwards.
  virtual Result<void> clear() = 0;
  /// Structure and content checks of the engine.
  virtual Result<void> verify() = 0;
  virtual std::string_view engine() const = 0;  ///< "sqlite", "postgresql": for display only
};

struct SqliteOptions {
  std::string vfs;  ///< a registered VFS, for the simulated disk; empty is the default
  std::int64_t busy_timeout_ms = 10'000;
  std::size_t readers_max = 4;
  std::int64_t cache_kib = 16'384;         ///< of a reader
  std::int64_t writer_cache_kib = 65'536;  ///< the views' hot pages while events stream in
  std::size_t units_max = 256;             ///< of one group commit
  /// Pages of 8 KiB that come into the log before a thread moves them into the database file.
  int checkpoint_pages = 2'048;
  /// Pages in the log at which a commit moves what is left, so that the log begins anew.
  int log_pages_max = 16'384;
  bool create = true;  ///< else kNotFound when absent
};
/// Any number of processes may have the same file open. ":memory:" is a database of its own, gone
/// with the object, on one connection.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                              const SqliteOptions& options = {});

struct PostgresOptions {
  std::size_t connections_max = 12;
  std::string schema = "solvent";      ///< one workspace is one schema; made when absent
  std::int64_t reconnect_ms = 10'000;  ///< how long a call waits for a server that restarts
  FileSystem* files = nullptr;         ///< where snapshots go; null is the machine's disk
};
/// libpq is opened on first use. kUnavailable when there is no server.
Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                const PostgresOptions& options = {});

}  // namespace solvent::sql
