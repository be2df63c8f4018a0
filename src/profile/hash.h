/// The 64-bit hashes by which distinct values are counted. Values are canonicalised first: whole
/// numbers as int64, -0.0 as 0.0, every NaN as one, texts as their UTF-8 bytes; so other producers
/// can compute the same. Pinned by constants in profile_test.cc. Pure.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace solvent::profile {

/// The SplitMix64 finaliser (Steele, Lea, Flood 2014): every input bit reaches every output bit.
inline std::uint64_t hash_bits(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

inline std::uint64_t hash_int(std::int64_t value) {
  return hash_bits(static_cast<std::uint64_t>(value));
}

/// Bits of the canonical double.
inline std::uint64_t real_key(double value) {
  if (value == 0) return 0;
  if (std::isnan(value)) return 0x7ff8000000000000u;
  return std::bit_cast<std::uint64_t>(value);
}
inline std::uint64_t hash_real(double value) {
  return hash_bits(real_key(value));
}

/// Little-endian 8-byte words, the last one padded with zeros, each folded in by a 128-bit product.
inline std::uint64_t hash_text(std::string_view text) {
  constexpr std::uint64_t kFold = 0xa0761d6478bd642fu;
  std::uint64_t state = 0xe7037ed1a0b428dbu ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  auto fold = [&](std::uint64_t word) {
    const auto product = static_cast<unsigned __int128>(state ^ word) * kFold;
    state = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    fold(word);
  }
  if (left > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    fold(word);
  }
  return hash_bits(state);
}

}  // namespace solvent::profile
