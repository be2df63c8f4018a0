/// Reads a CSV file once, before the engine does: refuses what is malformed, naming the line, and
/// learns dialect, names, types and rows. Constant memory, pure over the bytes it is fed; belongs
/// to one thread.
///
/// The dialect is RFC 4180 with one delimiter out of , ; tab | and one line end for the whole file.
/// Quotes inside an unquoted field are literal. A blank line is no record, unless there is only one
/// column. The first record is the header, unless an unquoted field of it is a number other than a
/// year (1000 to 2999); then columns are column0, column1 and so on. A nameless header field of
/// column i is named column<i> too. Types are of all rows, never of a sample.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table/cell_type.h"

namespace solvent::table {

struct CsvLimits {
  std::int64_t columns_max = 10'000;
  std::int64_t field_bytes_max = 16 << 20;
  std::int64_t record_bytes_max = 64 << 20;
};

struct CsvShape {
  char delimiter = ',';
  bool header = true;
  /// Quoted NA and "" are nulls too: some column of numbers or times has them.
  bool quoted_nulls = false;
  std::vector<std::string> names;
  std::vector<ColumnType> types;
  std::vector<bool> zoned;          ///< timestamps with an offset
  std::int64_t rows = 0;            ///< without the header
  std::int64_t longest_record = 0;  ///< bytes
};

class CsvScanner {
 public:
  /// `subject` names the file in errors.
  CsvScanner(CsvLimits limits, std::string subject);
  /// The next bytes; the first piece should hold the first records (64 KiB are enough) since the
  /// delimiter is chosen from it.
  Result<void> feed(std::string_view bytes);
  Result<CsvShape> finish();

 private:
  enum class State : std::uint8_t { kFieldStart, kUnquoted, kQuoted, kQuoteInQuoted, kAfterCr };
  enum class LineEnd : std::uint8_t { kUnknown, kLf, kCrLf, kCr };

  Result<void> check_bytes(std::string_view bytes);
  Result<void> scan(std::string_view bytes);
  Result<std::size_t> scan_unquoted(std::string_view bytes, std::size_t at);
  Result<std::size_t> scan_quoted(std::string_view bytes, std::size_t at);
  Result<std::size_t> scan_special(std::string_view bytes, std::size_t at);
  Result<void> append(std::string_view piece);
  Result<void> end_field();
  Result<void> end_record(LineEnd end);
  Result<void> end_header();
  void see_field(std::size_t column, std::string_view field, bool quoted, bool long_field);
  Unexpected refuse(std::string message, std::string hint) const;
  Unexpected refuse_line(std::string_view what, std::string hint) const;

  static constexpr std::size_t kFieldStartBytes = 64;

  CsvLimits limits_;
  std::string subject_;
  bool started_ = false;
  State state_ = State::kFieldStart;
  LineEnd line_end_ = LineEnd::kUnknown;
  std::int64_t line_ = 1, record_line_ = 1, field_line_ = 1;
  // The field at hand: its length and, for guessing, its start; names need all of it.
  std::array<char, kFieldStartBytes> start_;
  std::int64_t field_bytes_ = 0;
  bool quoted_ = false;
  std::string name_;
  std::int64_t record_bytes_ = 0;
  std::size_t fields_ = 0;
  bool any_record_ = false;
  std::vector<bool> name_quoted_;
  std::vector<ColumnGuess> guesses_;
  CsvShape shape_;
  // UTF-8 across pieces: continuation bytes still due and what the next may be.
  int utf8_due_ = 0;
  unsigned char utf8_low_ = 0x80, utf8_high_ = 0xbf;
};

/// The delimiter under which the sample's whole records agree best; ',' when nothing parts them.
char choose_delimiter(std::string_view sample);

}  // namespace solvent::table
