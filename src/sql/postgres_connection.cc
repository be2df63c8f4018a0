#include "sql/postgres_connection.h"

#include <dlfcn.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "sql/values.h"

namespace solvent::sql {

// clang-format off
#define SOLVENT_PG_FUNCTIONS(X) \
  X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconnectdbParams) X(PQenterPipelineMode) \
  X(PQerrorMessage) X(PQexec) X(PQexecParams) X(PQexecPrepared) X(PQexitPipelineMode) \
  X(PQfinish) X(PQftype) X(PQgetisnull) X(PQgetlength) X(PQgetResult) X(PQgetvalue) X(PQnfields) \
  X(PQntuples) X(PQparameterStatus) X(PQpipelineSync) X(PQprepare) X(PQresultErrorField) \
  X(PQresultStatus) X(PQsendQueryPrepared) X(PQserverVersion) X(PQsetNoticeProcessor) \
  X(PQstatus) X(PQtransactionStatus)
// clang-format on

struct PgLibrary {
#define X(name) decltype(&::name) name = nullptr;
  SOLVENT_PG_FUNCTIONS(X)
#undef X
};

Result<std::shared_ptr<const PgLibrary>> load_pg_library() {
  void* handle = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail(Code::kUnavailable, std::string("libpq cannot be opened: ") + ::dlerror(),
                "install it: apt-get install libpq5", "libpq.so.5");
  }
  auto library = std::make_shared<PgLibrary>();
