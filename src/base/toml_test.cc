#include "base/toml.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

TEST(Toml, IsReadAsJsonWithItsLines) {
  const Toml toml = MUST(parse_toml(
      "a = 1\n[b]\nc = [1.5, \"x\", true]\nd.e = 1979-05-27\n[[f]]\ng = 2\n[[f]]\ng = 3\n", "f"));
  EXPECT_EQ(to_canonical_text(toml.document),
            R"({"a":1,"b":{"c":[1.5,"x",true],"d":{"e":"1979-05-27"}},"f":[{"g":2},{"g":3}]})");
  EXPECT_EQ(toml.lines.at("a"), 1);
  EXPECT_EQ(toml.lines.at("b.c"), 3);
  EXPECT_EQ(toml.lines.at("b.d.e"), 4);
}

TEST(Toml, SaysWhereItIsWrong) {
  const auto wrong = parse_toml("a = 1\nb = \n", "x.toml");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(wrong.error().message.starts_with("x.toml line 2 is not TOML: "))
      << wrong.error().message;
  EXPECT_EQ(parse_toml(std::string(5'000, '.'), "x").error().code, Code::kResourceExhausted);
  EXPECT_FALSE(parse_toml("a = 1\na = 2\n", "x"));
}

}  // namespace
}  // namespace solvent
