#include "catalog/body_json.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/sim_disk.h"

namespace solvent::catalog {
namespace {

/// The house's parser with opaque members emptied: what the scan must say whenever it says
/// anything.
std::optional<Json> reference(const std::string& text, std::int64_t depth_max) {
  auto json = parse_json(
      text, {.depth_max = static_cast<std::size_t>(depth_max), .bytes_max = std::size_t{1} << 20});
  if (!json || !json->is_object()) return std::nullopt;
  for (auto& [name, value] : json->object())
    if (is_opaque_member(name)) value = nullptr;
  return *std::move(json);
}

void expect_same(const std::string& text, std::int64_t depth_max = 32) {
  const auto scanned = scan_plain_body(text, depth_max, true);
  const auto checked = scan_plain_body(text, depth_max, false);
  const auto expected = reference(text, depth_max);
  if (checked) {
    EXPECT_TRUE(expected.has_value()) << text;
  }
  if (!scanned) return;
  EXPECT_TRUE(checked.has_value()) << text;
  ASSERT_TRUE(expected.has_value()) << text;
  EXPECT_EQ(to_text(*scanned), to_text(*expected)) << text;
}

TEST(BodyJson, TakesPlainBodiesTheFastWay) {
  const std::string text =
      R"({"run":"x","job":{"namespace":"a","name":"ü"},"rows":-12,"part":1.5,"t":true,"n":null,)"
      R"("list":[1,[],{}],"facets":{"deep":[{"a":"q\"\\\n"}]},"manifest":[0.25,false]})";
  const auto scanned = scan_plain_body(text, 32, true);
  ASSERT_TRUE(scanned.has_value());
  EXPECT_EQ(to_text(*scanned),
            R"({"run":"x","job":{"namespace":"a","name":"ü"},"rows":-12,"part":1.5,"t":true,)"
            R"("n":null,"list":[1,[],{}],"facets":null,"manifest":null})");
}

TEST(BodyJson, FindsTheEndOfAStringWhereverItLies) {
  // What ends the plain part, followed by the byte that an eight-byte scan could take for it.
  for (const std::string end : {"\"", "\\\"", "\\u0041", "\x1f", "\x01"})
    for (const std::string before : {"", "!", "#", "]", "\x7f", "\x20", "\xc3\xbc"})
      for (std::size_t length = 0; length <= 17; ++length)
        for (const std::string after : {"#", "!", "]", " ", "\x7f", "\xc3\xbc", ""}) {
          const std::string text = std::string(length, 'a') + before + end + after;
          expect_same("{\"facets\":{\"n\":\"" + text + "\"},\"b\":\"" + text + "\"}");
          expect_same("{\"facets\":\"" + text + ",\"b\":\"" + text + "}");
        }
  for (std::size_t length = 0; length <= 40; ++length) {
    const std::string plain(length, 'z');
    const auto scanned = scan_plain_body("{\"b\":\"" + plain + "\"}", 32, true);
    ASSERT_TRUE(scanned.has_value());
    EXPECT_EQ(scanned->text_or("b", "?"), plain);
  }
}

TEST(BodyJson, AgreesWithTheParserAtEveryEdge) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "{}",
                           " {} ",
                           "{}x",
                           "[]",
                           "null",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":01}",
                           "{\"a\":-}",
                           "{\"a\":-0}",
                           "{\"a\":0}",
                           "{\"a\":-0.0}",
                           "{\"a\":1.}",
                           "{\"a\":.5}",
                           "{\"a\":1e5}",
                           "{\"a\":1E400}",
                           "{\"a\":123456789012345678}",
                           "{\"a\":1234567890123456789012}",
                           "{\"a\":+1}",
                           "{\"a\":tru}",
                           "{\"a\":truex}",
                           "{\"a\":nul}",
                           "{\"a\":\"\\u0041\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\t\"}",
                           "{\"a\":\"unended",
                           "{\"a\":\"\\",
                           "{\"a\":[1,]}",
                           "{\"a\":[,1]}",
                           "{\"a\":1,\"a\":2}",
                           "{\"facets\":1,\"facets\":{\"x\":2}}",
                           "{\"facets\":{\"a\":1e999}}",
                           "{\"facets\":\"\\ud800\"}",
                           "{\"facets\":[1 2]}",
                           "\xEF\xBB\xBF{}",
                           "{\"a\":\"\xff\"}",
                           "{\"\xc3\":1}",
                           "{\"a\":0.1234567890123456789}",
                           "{\"a\" : 1 , \"b\" :\t[ 1 , 2 ]\r\n}",
                           "{\"a\":[[[[1]]]]}"})
    expect_same(text);
  expect_same(std::string("{\"a\":\"\0\"}", 9));
  expect_same(std::string("{}\0", 3));
}

TEST(BodyJson, KeepsTheDepthLimit) {
  for (std::int64_t depth = 1; depth < 8; ++depth) {
    const auto n = static_cast<std::size_t>(depth);
    for (const char* name : {"a", "facets"})
      expect_same(
          "{\"" + std::string(name) + "\":" + std::string(n, '[') + std::string(n, ']') + "}", 4);
  }
  const std::string deep = "{\"facets\":" + std::string(100'000, '[');
  EXPECT_FALSE(scan_plain_body(deep, 32, true));
}

TEST(BodyJson, AgreesWithTheParserOnDamagedBodies) {
  SeededRandom random(5);
  const std::string whole =
      R"({"run":"r","job":{"namespace":"n","name":"m"},"x":[1,2.5,-3,true,null,"s"],)"
      R"("facets":{"k":[{"a":"b\n"},0.5]},"z":{}})";
  static constexpr std::string_view kBytes = "{}[]\",:\\0123456789.-+eEtfnu \n\t\x01\xc3\xbc";
  for (std::uint64_t i = 0; i < 50'000; i += kCrashStride) {
    std::string text = whole;
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const std::size_t at = random.below(text.size());
      const char byte = kBytes[random.below(kBytes.size())];
      if (random.below(3) == 0)
        text.erase(at, 1);
      else if (random.below(2) == 0)
        text.insert(at, 1, byte);
      else
        text[at] = byte;
    }
    expect_same(text, 4);
  }
}

}  // namespace
}  // namespace solvent::catalog