#define X(name)                                                                \
  library->name = reinterpret_cast<decltype(&::name)>(::dlsym(handle, #name)); \
  if (library->name == nullptr) {                                              \
    return fail(Code::kUnavailable, "libpq is too old: it lacks " #name,       \
                "install libpq 14 or newer", "libpq.so.5");                    \
  }
  SOLVENT_PG_FUNCTIONS(X)
#undef X
  return std::shared_ptr<const PgLibrary>(std::move(library));
}

namespace {

constexpr std::size_t kStatementsMax = 256;
constexpr std::size_t kPipelineRows = 512;                 // of one pipeline
constexpr std::size_t kFetchBytes = std::size_t{1} << 20;  // aimed at per FETCH
constexpr int kServerMin = 130'000;                        // older ones are no longer maintained

// The server's type numbers (pg_type.dat), fixed for ever.
constexpr Oid kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21, kInt4 = 23,
              kText = 25, kOid = 26, kFloat4 = 700, kFloat8 = 701, kUnknown = 705, kBpchar = 1042,
              kVarchar = 1043, kNumeric = 1700, kVoid = 2278;

PGconn* conn(void* handle) {
  return static_cast<PGconn*>(handle);
}

Code code_of(std::string_view state) {
  const std::string_view group = state.substr(0, 2);
  if (state == "23505") return Code::kAlreadyExists;
  if (state == "25006" || state == "42804") return Code::kFailedPrecondition;
  if (state == "22003") return Code::kOutOfRange;
  if (state == "57014") return Code::kCancelled;
  if (state == "42501") return Code::kPermissionDenied;
  if (state == "55P03") return Code::kUnavailable;
  if (group == "23") return Code::kFailedPrecondition;
  if (group == "22") return Code::kInvalidArgument;
  if (group == "40") return Code::kAborted;
  if (group == "28") return Code::kUnauthenticated;
  if (group == "3D") return Code::kNotFound;
  if (group == "53" || group == "54") return Code::kResourceExhausted;
  if (group == "XX" && state != "XX000") return Code::kDataLoss;
  if (group == "58") return Code::kUnavailable;
  if (group == "08" || group == "57" || state.empty()) return Code::kUnavailable;
  return Code::kInternal;
}

std::string hint_of(Code code) {
  switch (code) {
    case Code::kUnavailable: return "see that the PostgreSQL server runs and answers";
    case Code::kUnauthenticated: return "check user and password in the database URL";
    case Code::kPermissionDenied: return "grant the database's user what it lacks";
    case Code::kResourceExhausted: return "free what the server ran out of and try again";
    case Code::kDataLoss: return "restore the last backup: solvent restore";
    default: return {};
  }
}

std::string without_newline(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

template <class T>
T big_endian(const char* at) {
  T value = 0;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof(T) > 1) value = std::byteswap(value);
  return value;
}

/// numeric as PostgreSQL sends it: base-10000 digits. Whole numbers that fit become integers (sums
/// of BIGINT), others doubles (averages).
Result<Value> decode_numeric(const char* at, std::size_t size) {
  if (size < 8) return fail(Code::kInternal, "numeric value cut short");
  const auto digits = big_endian<std::uint16_t>(at);
  const auto weight = static_cast<std::int16_t>(big_endian<std::uint16_t>(at + 2));
  const auto sign = big_endian<std::uint16_t>(at + 4);
  const auto scale = big_endian<std::uint16_t>(at + 6);
  if (size < 8u + 2u * digits) return fail(Code::kInternal, "numeric value cut short");
  if (sign != 0 && sign != 0x4000) return fail(Code::kOutOfRange, "numeric value is not finite");
  if (scale == 0) {
    __int128 whole = 0;
    for (int i = 0; i <= weight; ++i) {
      whole = whole * 10'000 + (i < digits ? big_endian<std::uint16_t>(at + 8 + 2 * i) : 0);
      if (whole > (static_cast<__int128>(1) << 64)) break;
    }
    if (sign != 0) whole = -whole;
    if (whole < INT64_MIN || whole > INT64_MAX) {
      return fail(Code::kOutOfRange, "a sum does not fit into 64 bits");
    }
    return Value(static_cast<std::int64_t>(whole));
  }
  long double value = 0;
  for (int i = 0; i < digits; ++i) {
    value = value * 10'000.0L + big_endian<std::uint16_t>(at + 8 + 2 * i);
  }
  value *= std::pow(10'000.0L, static_cast<long double>(weight - digits + 1));
  return Value(static_cast<double>(sign != 0 ? -value : value));
}

Result<Value> decode(Oid type, const char* at, std::size_t size) {
  switch (type) {
    case kBool: return Value(std::int64_t{*at != 0 ? 1 : 0});
    case kInt2: return Value(std::int64_t{big_endian<std::int16_t>(at)});
    case kInt4: return Value(std::int64_t{big_endian<std::int32_t>(at)});
    case kOid: return Value(std::int64_t{big_endian<std::uint32_t>(at)});
    case kInt8: return Value(big_endian<std::int64_t>(at));
    case kFloat4: return Value(double{std::bit_cast<float>(big_endian<std::uint32_t>(at))});
    case kFloat8: return Value(std::bit_cast<double>(big_endian<std::uint64_t>(at)));
    case kBytea: {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(at);
      return Value(Bytes(bytes, bytes + size));
    }
    case kChar:
    case kName:
    case kText:
    case kUnknown:
    case kBpchar:
    case kVarchar: return Value(std::string(at, size));
    case kNumeric: return decode_numeric(at, size);
    case kVoid: return Value();
    default:
      return fail(
          Code::kInternal,
          "a result's type is outside the common SQL subset: number " + std::to_string(type),
          "CAST it to one of the subset's types");
  }
}

char kind_of(const Value& value) {
  return "nirtb"[value.index()];
}

std::string kinds_of(Params params) {
  std::string kinds;
  for (const Value& value : params) kinds += kind_of(value);
  return kinds;
}

/// NULL fits a parameter of any kind.
bool fits(std::string_view prepared, std::string_view kinds) {
  if (prepared.size() != kinds.size()) return false;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] != 'n' && kinds[i] != prepared[i]) return false;
  }
  return true;
}

std::vector<Oid> types_of(std::string_view kinds) {
  std::vector<Oid> types;
  for (const char kind : kinds) {
    types.push_back(kind == 'i'   ? kInt8
                    : kind == 'r' ? kFloat8
                    : kind == 't' ? kText
                    : kind == 'b' ? kBytea
                                  : 0);
  }
  return types;
}

