#include "stats/effect_sizes.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "stats/association.h"
#include "stats/distributions.h"

namespace solvent::stats {
namespace {

struct Counted {
  explicit Counted(std::vector<double> rows) {
    std::sort(rows.begin(), rows.end());
    for (double v : rows) {
      if (values.empty() || values.back() != v) {
        values.push_back(v);
        counts.push_back(0);
      }
      ++counts.back();
    }
  }
  Sample view(double rank_error = 0) const { return {values, counts, rank_error}; }
  std::vector<double> values;
  std::vector<std::int64_t> counts;
};

double uniform(Random& random) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

/// F is ½ at 1 and 1 at 2, G is 1 at 1: they differ most there, by ½. n = 2 and 1 with α = 0.05:
/// √(ln 80/4) + √(ln 80/2) is over 1, so the interval says nothing.
TEST(KsDistance, hand_worked) {
  const auto d = ks_distance(Counted({1, 2}).view(), Counted({1}).view());
  EXPECT_DOUBLE_EQ(d.value, 0.5);
  EXPECT_EQ(d.low, 0);
  EXPECT_EQ(d.high, 1);
}

TEST(KsDistance, band_is_the_formula_s_and_takes_in_rank_errors) {
  std::vector<double> a, b;
  for (int i = 0; i < 20'000; ++i) {
    a.push_back(i);
    b.push_back(i + 10'000);  // shares half of its range: the distance is ½
  }
  const Counted x(a), y(b);
  // √(ln(4/0.05)/40,000) = √(4.382026634673881/40,000) = 0.010466645…
  const double band = 2 * std::sqrt(4.382026634673881 / 40'000);
  const auto exact = ks_distance(x.view(), y.view());
  EXPECT_NEAR(exact.low, 0.5 - band, 1e-12);
  EXPECT_NEAR(exact.high, 0.5 + band, 1e-12);
  const auto sketched = ks_distance(x.view(0.01), y.view(0.02));
  EXPECT_NEAR(sketched.high, 0.5 + band + 0.03, 1e-12);
}

/// The intervals promise 95 %. 400 draws of two samples whose true figures are known by
/// integration: for U(0,1) against U(0.2,1.2) both the distance is 0.2 and delta is −(1 − 0.8²) =
/// −0.36. A binomial(400, 0.95) falls below 366 with probability under 0.002.
TEST(Intervals, cover_the_truth_as_often_as_they_say) {
  SeededRandom random(17);
  int ks = 0, delta = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::vector<double> a, b;
    for (int i = 0; i < 150; ++i) a.push_back(uniform(random));
    for (int i = 0; i < 200; ++i) b.push_back(uniform(random) + 0.2);
    const Counted x(a), y(b);
    const auto d = ks_distance(x.view(), y.view());
    ks += d.low <= 0.2 && 0.2 <= d.high;
    const auto c = cliffs_delta(x.view(), y.view());
    delta += c.low <= -0.36 && -0.36 <= c.high;
  }
  EXPECT_GE(ks, 366);
  EXPECT_GE(delta, 366);
  EXPECT_LT(delta, 400);  // and do not achieve it by saying nothing
}

/// Same for shares: p = (0.5, 0.3, 0.2) against (0.4, 0.3, 0.3) lie 0.1 apart.
TEST(Intervals, of_total_variation_cover_the_truth) {
  SeededRandom random(18);
  int covered = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::vector<std::int64_t> a(3), b(3);
    for (int i = 0; i < 500; ++i) {
      const double u = uniform(random), v = uniform(random);
      ++a[u < 0.5 ? 0 : u < 0.8 ? 1 : 2];
      ++b[v < 0.4 ? 0 : v < 0.7 ? 1 : 2];
    }
    const auto d = total_variation(a, b);
    covered += d.low <= 0.1 && 0.1 <= d.high;
  }
  EXPECT_GE(covered, 366);
}

/// Pairs of {1,3} and {2,2}: 1<2 twice, 3>2 twice: delta 0. {1,1} and {2,3}: all four lost.
TEST(CliffsDelta, hand_worked) {
  EXPECT_DOUBLE_EQ(cliffs_delta(Counted({1, 3}).view(), Counted({2, 2}).view()).value, 0);
  const auto lost = cliffs_delta(Counted({1, 1, 1, 1, 1, 1, 1, 1}).view(),
                                 Counted({2, 3, 2, 3, 2, 3, 2, 3, 2, 3}).view());
  EXPECT_EQ(lost.value, -1);
  EXPECT_EQ(lost.low, -1);
  // The smaller sample has 8 rows: (8 − 1.959964²)/(8 + 1.959964²) = 0.351196…
  const double zz = 3.841458820694124;
  EXPECT_NEAR(lost.high, -(8 - zz) / (8 + zz), 1e-9);
}

TEST(CliffsDelta, is_antisymmetric) {
  SeededRandom random(4);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> a, b;
    for (auto n = 2 + random.below(30); n > 0; --n)
      a.push_back(static_cast<double>(random.below(9)));
    for (auto n = 2 + random.below(30); n > 0; --n)
      b.push_back(static_cast<double>(random.below(7)));
    const Counted x(a), y(b);
    const auto there = cliffs_delta(x.view(), y.view()), back = cliffs_delta(y.view(), x.view());
    EXPECT_NEAR(there.value, -back.value, 1e-12);
    EXPECT_NEAR(there.low, -back.high, 1e-12);
    EXPECT_LE(there.low, there.value);
    EXPECT_GE(there.high, there.value);
  }
}

/// Moving every value by 3 moves the distribution by 3; {0,10} to {0,0} moves half the rows by 10.
TEST(Wasserstein, hand_worked) {
  EXPECT_DOUBLE_EQ(wasserstein1(Counted({1, 2, 5}).view(), Counted({4, 5, 8}).view()), 3);
  EXPECT_DOUBLE_EQ(wasserstein1(Counted({0, 10}).view(), Counted({0, 0}).view()), 5);
}

TEST(TotalVariation, hand_worked) {
  const std::vector<std::int64_t> a = {6, 4, 0}, b = {2, 4, 4}, one = {5};
  EXPECT_DOUBLE_EQ(total_variation(a, b).value, 0.4);
  EXPECT_EQ(total_variation(a, a).low, 0);
  EXPECT_EQ(total_variation(one, one).high, 1);
}

TEST(BinCounts, put_edges_to_the_left) {
  const Counted x({0, 1, 1, 2, 3, 9});
  std::vector<std::int64_t> counts(3);
  bin_counts(x.view(), std::vector<double>{1, 3}, counts);
  EXPECT_EQ(counts, (std::vector<std::int64_t>{3, 2, 1}));
}

TEST(EffectSizes, of_nothing_are_not_numbers) {
  const Sample none;
  const Counted some({1, 2});
  EXPECT_TRUE(std::isnan(ks_distance(none, some.view()).value));
  EXPECT_TRUE(std::isnan(cliffs_delta(some.view(), none).value));
  EXPECT_TRUE(std::isnan(wasserstein1(none, none)));
  EXPECT_TRUE(std::isnan(total_variation({}, {}).value));
  EXPECT_TRUE(std::isnan(jensen_shannon({}, {})));
  EXPECT_TRUE(std::isnan(population_stability({}, {})));
  EXPECT_TRUE(std::isnan(cohens_d(0, 1, 1, 0, 1, 1).value));
  EXPECT_TRUE(std::isnan(cohens_d(0, 0, 5, 1, 0, 5).value));
  const std::vector<double> broken = {std::nan(""), 1};
  const std::vector<std::int64_t> counts = {1, 1};
  (void)ks_distance({broken, counts}, some.view());  // ends
}

/// d = 1 with n = 100 each: variance 2/100 + 1/400 = 0.0225, so ± 1.959964·0.15.
TEST(CohensD, interval_hand_worked) {
  const auto d = cohens_d(3, 4, 100, 1, 4, 100);
  EXPECT_DOUBLE_EQ(d.value, 1);
  EXPECT_NEAR(d.high - d.low, 2 * 1.959963984540054 * 0.15, 1e-12);
}

}  // namespace
}  // namespace solvent::stats
