#include "stats/effect_sizes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/distributions.h"

namespace solvent::stats {
namespace {

std::size_t size_of(const Sample& s) {
  return std::min(s.values.size(), s.counts.size());
}

/// Visits the distinct values of both in ascending order with the two counts at each.
template <class F>
void each_value(const Sample& a, const Sample& b, F&& visit) {
  std::size_t i = 0, j = 0;
  const std::size_t na = size_of(a), nb = size_of(b);
  while (i < na || j < nb) {
    const double x = j == nb || (i < na && a.values[i] <= b.values[j]) ? a.values[i] : b.values[j];
    double in_a = 0, in_b = 0;
    if (i < na && a.values[i] == x) in_a = static_cast<double>(a.counts[i++]);
    if (j < nb && b.values[j] == x) in_b = static_cast<double>(b.counts[j++]);
    if (in_a == 0 && in_b == 0) return;  // NaN among the values: nothing compares equal to it
    visit(x, in_a, in_b);
  }
}

double total_of(std::span<const std::int64_t> counts) {
  double sum = 0;
  for (auto count : counts) sum += static_cast<double>(count);
  return sum;
}

/// Pairs won and lost, and the sums of squares that Cliff's variance takes.
struct Dominance {
  double more = 0, less = 0;                     // pairs with a > b, a < b
  double rows_squared = 0, columns_squared = 0;  // Σ dᵢ.², Σ d.ⱼ², as counts squared
};

Dominance dominance_of(const Sample& a, const Sample& b, double na, double nb) {
  Dominance out;
  double below_a = 0, below_b = 0;
  each_value(a, b, [&](double, double in_a, double in_b) {
    const double row = below_b - (nb - below_b - in_b);     // wins less losses of one a here
    const double column = (na - below_a - in_a) - below_a;  // wins of a less losses against one b
    out.more += in_a * below_b;
    out.less += in_a * (nb - below_b - in_b);
    out.rows_squared += in_a * row * row;
    out.columns_squared += in_b * column * column;
    below_a += in_a;
    below_b += in_b;
  });
  return out;
}

Estimate widened(Estimate e, double by, double low, double high) {
  return {e.value, std::max(low, e.low - by), std::min(high, e.high + by)};
}

}  // namespace

double Sample::n() const {
  return total_of(counts);
}

Estimate ks_distance(const Sample& a, const Sample& b, double confidence) {
  const double na = a.n(), nb = b.n();
  if (!(na > 0) || !(nb > 0)) return {kNan, kNan, kNan};
  double below_a = 0, below_b = 0, distance = 0;
  each_value(a, b, [&](double, double in_a, double in_b) {
    below_a += in_a;
    below_b += in_b;
    distance = std::max(distance, std::abs(below_a / na - below_b / nb));
  });
  const double log_term = std::log(4 / (1 - confidence)) / 2;
  const double band = std::sqrt(log_term / na) + std::sqrt(log_term / nb);
  return widened({distance, distance, distance}, band + a.rank_error + b.rank_error, 0, 1);
}

double ks_p_value(double distance, double n_a, double n_b) {
  return kolmogorov_tail(distance * std::sqrt(n_a * n_b / (n_a + n_b)));
}

Estimate cliffs_delta(const Sample& a, const Sample& b, double confidence) {
  const double na = a.n(), nb = b.n();
  if (!(na > 0) || !(nb > 0)) return {kNan, kNan, kNan};
  const Dominance d = dominance_of(a, b, na, nb);
  const double pairs = na * nb, delta = (d.more - d.less) / pairs;
  const double z = two_sided_z(confidence), zz = z * z;
  const double slack = 2 * (a.rank_error + b.rank_error);
  const double smaller = std::min(na, nb);
  if (std::abs(delta) == 1 || smaller < 2) {
    const double end = smaller < 2 ? -1 : std::max(-1.0, (smaller - zz) / (smaller + zz));
    if (smaller < 2) return {delta, -1, 1};
    return delta > 0 ? Estimate{1, std::max(-1.0, end - slack), 1}
                     : Estimate{-1, -1, std::min(1.0, slack - end)};
  }
  const double rows = d.rows_squared / (nb * nb) - na * delta * delta;  // Σ (dᵢ. − δ)²
  const double columns = d.columns_squared / (na * na) - nb * delta * delta;
  const double cells = (d.more + d.less) - pairs * delta * delta;  // ΣΣ (dᵢⱼ − δ)²
  double variance = (nb * nb * rows + na * na * columns - cells) / (pairs * (na - 1) * (nb - 1));
  variance = std::max(variance, (1 - delta * delta) / (pairs - 1));
  const double one = 1 - delta * delta;
  const double centre = delta - delta * delta * delta;
  const double spread = z * std::sqrt(variance) * std::sqrt(one * one + zz * variance);
  const double scale = one + zz * variance;
  return widened({delta, (centre - spread) / scale, (centre + spread) / scale}, slack, -1, 1);
}

double wasserstein1(const Sample& a, const Sample& b) {
  const double na = a.n(), nb = b.n();
  if (!(na > 0) || !(nb > 0)) return kNan;
  double below_a = 0, below_b = 0, before = 0, area = 0;
  bool first = true;
  each_value(a, b, [&](double x, double in_a, double in_b) {
    if (!first) area += std::abs(below_a / na - below_b / nb) * (x - before);
    first = false;
    below_a += in_a;
    below_b += in_b;
    before = x;
  });
  return area;
}

Estimate total_variation(std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                         double confidence) {
  const double na = total_of(a), nb = total_of(b);
  if (!(na > 0) || !(nb > 0) || a.size() != b.size()) return {kNan, kNan, kNan};
  double sum = 0, categories = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(static_cast<double>(a[i]) / na - static_cast<double>(b[i]) / nb);
    categories += a[i] + b[i] > 0;
  }
  const double distance = sum / 2;
  if (categories < 2) return {distance, 0, 1};  // one category seen: nothing bounds the unseen
  const double log_sets = categories * std::log(2.0) + std::log1p(-std::pow(2.0, 1 - categories));
  const double log_term = 2 * (log_sets + std::log(2 / (1 - confidence)));
  const double band = (std::sqrt(log_term / na) + std::sqrt(log_term / nb)) / 2;
  return widened({distance, distance, distance}, band, 0, 1);
}

