#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <mutex>

#include "base/files.h"
#include "base/sync_site.h"
#include "base/text.h"
#include "table/announced_columns.h"
#include "table/csv_scanner.h"
#include "table/duckdb_session.h"
#include "table/file_format.h"

namespace solvent::table {
namespace {

constexpr std::size_t kScanBytes = 1 << 20;
constexpr std::int64_t kLineBytesMin = 2 << 20;  // DuckDB's own default

Result<CsvShape> scan_csv(const OpenFile& file, const EngineOptions& options) {
  CsvScanner scanner({.columns_max = options.columns_max,
                      .field_bytes_max = options.field_bytes_max,
                      .record_bytes_max = options.record_bytes_max},
                     file.subject());
  for (std::uint64_t offset = 0; offset < file.size();) {
    const std::string piece = TRY(file.read(offset, kScanBytes));
    if (piece.empty()) break;
    TRY(scanner.feed(piece));
    offset += piece.size();
  }
  return scanner.finish();
}

/// Refuses what is too wide by what it says of itself, before the engine reads any of it.
Result<void> check_parquet(const OpenFile& file, const EngineOptions& options) {
  const std::string end = TRY(file.read(file.size() - 8, 4));
  std::uint64_t size = 0;
  for (auto it = end.rbegin(); it != end.rend(); ++it)
    size = size << 8 | static_cast<std::uint8_t>(*it);
  if (file.size() < 12 || size > file.size() - 12)
    return fail(Code::kInvalidArgument, "damaged Parquet, the footer does not fit in the file",
                "copy or download the file again", file.subject());
  const std::string start = TRY(file.read(file.size() - 8 - size, 4096));
  const std::int64_t columns = parquet_columns(start).value_or(0);
  if (columns > options.columns_max)
    return fail(Code::kInvalidArgument, "too many columns: " + std::to_string(columns),
                "raise table.columns_max if it is meant to be so wide", file.subject());
  return {};
}

Result<void> check_json(const OpenFile& file, const EngineOptions& options) {
  JsonShape shape;
  for (std::uint64_t offset = 0;;) {
    const std::string piece = TRY(file.read(offset, kScanBytes));
    if (piece.empty()) return {};
    shape.feed(piece);
    offset += piece.size();
    if (shape.members() > options.columns_max)
      return fail(
          Code::kInvalidArgument,
          "too many columns, the first object has over " + std::to_string(options.columns_max),
          "raise table.columns_max if it is meant to be so wide", file.subject());
    if (shape.deepest() > options.json_depth_max)
      return fail(
          Code::kInvalidArgument,
          "JSON that nests deeper than " + std::to_string(options.json_depth_max) + " levels",
          "give one flat object a row, or raise table.json_depth_max", file.subject());
  }
}

std::string_view csv_type(const CsvShape& shape, std::size_t column) {
  switch (shape.types[column]) {
    case ColumnType::kBool: return "BOOLEAN";
    case ColumnType::kInt: return "BIGINT";
    case ColumnType::kReal: return "DOUBLE";
    case ColumnType::kDate: return "DATE";
    case ColumnType::kTime: return shape.zoned[column] ? "TIMESTAMPTZ" : "TIMESTAMP";
    default: return "VARCHAR";
  }
}

/// Every choice is spelled out, so that the engine guesses nothing: it reads what was checked.
std::string csv_source(const std::string& path, const CsvShape& shape) {
  // The scanner counts an escaped quote once, the engine both of its bytes.
  const std::int64_t line = std::max(kLineBytesMin, 2 * shape.longest_record + 1024);
  std::string columns;
  for (std::size_t i = 0; i < shape.names.size(); ++i)
    columns +=
        (i == 0 ? "'c" : ",'c") + std::to_string(i) + "':'" + std::string(csv_type(shape, i)) + "'";
  return "read_csv(" + quoted_text(path) +
         ", auto_detect=false, delim=" + quoted_text(std::string(1, shape.delimiter)) +
         ", quote='\"', escape='\"', comment=''" + ", header=" + (shape.header ? "true" : "false") +
         ", strict_mode=true, null_padding=false, ignore_errors=false, compression='none'" +
         ", nullstr=['','NA','NaN','null','N/A'], allow_quoted_nulls=" +
         (shape.quoted_nulls ? "true" : "false") + ", max_line_size=" + std::to_string(line) +
         ", buffer_size=" + std::to_string(2 * line) + ", columns={" + columns + "})";
}

std::string engine_name(std::size_t column) {
  return "c" + std::to_string(column);
}

/// One batch as spans; owns what had to be converted.
class Batch {
 public:
  explicit Batch(std::size_t columns) : spans_(columns), buffers_(columns) {}

