#include "ledger/price.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/text.h"

namespace solvent::ledger {
namespace {

/// 90 % quantile of the standard normal.
constexpr double kZ90 = 1.2815515655446004;

/// 2^63: the first double that int64 does not hold.
constexpr double kInt64End = 9'223'372'036'854'775'808.0;

/// The lognormal with this median's logarithm and this deviation of the logarithm.
Quote lognormal(double mu, double sigma) {
  const double mean = std::exp(mu + sigma * sigma / 2);
  return {.mean = mean,
          .sd = mean * std::sqrt(std::expm1(sigma * sigma)),
          .p10 = std::exp(mu - kZ90 * sigma),
          .p50 = std::exp(mu),
          .p90 = std::exp(mu + kZ90 * sigma)};
}

Quote scaled(const Quote& quote, double by) {
  return {quote.mean * by, quote.sd * by, quote.p10 * by, quote.p50 * by, quote.p90 * by};
}

/// Of comonotone quantities everything adds.
Quote together(const Quote& a, const Quote& b) {
  return {a.mean + b.mean, a.sd + b.sd, a.p10 + b.p10, a.p50 + b.p50, a.p90 + b.p90};
}

/// From the median that is shown to the mean that is booked and summed.
std::string mean_words(const Quote& quote) {
  if (quote.p50 <= 0) return "; nothing is booked";
  char factor[32];
  std::snprintf(factor, sizeof factor, "%.2f", quote.mean / quote.p50);
  return "; booked is its mean, " + std::string(factor) +
         " × the median: " + format_labour(rounded(quote.mean));
}

Price priced(const Quote& quote, std::string derivation) {
  return {.mean_s = rounded(quote.mean),
          .p10_s = rounded(quote.p10),
          .p50_s = rounded(quote.p50),
          .p90_s = rounded(quote.p90),
          .derivation = std::move(derivation) + mean_words(quote),
          .basis = "prior only"};
}

std::string exposure_words(std::int64_t exposure) {
  return " × exposure " + std::to_string(exposure) + (exposure > 1 ? " live models" : "");
}

}  // namespace

std::int64_t rounded(double seconds) {
  if (seconds >= kInt64End) return std::numeric_limits<std::int64_t>::max();
  if (seconds <= -kInt64End) return std::numeric_limits<std::int64_t>::min();
  return std::llround(seconds);
}

Result<std::int64_t> seconds_of(double seconds, std::string_view check) {
  if (std::abs(seconds) < kInt64End) return std::llround(seconds);
  return fail(Code::kOutOfRange, "a price is too large for the books: " + format_double(seconds),
              "lower the prior of this check, or the exposure", std::string(check));
}

Result<std::int64_t> to_minor(std::int64_t seconds, std::int64_t minor_per_hour) {
  const __int128 product = static_cast<__int128>(seconds) * minor_per_hour;
  const __int128 half = product < 0 ? -1800 : 1800;
  const __int128 minor = (product + half) / 3600;
  if (minor < std::numeric_limits<std::int64_t>::min() ||
      minor > std::numeric_limits<std::int64_t>::max()) {
    return fail(Code::kOutOfRange,
                "too much money for minor units: " + std::to_string(seconds) + " s at " +
                    std::to_string(minor_per_hour) + " an hour",
                "set a lower rate: solvent rate set", "rate");
  }
  return static_cast<std::int64_t>(minor);
}

Result<std::int64_t> checked_sum(std::int64_t a, std::int64_t b, std::string_view what) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return fail(Code::kOutOfRange,
              "a sum is too large for the books: " + std::to_string(a) + " and " +
                  std::to_string(b) + ", " + std::string(what),
              "solvent debt list --sort principal shows the largest");
}

Quote fit_lognormal(const check::LabourPrior& prior) {
  if (prior.p90_s <= 0) return {};
  ASSERT(prior.p10_s > 0 && prior.p10_s <= prior.p50_s && prior.p50_s <= prior.p90_s);
  const double width =
      std::log(static_cast<double>(prior.p90_s) / static_cast<double>(prior.p10_s));
  return lognormal(std::log(static_cast<double>(prior.p50_s)),
                   std::max(width, std::log(kSpreadMin)) / (2 * kZ90));
}

Quote principal_quote(const check::CheckSpec& spec, std::int64_t findings, std::int64_t exposure) {
  ASSERT(findings >= 1 && exposure >= 1);
  const Quote further =
      scaled(fit_lognormal(spec.principal_each), static_cast<double>(findings - 1));
  return scaled(together(fit_lognormal(spec.principal), further), static_cast<double>(exposure));
}

Quote interest_quote(const check::CheckSpec& spec, std::int64_t exposure) {
  ASSERT(exposure >= 1);
  return scaled(fit_lognormal(spec.interest_month), static_cast<double>(exposure));
}

Price principal_price(const check::CheckSpec& spec, std::int64_t findings, std::int64_t exposure) {
  std::string words = "rule prior " + format_labour(spec.principal.p50_s);
  if (findings > 1) {
    words = "(" + words + " + " + std::to_string(findings - 1) + " further × " +
            format_labour(spec.principal_each.p50_s) + ")";
  }
  words += exposure_words(exposure) + ", medians; prior from " + spec.prior_source;
  return priced(principal_quote(spec, findings, exposure), std::move(words));
}

Price interest_price(const check::CheckSpec& spec, std::int64_t exposure) {
  std::string words = "rule prior " + format_labour(spec.interest_month.p50_s) + " a month" +
                      exposure_words(exposure) + ", medians; prior from " + spec.prior_source;
  return priced(interest_quote(spec, exposure), std::move(words));
}

namespace {

/// w = exp(σ²) of the lognormal with this skewness: (w + 2)² (w − 1) = skewness², increasing in w.
double spread_of_skewness(double skewness) {
  const double target = skewness * skewness;
  double low = 0, high = 1;  // of w − 1
  while ((high + 3) * (high + 3) * high < target) high *= 2;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    ((middle + 3) * (middle + 3) * middle < target ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Quote sum_of(std::span<const SpreadGroup> groups, double rho) {
  ASSERT(rho >= 0 && rho <= 1);
  double mean = 0, var = 0, third = 0;
  for (const SpreadGroup& group : groups) {
    if (group.mean <= 0) continue;
    const double v = (1 - rho) * group.var + rho * group.sd * group.sd;
    const double w1 = v / (group.mean * group.mean);  // exp(σ²) − 1 of the group's lognormal
    mean += group.mean;
    var += v;
    third += std::pow(v, 1.5) * (w1 + 3) * std::sqrt(w1);
  }
  if (mean <= 0) return {};
  if (var <= 0) return {mean, 0, mean, mean, mean};
  const double w1 = spread_of_skewness(third / std::pow(var, 1.5));
  const double sigma = std::sqrt(std::log1p(w1));
  const double scale = std::sqrt(var / w1);  // mean of the unshifted lognormal
  const Quote shape = lognormal(std::log(scale) - sigma * sigma / 2, sigma);
  const double shift = mean - scale;
  const auto shifted = [shift](double x) { return std::max(0.0, x + shift); };
  return {mean, std::sqrt(var), shifted(shape.p10), shifted(shape.p50), shifted(shape.p90)};
}

}  // namespace solvent::ledger
