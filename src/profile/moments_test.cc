#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "profile/comoments.h"
#include "profile/profile.h"

namespace solvent::profile {
namespace {

/// x[i] = (i·7919 mod 1009)/10 and y[i] = (i·104729 mod 997) − 300, NaN at every seventh row.
/// numpy 2.4.6 / scipy 1.17.1 on the same sequences give the constants below:
///   i = np.arange(5000); x = ((i*7919) % 1009)/10.0
///   x.mean(), x.var(ddof=1), stats.skew(x), stats.kurtosis(x), np.corrcoef(x[m], y[m])[0, 1]
std::vector<double> sequence_x() {
  std::vector<double> out;
  for (std::int64_t i = 0; i < 5000; ++i) out.push_back(static_cast<double>(i * 7919 % 1009) / 10);
  return out;
}
std::vector<double> sequence_y() {
  std::vector<double> out;
  for (std::int64_t i = 0; i < 5000; ++i)
    out.push_back(i % 7 == 0 ? NAN : static_cast<double>(i * 104729 % 997) - 300);
  return out;
}

void expect_x(const Moments& m) {
  EXPECT_EQ(m.n, 5000);
  EXPECT_NEAR(m.mean, 50.4108, 1e-11);
  EXPECT_NEAR(m.variance(), 848.9083250250051, 1e-9);
  EXPECT_NEAR(m.skewness(), -5.100823708005848e-05, 1e-12);
  EXPECT_NEAR(m.kurtosis(), -1.200135336260896, 1e-12);
}

TEST(Moments, agrees_with_scipy_one_by_one_and_in_batches) {
  Moments single, batch;
  for (double x : sequence_x()) single.add(x);
  batch.add_all(sequence_x());
  expect_x(single);
  expect_x(batch);
}

TEST(Moments, merges_to_the_whole_however_split) {
  SeededRandom random(7);
  const auto x = sequence_x();
  for (int trial = 0; trial < 50; ++trial) {
    Moments left, right;
    std::size_t at = 0;
    while (at < x.size()) {
      const std::size_t count = std::min<std::size_t>(x.size() - at, random.below(600));
      Moments part;
      part.add_all(std::span(x).subspan(at, count));
      (random.below(2) == 0 ? left : right).merge(part);
      at += count;
    }
    Moments other = right;
    other.merge(left);
    left.merge(right);
    expect_x(left);
    expect_x(other);
  }
}

/// 1e9 + {4, 7, 13, 16}: the deviations are -6, -3, 3, 6 about 1e9 + 10, their squares sum to 90,
/// so 1,000 copies of each have m2 = 90,000 and variance 90,000/3,999 (the textbook case in which
/// raw sums lose every digit).
TEST(Moments, keep_their_digits_far_from_zero) {
  Moments single, batch;
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i)
    for (double d : {4.0, 7.0, 13.0, 16.0}) values.push_back(1e9 + d);
  for (double v : values) single.add(v);
  batch.add_all(values);
  // A running mean rounds 4,000 times by up to half a unit of 10⁹'s last place, 6e-8.
  EXPECT_NEAR(single.mean, 1e9 + 10, 4'000 * 6e-8);
  EXPECT_NEAR(single.variance(), 90'000.0 / 3'999.0, 1e-6);
  EXPECT_DOUBLE_EQ(batch.mean, 1e9 + 10);
  EXPECT_NEAR(batch.variance(), 90'000.0 / 3'999.0, 1e-9);
  EXPECT_NEAR(batch.skewness(), 0, 1e-9);
}

TEST(Moments, of_nothing_or_one_value_have_no_spread) {
  Moments none, one;
  one.add(3);
  EXPECT_TRUE(std::isnan(none.variance()));
  EXPECT_TRUE(std::isnan(one.variance()));
  EXPECT_TRUE(std::isnan(one.skewness()));
  EXPECT_EQ(one.mean, 3);
}

TEST(Moments, saturate_at_the_ends_of_the_range) {
  const double big = std::numeric_limits<double>::max();
  Moments single, batch;
  for (double v : {big, -big, big, -big}) single.add(v);
  batch.add_all(std::vector<double>{big, -big, big, -big});
  for (const Moments& m : {single, batch}) {
    EXPECT_EQ(m.n, 4);
    for (double field : {m.mean, m.m2, m.m3, m.m4}) EXPECT_TRUE(std::isfinite(field));
    EXPECT_EQ(m.m2, big);
  }
}

CoMomentMatrix matrix_of(std::span<const std::vector<double>> columns, std::size_t batch) {
  std::vector<std::int64_t> index;
  for (std::size_t i = 0; i < columns.size(); ++i) index.push_back(static_cast<std::int64_t>(i));
  CoMomentMatrix out(index);
  for (std::size_t at = 0; at < columns[0].size(); at += batch) {
    std::vector<ColumnSpan> spans;
    for (const auto& column : columns)
      spans.push_back(
          {.type = ColumnType::kReal,
           .reals = std::span(column).subspan(at, std::min(batch, column.size() - at))});
    out.add(spans);
  }
  return out;
}

TEST(CoMoments, agree_with_numpy_over_pairwise_complete_rows) {
  std::vector<double> squares;
  for (double x : sequence_x()) squares.push_back(x * x);
  const std::vector<std::vector<double>> columns = {sequence_x(), sequence_y(), squares};
  for (std::size_t batch : {1u, 7u, 2048u, 5000u}) {
    const auto matrix = matrix_of(columns, batch);
    const auto& pairs = matrix.pairs();
    ASSERT_EQ(pairs.size(), 3u);
    EXPECT_EQ(pairs[0].n, 4285);
    EXPECT_NEAR(pairs[0].correlation(), 0.0036922025912447115, 1e-12);
    EXPECT_EQ(pairs[1].n, 5000);
    EXPECT_NEAR(pairs[1].correlation(), 0.9681909377939745, 1e-12);
    EXPECT_EQ(pairs[2].n, 4285);
    EXPECT_EQ(pairs[1].a, 0);
    EXPECT_EQ(pairs[1].b, 2);
  }
}

TEST(CoMoments, hand_worked_pair_with_both_sides_missing) {
  // Complete rows: (1,2), (3,6), (5,4): means 3 and 4, m2 8 and 8, c = (-2)(-2) + 0·2 + 2·0 = 4.
  const std::vector<std::vector<double>> columns = {{1, NAN, 3, 9, 5}, {2, 8, 6, NAN, 4}};
  const auto pair = matrix_of(columns, 5).pairs()[0];
  EXPECT_EQ(pair.n, 3);
  EXPECT_NEAR(pair.mean_a, 3, 1e-12);
  EXPECT_NEAR(pair.mean_b, 4, 1e-12);
  EXPECT_NEAR(pair.m2_a, 8, 1e-12);
  EXPECT_NEAR(pair.c_ab, 4, 1e-12);
  EXPECT_NEAR(pair.correlation(), 0.5, 1e-12);
}

TEST(CoMoments, constant_columns_have_no_correlation) {
  const std::vector<std::vector<double>> columns = {{1, 2, 3}, {5, 5, 5}};
  EXPECT_TRUE(std::isnan(matrix_of(columns, 3).pairs()[0].correlation()));
}

TEST(CoMoments, a_column_of_gaps_alone_has_no_rows) {
  const std::vector<std::vector<double>> columns = {{1, 2}, {NAN, NAN}};
  EXPECT_EQ(matrix_of(columns, 2).pairs()[0].n, 0);
}

}  // namespace
}  // namespace solvent::profile