/// Parameters as libpq takes them, all in binary. Borrows text and bytes.
struct Encoded {
  explicit Encoded(Params params)
      : numbers(params.size()),
        values(params.size()),
        lengths(params.size()),
        formats(params.size(), 1) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      const Value& value = params[i];
      if (value.index() == 0) continue;
      if (const auto* text = std::get_if<std::string>(&value)) {
        set(i, text->data(), text->size());
      } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
        // A null pointer would be NULL.
        set(i, bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data()), bytes->size());
      } else {
        const auto* integer = std::get_if<std::int64_t>(&value);
        const auto bits = integer != nullptr
                              ? static_cast<std::uint64_t>(*integer)
                              : std::bit_cast<std::uint64_t>(stored_real(std::get<double>(value)));
        numbers[i] = std::byteswap(bits);
        set(i, reinterpret_cast<const char*>(&numbers[i]), 8);
      }
    }
  }
  void set(std::size_t i, const char* data, std::size_t size) {
    values[i] = data;
    lengths[i] = static_cast<int>(size);
  }
  int count() const { return static_cast<int>(values.size()); }

  std::vector<std::uint64_t> numbers;
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
};

/// The protocol's lengths are 32 bits, and a value of the server at most 1 GiB.
Result<void> check_sizes(Params params) {
  constexpr std::size_t kValueMax = (std::size_t{1} << 30) - 1024;
  for (const Value& value : params) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* bytes = std::get_if<Bytes>(&value);
    const std::size_t size = text != nullptr ? text->size() : bytes != nullptr ? bytes->size() : 0;
    if (size > kValueMax) {
      return fail(Code::kOutOfRange, "a value is larger than 1 GiB", "store it as a file");
    }
  }
  return {};
}

}  // namespace

PgConnection::PgConnection(std::shared_ptr<const PgLibrary> library, void* handle)
    : library_(std::move(library)), handle_(handle) {}

PgConnection::~PgConnection() {
  library_->PQfinish(conn(handle_));
}

Result<std::unique_ptr<PgConnection>> PgConnection::open(std::shared_ptr<const PgLibrary> library,
                                                         const std::string& url,
                                                         const std::string& schema) {
  // What the URL says overrides what stands before it.
  const std::array keys = {"connect_timeout", "fallback_application_name", "tcp_user_timeout",
                           "dbname", static_cast<const char*>(nullptr)};
  const std::array values = {"10", "solvent", "30000", url.c_str(),
                             static_cast<const char*>(nullptr)};
  PGconn* handle = library->PQconnectdbParams(keys.data(), values.data(), 1);
  auto connection = std::unique_ptr<PgConnection>(new PgConnection(std::move(library), handle));
  if (handle == nullptr) return fail(Code::kResourceExhausted, "out of memory in libpq");
  const PgLibrary& pq = *connection->library_;
  if (pq.PQstatus(handle) != CONNECTION_OK) {
    return fail(Code::kUnavailable,
                "PostgreSQL does not answer: " + without_newline(pq.PQerrorMessage(handle)),
                "start the server, or correct the database URL in the settings");
  }
  TRY(connection->set_up(schema));
  return connection;
}

Result<void> PgConnection::set_up(const std::string& schema) {
  PGconn* handle = conn(handle_);
  library_->PQsetNoticeProcessor(handle, [](void*, const char*) {}, nullptr);
  if (library_->PQserverVersion(handle) < kServerMin) {
    return fail(Code::kFailedPrecondition, "the PostgreSQL server is older than 13",
                "upgrade the server");
  }
  const char* encoding = library_->PQparameterStatus(handle, "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return fail(Code::kFailedPrecondition, "the PostgreSQL database does not hold UTF-8",
                "make one that does: createdb --encoding=UTF8 --template=template0 NAME");
  }
  TRY(
      script("SET client_encoding TO 'UTF8'; SET standard_conforming_strings TO on; "
             "SET client_min_messages TO error; SET TimeZone TO 'UTC'; SET search_path TO " +
             quote_identifier(schema) +
             // An acknowledged unit is durable here, whatever the server's default.
             "; SELECT set_config('synchronous_commit', 'on', false) "
             "WHERE current_setting('synchronous_commit') IN ('off', 'local')"));
  return {};
}

bool PgConnection::lost() const {
  return broken_ || library_->PQstatus(conn(handle_)) != CONNECTION_OK;
}