  std::span<const ColumnSpan> load(const Rows& rows, std::span<const EngineColumn> columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) load_column(rows, i, columns[i]);
    return spans_;
  }

 private:
  struct Buffer {
    std::vector<std::uint8_t> valid;
    std::vector<std::int64_t> integers;
    std::vector<std::string_view> texts;
  };

  static bool has(const std::uint64_t* validity, std::size_t row) {
    return validity == nullptr || (validity[row / 64] >> (row % 64) & 1) != 0;
  }

  void load_column(const Rows& rows, std::size_t index, const EngineColumn& column) {
    const std::size_t size = rows.size();
    const std::uint64_t* validity = rows.validity(index);
    Buffer& buffer = buffers_[index];
    ColumnSpan& span = spans_[index];
    span = {.type = column.type};
    if (validity != nullptr) {
      buffer.valid.resize(size);
      for (std::size_t row = 0; row < size; ++row) buffer.valid[row] = has(validity, row);
      span.valid = buffer.valid;
    }
    if (column.cast == "BIGINT") {
      span.integers = {static_cast<const std::int64_t*>(rows.data(index)), size};
    } else if (column.cast == "DOUBLE") {
      span.reals = {static_cast<const double*>(rows.data(index)), size};
    } else if (column.cast == "TIMESTAMP") {
      load_times({static_cast<const std::int64_t*>(rows.data(index)), size}, buffer, span);
    } else if (column.cast == "BOOLEAN") {
      const auto* bytes = static_cast<const std::uint8_t*>(rows.data(index));
      buffer.integers.resize(size);
      for (std::size_t row = 0; row < size; ++row)
        buffer.integers[row] = has(validity, row) && bytes[row] != 0;
      span.integers = buffer.integers;
    } else {
      buffer.texts.assign(size, {});
      for (std::size_t row = 0; row < size; ++row)
        if (has(validity, row)) buffer.texts[row] = rows.text(index, row);
      span.texts = buffer.texts;
    }
  }

  /// The engine's infinite times are its largest integers; no such moment exists, so they are null.
  static void load_times(std::span<const std::int64_t> times, Buffer& buffer, ColumnSpan& span) {
    constexpr std::int64_t kInfinite = std::numeric_limits<std::int64_t>::max();
    span.integers = times;
    for (std::size_t row = 0; row < times.size(); ++row) {
      if (times[row] != kInfinite && times[row] != -kInfinite) continue;
      if (span.valid.empty()) {
        buffer.valid.assign(times.size(), 1);
        span.valid = buffer.valid;
      }
      buffer.valid[row] = 0;
    }
  }

  std::vector<ColumnSpan> spans_;
  std::vector<Buffer> buffers_;
};

using Visit = std::function<Result<void>(std::span<const ColumnSpan>)>;

/// The library, opened when the first file that has passed our own checks needs it. Thread-safe.
class LazyLibrary {
 public:
  Result<std::shared_ptr<const Library>> get() {
    const std::lock_guard lock(mutex_);
    if (!library_) library_ = TRY(Library::open());
    return library_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const Library> library_;
};

class FileTable final : public Table {
 public:
  FileTable(std::shared_ptr<LazyLibrary> library, EngineOptions options, OpenFile file)
      : library_(std::move(library)), options_(std::move(options)), file_(std::move(file)) {}

  Result<void> open(Format format, const std::optional<Filter>& filter) {
    if (format == Format::kCsv) {
      const CsvShape shape = TRY(scan_csv(file_, options_));
      TRY(start(csv_source(file_.engine_path(), shape)));
      for (std::size_t i = 0; i < engine_columns_.size(); ++i)
        engine_columns_[i].name = shape.names[i];
      known_rows_ = shape.rows;
    } else {
      TRY(format == Format::kParquet ? check_parquet(file_, options_)
                                     : check_json(file_, options_));
      TRY(start(foreign_source(format)));
    }
    for (const auto& column : engine_columns_) columns_.push_back({column.name, column.type});
    if (filter) TRY(apply(*filter));
    return {};
  }

  const std::vector<Column>& columns() const override { return columns_; }

