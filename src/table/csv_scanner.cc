#include "table/csv_scanner.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/text.h"

namespace solvent::table {
namespace {

constexpr std::string_view kDelimiters = ",;\t|";
constexpr std::size_t kSampleBytes = 64 << 10;
constexpr std::size_t kNameBytesMax = 512;

/// Fields of each whole record of a sample under one delimiter.
std::vector<std::size_t> field_counts(std::string_view sample, char delimiter) {
  std::vector<std::size_t> counts;
  std::size_t fields = 1, from = 0;
  bool quoted = false, field_start = true;
  for (std::size_t i = 0; i < sample.size() && counts.size() < 100; ++i) {
    const char c = sample[i];
    if (quoted) {
      quoted = c != '"';
      continue;
    }
    if (c == '"' && (field_start || sample[i - 1] == '"')) {
      quoted = true;
    } else if (c == delimiter) {
      ++fields;
      field_start = true;
      continue;
    } else if (c == '\n' || c == '\r') {
      if (i > from) counts.push_back(fields);
      fields = 1;
      from = i + 1;
      field_start = true;
      continue;
    }
    field_start = field_start && c == ' ';
  }
  // What the sample cuts off is only worth a look when it is all there is.
  if (counts.empty()) counts.push_back(fields);
  return counts;
}

bool is_year(std::string_view field) {
  return field.size() == 4 && (field[0] == '1' || field[0] == '2') && is_int_field(field);
}

bool is_high(std::string_view bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if ((word & 0x8080808080808080u) != 0) return true;
  }
  for (; i < bytes.size(); ++i)
    if ((static_cast<unsigned char>(bytes[i]) & 0x80) != 0) return true;
  return false;
}

}  // namespace

char choose_delimiter(std::string_view sample) {
  char best = ',';
  std::size_t best_agreeing = 0, best_fields = 1;
  for (char delimiter : kDelimiters) {
    const auto counts = field_counts(sample, delimiter);
    if (counts[0] < 2) continue;
    const auto agreeing =
        static_cast<std::size_t>(std::count(counts.begin(), counts.end(), counts[0]));
    const bool more_fields = agreeing == best_agreeing && counts[0] > best_fields;
    if (agreeing <= best_agreeing && !more_fields) continue;
    best = delimiter;
    best_agreeing = agreeing;
    best_fields = counts[0];
  }
  return best;
}

CsvScanner::CsvScanner(CsvLimits limits, std::string subject)
    : limits_(limits), subject_(std::move(subject)) {}

Unexpected CsvScanner::refuse(std::string message, std::string hint) const {
  return fail(Code::kInvalidArgument, std::move(message), std::move(hint), subject_);
}

Unexpected CsvScanner::refuse_line(std::string_view what, std::string hint) const {
  return refuse("malformed CSV, " + std::string(what) + " (line " + std::to_string(line_) + ")",
                std::move(hint));
}

/// Valid UTF-8 (RFC 3629) without NUL.
Result<void> CsvScanner::check_bytes(std::string_view bytes) {
  auto line_at = [&](std::size_t offset) {
    const auto end = bytes.begin() + static_cast<long>(offset);
    return std::to_string(line_ + std::count(bytes.begin(), end, '\n'));
  };
  if (const auto nul = bytes.find('\0'); nul != std::string_view::npos)
    return refuse("not a text file, a zero byte stands in line " + line_at(nul),
                  "if it is Parquet or compressed, give it its own extension or unpack it");
  if (utf8_due_ == 0 && !is_high(bytes)) return {};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (utf8_due_ == 0) {
      utf8_low_ = 0x80;
      utf8_high_ = 0xbf;
      if (c < 0x80) continue;
      utf8_due_ = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      if (c == 0xe0) utf8_low_ = 0xa0;
      if (c == 0xed) utf8_high_ = 0x9f;
      if (c == 0xf0) utf8_low_ = 0x90;
      if (c == 0xf4) utf8_high_ = 0x8f;
      if (c >= 0xc2 && c <= 0xf4) continue;
    } else if (c >= utf8_low_ && c <= utf8_high_) {
      --utf8_due_;
      utf8_low_ = 0x80;
      utf8_high_ = 0xbf;
      continue;
    }
    return refuse("not UTF-8, first at line " + line_at(i),
                  "convert it: iconv -f ISO-8859-1 -t UTF-8 OLD.csv > NEW.csv");
  }
  return {};
}

