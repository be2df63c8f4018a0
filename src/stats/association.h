/// How strongly columns hang together, and how well one column alone gives another away. Pure,
/// thread-safe, dimensionless. A contingency table is row-major counts[row·columns + column].
/// Degenerate tables (no rows, one category) give NaN.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stats/effect_sizes.h"

namespace solvent::stats {

struct Contingency {
  std::span<const std::int64_t> counts;
  std::size_t rows = 0, columns = 0;
};

struct ChiSquare {
  double statistic = 0, degrees = 0, p_value = 0;
};
/// Pearson's test of independence, without continuity correction; empty rows and columns are left
/// out.
ChiSquare chi_square_test(const Contingency& table);

/// Cramér's V = √(χ²/(n·min(r−1, c−1))), in [0, 1]. Interval: the noncentralities under which the
/// statistic is at its upper and lower quantile, plus the degrees, through the same root (Smithson
/// 2003, ch. 4); it holds 0 when the lower one is none.
Estimate cramers_v(const Contingency& table, double confidence = 0.95);
/// Bergsma's bias-corrected V (2013), near 0 for independent columns whatever their sizes.
double cramers_v_corrected(const Contingency& table);

/// Interval of Pearson's r by Fisher's z, atanh r ± z/√(n − 3); r of ±1 is its own interval. NaN
/// below four rows.
Estimate pearson(double r, double n, double confidence = 0.95);

/// Wilson's score interval of successes/n (1927).
Estimate wilson(double successes, double n, double confidence = 0.95);
/// Newcombe's hybrid score interval (1998, method 10) of a/n_a − b/n_b.
Estimate proportion_difference(double a, double n_a, double b, double n_b,
                               double confidence = 0.95);

/// Area under the ROC curve of a score for a binary target: P(positive > negative) + ½P(equal).
/// 0.5 says nothing, 0 and 1 say everything. O(values); interval from Cliff's delta = 2·AUC − 1.
Estimate auc(const Sample& positives, const Sample& negatives, double confidence = 0.95);
/// The same from rows; `labels` are 0 or 1, rows whose score is NaN are left out. O(n log n).
Estimate auc_of_rows(std::span<const double> scores, std::span<const std::uint8_t> labels,
                     double confidence = 0.95);

/// I(X; Y)/½(H(X) + H(Y)), in [0, 1]: arithmetic normalisation (Kvålseth 1987).
double normalized_mutual_information(const Contingency& table);

/// What guessing the column's commonest class per row category achieves on rows it has not seen.
struct MajorityRule {
  /// Share of rows guessed right by leave-one-out: each row is judged by the others of its
  /// category, or by all others where it stands alone, so an identifier earns nothing. Wilson
  /// interval.
  Estimate accuracy;
  double baseline = 0;  ///< the same by the commonest class of all rows
  double gain = 0;  ///< (accuracy − baseline)/(1 − baseline), Goodman and Kruskal's lambda (1954)
};
MajorityRule majority_rule(const Contingency& table, double confidence = 0.95);

/// Cut points that part the values into at most `bins` groups of about equal rows, to make a number
/// a category; ascending, for bin_counts and bin_of.
std::vector<double> quantile_edges(const Sample& sample, std::size_t bins);
std::size_t bin_of(double value, std::span<const double> edges);

}  // namespace solvent::stats
