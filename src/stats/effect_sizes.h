/// How far two samples lie apart, as effect sizes with intervals: on large tables every difference
/// is "significant", so it is the size that counts. Pure, thread-safe. Shapes: a numeric sample is
/// its ascending distinct values with their counts (what profiles hold); a categorical one is
/// counts by category, both samples over the same categories. Empty samples give NaN.
#pragma once

#include <cstdint>
#include <span>

namespace solvent::stats {

struct Interval {
  double low = 0, high = 0;
};
/// A point estimate and its two-sided interval.
struct Estimate {
  double value = 0, low = 0, high = 0;
};

/// Ascending distinct values, as many positive counts. `rank_error` bounds how far any rank may be
/// off, as a share of n; 0 when exact.
struct Sample {
  std::span<const double> values;
  std::span<const std::int64_t> counts;
  double rank_error = 0;
  double n() const;
};

/// Kolmogorov-Smirnov distance sup|F − G|, dimensionless in [0, 1]; O(values). The interval is
/// conservative: by Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990) each empirical
/// CDF is within √(ln(4/α)/2n) everywhere with probability 1 − α/2, so the distance is within the
/// sum of both, widened by both rank errors.
Estimate ks_distance(const Sample& a, const Sample& b, double confidence = 0.95);
/// Asymptotic two-sided p-value of a distance (Smirnov 1948), n_a·n_b/(n_a + n_b) effective rows.
double ks_p_value(double distance, double n_a, double n_b);

/// Cliff's delta P(a > b) − P(a < b), in [−1, 1]; O(values). Interval: Cliff's unbiased variance
/// and asymmetric form (Cliff 1996; Feng and Cliff 2004, eq. 8), which keeps to [−1, 1]; for
/// |delta| = 1 the far end is (m − z²)/(m + z²) with m the smaller sample. Widened by twice the
/// rank errors.
Estimate cliffs_delta(const Sample& a, const Sample& b, double confidence = 0.95);

/// First Wasserstein distance ∫|F − G|, in the values' unit; O(values).
double wasserstein1(const Sample& a, const Sample& b);

/// Total variation ½Σ|p − q|, in [0, 1]. The interval is conservative: Weissman et al. (2003) bound
/// the L1 distance of an empirical distribution over k categories by √(2·ln((2^k − 2)·2/α)/n).
Estimate total_variation(std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                         double confidence = 0.95);

/// Population stability index Σ(p − q)·ln(p/q), in nats; a share of 0 is taken as `zero_share`
/// (credit-risk practice has 1e-4).
double population_stability(std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                            double zero_share = 1e-4);

/// Jensen-Shannon divergence, in nats: at most ln 2 (Lin 1991). Its root is a distance.
double jensen_shannon(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

/// Rows of one sample in the bins (−∞, edges[0]], (edges[0], edges[1]], …, (edges[k−1], ∞).
void bin_counts(const Sample& sample, std::span<const double> edges,
                std::span<std::int64_t> counts);

/// Standardised difference of means (Cohen's d) with the pooled standard deviation; interval by the
/// large-sample variance of Hedges and Olkin (1985, ch. 5, eq. 15). Values' units cancel.
Estimate cohens_d(double mean_a, double variance_a, double n_a, double mean_b, double variance_b,
                  double n_b, double confidence = 0.95);

}  // namespace solvent::stats
