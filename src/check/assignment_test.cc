#include "check/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/random.h"

namespace solvent::check {
namespace {

/// Pairs and their cost, the best of every way to give rows columns: tried one by one.
std::pair<std::int64_t, std::int64_t> best(const std::vector<std::int64_t>& costs, std::size_t rows,
                                           std::size_t columns, std::size_t row,
                                           std::set<std::size_t>& taken) {
  if (row == rows) return {0, 0};
  auto most = best(costs, rows, columns, row + 1, taken);  // this row has none
  for (std::size_t c = 0; c < columns; ++c) {
    const std::int64_t cost = costs[row * columns + c];
    if (cost == kForbidden || taken.contains(c)) continue;
    taken.insert(c);
    auto [pairs, total] = best(costs, rows, columns, row + 1, taken);
    taken.erase(c);
    ++pairs;
    total += cost;
    if (pairs > most.first || (pairs == most.first && total < most.second)) most = {pairs, total};
  }
  return most;
}

TEST(Assign, NothingAndForbiddenPairsStayApart) {
  EXPECT_TRUE(assign({}, 0, 3).empty());
  EXPECT_EQ(assign({}, 2, 0), (std::vector<std::optional<std::size_t>>(2)));
  const std::vector<std::int64_t> costs = {kForbidden, 1, kForbidden, kForbidden};
  EXPECT_EQ(assign(costs, 2, 2), (std::vector<std::optional<std::size_t>>{1, std::nullopt}));
}

TEST(Assign, PrefersMorePairsToNearOnes) {
  // Nearest first would take (1, 0) at 1 and leave row 0 alone.
  const std::vector<std::int64_t> costs = {2, kForbidden, 1, 2};
  EXPECT_EQ(assign(costs, 2, 2), (std::vector<std::optional<std::size_t>>{0, 1}));
}

TEST(Assign, IsAsGoodAsTryingEverything) {
  SeededRandom random(7);
  for (int round = 0; round < 2'000; ++round) {
    const std::size_t rows = 1 + random.below(5), columns = 1 + random.below(5);
    std::vector<std::int64_t> costs;
    for (std::size_t i = 0; i < rows * columns; ++i)
      costs.push_back(random.below(3) == 0 ? kForbidden
                                           : static_cast<std::int64_t>(random.below(9)));
    const auto answer = assign(costs, rows, columns);
    std::set<std::size_t> taken;
    std::int64_t pairs = 0, total = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      if (!answer[r]) continue;
      ASSERT_TRUE(taken.insert(*answer[r]).second);
      ASSERT_NE(costs[r * columns + *answer[r]], kForbidden);
      ++pairs;
      total += costs[r * columns + *answer[r]];
    }
    taken.clear();
    ASSERT_EQ(std::pair(pairs, total), best(costs, rows, columns, 0, taken)) << round;
  }
}

}  // namespace
}  // namespace solvent::check
