#include <sqlite3.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/files.h"
#include "sql/calls.h"
#include "sql/checkpointer.h"
#include "sql/database.h"
#include "sql/dialect.h"
#include "sql/file_vfs.h"
#include "sql/group_commit.h"
#include "sql/migration.h"
#include "sql/publish.h"
#include "sql/sqlite_connection.h"
#include "sql/work.h"

namespace solvent::sql {
namespace {

constexpr int kIntegrityErrorsMax = 20;
using Mode = SqliteConnection::Mode;

class SqliteTx final : public Tx {
 public:
  SqliteTx(SqliteConnection& connection, bool writable, Unit* unit)
      : connection_(connection), writable_(writable), unit_(unit) {}

  using Tx::execute;
  using Tx::query;

  Result<Rows> query(std::string_view sql, Params params) override {
    Rows rows;
    TRY(run(sql, params, [&rows](Row&& row) -> Result<void> {
      rows.push_back(std::move(row));
      return {};
    }));
    return rows;
  }

  Result<void> each(std::string_view sql, Params params,
                    const std::function<Result<void>(const Row&)>& visit) override {
    bool stopped = false;
    if (failed_) return Unexpected(*failed_);
    // Not writable: each() is for SELECT, as on PostgreSQL, whose cursors take nothing else.
    auto done = connection_.run(sql, params, false, [&](Row&& row) -> Result<void> {
      auto visited = visit(row);
      stopped = !visited;
      return visited;
    });
    if (done) return {};
    if (!stopped) failed_ = done.error();
    return Unexpected(std::move(done).error());
  }

  Result<std::int64_t> execute(std::string_view sql, Params params) override {
    return run(sql, params, nullptr);
  }

  Result<void> execute_many(std::string_view sql,
                            std::span<const std::vector<Value>> rows) override {
    if (failed_) return Unexpected(*failed_);
    auto done = connection_.run_many(sql, rows, writable_);
    if (!done) failed_ = done.error();
    return done;
  }

  void after_commit(std::function<void()> act) override {
    if (unit_ != nullptr) unit_->after.push_back(std::move(act));
  }

  /// What the unit comes to, given what its work returned.
  Result<void> outcome(Result<void> returned) const {
    if (returned && failed_) return Unexpected(*failed_);
    return returned;
  }

 private:
  Result<std::int64_t> run(std::string_view sql, Params params,
                           const SqliteConnection::Visit& visit) {
    if (failed_) return Unexpected(*failed_);
    auto done = connection_.run(sql, params, writable_, visit);
    if (!done) failed_ = done.error();
    return done;
  }

  SqliteConnection& connection_;
  const bool writable_;
  Unit* const unit_;
  std::optional<Error> failed_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, SqliteOptions options, std::unique_ptr<SqliteConnection> writer)
      : path_(std::move(path)),
        options_(std::move(options)),
        memory_(path_ == ":memory:"),
        writer_(std::move(writer)),
        checkpointer_(path_, options_),
        group_([this](GroupCommit::Group& group) { run_group(group); }, options_.units_max) {
    if (!memory_) checkpointer_.watch(writer_->handle());
  }

  Result<void> write(const std::function<Result<void>(Tx&)>& work) override {
    const Calls::Entry entry(calls_);
    TRY(entry.check());
    return group_.submit(work);
  }

  Result<void> read(const std::function<Result<void>(Tx&)>& work) override {
    const Calls::Entry entry(calls_);
    TRY(entry.check());
    if (memory_) {
      const std::lock_guard lock(writer_mutex_);
      return read_on(*writer_, work);
    }
    std::unique_ptr<SqliteConnection> reader = TRY(take_reader());
    auto done = read_on(*reader, work);
    give_reader(std::move(reader));
    return done;
  }

  Result<void> migrate(std::span<const Migration> migrations,
                       const std::function<Result<void>()>& before_change,
                       Modules modules) override {
    const auto has_table = [this](std::string_view table) -> Result<bool> {
      bool found = false;
      TRY(read([&](Tx& tx) -> Result<void> {
        const Rows rows =
            TRY(tx.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
                         {std::string(table)}));
        found = !rows.empty();
        return {};
      }));
      return found;
    };
    return run_migrations({*this, has_table, system_clock()}, migrations, before_change, modules);
  }

