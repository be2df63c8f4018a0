#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "sql/calls.h"
#include "sql/database.h"
#include "sql/migration.h"
#include "sql/postgres_connection.h"
#include "sql/postgres_dump.h"
#include "sql/postgres_pool.h"
#include "sql/work.h"

namespace solvent::sql {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kAttemptsMax = 60;
constexpr int kAttemptsTogether = 2;  ///< then alone in this process
constexpr std::string_view kBeginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE";
constexpr std::string_view kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

class PostgresTx final : public Tx {
 public:
  explicit PostgresTx(PgConnection& connection) : connection_(connection) {}

  using Tx::execute;
  using Tx::query;

  Result<Rows> query(std::string_view sql, Params params) override {
    Rows rows;
    TRY(run(sql, params, &rows));
    return rows;
  }

  Result<void> each(std::string_view sql, Params params,
                    const std::function<Result<void>(const Row&)>& visit) override {
    if (failed_) return Unexpected(*failed_);
    bool stopped = false;
    auto done = connection_.each(sql, params, true, &stopped, visit);
    if (done || stopped) return done;
    return doom(std::move(done).error());
  }

  Result<std::int64_t> execute(std::string_view sql, Params params) override {
    return run(sql, params, nullptr);
  }

  Result<void> execute_many(std::string_view sql,
                            std::span<const std::vector<Value>> rows) override {
    if (failed_) return Unexpected(*failed_);
    if (auto done = connection_.run_many(sql, rows); !done) return doom(std::move(done).error());
    return {};
  }

  void after_commit(std::function<void()> act) override { after_.push_back(std::move(act)); }

  /// The engine's own error that doomed this unit, and its SQLSTATE.
  const std::optional<Error>& failed() const { return failed_; }
  const std::string& state() const { return state_; }
  const std::vector<std::function<void()>>& after() const { return after_; }

 private:
  Result<std::int64_t> run(std::string_view sql, Params params, Rows* rows) {
    if (failed_) return Unexpected(*failed_);
    auto done = connection_.run(sql, params, rows);
    if (!done) return doom(std::move(done).error());
    return done;
  }
  Unexpected doom(Error error) {
    failed_ = error;
    state_ = connection_.state();
    return Unexpected(std::move(error));
  }

  PgConnection& connection_;
  std::optional<Error> failed_;
  std::string state_;
  std::vector<std::function<void()>> after_;
};

/// How one attempt at a unit ended.
enum class End : std::uint8_t {
  kDone,
  kFailed,    ///< for good
  kConflict,  ///< another transaction was in the way: run again
  kLost,      ///< the connection broke before anything landed: run again on a new one
};

struct Attempt {
  End end = End::kDone;
  Error error;
};

/// Serialisation failure, deadlock, a plan or a statement that the server has dropped.
bool is_conflict(std::string_view state) {
  return state == "40001" || state == "40P01" || state == "0A000" || state == "26000";
}

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::shared_ptr<const PgLibrary> library, const std::string& url,
                   PostgresOptions options)
      : options_(std::move(options)),
        pool_(std::move(library), url, options_.schema, options_.connections_max) {}

  Result<void> set_up();

  Result<void> write(const Work& work) override {
    const Calls::Entry entry(calls_);
    TRY(entry.check());
    return repeat([&](int attempt) { return try_write(work, attempt); });
  }

  Result<void> read(const Work& work) override {
    const Calls::Entry entry(calls_);
    TRY(entry.check());
    return repeat([&](int) { return try_read(work); });
  }

  Result<void> migrate(std::span<const Migration> migrations,
                       const std::function<Result<void>()>& before_change,
                       Modules modules) override;
  Result<void> snapshot(const std::string& path) override;
  Result<void> load_snapshot(const std::string& path) override;
  Result<void> clear() override;
  Result<void> verify() override;
  std::string_view engine() const override { return "postgresql"; }

 private:
  Result<void> repeat(const std::function<Attempt(int)>& attempt);
  Attempt try_write(const Work& work, int attempt);
  Attempt try_read(const Work& work);
  Attempt after_lost_commit(const PgConnection& lost, const Error& error);
  FileSystem& files() const { return options_.files != nullptr ? *options_.files : posix_files(); }

  const PostgresOptions options_;
  Calls calls_;
  PgPool pool_;
  CommitOrder order_;
  PgGate gate_;
};