Result<void> CsvScanner::feed(std::string_view bytes) {
  TRY(check_bytes(bytes));
  if (!started_ && !bytes.empty()) {
    started_ = true;
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    shape_.delimiter = choose_delimiter(bytes.substr(0, kSampleBytes));
  }
  return scan(bytes);
}

Result<void> CsvScanner::scan(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    switch (state_) {
      case State::kUnquoted: at = TRY(scan_unquoted(bytes, at)); break;
      case State::kQuoted: at = TRY(scan_quoted(bytes, at)); break;
      default: at = TRY(scan_special(bytes, at)); break;
    }
  }
  return {};
}

Result<std::size_t> CsvScanner::scan_unquoted(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && bytes[end] != shape_.delimiter && bytes[end] != '\n' &&
         bytes[end] != '\r')
    ++end;
  TRY(append(bytes.substr(at, end - at)));
  if (end < bytes.size()) state_ = State::kFieldStart;
  if (end == bytes.size()) return end;
  if (bytes[end] == shape_.delimiter) {
    TRY(end_field());
    return end + 1;
  }
  if (bytes[end] == '\r') {
    state_ = State::kAfterCr;
    return end + 1;
  }
  TRY(end_record(LineEnd::kLf));
  return end + 1;
}

Result<std::size_t> CsvScanner::scan_quoted(std::string_view bytes, std::size_t at) {
  const std::size_t quote = bytes.find('"', at);
  const std::size_t end = std::min(quote, bytes.size());
  const std::string_view piece = bytes.substr(at, end - at);
  line_ += std::count(piece.begin(), piece.end(), '\n');
  TRY(append(piece));
  if (quote == std::string_view::npos) return end;
  state_ = State::kQuoteInQuoted;
  return end + 1;
}

Result<std::size_t> CsvScanner::scan_special(std::string_view bytes, std::size_t at) {
  const char c = bytes[at];
  if (state_ == State::kAfterCr) {
    state_ = State::kFieldStart;
    TRY(end_record(c == '\n' ? LineEnd::kCrLf : LineEnd::kCr));
    return c == '\n' ? at + 1 : at;
  }
  if (state_ == State::kQuoteInQuoted && c == '"') {
    TRY(append("\""));
    state_ = State::kQuoted;
    return at + 1;
  }
  if (c == shape_.delimiter) {
    state_ = State::kFieldStart;
    TRY(end_field());
    return at + 1;
  }
  if (c == '\r') {
    state_ = State::kAfterCr;
    return at + 1;
  }
  if (c == '\n') {
    state_ = State::kFieldStart;
    TRY(end_record(LineEnd::kLf));
    return at + 1;
  }
  if (state_ == State::kQuoteInQuoted)
    return refuse_line("text after a closing quote",
                       "double the quotes inside a quoted field: \"a \"\"b\"\" c\"");
  const std::string_view so_far(start_.data(),
                                std::min(static_cast<std::size_t>(field_bytes_), kFieldStartBytes));
  const bool blank_so_far = so_far.find_first_not_of(' ') == std::string_view::npos;
  if (c == '"' && blank_so_far) {  // blanks before a quote do not count
    quoted_ = true;
    field_bytes_ = 0;
    name_.clear();
    field_line_ = line_;
    state_ = State::kQuoted;
    return at + 1;
  }
  if (c == ' ' && field_bytes_ < static_cast<std::int64_t>(kFieldStartBytes)) {
    TRY(append(" "));
    return at + 1;
  }
  state_ = State::kUnquoted;
  return at;
}

Result<void> CsvScanner::append(std::string_view piece) {
  const auto size = static_cast<std::int64_t>(piece.size());
  const auto room = static_cast<std::int64_t>(kFieldStartBytes) - field_bytes_;
  if (room > 0 && size > 0)
    std::memcpy(start_.data() + field_bytes_, piece.data(),
                static_cast<std::size_t>(std::min(room, size)));
  field_bytes_ += size;
  record_bytes_ += size;
  if (field_bytes_ > limits_.field_bytes_max)
    return refuse_line("a field is over " + std::to_string(limits_.field_bytes_max) + " bytes",
                       "a quote may be missing; if not, raise table.field_bytes_max");
  if (record_bytes_ > limits_.record_bytes_max)
    return refuse_line("a record is over " + std::to_string(limits_.record_bytes_max) + " bytes",
                       "check its quotes and line ends, or raise table.record_bytes_max");
  if (!any_record_) {
    if (name_.size() <= kNameBytesMax) name_.append(piece.substr(0, kNameBytesMax + 1));
  }
  return {};
}

