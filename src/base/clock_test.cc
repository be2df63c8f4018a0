#include "base/clock.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

// Seconds from GNU date -u +%s.
TEST(Time, FormatsAndParses) {
  const struct {
    const char* text;
    std::int64_t seconds;
  } cases[] = {{"2026-11-24T02:07:27.000000Z", 1'795'486'047},
               {"2000-02-29T00:00:00.000000Z", 951'782'400},
               {"1969-12-31T23:59:59.000000Z", -1},
               {"0001-01-01T00:00:00.000000Z", -62'135'596'800},
               {"9999-12-31T23:59:59.000000Z", 253'402'300'799}};
  for (const auto& [text, seconds] : cases) {
    EXPECT_EQ(format_time(seconds * kSecondUs), text);
    EXPECT_EQ(MUST(parse_time(text)), seconds * kSecondUs) << text;
  }
  EXPECT_EQ(format_date(-1), "1969-12-31");
}

TEST(Time, ReadsOffsetsFractionsAndBareDates) {
  EXPECT_EQ(MUST(parse_time("2024-02-29T12:00:00+05:30")), 1'709'188'200 * kSecondUs);
  EXPECT_EQ(MUST(parse_time("2024-02-29t06:30:00z")), 1'709'188'200 * kSecondUs);
  EXPECT_EQ(MUST(parse_time("1970-01-01T00:00:00.5Z")), 500'000);
  EXPECT_EQ(MUST(parse_time("1970-01-01 00:00:00.123456789Z")), 123'456);
  EXPECT_EQ(MUST(parse_time("1970-01-02")), kDayUs);
  EXPECT_EQ(MUST(parse_time("1969-12-31T16:00:00-08:00")), 0);
  EXPECT_EQ(MUST(parse_time("1998-12-31T23:59:60Z")), MUST(parse_time("1999-01-01")));
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-02-29",
                           "1900-02-29",
                           "2026-04-31",
                           "2026-11-24T",
                           "2026-11-24T02:07",
                           "2026-11-24T02:07:27",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T02:60:00Z",
                           "2026-11-24T02:07:61Z",
                           "2026-11-24T02:07:27.Z",
                           "2026-11-24T02:07:27Zx",
                           "2026-11-24T02:07:27+24:00",
                           "2026-11-24T02:07:27+0100",
                           "+026-11-24",
                           "2026-11-24 "})
    EXPECT_EQ(parse_time(text).error().code, Code::kInvalidArgument) << text;
}

TEST(Time, EveryDayOfFourCenturiesReadsBack) {
  std::string before;
  for (std::int64_t day = -146'097; day <= 146'097; ++day) {
    const std::string text = format_date(day * kDayUs);
    ASSERT_EQ(MUST(parse_time(text)), day * kDayUs) << text;
    ASSERT_LT(before, text);
    before = text;
  }
}

TEST(Clock, FakeMovesOnlyWhenTold) {
  FakeClock clock(5);
  EXPECT_EQ(clock.now(), 5);
  clock.advance(7);
  EXPECT_EQ(clock.now(), 12);
  EXPECT_EQ(clock.monotonic_ns(), 12'000);
}

TEST(Clock, SystemAdvances) {
  const std::int64_t before = system_clock().monotonic_ns();
  EXPECT_GE(system_clock().monotonic_ns(), before);
  EXPECT_GT(system_clock().now(), MUST(parse_time("2026-01-01")));
}

}  // namespace
}  // namespace solvent