Error PgConnection::error_of(const void* result, std::string_view doing) {
  const auto* failed = static_cast<const PGresult*>(result);
  const auto field = [&](int code) -> std::string {
    const char* text = failed != nullptr ? library_->PQresultErrorField(failed, code) : nullptr;
    return text != nullptr ? text : "";
  };
  state_ = field(PG_DIAG_SQLSTATE);
  std::string text = field(PG_DIAG_MESSAGE_PRIMARY);
  if (text.empty()) text = without_newline(library_->PQerrorMessage(conn(handle_)));
  if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) {
    text += ": " + detail;
  }
  const Code code = lost() ? Code::kUnavailable : code_of(state_);
  return Error{code, "database: " + text + (state_.empty() ? "" : " (" + state_ + ")"),
               hint_of(code), std::string(doing.substr(0, 200))};
}

Result<std::int64_t> PgConnection::take(void* taken, std::string_view doing, Rows* rows) {
  const PgLibrary& pq = *library_;
  const auto clear = [&pq](PGresult* held) { pq.PQclear(held); };
  const std::unique_ptr<PGresult, decltype(clear)> result(static_cast<PGresult*>(taken), clear);
  const ExecStatusType status =
      result != nullptr ? pq.PQresultStatus(result.get()) : PGRES_FATAL_ERROR;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    return Unexpected(error_of(result.get(), doing));
  }
  if (rows != nullptr && status == PGRES_TUPLES_OK) {
    const int count = pq.PQntuples(result.get());
    const int columns = pq.PQnfields(result.get());
    for (int row = 0; row < count; ++row) {
      std::vector<Value> values;
      values.reserve(static_cast<std::size_t>(columns));
      for (int column = 0; column < columns; ++column) {
        if (pq.PQgetisnull(result.get(), row, column) != 0) {
          values.emplace_back();
          continue;
        }
        values.push_back(
            TRY(decode(pq.PQftype(result.get(), column), pq.PQgetvalue(result.get(), row, column),
                       static_cast<std::size_t>(pq.PQgetlength(result.get(), row, column)))));
      }
      rows->emplace_back(std::move(values));
    }
  }
  const std::string_view tag = pq.PQcmdStatus(result.get());
  if (tag.starts_with("SELECT") || tag.starts_with("FETCH")) return 0;
  return std::strtoll(pq.PQcmdTuples(result.get()), nullptr, 10);
}

Result<std::string> PgConnection::script(const std::string& sql) {
  const PgLibrary& pq = *library_;
  PGresult* result = pq.PQexec(conn(handle_), sql.c_str());
  std::string first;
  if (result != nullptr && pq.PQresultStatus(result) == PGRES_TUPLES_OK &&
      pq.PQntuples(result) > 0 && pq.PQnfields(result) > 0) {
    first = pq.PQgetvalue(result, 0, 0);
  }
  TRY(take(result, sql, nullptr));
  return first;
}

Result<Rows> PgConnection::control(const std::string& sql, Params params) {
  const Encoded encoded(params);
  const std::vector<Oid> types = types_of(kinds_of(params));
  Rows rows;
  TRY(take(library_->PQexecParams(conn(handle_), sql.c_str(), encoded.count(), types.data(),
                                  encoded.values.data(), encoded.lengths.data(),
                                  encoded.formats.data(), 1),
           sql, &rows));
  return rows;
}

void PgConnection::forget(Cache::iterator prepared) {
  const auto [from, to] = index_.equal_range(prepared->sql);
  for (auto at = from; at != to; ++at) {
    if (at->second != prepared) continue;
    index_.erase(at);
    break;
  }
  cache_.erase(prepared);
}