double population_stability(std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                            double zero_share) {
  const double na = total_of(a), nb = total_of(b);
  if (!(na > 0) || !(nb > 0) || a.size() != b.size()) return kNan;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 0 && b[i] == 0) continue;
    const double p = a[i] == 0 ? zero_share : static_cast<double>(a[i]) / na;
    const double q = b[i] == 0 ? zero_share : static_cast<double>(b[i]) / nb;
    sum += (p - q) * std::log(p / q);
  }
  return sum;
}

double jensen_shannon(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const double na = total_of(a), nb = total_of(b);
  if (!(na > 0) || !(nb > 0) || a.size() != b.size()) return kNan;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = static_cast<double>(a[i]) / na, q = static_cast<double>(b[i]) / nb;
    const double middle = (p + q) / 2;
    if (p > 0) sum += p * std::log(p / middle);
    if (q > 0) sum += q * std::log(q / middle);
  }
  return std::max(0.0, sum / 2);
}

void bin_counts(const Sample& sample, std::span<const double> edges,
                std::span<std::int64_t> counts) {
  std::fill(counts.begin(), counts.end(), 0);
  for (std::size_t i = 0; i < size_of(sample); ++i) {
    const auto bin = static_cast<std::size_t>(
        std::lower_bound(edges.begin(), edges.end(), sample.values[i]) - edges.begin());
    if (bin < counts.size()) counts[bin] += sample.counts[i];
  }
}

Estimate cohens_d(double mean_a, double variance_a, double n_a, double mean_b, double variance_b,
                  double n_b, double confidence) {
  if (!(n_a >= 2) || !(n_b >= 2)) return {kNan, kNan, kNan};
  const double pooled = ((n_a - 1) * variance_a + (n_b - 1) * variance_b) / (n_a + n_b - 2);
  if (!(pooled > 0)) return {kNan, kNan, kNan};
  const double d = (mean_a - mean_b) / std::sqrt(pooled);
  const double variance = (n_a + n_b) / (n_a * n_b) + d * d / (2 * (n_a + n_b));
  const double half = two_sided_z(confidence) * std::sqrt(variance);
  return {d, d - half, d + half};
}

}  // namespace solvent::stats
