#include "store/chunker.h"

#include <algorithm>
#include <array>

namespace solvent::store {
namespace {

/// 256 fixed words from SplitMix64, seed "solvent". Stored chunks were cut with these: never
/// change.
constexpr std::array<std::uint64_t, 256> make_gear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0x736f6c76656e74;
  for (auto& word : gear) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
  return gear;
}
constexpr auto kGear = make_gear();

/// A byte leaves the 64-bit hash after 64 shifts, so this many bytes fill the window.
constexpr std::size_t kWindow = 64;

}  // namespace

std::size_t next_cut(ByteView bytes, bool last) {
  const std::size_t limit = std::min(bytes.size(), kChunkMax);
  if (bytes.size() <= kChunkMin) return last ? bytes.size() : 0;
  std::uint64_t hash = 0;
  const std::uint8_t* data = bytes.data();
  for (std::size_t i = kChunkMin - kWindow; i < kChunkMin; ++i) hash = (hash << 1) + kGear[data[i]];
  std::size_t i = kChunkMin;
  // Four steps a branch: the hash is tested at each, but the tests are joined.
  for (; i + 4 <= limit; i += 4) {
    const std::uint64_t h0 = hash;
    const std::uint64_t h1 = (h0 << 1) + kGear[data[i]];
    const std::uint64_t h2 = (h1 << 1) + kGear[data[i + 1]];
    const std::uint64_t h3 = (h2 << 1) + kGear[data[i + 2]];
    hash = (h3 << 1) + kGear[data[i + 3]];
    if ((h0 & kCutMask) == 0) return i;
    if ((h1 & kCutMask) == 0) return i + 1;
    if ((h2 & kCutMask) == 0) return i + 2;
    if ((h3 & kCutMask) == 0) return i + 3;
  }
  for (; i < limit; ++i) {
    if ((hash & kCutMask) == 0) return i;
    hash = (hash << 1) + kGear[data[i]];
  }
  return last || limit == kChunkMax ? limit : 0;
}

}  // namespace solvent::store