  Result<void> snapshot(const std::string& path) override;
  Result<void> load_snapshot(const std::string& path) override;
  Result<void> clear() override;
  Result<void> verify() override;
  std::string_view engine() const override { return "sqlite"; }

 private:
  Result<void> read_on(SqliteConnection& connection, const std::function<Result<void>(Tx&)>& work) {
    TRY(connection.control("BEGIN"));
    SqliteTx tx(connection, false, nullptr);
    auto done = tx.outcome(call(work, tx));
    // An error of the engine may have ended the transaction already.
    if (connection.in_transaction()) TRY(connection.control("ROLLBACK"));
    return done;
  }

  Result<std::unique_ptr<SqliteConnection>> take_reader();
  void give_reader(std::unique_ptr<SqliteConnection> reader);

  using Next = std::function<Unit*()>;
  void run_group(GroupCommit::Group& group);
  std::vector<Unit*> try_group(const Next& next);
  void run_unit(Unit& unit, bool first);
  void roll_back();
  FileSystem& files() const;
  Result<void> copy_to(const std::string& path);

  const std::string path_;
  const SqliteOptions options_;
  const bool memory_;
  Calls calls_;

  std::mutex writer_mutex_;
  std::unique_ptr<SqliteConnection> writer_;
  Checkpointer checkpointer_;
  GroupCommit group_;

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_idle_;
  std::size_t readers_open_ = 0;
};

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::take_reader() {
  std::unique_lock lock(readers_mutex_);
  const bool free = reader_free_.wait_for(
      lock, std::chrono::milliseconds(options_.busy_timeout_ms),
      [&] { return !readers_idle_.empty() || readers_open_ < options_.readers_max; });
  if (!free) {
    return fail(Code::kResourceExhausted, "all database readers are busy",
                "try again, or raise the number of readers", path_);
  }
  if (!readers_idle_.empty()) {
    auto reader = std::move(readers_idle_.back());
    readers_idle_.pop_back();
    return reader;
  }
  ++readers_open_;
  lock.unlock();
  auto reader = SqliteConnection::open(path_, options_, Mode::kReadWrite);
  if (!reader) {
    lock.lock();
    --readers_open_;
    reader_free_.notify_one();
  }
  return reader;
}

void SqliteDatabase::give_reader(std::unique_ptr<SqliteConnection> reader) {
  const std::lock_guard lock(readers_mutex_);
  readers_idle_.push_back(std::move(reader));
  reader_free_.notify_one();
}

void SqliteDatabase::run_group(GroupCommit::Group& group) {
  const std::lock_guard lock(writer_mutex_);
  // What one unit did (filled the disk, say) may undo the transaction: then each stands for itself.
  for (Unit* unit : try_group([&] { return group.next(); })) {
    Unit* once = unit;
    try_group([&] { return std::exchange(once, nullptr); });
    ASSERT(unit->result.has_value());
  }
}

/// One transaction over the units that `next` yields. Returns those without a result, to be run
/// again, each alone: the engine gave up the whole transaction on account of another one.
std::vector<Unit*> SqliteDatabase::try_group(const Next& next) {
  std::vector<Unit*> done;
  const auto settle_done = [&](const Result<void>& result) {
    for (Unit* unit : done) unit->result = result;
    return std::vector<Unit*>();
  };
  while (Unit* unit = next()) {
    if (done.empty()) {
      if (auto begun = writer_->control("BEGIN IMMEDIATE"); !begun) {
        // All who wait have waited for the same lock.
        for (; unit != nullptr; unit = next()) unit->result = Unexpected(begun.error());
        return {};
      }
    }
    run_unit(*unit, done.empty());
    if (!unit->result) {
      done.push_back(unit);
    } else if (done.empty()) {
      roll_back();
    } else if (!writer_->in_transaction()) {
      return done;
    }
  }
  if (done.empty()) return {};
  if (auto committed = writer_->control("COMMIT"); !committed) {
    roll_back();
    if (done.size() > 1 && committed.error().code == Code::kResourceExhausted) return done;
    return settle_done(Unexpected(std::move(committed).error()));
  }
  ASSERT(!writer_->in_transaction());
  for (Unit* unit : done) {
    for (const auto& act : unit->after) act();
  }
  return settle_done({});
}

