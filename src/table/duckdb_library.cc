// The one file that knows DuckDB's C API (1.4 and later), so that nothing links against it.
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include <duckdb.h>

#include "base/files.h"
#include "base/text.h"
#include "table/duckdb_session.h"

namespace solvent::table {
namespace {

/// The functions used, each resolved by its own name.
struct Api {
  // clang-format off
#define SOLVENT_DUCKDB_FUNCTIONS(X) \
  X(create_config) X(set_config) X(destroy_config) X(open_ext) X(close) X(connect) X(disconnect) \
  X(free) X(query) X(prepare) X(prepare_error) X(destroy_prepare) X(bind_varchar_length) \
  X(nparams) X(execute_prepared_streaming) X(result_error) X(result_error_type) \
  X(destroy_result) X(column_count) X(column_name) X(column_type) X(fetch_chunk) \
  X(destroy_data_chunk) X(data_chunk_get_size) X(data_chunk_get_vector) X(vector_get_data) \
  X(vector_get_validity)
// clang-format on
#define SOLVENT_DECLARE(name) decltype(&::duckdb_##name) name = nullptr;
  SOLVENT_DUCKDB_FUNCTIONS(SOLVENT_DECLARE)
#undef SOLVENT_DECLARE
};

/// False with the missing name.
bool resolve(void* handle, Api& api, std::string& missing) {
#define SOLVENT_RESOLVE(name)                                                      \
  api.name = reinterpret_cast<decltype(api.name)>(dlsym(handle, "duckdb_" #name)); \
  if (api.name == nullptr) {                                                       \
    missing = "duckdb_" #name;                                                     \
    return false;                                                                  \
  }
  SOLVENT_DUCKDB_FUNCTIONS(SOLVENT_RESOLVE)
#undef SOLVENT_RESOLVE
  return true;
}

std::vector<std::string> candidates() {
  if (const char* given = std::getenv("SOLVENT_DUCKDB"); given != nullptr && *given != '\0')
    return {given};
  std::vector<std::string> out;
  std::array<char, 4096> program{};
  const auto size = ::readlink("/proc/self/exe", program.data(), program.size());
  if (size > 0) {
    const std::string_view path(program.data(), static_cast<std::size_t>(size));
    out.push_back(join_path(parent_path(path), "../lib/solvent/libduckdb.so"));
  }
  out.emplace_back(SOLVENT_DUCKDB_BUILT);
  return out;
}

/// First line of the engine's message, with the descriptor's path replaced by the file's own.
std::string plain_message(std::string_view text, std::string_view subject) {
  std::string line(split_lines(text).empty() ? text : split_lines(text)[0]);
  const auto at = line.find("/proc/self/fd/");
  if (at == std::string::npos) return line;
  std::size_t end = at + std::strlen("/proc/self/fd/");
  while (end < line.size() && line[end] >= '0' && line[end] <= '9') ++end;
  return line.replace(at, end - at, subject);
}

struct Meaning {
  Code code;
  std::string_view hint;
};

Meaning meaning_of(duckdb_error_type type, std::string_view message) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return {Code::kResourceExhausted,
              "raise table.memory_mib, or free space where temporary files go"};
    case DUCKDB_ERROR_IO: return {Code::kUnavailable, "check the disk and the file"};
    case DUCKDB_ERROR_INTERRUPT: return {Code::kCancelled, ""};
    case DUCKDB_ERROR_PERMISSION:
      return {Code::kPermissionDenied, "a table may read nothing but its own file"};
    case DUCKDB_ERROR_INTERNAL: return {Code::kInternal, "report this with the file's first lines"};
    default: break;
  }
  if (contains(message, "Out of Memory"))
    return {Code::kResourceExhausted,
            "raise table.memory_mib, or free space where temporary files go"};
  return {Code::kInvalidArgument, "check the file; it may be damaged"};
}

Unexpected engine_error(duckdb_error_type type, const char* text, std::string_view subject) {
  const std::string message =
      plain_message(text == nullptr ? "no message from the engine" : text, subject);
  const Meaning meaning = meaning_of(type, message);
  return fail(meaning.code, "cannot read the table: " + sanitize_utf8(message),
              std::string(meaning.hint), std::string(subject));
}

EngineColumn column_of(const char* name, duckdb_type type) {
  EngineColumn out{.name = name == nullptr ? "" : name};
  auto as = [&](ColumnType column, std::string_view cast, bool direct) {
    out.type = column;
    out.cast = cast;
    out.direct = direct;
    return out;
  };
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return as(ColumnType::kBool, "BOOLEAN", true);
    case DUCKDB_TYPE_BIGINT: return as(ColumnType::kInt, "BIGINT", true);
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER: return as(ColumnType::kInt, "BIGINT", false);
    case DUCKDB_TYPE_DOUBLE: return as(ColumnType::kReal, "DOUBLE", true);
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT: return as(ColumnType::kReal, "DOUBLE", false);
    case DUCKDB_TYPE_DATE: return as(ColumnType::kDate, "TIMESTAMP", false);
    case DUCKDB_TYPE_TIMESTAMP: return as(ColumnType::kTime, "TIMESTAMP", true);
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return as(ColumnType::kTime, "TIMESTAMP", false);
    case DUCKDB_TYPE_VARCHAR: return as(ColumnType::kText, "VARCHAR", true);
    case DUCKDB_TYPE_ENUM:
    case DUCKDB_TYPE_UUID:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIME_TZ: return as(ColumnType::kText, "VARCHAR", false);
    default: return as(ColumnType::kOther, "VARCHAR", false);
  }
}

class DuckRows final : public Rows {
 public:
  DuckRows(const Api& api, std::string subject) : api_(api), subject_(std::move(subject)) {}
  ~DuckRows() override {
    if (chunk_ != nullptr) api_.destroy_data_chunk(&chunk_);
    api_.destroy_result(&result_);
    if (statement_ != nullptr) api_.destroy_prepare(&statement_);
  }
  DuckRows(const DuckRows&) = delete;
  DuckRows& operator=(const DuckRows&) = delete;

