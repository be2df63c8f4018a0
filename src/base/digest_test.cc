#include "base/digest.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

// BLAKE3's published test_vectors.json: input is bytes 0, 1, …, 250, 0, 1, …
Bytes vector_input(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i % 251);
  return bytes;
}

TEST(Digest, PublishedVectors) {
  EXPECT_EQ(digest_of(vector_input(0)).hex(),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(digest_of(vector_input(1)).hex(),
            "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213");
  EXPECT_EQ(digest_of(vector_input(1024)).hex(),
            "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7");
  // FIPS 180-4, "abc".
  EXPECT_EQ(sha256_of(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, PiecesEqualTheWhole) {
  const Bytes bytes = vector_input(5000);
  for (const std::size_t piece : {1u, 64u, 1023u, 4999u}) {
    Hasher hasher;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      hasher.update(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    EXPECT_EQ(hasher.finish(), digest_of(bytes)) << piece;
  }
}

TEST(Digest, FieldsKeepTheirBorders) {
  EXPECT_NE(Hasher().field("ab").field("c").finish(), Hasher().field("a").field("bc").finish());
  EXPECT_EQ(Hasher().update("ab").update("c").finish(), Hasher().update("a").update("bc").finish());
}

TEST(Digest, ParsesItsOwnText) {
  const Digest digest = digest_of("x");
  EXPECT_EQ(MUST(parse_digest(digest.hex())), digest);
  EXPECT_EQ(digest.short_hex(), digest.hex().substr(0, 12));
  for (const std::string& bad :
       {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g"})
    EXPECT_EQ(parse_digest(bad).error().code, Code::kInvalidArgument) << bad;
}

}  // namespace
}  // namespace solvent