/// Makes the schema and the table of commits (see PgConnection::commit), unless they are there: a
/// user who may not make them may still use them.
Result<void> PostgresDatabase::set_up() {
  auto connection = TRY(pool_.open());
  const std::vector<Value> names = {options_.schema};
  const auto missing = [&]() -> Result<bool> {
    return TRY(connection->control(
               "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = "
               "'sql_commit'",
               names))[0]
               .integer(0) == 0;
  };
  if (TRY(missing())) {
    const std::string schema = quote_identifier(options_.schema);
    const auto made = connection->script(
        "CREATE SCHEMA IF NOT EXISTS " + schema +
        "; CREATE TABLE IF NOT EXISTS sql_commit (slot BIGINT PRIMARY KEY, number BIGINT NOT NULL, "
        "at BIGINT NOT NULL)");
    // Of two that make it at once, one may hear that it exists.
    if (!made && TRY(missing())) return Unexpected(made.error());
  }
  // Of connections long gone.
  TRY(connection->script(
      "DELETE FROM sql_commit WHERE at < extract(epoch FROM now()) - 7 * 86400"));
  return {};
}

/// Runs attempts until one is done or failed: conflicts with jittered back-off, a lost server as
/// long as the options say.
Result<void> PostgresDatabase::repeat(const std::function<Attempt(int)>& attempt) {
  std::optional<SteadyTime> lost_since;
  for (int number = 1;; ++number) {
    Attempt tried = attempt(number);
    if (tried.end == End::kDone) return {};
    if (tried.end == End::kFailed) return Unexpected(std::move(tried.error));
    if (tried.end == End::kConflict) {
      if (number >= kAttemptsMax) {
        return fail(Code::kAborted, "too many conflicts with other writers: " + tried.error.message,
                    "try again", tried.error.subject);
      }
      const std::uint64_t longest_us = std::uint64_t{500} << std::min(number, 7);
      std::this_thread::sleep_for(std::chrono::microseconds(system_random().below(longest_us)));
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!lost_since) lost_since = now;
    if (now - *lost_since >= std::chrono::milliseconds(options_.reconnect_ms)) {
      return Unexpected(std::move(tried.error));
    }
    pool_.drop_idle();
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + system_random().below(60)));
  }
}

Attempt PostgresDatabase::try_write(const Work& work, int attempt) {
  const PgGate::Pass pass(gate_, attempt > kAttemptsTogether);
  auto leased = pool_.take();
  if (!leased) {
    const End end = leased.error().code == Code::kUnavailable ? End::kLost : End::kFailed;
    return {end, std::move(leased).error()};
  }
  PgConnection& connection = **leased;
  if (auto begun = connection.script(std::string(kBeginWrite)); !begun) {
    return {connection.lost() ? End::kLost : End::kFailed, std::move(begun).error()};
  }
  PostgresTx tx(connection);
  auto done = call(work, tx);
  if (tx.failed()) {
    if (connection.lost()) return {End::kLost, *tx.failed()};
    if (is_conflict(tx.state())) {
      connection.roll_back();
      if (!tx.state().starts_with("40")) connection.forget_statements();
      return {End::kConflict, *tx.failed()};
    }
    if (done) done = Unexpected(*tx.failed());
  }
  if (!done) return {End::kFailed, std::move(done).error()};

  CommitOrder::Ticket ticket(order_);
  auto committed = connection.commit();
  Attempt end;
  if (!committed && connection.lost()) {
    end = after_lost_commit(connection, committed.error());
  } else if (!committed) {
    end = {is_conflict(connection.state()) ? End::kConflict : End::kFailed,
           std::move(committed).error()};
  } else if (!*committed) {
    end = {End::kFailed, Error{Code::kInternal, "the server rolled back instead of committing"}};
  }
  if (end.end == End::kDone) ticket.finish(tx.after());
  return end;
}

