#include "stats/association.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace solvent::stats {
namespace {

using Counts = std::vector<std::int64_t>;

Contingency table(const Counts& counts, std::size_t rows, std::size_t columns) {
  return {counts, rows, columns};
}

/// An identifier fits every row, and knows nothing of the next: alone in its category each row
/// falls back on the others' majority, 5 of 8 with one left out: the majority's rows are still
/// guessed.
TEST(MajorityRule, an_identifier_earns_nothing) {
  Counts counts;
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 2; ++column) counts.push_back((row < 5) == (column == 0));
  const auto rule = majority_rule(table(counts, 8, 2));
  EXPECT_DOUBLE_EQ(rule.accuracy.value, 5.0 / 8);
  EXPECT_DOUBLE_EQ(rule.baseline, 5.0 / 8);
  EXPECT_DOUBLE_EQ(rule.gain, 0);
}

TEST(MajorityRule, a_copy_of_the_target_earns_everything) {
  const Counts counts = {50, 0, 0, 30};
  const auto rule = majority_rule(table(counts, 2, 2));
  EXPECT_DOUBLE_EQ(rule.accuracy.value, 1);
  EXPECT_DOUBLE_EQ(rule.baseline, 50.0 / 80);
  EXPECT_DOUBLE_EQ(rule.gain, 1);
  EXPECT_GT(rule.accuracy.low, 0.94);
}

/// Positives 3 and 1, negatives 2 and 2: two pairs won, two lost.
TEST(Auc, hand_worked_from_rows) {
  const std::vector<double> scores = {3, 1, 2, 2, std::nan("")};
  const std::vector<std::uint8_t> labels = {1, 1, 0, 0, 1};
  EXPECT_DOUBLE_EQ(auc_of_rows(scores, labels).value, 0.5);
  const std::vector<double> perfect = {3, 4, 1, 2, 0};
  EXPECT_DOUBLE_EQ(auc_of_rows(perfect, labels).value, 2.0 * 2 / 6);  // 0 loses to both negatives
}

TEST(Auc, without_one_class_is_not_a_number) {
  const std::vector<double> scores = {3, 1};
  const std::vector<std::uint8_t> labels = {1, 1};
  EXPECT_TRUE(std::isnan(auc_of_rows(scores, labels).value));
}

/// V's interval by simulation from p = ((0.3, 0.2), (0.2, 0.3)): χ²/n is 4·0.05²/0.25 = 0.04, so
/// V = 0.2. A binomial(300, 0.95) falls below 271 with probability under 0.001.
TEST(CramersV, interval_covers_the_truth) {
  SeededRandom random(21);
  int covered = 0;
  for (int trial = 0; trial < 300; ++trial) {
    Counts counts(4);
    for (int i = 0; i < 400; ++i) {
      const auto u = random.below(10);
      ++counts[u < 3 ? 0 : u < 5 ? 1 : u < 7 ? 2 : 3];
    }
    const auto v = cramers_v(table(counts, 2, 2));
    covered += v.low <= 0.2 && 0.2 <= v.high;
  }
  EXPECT_GE(covered, 271);
  EXPECT_LT(covered, 300);
}

TEST(CramersV, of_a_large_table_is_quick_and_tight) {
  const Counts counts = {120'000'000, 80'000'000, 80'000'000, 120'000'000};
  const auto v = cramers_v(table(counts, 2, 2));
  EXPECT_NEAR(v.value, 0.2, 1e-12);
  EXPECT_NEAR(v.low, 0.2, 2e-4);
  EXPECT_NEAR(v.high, 0.2, 2e-4);
}

TEST(Association, of_degenerate_tables_is_not_a_number) {
  const Counts none, zeros = {0, 0, 0, 0}, one_column = {3, 0, 4, 0};
  EXPECT_TRUE(std::isnan(chi_square_test(table(none, 0, 0)).p_value));
  EXPECT_TRUE(std::isnan(cramers_v(table(zeros, 2, 2)).value));
  EXPECT_TRUE(std::isnan(cramers_v(table(one_column, 2, 2)).value));
  EXPECT_TRUE(std::isnan(normalized_mutual_information(table(zeros, 2, 2))));
  EXPECT_TRUE(std::isnan(majority_rule(table(zeros, 2, 2)).baseline));
  EXPECT_TRUE(std::isnan(chi_square_test(table(zeros, 3, 2)).p_value));  // sizes do not fit
  EXPECT_EQ(normalized_mutual_information(table(one_column, 2, 2)), 0);
}

TEST(Pearson, needs_four_rows_and_keeps_to_its_range) {
  EXPECT_TRUE(std::isnan(pearson(0.5, 3).low));
  EXPECT_EQ(pearson(1, 10).low, 1);
  EXPECT_TRUE(std::isnan(pearson(std::nan(""), 10).low));
}

TEST(Wilson, of_nothing_says_nothing) {
  EXPECT_EQ(wilson(0, 0).low, 0);
  EXPECT_EQ(wilson(0, 0).high, 1);
  EXPECT_EQ(proportion_difference(0, 0, 1, 2).high, 1);
}

/// 1 1 2 3 4 5 in three bins of two rows: cuts after 1 and after 3.
TEST(QuantileEdges, part_rows_evenly) {
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const Counts counts = {2, 1, 1, 1, 1};
  const auto edges = quantile_edges({values, counts}, 3);
  EXPECT_EQ(edges, (std::vector<double>{1, 3}));
  EXPECT_EQ(bin_of(1, edges), 0u);
  EXPECT_EQ(bin_of(2, edges), 1u);
  EXPECT_EQ(bin_of(99, edges), 2u);
  const Counts heavy = {1, 1, 1, 1, 100};
  EXPECT_LE(quantile_edges({values, heavy}, 4).size(), 3u);
  EXPECT_TRUE(quantile_edges({}, 4).empty());
}

}  // namespace
}  // namespace solvent::stats
