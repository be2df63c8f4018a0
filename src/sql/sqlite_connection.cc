#include "sql/sqlite_connection.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "base/files.h"
#include "sql/values.h"

namespace solvent::sql {
namespace {

constexpr std::size_t kStatementsMax = 256;

Code code_of(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return Code::kAlreadyExists;
    default: break;
  }
  switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return Code::kFailedPrecondition;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_IOERR: return Code::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM: return Code::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::kDataLoss;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN: return Code::kPermissionDenied;
    case SQLITE_TOOBIG: return Code::kOutOfRange;
    case SQLITE_INTERRUPT: return Code::kCancelled;
    default: return Code::kInternal;
  }
}

std::string hint_of(int extended) {
  switch (extended & 0xff) {
    case SQLITE_BUSY: return "another process is writing; try again, or raise the busy timeout";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "restore the last backup: solvent restore";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return "make the database file and its directory writable for this user";
    case SQLITE_IOERR: return "look at the disk (dmesg); solvent verify checks the database";
    default: return {};
  }
}

/// greatest(…) and least(…) as PostgreSQL has them: NULLs are ignored.
void extreme(sqlite3_context* context, int count, sqlite3_value** values) {
  const int sign = sqlite3_user_data(context) != nullptr ? 1 : -1;
  sqlite3_value* best = nullptr;
  const auto before = [](sqlite3_value* a, sqlite3_value* b) {
    if (sqlite3_value_type(a) == SQLITE_TEXT && sqlite3_value_type(b) == SQLITE_TEXT) {
      return std::strcmp(reinterpret_cast<const char*>(sqlite3_value_text(a)),
                         reinterpret_cast<const char*>(sqlite3_value_text(b))) < 0;
    }
    if (sqlite3_value_type(a) == SQLITE_INTEGER && sqlite3_value_type(b) == SQLITE_INTEGER) {
      return sqlite3_value_int64(a) < sqlite3_value_int64(b);
    }
    return sqlite3_value_double(a) < sqlite3_value_double(b);
  };
  for (int i = 0; i < count; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) continue;
    if (best == nullptr || (sign > 0 ? before(best, values[i]) : before(values[i], best))) {
      best = values[i];
    }
  }
  if (best != nullptr) sqlite3_result_value(context, best);
}

Row row_of(sqlite3_stmt* statement) {
  const int columns = sqlite3_column_count(statement);
  std::vector<Value> values;
  values.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    switch (sqlite3_column_type(statement, i)) {
      case SQLITE_INTEGER:
        values.emplace_back(std::int64_t{sqlite3_column_int64(statement, i)});
        break;
      case SQLITE_FLOAT: values.emplace_back(sqlite3_column_double(statement, i)); break;
      case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        values.emplace_back(std::in_place_type<std::string>, text,
                            static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
        break;
      }
      case SQLITE_BLOB: {
        const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, i));
        values.emplace_back(std::in_place_type<Bytes>, bytes,
                            bytes + sqlite3_column_bytes(statement, i));
        break;
      }
      default: values.emplace_back(); break;
    }
  }
  return Row(std::move(values));
}

int bind_value(sqlite3_stmt* statement, int at, const Value& value) {
  switch (value.index()) {
    case 1: return sqlite3_bind_int64(statement, at, std::get<std::int64_t>(value));
    case 2: return sqlite3_bind_double(statement, at, stored_real(std::get<double>(value)));
    case 3: {
      const auto& text = std::get<std::string>(value);
      return sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    case 4: {
      const auto& bytes = std::get<Bytes>(value);
      if (bytes.empty()) return sqlite3_bind_zeroblob(statement, at, 0);  // a null pointer is NULL
      return sqlite3_bind_blob64(statement, at, bytes.data(), bytes.size(), SQLITE_STATIC);
    }
    default: return sqlite3_bind_null(statement, at);
  }
}

/// Names the folder whose disk it is; a database in memory has none.
Error disk_full(sqlite3* handle, std::string_view doing) {
  const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
  const std::string path = file != nullptr ? file : "";
  const std::string place = path.empty() ? "" : " under " + std::string(parent_path(path));
  return Error{Code::kResourceExhausted, "the database's disk is full" + place,
               "free some space on that disk (df shows it) and try again; nothing was changed",
               std::string(doing.substr(0, 200))};
}

}  // namespace

