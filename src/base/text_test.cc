#include "base/text.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

using Views = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

TEST(Text, Pieces) {
  EXPECT_EQ(split("a,,b", ','), (Views{"a", "", "b"}));
  EXPECT_EQ(split("", ','), Views{""});
  EXPECT_EQ(split_lines("a\r\nb\n\nc"), (Views{"a", "b", "", "c"}));
  EXPECT_EQ(split_lines("a\n"), Views{"a"});
  EXPECT_EQ(split_lines(""), Views{});
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(lower_ascii("AÄz"), "aÄz");
  EXPECT_EQ(join(Texts{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(replace_all("aaa", "aa", "b"), "ba");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

// Table 3-7 of the Unicode standard.
TEST(Utf8, AcceptsAndRefuses) {
  for (const char* text :
       {"", "a", "ä", "€", "𝄞", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\xff", "\xc3"})
    EXPECT_FALSE(is_valid_utf8(text)) << text;
  EXPECT_EQ(sanitize_utf8("a\xff"
                          "b\xe2\x82"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(sanitize_utf8("ok €"), "ok €");
}

TEST(Names, AreNfc) {
  EXPECT_EQ(MUST(normalize_name("e\xcc\x81"
                                "A\xcc\x8a",
                                "name")),
            "\xc3\xa9\xc3\x85");
  EXPECT_EQ(MUST(normalize_name("plain", "name")), "plain");
  EXPECT_EQ(MUST(normalize_name(std::string(512, 'x'), "name")).size(), 512u);
  for (const std::string& bad : {std::string(), std::string("a\nb"), std::string("a\0b", 3),
                                 std::string("\x7f"), std::string("\xc2\x85"), std::string("\xff"),
                                 std::string(513, 'x'), std::string(100'000, 'x')}) {
    const auto refused = normalize_name(bad, "name");
    ASSERT_FALSE(refused) << bad.size();
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_EQ(refused.error().subject, "name");
  }
}

TEST(Text, DisplayWidth) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("ä€"), 2u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);  // a combining accent takes no column
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("\xff"), 1u);
}

TEST(Numbers, ParseWholeTextsOnly) {
  EXPECT_EQ(parse_int("-42"), -42);
  EXPECT_EQ(parse_int("+7"), 7);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", " 1", "1 ", "1.0", "0x1", "+-1", "9223372036854775808", "-"})
    EXPECT_EQ(parse_int(text), std::nullopt) << text;
  EXPECT_EQ(parse_double("1e3"), 1000.0);
  EXPECT_EQ(parse_double(".5"), 0.5);
  for (const char* text : {"", "1x", " 1", "1,5", "+-1", "1e999"})
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
}

TEST(Glob, Matches) {
  const struct {
    const char *pattern, *path;
    bool matches;
  } cases[] = {
      {"*.py", "a.py", true},     {"*.py", "d/a.py", false},
      {"**/*.py", "a.py", true},  {"**/*.py", "d/e/a.py", true},
      {"d/**", "d/e/a", true},    {"d/**", "d", false},
      {"d/**/a", "d/a", true},    {"d/**/a", "d/x/y/a", true},
      {"d/**/a", "dx/a", false},  {"a?c", "abc", true},
      {"a?c", "a/c", false},      {"a?c", "aäc", true},
      {"a?c", "ac", false},       {"[a-c]x", "bx", true},
      {"[!a-c]x", "bx", false},   {"[^a-c]x", "dx", true},
      {"[]]", "]", true},         {"[a-]", "-", true},
      {"[/]", "/", false},        {"[!a]", "/", false},
      {"a[b", "a[b", true},       {"\\*", "*", true},
      {"\\*", "a", false},        {"", "", true},
      {"", "a", false},           {"*", "", true},
      {"*", ".hidden", true},     {"**", "a/b/c", true},
      {"a*b*c", "a1b2c", true},   {"a*b*c", "a1b2", false},
      {"x**y", "x/1/y", true},    {"**/d/**", "a/d/b", true},
      {"**/d/**", "ad/b", false}, {"*/b", "a/b", true},
      {"*/b", "a/c/b", false},    {"src/**/*_test.cc", "src/base/text_test.cc", true},
  };
  for (const auto& [pattern, path, matches] : cases)
    EXPECT_EQ(glob_match(pattern, path), matches) << pattern << " on " << path;
}

TEST(Glob, HostilePatternsStayCheap) {
  std::string pattern, path(2'000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "*a**a";
  EXPECT_FALSE(glob_match(pattern + "b", path));  // exponential for a backtracking matcher
}

TEST(Nearest, SuggestsOnlyWhatIsNear) {
  const Texts words{"audit", "ledger", "serve"};
  EXPECT_EQ(nearest("ladger", words), "ledger");
  EXPECT_EQ(nearest("leger", words), "ledger");
  EXPECT_EQ(nearest("AUDIT", words), "audit");
  EXPECT_EQ(nearest("sevre", words), "serve");
  EXPECT_EQ(nearest("xyz", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
  EXPECT_EQ(nearest("a", Texts{"b"}), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a'), words), std::nullopt);
}

TEST(Format, Numbers) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1'234'567), "1,234,567");
  EXPECT_EQ(with_thousands(-1'000), "-1,000");
  EXPECT_EQ(with_thousands(-100), "-100");
  EXPECT_EQ(with_thousands(INT64_MIN), "-9,223,372,036,854,775,808");
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1'023), "1023 B");
  EXPECT_EQ(format_bytes(1'024), "1.0 KiB");
  EXPECT_EQ(format_bytes(12'897'484), "12.3 MiB");     // 12.3 · 2^20 = 12,897,484.8
  EXPECT_EQ(format_bytes((1u << 20) - 1), "1.0 MiB");  // not 1024.0 KiB
  EXPECT_EQ(format_bytes(UINT64_MAX), "16.0 EiB");
  EXPECT_EQ(format_double(0.1), "0.1");
  EXPECT_EQ(format_double(0.1 + 0.2), "0.30000000000000004");
}

TEST(Format, Labour) {
  EXPECT_EQ(format_labour(0), "0 min");
  EXPECT_EQ(format_labour(20), "20 s");
  EXPECT_EQ(format_labour(2'700), "45 min");
  EXPECT_EQ(format_labour(3'590), "1 h");
  EXPECT_EQ(format_labour(12'600), "3.5 h");
  EXPECT_EQ(format_labour(7'200), "2 h");
  EXPECT_EQ(format_labour(412 * 3'600), "412 h");
  EXPECT_EQ(format_labour(1'500 * 3'600), "1,500 h");
  EXPECT_EQ(format_labour(-2'700), "-45 min");
}

// RFC 4648, section 10.
TEST(Codings, Base64) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(MUST(base64_decode(coded)), plain);
  }
  for (const char* bad :
       {"Z", "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm 9v", "=Zm9", "Zg==Zg=="})
    EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Codings, PercentAndHtml) {
  EXPECT_EQ(percent_encode("a b/ä~"), "a%20b%2F%C3%A4~");
  EXPECT_EQ(MUST(percent_decode("a%20b%2f%C3%A4+")), "a b/ä+");
  for (const char* bad : {"%", "%2", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(html_escape("<a href=\"x\">&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
}

}  // namespace
}  // namespace solvent
