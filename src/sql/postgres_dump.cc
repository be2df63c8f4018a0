#include "sql/postgres_dump.h"

#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "sql/publish.h"

namespace solvent::sql {
namespace {

constexpr std::string_view kMagic("solvent-sql-dump\0\x01", 18);
constexpr std::size_t kHeader = 9;  // tag and size
constexpr std::size_t kDigest = 32;
constexpr std::uint64_t kRecordMax = std::uint64_t{2} << 30;
constexpr std::size_t kBuffer = std::size_t{1} << 20;
constexpr std::size_t kBatchRows = 2'000;

struct Column {
  std::string name;
  std::string type;  ///< one of kTypes
  bool not_null = false;
  std::string default_value;  ///< an expression; empty for none
};

struct Table {
  std::string name;
  std::vector<Column> columns;
};

constexpr std::string_view kTypes[] = {"bigint", "double precision", "text", "bytea"};

void put_number(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
}
void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}
void put_value(std::string& out, const Value& value) {
  out += static_cast<char>(value.index());
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    put_number(out, static_cast<std::uint64_t>(*integer));
  } else if (const auto* real = std::get_if<double>(&value)) {
    put_number(out, std::bit_cast<std::uint64_t>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put_text(out, *text);
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    put_text(out, as_text(*bytes));
  }
}

/// Appends records to a file through a buffer, digesting as it goes.
class Writer {
 public:
  explicit Writer(File& file) : file_(file) {}

  Result<void> write(std::string_view bytes) {
    hasher_.update(bytes);
    buffer_ += bytes;
    return buffer_.size() >= kBuffer ? flush() : Result<void>();
  }
  Result<void> record(char tag, std::string_view payload) {
    std::string header(1, tag);
    put_number(header, payload.size());
    TRY(write(header));
    return write(payload);
  }
  Result<void> finish() {
    const Digest digest = hasher_.finish();
    buffer_ += as_text(digest.view());
    return flush();
  }

 private:
  Result<void> flush() {
    TRY(file_.write_at(offset_, as_bytes(buffer_)));
    offset_ += buffer_.size();
    buffer_.clear();
    return {};
  }

  File& file_;
  Hasher hasher_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
};

Unexpected damaged(std::string_view what, const std::string& path) {
  return fail(Code::kDataLoss, "the snapshot is damaged: " + std::string(what),
              "take another snapshot, or an older backup", path);
}

/// Takes a payload apart; every read is bounded by what is there.
class Parser {
 public:
  Parser(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  bool done() const { return at_ == bytes_.size(); }
  Result<std::uint64_t> number() {
    if (bytes_.size() - at_ < 8) return damaged("record cut short", path_);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(bytes_[at_ + i])} << (8 * i);
    }
    at_ += 8;
    return value;
  }
  Result<std::string> text() {
    const std::uint64_t size = TRY(number());
    if (bytes_.size() - at_ < size) return damaged("record cut short", path_);
    std::string text(bytes_.substr(at_, size));
    at_ += size;
    return text;
  }
  Result<char> byte() {
    if (done()) return damaged("record cut short", path_);
    return bytes_[at_++];
  }
  Result<Value> value() {
    switch (TRY(byte())) {
      case 0: return Value();
      case 1: return Value(static_cast<std::int64_t>(TRY(number())));
      case 2: return Value(std::bit_cast<double>(TRY(number())));
      case 3: return Value(TRY(text()));
      case 4: {
        const std::string bytes = TRY(text());
        return Value(Bytes(bytes.begin(), bytes.end()));
      }
      default: return damaged("unknown kind of value", path_);
    }
  }

 private:
  std::string_view bytes_;
  const std::string& path_;
  std::size_t at_ = 0;
};

Result<Table> parse_table(std::string_view payload, const std::string& path) {
  Parser parser(payload, path);
  Table table;
  table.name = TRY(parser.text());
  for (std::uint64_t left = TRY(parser.number()); left > 0; --left) {
    Column column;
    column.name = TRY(parser.text());
    column.type = TRY(parser.text());
    bool known = false;
    for (const std::string_view type : kTypes) known = known || type == column.type;
    if (!known) return damaged("unknown column type", path);
    column.not_null = TRY(parser.byte()) != 0;
    column.default_value = TRY(parser.text());
    table.columns.push_back(std::move(column));
  }
  if (table.columns.empty() || !parser.done()) return damaged("table record", path);
  return table;
}

