/// Distinct counting over 64-bit hashes: exact as a set while small, then HyperLogLog. The text
/// form is what profiles carry so that partitions can be merged. Thread-compatible.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace solvent::profile {

/// 4,096 registers with Ertl's improved estimator ("New cardinality estimation algorithms for
/// HyperLogLog sketches", 2017), which needs no bias table and holds from zero on.
class HyperLogLog {
 public:
  static constexpr int kPrecision = 12;
  static constexpr std::size_t kRegisters = std::size_t{1} << kPrecision;
  static constexpr double kError = 0.01625;  ///< relative standard error, 1.04 / √4096

  void add(std::uint64_t hash);
  void merge(const HyperLogLog& other);
  double estimate() const;
  const std::array<std::uint8_t, kRegisters>& registers() const { return registers_; }
  /// kInvalidArgument for a wrong size or a register above 64 − kPrecision + 1.
  static Result<HyperLogLog> from_registers(std::string_view bytes);

 private:
  std::array<std::uint8_t, kRegisters> registers_{};
};

/// A set of hashes that becomes a sketch once it is over kHashesMax.
class DistinctState {
 public:
  static constexpr std::size_t kHashesMax = 16'384;

  DistinctState() = default;
  explicit DistinctState(std::vector<std::uint64_t> hashes);
  explicit DistinctState(HyperLogLog sketch) : exact_(false), sketch_(sketch) {}

  void merge(const DistinctState& other);
  bool exact() const { return exact_; }
  std::int64_t count() const;
  /// "set:" and base64 of the sorted hashes (8 bytes each, little-endian), or "hll12:" and base64
  /// of the registers.
  std::string text() const;
  static Result<DistinctState> parse(std::string_view text);

 private:
  HyperLogLog as_sketch() const;
  bool exact_ = true;
  std::vector<std::uint64_t> hashes_;  // sorted, unique
  HyperLogLog sketch_;
};

}  // namespace solvent::profile