Attempt PostgresDatabase::try_read(const Work& work) {
  auto leased = pool_.take();
  if (!leased) {
    const End end = leased.error().code == Code::kUnavailable ? End::kLost : End::kFailed;
    return {end, std::move(leased).error()};
  }
  PgConnection& connection = **leased;
  if (auto begun = connection.script(std::string(kBeginRead)); !begun) {
    return {connection.lost() ? End::kLost : End::kFailed, std::move(begun).error()};
  }
  PostgresTx tx(connection);
  auto done = call(work, tx);
  if (tx.failed()) {
    if (connection.lost()) return {End::kLost, *tx.failed()};
    if (is_conflict(tx.state())) {
      connection.roll_back();
      connection.forget_statements();
      return {End::kConflict, *tx.failed()};
    }
    if (done) done = Unexpected(*tx.failed());
  }
  if (!done) return {End::kFailed, std::move(done).error()};
  return {};
}

/// The answer to COMMIT was lost: what it left on the server tells whether it landed.
Attempt PostgresDatabase::after_lost_commit(const PgConnection& lost, const Error& error) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.reconnect_ms);
  do {
    if (auto connection = pool_.open()) {
      const auto landed = (*connection)->committed_after_all(lost);
      if (landed && *landed) return {};
      if (landed) return {End::kLost, error};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  } while (std::chrono::steady_clock::now() < deadline);
  return {End::kFailed,
          Error{Code::kUnknown,
                "the server was lost while it committed; whether the change landed is not known: " +
                    error.message,
                "when the server is back, look before you try again"}};
}

Result<void> PostgresDatabase::migrate(std::span<const Migration> migrations,
                                       const std::function<Result<void>()>& before_change,
                                       Modules modules) {
  // Two programs that start at once: the second waits here, then finds nothing to do. The lock ends
  // with its connection.
  const auto guard = TRY(pool_.open());
  const std::vector<Value> name = {"solvent schema " + options_.schema};
  TRY(guard->control("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))",
                     name));
  const auto has_table = [this](std::string_view table) -> Result<bool> {
    auto connection = TRY(pool_.take());
    const std::vector<Value> names = {options_.schema, std::string(table)};
    const Rows rows = TRY(connection->control(
        "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2",
        names));
    return rows[0].integer(0) != 0;
  };
  return run_migrations({*this, has_table, system_clock()}, migrations, before_change, modules);
}

Result<void> PostgresDatabase::snapshot(const std::string& path) {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  auto connection = TRY(pool_.open());
  return dump_schema(*connection, options_.schema, files(), path);
}

Result<void> PostgresDatabase::load_snapshot(const std::string& path) {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  TRY(check_dump(files(), path));
  auto connection = TRY(pool_.open());
  TRY(connection->script("BEGIN ISOLATION LEVEL SERIALIZABLE"));
  TRY(load_schema(*connection, options_.schema, files(), path));
  if (TRY(connection->commit())) return {};
  return fail(Code::kInternal, "the server rolled back instead of committing");
}

Result<void> PostgresDatabase::clear() {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  auto connection = TRY(pool_.open());
  TRY(connection->script("BEGIN"));
  TRY(clear_schema(*connection, options_.schema));
  if (TRY(connection->commit())) return {};
  return fail(Code::kInternal, "the server rolled back instead of committing");
}

Result<void> PostgresDatabase::verify() {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  auto connection = TRY(pool_.open());
  return verify_schema(*connection, options_.schema);
}

/// What every PostgreSQL takes as a schema's name, and no surprise in a URL or a message.
Result<void> check_schema_name(const std::string& name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool digit_first = !name.empty() && name[0] >= '0' && name[0] <= '9';
  if (name.empty() || name.size() > 63 || digit_first || name.starts_with("pg_") ||
      !std::all_of(name.begin(), name.end(), is_good)) {
    return fail(Code::kInvalidArgument,
                "schema name must be 1 to 63 of a-z, 0-9, _, not starting "
                "with a digit or pg_: " +
                    name,
                "choose another name for the workspace's schema", name);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                const PostgresOptions& options) {
  TRY(check_schema_name(options.schema));
  auto library = TRY(load_pg_library());
  auto database = std::make_unique<PostgresDatabase>(std::move(library), url, options);
  TRY(database->set_up());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace solvent::sql