Error sqlite_error(sqlite3* handle, int code, std::string_view doing) {
  const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
  // The handle may have moved on to another error; the code at hand decides.
  const int known = (extended & 0xff) == (code & 0xff) ? extended : code;
  std::string text =
      handle != nullptr && known == extended ? sqlite3_errmsg(handle) : sqlite3_errstr(known);
  const bool by_system = (known & 0xff) == SQLITE_IOERR || (known & 0xff) == SQLITE_CANTOPEN;
  const int system = handle != nullptr && by_system ? sqlite3_system_errno(handle) : 0;
  // Where there is no room for its log or the log's index, SQLite speaks of I/O, not of a full
  // disk.
  if ((known & 0xff) == SQLITE_FULL || system == ENOSPC || system == EDQUOT) {
    return disk_full(handle, doing);
  }
  if (system != 0) text += std::string(": ") + std::strerror(system);
  return Error{code_of(known), "database: " + text, hint_of(known),
               std::string(doing.substr(0, 200))};
}

class SqliteConnection::Use {
 public:
  Use(Prepared& cached) : prepared_(&cached) { prepared_->busy = true; }
  Use(std::unique_ptr<Prepared> own) : own_(std::move(own)), prepared_(own_.get()) {}
  Use(Use&& other) noexcept
      : own_(std::move(other.own_)), prepared_(std::exchange(other.prepared_, nullptr)) {}
  ~Use() {
    if (prepared_ == nullptr) return;
    sqlite3_reset(prepared_->statement);
    sqlite3_clear_bindings(prepared_->statement);
    prepared_->busy = false;
    if (own_) sqlite3_finalize(own_->statement);
  }
  const Prepared& operator*() const { return *prepared_; }
  const Prepared* operator->() const { return prepared_; }

 private:
  std::unique_ptr<Prepared> own_;  ///< outside the cache: the cached one is busy
  Prepared* prepared_;
};

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 const SqliteOptions& options,
                                                                 Mode mode) {
  // Nobody asks for the sum of SQLite's memory, and keeping it takes a lock at every allocation.
  // Where a VFS has started the library already, this changes nothing.
  static const int without_sum = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)without_sum;
  // Debian's SQLite reads "file:" names as URIs; a path is only ever a path.
  const std::string name = path.starts_with("file:") ? "./" + path : path;
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    Error error = sqlite_error(handle, code, path);
    sqlite3_close_v2(handle);
    return Unexpected(std::move(error));
  }
  auto connection =
      std::unique_ptr<SqliteConnection>(new SqliteConnection(handle, options.busy_timeout_ms));
  TRY(connection->configure(options));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (Prepared& prepared : cache_) sqlite3_finalize(prepared.statement);
  sqlite3_close_v2(handle_);
}

Result<void> SqliteConnection::configure(const SqliteOptions& options) {
  sqlite3_busy_handler(handle_, &SqliteConnection::on_busy, this);
  // A misspelt column must be an error, not a string.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_wal_autocheckpoint(handle_, 0);  // see checkpointer.h
  static char greatest = 1;
  constexpr int kPure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function(handle_, "greatest", -1, kPure, &greatest, extreme, nullptr, nullptr);
  sqlite3_create_function(handle_, "least", -1, kPure, nullptr, extreme, nullptr, nullptr);
  const std::string cache = "PRAGMA cache_size = -" + std::to_string(options.cache_kib);
  for (const std::string_view pragma :
       // 8 KiB hold seven rows of 1 KB where 4 KiB hold three. Only a new file takes it.
       {std::string_view("PRAGMA page_size = 8192"), std::string_view("PRAGMA foreign_keys = ON"),
        std::string_view("PRAGMA synchronous = FULL"),
        // As PostgreSQL: LIKE tells upper from lower case.
        std::string_view("PRAGMA case_sensitive_like = ON"), std::string_view(cache)}) {
    TRY(control(pragma));
  }
  return {};
}

