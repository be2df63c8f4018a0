#include "table/csv_scanner.h"

#include <string>

#include <gtest/gtest.h>

namespace solvent::table {
namespace {

Result<CsvShape> scan(std::string_view text, std::size_t piece = 1 << 20, CsvLimits limits = {}) {
  CsvScanner scanner(limits, "x.csv");
  for (std::size_t at = 0; at < text.size(); at += piece) TRY(scanner.feed(text.substr(at, piece)));
  return scanner.finish();
}

/// The message, which must name file and hint.
std::string refusal(std::string_view text, CsvLimits limits = {}) {
  const auto shape = scan(text, 1 << 20, limits);
  if (shape) return "accepted";
  EXPECT_EQ(shape.error().code, Code::kInvalidArgument);
  EXPECT_EQ(shape.error().subject, "x.csv");
  EXPECT_FALSE(shape.error().hint.empty());
  return shape.error().message;
}

using Names = std::vector<std::string>;
using Types = std::vector<ColumnType>;

TEST(CsvScanner, learns_names_types_and_rows) {
  const auto shape = MUST(scan(
      "i,r,t,d,s,z,b\n1,2.5,x,2013-01-31,2013-01-31 05:00,2013-01-31T05:00:00Z,true\n"
      "-7,1e3,y,2013-02-01,2013-02-01,2013-02-01 05:00+01:00,FALSE\nNA,,N/A,null,NaN,NA,NA\n"));
  EXPECT_EQ(shape.names, (Names{"i", "r", "t", "d", "s", "z", "b"}));
  EXPECT_EQ(shape.types,
            (Types{ColumnType::kInt, ColumnType::kReal, ColumnType::kText, ColumnType::kDate,
                   ColumnType::kTime, ColumnType::kTime, ColumnType::kBool}));
  EXPECT_EQ(shape.rows, 3);
  EXPECT_TRUE(shape.header);
  EXPECT_FALSE(shape.zoned[4]);
  EXPECT_TRUE(shape.zoned[5]);
}

TEST(CsvScanner, sees_the_last_row_as_well_as_the_first) {
  std::string text = "a\n";
  for (int i = 0; i < 100'000; ++i) text += "1\n";
  EXPECT_EQ(MUST(scan(text)).types[0], ColumnType::kInt);
  EXPECT_EQ(MUST(scan(text + "x\n")).types[0], ColumnType::kText);
  EXPECT_EQ(MUST(scan(text + "1.5\n")).types[0], ColumnType::kReal);
  EXPECT_EQ(MUST(scan(text + "99999999999999999999\n")).types[0], ColumnType::kReal);
}

TEST(CsvScanner, gives_the_same_answer_however_the_bytes_are_cut) {
  const std::string text =
      "\xef\xbb\xbfname,\"no, te\",n\r\n\"a \"\"b\"\"\",\"two\r\nlines\",1\r\nCafé,,2\r\n";
  const auto whole = MUST(scan(text));
  EXPECT_EQ(whole.names, (Names{"name", "no, te", "n"}));
  EXPECT_EQ(whole.rows, 2);
  // The delimiter is chosen from the first piece, so it must reach past the header.
  for (std::size_t piece = 25; piece < text.size(); ++piece) {
    const auto shape = MUST(scan(text, piece));
    EXPECT_EQ(shape.names, whole.names) << piece;
    EXPECT_EQ(shape.types, whole.types) << piece;
    EXPECT_EQ(shape.rows, whole.rows) << piece;
    EXPECT_EQ(shape.longest_record, whole.longest_record) << piece;
  }
}

TEST(CsvScanner, chooses_the_delimiter_that_the_records_agree_on) {
  EXPECT_EQ(MUST(scan("a;b\n1,5;2\n3,5;4\n")).delimiter, ';');
  EXPECT_EQ(MUST(scan("a\tb,c\n1\t2\n")).delimiter, '\t');
  EXPECT_EQ(MUST(scan("a|b|c\n1|2|3\n")).delimiter, '|');
  EXPECT_EQ(MUST(scan("\"a;b\",c\n1,2\n")).delimiter, ',');
  EXPECT_EQ(MUST(scan("only\n1\n")).names, Names{"only"});
}

TEST(CsvScanner, knows_a_header_from_data) {
  EXPECT_EQ(MUST(scan("5.1,3.5,setosa\n4.9,3.0,setosa\n")).names,
            (Names{"column0", "column1", "column2"}));
  EXPECT_EQ(MUST(scan("5.1,3.5,setosa\n4.9,3.0,setosa\n")).rows, 2);
  EXPECT_TRUE(MUST(scan("name,2013,2014\nx,1,2\n")).header);
  EXPECT_TRUE(MUST(scan("\"1\",\"2\"\nx,y\n")).header);  // quoted numbers are names
  EXPECT_FALSE(MUST(scan("39,State-gov\n50,Private\n")).header);
  EXPECT_EQ(MUST(scan("\"\",dir\n\"1\",0.2\n")).names, (Names{"column0", "dir"}));
}

TEST(CsvScanner, counts_blank_lines_only_in_a_single_column) {
  EXPECT_EQ(MUST(scan("a,b\n1,2\n\n3,4\n\n")).rows, 2);
  EXPECT_EQ(MUST(scan("a\n1\n\n3\n")).rows, 3);
  EXPECT_EQ(MUST(scan("a\n1\n\n3")).rows, 3);
  EXPECT_EQ(MUST(scan("a,b")).rows, 0);
  EXPECT_EQ(MUST(scan("a,b\n")).rows, 0);
}

TEST(CsvScanner, takes_quoted_nulls_for_texts_unless_numbers_have_them) {
  EXPECT_FALSE(MUST(scan("country,n\n\"NA\",1\nDE,2\n")).quoted_nulls);
  const auto all_quoted = MUST(scan("\"x\",\"y\"\n\"1\",\"a\"\n\"\",\"b\"\n"));
  EXPECT_TRUE(all_quoted.quoted_nulls);
  EXPECT_EQ(all_quoted.types[0], ColumnType::kInt);
}

TEST(CsvScanner, refuses_ragged_records_by_line) {
  EXPECT_EQ(refusal("a,b,c\n1,2,3\n4,5\n6,7,8\n"),
            "ragged CSV, line 3 has 2 fields but the first line has 3");
  EXPECT_EQ(refusal("a,b\n\"x\ny\",2\n1,2,3\n"),
            "ragged CSV, line 4 has 3 fields but the first line has 2");
}

TEST(CsvScanner, refuses_bad_quotes_by_line) {
  EXPECT_EQ(refusal("a,b\n1,\"x\n2,3\n"),
            "malformed CSV, the quote opened in line 2 is never closed");
  EXPECT_EQ(refusal("a,b\n1,\"x\"y\n"), "malformed CSV, text after a closing quote (line 2)");
}

TEST(CsvScanner, refuses_what_is_not_utf8_text_by_line) {
  EXPECT_EQ(refusal("a,b\n1,x\n2,caf\xe9\n"), "not UTF-8, first at line 3");
  EXPECT_EQ(refusal(std::string_view("a,b\n1,\0\n", 8)),
            "not a text file, a zero byte stands in line 2");
  // Overlong, surrogate, beyond Unicode, and cut off: none is UTF-8 (RFC 3629 §3).
  for (const char* bad : {"a\n\xc0\x80\n", "a\n\xed\xa0\x80\n", "a\n\xf4\x90\x80\x80\n",
                          "a\n\xe0\x80\x80\n", "a\n\xff\n", "a\n\x80\n"})
    EXPECT_EQ(refusal(bad), "not UTF-8, first at line 2") << bad;
  EXPECT_EQ(refusal("a\n\xe2\x82"), "not UTF-8, the last character is cut off");
  EXPECT_EQ(refusal("a\n\xe2\x82\xac\n\xf0\x9f\x98\x80\n"), "accepted");
}

TEST(CsvScanner, refuses_mixed_line_ends) {
  EXPECT_EQ(refusal("a,b\r\n1,2\n"), "malformed CSV, the file mixes different line ends (line 2)");
  EXPECT_EQ(refusal("a,b\n1,2\r\n"), "malformed CSV, the file mixes different line ends (line 2)");
  EXPECT_EQ(refusal("a,b\r1,2\r"), "accepted");
}

TEST(CsvScanner, refuses_duplicate_names_and_a_blank_start) {
  EXPECT_EQ(refusal("a,b,a\n1,2,3\n"), "two columns have one name: a");
  EXPECT_EQ(refusal("a,A\n1,2\n"), "accepted");
  EXPECT_EQ(refusal("\na,b\n"), "the first line is blank");
  EXPECT_EQ(refusal("\xef\xbb\xbf"), "the file has no lines");
  EXPECT_EQ(refusal(std::string(600, 'n') + ",b\n"), "a column name is longer than 512 bytes");
}

TEST(CsvScanner, refuses_what_is_over_a_limit_as_soon_as_it_is) {
  std::string header;
  for (int i = 0; i < 100'000; ++i) header += "c" + std::to_string(i) + ",";
  EXPECT_EQ(refusal(header + "last\n"), "too many columns, the header has over 10000");
  EXPECT_EQ(refusal("a,b\n1,\"" + std::string(2000, 'x') + "\"\n", {.field_bytes_max = 1000}),
            "malformed CSV, a field is over 1000 bytes (line 2)");
  std::string long_record = "a,b,c\n";
  for (int i = 0; i < 3; ++i) long_record += std::string(900, 'x') + (i < 2 ? "," : "\n");
  EXPECT_EQ(refusal(long_record, {.field_bytes_max = 1000, .record_bytes_max = 2000}),
            "malformed CSV, a record is over 2000 bytes (line 2)");
}

TEST(CellType, reads_numbers_as_the_engine_does) {
  for (const char* text : {"1", "-7", "+3", " 42 ", "9223372036854775807"})
    EXPECT_TRUE(is_int_field(text)) << text;
  for (const char* text : {"", "1.0", "9223372036854775808", "1 2", "+-1", "0x1F", "1_000"})
    EXPECT_FALSE(is_int_field(text)) << text;
  for (const char* text : {"1.5", ".5", "5.", "1E5", "-inf", "Infinity", "nan", "+2e-3"})
    EXPECT_TRUE(is_real_field(text)) << text;
  for (const char* text : {"", ".", "e5", "nan(1)", "1e", "1e999", "infinit", "0x1p3", "--1"})
    EXPECT_FALSE(is_real_field(text)) << text;
}

}  // namespace
}  // namespace solvent::table
