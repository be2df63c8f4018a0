/// The cheapest one-to-one pairing of two small sets. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace solvent::check {

/// A pair that must not be.
inline constexpr std::int64_t kForbidden = -1;

/// `costs[r * columns + c]` ≥ 0, or kForbidden. For each row its column, or nothing: as many pairs
/// as can be, and of these pairings one of least total cost, the same for equal input. Kuhn's
/// Hungarian method with potentials, O(n²m) for n ≤ m; costs below 10⁶.
std::vector<std::optional<std::size_t>> assign(std::span<const std::int64_t> costs,
                                               std::size_t rows, std::size_t columns);

}  // namespace solvent::check
