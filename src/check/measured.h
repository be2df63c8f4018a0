/// The precision of checks, as tests/truth measured it on real inputs. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace solvent::check {

/// A line of measured.cc, which `tests/truth/run --write` writes and `tests/truth/run` verifies.
struct Measurement {
  std::string_view check;
  std::int64_t right = 0;     ///< findings that a label expects
  std::int64_t findings = 0;  ///< all of them that a label judges
};
std::span<const Measurement> measurements();

struct Precision {
  double low = 0;  ///< lower end of the 95 % Wilson interval of right/findings
  std::int64_t findings = 0;
};
/// Nothing for a check that has never been measured.
std::optional<Precision> measured_precision(std::string_view check);

}  // namespace solvent::check