void CsvScanner::see_field(std::size_t column, std::string_view field, bool quoted,
                           bool long_field) {
  ColumnGuess& guess = guesses_[column];
  if (long_field || !is_null_spelling(field)) {
    guess.see(field, long_field);
  } else if (quoted) {
    guess.see_quoted_null();
  }
}

Result<void> CsvScanner::end_field() {
  record_bytes_ += 3;  // a delimiter, and quotes that are not counted elsewhere
  const auto size = static_cast<std::size_t>(field_bytes_);
  if (!any_record_) {
    if (static_cast<std::int64_t>(fields_) >= limits_.columns_max)
      return refuse("too many columns, the header has over " + std::to_string(limits_.columns_max),
                    "raise table.columns_max if it is meant to be so wide");
    shape_.names.push_back(name_);
    name_quoted_.push_back(quoted_);
    name_.clear();
  } else if (fields_ < shape_.names.size()) {
    const std::string_view field(start_.data(), std::min(size, kFieldStartBytes));
    see_field(fields_, field, quoted_, size > kFieldStartBytes);
  }
  ++fields_;
  field_bytes_ = 0;
  quoted_ = false;
  return {};
}

Result<void> CsvScanner::end_record(LineEnd end) {
  if (line_end_ == LineEnd::kUnknown) line_end_ = end;
  if (end != line_end_ && end != LineEnd::kUnknown)
    return refuse_line("the file mixes different line ends",
                       "make them one kind: sed -i 's/\\r$//' FILE.csv");
  const bool blank = fields_ == 0 && field_bytes_ == 0 && !quoted_;
  if (blank && !any_record_)
    return refuse("the first line is blank", "the file must begin with its header");
  const bool one_column = any_record_ && shape_.names.size() == 1;
  if (!blank || one_column) {
    TRY(end_field());
    shape_.longest_record = std::max(shape_.longest_record, record_bytes_);
    if (!any_record_) {
      any_record_ = true;
      TRY(end_header());
    } else {
      if (fields_ != shape_.names.size())
        return refuse("ragged CSV, line " + std::to_string(record_line_) + " has " +
                          std::to_string(fields_) + " fields but the first line has " +
                          std::to_string(shape_.names.size()),
                      "quote fields that contain the delimiter, and pad short lines");
      ++shape_.rows;
    }
  }
  fields_ = 0;
  record_bytes_ = 0;
  if (end != LineEnd::kUnknown) ++line_;
  record_line_ = line_;
  return {};
}

Result<void> CsvScanner::end_header() {
  auto& names = shape_.names;
  guesses_.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool number = !name_quoted_[i] && is_real_field(names[i]) && !is_year(names[i]) &&
                        !is_null_spelling(names[i]);
    if (number) shape_.header = false;
  }
  if (!shape_.header) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      see_field(i, names[i], name_quoted_[i], names[i].size() > kFieldStartBytes);
      names[i] = "column" + std::to_string(i);
    }
    ++shape_.rows;
    return {};
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].size() > kNameBytesMax)
      return refuse("a column name is longer than " + std::to_string(kNameBytesMax) + " bytes",
                    "check the header's quotes and delimiter");
    if (names[i].empty()) names[i] = "column" + std::to_string(i);
    if (!seen.insert(names[i]).second)
      return refuse("two columns have one name: " + names[i], "rename one of them in the header");
  }
  return {};
}

Result<CsvShape> CsvScanner::finish() {
  if (utf8_due_ != 0)
    return refuse("not UTF-8, the last character is cut off", "the file may be truncated");
  if (state_ == State::kQuoted)
    return refuse("malformed CSV, the quote opened in line " + std::to_string(field_line_) +
                      " is never closed",
                  "close it, or double it if it belongs to the text");
  if (state_ == State::kAfterCr) TRY(end_record(LineEnd::kCr));
  const bool open_record = fields_ > 0 || field_bytes_ > 0 || quoted_;
  if (open_record) TRY(end_record(LineEnd::kUnknown));
  if (!any_record_) return refuse("the file has no lines", "it needs at least a header");
  for (const auto& guess : guesses_) {
    shape_.types.push_back(guess.type());
    shape_.zoned.push_back(guess.type() == ColumnType::kTime && guess.has_zone());
    if (guess.has_quoted_nulls() && guess.type() != ColumnType::kText) shape_.quoted_nulls = true;
  }
  return std::move(shape_);
}

}  // namespace solvent::table
