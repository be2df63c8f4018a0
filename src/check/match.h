/// Which finding of today is which finding of yesterday: an assignment, one to one, among the
/// findings of one check on one asset. Pure; thread-safe; O(n log n), and cubic in kAssignedMax.
///
/// In this order: (1) same place and content: copies within one place are told apart by their
/// surroundings, then by order; (2) same content where the old place vanished: renames before
/// moves; (3) changed content, same place: same item, then same surroundings, then within a few
/// lines. Sightings of equal key are told apart by nothing that matters, so they pair in order of
/// place; within a few lines as many pair as can, at the least total distance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace solvent::check {

/// What matching looks at; borrowed from findings that outlive the call.
struct Sighting {
  std::string_view subject, path, item, fingerprint, context;
  std::int64_t line = 0;
  std::int64_t ordinal = 0;
};

/// Lines that changed content may have moved by and still count as the same place.
inline constexpr std::int64_t kNearLines = 3;
/// Sightings on each side of one neighbourhood (a run of lines without a wider gap) that are paired
/// so; a larger one is paired nearest first, which may leave some out.
inline constexpr std::size_t kAssignedMax = 64;

/// For each new sighting the index of the old one that it is, or nothing when it is new. The answer
/// does not depend on the order of either list.
std::vector<std::optional<std::size_t>> match(std::span<const Sighting> old_ones,
                                              std::span<const Sighting> new_ones);

}  // namespace solvent::check
