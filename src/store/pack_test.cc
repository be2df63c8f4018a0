#include "store/pack.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/chunker.h"
#include "store/index.h"
#include "store/test_store.h"
#include "store/tree.h"
#include "store/wire.h"

namespace solvent::store {
namespace {

/// A pack in memory: its bytes, and what its row would say.
struct Built {
  std::string bytes;
  std::vector<PackEntry> entries;
  Digest digest;
};

Built build(const std::vector<std::pair<Kind, std::string>>& records) {
  Built pack;
  pack.bytes = pack_header();
  for (const auto& [kind, payload] : records) {
    pack.entries.push_back(
        {digest_of(payload), kind, static_cast<std::uint32_t>(payload.size()), pack.bytes.size()});
    pack.bytes += payload;
  }
  const std::uint64_t index_offset = pack.bytes.size();
  pack.bytes += pack_tail(pack.entries, index_offset, pack.digest);
  return pack;
}

Result<std::vector<PackEntry>> parse(const std::string& bytes) {
  TRY(check_pack_header(as_bytes(bytes)));
  if (bytes.size() < kPackFooterBytes) return fail(Code::kDataLoss, "short");
  const ByteView all = as_bytes(bytes);
  const auto footer = TRY(parse_pack_footer(all.last(kPackFooterBytes), bytes.size()));
  return parse_pack_index(
      all.subspan(footer.index_offset, bytes.size() - kPackFooterBytes - footer.index_offset),
      footer);
}

TEST(Pack, ReadsBackWhatWasWrittenSortedByDigest) {
  const Built pack = build({{Kind::kChunk, "one"}, {Kind::kChunk, ""}, {Kind::kTreeMark, ""}});
  const auto entries = MUST(parse(pack.bytes));
  ASSERT_EQ(entries.size(), 3u);
  for (std::size_t i = 1; i < 3; ++i) EXPECT_LE(entries[i - 1].digest, entries[i].digest);
  // 16 of header, 3 of records, 3 x 48 of index, 64 of footer.
  EXPECT_EQ(pack.bytes.size(), 16u + 3 + 3 * 48 + 64);
  EXPECT_EQ(pack.bytes.substr(0, 8), "SLVPACK1");
  EXPECT_EQ(pack.bytes.substr(pack.bytes.size() - 8), "SLVPKEND");
}

/// The same pack with other entries under a right digest: what a forger would write.
Code forged(const std::function<void(std::vector<PackEntry>&)>& change) {
  std::vector<PackEntry> entries = {{digest_of("a"), Kind::kChunk, 10, 16},
                                    {digest_of("b"), Kind::kChunk, 20, 26}};
  std::string bytes = pack_header() + std::string(30, 'x');
  change(entries);
  // pack_tail sorts; write the index unsorted where the change asks for it.
  std::string index;
  for (const PackEntry& e : entries) {
    append_digest(index, e.digest);
    append_int(index, e.offset);
    append_int(index, e.length);
    append_int(index, static_cast<std::uint8_t>(e.kind));
    index.append(3, '\0');
  }
  std::string numbers;
  append_int(numbers, std::uint64_t{46});
  append_int(numbers, static_cast<std::uint64_t>(entries.size()));
  const Digest digest =
      Hasher().update(std::string_view(index)).update(std::string_view(numbers)).finish();
  bytes += index + numbers;
  append_digest(bytes, digest);
  bytes.append(8, '\0');
  bytes += "SLVPKEND";
  const auto parsed = parse(bytes);
  return parsed ? Code::kOk : parsed.error().code;
}

TEST(Pack, RefusesForgedIndexes) {
  const bool a_first = digest_of("a") < digest_of("b");
  const auto in_order = [&](std::vector<PackEntry>& e) {
    if (!a_first) std::swap(e[0], e[1]);
  };
  EXPECT_EQ(forged(in_order), Code::kOk);
  const auto refused = [&](const std::function<void(std::vector<PackEntry>&)>& change) {
    return forged([&](std::vector<PackEntry>& e) {
             change(e);
             in_order(e);
           }) == Code::kDataLoss;
  };
  EXPECT_EQ(forged([&](auto& e) {
              in_order(e);
              std::swap(e[0], e[1]);
            }),
            Code::kDataLoss);
  EXPECT_TRUE(refused([](auto& e) { e[1] = e[0]; }));
  EXPECT_TRUE(refused([](auto& e) { e[0].offset = 15; }));
  EXPECT_TRUE(refused([](auto& e) { e[0].length = 9; }));   // a gap
  EXPECT_TRUE(refused([](auto& e) { e[0].length = 11; }));  // an overlap
  EXPECT_TRUE(refused([](auto& e) { e[1].length = 21; }));  // into the index
  EXPECT_TRUE(refused([](auto& e) { e[1].length = 0xffffffff; }));
  EXPECT_TRUE(refused([](auto& e) { e[1].offset = ~std::uint64_t{0}; }));
  EXPECT_TRUE(refused([](auto& e) { e[0].kind = static_cast<Kind>(0); }));
  EXPECT_TRUE(refused([](auto& e) { e[0].kind = static_cast<Kind>(4); }));
  EXPECT_TRUE(refused([](auto& e) { e[0].kind = Kind::kTreeMark; }));  // with a payload
  EXPECT_TRUE(refused([](auto& e) { e.pop_back(); }));
}

TEST(Pack, RefusesEveryCutAndEveryFlippedBit) {
  const Built pack = build({{Kind::kChunk, "one"}, {Kind::kChunk, "another"}});
  for (std::size_t size = 0; size < pack.bytes.size(); ++size)
    EXPECT_FALSE(parse(pack.bytes.substr(0, size))) << size;
  EXPECT_FALSE(parse(pack.bytes + "x"));
  const std::size_t records = 16 + 3 + 7;
  for (std::size_t at = 0; at < pack.bytes.size(); ++at) {
    if (at >= 16 && at < records) continue;  // payloads are the chunks' own digests' business
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = pack.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      EXPECT_FALSE(parse(bytes)) << at;
    }
  }
}

TEST(Recipe, ReadsBackAndRefusesDamage) {
  Recipe recipe{.size = 300'000, .pieces = {{digest_of("a"), 100'000}, {digest_of("b"), 200'000}}};
  const std::string bytes = encode_recipe(recipe);
  EXPECT_EQ(bytes.size(), 8u + 8 + 4 + 2 * 36 + 32);
  const Recipe back = MUST(parse_recipe(as_bytes(bytes)));
  EXPECT_EQ(back.size, 300'000u);
  EXPECT_EQ(back.pieces[1].chunk, digest_of("b"));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_FALSE(parse_recipe(as_bytes(other))) << at;
    EXPECT_FALSE(parse_recipe(as_bytes(bytes.substr(0, at)))) << at;
  }
  // Right digests over wrong sums.
  recipe.size = 300'001;
  EXPECT_FALSE(parse_recipe(as_bytes(encode_recipe(recipe))));
  recipe = {.size = 10, .pieces = {{digest_of("a"), 10}, {digest_of("b"), 0}}};
  EXPECT_FALSE(parse_recipe(as_bytes(encode_recipe(recipe))));
  recipe = {.size = 10, .pieces = {{digest_of("a"), 10}}};  // one chunk needs no recipe
  EXPECT_FALSE(parse_recipe(as_bytes(encode_recipe(recipe))));
}

TEST(Tree, EncodesCanonically) {
  std::vector<TreeEntry> entries = {{"b", {digest_of("1"), 1}}, {"a/c", {digest_of("2"), 2}, true}};
  const std::string bytes = MUST(encode_tree(entries));
  // By hand: magic, count, then "a/c" (flag 1) before "b" (flag 0).
  std::string expected = "SLVTREE1";
  append_int(expected, std::uint64_t{2});
  append_int(expected, std::uint32_t{3});
  expected += "a/c";
  expected += '\1';
  append_int(expected, std::uint64_t{2});
  append_digest(expected, digest_of("2"));
  append_int(expected, std::uint32_t{1});
  expected += "b";
  expected += '\0';
  append_int(expected, std::uint64_t{1});
  append_digest(expected, digest_of("1"));
  EXPECT_EQ(bytes, expected);
  EXPECT_EQ(MUST(parse_tree(as_bytes(bytes))).size(), 2u);
}

TEST(Tree, RefusesPathsThatLeaveOrConfuse) {
  const auto code = [](std::vector<std::string> paths) {
    std::vector<TreeEntry> entries;
    for (std::string& path : paths) entries.push_back({std::move(path), {}});
    const auto encoded = encode_tree(entries);
    return encoded ? Code::kOk : encoded.error().code;
  };
  for (const std::string& path :
       {std::string(), std::string("/a"), std::string("a//b"), std::string("a/"), std::string("."),
        std::string(".."), std::string("a/../b"), std::string("a/."), std::string("a\0b", 3),
        std::string(4'097, 'x')})
    EXPECT_EQ(code({path}), Code::kInvalidArgument) << path;
  for (const std::string& path :
       {std::string("..a"), std::string("a..b/c."), std::string("\xff\xfe"),
        std::string(4'096, 'x'), std::string("a b/ü\n")})
    EXPECT_EQ(code({path}), Code::kOk) << path;
  EXPECT_EQ(code({"a", "b", "a"}), Code::kInvalidArgument);
  EXPECT_EQ(code({"a", "a!", "a/b/c"}), Code::kInvalidArgument);  // "a" is a file and a directory
  EXPECT_EQ(code({"a/b", "a/b/c/d"}), Code::kInvalidArgument);
  EXPECT_EQ(code({"a/b", "a/bc/d", "ab"}), Code::kOk);
}

TEST(Tree, RefusesEveryCutAndWhatIsNotCanonical) {
  std::vector<TreeEntry> entries = {{"a", {digest_of("1"), 1}}, {"b", {digest_of("2"), 2}}};
  const std::string bytes = MUST(encode_tree(entries));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_tree(as_bytes(bytes.substr(0, size)))) << size;
  EXPECT_FALSE(parse_tree(as_bytes(bytes + "x")));
  const std::size_t entry = 4 + 1 + 1 + 8 + 32;
  const std::string swapped =
      bytes.substr(0, 16) + bytes.substr(16 + entry, entry) + bytes.substr(16, entry);
  EXPECT_FALSE(parse_tree(as_bytes(swapped)));
  std::string flagged = bytes;
  flagged[16 + 5] = 2;
  EXPECT_FALSE(parse_tree(as_bytes(flagged)));
  std::string huge = bytes.substr(0, 8);
  append_int(huge, ~std::uint64_t{0});
  EXPECT_FALSE(parse_tree(as_bytes(huge)));
}

TEST(Chunker, CutsWithinBoundsAndAsTheSpecificationSays) {
  const std::string bytes = random_bytes(5, 30'000'000);
  ByteView rest = as_bytes(bytes);
  std::size_t chunks = 0;
  while (!rest.empty()) {
    const std::size_t cut = next_cut(rest, true);
    ASSERT_LE(cut, kChunkMax);
    ASSERT_TRUE(cut >= kChunkMin || cut == rest.size());
    rest = rest.subspan(cut);
    ++chunks;
  }
  // Geometric beyond the minimum with mean 2^18, cut at 2^20: mean 64 KiB + 2^18 (1 - e^-3.75)
  // = 321,525 bytes, deviation below 2^18; 30 MB hold 93 of them, give or take four deviations
  // of 93^0.5 * 0.8.
  EXPECT_NEAR(static_cast<double>(chunks), 93.3, 31);
  // Zeros never satisfy a cut unless gear[0] << n does; whatever it is, it is the same each time.
  const std::string zeros(3 << 20, '\0');
  EXPECT_EQ(next_cut(as_bytes(zeros), true), next_cut(as_bytes(zeros).subspan(1'000), true));
  EXPECT_EQ(next_cut({}, true), 0u);
  EXPECT_EQ(next_cut(as_bytes("abc"), true), 3u);
  EXPECT_EQ(next_cut(as_bytes("abc"), false), 0u);
}

TEST(Chunker, ACutDependsOnlyOnTheSixtyFourBytesBeforeIt) {
  // Drop a prefix: beyond the first shared cut all later cuts are shared.
  const std::string bytes = random_bytes(6, 20'000'000);
  const auto cuts = [](ByteView from, std::size_t base) {
    std::set<std::size_t> ends;
    for (std::size_t at = 0; at < from.size();) {
      at += next_cut(from.subspan(at), true);
      ends.insert(base + at);
    }
    return ends;
  };
  const auto whole = cuts(as_bytes(bytes), 0);
  const auto part = cuts(as_bytes(bytes).subspan(777'777), 777'777);
  std::size_t shared = 0;
  for (const std::size_t cut : part) shared += whole.contains(cut) ? 1 : 0;
  EXPECT_GE(shared + 4, part.size());
}

TEST(Index, FindsEveryRecordOfEveryPack) {
  Index index;
  std::map<std::pair<Digest, Kind>, std::string> expected;
  SeededRandom random(1);
  for (int pack = 0; pack < 40; ++pack) {
    std::vector<PackEntry> entries;
    const std::string id = "pack" + std::to_string(pack);
    for (std::uint64_t i = 0; i < random.below(300); ++i) {
      const Digest digest = digest_of(std::to_string(random.below(5'000)));
      const Kind kind = random.below(4) == 0 ? Kind::kRecipe : Kind::kChunk;
      entries.push_back({digest, kind, 1, 16 + i});
      expected[{digest, kind}] = id;
    }
    index.add({.id = id}, std::move(entries));
  }
  EXPECT_EQ(index.records(), expected.size());
  for (const auto& [key, pack] : expected) {
    const auto found = index.find(key.first, key.second);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->pack, pack);  // the newest copy
    EXPECT_EQ(found->entry.digest, key.first);
  }
  EXPECT_FALSE(index.find(digest_of("absent"), Kind::kChunk));
}

}  // namespace
}  // namespace solvent::store
