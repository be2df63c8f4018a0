#include "stats/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace solvent::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = 1e-300;
constexpr int kTermsMax = 10'000'000;

/// log of x^a e^(−x) / Γ(a); near the mode by the difference, which does not cancel.
double log_gamma_term(double a, double x) {
  if (a > 50 && std::abs(x - a) < 0.5 * a) {
    const double t = (x - a) / a;  // a·(log(1+t) − t) − ½·log(2π/a) − Stirling's remainder
    const double stirling = 1 / (12 * a) - 1 / (360 * a * a * a) + 1 / (1260 * std::pow(a, 5));
    return a * (std::log1p(t) - t) + 0.5 * std::log(a / (2 * M_PI)) - stirling;
  }
  return a * std::log(x) - x - std::lgamma(a);
}

/// P(a, x) by DLMF 8.7.1 in its form with positive terms (8.11.4), for x < a + 1.
double gamma_series(double a, double x) {
  double term = 1 / a, sum = term;
  for (int n = 1; n < kTermsMax && term > sum * kEpsilon * 0.1; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * std::exp(log_gamma_term(a, x));
}

/// Q(a, x) by the continued fraction DLMF 8.9.2, evaluated by Lentz's method, for x ≥ a + 1.
double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, h = d;
  for (int n = 1; n < kTermsMax; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    const double factor = d * c;
    h *= factor;
    if (std::abs(factor - 1) < kEpsilon) break;
  }
  return h * std::exp(log_gamma_term(a, x));
}

/// The continued fraction DLMF 8.17.22 by Lentz's method.
double beta_fraction(double a, double b, double x) {
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < kTiny) d = kTiny;
  d = 1 / d;
  double h = d;
  auto step = [&](double numerator) {
    d = 1 + numerator * d;
    if (std::abs(d) < kTiny) d = kTiny;
    c = 1 + numerator / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    return d * c;
  };
  for (int m = 1; m < kTermsMax; ++m) {
    const double m2 = 2.0 * m;
    step(m * (b - m) * x / ((a + m2 - 1) * (a + m2)));
    const double factor = step(-(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1)));
    if (std::abs(factor - 1) < kEpsilon) break;
  }
  return h;
}