/// Leaves `unit.result` empty when the unit awaits the commit. The first of a transaction needs no
/// savepoint: when it fails there is nothing else to keep.
void SqliteDatabase::run_unit(Unit& unit, bool first) {
  unit.after.clear();
  if (!first) {
    if (auto begun = writer_->control("SAVEPOINT unit"); !begun) {
      unit.result = Unexpected(std::move(begun).error());
      return roll_back();
    }
  }
  SqliteTx tx(*writer_, true, &unit);
  if (auto done = tx.outcome(call(*unit.work, tx)); !done) {
    unit.result = Unexpected(std::move(done).error());
  } else if (!writer_->in_transaction()) {
    unit.result = Unexpected(Error{Code::kInternal, "a unit ended its transaction"});
  }
  if (first || !writer_->in_transaction()) return;
  if (unit.result && !writer_->control("ROLLBACK TO unit")) return roll_back();
  if (auto released = writer_->control("RELEASE unit"); !released) {
    if (!unit.result) unit.result = Unexpected(std::move(released).error());
    roll_back();
  }
}

void SqliteDatabase::roll_back() {
  if (!writer_->in_transaction()) return;
  // ROLLBACK can fail only when the engine rolled back by itself.
  if (!writer_->control("ROLLBACK")) ASSERT(!writer_->in_transaction());
}

FileSystem& SqliteDatabase::files() const {
  FileSystem* files = options_.vfs.empty() ? nullptr : file_system_of(options_.vfs);
  return files != nullptr ? *files : posix_files();
}