Result<const PgConnection::Prepared*> PgConnection::prepare(std::string_view sql,
                                                            const std::string& kinds) {
  const auto [from, to] = index_.equal_range(sql);
  for (auto at = from; at != to; ++at) {
    if (!fits(at->second->kinds, kinds)) continue;
    cache_.splice(cache_.begin(), cache_, at->second);
    return &cache_.front();
  }
  const Statement statement = TRY(translate(sql, Dialect::kPostgres));
  if (statement.parameters != kinds.size()) {
    return fail(Code::kInternal,
                "statement takes " + std::to_string(statement.parameters) + " parameters, given " +
                    std::to_string(kinds.size()),
                {}, std::string(sql.substr(0, 200)));
  }
  if (cache_.size() >= kStatementsMax) {
    TRY(script("DEALLOCATE " + cache_.back().name));
    forget(std::prev(cache_.end()));
  }
  Prepared prepared{std::string(sql), kinds, "s" + std::to_string(++names_)};
  const std::vector<Oid> types = types_of(kinds);
  TRY(take(library_->PQprepare(conn(handle_), prepared.name.c_str(), statement.text.c_str(),
                               static_cast<int>(types.size()), types.data()),
           sql, nullptr));
  cache_.push_front(std::move(prepared));
  index_.emplace(cache_.front().sql, cache_.begin());
  return &cache_.front();
}

Result<std::int64_t> PgConnection::run(std::string_view sql, Params params, Rows* rows) {
  TRY(check_params(params, params.size()));
  TRY(check_sizes(params));
  const Prepared* prepared = TRY(prepare(sql, kinds_of(params)));
  const Encoded encoded(params);
  return take(library_->PQexecPrepared(conn(handle_), prepared->name.c_str(), encoded.count(),
                                       encoded.values.data(), encoded.lengths.data(),
                                       encoded.formats.data(), 1),
              sql, rows);
}

Result<void> PgConnection::run_many(std::string_view sql,
                                    std::span<const std::vector<Value>> rows) {
  if (rows.empty()) return {};
  std::string kinds(rows[0].size(), 'n');
  for (const std::vector<Value>& row : rows) {
    TRY(check_params(row, kinds.size()));
    TRY(check_sizes(row));
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (kinds[i] == 'n') kinds[i] = kind_of(row[i]);
    }
  }
  for (std::size_t at = 0; at < rows.size();) {
    std::size_t end = at;
    while (end < rows.size() && end - at < kPipelineRows && fits(kinds, kinds_of(rows[end]))) ++end;
    if (end == at) {  // a row whose kinds differ from the others'
      TRY(run(sql, rows[at], nullptr));
      ++at;
      continue;
    }
    const Prepared* prepared = TRY(prepare(sql, kinds));
    TRY(send_rows(*prepared, rows.subspan(at, end - at)));
    at = end;
  }
  return {};
}

/// One round trip for many executions (libpq's pipeline mode).
Result<void> PgConnection::send_rows(const Prepared& prepared,
                                     std::span<const std::vector<Value>> rows) {
  PGconn* handle = conn(handle_);
  if (library_->PQenterPipelineMode(handle) != 1) {
    return Unexpected(error_of(nullptr, prepared.sql));
  }
  bool sent = true;
  for (const std::vector<Value>& row : rows) {
    const Encoded encoded(row);
    sent = library_->PQsendQueryPrepared(handle, prepared.name.c_str(), encoded.count(),
                                         encoded.values.data(), encoded.lengths.data(),
                                         encoded.formats.data(), 1) == 1;
    if (!sent) break;
  }
  if (!sent || library_->PQpipelineSync(handle) != 1) {
    broken_ = true;
    return Unexpected(error_of(nullptr, prepared.sql));
  }
  auto drained = drain_pipeline(prepared.sql);
  library_->PQexitPipelineMode(handle);
  return drained;
}

Result<void> PgConnection::drain_pipeline(std::string_view sql) {
  std::optional<Error> failed;
  for (int silent = 0; silent < 3;) {
    PGresult* result = library_->PQgetResult(conn(handle_));
    if (result == nullptr) {  // between two statements; more than that is a lost connection
      ++silent;
      continue;
    }
    silent = 0;
    const ExecStatusType status = library_->PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      library_->PQclear(result);
      if (failed) return Unexpected(std::move(*failed));
      return {};
    }
    if (status == PGRES_PIPELINE_ABORTED || failed) {
      library_->PQclear(result);
      continue;
    }
    if (auto taken = take(result, sql, nullptr); !taken) failed = taken.error();
  }
  broken_ = true;
  return Unexpected(error_of(nullptr, sql));
}

