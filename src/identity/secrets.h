/// Tokens and passwords as bits: made, hashed and compared. Pure but for the randomness given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"

namespace solvent::identity {

/// "solv_" and 64 hexadecimal digits: 256 random bits, with a prefix that secret scanners can find.
std::string make_secret(Random& random);
/// What is kept of a secret. A fast hash is enough for 256 random bits. Nothing for a text that is
/// not shaped like a secret, so that rubbish never reaches the database.
std::optional<Digest> secret_hash(std::string_view secret);

inline constexpr std::size_t kPasswordBytesMax = 1'024;

/// "scrypt$log2_n$r$p$salt$hash" (RFC 7914), salt and hash in base64.
Result<std::string> hash_password(std::string_view password, std::int64_t log2_n, Random& random);
/// In time that does not depend on where the two differ. An empty or damaged `stored` costs as much
/// as a real one and never matches.
Result<bool> password_matches(std::string_view password, std::string_view stored,
                              std::int64_t log2_n);

/// Constant-time for equal lengths.
bool same_bytes(ByteView a, ByteView b);

}  // namespace solvent::identity
