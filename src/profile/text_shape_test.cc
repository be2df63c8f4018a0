#include "profile/text_shape.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace solvent::profile {
namespace {

TEST(FoldedShape, folds_runs_of_digits_letters_and_blanks) {
  EXPECT_EQ(folded_shape("2013-01-05 Café"), "9-9-9 a");
  EXPECT_EQ(folded_shape("N14228"), "a9");
  EXPECT_EQ(folded_shape("a \t b"), "a a");
  EXPECT_EQ(folded_shape("--x--"), "-a-");
  EXPECT_EQ(folded_shape(""), "");
  EXPECT_EQ(folded_shape(std::string_view("\x01\x02", 2)), "?");
}

TEST(FoldedShape, is_cut_at_64_bytes) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "1a";
  EXPECT_EQ(folded_shape(text).size(), 64 + std::string("…").size());
}

TEST(Characters, are_code_points) {
  EXPECT_EQ(characters(""), 0);
  EXPECT_EQ(characters("Café"), 4);
  EXPECT_EQ(characters("日本"), 2);
}

TEST(Classify, says_what_a_text_parses_as) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {"   ", "empty"},
      {"12", "int"},
      {"-7", "int"},
      {"+3", "int"},
      {" 42 ", "int"},
      {"1.5", "real"},
      {"2e-3", "real"},
      {".5", "real"},
      {"99999999999999999999", "real"},
      {"1,234,567.8", "number:grouped"},
      {"1,234", "number:grouped"},
      {"3,14", "number:comma"},
      {"12.5%", "number:percent"},
      {"TRUE", "bool"},
      {"no", "bool"},
      {"Y", "bool"},
      {"NA", "sentinel"},
      {"n/a", "sentinel"},
      {"None", "sentinel"},
      {"-", "sentinel"},
      {"?", "sentinel"},
      {"#N/A", "sentinel"},
      {"Unknown", "sentinel"},
      {"2013-01-31", "date:yyyy-mm-dd"},
      {"2013/1/31", "date:yyyy/mm/dd"},
      {"31.01.2013", "date:dd.mm.yyyy"},
      {"31/01/2013", "date:dd/mm/yyyy"},
      {"01/31/2013", "date:mm/dd/yyyy"},
      {"01/02/2013", "date:ambiguous"},
      {"31 Jan 2013", "date:named"},
      {"January 31, 2013", "date:named"},
      {"31-Sept-13", "date:named"},
      {"2012-02-29", "date:yyyy-mm-dd"},
      {"2013-02-29", "text"},
      {"2013-13-01", "text"},
      {"31.02.2013", "text"},
      {"2013-04-31", "text"},
      {"5:00", "time"},
      {"23:59:60", "time"},
      {"05:00:30.25", "time"},
      {"24:00", "text"},
      {"2013-01-31 05:00:00", "timestamp"},
      {"2013-01-31T05:00Z", "timestamp"},
      {"2013-01-31T05:00:00+01:00", "timestamp"},
      {"2013-01-31T05:00:00+0100", "timestamp"},
      {"2013-01-31T25:00", "text"},
      {"2013-01-31T05:00 tomorrow", "text"},
      {"N14228", "text"},
      {"1.2.3.4", "text"},
      {"12-34", "text"},
      {"1,23,456", "text"},
      {"nobody", "text"},
      {"May", "text"},
      {"1e5e5", "text"},
      {"%", "text"},
      {"+", "text"},
      {"1/2/3/4", "text"},
      {"31/31/2013", "text"},
      {std::string(1000, '9'), "text"},
  };
  for (const auto& [text, kind] : cases)
    EXPECT_EQ(text_kind_name(classify(text)), kind) << '"' << text << '"';
}

/// No bytes may trip it: every prefix of a text of all byte values.
TEST(Classify, is_total) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (std::size_t from = 0; from < bytes.size(); ++from)
    for (std::size_t count = 0; count < 8 && from + count <= bytes.size(); ++count) {
      const auto piece = std::string_view(bytes).substr(from, count);
      EXPECT_FALSE(text_kind_name(classify(piece)).empty());
      (void)folded_shape(piece);
    }
}

}  // namespace
}  // namespace solvent::profile
