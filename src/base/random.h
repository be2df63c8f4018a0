/// Randomness, injected, and the ids made from it. Implementations are thread-safe.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace solvent {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  std::uint64_t next();
  /// Uniform in [0, bound), bound > 0.
  std::uint64_t below(std::uint64_t bound);
};

/// getrandom(2).
Random& system_random();

/// SplitMix64 from a seed, for replayable tests.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

/// UUIDv7 (RFC 9562): 48 bits of milliseconds, then randomness.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  /// "0193…-…": 36 characters.
  std::string text() const;
};

Uuid make_uuid(Clock& clock, Random& random);
/// Deterministic id of a foreign name: UUIDv8 from a BLAKE3 digest of it.
Uuid uuid_of(std::string_view name);
Result<Uuid> parse_uuid(std::string_view text);

}  // namespace solvent