  Result<void> scan(std::span<const std::string> columns, const Visit& visit,
                    const CancelToken* cancel) override {
    const auto chosen = TRY(indices(columns));
    std::vector<EngineColumn> kept;
    for (auto index : chosen) kept.push_back(engine_columns_[index]);
    const auto rows = TRY(
        session_->query("SELECT " + list(chosen, true) + " FROM " + source_ + where_, parameters_));
    Batch batch(kept.size());
    std::int64_t count = 0;
    for (;;) {
      if (cancel != nullptr) TRY(cancel->check());
      if (!TRY(rows->next())) break;
      count += static_cast<std::int64_t>(rows->size());
      TRY(visit(batch.load(*rows, kept)));
    }
    if (known_rows_ >= 0 && count != known_rows_)
      return fail(
          Code::kDataLoss,
          "the file changed while it was read, or was read wrongly: " + std::to_string(count) +
              " rows where " + std::to_string(known_rows_) + " were counted",
          "read it again; if it did not change, report this", file_.subject());
    return {};
  }

  Result<std::int64_t> rows() override {
    if (known_rows_ >= 0) return known_rows_;
    return number("SELECT count(*)::BIGINT FROM " + source_ + where_);
  }

  Result<std::int64_t> duplicate_rows(std::span<const std::string> columns) override {
    const auto chosen = TRY(indices(columns));
    return number("SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (SELECT count(*) AS n FROM " +
                  source_ + where_ + " GROUP BY " + list(chosen, false) + ")");
  }

  Result<void> write(const std::string& path, Format format) override;

 private:
  std::string foreign_source(Format format) const {
    const std::string path = quoted_text(file_.engine_path());
    if (format == Format::kParquet) return "read_parquet(" + path + ")";
    return "read_json(" + path + ", format='auto', sample_size=-1, compression='uncompressed', " +
           "maximum_object_size=" + std::to_string(options_.field_bytes_max) + ")";
  }

  /// Opens the session and learns the columns, which from here on are c0, c1 and so on in every
  /// query, so that no name of the file's ever stands in one.
  Result<void> start(std::string source) {
    const std::vector<std::string> allowed = {file_.engine_path()};
    session_ = TRY(TRY(library_->get())->session(options_, allowed, file_.subject()));
    engine_columns_ = TRY(session_->describe("SELECT * FROM " + source + " LIMIT 0"));
    if (static_cast<std::int64_t>(engine_columns_.size()) > options_.columns_max)
      return fail(Code::kInvalidArgument,
                  "too many columns: " + std::to_string(engine_columns_.size()),
                  "raise table.columns_max if it is meant to be so wide", file_.subject());
    source_ = std::move(source) + " AS t(";
    for (std::size_t i = 0; i < engine_columns_.size(); ++i)
      source_ += (i == 0 ? "" : ",") + engine_name(i);
    source_ += ")";
    return {};
  }

  Result<std::size_t> index_of(const std::string& name) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].name == name) return i;
      names.push_back(columns_[i].name);
    }
    const auto near = nearest(name, names);
    const std::string hint =
        near ? "did you mean " + *near + "?"
             : "the first columns are " +
                   join(std::span(names).first(std::min<std::size_t>(names.size(), 10)), ", ");
    return fail(Code::kInvalidArgument, "no such column: " + sanitize_utf8(name), hint,
                file_.subject());
  }

  Result<std::vector<std::size_t>> indices(std::span<const std::string> names) const {
    std::vector<std::size_t> out;
    for (const auto& name : names) out.push_back(TRY(index_of(name)));
    if (names.empty())
      for (std::size_t i = 0; i < columns_.size(); ++i) out.push_back(i);
    return out;
  }

  std::string list(std::span<const std::size_t> chosen, bool cast) const {
    std::string out;
    for (auto index : chosen) {
      const EngineColumn& column = engine_columns_[index];
      out += out.empty() ? "" : ", ";
      out += engine_name(index);
      if (cast && !column.direct) out += "::" + std::string(column.cast);
    }
    return out;
  }

  Result<void> apply(const Filter& filter) {
    const std::size_t index = TRY(index_of(filter.column));
    const std::string cast(engine_columns_[index].cast);
    const std::vector<std::string> value = {filter.value};
    const auto unreadable =
        TRY(number("SELECT (try_cast(?1 AS " + cast + ") IS NULL)::BIGINT", value));
    if (unreadable != 0)
      return fail(Code::kInvalidArgument,
                  "the value of a slice cannot be read as the column's type: " + filter.column +
                      " = " + sanitize_utf8(filter.value),
                  "give one of the column's values", file_.subject());
    where_ = " WHERE " + engine_name(index) + "::" + cast + " = ?1::" + cast;
    parameters_ = value;
    known_rows_ = -1;
    return {};
  }

  Result<std::int64_t> number(const std::string& sql) { return number(sql, parameters_); }
  Result<std::int64_t> number(const std::string& sql, std::span<const std::string> parameters) {
    const auto rows = TRY(session_->query(sql, parameters));
    if (!TRY(rows->next()) || rows->size() != 1)
      return fail(Code::kInternal, "the table engine gave no answer", "report this",
                  file_.subject());
    return *static_cast<const std::int64_t*>(rows->data(0));
  }

  std::shared_ptr<LazyLibrary> library_;
  EngineOptions options_;
  OpenFile file_;
  std::unique_ptr<Session> session_;
  std::vector<EngineColumn> engine_columns_;
  std::vector<Column> columns_;
  std::string source_, where_;
  std::vector<std::string> parameters_;
  std::int64_t known_rows_ = -1;
};

