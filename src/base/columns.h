/// Batches of columns: what a scan yields and a profile takes. Views; whoever made them owns the
/// memory. Times are UTC microseconds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace solvent {

enum class ColumnType : std::uint8_t { kUnknown, kBool, kInt, kReal, kText, kTime, kDate, kOther };

/// A batch of one column's rows. Exactly one of the spans is used, by type; `valid` is one byte a
/// row (0 is null), empty when none is null.
struct ColumnSpan {
  ColumnType type = ColumnType::kUnknown;
  std::span<const std::int64_t> integers;   ///< kInt, kBool (0/1), kTime and kDate (µs)
  std::span<const double> reals;            ///< kReal
  std::span<const std::string_view> texts;  ///< kText, kOther
  std::span<const std::uint8_t> valid;
};

}  // namespace solvent