Result<void> SqliteConnection::use_wal() {
  const Rows mode = TRY(control("PRAGMA journal_mode = WAL"));
  if (sqlite3_db_readonly(handle_, "main") == 1) {
    return fail(Code::kPermissionDenied, "the database is read-only", hint_of(SQLITE_READONLY),
                sqlite3_db_filename(handle_, "main"));
  }
  if (mode.size() != 1 || mode[0].text(0) != "wal") {
    return fail(Code::kFailedPrecondition, "the database cannot use a write-ahead log here",
                "put the workspace on a local disk", sqlite3_db_filename(handle_, "main"));
  }
  return {};
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

/// Waits 0.1 ms to 5 ms, jittered: short, since a group holds the lock for a few milliseconds only.
int SqliteConnection::on_busy(void* self, int count) {
  auto& connection = *static_cast<SqliteConnection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) connection.busy_since_ = now;
  if (now - connection.busy_since_ >= connection.busy_timeout_) return 0;
  connection.jitter_ ^= connection.jitter_ << 13;
  connection.jitter_ ^= connection.jitter_ >> 7;
  connection.jitter_ ^= connection.jitter_ << 17;
  const std::uint64_t longest = std::uint64_t{100} << std::min(count, 6);
  std::this_thread::sleep_for(
      std::chrono::microseconds(50 + (connection.jitter_ ^ static_cast<std::uint64_t>(getpid())) %
                                         std::min<std::uint64_t>(longest, 5'000)));
  return 1;
}

Result<SqliteConnection::Prepared> SqliteConnection::compile(std::string_view sql, bool control) {
  Prepared prepared;
  prepared.sql = sql;
  std::string text(sql);
  if (!control) {
    Statement statement = TRY(translate(sql, Dialect::kSqlite));
    text = std::move(statement.text);
    prepared.verb = statement.verb;
    prepared.parameters = statement.parameters;
  }
  const int code = sqlite3_prepare_v3(handle_, text.data(), static_cast<int>(text.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared.statement, nullptr);
  if (code != SQLITE_OK) return Unexpected(sqlite_error(handle_, code, sql));
  const int count = sqlite3_bind_parameter_count(prepared.statement);
  for (int i = 1; i <= count; ++i) {
    const char* name = sqlite3_bind_parameter_name(prepared.statement, i);
    prepared.slots.push_back(std::strtoul(name + 1, nullptr, 10) - 1);
  }
  return prepared;
}

Result<SqliteConnection::Use> SqliteConnection::prepare(std::string_view sql, bool control) {
  // "COMMIT" as work's own statement must not find the engine's: control statements go by another
  // key.
  std::string key_storage;
  std::string_view key = sql;
  if (control) {
    key_storage = "\x01" + std::string(sql);
    key = key_storage;
  }
  const auto found = index_.find(key);
  if (found != index_.end()) {
    if (found->second->busy) {
      return Use(std::make_unique<Prepared>(TRY(compile(sql, control))));
    }
    cache_.splice(cache_.begin(), cache_, found->second);
    return Use(cache_.front());
  }
  Prepared prepared = TRY(compile(sql, control));
  prepared.sql = key;
  cache_.push_front(std::move(prepared));
  index_.emplace(cache_.front().sql, cache_.begin());
  if (cache_.size() > kStatementsMax && !cache_.back().busy) {
    index_.erase(cache_.back().sql);
    sqlite3_finalize(cache_.back().statement);
    cache_.pop_back();
  }
  return Use(cache_.front());
}

Result<void> SqliteConnection::bind(const Prepared& prepared, Params params) {
  for (std::size_t i = 0; i < prepared.slots.size(); ++i) {
    const int code =
        bind_value(prepared.statement, static_cast<int>(i + 1), params[prepared.slots[i]]);
    if (code != SQLITE_OK) return Unexpected(sqlite_error(handle_, code, prepared.sql));
  }
  return {};
}

Result<std::int64_t> SqliteConnection::step(const Prepared& prepared, const Visit& visit) {
  for (;;) {
    const int code = sqlite3_step(prepared.statement);
    if (code == SQLITE_ROW) {
      if (visit) TRY(visit(row_of(prepared.statement)));
      continue;
    }
    if (code != SQLITE_DONE) return Unexpected(sqlite_error(handle_, code, prepared.sql));
    const bool changes = prepared.verb != Verb::kSelect && prepared.verb != Verb::kDefine;
    return changes ? std::int64_t{sqlite3_changes64(handle_)} : 0;
  }
}

Result<Rows> SqliteConnection::control(std::string_view sql) {
  const Use use = TRY(prepare(sql, true));
  Rows rows;
  TRY(step(*use, [&](Row&& row) -> Result<void> {
    rows.push_back(std::move(row));
    return {};
  }));
  return rows;
}

Result<std::int64_t> SqliteConnection::run(std::string_view sql, Params params, bool writable,
                                           const Visit& visit) {
  const Use use = TRY(prepare(sql, false));
  if (!writable && sqlite3_stmt_readonly(use->statement) == 0) {
    return fail(Code::kFailedPrecondition, "a read may not change anything", {},
                std::string(sql.substr(0, 200)));
  }
  TRY(check_params(params, use->parameters));
  TRY(bind(*use, params));
  return step(*use, visit);
}

Result<void> SqliteConnection::run_many(std::string_view sql,
                                        std::span<const std::vector<Value>> rows, bool writable) {
  const Use use = TRY(prepare(sql, false));
  if (!writable && sqlite3_stmt_readonly(use->statement) == 0) {
    return fail(Code::kFailedPrecondition, "a read may not change anything", {},
                std::string(sql.substr(0, 200)));
  }
  for (const std::vector<Value>& row : rows) {
    TRY(check_params(row, use->parameters));
    TRY(bind(*use, row));
    TRY(step(*use, nullptr));
    sqlite3_reset(use->statement);
  }
  return {};
}

}  // namespace solvent::sql
