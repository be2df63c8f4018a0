#include "base/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace solvent {
namespace {

TEST(Money, RoundsToWholeUnitsAboveTen) {
  EXPECT_EQ(format_money(3'708'000, "EUR"), "€37,080");
  EXPECT_EQ(format_money(162'049, "EUR"), "€1,620");
  EXPECT_EQ(format_money(162'050, "EUR"), "€1,621");
  EXPECT_EQ(format_money(-162'050, "USD"), "-$1,621");
}

TEST(Money, ShowsMinorDigitsOfSmallSums) {
  EXPECT_EQ(format_money(5, "EUR"), "€0.05");
  EXPECT_EQ(format_money(999, "GBP"), "£9.99");
  EXPECT_EQ(format_money(0, "EUR"), "€0");
  EXPECT_EQ(format_money(700, "EUR"), "€7");
}

TEST(Money, KnowsOtherExponents) {
  EXPECT_EQ(format_money(12'345, "JPY"), "¥12,345");
  EXPECT_EQ(format_money(1'500, "KWD"), "KWD 1.500");
  EXPECT_EQ(format_money(12'345'600, "KWD"), "KWD 12,346");
}

TEST(Money, SurvivesTheExtremes) {
  EXPECT_EQ(format_money(std::numeric_limits<std::int64_t>::min(), "JPY").front(), '-');
}

}  // namespace
}  // namespace solvent
