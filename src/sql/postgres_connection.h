/// One PostgreSQL connection with its prepared-statement cache, and libpq opened on first use:
/// postgres.cc's tool, nobody else's. libpq's header is seen by postgres_connection.cc only.
/// PgConnection is thread-compatible: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "sql/database.h"
#include "sql/dialect.h"

namespace solvent::sql {

/// libpq's functions, looked up in libpq.so.5 when the first database is opened.
struct PgLibrary;
/// kUnavailable when libpq is not installed. Once opened it stays open.
Result<std::shared_ptr<const PgLibrary>> load_pg_library();

class PgConnection {
 public:
  /// Connects and sets the session up for `schema` (not yet made). kUnavailable when there is no
  /// server; kFailedPrecondition when it is too old or does not speak UTF-8.
  static Result<std::unique_ptr<PgConnection>> open(std::shared_ptr<const PgLibrary> library,
                                                    const std::string& url,
                                                    const std::string& schema);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  /// The engine's own statements, not checked against the subset; the rows of the last.
  Result<Rows> control(const std::string& sql, Params params = {});
  /// Several statements in one round trip, text results: the first column of the last one's row.
  Result<std::string> script(const std::string& sql);
  /// A statement of the subset. `rows` may be null; the result is the number of rows changed.
  Result<std::int64_t> run(std::string_view sql, Params params, Rows* rows);
  Result<void> run_many(std::string_view sql, std::span<const std::vector<Value>> rows);
  /// Streams a SELECT through a cursor, so that `visit` may use the connection. `*stopped` tells
  /// an error of `visit` from one of the engine.
  Result<void> each(std::string_view sql, Params params, bool checked, bool* stopped,
                    const std::function<Result<void>(const Row&)>& visit);
  /// Prepares for commits that can be asked about: see committed_after_all.
  Result<void> take_slot();
  /// Ends the open transaction. False in the value: the server rolled back instead.
  Result<bool> commit();
  /// Whether the last commit() of `lost`, whose connection broke, landed. Waits for it while its
  /// session still runs on the server.
  Result<bool> committed_after_all(const PgConnection& lost);
  void roll_back();
  /// After "cached plan must not change result type": another process changed a table.
  void forget_statements();

  bool lost() const;                                   ///< the server is gone
  const std::string& state() const { return state_; }  ///< SQLSTATE of the last error

 private:
  struct Prepared {
    std::string sql;    ///< as the caller wrote it
    std::string kinds;  ///< one letter per parameter: n i r t b
    std::string name;   ///< on the server
  };
  using Cache = std::list<Prepared>;

  PgConnection(std::shared_ptr<const PgLibrary> library, void* handle);
  Result<void> set_up(const std::string& schema);
  Error error_of(const void* result, std::string_view doing);
  Result<const Prepared*> prepare(std::string_view sql, const std::string& kinds);
  void forget(Cache::iterator prepared);
  /// Checks the result, fills `rows`, frees the result; the number of rows changed.
  Result<std::int64_t> take(void* result, std::string_view doing, Rows* rows);
  Result<void> send_rows(const Prepared& prepared, std::span<const std::vector<Value>> rows);
  Result<void> drain_pipeline(std::string_view sql);

  std::shared_ptr<const PgLibrary> library_;
  void* handle_;
  std::string state_;
  bool broken_ = false;      ///< out of step with the server
  std::uint64_t names_ = 0;  ///< of statements and cursors
  std::int64_t slot_ = 0;    ///< this connection's row in sql_commit; 0 for none
  std::int64_t commits_ = 0;
  Cache cache_;  ///< most recently used first
  std::unordered_multimap<std::string_view, Cache::iterator> index_;
};

}  // namespace solvent::sql
