/// Bounded summaries of a stream of numbers with a proven rank error. Inside of profile;
/// thread-compatible.
#pragma once

#include <span>
#include <vector>

#include "profile/profile.h"

namespace solvent::profile {

/// Ascending distinct values with weights. Any rank read from it is off by at most `error` rows.
struct WeightedPoints {
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  double error = 0;
  std::int64_t n() const;
};

WeightedPoints merge_points(const WeightedPoints& a, const WeightedPoints& b);
/// At most `count_max` of them: neighbours form cells of n/count_max rows, each cell standing
/// at its weighted median. Adds the largest weight found on one side of such a median to the error:
/// at most about n/(2·count_max), and nothing for values that fill their cell alone.
WeightedPoints compress(const WeightedPoints& points, std::size_t count_max);
/// Sorts and counts.
WeightedPoints points_of(std::vector<double> values);

/// Munro and Paterson's merging of equal-sized summaries (1980), with `compress` as the reduction:
/// each doubling of the stream adds n/(2·kPoints) to the error, which is summed as it arises.
class QuantileSketch {
 public:
  static constexpr std::size_t kPoints = 4'096;
  static constexpr std::size_t kBuffer = 65'536;

  void add(std::span<const double> values);
  void add(WeightedPoints points);
  /// What was added, in at most `summary_values` points.
  Quantiles finish(std::size_t summary_values) const;

 private:
  void flush();
  std::vector<double> buffer_;
  std::vector<WeightedPoints> levels_;
};

}  // namespace solvent::profile