  Result<void> start(duckdb_connection connection, const std::string& sql,
                     std::span<const std::string> parameters) {
    if (api_.prepare(connection, sql.c_str(), &statement_) != DuckDBSuccess)
      return engine_error(DUCKDB_ERROR_INVALID, api_.prepare_error(statement_), subject_);
    ASSERT(api_.nparams(statement_) == parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (api_.bind_varchar_length(statement_, i + 1, parameters[i].data(), parameters[i].size()) !=
          DuckDBSuccess)
        return fail(Code::kInvalidArgument, "a value is not valid UTF-8", "check its spelling",
                    subject_);
    if (api_.execute_prepared_streaming(statement_, &result_) != DuckDBSuccess)
      return engine_error(api_.result_error_type(&result_), api_.result_error(&result_), subject_);
    return {};
  }

  Result<bool> next() override {
    if (chunk_ != nullptr) api_.destroy_data_chunk(&chunk_);
    chunk_ = api_.fetch_chunk(result_);
    if (chunk_ != nullptr) return true;
    const char* error = api_.result_error(&result_);
    if (error != nullptr && *error != '\0')
      return engine_error(api_.result_error_type(&result_), error, subject_);
    return false;
  }

  std::size_t size() const override { return api_.data_chunk_get_size(chunk_); }
  const void* data(std::size_t column) const override {
    return api_.vector_get_data(api_.data_chunk_get_vector(chunk_, column));
  }
  const std::uint64_t* validity(std::size_t column) const override {
    return api_.vector_get_validity(api_.data_chunk_get_vector(chunk_, column));
  }
  std::string_view text(std::size_t column, std::size_t row) const override {
    const auto* texts = static_cast<const duckdb_string_t*>(data(column));
    const auto& value = texts[row].value;
    constexpr std::uint32_t kInlined = sizeof value.inlined.inlined;
    return {value.inlined.length <= kInlined ? value.inlined.inlined : value.pointer.ptr,
            value.inlined.length};
  }

  std::vector<EngineColumn> columns() {
    std::vector<EngineColumn> out;
    for (idx_t i = 0; i < api_.column_count(&result_); ++i)
      out.push_back(column_of(api_.column_name(&result_, i), api_.column_type(&result_, i)));
    return out;
  }

 private:
  const Api& api_;
  std::string subject_;
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_result result_{};
  duckdb_data_chunk chunk_ = nullptr;
};

class DuckSession final : public Session {
 public:
  DuckSession(const Api& api, std::string subject) : api_(api), subject_(std::move(subject)) {}
  ~DuckSession() override {
    if (connection_ != nullptr) api_.disconnect(&connection_);
    if (database_ != nullptr) api_.close(&database_);
  }
  DuckSession(const DuckSession&) = delete;
  DuckSession& operator=(const DuckSession&) = delete;

