/// Merging against exact recomputation over random splits.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "profile/profile.h"

namespace solvent::profile {
namespace {

struct Rows {
  std::vector<double> reals;
  std::vector<std::int64_t> ints;
  std::vector<std::string> texts;
};

Rows random_rows(Random& random, std::size_t n, std::uint64_t spread) {
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    // The square of a uniform has many small and few large values: a long tail of counts.
    const double u = static_cast<double>(random.below(spread)) / static_cast<double>(spread);
    rows.ints.push_back(static_cast<std::int64_t>(u * u * static_cast<double>(spread)) - 5);
    const auto shift = static_cast<double>(random.below(3));
    rows.reals.push_back(random.below(50) == 0 ? NAN : u * 3 - shift);
    rows.texts.push_back("v" + std::to_string(static_cast<int>(u * u * 400)));
  }
  return rows;
}

TableProfile profile_of(const Rows& rows, std::size_t from, std::size_t to, Limits limits) {
  ProfileBuilder builder(
      {{"r", ColumnType::kReal}, {"i", ColumnType::kInt}, {"t", ColumnType::kText}}, limits);
  for (std::size_t at = from; at < to; at += 2048) {
    const std::size_t n = std::min<std::size_t>(2048, to - at);
    const std::vector<std::string_view> texts(rows.texts.begin() + static_cast<long>(at),
                                              rows.texts.begin() + static_cast<long>(at + n));
    const ColumnSpan spans[] = {
        {.type = ColumnType::kReal, .reals = std::span(rows.reals).subspan(at, n)},
        {.type = ColumnType::kInt, .integers = std::span(rows.ints).subspan(at, n)},
        {.type = ColumnType::kText, .texts = texts}};
    builder.add(spans);
  }
  return builder.finish();
}

/// What must agree exactly or to rounding, whatever the grouping.
void expect_equal(const TableProfile& got, const TableProfile& whole) {
  EXPECT_EQ(got.rows, whole.rows);
  EXPECT_EQ(got.schema_digest, whole.schema_digest);
  for (std::size_t i = 0; i < whole.columns.size(); ++i) {
    const auto &a = got.columns[i], &b = whole.columns[i];
    EXPECT_EQ(a.nulls, b.nulls);
    EXPECT_EQ(a.nans, b.nans);
    EXPECT_EQ(a.zeros, b.zeros);
    EXPECT_EQ(a.negatives, b.negatives);
    EXPECT_EQ(a.min, b.min);
    EXPECT_EQ(a.max, b.max);
    EXPECT_EQ(a.min_text, b.min_text);
    EXPECT_EQ(a.max_text, b.max_text);
    EXPECT_EQ(a.moments.n, b.moments.n);
    EXPECT_NEAR(a.moments.mean, b.moments.mean, 1e-9 * (1 + std::abs(b.moments.mean)));
    EXPECT_NEAR(a.moments.m2, b.moments.m2, 1e-9 * (1 + b.moments.m2));
    EXPECT_NEAR(a.moments.m4, b.moments.m4, 1e-9 * (1 + b.moments.m4));
    EXPECT_NEAR(a.text_length.mean, b.text_length.mean, 1e-9);
  }
  for (std::size_t i = 0; i < whole.comoments.size(); ++i) {
    EXPECT_EQ(got.comoments[i].n, whole.comoments[i].n);
    EXPECT_NEAR(got.comoments[i].c_ab, whole.comoments[i].c_ab,
                1e-9 * (1 + std::sqrt(whole.comoments[i].m2_a * whole.comoments[i].m2_b)));
  }
}

std::map<std::string, std::int64_t> count(const std::vector<std::string>& values) {
  std::map<std::string, std::int64_t> out;
  for (const auto& v : values) ++out[v];
  return out;
}

void expect_top_bounds(const ColumnProfile& p, std::map<std::string, std::int64_t> truth) {
  for (const auto& v : p.top) {
    EXPECT_LE(v.count, truth[v.value]) << v.value;
    EXPECT_GE(v.count + p.top_error, truth[v.value]) << v.value;
    truth.erase(v.value);
  }
  for (const auto& [value, n] : truth) EXPECT_LE(n, p.top_floor) << value;
}

void expect_rank_bound(const Quantiles& q, std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  std::sort(values.begin(), values.end());
  ASSERT_EQ(q.n(), static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); i += 97) {
    const auto below = std::upper_bound(values.begin(), values.end(), values[i]) - values.begin();
    const double truth = static_cast<double>(below) / static_cast<double>(values.size());
    EXPECT_LE(std::abs(q.cdf(values[i]) - truth), q.rank_error + 1e-12);
  }
}

class Splits : public testing::TestWithParam<int> {};

