#include "identity/secrets.h"

#include <array>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/text.h"

namespace solvent::identity {
namespace {

constexpr std::string_view kPrefix = "solv_";
constexpr std::size_t kSecretDigits = 64;
constexpr std::uint64_t kBlock = 8, kParallel = 1;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr std::int64_t kLog2NMax = 20;  ///< 1 GiB: a damaged row must not ask for more

Result<Bytes> scrypt(std::string_view password, ByteView salt, std::int64_t log2_n) {
  Bytes out(kHashBytes);
  const std::uint64_t n = std::uint64_t{1} << log2_n;
  const std::uint64_t memory_max = 2 * 128 * kBlock * n + (1u << 20);
  const int done = EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), n,
                                  kBlock, kParallel, memory_max, out.data(), out.size());
  if (done != 1)
    return fail(Code::kResourceExhausted, "could not hash a password with scrypt",
                "free some memory, then try again");
  return out;
}

struct Stored {
  std::int64_t log2_n = 0;
  std::string salt, hash;
};

std::optional<Stored> read_stored(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 6 || parts[0] != "scrypt" || parts[2] != "8" || parts[3] != "1")
    return std::nullopt;
  const auto log2_n = parse_int(parts[1]);
  const auto salt = base64_decode(parts[4]), hash = base64_decode(parts[5]);
  if (!log2_n || *log2_n < 1 || *log2_n > kLog2NMax || !salt || !hash) return std::nullopt;
  if (hash->size() != kHashBytes) return std::nullopt;
  return Stored{*log2_n, *salt, *hash};
}

}  // namespace

std::string make_secret(Random& random) {
  std::array<std::uint8_t, kSecretDigits / 2> bits;
  random.fill(bits);
  return std::string(kPrefix) + to_hex(bits);
}

std::optional<Digest> secret_hash(std::string_view secret) {
  if (secret.size() != kPrefix.size() + kSecretDigits || !secret.starts_with(kPrefix))
    return std::nullopt;
  for (const char c : secret.substr(kPrefix.size())) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
  }
  return digest_of(secret);
}

Result<std::string> hash_password(std::string_view password, std::int64_t log2_n, Random& random) {
  ASSERT(log2_n >= 1 && log2_n <= kLog2NMax);
  Bytes salt(kSaltBytes);
  random.fill(salt);
  const Bytes hash = TRY(scrypt(password, salt, log2_n));
  return "scrypt$" + std::to_string(log2_n) + "$8$1$" + base64_encode(as_text(salt)) + "$" +
         base64_encode(as_text(hash));
}

Result<bool> password_matches(std::string_view password, std::string_view stored,
                              std::int64_t log2_n) {
  const auto known = read_stored(stored);
  const Stored against =
      known.value_or(Stored{log2_n, std::string(kSaltBytes, '\0'), std::string(kHashBytes, '\0')});
  const Bytes hash = TRY(scrypt(password, as_bytes(against.salt), against.log2_n));
  const bool same = same_bytes(hash, as_bytes(against.hash));
  return same && known.has_value();
}

bool same_bytes(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace solvent::identity
