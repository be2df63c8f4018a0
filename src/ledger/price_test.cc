#include "ledger/price.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace solvent::ledger {
namespace {

check::CheckSpec spec_of(check::LabourPrior first, check::LabourPrior each,
                         check::LabourPrior month) {
  return {.id = "code/a",
          .principal = first,
          .principal_each = each,
          .interest_month = month,
          .prior_source = "judgement"};
}

// z for 90 % is 1.2815515655. P10/P50/P90 = 600/1200/2400 s: sigma = ln 4 / (2 z) = 0.540866;
// mean = 1200 exp(sigma²/2) = 1389.007; sd = mean × sqrt(exp(sigma²) − 1) = 809.710.
TEST(Price, FitsALognormalToThreeQuantiles) {
  const Quote quote = fit_lognormal({600, 1200, 2400});
  EXPECT_NEAR(quote.mean, 1389.007, 0.001);
  EXPECT_NEAR(quote.sd, 809.710, 0.001);
  EXPECT_NEAR(quote.p10, 600, 1e-6);
  EXPECT_NEAR(quote.p50, 1200, 1e-6);
  EXPECT_NEAR(quote.p90, 2400, 1e-6);
}

TEST(Price, IsNeverSurerThanAFactorOfFour) {
  const Quote quote = fit_lognormal({1000, 1200, 1500});
  EXPECT_NEAR(quote.p90 / quote.p10, 4, 1e-9);
  EXPECT_NEAR(quote.p50, 1200, 1e-6);
  const Quote wide = fit_lognormal({100, 1000, 10'000});
  EXPECT_NEAR(wide.p90 / wide.p10, 100, 1e-6);
  const Quote certain = fit_lognormal({300, 300, 300});
  EXPECT_NEAR(certain.p90 / certain.p10, 4, 1e-9);
}

TEST(Price, NothingCostsNothing) {
  const Quote quote = fit_lognormal({});
  EXPECT_EQ(quote.mean, 0);
  EXPECT_EQ(quote.p90, 0);
}

TEST(Price, FurtherFindingsAddTheirOwnPriorAndExposureMultiplies) {
  const auto spec = spec_of({600, 1200, 2400}, {60, 120, 240}, {300, 600, 1200});
  const Quote one = principal_quote(spec, 1, 1);
  const Quote four = principal_quote(spec, 4, 1);
  // The further ones are a tenth of the first; three of them add 30 %.
  EXPECT_NEAR(four.mean, one.mean * 1.3, 1e-6);
  EXPECT_NEAR(four.p90, one.p90 * 1.3, 1e-6);
  EXPECT_NEAR(principal_quote(spec, 4, 3).mean, four.mean * 3, 1e-6);
  EXPECT_NEAR(interest_quote(spec, 3).p50, 1800, 1e-6);
}

TEST(Price, SaysHowItCameAbout) {
  const auto spec = spec_of({600, 1200, 2400}, {60, 300, 600}, {300, 600, 1200});
  const Price price = principal_price(spec, 3, 2);
  // Means: 1200 × 1.157506 and 300 × 1.497091 (sigma = ln(P90/P10) / 2.563103, exp(sigma²/2)), so
  // 2 × (1389.007 + 2 × 449.127) = 4574.52 s, 1.2707 × the median 3600 s.
  EXPECT_EQ(price.derivation,
            "(rule prior 20 min + 2 further × 5 min) × exposure 2 live models, medians; prior from "
            "judgement; booked is its mean, 1.27 × the median: 1.3 h");
  EXPECT_EQ(price.mean_s, 4575);
  EXPECT_EQ(price.basis, "prior only");
  EXPECT_EQ(price.p50_s, (1200 + 2 * 300) * 2);
  EXPECT_EQ(interest_price(spec, 1).derivation,
            "rule prior 10 min a month × exposure 1, medians; prior from judgement; booked is its "
            "mean, 1.16 × the median: 12 min");
}

TEST(Price, WhatInt64DoesNotHoldIsAnError) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(*to_minor(kMost, 3600), kMost);
  EXPECT_EQ(to_minor(kMost, 3602).error().code, Code::kOutOfRange);
  EXPECT_EQ(*to_minor(kLeast, 3600), kLeast);
  EXPECT_EQ(to_minor(kLeast, 3602).error().code, Code::kOutOfRange);
  EXPECT_EQ(*checked_sum(kMost - 1, 1, "x"), kMost);
  EXPECT_EQ(checked_sum(kMost, 1, "x").error().code, Code::kOutOfRange);
  EXPECT_EQ(checked_sum(kLeast, -1, "x").error().code, Code::kOutOfRange);
  // 2^63 is the first that does not fit; the double below it is 1,024 less.
  EXPECT_EQ(*seconds_of(9'223'372'036'854'774'784.0, "c"), kMost - 1'023);
  EXPECT_EQ(seconds_of(9'223'372'036'854'775'808.0, "c").error().code, Code::kOutOfRange);
  EXPECT_EQ(seconds_of(9'223'372'036'854'775'808.0, "c").error().subject, "c");
  EXPECT_EQ(rounded(1e300), kMost);
}

TEST(Price, LabourBecomesMoneyRoundedHalfAwayFromZero) {
  EXPECT_EQ(*to_minor(3600, 9000), 9000);
  EXPECT_EQ(*to_minor(1, 9000), 3);  // 2.5
  EXPECT_EQ(*to_minor(-1, 9000), -3);
  EXPECT_EQ(*to_minor(1'000'000'000'000, 9'000'000),
            2'500'000'000'000'000);  // beyond 64 bits inside
}

/// X_i = exp(mu_i + s (√r F + √(1−r) e_i)) within a kind: correlation of X_i and X_j is then
/// (exp(r s²) − 1) / (exp(s²) − 1), so r is chosen to make that rho. Kinds are independent.
struct Kind {
  std::vector<double> medians;
  double sigma;
};

Quote simulate(const std::vector<Kind>& kinds, double rho, int rounds) {
  std::mt19937_64 random(20261124);
  std::normal_distribution<double> normal;
  std::vector<double> sums;
  for (int round = 0; round < rounds; ++round) {
    double sum = 0;
    for (const Kind& kind : kinds) {
      const double s2 = kind.sigma * kind.sigma;
      const double r = std::log1p(rho * std::expm1(s2)) / s2;
      const double common = std::sqrt(r) * normal(random);
      for (const double median : kind.medians) {
        sum += median * std::exp(kind.sigma * (common + std::sqrt(1 - r) * normal(random)));
      }
    }
    sums.push_back(sum);
  }
  std::sort(sums.begin(), sums.end());
  double mean = 0;
  for (const double sum : sums) mean += sum / rounds;
  return {.mean = mean, .p10 = sums[sums.size() / 10], .p90 = sums[sums.size() * 9 / 10]};
}

class SumOf : public testing::TestWithParam<double> {};

TEST_P(SumOf, TheIntervalIsWhatMonteCarloFinds) {
  const double rho = GetParam();
  const std::vector<Kind> kinds = {{{600, 1200, 1200, 2400, 300, 900, 900, 900}, 0.54},
                                   {{7200, 3600, 3600}, 0.8},
                                   {{600, 600, 600, 600, 600, 600}, 0.6}};
  std::vector<SpreadGroup> groups;
  for (const Kind& kind : kinds) {
    SpreadGroup group;
    for (const double median : kind.medians) {
      const double mean = median * std::exp(kind.sigma * kind.sigma / 2);
      const double sd = mean * std::sqrt(std::expm1(kind.sigma * kind.sigma));
      group.mean += mean;
      group.sd += sd;
      group.var += sd * sd;
    }
    groups.push_back(group);
  }
  const Quote quote = sum_of(groups, rho);
  const Quote truth = simulate(kinds, rho, 200'000);
  EXPECT_NEAR(quote.mean / truth.mean, 1, 0.01);
  // The shape is matched by three moments only; the stronger the correlation, the rougher.
  const double tolerance = rho <= 0.5 ? 0.03 : 0.06;
  EXPECT_NEAR(quote.p10 / truth.p10, 1, tolerance);
  EXPECT_NEAR(quote.p90 / truth.p90, 1, tolerance);
  EXPECT_LT(quote.p10, quote.mean);
  EXPECT_GT(quote.p90, quote.mean);
}

INSTANTIATE_TEST_SUITE_P(Correlations, SumOf, testing::Values(0.0, 0.25, 0.5, 0.9));

TEST(SumOfPrices, CorrelationWidensTheIntervalAndQuantilesDoNotAdd) {
  const SpreadGroup group{.mean = 10'000, .sd = 6'000, .var = 3'600'000};  // ten of sd 600
  const std::vector<SpreadGroup> one = {group};
  const Quote independent = sum_of(one, 0), half = sum_of(one, 0.5), same = sum_of(one, 1);
  EXPECT_LT(independent.p90, half.p90);
  EXPECT_LT(half.p90, same.p90);
  EXPECT_NEAR(independent.sd, std::sqrt(3'600'000), 1e-6);
  EXPECT_NEAR(same.sd, 6'000, 1e-6);
  EXPECT_EQ(sum_of({}, 0.5).p90, 0);
}

}  // namespace
}  // namespace solvent::ledger
