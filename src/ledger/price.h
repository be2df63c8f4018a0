/// What a debt costs, from a check's priors; and sums of prices with an honest interval. Pure.
/// Labour seconds throughout.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "check/check.h"
#include "ledger/types.h"

namespace solvent::ledger {

/// Least ratio of P90 to P10: a prior is never surer than a factor of four.
inline constexpr double kSpreadMin = 4.0;

/// A price as computed: means are booked, quantiles shown, the deviation feeds intervals of sums.
struct Quote {
  double mean = 0, sd = 0;
  double p10 = 0, p50 = 0, p90 = 0;
};

/// Lognormal with the prior's median and its P10–P90 width on the log scale, widened to kSpreadMin.
/// A zero prior is a zero quote.
Quote fit_lognormal(const check::LabourPrior& prior);

/// (first + (findings − 1) × each) × exposure. One prior's error is shared by all findings of one
/// rule on one subject, so within a debt the parts are comonotone: their quantiles and deviations
/// add exactly (which they do not between debts). findings ≥ 1, exposure ≥ 1.
Quote principal_quote(const check::CheckSpec& spec, std::int64_t findings, std::int64_t exposure);
/// Per 30-day month: interest_month × exposure, whatever the number of findings.
Quote interest_quote(const check::CheckSpec& spec, std::int64_t exposure);

/// Rounded to whole seconds, with the derivation in words; basis "prior only".
Price principal_price(const check::CheckSpec& spec, std::int64_t findings, std::int64_t exposure);
Price interest_price(const check::CheckSpec& spec, std::int64_t exposure);

/// One group of debts whose prices err together: the debts of one kind.
struct SpreadGroup {
  double mean = 0;  ///< Σ means
  double sd = 0;    ///< Σ standard deviations
  double var = 0;   ///< Σ variances
};

/// A sum of lognormal prices: correlation `rho` between any two of a group, none between groups.
/// Within a group Var = (1 − rho) Σσ² + rho (Σσ)², and its sum is taken as the lognormal of that
/// mean and variance (Fenton 1960). Groups are independent, so their third central moments add too,
/// and the whole is the shifted lognormal of equal mean, variance and skewness: P10 and P90 within
/// 3 % of Monte Carlo at rho ≤ 0.5 (price_test). rho in [0, 1].
Quote sum_of(std::span<const SpreadGroup> groups, double rho);

/// Half away from zero, clipped to what int64 holds: for what is shown.
std::int64_t rounded(double seconds);
/// The same for what is booked: kOutOfRange, naming the check, instead of a clipped number.
Result<std::int64_t> seconds_of(double seconds, std::string_view check);
/// Labour in money: seconds × minor units an hour ÷ 3600, half away from zero. kOutOfRange.
Result<std::int64_t> to_minor(std::int64_t seconds, std::int64_t minor_per_hour);
/// a + b; kOutOfRange with what was added up.
Result<std::int64_t> checked_sum(std::int64_t a, std::int64_t b, std::string_view what);

}  // namespace solvent::ledger