/// Rows of `columns` values each.
Result<std::vector<std::vector<Value>>> parse_rows(std::string_view payload, std::size_t columns,
                                                   const std::string& path) {
  Parser parser(payload, path);
  std::vector<std::vector<Value>> rows;
  while (!parser.done()) {
    std::vector<Value>& row = rows.emplace_back();
    for (std::size_t i = 0; i < columns; ++i) row.push_back(TRY(parser.value()));
  }
  return rows;
}

/// Visits every record, checks the order of tags, the count of rows and the digest.
Result<void> visit_records(
    FileSystem& files, const std::string& path,
    const std::function<Result<void>(char tag, const Table*, std::string_view payload)>& visit) {
  const auto file = TRY(files.open(path, OpenMode::kRead));
  const std::uint64_t size = TRY(file->size());
  if (size < kMagic.size() + kDigest) return damaged("it is too short", path);
  Hasher hasher;
  std::uint64_t at = 0;
  const auto take = [&](std::uint64_t count) -> Result<std::string> {
    if (count > size - kDigest - at) return damaged("record cut short", path);
    std::string bytes(count, '\0');
    const std::size_t got =
        TRY(file->read_at(at, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
    if (got != count) return damaged("it ends early", path);
    hasher.update(bytes);
    at += count;
    return bytes;
  };
  const std::string magic = TRY(take(kMagic.size()));
  if (magic != kMagic) {
    if (magic.substr(0, magic.size() - 1) == kMagic.substr(0, kMagic.size() - 1)) {
      return fail(Code::kFailedPrecondition, "the snapshot is of a newer format", "upgrade solvent",
                  path);
    }
    return fail(Code::kInvalidArgument, "this is not a PostgreSQL snapshot of solvent",
                "load it with the engine that made it", path);
  }
  std::optional<Table> table;
  std::uint64_t rows_seen = 0;
  for (bool ended = false; !ended;) {
    const std::string header = TRY(take(kHeader));
    const std::uint64_t length = TRY(Parser(std::string_view(header).substr(1), path).number());
    if (length > kRecordMax) return damaged("record too large", path);
    const std::string payload = TRY(take(length));
    const char tag = header[0];
    if (tag == 'T') table = TRY(parse_table(payload, path));
    if (tag == 'R') {
      if (!table) return damaged("rows before their table", path);
      rows_seen += TRY(parse_rows(payload, table->columns.size(), path)).size();
    }
    if (tag == 'E') {
      ended = true;
      const std::uint64_t rows = TRY(Parser(payload, path).number());
      if (rows != rows_seen) return damaged("rows are missing", path);
    } else if (tag != 'T' && tag != 'R' && tag != 'S') {
      return damaged("unknown record", path);
    }
    TRY(visit(tag, table ? &*table : nullptr, payload));
  }
  if (at != size - kDigest) return damaged("bytes after its end", path);
  Digest stored;
  if (TRY(file->read_at(at, stored.bytes)) != kDigest || stored != hasher.finish()) {
    return damaged("its digest does not match", path);
  }
  return {};
}

// Catalogue queries: $1 is the schema. Names come back without the schema, which search_path
// supplies. sql_commit stays out: it is about this server's connections.
constexpr const char* kForeignKinds =
    "SELECT c.relname::text, c.relkind::text FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = $1 AND c.relkind NOT IN ('r', 'i', 't', 'c') LIMIT 1";
constexpr const char* kTables =
    "SELECT c.relname::text FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> 'sql_commit' ORDER BY c.relname";
constexpr const char* kColumns =
    "SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, "
    "coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') "
    "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped "
    "ORDER BY a.attnum";
constexpr const char* kConstraints =
    "SELECT c.relname::text, k.conname::text, pg_catalog.pg_get_constraintdef(k.oid, true) "
    "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = $1 AND c.relname <> 'sql_commit' "
    // Keys before what refers to them.
    "ORDER BY k.contype = 'f', c.relname, k.conname";
constexpr const char* kIndexes =
    "SELECT pg_catalog.pg_get_indexdef(i.indexrelid, 0, true) FROM pg_catalog.pg_index i "
    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT EXISTS "
    "(SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND "
    "k.contype IN ('p', 'u', 'x')) ORDER BY c.relname";

Result<Table> read_table(PgConnection& connection, const std::string& schema,
                         const std::string& name) {
  Table table{name, {}};
  const std::vector<Value> params = {schema, name};
  for (const Row& row : TRY(connection.control(kColumns, params))) {
    Column column{row.text(0), row.text(1), row.integer(2) != 0, row.text(3)};
    bool known = false;
    for (const std::string_view type : kTypes) known = known || type == column.type;
    if (!known) {
      return fail(
          Code::kFailedPrecondition,
          "a column's type is outside the subset: " + name + "." + column.name + " " + column.type,
          "only tables made by solvent belong into its schema", name);
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

std::string encode_table(const Table& table) {
  std::string payload;
  put_text(payload, table.name);
  put_number(payload, table.columns.size());
  for (const Column& column : table.columns) {
    put_text(payload, column.name);
    put_text(payload, column.type);
    payload += static_cast<char>(column.not_null ? 1 : 0);
    put_text(payload, column.default_value);
  }
  return payload;
}

std::string column_list(const Table& table) {
  std::string list;
  for (const Column& column : table.columns) {
    list += (list.empty() ? "" : ", ") + quote_identifier(column.name);
  }
  return list;
}

Result<std::uint64_t> dump_rows(PgConnection& connection, const Table& table, Writer& writer) {
  std::uint64_t rows = 0;
  std::string batch;
  bool stopped = false;
  const std::string select =
      "SELECT " + column_list(table) + " FROM " + quote_identifier(table.name);
  TRY(connection.each(select, {}, false, &stopped, [&](const Row& row) -> Result<void> {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row.is_null(i)) {
        put_value(batch, Value());
      } else if (table.columns[i].type == "bigint") {
        put_value(batch, row.integer(i));
      } else if (table.columns[i].type == "double precision") {
        put_value(batch, row.real(i));
      } else if (table.columns[i].type == "text") {
        put_value(batch, row.text(i));
      } else {
        put_value(batch, row.blob(i));
      }
    }
    if (++rows % kBatchRows != 0 && batch.size() < kBuffer) return {};
    TRY(writer.record('R', batch));
    batch.clear();
    return {};
  }));
  if (!batch.empty()) TRY(writer.record('R', batch));
  return rows;
}

Result<void> dump_to(PgConnection& connection, const std::string& schema, File& file) {
  Writer writer(file);
  TRY(writer.write(kMagic));
  const std::vector<Value> of_schema = {schema};
  const Rows foreign = TRY(connection.control(kForeignKinds, of_schema));
  if (!foreign.empty()) {
    return fail(Code::kFailedPrecondition,
                "the schema holds something that is not a table: " + foreign[0].text(0),
                "only tables made by solvent belong into its schema", foreign[0].text(0));
  }
  std::uint64_t rows = 0;
  for (const Row& row : TRY(connection.control(kTables, of_schema))) {
    const Table table = TRY(read_table(connection, schema, row.text(0)));
    TRY(writer.record('T', encode_table(table)));
    rows += TRY(dump_rows(connection, table, writer));
  }
  for (const Row& row : TRY(connection.control(kConstraints, of_schema))) {
    TRY(writer.record('S', "ALTER TABLE " + quote_identifier(row.text(0)) + " ADD CONSTRAINT " +
                               quote_identifier(row.text(1)) + " " + row.text(2)));
  }
  for (const Row& row : TRY(connection.control(kIndexes, of_schema))) {
    TRY(writer.record('S', row.text(0)));
  }
  std::string end;
  put_number(end, rows);
  TRY(writer.record('E', end));
  return writer.finish();
}

Result<void> create_table(PgConnection& connection, const Table& table) {
  std::string sql = "CREATE TABLE " + quote_identifier(table.name) + " (";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    sql += (i == 0 ? "" : ", ") + quote_identifier(column.name) + " " + column.type;
    if (column.type == "text") sql += " COLLATE \"C\"";
    if (!column.default_value.empty()) sql += " DEFAULT " + column.default_value;
    if (column.not_null) sql += " NOT NULL";
  }
  TRY(connection.control(sql + ")"));
  return {};
}

std::string insert_into(const Table& table) {
  std::string places;
  for (std::size_t i = 1; i <= table.columns.size(); ++i) {
    places += (i == 1 ? "$" : ", $") + std::to_string(i);
  }
  return "INSERT INTO " + quote_identifier(table.name) + " (" + column_list(table) + ") VALUES (" +
         places + ")";
}

}  // namespace

Result<void> dump_schema(PgConnection& connection, const std::string& schema, FileSystem& files,
                         const std::string& path) {
  const std::string partial = path + ".partial";
  TRY(connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  {
    const auto file = TRY(files.open(partial, OpenMode::kTruncate));
    auto written = dump_to(connection, schema, *file);
    if (written) written = sync_file(*file, "sql/snapshot");
    if (!written) {
      connection.roll_back();
      (void)files.remove(partial);
      return written;
    }
  }
  connection.roll_back();
  return publish(files, partial, path);
}

Result<void> check_dump(FileSystem& files, const std::string& path) {
  return visit_records(files, path,
                       [](char, const Table*, std::string_view) -> Result<void> { return {}; });
}

Result<void> load_schema(PgConnection& connection, const std::string& schema, FileSystem& files,
                         const std::string& path) {
  const std::vector<Value> of_schema = {schema};
  const Rows tables = TRY(connection.control(kTables, of_schema));
  if (!tables.empty()) {
    return fail(Code::kFailedPrecondition, "the database is not empty: it has " + tables[0].text(0),
                "load the snapshot into a new workspace", schema);
  }
  return visit_records(
      files, path, [&](char tag, const Table* table, std::string_view payload) -> Result<void> {
        if (tag == 'T') return create_table(connection, *table);
        if (tag == 'R') {
          return connection.run_many(insert_into(*table),
                                     TRY(parse_rows(payload, table->columns.size(), path)));
        }
        if (tag != 'S') return {};
        if (!payload.starts_with("ALTER TABLE ") && !payload.starts_with("CREATE INDEX ") &&
            !payload.starts_with("CREATE UNIQUE INDEX ")) {
          return damaged("unexpected statement", path);
        }
        TRY(connection.control(std::string(payload)));  // the protocol takes one statement only
        return {};
      });
}

Result<void> clear_schema(PgConnection& connection, const std::string& schema) {
  const std::vector<Value> of_schema = {schema};
  for (const Row& row : TRY(connection.control(kTables, of_schema)))
    TRY(connection.control("DROP TABLE IF EXISTS " + quote_identifier(row.text(0)) + " CASCADE"));
  return {};
}

Result<void> verify_schema(PgConnection& connection, const std::string& schema) {
  const std::vector<Value> of_schema = {schema};
  TRY(connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  const Rows bad = TRY(
      connection.control("SELECT c.relname::text FROM pg_catalog.pg_index i "
                         "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
                         "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                         "WHERE n.nspname = $1 AND NOT (i.indisvalid AND i.indisready) UNION ALL "
                         "SELECT k.conname::text FROM pg_catalog.pg_constraint k "
                         "JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace "
                         "WHERE n.nspname = $1 AND NOT k.convalidated",
                         of_schema));
  if (!bad.empty()) {
    return fail(Code::kDataLoss, "an index or a constraint is not valid: " + bad[0].text(0),
                "restore the last backup: solvent restore", bad[0].text(0));
  }
  const Rows tables = TRY(connection.control(kTables, of_schema));
  for (const Row& row : tables) {
    // Reads every page, and so every page's checksum where the cluster has them.
    const Table table = TRY(read_table(connection, schema, row.text(0)));
    std::string lengths = "0";
    for (const Column& column : table.columns) {
      if (column.type == "text" || column.type == "bytea") {
        lengths += " + coalesce(length(" + quote_identifier(column.name) + "), 0)";
      }
    }
    TRY(connection.control("SELECT count(*), sum(" + lengths + ") FROM " +
                           quote_identifier(table.name)));
  }
  const Rows amcheck = TRY(connection.control(
      "SELECT n.nspname::text FROM pg_catalog.pg_extension e "
      "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'"));
  if (!amcheck.empty()) {
    TRY(connection.control("SELECT " + quote_identifier(amcheck[0].text(0)) +
                               ".bt_index_check(i.indexrelid, true) FROM pg_catalog.pg_index i "
                               "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
                               "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                               "JOIN pg_catalog.pg_am a ON a.oid = c.relam "
                               "WHERE n.nspname = $1 AND a.amname = 'btree'",
                           of_schema));
  }
  connection.roll_back();
  return {};
}

}  // namespace solvent::sql
