#include "check/assignment.h"

#include <algorithm>
#include <limits>

#include "base/result.h"

namespace solvent::check {
namespace {

constexpr std::int64_t kInfinite = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::int64_t kNoPair = 1'000'000'000'000;  ///< dearer than any sum of real costs

/// Rows ≤ columns; every row gets a column. Rows and columns count from 1, 0 is "none yet".
class Hungarian {
 public:
  Hungarian(std::span<const std::int64_t> costs, std::size_t rows, std::size_t columns, bool turned)
      : costs_(costs),
        rows_(rows),
        columns_(columns),
        turned_(turned),
        row_price_(rows + 1, 0),
        column_price_(columns + 1, 0),
        row_of_(columns + 1, 0) {}

  const std::vector<std::size_t>& run() {
    for (std::size_t row = 1; row <= rows_; ++row) augment(row);
    return row_of_;
  }

 private:
  std::int64_t cost(std::size_t row, std::size_t column) const {
    const std::int64_t c = turned_ ? costs_[(column - 1) * rows_ + row - 1]
                                   : costs_[(row - 1) * columns_ + column - 1];
    return c == kForbidden ? kNoPair : c;
  }

  /// Shortest augmenting path from `row` (Dijkstra over reduced costs).
  void augment(std::size_t row) {
    std::vector<std::int64_t> least(columns_ + 1, kInfinite);
    std::vector<std::size_t> from(columns_ + 1, 0);
    std::vector<bool> done(columns_ + 1, false);
    row_of_[0] = row;
    std::size_t at = 0;
    while (row_of_[at] != 0) {
      done[at] = true;
      std::int64_t step = kInfinite;
      std::size_t next = 0;
      for (std::size_t column = 1; column <= columns_; ++column) {
        if (done[column]) continue;
        const std::int64_t reduced =
            cost(row_of_[at], column) - row_price_[row_of_[at]] - column_price_[column];
        if (reduced < least[column]) {
          least[column] = reduced;
          from[column] = at;
        }
        if (least[column] < step) {
          step = least[column];
          next = column;
        }
      }
      for (std::size_t column = 0; column <= columns_; ++column) {
        if (done[column]) {
          row_price_[row_of_[column]] += step;
          column_price_[column] -= step;
        } else {
          least[column] -= step;
        }
      }
      at = next;
    }
    for (; at != 0; at = from[at]) row_of_[at] = row_of_[from[at]];
  }

  std::span<const std::int64_t> costs_;
  std::size_t rows_, columns_;
  bool turned_;
  std::vector<std::int64_t> row_price_, column_price_;
  std::vector<std::size_t> row_of_;
};

}  // namespace

std::vector<std::optional<std::size_t>> assign(std::span<const std::int64_t> costs,
                                               std::size_t rows, std::size_t columns) {
  ASSERT(costs.size() == rows * columns);
  std::vector<std::optional<std::size_t>> answer(rows);
  if (rows == 0 || columns == 0) return answer;
  const bool turned = rows > columns;
  Hungarian method(costs, std::min(rows, columns), std::max(rows, columns), turned);
  const auto& row_of = method.run();
  for (std::size_t column = 1; column < row_of.size(); ++column) {
    if (row_of[column] == 0) continue;
    const std::size_t r = turned ? column - 1 : row_of[column] - 1;
    const std::size_t c = turned ? row_of[column] - 1 : column - 1;
    if (costs[r * columns + c] != kForbidden) answer[r] = c;
  }
  return answer;
}

}  // namespace solvent::check
