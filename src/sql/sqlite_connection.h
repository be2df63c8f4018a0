/// One SQLite connection with its prepared-statement cache: sqlite.cc's tool, nobody else's.
/// Thread-compatible: one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sql/database.h"
#include "sql/dialect.h"

struct sqlite3;
struct sqlite3_stmt;

namespace solvent::sql {

/// The error for an SQLite result code, with SQLite's own words about it.
Error sqlite_error(sqlite3* handle, int code, std::string_view doing);

class SqliteConnection {
 public:
  using Visit = std::function<Result<void>(Row&&)>;

  enum class Mode : std::uint8_t { kRead, kReadWrite, kCreate };
  /// A connection with the house's settings; not yet in WAL (see use_wal).
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                        const SqliteOptions& options, Mode mode);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// WAL with a sync of every commit. kPermissionDenied when the file or its directory is
  /// read-only.
  Result<void> use_wal();

  /// The engine's own statements (BEGIN, PRAGMA, …): no parameters, not checked against the subset.
  Result<Rows> control(std::string_view sql);
  /// A statement of the subset; rows changed, or 0 for one that changes none.
  Result<std::int64_t> run(std::string_view sql, Params params, bool writable, const Visit& visit);
  Result<void> run_many(std::string_view sql, std::span<const std::vector<Value>> rows,
                        bool writable);

  bool in_transaction() const;
  sqlite3* handle() const { return handle_; }

 private:
  struct Prepared {
    std::string sql;
    sqlite3_stmt* statement = nullptr;
    Verb verb = Verb::kSelect;
    std::size_t parameters = 0;
    std::vector<std::size_t> slots;  ///< which $n each of SQLite's parameters is, from 0
    bool busy = false;               ///< being stepped by an outer call
  };
  using Cache = std::list<Prepared>;
  /// Resets the statement when the call that uses it ends.
  class Use;

  explicit SqliteConnection(sqlite3* handle, std::int64_t busy_timeout_ms)
      : handle_(handle), busy_timeout_(busy_timeout_ms) {}
  static int on_busy(void* self, int count);
  Result<void> configure(const SqliteOptions& options);
  Result<Use> prepare(std::string_view sql, bool control);
  Result<Prepared> compile(std::string_view sql, bool control);
  Result<void> bind(const Prepared& prepared, Params params);
  Result<std::int64_t> step(const Prepared& prepared, const Visit& visit);

  sqlite3* handle_;
  std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_;
  std::uint64_t jitter_ = 0x9e3779b97f4a7c15u;
  Cache cache_;  ///< most recently used first
  std::unordered_map<std::string_view, Cache::iterator> index_;
};

}  // namespace solvent::sql
