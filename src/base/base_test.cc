#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/json.h"

namespace solvent {
namespace {

// The empty input of BLAKE3's published test vectors, and FIPS 180-4's "abc".
TEST(Digest, KnownVectors) {
  EXPECT_EQ(digest_of(std::string_view{}).hex(),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(sha256_of(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Json, RoundTrip) {
  const std::string text = R"({"a":[1,2.5,"x\n",null,true],"b":{}})";
  EXPECT_EQ(to_text(MUST(parse_json(text))), text);
}

}  // namespace
}  // namespace solvent
