#include <algorithm>
#include <cmath>

#include "check/measured.h"

namespace solvent::check {

std::optional<Precision> measured_precision(std::string_view check) {
  constexpr double kZ = 1.959963984540054;
  for (const Measurement& one : measurements()) {
    if (one.check != check || one.findings <= 0) continue;
    const auto n = static_cast<double>(one.findings);
    const double p = static_cast<double>(one.right) / n, q = kZ * kZ / n;
    const double half = kZ * std::sqrt(p * (1 - p) / n + q / (4 * n));
    return Precision{.low = std::clamp((p + q / 2 - half) / (1 + q), 0.0, 1.0),
                     .findings = one.findings};
  }
  return {};
}

}  // namespace solvent::check
