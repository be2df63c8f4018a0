#include "base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace solvent {
namespace {

std::string again(std::string_view text) {
  return to_text(MUST(parse_json(text)));
}

TEST(Json, ReadsAndWritesBack) {
  for (const char* text :
       {"null", "true", "0", "-7", "9223372036854775807", "-9223372036854775808", "0.1", "1.0",
        "-0.0", "1e+300", "5e-324", "1.7976931348623157e+308", "\"\"", "\"a\\\"\\\\\\n\\u0001\"",
        "\"€𝄞\"", "[]", "{}", "[1,[2,{\"a\":null}]]", "{\"b\":1,\"a\":2}"})
    EXPECT_EQ(again(text), text);
  EXPECT_EQ(again(" [ 1 , 2 ]\n"), "[1,2]");
  EXPECT_EQ(again("\"\\u00e9\\ud834\\udd1e\\/\""), "\"é𝄞/\"");
  EXPECT_EQ(again("18446744073709551615"), "18446744073709551616.0");  // 2^64, the nearest double
  EXPECT_EQ(again("0.1000000000000000055511151231257827"), "0.1");
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           " ",
                           "nul",
                           "NaN",
                           "Infinity",
                           "-",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "'a'",
                           "\"a",
                           "\"\\x\"",
                           "\"\\ud834\"",
                           "\"\xff\"",
                           "\"a\nb\"",
                           "[1,]",
                           "[1 2]",
                           "{\"a\"}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "[",
                           "{",
                           "1 2",
                           "[] x",
                           "/*c*/1",
                           "\xef\xbb\xbf[]",
                           "1e400",
                           "[1]]",
                           "\"\xed\xa0\x80\""}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument) << text;
  }
  EXPECT_TRUE(parse_json("[1, x]").error().message.ends_with(" at byte 4"))
      << parse_json("[1, x]").error().message;
}

TEST(Json, HoldsItsLimits) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(64)));
  EXPECT_EQ(parse_json(nested(65)).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse_json(std::string(10'000'000, '[')).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse_json("[1,2]", {.bytes_max = 4}).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(parse_json("[1,2]", {.bytes_max = 5}));
}

TEST(Json, TheLastDuplicateWinsInTheFirstPlace) {
  EXPECT_EQ(again(R"({"a":1,"b":2,"a":3,"c":4,"b":5})"), R"({"a":3,"b":5,"c":4})");
  // 200,000 members: a quadratic search would take minutes.
  std::string many = "{";
  for (int i = 0; i < 200'000; ++i) many += "\"k" + std::to_string(i % 100'000) + "\":1,";
  many.back() = '}';
  EXPECT_EQ(MUST(parse_json(many)).object().size(), 100'000u);
}

TEST(Json, LenientReads) {
  const Json value = MUST(parse_json(R"({"t":"x","i":3,"d":1.5,"b":true,"n":null})"));
  EXPECT_EQ(value.text_or("t", "-"), "x");
  EXPECT_EQ(value.text_or("i", "-"), "-");
  EXPECT_EQ(value.int_or("i", 0), 3);
  EXPECT_EQ(value.int_or("d", 9), 9);
  EXPECT_EQ(value.number_or("i", 0), 3.0);
  EXPECT_TRUE(value.bool_or("b", false));
  EXPECT_EQ(Json(3).find("x"), nullptr);
  EXPECT_TRUE(value.find("n")->is_null());
}

TEST(Json, BuildsValues) {
  Json value;
  value.set("a", 1).set("b", "x").set("a", 2);
  Json list;
  list.push(true);
  list.push(std::numeric_limits<double>::quiet_NaN());
  value.set("c", std::move(list));
  EXPECT_EQ(to_text(value), R"({"a":2,"b":"x","c":[true,null]})");
  EXPECT_EQ(to_pretty_text(value),
            "{\n  \"a\": 2,\n  \"b\": \"x\",\n  \"c\": [\n    true,\n    null\n  ]\n}");
  EXPECT_EQ(to_pretty_text(Json(JsonArray())), "[]");
  EXPECT_EQ(to_text(Json("\xff")), "\"\xef\xbf\xbd\"");
  EXPECT_TRUE(Json(std::uint64_t{1} << 63).is_double());
}

TEST(JsonDeathTest, WrongKindsAreOurBugs) {
  EXPECT_DEATH((void)Json(1).string(), "is_string");
}

// RFC 8785, appendix B.
TEST(CanonicalJson, Numbers) {
  const std::pair<std::uint64_t, const char*> vectors[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& [bits, text] : vectors)
    EXPECT_EQ(to_canonical_text(Json(std::bit_cast<double>(bits))), text);
}

// RFC 8785, sections 3.2.2 and 3.2.3.
TEST(CanonicalJson, TextsAndOrder) {
  const Json value = MUST(parse_json(
      R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],)"
      R"("string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})"));
  EXPECT_EQ(to_canonical_text(value),
            "{\"literals\":[null,true,false],"
            "\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  const Json keys = MUST(
      parse_json(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})"));
  EXPECT_EQ(to_canonical_text(keys),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
}

TEST(Json, RandomDoublesReadBackExactly) {
  SeededRandom random(11);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random.next());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(MUST(parse_json(to_text(Json(value)))).number()),
              std::bit_cast<std::uint64_t>(value));
  }
}

}  // namespace
}  // namespace solvent
