#include "store/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "base/fault_files.h"
#include "base/sim_disk.h"
#include "store/chunker.h"
#include "store/test_store.h"

namespace solvent::store {
namespace {

TEST(Store, ReturnsWhatWasPut) {
  TestStore t;
  const auto lease = MUST(t->lease());
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 1'048'576u, 5'000'000u}) {
    const std::string bytes = random_bytes(size, size);
    const Blob blob = MUST(t->put_bytes(*lease, as_bytes(bytes)));
    EXPECT_EQ(blob.size, size);
    EXPECT_EQ(blob.digest, digest_of(bytes));
    EXPECT_TRUE(MUST(t->read_all(blob.digest, 10 << 20)) == bytes) << size;
    EXPECT_TRUE(MUST(t->contains(blob.digest)));
  }
  EXPECT_FALSE(MUST(t->contains(digest_of("never put"))));
  const auto report = MUST(t->verify({}));
  EXPECT_TRUE(report.problems.empty()) << report.problems[0];
}

TEST(Store, StreamsGiveTheSameChunksHoweverTheyAreCut) {
  TestStore t;
  const auto lease = MUST(t->lease());
  const std::string bytes = random_bytes(3, 7'000'000);
  const Blob whole = MUST(t->put_bytes(*lease, as_bytes(bytes)));
  const StoreStat before = MUST(t->stat());
  for (const std::size_t step : {1'000u, 65'536u, 1'234'567u, 6'999'999u}) {
    std::size_t at = 0;
    const Blob blob = MUST(t->put(*lease, [&]() -> Result<std::string> {
      const std::string piece = bytes.substr(at, step);
      at += piece.size();
      return piece;
    }));
    EXPECT_EQ(blob.digest, whole.digest);
  }
  // Everything was there already: no pack was added.
  EXPECT_EQ(MUST(t->stat()).packs, before.packs);
}

TEST(Store, ReadsRanges) {
  TestStore t;
  const auto lease = MUST(t->lease());
  const std::string bytes = random_bytes(4, 3'000'000);
  const Blob blob = MUST(t->put_bytes(*lease, as_bytes(bytes)));
  const auto reader = MUST(t->open(blob.digest));
  EXPECT_EQ(reader->size(), bytes.size());
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    const std::size_t offset = random.below(bytes.size() + 10);
    std::vector<std::uint8_t> out(random.below(400'000));
    const std::size_t got = MUST(reader->read_at(offset, out));
    const std::string expected =
        offset < bytes.size() ? bytes.substr(offset, out.size()) : std::string();
    ASSERT_EQ(got, expected.size());
    ASSERT_TRUE(
        std::equal(expected.begin(), expected.end(), out.begin(),
                   [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
  }
  EXPECT_EQ(MUST(reader->read_at(~std::uint64_t{0} - 5, std::span<std::uint8_t>())), 0u);
}

}  // namespace
}  // namespace solvent::store
