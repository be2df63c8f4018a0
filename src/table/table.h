/// Columnar scans of CSV, Parquet and JSON files into column spans, in constant memory. DuckDB is
/// opened on first use, with extensions off, access to nothing but the one file, and its
/// configuration locked. Engine is thread-safe; a Table belongs to one thread. Times are UTC
/// microseconds. Bad files are kInvalidArgument with line and cause; see csv_scanner.h for the CSV
/// dialect. Missing values in CSV are nothing, NA, NaN, null and N/A, unquoted (quoted too in a
/// file where a column of numbers or times has them quoted).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/columns.h"
#include "base/result.h"
#include "base/settings.h"
#include "base/threads.h"

namespace solvent::table {

enum class Format : std::uint8_t { kCsv, kParquet, kJson };
/// By content, then extension; text of no known extension that is no JSON is CSV. kInvalidArgument
/// for empty, truncated or foreign content (UTF-16, binary named .csv, …), naming what was found.
Result<Format> detect_format(const std::string& path);

struct EngineOptions {
  std::int64_t memory_mib = 2'048;
  std::int64_t threads = 2;
  std::int64_t columns_max = 10'000;  ///< refused from the header, before the engine opens it
  std::int64_t field_bytes_max = 16 << 20;
  std::int64_t record_bytes_max = 64 << 20;
  std::int64_t json_depth_max = 256;  ///< the engine follows nesting on its stack
  std::string temp_directory;         ///< where sorts may spill; empty: no spilling
};

/// "table.memory_mib" and so on, one a limit above.
std::span<const Setting> settings();
EngineOptions options_of(const Settings& settings, std::string temp_directory);

struct Column {
  std::string name;
  ColumnType type = ColumnType::kUnknown;
};

/// `column = value`, for slicing a file into versions (month = 1). The value is read as the
/// column's type; kInvalidArgument when it cannot be, or when there is no such column.
struct Filter {
  std::string column, value;
};

class Table {
 public:
  virtual ~Table() = default;
  virtual const std::vector<Column>& columns() const = 0;
  /// All rows in file order, batch by batch (at most 2,048), of the named columns, all when empty.
  /// bool, int, real, time and date come as such; whole numbers over 63 bits and decimals as real;
  /// nested and binary values as text of type kOther. Spans live during the call. Stops when
  /// cancelled.
  virtual Result<void> scan(std::span<const std::string> columns,
                            const std::function<Result<void>(std::span<const ColumnSpan>)>& visit,
                            const CancelToken* cancel = nullptr) = 0;
  virtual Result<std::int64_t> rows() = 0;
  /// Rows that repeat an earlier row in all of `columns` (all when empty).
  virtual Result<std::int64_t> duplicate_rows(std::span<const std::string> columns) = 0;
  /// Writes the rows as CSV or Parquet to `path`, whole or not at all. CSV reads back the same:
  /// texts are quoted, nulls are empty.
  virtual Result<void> write(const std::string& path, Format format) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// kInvalidArgument says line and cause for ragged or malformed input.
  virtual Result<std::unique_ptr<Table>> open(const std::string& path,
                                              std::optional<Filter> filter = {}) = 0;
};

/// The first file that passes our own checks opens libduckdb.so, beside the program
/// ($ORIGIN/../lib/ solvent) or where SOLVENT_DUCKDB says; kUnavailable with a hint when it is
/// missing.
Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options = {});

}  // namespace solvent::table