  Result<void> start(const EngineOptions& options, std::span<const std::string> allowed_paths) {
    TRY(open_database(options));
    if (api_.connect(database_, &connection_) != DuckDBSuccess)
      return fail(Code::kInternal, "the table engine refuses a connection", "report this",
                  subject_);
    std::string paths;
    for (const auto& path : allowed_paths) paths += (paths.empty() ? "" : ",") + quoted_text(path);
    // In this order: what is set after external access is off can no longer widen it.
    TRY(run("SET TimeZone = 'UTC'"));
    TRY(run("SET allowed_paths = [" + paths + "]"));
    TRY(run("SET enable_external_access = false"));
    return run("SET lock_configuration = true");
  }

  Result<std::unique_ptr<Rows>> query(const std::string& sql,
                                      std::span<const std::string> parameters) override {
    auto rows = std::make_unique<DuckRows>(api_, subject_);
    TRY(rows->start(connection_, sql, parameters));
    return rows;
  }

  Result<std::vector<EngineColumn>> describe(const std::string& sql) override {
    DuckRows rows(api_, subject_);
    TRY(rows.start(connection_, sql, {}));
    return rows.columns();
  }

 private:
  Result<void> open_database(const EngineOptions& options) {
    duckdb_config config = nullptr;
    if (api_.create_config(&config) != DuckDBSuccess)
      return fail(Code::kInternal, "the table engine refuses a configuration", "report this");
    const std::array<std::pair<const char*, std::string>, 7> settings = {{
        {"memory_limit", std::to_string(options.memory_mib) + "MiB"},
        {"threads", std::to_string(options.threads)},
        // The engine takes text only: below another name nothing spills, and memory is the limit.
        {"temp_directory", is_valid_utf8(options.temp_directory) ? options.temp_directory : ""},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_persistent_secrets", "false"},
    }};
    std::string refused;
    for (const auto& [name, value] : settings)
      if (api_.set_config(config, name, value.c_str()) != DuckDBSuccess) refused = name;
    char* error = nullptr;
    const bool open =
        refused.empty() && api_.open_ext(nullptr, &database_, config, &error) == DuckDBSuccess;
    api_.destroy_config(&config);
    if (open) return {};
    std::string why = error != nullptr ? error : "setting " + refused;
    if (error != nullptr) api_.free(error);
    return fail(Code::kInvalidArgument, "the table engine does not start: " + why,
                "check table.memory_mib and table.threads", subject_);
  }

  Result<void> run(const std::string& sql) {
    duckdb_result result{};
    const bool ok = api_.query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    const char* error = api_.result_error(&result);
    const std::string message = error == nullptr ? "" : error;
    api_.destroy_result(&result);
    if (ok) return {};
    return fail(Code::kInternal, "the table engine refuses a setting: " + message, "report this",
                subject_);
  }

  const Api& api_;
  std::string subject_;
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

class DuckLibrary final : public Library {
 public:
  explicit DuckLibrary(const Api& api) : api_(api) {}
  Result<std::unique_ptr<Session>> session(const EngineOptions& options,
                                           std::span<const std::string> allowed_paths,
                                           std::string subject) const override {
    auto session = std::make_unique<DuckSession>(api_, std::move(subject));
    TRY(session->start(options, allowed_paths));
    return session;
  }

 private:
  Api api_;
};

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::string quoted_text(std::string_view text) {
  return doubled(text, '\'');
}
std::string quoted_name(std::string_view name) {
  return doubled(name, '"');
}

Result<std::shared_ptr<const Library>> Library::open() {
  std::string tried;
  for (const auto& path : candidates()) {
    // Never closed: DuckDB's threads and static objects outlive any handle that could be counted.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      tried += (tried.empty() ? "" : ", ") + path;
      continue;
    }
    Api api;
    std::string missing;
    if (!resolve(handle, api, missing))
      return fail(Code::kUnavailable, "libduckdb.so lacks the function " + missing,
                  "install DuckDB 1.4 or later, or run tools/setup", path);
    return std::make_shared<DuckLibrary>(api);
  }
  return fail(Code::kUnavailable, "libduckdb.so was not found, looked at " + tried,
              "run tools/setup, or set SOLVENT_DUCKDB to its path", "libduckdb.so");
}

}  // namespace solvent::table
