#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace solvent {
namespace {

// SplitMix64 of seed 1234567, as printed by its author's C program.
TEST(Random, SeededIsSplitMix64) {
  SeededRandom random(1'234'567);
  EXPECT_EQ(random.next(), 6'457'827'717'110'365'317u);
  EXPECT_EQ(random.next(), 3'203'168'211'198'807'973u);
  EXPECT_EQ(random.next(), 9'817'491'932'198'370'423u);
}

TEST(Random, BelowIsUniform) {
  SeededRandom random(1);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60'000; ++i) ++seen[random.below(6)];
  // Binomial(60000, 1/6) has a standard deviation of 91; six of them are 548.
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 548);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, SystemFillsEverything) {
  std::array<std::uint8_t, 4096> bytes{};
  system_random().fill(bytes);
  std::set<std::uint8_t> seen(bytes.begin(), bytes.end());
  EXPECT_GT(seen.size(), 250u);
  EXPECT_NE(system_random().next(), system_random().next());
}

// RFC 9562, appendix A.6: 2022-02-22T14:22:22-05:00.
TEST(Uuid, VersionSevenHoldsTheMilliseconds) {
  FakeClock clock(0x017F22E279B0 * std::int64_t{1000} + 999);
  SeededRandom random(3);
  const Uuid id = make_uuid(clock, random);
  EXPECT_EQ(id.text().substr(0, 15), "017f22e2-79b0-7");
  EXPECT_TRUE(std::string("89ab").find(id.text()[19]) != std::string::npos) << id.text();
  EXPECT_EQ(MUST(parse_time("2022-02-22T14:22:22-05:00")), 0x017F22E279B0 * std::int64_t{1000});
  EXPECT_NE(make_uuid(clock, random), id);
}

TEST(Uuid, OfANameIsStable) {
  EXPECT_EQ(uuid_of("a"), uuid_of("a"));
  EXPECT_NE(uuid_of("a"), uuid_of("b"));
  EXPECT_EQ(uuid_of("a").text()[14], '8');
}

TEST(Uuid, Parses) {
  const Uuid id = MUST(parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"));
  EXPECT_EQ(id.text(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  for (const char* text :
       {"", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2_79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"})
    EXPECT_FALSE(parse_uuid(text)) << text;
}

}  // namespace
}  // namespace solvent
