#include "stats/association.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stats/distributions.h"

namespace solvent::stats {
namespace {

struct Margins {
  std::vector<double> rows, columns;
  double n = 0;
  std::size_t rows_seen = 0, columns_seen = 0;
};

double cell(const Contingency& table, std::size_t row, std::size_t column) {
  return static_cast<double>(table.counts[row * table.columns + column]);
}

Margins margins_of(const Contingency& table) {
  Margins out;
  out.rows.resize(table.rows);
  out.columns.resize(table.columns);
  if (table.counts.size() != table.rows * table.columns) return out;
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t c = 0; c < table.columns; ++c) {
      out.rows[r] += cell(table, r, c);
      out.columns[c] += cell(table, r, c);
    }
  out.n = std::accumulate(out.rows.begin(), out.rows.end(), 0.0);
  auto seen = [](double total) { return total > 0; };
  out.rows_seen = static_cast<std::size_t>(std::count_if(out.rows.begin(), out.rows.end(), seen));
  out.columns_seen =
      static_cast<std::size_t>(std::count_if(out.columns.begin(), out.columns.end(), seen));
  return out;
}

double entropy(std::span<const double> totals, double n) {
  double sum = 0;
  for (double total : totals)
    if (total > 0) sum -= total / n * std::log(total / n);
  return sum;
}

/// The two largest counts.
struct Leaders {
  double first = 0, second = 0;
};

Leaders leaders_of(std::span<const double> counts) {
  Leaders out;
  for (double count : counts) {
    out.second = std::max(out.second, std::min(count, out.first));
    out.first = std::max(out.first, count);
  }
  return out;
}

/// With one row of a class left out, the class is guessed when it still has the most; a tie goes to
/// another.
bool wins(double own, const Leaders& leaders) {
  return own == leaders.first && own - 1 > leaders.second;
}

double rows_won(std::span<const double> counts, const Leaders& leaders) {
  double right = 0;
  for (double count : counts)
    if (wins(count, leaders)) right += count;
  return right;
}

/// The noncentrality under which P(X ≤ statistic) = p, or 0 when even none gives less.
double noncentrality_at(double statistic, double degrees, double p) {
  if (noncentral_chi_square_cdf(statistic, degrees, 0) <= p) return 0;
  double low = 0, high = statistic + 1;
  while (noncentral_chi_square_cdf(statistic, degrees, high) > p && high < 1e12) high *= 2;
  for (int i = 0; i < 100 && high - low > 1e-10 * (1 + high); ++i) {
    const double middle = (low + high) / 2;
    (noncentral_chi_square_cdf(statistic, degrees, middle) > p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

ChiSquare chi_square_test(const Contingency& table) {
  const Margins m = margins_of(table);
  if (!(m.n > 0) || m.rows_seen < 2 || m.columns_seen < 2) return {kNan, 0, kNan};
  ChiSquare out;
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t c = 0; c < table.columns; ++c) {
      const double expected = m.rows[r] / m.n * m.columns[c];
      if (expected == 0) continue;
      const double d = cell(table, r, c) - expected;
      out.statistic += d * d / expected;
    }
  out.degrees = static_cast<double>((m.rows_seen - 1) * (m.columns_seen - 1));
  out.p_value = chi_square_tail(out.statistic, out.degrees);
  return out;
}

Estimate cramers_v(const Contingency& table, double confidence) {
  const Margins m = margins_of(table);
  const ChiSquare test = chi_square_test(table);
  if (std::isnan(test.statistic)) return {kNan, kNan, kNan};
  const double scale = m.n * static_cast<double>(std::min(m.rows_seen, m.columns_seen) - 1);
  const double alpha = 1 - confidence;
  const double low = noncentrality_at(test.statistic, test.degrees, 1 - alpha / 2);
  const double high = noncentrality_at(test.statistic, test.degrees, alpha / 2);
  auto v_of = [&](double lambda) {
    return std::min(1.0, std::sqrt((lambda + test.degrees) / scale));
  };
  const double v = std::min(1.0, std::sqrt(test.statistic / scale));
  return {v, low > 0 ? std::min(v, v_of(low)) : 0, std::max(v, v_of(high))};
}

double cramers_v_corrected(const Contingency& table) {
  const Margins m = margins_of(table);
  const ChiSquare test = chi_square_test(table);
  if (std::isnan(test.statistic) || !(m.n > 1)) return kNan;
  const auto r = static_cast<double>(m.rows_seen), c = static_cast<double>(m.columns_seen);
  const double phi = std::max(0.0, test.statistic / m.n - (r - 1) * (c - 1) / (m.n - 1));
  const double rows = r - (r - 1) * (r - 1) / (m.n - 1);
  const double columns = c - (c - 1) * (c - 1) / (m.n - 1);
  const double scale = std::min(rows, columns) - 1;
  return scale > 0 ? std::sqrt(phi / scale) : kNan;
}

Estimate pearson(double r, double n, double confidence) {
  if (std::isnan(r) || !(n >= 4)) return {r, kNan, kNan};
  r = std::clamp(r, -1.0, 1.0);
  if (std::abs(r) == 1) return {r, r, r};
  const double half = two_sided_z(confidence) / std::sqrt(n - 3);
  return {r, std::tanh(std::atanh(r) - half), std::tanh(std::atanh(r) + half)};
}

Estimate wilson(double successes, double n, double confidence) {
  if (!(n > 0)) return {kNan, 0, 1};
  const double p = successes / n, z = two_sided_z(confidence), zz = z * z;
  const double centre = (p + zz / (2 * n)) / (1 + zz / n);
  const double half = z / (1 + zz / n) * std::sqrt(p * (1 - p) / n + zz / (4 * n * n));
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Estimate proportion_difference(double a, double n_a, double b, double n_b, double confidence) {
  const Estimate x = wilson(a, n_a, confidence), y = wilson(b, n_b, confidence);
  if (std::isnan(x.value) || std::isnan(y.value)) return {kNan, -1, 1};
  const double d = x.value - y.value;
  return {d, d - std::hypot(x.value - x.low, y.high - y.value),
          d + std::hypot(x.high - x.value, y.value - y.low)};
}

Estimate auc(const Sample& positives, const Sample& negatives, double confidence) {
  const Estimate delta = cliffs_delta(positives, negatives, confidence);
  return {(delta.value + 1) / 2, (delta.low + 1) / 2, (delta.high + 1) / 2};
}

Estimate auc_of_rows(std::span<const double> scores, std::span<const std::uint8_t> labels,
                     double confidence) {
  std::vector<double> sides[2];
  for (std::size_t i = 0; i < std::min(scores.size(), labels.size()); ++i)
    if (!std::isnan(scores[i])) sides[labels[i] != 0].push_back(scores[i]);
  std::vector<double> values[2];
  std::vector<std::int64_t> counts[2];
  for (int side = 0; side < 2; ++side) {
    std::sort(sides[side].begin(), sides[side].end());
    for (double value : sides[side]) {
      if (values[side].empty() || values[side].back() != value) {
        values[side].push_back(value);
        counts[side].push_back(0);
      }
      ++counts[side].back();
    }
  }
  return auc({values[1], counts[1]}, {values[0], counts[0]}, confidence);
}

double normalized_mutual_information(const Contingency& table) {
  const Margins m = margins_of(table);
  if (!(m.n > 0)) return kNan;
  const double hx = entropy(m.rows, m.n), hy = entropy(m.columns, m.n);
  if (hx + hy == 0) return kNan;
  double information = 0;
  for (std::size_t r = 0; r < table.rows; ++r)
    for (std::size_t c = 0; c < table.columns; ++c) {
      const double joint = cell(table, r, c);
      if (joint == 0) continue;
      information += joint / m.n * std::log(joint * m.n / (m.rows[r] * m.columns[c]));
    }
  return std::clamp(2 * information / (hx + hy), 0.0, 1.0);
}

MajorityRule majority_rule(const Contingency& table, double confidence) {
  const Margins m = margins_of(table);
  if (!(m.n > 1)) return {{kNan, kNan, kNan}, kNan, kNan};
  const Leaders all = leaders_of(m.columns);
  const double right_by_baseline = rows_won(m.columns, all);
  double right = 0;
  std::vector<double> row(table.columns);
  for (std::size_t r = 0; r < table.rows; ++r) {
    for (std::size_t c = 0; c < table.columns; ++c) row[c] = cell(table, r, c);
    if (m.rows[r] > 1) {
      right += rows_won(row, leaders_of(row));
    } else if (m.rows[r] == 1) {
      const auto own =
          static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
      right += wins(m.columns[own], all);
    }
  }
  MajorityRule out;
  out.accuracy = wilson(right, m.n, confidence);
  out.baseline = right_by_baseline / m.n;
  out.gain = out.baseline < 1 ? (out.accuracy.value - out.baseline) / (1 - out.baseline) : 0;
  return out;
}

std::vector<double> quantile_edges(const Sample& sample, std::size_t bins) {
  std::vector<double> edges;
  const double n = sample.n();
  const std::size_t size = std::min(sample.values.size(), sample.counts.size());
  double below = 0, cut = n / static_cast<double>(bins);
  for (std::size_t i = 0; i + 1 < size && edges.size() + 1 < bins; ++i) {
    below += static_cast<double>(sample.counts[i]);
    if (below < cut) continue;
    edges.push_back(sample.values[i]);
    while (cut <= below) cut += n / static_cast<double>(bins);
  }
  return edges;
}

std::size_t bin_of(double value, std::span<const double> edges) {
  return static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), value) -
                                  edges.begin());
}

}  // namespace solvent::stats