/// Root of an increasing function on [low, high] by bisection to the last bit or nearly.
template <class F>
double bisect(double low, double high, double target, F&& value) {
  for (int i = 0; i < 300 && high - low > kEpsilon * (std::abs(low) + std::abs(high)); ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (value(middle) < target ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

double gamma_p(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return 0;
  if (std::isinf(x)) return 1;
  return x < a + 1 ? std::min(1.0, gamma_series(a, x)) : 1 - gamma_fraction(a, x);
}

double gamma_q(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNan;
  if (x == 0) return 1;
  if (std::isinf(x)) return 0;
  return x < a + 1 ? 1 - std::min(1.0, gamma_series(a, x)) : gamma_fraction(a, x);
}

double beta_i(double a, double b, double x) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(x <= 1)) return kNan;
  if (x == 0 || x == 1) return x;
  const double log_front =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  const double front = std::exp(log_front);
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double normal_quantile(double p) {
  if (!(p >= 0) || !(p <= 1)) return kNan;
  if (p == 0) return -kInfinity;
  if (p == 1) return kInfinity;
  const double tail = std::min(p, 1 - p);
  // Abramowitz and Stegun 26.2.23 to 4.5e-4, then Newton's steps in the tail's logarithm, which is
  // nearly a parabola, so that they hold far out.
  const double t = std::sqrt(-2 * std::log(tail));
  double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                     (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 4; ++i) {
    const double q = 0.5 * std::erfc(x / std::sqrt(2.0));
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * M_PI);
    x += (std::log(q) - std::log(tail)) * q / density;
  }
  return p < 0.5 ? -x : x;
}

double two_sided_z(double confidence) {
  return normal_quantile(0.5 + confidence / 2);
}

double student_t_cdf(double x, double degrees) {
  if (!(degrees > 0) || std::isnan(x)) return kNan;
  if (std::isinf(x)) return x < 0 ? 0 : 1;
  const double xx = x * x;
  // Each form where its argument is small, so that neither tail cancels.
  const double outside = xx < degrees ? 1 - beta_i(0.5, degrees / 2, xx / (degrees + xx))
                                      : beta_i(degrees / 2, 0.5, degrees / (degrees + xx));
  return x < 0 ? outside / 2 : 1 - outside / 2;
}

double student_t_quantile(double p, double degrees) {
  if (!(degrees > 0) || !(p >= 0) || !(p <= 1)) return kNan;
  if (p == 0.5) return 0;
  if (p == 0 || p == 1) return p == 0 ? -kInfinity : kInfinity;
  const double tail = std::min(p, 1 - p);
  double high = 1;
  while (student_t_cdf(-high, degrees) > tail && high < 1e300) high *= 2;
  const double x = bisect(0, high, -tail, [&](double t) { return -student_t_cdf(-t, degrees); });
  return p < 0.5 ? -x : x;
}

double chi_square_cdf(double x, double degrees) {
  if (x <= 0) return degrees > 0 ? 0 : kNan;
  return gamma_p(degrees / 2, x / 2);
}

double chi_square_tail(double x, double degrees) {
  if (x <= 0) return degrees > 0 ? 1 : kNan;
  return gamma_q(degrees / 2, x / 2);
}

double chi_square_quantile(double p, double degrees) {
  if (!(degrees > 0) || !(p >= 0) || !(p <= 1)) return kNan;
  if (p == 0) return 0;
  if (p == 1) return kInfinity;
  double high = degrees + 1;
  while (chi_square_cdf(high, degrees) < p && high < 1e300) high *= 2;
  if (p < 0.5) return bisect(0, high, p, [&](double x) { return chi_square_cdf(x, degrees); });
  return bisect(0, high, p - 1, [&](double x) { return -chi_square_tail(x, degrees); });
}

double noncentral_chi_square_cdf(double x, double degrees, double noncentrality) {
  if (!(degrees > 0) || !(noncentrality >= 0) || std::isnan(x)) return kNan;
  if (x <= 0) return 0;
  if (noncentrality == 0) return chi_square_cdf(x, degrees);
  const double mean = noncentrality / 2, half = x / 2;
  const double mode = std::floor(mean), a_at_mode = degrees / 2 + mode;
  const double weight_at_mode = std::exp(log_gamma_term(mode + 1, mean)) / mean;
  const double p_at_mode = gamma_p(a_at_mode, half);
  // P(a + 1, x) = P(a, x) − x^a e^(−x)/Γ(a + 1) (DLMF 8.8.5) gives every other term. Where that
  // step underflows at the mode, P is 0 or 1 all over the weights' range.
  const double step_at_mode = std::exp(log_gamma_term(a_at_mode, half)) / a_at_mode;
  double sum = 0, weight = weight_at_mode, p = p_at_mode, step = step_at_mode;
  for (double j = mode; weight > 1e-18 || j < mode + 10; ++j) {
    sum += weight * p;
    weight *= mean / (j + 1);
    p = std::max(0.0, p - step);
    step *= half / (degrees / 2 + j + 1);
  }
  weight = weight_at_mode;
  p = p_at_mode;
  step = step_at_mode;
  for (double j = mode; j > 0 && weight > 1e-18; --j) {
    weight *= j / mean;
    step *= (degrees / 2 + j) / half;
    p = std::min(1.0, p + step);
    sum += weight * p;
  }
  return std::clamp(sum, 0.0, 1.0);
}

double kolmogorov_tail(double x) {
  if (std::isnan(x)) return kNan;
  if (x <= 0) return 1;
  if (x < 1) {
    // 1 − √(2π)/x Σ e^(−(2k−1)²π²/8x²) converges where the alternating sum does not.
    double sum = 0;
    for (int k = 1; k < 20; ++k) {
      const double odd = 2 * k - 1;
      sum += std::exp(-odd * odd * M_PI * M_PI / (8 * x * x));
    }
    return 1 - std::sqrt(2 * M_PI) / x * sum;
  }
  double sum = 0;
  for (int k = 1; k < 20; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return sum;
}

}  // namespace solvent::stats
