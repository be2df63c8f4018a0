#include "base/log.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

class LogTest : public ::testing::Test {
 protected:
  std::string line(bool as_json, LogLevel level, LogLevel at = LogLevel::kInfo) {
    std::string out;
    Log log(clock_, at, as_json, [&](std::string_view text) { out += text; });
    log.write(level, "request", {{"path", "/a b"}, {"id", "x1"}, {"ms", 3}, {"empty", ""}});
    return out;
  }
  FakeClock clock_{1'795'486'047 * kSecondUs};
};

TEST_F(LogTest, PlainQuotesWhatCouldForgeAField) {
  EXPECT_EQ(line(false, LogLevel::kWarning),
            "2026-11-24T02:07:27.000000Z warning request path=\"/a b\" id=x1 ms=3 empty=\"\"\n");
  std::string out;
  Log log(clock_, LogLevel::kInfo, false, [&](std::string_view text) { out += text; });
  log.write(LogLevel::kInfo, "e", {{"v", "a\nb=c"}});
  EXPECT_TRUE(out.ends_with(" v=\"a\\nb=c\"\n")) << out;
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  EXPECT_EQ(line(true, LogLevel::kError),
            R"({"time":"2026-11-24T02:07:27.000000Z","level":"error","event":"request",)"
            R"("path":"/a b","id":"x1","ms":3,"empty":""})"
            "\n");
}

TEST_F(LogTest, LevelsFilter) {
  EXPECT_EQ(line(true, LogLevel::kDebug), "");
  EXPECT_EQ(line(true, LogLevel::kError, LogLevel::kOff), "");
  EXPECT_NE(line(true, LogLevel::kDebug, LogLevel::kDebug), "");
  null_log().write(LogLevel::kError, "dropped");
}

}  // namespace
}  // namespace solvent
