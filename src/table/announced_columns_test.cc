#include "table/announced_columns.h"

#include <gtest/gtest.h>

#include <string>

namespace solvent::table {
namespace {

JsonShape shape_of(std::string_view text, std::size_t piece) {
  JsonShape shape;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    shape.feed(text.substr(0, piece));
  return shape;
}

TEST(AnnouncedColumns, SeesHowWideAndDeepJsonIs) {
  struct Case {
    std::string_view text;
    std::int64_t members, deepest;
  };
  const Case cases[] = {
      {R"({"a":1,"b":{"c":2,"d":3},"e":[{"f":4}]} {"g":1,"h":1,"i":1,"j":1})", 3, 3},
      {R"([ {"a:\"{":":","b":"\\"} , {"c":1,"d":2,"e":[[[3]]]} ])", 2, 5},
      {R"({}{"a":1})", 0, 1},
      {R"([[{"a":1}]])", 0, 3},
      {"[1,2]", 0, 1},
      {"", 0, 0},
      {R"("[[[{{{")", 0, 0},
      {"]]]}}}[", 0, 0},
  };
  for (const Case& one : cases) {
    for (const std::size_t piece : {1u, 3u, 1000u}) {
      const JsonShape shape = shape_of(one.text, piece);
      EXPECT_EQ(shape.members(), one.members) << one.text;
      EXPECT_EQ(shape.deepest(), one.deepest) << one.text;
    }
  }
}

// Written by hand from parquet.thrift: version 1, a list of three elements, whose root is named
// "schema" and has two children.
const std::string kFooter = std::string("\x15\x02", 2) + std::string("\x19\x3c", 2) +
                            std::string("\x48\x06schema\x15\x04\x00", 11);

TEST(AnnouncedColumns, ReadsTheRootOfAParquetSchema) {
  EXPECT_EQ(parquet_columns(kFooter), 2);
  // Some writers give the root a repetition: field 3, then 4 and 5 by steps of one.
  const std::string repeated =
      std::string("\x15\x02\x19\x3c", 4) + std::string("\x35\x00\x18\x06schema\x15\x04\x00", 13);
  EXPECT_EQ(parquet_columns(repeated), 2);
  // A long list has its size in a number of its own; 100,000 children are 200,000 in zigzag.
  const std::string wide = std::string("\x15\x02\x19\xfc\xa1\x8d\x06", 7) +
                           std::string("\x48\x06schema\x15\xc0\x9a\x0c\x00", 13);
  EXPECT_EQ(parquet_columns(wide), 100'000);
}

TEST(AnnouncedColumns, TellsNothingOfACutFooter) {
  for (std::size_t size = 0; size + 1 < kFooter.size(); ++size)
    EXPECT_EQ(parquet_columns(kFooter.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(parquet_columns("PAR1"), std::nullopt);
  EXPECT_EQ(parquet_columns(std::string("\x15\x02\x19\x3c\x48\xff\xff\xff\xff\xff", 10)),
            std::nullopt);
}

}  // namespace
}  // namespace solvent::table
