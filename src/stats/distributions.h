/// Distribution functions of the normal, Student's t, chi-square and Kolmogorov laws, and their
/// inverses. Pure, thread-safe, dimensionless. Absolute error below 1e-12 unless said otherwise;
/// NaN for arguments outside a function's domain. Formulas are numbered as in the NIST Digital
/// Library of Mathematical Functions (DLMF).
#pragma once

#include <limits>

namespace solvent::stats {

/// What a function gives outside its domain.
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// P(Z ≤ x).
double normal_cdf(double x);
/// Inverse of normal_cdf; ±∞ at 0 and 1.
double normal_quantile(double p);
/// z with P(|Z| ≤ z) = `confidence`: half the width, in standard errors, of a two-sided interval.
double two_sided_z(double confidence);

/// P(T ≤ x) with `degrees` > 0 of freedom (may be fractional).
double student_t_cdf(double x, double degrees);
double student_t_quantile(double p, double degrees);

/// P(X ≤ x) with `degrees` > 0; chi_square_tail is 1 − that, to full relative precision.
double chi_square_cdf(double x, double degrees);
double chi_square_tail(double x, double degrees);
double chi_square_quantile(double p, double degrees);
/// With noncentrality λ ≥ 0: a Poisson(λ/2) mixture of central ones (Johnson, Kotz and Balakrishnan
/// 1995, ch. 29), summed outward from the heaviest term until the rest is below 1e-15.
double noncentral_chi_square_cdf(double x, double degrees, double noncentrality);

/// P(K > x) of Kolmogorov's limit law of √n·D (Kolmogorov 1933; Smirnov 1948).
double kolmogorov_tail(double x);

/// Regularised incomplete gamma P(a, x) and Q(a, x) = 1 − P (DLMF 8.2.4), a > 0, x ≥ 0.
double gamma_p(double a, double x);
double gamma_q(double a, double x);
/// Regularised incomplete beta I_x(a, b) (DLMF 8.17.2), a, b > 0, 0 ≤ x ≤ 1.
double beta_i(double a, double b, double x);

}  // namespace solvent::stats
