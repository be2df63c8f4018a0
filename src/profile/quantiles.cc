#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "profile/quantile_sketch.h"

namespace solvent::profile {

std::int64_t Quantiles::n() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

double Quantiles::quantile(double q) const {
  const std::size_t size = std::min(values.size(), counts.size());
  if (size == 0 || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  const auto total = static_cast<double>(n());
  std::int64_t below = 0;
  for (std::size_t i = 0; i < size; ++i) {
    below += counts[i];
    if (static_cast<double>(below) >= q * total && below > 0) return values[i];
  }
  return values[size - 1];
}

double Quantiles::cdf(double x) const {
  const std::size_t size = std::min(values.size(), counts.size());
  const std::int64_t total = n();
  if (size == 0 || total <= 0 || std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
  const auto end = std::upper_bound(values.begin(), values.begin() + static_cast<long>(size), x);
  const auto below =
      std::accumulate(counts.begin(), counts.begin() + (end - values.begin()), std::int64_t{0});
  return static_cast<double>(below) / static_cast<double>(total);
}

std::int64_t WeightedPoints::n() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

WeightedPoints merge_points(const WeightedPoints& a, const WeightedPoints& b) {
  WeightedPoints out;
  out.values.reserve(a.values.size() + b.values.size());
  out.counts.reserve(a.values.size() + b.values.size());
  out.error = a.error + b.error;
  auto push = [&](double value, std::int64_t count) {
    if (!out.values.empty() && out.values.back() == value) {
      out.counts.back() += count;
    } else {
      out.values.push_back(value);
      out.counts.push_back(count);
    }
  };
  std::size_t i = 0, j = 0;
  while (i < a.values.size() || j < b.values.size()) {
    if (j == b.values.size() || (i < a.values.size() && a.values[i] <= b.values[j])) {
      push(a.values[i], a.counts[i]);
      ++i;
    } else {
      push(b.values[j], b.counts[j]);
      ++j;
    }
  }
  return out;
}

WeightedPoints compress(const WeightedPoints& points, std::size_t count_max) {
  if (points.values.size() <= count_max) return points;
  WeightedPoints out;
  out.values.reserve(count_max);
  out.counts.reserve(count_max);
  const double cell_rows = static_cast<double>(points.n()) / static_cast<double>(count_max);
  auto cell_of = [&](std::int64_t before, std::int64_t count) {
    const double middle = static_cast<double>(before) + static_cast<double>(count) / 2;
    return std::min(count_max - 1, static_cast<std::size_t>(middle / cell_rows));
  };
  std::int64_t before = 0;
  double worst = 0;
  for (std::size_t from = 0; from < points.values.size();) {
    const std::size_t cell = cell_of(before, points.counts[from]);
    std::int64_t weight = 0;
    std::size_t to = from;
    while (to < points.values.size() && cell_of(before + weight, points.counts[to]) == cell)
      weight += points.counts[to++];
    std::int64_t below = 0;
    std::size_t median = from;
    while (2 * (below + points.counts[median]) < weight) below += points.counts[median++];
    const std::int64_t above = weight - below - points.counts[median];
    worst = std::max(worst, static_cast<double>(std::max(below, above)));
    out.values.push_back(points.values[median]);
    out.counts.push_back(weight);
    before += weight;
    from = to;
  }
  out.error = points.error + worst;
  return out;
}

WeightedPoints points_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  WeightedPoints out;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t j = i + 1;
    while (j < values.size() && values[j] == values[i]) ++j;
    out.values.push_back(values[i]);
    out.counts.push_back(static_cast<std::int64_t>(j - i));
    i = j;
  }
  return out;
}

void QuantileSketch::add(std::span<const double> values) {
  for (std::size_t at = 0; at < values.size();) {
    if (buffer_.capacity() < kBuffer) buffer_.reserve(kBuffer);
    const std::size_t count = std::min(kBuffer - buffer_.size(), values.size() - at);
    buffer_.insert(buffer_.end(), values.begin() + static_cast<long>(at),
                   values.begin() + static_cast<long>(at + count));
    at += count;
    if (buffer_.size() == kBuffer) flush();
  }
}

void QuantileSketch::flush() {
  add(points_of(buffer_));
  buffer_.clear();
}

void QuantileSketch::add(WeightedPoints points) {
  std::size_t level = 0;
  for (auto n = points.n(); n >= static_cast<std::int64_t>(2 * kBuffer); n /= 2) ++level;
  points = compress(points, kPoints);
  for (;; ++level) {
    if (levels_.size() <= level) levels_.resize(level + 1);
    if (levels_[level].values.empty()) break;
    points = compress(merge_points(points, levels_[level]), kPoints);
    levels_[level] = {};
  }
  levels_[level] = std::move(points);
}

Quantiles QuantileSketch::finish(std::size_t summary_values) const {
  WeightedPoints all = points_of(buffer_);
  for (const auto& level : levels_) all = merge_points(all, level);
  all = compress(all, std::max<std::size_t>(1, summary_values));
  Quantiles out;
  const auto n = static_cast<double>(all.n());
  out.exact = all.error == 0;
  out.rank_error = n > 0 ? all.error / n : 0;
  out.values = std::move(all.values);
  out.counts = std::move(all.counts);
  return out;
}

}  // namespace solvent::profile