/// Copies every page of `from` to `to` in one read transaction.
Result<void> copy_pages(SqliteConnection& from, SqliteConnection& to, std::int64_t timeout_ms) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) {
    return Unexpected(sqlite_error(to.handle(), sqlite3_errcode(to.handle()), "copy"));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  int code = SQLITE_OK;
  do {
    code = sqlite3_backup_step(backup, -1);
    if (code != SQLITE_BUSY && code != SQLITE_LOCKED) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (std::chrono::steady_clock::now() < deadline);
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return Unexpected(sqlite_error(to.handle(), code, "copy"));
  if (finished != SQLITE_OK) return Unexpected(sqlite_error(to.handle(), finished, "copy"));
  return {};
}

Result<void> SqliteDatabase::copy_to(const std::string& path) {
  auto target = TRY(SqliteConnection::open(path, options_, Mode::kCreate));
  if (memory_) {
    const std::lock_guard lock(writer_mutex_);
    TRY(copy_pages(*writer_, *target, options_.busy_timeout_ms));
  } else {
    auto source = TRY(SqliteConnection::open(path_, options_, Mode::kReadWrite));
    TRY(copy_pages(*source, *target, options_.busy_timeout_ms));
  }
  // The copy says "WAL" in its header; a snapshot is one file, readable from anywhere.
  TRY(target->control("PRAGMA journal_mode = DELETE"));
  return {};
}

Result<void> SqliteDatabase::snapshot(const std::string& path) {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  const std::string partial = path + ".partial";
  for (const std::string_view suffix : {"", "-journal", "-wal", "-shm"}) {
    const std::string stale = partial + std::string(suffix);
    if (auto gone = files().remove(stale); !gone && gone.error().code != Code::kNotFound) {
      return gone;
    }
  }
  if (auto copied = copy_to(partial); !copied) {
    (void)files().remove(partial);
    return copied;
  }
  return publish(files(), partial, path);
}

/// Structure and content of one open database.
Result<void> check_integrity(SqliteConnection& connection, const std::string& subject) {
  const Rows rows = TRY(
      connection.control("PRAGMA integrity_check(" + std::to_string(kIntegrityErrorsMax) + ")"));
  if (rows.size() != 1 || rows[0].text(0) != "ok") {
    return fail(Code::kDataLoss,
                "the database is damaged: " + (rows.empty() ? "no answer" : rows[0].text(0)),
                "restore the last backup: solvent restore", subject);
  }
  const Rows orphans = TRY(connection.control("PRAGMA foreign_key_check"));
  if (!orphans.empty()) {
    return fail(Code::kDataLoss,
                "rows refer to rows that are gone: " + std::to_string(orphans.size()) +
                    " in table " + orphans[0].text(0) + " and others",
                "restore the last backup: solvent restore", subject);
  }
  return {};
}

Result<void> SqliteDatabase::load_snapshot(const std::string& path) {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  if (TRY(files().stat(path)).size == 0) {  // to SQLite that is an empty database
    return fail(Code::kDataLoss, "the snapshot is empty", "load another one", path);
  }
  auto source = TRY(SqliteConnection::open(path, options_, Mode::kRead));
  TRY(check_integrity(*source, path));
  const std::lock_guard lock(writer_mutex_);
  const Rows tables = TRY(writer_->control("SELECT name FROM sqlite_master LIMIT 1"));
  if (!tables.empty()) {
    return fail(Code::kFailedPrecondition, "the database is not empty: it has " + tables[0].text(0),
                "load the snapshot into a new workspace", path_);
  }
  return copy_pages(*source, *writer_, options_.busy_timeout_ms);
}

Result<void> SqliteDatabase::clear() {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  const std::lock_guard lock(writer_mutex_);
  // Else every dropped table is looked through for rows that others refer to.
  TRY(writer_->control("PRAGMA foreign_keys = OFF"));
  const auto drop = [&]() -> Result<void> {
    TRY(writer_->control("BEGIN IMMEDIATE"));
    for (const Row& row : TRY(writer_->control(
             "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' "
             "ESCAPE '!'"))) {
      TRY(writer_->control("DROP TABLE " + quote_identifier(row.text(0))));
    }
    TRY(writer_->control("COMMIT"));
    return {};
  };
  auto dropped = drop();
  if (writer_->in_transaction()) (void)writer_->control("ROLLBACK");  // the first error matters
  TRY(writer_->control("PRAGMA foreign_keys = ON"));
  return dropped;
}

Result<void> SqliteDatabase::verify() {
  const Calls::Entry entry(calls_);
  TRY(entry.check());
  if (memory_) {
    const std::lock_guard lock(writer_mutex_);
    return check_integrity(*writer_, path_);
  }
  auto reader = TRY(take_reader());
  auto checked = check_integrity(*reader, path_);
  give_reader(std::move(reader));
  return checked;
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                              const SqliteOptions& options) {
  const bool memory = path == ":memory:";
  FileSystem* files = options.vfs.empty() ? &posix_files() : file_system_of(options.vfs);
  if (!memory && files != nullptr) {
    const auto present = files->stat(path);
    const bool absent = !present && present.error().code == Code::kNotFound;
    if (absent && !options.create) {
      return fail(Code::kNotFound, "there is no database", "solvent init makes a workspace", path);
    }
    const std::string parent(parent_path(path));
    if (absent && !parent.empty() && !files->stat(parent)) {
      return fail(Code::kNotFound, "there is no such directory", "create it first", parent);
    }
  }
  auto writer = TRY(SqliteConnection::open(
      path, options, options.create || memory ? Mode::kCreate : Mode::kReadWrite));
  TRY(writer->control("PRAGMA temp_store = MEMORY"));  // a savepoint's undo goes to no file
  TRY(writer->control("PRAGMA cache_size = -" + std::to_string(options.writer_cache_kib)));
  if (!memory) TRY(writer->use_wal());
  return std::unique_ptr<Database>(
      std::make_unique<SqliteDatabase>(path, options, std::move(writer)));
}

}  // namespace solvent::sql
