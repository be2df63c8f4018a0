/// DuckDB behind an interface of our own: opened with dlopen on first use, one in-memory database a
/// session, which may read (and write) only the paths it was given. A Library is thread-safe and
/// lives as long as the process; a Session and its Rows belong to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/columns.h"
#include "base/result.h"
#include "table/table.h"

namespace solvent::table {

/// What a column of a query is, and how it is cast so that it arrives as one of five vectors.
struct EngineColumn {
  std::string name;
  ColumnType type = ColumnType::kOther;
  std::string_view cast;  ///< BOOLEAN, BIGINT, DOUBLE, TIMESTAMP or VARCHAR
  bool direct = false;    ///< it has that type already
};

/// A streamed result. Values are read by the cast the query made: bool as bytes, BIGINT and
/// TIMESTAMP as int64, DOUBLE as double, VARCHAR through text().
class Rows {
 public:
  virtual ~Rows() = default;
  /// Next batch of at most 2,048 rows; false at the end.
  virtual Result<bool> next() = 0;
  virtual std::size_t size() const = 0;
  virtual const void* data(std::size_t column) const = 0;
  /// Bit r of word r/64 is 1 where row r has a value; nullptr when all have.
  virtual const std::uint64_t* validity(std::size_t column) const = 0;
  virtual std::string_view text(std::size_t column, std::size_t row) const = 0;
};

class Session {
 public:
  virtual ~Session() = default;
  /// `parameters` are bound as VARCHAR to ?1, ?2, ….
  virtual Result<std::unique_ptr<Rows>> query(const std::string& sql,
                                              std::span<const std::string> parameters = {}) = 0;
  /// Columns of a query, without running it to the end.
  virtual Result<std::vector<EngineColumn>> describe(const std::string& sql) = 0;
};

class Library {
 public:
  virtual ~Library() = default;
  /// kUnavailable, naming where it was looked for.
  static Result<std::shared_ptr<const Library>> open();
  /// `subject` stands for the paths in errors.
  virtual Result<std::unique_ptr<Session>> session(const EngineOptions& options,
                                                   std::span<const std::string> allowed_paths,
                                                   std::string subject) const = 0;
};

/// 'it''s'
std::string quoted_text(std::string_view text);
/// "a ""b"""
std::string quoted_name(std::string_view name);

}  // namespace solvent::table