/// A new file beside `path` that takes its name on commit and is removed otherwise.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), temporary_(path_ + ".partial") {}
  ~NewFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (descriptor_ >= 0 && !committed_) ::unlink(temporary_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Result<std::string> create() {
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) return refuse("create");
    return "/proc/self/fd/" + std::to_string(descriptor_);
  }
  Result<void> commit() {
    if (sync_enabled("table/write_bytes") && ::fdatasync(descriptor_) != 0) return refuse("write");
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return refuse("rename");
    committed_ = true;
    return sync_directory(posix_files(), std::string(parent_path(path_)), "table/write_name");
  }

 private:
  Unexpected refuse(std::string_view act) const {
    const Code code = errno == EACCES || errno == EPERM     ? Code::kPermissionDenied
                      : errno == ENOSPC                     ? Code::kResourceExhausted
                      : errno == EEXIST                     ? Code::kAlreadyExists
                      : errno == ENOENT || errno == ENOTDIR ? Code::kNotFound
                                                            : Code::kUnavailable;
    return fail(code, "cannot " + std::string(act) + " the file: " + std::strerror(errno),
                "check the directory, its permissions and the free space", sanitize_utf8(path_));
  }
  std::string path_, temporary_;
  int descriptor_ = -1;
  bool committed_ = false;
};

Result<void> FileTable::write(const std::string& path, Format format) {
  if (format == Format::kJson)
    return fail(Code::kInvalidArgument, "tables are written as CSV or Parquet, not JSON",
                "choose csv or parquet", sanitize_utf8(path));
  NewFile target(path);
  const std::vector<std::string> allowed = {file_.engine_path(), TRY(target.create())};
  const auto session = TRY(TRY(library_->get())->session(options_, allowed, file_.subject()));
  std::string select, texts;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string name = quoted_name(columns_[i].name);
    select += (i == 0 ? "" : ", ") + engine_name(i) + " AS " + name;
    const ColumnType type = columns_[i].type;
    if (type == ColumnType::kText || type == ColumnType::kOther)
      texts += (texts.empty() ? "" : ", ") + name;
  }
  std::string options = "FORMAT parquet, COMPRESSION zstd";
  if (format == Format::kCsv) {
    options = "FORMAT csv, HEADER true, DELIMITER ','";
    if (!texts.empty()) options += ", FORCE_QUOTE (" + texts + ")";
  }
  // COPY takes no parameters, so the slice's value stands as a literal here.
  std::string where = where_;
  if (!where.empty()) where.replace(where.find("?1"), 2, quoted_text(parameters_[0]));
  const auto rows =
      TRY(session->query("COPY (SELECT " + select + " FROM " + source_ + where + ") TO " +
                         quoted_text(allowed[1]) + " (" + options + ", USE_TMP_FILE false)"));
  while (TRY(rows->next())) {
  }
  return target.commit();
}

class FileEngine final : public Engine {
 public:
  explicit FileEngine(EngineOptions options) : options_(std::move(options)) {}

  Result<std::unique_ptr<Table>> open(const std::string& path,
                                      std::optional<Filter> filter) override {
    OpenFile file = TRY(OpenFile::open(path));
    const Format format = TRY(detect_format(file, path));
    auto table = std::make_unique<FileTable>(library_, options_, std::move(file));
    TRY(table->open(format, filter));
    return table;
  }

 private:
  const std::shared_ptr<LazyLibrary> library_ = std::make_shared<LazyLibrary>();
  EngineOptions options_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options) {
  if (options.memory_mib < 64 || options.threads < 1 || options.threads > 1024 ||
      options.columns_max < 1 || options.field_bytes_max < 1 || options.record_bytes_max < 1 ||
      options.json_depth_max < 1)
    return fail(Code::kInvalidArgument, "a limit of tables is out of range",
                "table.memory_mib is at least 64, table.threads 1 to 1024, others at least 1",
                "table");
  return std::make_unique<FileEngine>(options);
}

}  // namespace solvent::table
