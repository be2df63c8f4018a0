/// BLAKE3 digests: the identity of every immutable thing. Hasher is thread-compatible.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace solvent {

/// 32 bytes of BLAKE3.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  auto operator<=>(const Digest&) const = default;
  ByteView view() const { return bytes; }
  /// 64 lower-case hexadecimal digits.
  std::string hex() const { return to_hex(bytes); }
  /// First 12 hexadecimal digits, for people.
  std::string short_hex() const { return hex().substr(0, 12); }
};

/// Parses 64 hexadecimal digits; kInvalidArgument otherwise.
Result<Digest> parse_digest(std::string_view hex);

/// BLAKE3 of a whole buffer.
Digest digest_of(ByteView bytes);
inline Digest digest_of(std::string_view text) {
  return digest_of(as_bytes(text));
}

/// SHA-256 (OpenSSL), for foreign identities and pinned downloads.
Digest sha256_of(ByteView bytes);

/// Incremental BLAKE3.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& update(ByteView bytes);
  Hasher& update(std::string_view text) { return update(as_bytes(text)); }
  /// Length-prefixed, so that ("ab","c") and ("a","bc") differ.
  Hasher& field(std::string_view text);
  Digest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    std::size_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | digest.bytes[static_cast<std::size_t>(i)];
    return value;
  }
};

}  // namespace solvent
