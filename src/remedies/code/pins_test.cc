#include "remedies/code/pins.h"

#include <gtest/gtest.h>

namespace solvent::remedies::code {
namespace {

const KnownVersions kKnown = {
    {"numpy", "1.26.4"}, {"pandas", "2.2.0"}, {"requests", "2.31.0"}, {"flask-login", "0.6.3"}};

TEST(Pins, KeepsEverythingButTheVersions) {
  const std::string text =
      "# heading\r\n"
      "--index-url https://pypi.org/simple\r\n"
      "numpy>=1.20,<2  # arrays\r\n"
      "pandas\r\n"
      "Requests [security] ; python_version > \"3\"\r\n"
      "Flask_Login (>=0.5)\r\n"
      "scipy==1.2\r\n"
      "unknown>1\r\n"
      "-e .\r\n"
      "\r\n";
  const auto out = MUST(pin_requirements(text, kKnown));
  EXPECT_EQ(out.text,
            "# heading\r\n"
            "--index-url https://pypi.org/simple\r\n"
            "numpy==1.26.4  # arrays\r\n"
            "pandas==2.2.0\r\n"
            "Requests [security]==2.31.0 ; python_version > \"3\"\r\n"
            "Flask_Login ==0.6.3\r\n"
            "scipy==1.2\r\n"
            "unknown>1\r\n"
            "-e .\r\n"
            "\r\n");
  EXPECT_EQ(out.pinned.size(), 4u);
  ASSERT_EQ(out.left.size(), 1u);
  EXPECT_EQ(out.left[0].name, "unknown");
  const auto again = MUST(pin_requirements(out.text, kKnown));
  EXPECT_EQ(again.text, out.text);
  EXPECT_TRUE(again.pinned.empty());
}

TEST(Pins, NeverGuesses) {
  const auto out =
      MUST(pin_requirements("numpy<1.20\npandas!=2.2\nrequests==3.*\nnumpy===x\n", kKnown));
  EXPECT_EQ(out.text, "numpy<1.20\npandas!=2.2\nrequests==3.*\nnumpy===x\n");
  ASSERT_EQ(out.left.size(), 3u);
  EXPECT_EQ(out.left[0].reason, "1.26.4 does not satisfy <1.20");
  EXPECT_EQ(out.left[1].reason, "2.2.0 does not satisfy !=2.2");
}

TEST(Pins, KeepsContinuationsMarksAndMissingLineEnds) {
  const auto out = MUST(
      pin_requirements("\xef\xbb\xbfnumpy \\\n  >=1.0 \\\n  ; python_version>'3'\npandas", kKnown));
  EXPECT_EQ(out.text, "\xef\xbb\xbfnumpy \\\n  ==1.26.4 \\\n  ; python_version>'3'\npandas==2.2.0");
  EXPECT_EQ(MUST(pin_requirements("", kKnown)).text, "");
  EXPECT_FALSE(
      pin_requirements("\xff\xfe"
                       "a",
                       kKnown));
  EXPECT_EQ(MUST(pin_requirements("a b\n", kKnown)).left.size(), 1u);
}

TEST(Pins, ReadsAFreeze) {
  const auto known = MUST(versions_of_freeze(
      "# x\nNumPy==1.0\n-e git+https://h/o/r@abc#egg=z\nfoo @ file:///x\nbar==2\nWARNING: odd\n"));
  EXPECT_EQ(known, (KnownVersions{{"numpy", "1.0"}, {"bar", "2"}}));
  EXPECT_FALSE(versions_of_freeze("hello world\n"));
  EXPECT_FALSE(versions_of_freeze(""));
}

}  // namespace
}  // namespace solvent::remedies::code