TEST_P(Splits, merge_to_the_whole_in_any_grouping) {
  SeededRandom random(static_cast<std::uint64_t>(100 + GetParam()));
  const bool sketched = GetParam() % 2 == 1;
  const Rows rows = random_rows(random, 20'000, sketched ? 1'000'000 : 700);
  Limits limits;
  if (sketched) {
    limits.exact_values_max = 300;
    limits.summary_values = 200;
    limits.top_values = 40;
  }
  const std::size_t n = rows.ints.size();
  std::size_t x = random.below(n), y = random.below(n);
  if (x > y) std::swap(x, y);
  const auto a = profile_of(rows, 0, x, limits), b = profile_of(rows, x, y, limits),
             c = profile_of(rows, y, n, limits), whole = profile_of(rows, 0, n, limits);
  const auto left = MUST(merge(MUST(merge(a, b, limits)), c, limits));
  const auto right = MUST(merge(a, MUST(merge(b, c, limits)), limits));
  const auto turned = MUST(merge(c, MUST(merge(b, a, limits)), limits));
  std::vector<std::string> ints;
  for (auto v : rows.ints) ints.push_back(std::to_string(v));
  const auto int_counts = count(ints), text_counts = count(rows.texts);
  std::vector<double> int_values(rows.ints.begin(), rows.ints.end());
  for (const auto* got : {&left, &right, &turned, &whole}) {
    expect_equal(*got, whole);
    expect_rank_bound(got->columns[0].quantiles, rows.reals);
    expect_rank_bound(got->columns[1].quantiles, int_values);
    expect_top_bounds(got->columns[1], int_counts);
    expect_top_bounds(got->columns[2], text_counts);
    const auto distinct = static_cast<double>(int_counts.size());
    EXPECT_NEAR(static_cast<double>(got->columns[1].distinct), distinct,
                4 * got->columns[1].distinct_error * distinct);
    EXPECT_EQ(got->columns[1].distinct_exact, !sketched);
  }
  if (sketched) return;
  // Exact states are equal to the last count, not only within a bound.
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(left.columns[i].quantiles.values, whole.columns[i].quantiles.values);
    EXPECT_EQ(left.columns[i].quantiles.counts, turned.columns[i].quantiles.counts);
    EXPECT_EQ(to_json(left.columns[i].top), to_json(whole.columns[i].top));
    EXPECT_EQ(left.columns[i].distinct, whole.columns[i].distinct);
  }
  EXPECT_EQ(left.columns[2].distinct, whole.columns[2].distinct);
}
INSTANTIATE_TEST_SUITE_P(Random, Splits, testing::Range(0, 12));

TEST(Merge, with_nothing_changes_nothing) {
  SeededRandom random(5);
  const Rows rows = random_rows(random, 3'000, 500);
  const auto empty = profile_of(rows, 0, 0, {}), whole = profile_of(rows, 0, 3'000, {});
  EXPECT_EQ(to_text(to_json(MUST(merge(whole, empty)))), to_text(to_json(whole)));
  EXPECT_EQ(to_text(to_json(MUST(merge(empty, whole)))), to_text(to_json(whole)));
}

TEST(Merge, refuses_other_schemas_and_malformed_states) {
  SeededRandom random(6);
  const Rows rows = random_rows(random, 100, 500);
  const auto good = profile_of(rows, 0, 100, {});
  const auto other = ProfileBuilder({{"z", ColumnType::kInt}}).finish();
  const auto refused = merge(good, other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);

  auto expect_refused = [&](auto spoil) {
    auto bad = good;
    spoil(bad);
    for (const auto& result : {merge(good, bad), merge(bad, good)}) {
      ASSERT_FALSE(result.has_value());
      EXPECT_EQ(result.error().code, Code::kInvalidArgument);
    }
  };
  expect_refused([](TableProfile& p) { p.version = 2; });
  expect_refused([](TableProfile& p) { p.rows = -1; });
  expect_refused([](TableProfile& p) { p.columns[1].rows = INT64_MAX; });
  expect_refused([](TableProfile& p) { p.columns[1].quantiles.counts.pop_back(); });
  expect_refused([](TableProfile& p) { p.columns[1].quantiles.counts[0] = -1; });
  expect_refused([](TableProfile& p) { p.columns[1].quantiles.values[0] = NAN; });
  expect_refused([](TableProfile& p) {
    std::swap(p.columns[0].quantiles.values[0], p.columns[0].quantiles.values[1]);
  });
  expect_refused([](TableProfile& p) { p.columns[0].quantiles.rank_error = 2; });
  expect_refused([](TableProfile& p) { p.columns[2].top[0].count = INT64_MAX; });
  expect_refused([](TableProfile& p) { p.columns[2].distinct_state = "set:!"; });
  expect_refused([](TableProfile& p) { p.columns[2].name = "u"; });
  expect_refused([](TableProfile& p) { p.comoments.pop_back(); });
  expect_refused([](TableProfile& p) { p.comoments[0].n = -4; });
}

}  // namespace
}  // namespace solvent::profile