Result<void> PgConnection::each(std::string_view sql, Params params, bool checked, bool* stopped,
                                const std::function<Result<void>(const Row&)>& visit) {
  *stopped = false;
  std::string text(sql);
  if (checked) {
    Statement statement = TRY(translate(sql, Dialect::kPostgres));
    if (statement.verb != Verb::kSelect) {
      return fail(Code::kFailedPrecondition, "each() is for SELECT", "use query()",
                  std::string(sql.substr(0, 200)));
    }
    TRY(check_params(params, statement.parameters));
    TRY(check_sizes(params));
    text = std::move(statement.text);
  }
  const std::string cursor = "c" + std::to_string(++names_);
  TRY(control("DECLARE " + cursor + " NO SCROLL CURSOR FOR " + text, params));
  std::size_t wanted = 64;
  for (;;) {
    PGresult* result = library_->PQexecParams(
        conn(handle_), ("FETCH " + std::to_string(wanted) + " FROM " + cursor).c_str(), 0, nullptr,
        nullptr, nullptr, nullptr, 1);
    std::size_t bytes = 0;
    const int count = result != nullptr ? library_->PQntuples(result) : 0;
    for (int row = 0; row < count; ++row) {
      for (int column = 0; column < library_->PQnfields(result); ++column) {
        bytes += static_cast<std::size_t>(library_->PQgetlength(result, row, column)) + 8;
      }
    }
    Rows rows;
    TRY(take(result, sql, &rows));
    for (const Row& row : rows) {
      if (auto visited = visit(row); !visited) {
        *stopped = true;
        // Where an engine's error is why `visit` stopped, CLOSE can only fail.
        (void)control("CLOSE " + cursor);
        return visited;
      }
    }
    if (rows.size() < wanted) break;
    const std::size_t average = bytes / rows.size() + 1;
    wanted = std::clamp<std::size_t>(kFetchBytes / average, 1, 4'096);
  }
  TRY(control("CLOSE " + cursor));
  return {};
}

Result<void> PgConnection::take_slot() {
  slot_ = static_cast<std::int64_t>(system_random().next() >> 2) + 1;
  const std::string slot = std::to_string(slot_);
  // Need not survive a crash: without the row, no later commit of this connection landed either.
  TRY(script("BEGIN; SET LOCAL synchronous_commit TO off; INSERT INTO sql_commit VALUES (" + slot +
             ", 0, CAST(extract(epoch FROM now()) AS BIGINT)); COMMIT"));
  return {};
}

/// The row goes with the transaction or not at all. The transaction's own number would not do: a
/// server that crashes may give it to another one.
Result<bool> PgConnection::commit() {
  std::string sql = "COMMIT";
  if (slot_ != 0) {
    sql = "INSERT INTO sql_commit VALUES (" + std::to_string(slot_) + ", " +
          std::to_string(++commits_) +
          ", CAST(extract(epoch FROM now()) AS BIGINT)) ON CONFLICT (slot) DO UPDATE SET number = "
          "excluded.number, at = excluded.at; COMMIT";
  }
  PGresult* result = library_->PQexec(conn(handle_), sql.c_str());
  const bool committed =
      result != nullptr && std::string_view(library_->PQcmdStatus(result)) == "COMMIT";
  TRY(take(result, "COMMIT", nullptr));
  return committed;
}

Result<bool> PgConnection::committed_after_all(const PgConnection& lost) {
  ASSERT(lost.slot_ != 0);
  const std::vector<Value> slot = {lost.slot_};
  const Rows rows = TRY(control("SELECT number FROM sql_commit WHERE slot = $1 FOR UPDATE", slot));
  return !rows.empty() && rows[0].integer(0) == lost.commits_;
}

void PgConnection::roll_back() {
  if (lost() || library_->PQtransactionStatus(conn(handle_)) == PQTRANS_IDLE) return;
  const std::string kept = state_;
  (void)script("ROLLBACK");
  state_ = kept;
}

void PgConnection::forget_statements() {
  if (lost()) return;
  const std::string kept = state_;
  (void)script("DEALLOCATE ALL");
  state_ = kept;
  index_.clear();
  cache_.clear();
}

}  // namespace solvent::sql
