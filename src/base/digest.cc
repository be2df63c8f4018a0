#include "base/digest.h"

#include <blake3.h>
#include <openssl/evp.h>

namespace solvent {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

struct Hasher::State {
  blake3_hasher hasher;
};

Result<Digest> parse_digest(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.bytes.size())
    return fail(Code::kInvalidArgument, "a digest has 64 hexadecimal digits, this text has " +
                                            std::to_string(hex.size()) + " characters");
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return fail(Code::kInvalidArgument, "a digest has hexadecimal digits only");
    digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

Digest digest_of(ByteView bytes) {
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  blake3_hasher_update(&hasher, bytes.data(), bytes.size());
  Digest digest;
  blake3_hasher_finalize(&hasher, digest.bytes.data(), digest.bytes.size());
  return digest;
}

Digest sha256_of(ByteView bytes) {
  Digest digest;
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), &size, EVP_sha256(), nullptr);
  ASSERT(done == 1 && size == digest.bytes.size());
  return digest;
}

Hasher::Hasher() : state_(std::make_unique<State>()) {
  blake3_hasher_init(&state_->hasher);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(ByteView bytes) {
  blake3_hasher_update(&state_->hasher, bytes.data(), bytes.size());
  return *this;
}

Hasher& Hasher::field(std::string_view text) {
  std::array<std::uint8_t, 8> length;
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::uint8_t>(text.size() >> (8 * i));
  return update(length).update(text);
}

Digest Hasher::finish() const {
  Digest digest;
  blake3_hasher_finalize(&state_->hasher, digest.bytes.data(), digest.bytes.size());
  return digest;
}

}  // namespace solvent
