#include <algorithm>
#include <cmath>
#include <limits>

#include "profile/comoments.h"
#include "profile/profile.h"

namespace solvent::profile {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargest = std::numeric_limits<double>::max();

/// JSON has no infinities, so a sum that left the range of a double is pinned to its end.
double saturated(double x) {
  if (std::isfinite(x)) return x;
  return std::signbit(x) && !std::isnan(x) ? -kLargest : kLargest;
}

void saturate(Moments& m) {
  m.mean = saturated(m.mean);
  m.m2 = saturated(m.m2);
  m.m3 = saturated(m.m3);
  m.m4 = saturated(m.m4);
}

/// a + (b − a)·share without overflow in the difference.
double mixed(double a, double b, double share) {
  const double d = b - a;
  return std::isfinite(d) ? a + d * share : a * (1 - share) + b * share;
}

/// Four running sums a lane, so that additions do not wait for one another.
double sum_of_differences(std::span<const double> values, double origin) {
  double lane[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4)
    for (std::size_t k = 0; k < 4; ++k) lane[k] += values[i + k] - origin;
  for (; i < values.size(); ++i) lane[0] += values[i] - origin;
  return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

Moments of_block(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Moments out;
  out.n = static_cast<std::int64_t>(values.size());
  out.mean = values[0] + sum_of_differences(values, values[0]) / n;
  double s1[2] = {0, 0}, s2[2] = {0, 0}, s3[2] = {0, 0}, s4[2] = {0, 0};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double d = values[i] - out.mean, dd = d * d;
    s1[i & 1] += d;
    s2[i & 1] += dd;
    s3[i & 1] += dd * d;
    s4[i & 1] += dd * dd;
  }
  const double rounding = s1[0] + s1[1];
  out.m2 = std::max(0.0, s2[0] + s2[1] - rounding * rounding / n);
  out.m3 = s3[0] + s3[1];
  out.m4 = s4[0] + s4[1];
  return out;
}

}  // namespace

void Moments::add(double value) {
  const auto before = static_cast<double>(n);
  ++n;
  const auto count = static_cast<double>(n);
  const double delta = value - mean;
  if (!std::isfinite(delta)) {  // only for values near the end of the range
    Moments one;
    one.n = 1;
    one.mean = value;
    --n;
    return merge(one);
  }
  const double step = delta / count, step2 = step * step, term = delta * step * before;
  mean += step;
  m4 += term * step2 * (count * count - 3 * count + 3) + 6 * step2 * m2 - 4 * step * m3;
  m3 += term * step * (count - 2) - 3 * step * m2;
  m2 += term;
  saturate(*this);
}

void Moments::add_all(std::span<const double> values) {
  constexpr std::size_t kBlock = 2'048;  // stays in the first-level cache for the second pass
  for (std::size_t at = 0; at < values.size(); at += kBlock) {
    const auto block = values.subspan(at, std::min(kBlock, values.size() - at));
    const Moments batch = of_block(block);
    if (std::isfinite(batch.mean) && std::isfinite(batch.m4)) {
      merge(batch);
    } else {
      for (double value : block) add(value);
    }
  }
}

void Moments::merge(const Moments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const auto na = static_cast<double>(n), nb = static_cast<double>(other.n);
  const double total = na + nb, d = other.mean - mean, dn = d / total;
  const double d2 = dn * dn;  // kept divided by total², so that large counts do not overflow
  Moments out;
  out.n = n + other.n;
  out.mean = mixed(mean, other.mean, nb / total);
  out.m2 = m2 + other.m2 + d * dn * na * nb;
  out.m3 = m3 + other.m3 + d * d2 * na * nb * (na - nb) + 3 * dn * (na * other.m2 - nb * m2);
  out.m4 = m4 + other.m4 + d * dn * d2 * na * nb * (na * na - na * nb + nb * nb) +
           6 * d2 * (na * na * other.m2 + nb * nb * m2) + 4 * dn * (na * other.m3 - nb * m3);
  saturate(out);
  *this = out;
}

double Moments::variance() const {
  return n < 2 ? kNan : m2 / static_cast<double>(n - 1);
}

double Moments::skewness() const {
  if (n < 1 || !(m2 > 0)) return kNan;
  return std::sqrt(static_cast<double>(n)) * m3 / std::pow(m2, 1.5);
}

double Moments::kurtosis() const {
  if (n < 1 || !(m2 > 0)) return kNan;
  return static_cast<double>(n) * m4 / (m2 * m2) - 3;
}

double CoMoment::correlation() const {
  if (n < 2 || !(m2_a > 0) || !(m2_b > 0)) return kNan;
  return std::clamp(c_ab / std::sqrt(m2_a) / std::sqrt(m2_b), -1.0, 1.0);
}

void merge_comoment(CoMoment& into, const CoMoment& other) {
  if (other.n == 0) return;
  if (into.n == 0) {
    const auto a = into.a, b = into.b;
    into = other;
    into.a = a;
    into.b = b;
    return;
  }
  const auto na = static_cast<double>(into.n), nb = static_cast<double>(other.n);
  const double total = na + nb, share = nb / total;
  const double da = other.mean_a - into.mean_a, db = other.mean_b - into.mean_b;
  into.n += other.n;
  into.m2_a = saturated(into.m2_a + other.m2_a + da * da * na * share);
  into.m2_b = saturated(into.m2_b + other.m2_b + db * db * na * share);
  into.c_ab = saturated(into.c_ab + other.c_ab + da * db * na * share);
  into.mean_a = mixed(into.mean_a, other.mean_a, share);
  into.mean_b = mixed(into.mean_b, other.mean_b, share);
}

}  // namespace solvent::profile
