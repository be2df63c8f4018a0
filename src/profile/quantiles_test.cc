#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "profile/quantile_sketch.h"

namespace solvent::profile {
namespace {

double uniform(Random& random) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

/// Largest difference of the summary's CDF from the sample's, over the sample's own points.
double worst_rank(const Quantiles& q, std::vector<double> sample) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double worst = 0;
  std::int64_t seen = 0;
  std::size_t point = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (i + 1 < sample.size() && sample[i + 1] == sample[i]) continue;
    while (point < q.values.size() && q.values[point] <= sample[i]) seen += q.counts[point++];
    worst = std::max(worst, std::abs(static_cast<double>(seen) - static_cast<double>(i + 1)) / n);
  }
  return worst;
}

TEST(Quantiles, are_the_inverse_cdf) {
  // numpy: np.quantile([1,2,2,5], q, method="inverted_cdf")
  const Quantiles q{.values = {1, 2, 5}, .counts = {1, 2, 1}};
  EXPECT_EQ(q.n(), 4);
  EXPECT_EQ(q.quantile(0), 1);
  EXPECT_EQ(q.quantile(0.25), 1);
  EXPECT_EQ(q.quantile(0.26), 2);
  EXPECT_EQ(q.quantile(0.75), 2);
  EXPECT_EQ(q.quantile(1), 5);
  EXPECT_EQ(q.cdf(0.9), 0);
  EXPECT_EQ(q.cdf(2), 0.75);
  EXPECT_EQ(q.cdf(9), 1);
  EXPECT_TRUE(std::isnan(Quantiles{}.quantile(0.5)));
  EXPECT_TRUE(std::isnan(Quantiles{}.cdf(0)));
}

TEST(Compress, stands_each_cell_at_its_median_and_states_the_worst_side) {
  // Ten single rows in five cells of two: each cell keeps its first, one row is above it.
  WeightedPoints points;
  for (int i = 0; i < 10; ++i) {
    points.values.push_back(i);
    points.counts.push_back(1);
  }
  const auto out = compress(points, 5);
  EXPECT_EQ(out.values, (std::vector<double>{0, 2, 4, 6, 8}));
  EXPECT_EQ(out.counts, (std::vector<std::int64_t>{2, 2, 2, 2, 2}));
  EXPECT_EQ(out.error, 1);
}

TEST(Compress, keeps_heavy_values_whole) {
  const WeightedPoints points{{1, 2, 3, 4}, {1, 1000, 1, 1000}, 0};
  const auto out = compress(points, 3);
  EXPECT_EQ(out.n(), 2002);
  EXPECT_LE(out.error, 1);
  EXPECT_TRUE(std::find(out.values.begin(), out.values.end(), 2) != out.values.end());
  EXPECT_TRUE(std::find(out.values.begin(), out.values.end(), 4) != out.values.end());
}

class Stream : public testing::TestWithParam<int> {};

/// The bound is proven, so no sample may break it, whatever its order.
TEST_P(Stream, never_exceeds_its_stated_rank_error) {
  SeededRandom random(static_cast<std::uint64_t>(GetParam()));
  std::vector<double> sample;
  const std::size_t n = 100'000 + random.below(500'000);
  for (std::size_t i = 0; i < n; ++i) {
    const double u = uniform(random);
    switch (GetParam() % 4) {
      case 0: sample.push_back(u); break;
      case 1: sample.push_back(-std::log(u + 1e-300)); break;
      case 2: sample.push_back(static_cast<double>(i)); break;              // ascending
      default: sample.push_back(u < 0.5 ? 7 : std::floor(u * 1e6)); break;  // one heavy value
    }
  }
  QuantileSketch sketch;
  for (std::size_t at = 0; at < n; at += 2048)
    sketch.add(std::span(sample).subspan(at, std::min<std::size_t>(2048, n - at)));
  const Quantiles q = sketch.finish(2048);
  EXPECT_EQ(q.n(), static_cast<std::int64_t>(n));
  EXPECT_LE(q.values.size(), 2048u);
  EXPECT_FALSE(q.exact);
  EXPECT_GT(q.rank_error, 0);
  EXPECT_LT(q.rank_error, 0.002);
  EXPECT_LE(worst_rank(q, sample), q.rank_error);
}
INSTANTIATE_TEST_SUITE_P(Shapes, Stream, testing::Range(0, 8));

}  // namespace
}  // namespace solvent::profile
