#include "base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/digest.h"

namespace solvent {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    while (!out.empty()) {
      const ssize_t got = ::getrandom(out.data(), out.size(), 0);
      if (got < 0) {
        ASSERT(errno == EINTR);
        continue;
      }
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }
};

void set_version(Uuid& id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | version << 4);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

bool is_dash(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::uint64_t Random::next() {
  std::array<std::uint8_t, 8> bytes;
  fill(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  ASSERT(bound > 0);
  // Values under 2^64 mod bound would favour the low results.
  const std::uint64_t skip = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = next();
    if (value >= skip) return value % bound;
  }
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < out.size();) {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    for (int byte = 7; byte >= 0 && i < out.size(); --byte)
      out[i++] = static_cast<std::uint8_t>(z >> (8 * byte));
  }
}

std::string Uuid::text() const {
  std::string out = to_hex(bytes);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) out.insert(at, 1, '-');
  return out;
}

Uuid make_uuid(Clock& clock, Random& random) {
  Uuid id;
  random.fill(id.bytes);
  const auto ms = static_cast<std::uint64_t>(clock.now() / 1000);
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  set_version(id, 7);
  return id;
}

Uuid uuid_of(std::string_view name) {
  const Digest digest = digest_of(name);
  Uuid id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = digest.bytes[i];
  set_version(id, 8);
  return id;
}

Result<Uuid> parse_uuid(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::kInvalidArgument, "not a UUID: \"" + std::string(text.substr(0, 64)) + "\"",
                "write 36 characters like 0193a0b1-7c2d-7e4f-8a5b-0123456789ab");
  };
  if (text.size() != 36) return bad();
  Uuid id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_dash(i)) {
      if (c != '-') return bad();
      continue;
    }
    int value;
    if (c >= '0' && c <= '9')
      value = c - '0';
    else if (c >= 'a' && c <= 'f')
      value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      value = c - 'A' + 10;
    else
      return bad();
    std::uint8_t& byte = id.bytes[nibble++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return id;
}

}  // namespace solvent
