#include "table/table.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "table/duckdb_session.h"
#include "table/file_format.h"

namespace solvent::table {
namespace {

using namespace std::string_literals;

class TableTest : public testing::Test {
 protected:
  std::string put(const std::string& name, std::string_view bytes) {
    const std::string path = directory_.path() + "/" + name;
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
    return path;
  }
  Result<std::unique_ptr<Table>> open(const std::string& path, std::optional<Filter> filter = {}) {
    return engine_->open(path, std::move(filter));
  }
  std::unique_ptr<Table> table(const std::string& text) { return MUST(open(put("t.csv", text))); }
  /// The error of opening bytes under a name; it must name the file and the next step.
  Error refusal(const std::string& name, std::string_view bytes) {
    const std::string path = put(name, bytes);
    const auto opened = open(path);
    if (opened) return {Code::kOk, "accepted"};
    EXPECT_FALSE(opened.error().hint.empty()) << opened.error().message;
    EXPECT_NE(opened.error().subject.find(directory_.path()), std::string::npos);
    EXPECT_EQ(opened.error().message.find("/proc/"), std::string::npos) << opened.error().message;
    return opened.error();
  }

  TempDirectory directory_ = fresh_directory();
  std::unique_ptr<Engine> engine_ = fresh_engine();

 private:
  static TempDirectory fresh_directory() { return MUST(TempDirectory::create("table")); }
  static std::unique_ptr<Engine> fresh_engine() { return MUST(open_engine()); }
};

/// Every row as text, null as "∅".
std::vector<std::vector<std::string>> read(Table& table, std::vector<std::string> columns = {}) {
  std::vector<std::vector<std::string>> out;
  auto visit = [&](std::span<const ColumnSpan> batch) -> Result<void> {
    const std::size_t rows =
        std::max({batch[0].integers.size(), batch[0].reals.size(), batch[0].texts.size()});
    EXPECT_LE(rows, 2048u);
    for (std::size_t row = 0; row < rows; ++row) {
      auto& line = out.emplace_back();
      for (const auto& span : batch) {
        if (!span.valid.empty() && span.valid[row] == 0) {
          line.push_back("∅");
        } else if (span.type == ColumnType::kReal) {
          std::ostringstream text;
          text << span.reals[row];
          line.push_back(text.str());
        } else if (!span.texts.empty()) {
          line.emplace_back(span.texts[row]);
        } else {
          line.push_back(std::to_string(span.integers[row]));
        }
      }
    }
    return {};
  };
  MUST(table.scan(columns, visit));
  return out;
}

using Lines = std::vector<std::vector<std::string>>;

TEST_F(TableTest, scans_a_csv_in_order_with_types_and_nulls) {
  auto t = table(
      "i,r,t,d,s,b\n1,2.5,\"x,1\",2013-01-05,2013-01-05T05:00:00Z,true\n"
      "NA,,a longer text than twelve bytes,NA,,false\n"
      "-3,nan,\"\",1970-01-01,1970-01-01T00:00:01Z,NA\n");
  ASSERT_EQ(t->columns().size(), 6u);
  EXPECT_EQ(t->columns()[0].type, ColumnType::kInt);
  EXPECT_EQ(t->columns()[3].type, ColumnType::kDate);
  EXPECT_EQ(t->columns()[4].type, ColumnType::kTime);
  EXPECT_EQ(t->columns()[5].type, ColumnType::kBool);
  // 2013-01-05 is 15,710 days after the epoch: 43 years of 365, 11 leap days, 4 days of January.
  EXPECT_EQ(read(*t), (Lines{{"1", "2.5", "x,1", "1357344000000000", "1357362000000000", "1"},
                             {"∅", "∅", "a longer text than twelve bytes", "∅", "∅", "0"},
                             {"-3", "nan", "", "0", "1000000", "∅"}}));
  EXPECT_EQ(read(*t, {"t", "i"})[0], (std::vector<std::string>{"x,1", "1"}));
  EXPECT_EQ(MUST(t->rows()), 3);
}

TEST_F(TableTest, keeps_file_order_over_many_batches_and_threads) {
  std::string text = "n,pad\n";
  for (int i = 0; i < 300'000; ++i)
    text += std::to_string(i) + ",some padding that makes the file span several buffers\n";
  auto t = table(text);
  std::int64_t next = 0;
  auto in_order = [&](std::span<const ColumnSpan> batch) -> Result<void> {
    for (auto v : batch[0].integers) {
      if (v != next++) return fail(Code::kInternal, "out of order");
    }
    return {};
  };
  EXPECT_TRUE(t->scan(std::vector{"n"s}, in_order).has_value());
  EXPECT_EQ(next, 300'000);
}

TEST_F(TableTest, a_header_alone_is_a_table_of_no_rows) {
  auto t = table("a,b\n");
  EXPECT_EQ(MUST(t->rows()), 0);
  EXPECT_TRUE(read(*t).empty());
  EXPECT_EQ(MUST(t->duplicate_rows({})), 0);
}

TEST_F(TableTest, reads_bom_crlf_and_quoted_line_ends) {
  EXPECT_EQ(read(*table("\xef\xbb\xbf"
                        "a,b\r\n1,\"x\r\ny\"\r\n2,\"q\"\"q\"\r\n")),
            (Lines{{"1", "x\r\ny"}, {"2", "q\"q"}}));
  EXPECT_EQ(read(*table("a,b\r1,x\r2,y\r")), (Lines{{"1", "x"}, {"2", "y"}}));
  EXPECT_EQ(read(*table("a\tb\n1\tx\n")), (Lines{{"1", "x"}}));
  EXPECT_EQ(read(*table("a;b\n1,5;x\n")), (Lines{{"1,5", "x"}}));
  EXPECT_EQ(read(*table("5.1,x\n4.9,y\n")), (Lines{{"5.1", "x"}, {"4.9", "y"}}));
}

/// The scanner and the engine read the same dialect: random small files, same rows in both, or
/// refused by the scanner alone. scan() itself compares the two counts of rows.
TEST_F(TableTest, scanner_and_engine_agree_on_random_files) {
  SeededRandom random(11);
  static constexpr std::string_view kPieces[] = {
      "1",  "2.5", "x",    ",",    ",",  "\n",   "\n",         "\"", "\"", " ",
      "NA", "é",   "\"\"", "true", "\r", "\r\n", "2013-01-05", "-",  ";",  "text over twelve"};
  int accepted = 0;
  for (int trial = 0; trial < 250; ++trial) {
    std::string text = trial % 2 == 0 ? "a,b\n" : "a\n";
    for (auto n = random.below(14); n > 0; --n) text += kPieces[random.below(std::size(kPieces))];
    auto opened = open(put("r.csv", text));
    if (!opened) {
      EXPECT_EQ(opened.error().code, Code::kInvalidArgument) << text;
      EXPECT_EQ(opened.error().message.find("cannot read the table"), std::string::npos)
          << "the engine refused what the scanner took:\n"
          << text << opened.error().message;
      continue;
    }
    ++accepted;
    const auto scanned = (*opened)->scan({}, [](auto) -> Result<void> { return {}; });
    EXPECT_TRUE(scanned.has_value()) << text << "\n" << (scanned ? "" : scanned.error().message);
  }
  EXPECT_GT(accepted, 25);
}

TEST_F(TableTest, slices_by_a_value_of_the_column_s_type) {
  const std::string path = put("t.csv", "month,name,x\n1,a,1.0\n2,b,2.5\n1,c'; DROP,2.5\n");
  EXPECT_EQ(read(*MUST(open(path, Filter{"month", "1"}))).size(), 2u);
  EXPECT_EQ(read(*MUST(open(path, Filter{"month", " 1"}))).size(), 2u);
  EXPECT_EQ(MUST(MUST(open(path, Filter{"x", "2.50"}))->rows()), 2);
  EXPECT_EQ(MUST(MUST(open(path, Filter{"name", "c'; DROP"}))->rows()), 1);
  EXPECT_EQ(MUST(MUST(open(path, Filter{"name", "' OR 1=1 --"}))->rows()), 0);
  const auto bad = open(path, Filter{"month", "1 OR 1=1"});
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, Code::kInvalidArgument);
  const auto unknown = open(path, Filter{"mont", "1"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().hint, "did you mean month?");
}

TEST_F(TableTest, names_that_look_like_sql_are_only_names) {
  auto t = table("\"a\"\" FROM x; --\",\"c1\"\n1,2\n");
  EXPECT_EQ(t->columns()[0].name, "a\" FROM x; --");
  EXPECT_EQ(read(*t, {"c1", "a\" FROM x; --"}), (Lines{{"2", "1"}}));
  EXPECT_EQ(MUST(t->duplicate_rows(std::vector{"a\" FROM x; --"s})), 0);
  const std::string copy = directory_.path() + "/copy.csv";
  MUST(t->write(copy, Format::kCsv));
  EXPECT_EQ(MUST(open(copy))->columns()[0].name, "a\" FROM x; --");
}

TEST_F(TableTest, counts_rows_that_repeat_an_earlier_one) {
  // 1,x stands three times and NA,y twice: three rows repeat; by b alone five of seven do.
  auto t = table("a,b\n1,x\n1,x\nNA,y\n2,x\n1,x\nNA,y\n3,x\n");
  EXPECT_EQ(MUST(t->duplicate_rows({})), 3);
  EXPECT_EQ(MUST(t->duplicate_rows(std::vector{"b"s})), 5);
  EXPECT_FALSE(t->duplicate_rows(std::vector{"c"s}).has_value());
}

TEST_F(TableTest, writes_what_reads_back_the_same) {
  const std::string path =
      put("t.csv",
          "i,t,d,r\n1,\"NA\",2013-01-05,0.1\nNA,\"\",NA,1e300\n3,\"q\"\"\nx\",1970-01-01,NA\n");
  auto t = MUST(open(path));
  const Lines rows = read(*t);
  EXPECT_EQ(rows[0][1], "NA");
  const std::map<std::string, Format> outputs = {{"/o.csv", Format::kCsv},
                                                 {"/o.parquet", Format::kParquet}};
  for (const auto& [name, format] : outputs) {
    const std::string out = directory_.path() + name;
    MUST(t->write(out, format));
    auto back = MUST(open(out));
    EXPECT_EQ(read(*back), rows) << name;
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(back->columns()[i].name, t->columns()[i].name);
      EXPECT_EQ(back->columns()[i].type, t->columns()[i].type) << name << i;
    }
    EXPECT_FALSE(posix_files().stat(out + ".partial").has_value());
  }
  auto slice = MUST(open(path, Filter{"t", "NA"}));
  MUST(slice->write(directory_.path() + "/s.parquet", Format::kParquet));
  EXPECT_EQ(MUST(MUST(open(directory_.path() + "/s.parquet"))->rows()), 1);
  EXPECT_EQ(t->write("/nowhere/at/all.csv", Format::kCsv).error().code, Code::kNotFound);
  EXPECT_EQ(t->write(directory_.path() + "/o.json", Format::kJson).error().code,
            Code::kInvalidArgument);
}

TEST_F(TableTest, reads_json_lines_and_lists) {
  auto lines = MUST(open(put("t.jsonl", "{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":\"y\"}\n")));
  EXPECT_EQ(read(*lines), (Lines{{"1", "x"}, {"∅", "y"}}));
  auto list = MUST(open(put("t.json", "[{\"a\":1.5,\"n\":{\"k\":[1]}},{\"a\":2,\"n\":null}]")));
  EXPECT_EQ(list->columns()[1].type, ColumnType::kOther);
  EXPECT_EQ(read(*list)[0][0], "1.5");
  EXPECT_EQ(refusal("bad.json", "{\"a\": 1").code, Code::kInvalidArgument);
  EXPECT_EQ(refusal("no.json", "a,b\n").code, Code::kInvalidArgument);
}

TEST_F(TableTest, stops_when_told_to) {
  auto t = table("a\n1\n2\n");
  CancelToken cancel;
  cancel.cancel();
  EXPECT_EQ(
      t->scan({}, [](auto) -> Result<void> { return {}; }, &cancel).error().code, Code::kCancelled);
  const auto stopped = t->scan({}, [](auto) -> Result<void> { return fail(Code::kAborted, "no"); });
  EXPECT_EQ(stopped.error().code, Code::kAborted);
  EXPECT_EQ(read(*t).size(), 2u);
}

TEST_F(TableTest, refuses_foreign_content_by_its_name) {
  EXPECT_NE(refusal("a.csv",
                    "\xff\xfe"
                    "a\0,\0"s)
                .message.find("UTF-16"),
            std::string::npos);
  EXPECT_NE(refusal("b.csv", "a\0,\0b\0\n\0"s).message.find("UTF-16"), std::string::npos);
  EXPECT_NE(refusal("a.csv",
                    "\xff\xfe"
                    "a\0"s)
                .hint.find("iconv"),
            std::string::npos);
  EXPECT_NE(refusal("c.csv",
                    "\x7f"
                    "ELF\2\1\1\0\0"s)
                .message.find("a program"),
            std::string::npos);
  EXPECT_NE(refusal("d.csv", "\x1f\x8b\x08\0"s).message.find("gzip"), std::string::npos);
  EXPECT_NE(refusal("e.csv", "a,b\n1,\0\0\0\n"s).message.find("binary"), std::string::npos);
  EXPECT_NE(refusal("f.xlsx", "PK\x03\x04"s).message.find("Excel"), std::string::npos);
  EXPECT_NE(refusal("g.csv", ""s).message.find("empty"), std::string::npos);
  EXPECT_NE(refusal("h.parquet", "a,b\n1,2\n"s).message.find("not Parquet"), std::string::npos);
}

TEST_F(TableTest, refuses_malformed_csv_with_its_line) {
  EXPECT_NE(refusal("r.csv", "a,b\n1,2\n3\n").message.find("line 3"), std::string::npos);
  EXPECT_NE(refusal("l.csv", "a\ncaf\xe9\n").hint.find("iconv"), std::string::npos);
  EXPECT_NE(refusal("d.csv", "x,x\n1,2\n").message.find("one name: x"), std::string::npos);
}

TEST_F(TableTest, refuses_truncated_and_damaged_parquet) {
  auto t = table("a,b\n1,x\n2,y\n");
  const std::string path = directory_.path() + "/t.parquet";
  MUST(t->write(path, Format::kParquet));
  const std::string whole = MUST(read_file(posix_files(), path));
  for (std::size_t size : {4u, 8u, 11u, 40u, static_cast<unsigned>(whole.size() - 1)}) {
    const Error error = refusal("cut.parquet", std::string_view(whole).substr(0, size));
    EXPECT_EQ(error.code, Code::kInvalidArgument) << size << error.message;
  }
  for (std::size_t at = whole.size() - 8; at < whole.size() - 4; ++at) {
    std::string damaged = whole;
    damaged[at] = '\xff';
    EXPECT_EQ(refusal("bad.parquet", damaged).code, Code::kInvalidArgument);
  }
}

TEST_F(TableTest, refuses_a_hundred_thousand_columns_before_the_engine_sees_them) {
  std::string header = "c0";
  for (int i = 1; i < 100'000; ++i) header += ",c" + std::to_string(i);
  EXPECT_EQ(refusal("wide.csv", header + "\n").message,
            "too many columns, the header has over 10000");
}

/// A gibibyte in one field, sparse on disk: refused at the limit, not read to the end.
TEST_F(TableTest, refuses_a_field_of_a_gibibyte) {
  const std::string path = put("huge.csv", "a,b\n1,\"" + std::string(20 << 20, 'x'));
  ASSERT_EQ(::truncate(path.c_str(), 1L << 30), 0);
  const auto opened = open(path);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find("a field is over 16777216 bytes"), std::string::npos);
}

TEST_F(TableTest, reads_a_field_just_under_the_limit) {
  auto t = table("a,b\n1," + std::string((16 << 20) - 1, 'x') + "\n2,y\n");
  std::size_t longest = 0;
  MUST(t->scan(std::vector{"b"s}, [&](std::span<const ColumnSpan> batch) -> Result<void> {
    for (auto text : batch[0].texts) longest = std::max(longest, text.size());
    return {};
  }));
  EXPECT_EQ(longest, (16u << 20) - 1);
}

TEST_F(TableTest, reads_names_of_any_bytes_and_globs) {
  for (const char* name : {"a[1].csv", "b*.csv", "c?.csv", "d'.csv", "\xff\xfe\x80.csv", "e f.csv"})
    EXPECT_EQ(read(*MUST(open(put(name, "a\n7\n")))), (Lines{{"7"}})) << name;
  const auto missing = open(directory_.path() + "/\xff.csv");
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().subject.find("\xef\xbf\xbd"), std::string::npos);  // U+FFFD
}

TEST_F(TableTest, refuses_what_is_missing_or_no_file) {
  EXPECT_EQ(open(directory_.path() + "/none.csv").error().code, Code::kNotFound);
  EXPECT_EQ(open(directory_.path()).error().code, Code::kInvalidArgument);
  EXPECT_EQ(open(directory_.path() + "/t.csv/x.csv").error().code, Code::kNotFound);
  const std::string pipe = directory_.path() + "/pipe.csv";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(open(pipe).error().code, Code::kInvalidArgument);
  EXPECT_EQ(open("/dev/null").error().code, Code::kInvalidArgument);
}

/// Root may read anything, so the question is put by a child that is nobody.
TEST_F(TableTest, says_that_permission_is_denied) {
  const std::string path = put("secret.csv", "a\n1\n");
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const auto opened = OpenFile::open(path);
    ::_exit(!opened && opened.error().code == Code::kPermissionDenied ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// A session can reach the file it was given, and nothing else by any door.
TEST_F(TableTest, sessions_reach_nothing_but_their_own_file) {
  const auto mine = MUST(OpenFile::open(put("mine.csv", "a\n1\n")));
  const std::string other = put("other.csv", "a\n2\n");
  const auto library = MUST(Library::open());
  const std::vector<std::string> allowed = {mine.engine_path()};
  const auto session = MUST(library->session({}, allowed, "mine.csv"));
  const auto run = [&](const std::string& sql) -> Result<void> {
    auto rows = TRY(session->query(sql));
    while (TRY(rows->next())) {
    }
    return {};
  };
  EXPECT_TRUE(run("SELECT * FROM read_csv(" + quoted_text(mine.engine_path()) + ")").has_value());
  const std::string out = directory_.path() + "/out";
  for (const std::string& sql : {
           "SELECT * FROM read_csv(" + quoted_text(other) + ")",
           "SELECT * FROM read_csv(" + quoted_text(mine.engine_path() + "/../../.." + other) + ")",
           "SELECT * FROM " + quoted_text(other),
           "SELECT * FROM read_text('/etc/passwd')"s,
           "SELECT * FROM read_blob('/proc/self/environ')"s,
           "SELECT * FROM glob('/etc/*')"s,
           "COPY (SELECT 1) TO " + quoted_text(out),
           "ATTACH " + quoted_text(out + ".db"),
           "EXPORT DATABASE " + quoted_text(out),
           "INSTALL httpfs"s,
           "LOAD httpfs"s,
           "SET enable_external_access = true"s,
           "SET allowed_paths = ['/etc/passwd']"s,
           "SET memory_limit = '1TB'"s,
           "RESET lock_configuration"s,
       })
    EXPECT_FALSE(run(sql).has_value()) << sql;
  EXPECT_FALSE(posix_files().stat(out).has_value());
  EXPECT_FALSE(posix_files().stat(out + ".db").has_value());
}

TEST_F(TableTest, counts_duplicates_within_its_memory_or_says_that_it_cannot) {
  std::string text = "a,b\n";
  for (int i = 0; i < 500'000; ++i)
    text += std::to_string(i) + ",a text of some length that is different in each row " +
            std::to_string(i * 7919L) + "\n";
  const std::string path = put("big.csv", text);
  const auto small = MUST(open_engine({.memory_mib = 64}));
  const auto refused = MUST(small->open(path))->duplicate_rows({});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_NE(refused.error().hint.find("table.memory_mib"), std::string::npos);
  const auto spilling =
      MUST(open_engine({.memory_mib = 64, .temp_directory = directory_.path() + "/spill"}));
  EXPECT_EQ(MUST(MUST(spilling->open(path))->duplicate_rows({})), 0);
}

/// What the engine says of a sound file and of a ragged one while SOLVENT_DUCKDB is `library`.
std::pair<Error, Error> errors_with(const char* library) {
  const auto folder = MUST(TempDirectory::create("library"));
  const std::string sound = folder.path() + "/sound.csv", ragged = folder.path() + "/ragged.csv";
  MUST(write_file_durably(posix_files(), sound, as_bytes("a,b\n1,2\n")));
  MUST(write_file_durably(posix_files(), ragged, as_bytes("a,b\n1,2\n1,2,3\n")));
  const char* given = std::getenv("SOLVENT_DUCKDB");
  const std::string before = given == nullptr ? "" : given;
  EXPECT_EQ(::setenv("SOLVENT_DUCKDB", library, 1), 0);
  const auto engine = MUST(open_engine());
  std::pair<Error, Error> errors;
  if (const auto opened = engine->open(sound); !opened) errors.first = opened.error();
  if (const auto opened = engine->open(ragged); !opened) errors.second = opened.error();
  EXPECT_EQ(
      before.empty() ? ::unsetenv("SOLVENT_DUCKDB") : ::setenv("SOLVENT_DUCKDB", before.c_str(), 1),
      0);
  return errors;
}

TEST(OpenEngine, says_where_it_looked_when_the_library_is_missing) {
  const auto [missing, ragged] = errors_with("/nowhere/libduckdb.so");
  EXPECT_EQ(missing.code, Code::kUnavailable);
  EXPECT_NE(missing.message.find("/nowhere/libduckdb.so"), std::string::npos);
  EXPECT_FALSE(missing.hint.empty());
  // Our own checks come first, and need no library.
  EXPECT_EQ(ragged.code, Code::kInvalidArgument);
  EXPECT_NE(ragged.message.find("ragged CSV, line 3"), std::string::npos) << ragged.message;
  const Error wrong = errors_with("/lib/x86_64-linux-gnu/libm.so.6").first;
  EXPECT_NE(wrong.message.find("duckdb_"), std::string::npos) << wrong.message;
  EXPECT_FALSE(open_engine({.threads = 0}).has_value());
}

}  // namespace
}  // namespace solvent::table
