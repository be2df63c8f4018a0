#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/sim_disk.h"
#include "store/test_store.h"

namespace solvent::store {
namespace {

constexpr StoreOptions kNoGrace{.pack_bytes_max = 2 << 20, .grace = 0};

class CollectTest : public testing::TestWithParam<std::string> {};
SOLVENT_BOTH_ENGINES(CollectTest);

TEST_P(CollectTest, DropsWhatNothingNeedsAndKeepsTheRest) {
  TestStore t(GetParam(), kNoGrace);
  const Blob kept = t.put(random_bytes(1, 600'000));
  const Blob dropped = t.put(random_bytes(2, 600'000));
  t.clock().advance(1);
  const auto report = MUST(t.collect({kept.digest}));
  EXPECT_GE(report.bytes_freed, 600'000);
  EXPECT_GE(report.chunks_dropped, 1);
  EXPECT_EQ(report.packs_rewritten, 0);  // each had a pack of its own
  EXPECT_EQ(MUST(t->read_all(kept.digest, 1 << 20)), random_bytes(1, 600'000));
  EXPECT_EQ(t->read_all(dropped.digest, 1 << 20).error().code, Code::kNotFound);
  EXPECT_FALSE(MUST(t->contains(dropped.digest)));
  EXPECT_EQ(t.pack_files().size(), 1u);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
  // It can be put again.
  EXPECT_EQ(t.put(random_bytes(2, 600'000)).digest, dropped.digest);
  EXPECT_TRUE(MUST(t->contains(dropped.digest)));
}

TEST_P(CollectTest, RewritesPacksThatAreMostlyDead) {
  TestStore t(GetParam(), kNoGrace);
  std::vector<Blob> blobs;
  {
    const auto lease = MUST(t->lease());
    std::vector<std::string> paths;
    for (std::uint64_t i = 0; i < 20; ++i) {
      paths.push_back(join_path(t.path(), "in" + std::to_string(i)));
      MUST(write_file_durably(posix_files(), paths.back(), as_bytes(random_bytes(i, 40'000))));
    }
    blobs = MUST(t->put_files(*lease, paths));
  }
  ASSERT_EQ(t.pack_files().size(), 1u);
  t.clock().advance(1);
  // 18 of 20 live: above four fifths, so it stays as it is.
  std::set<Digest> needed;
  for (std::size_t i = 0; i < 18; ++i) needed.insert(blobs[i].digest);
  EXPECT_EQ(MUST(t.collect(needed)).packs_rewritten, 0);
  EXPECT_TRUE(MUST(t->contains(blobs[19].digest)));
  // 5 of 20: rewritten.
  needed.clear();
  for (std::size_t i = 0; i < 5; ++i) needed.insert(blobs[i].digest);
  const std::int64_t before = MUST(t->stat()).bytes;
  const auto dry = MUST(t.collect(needed, true));
  EXPECT_EQ(MUST(t->stat()).bytes, before) << "a dry run changed something";
  const auto report = MUST(t.collect(needed));
  EXPECT_EQ(report.packs_rewritten, 1);
  EXPECT_EQ(report.chunks_dropped, 15);
  EXPECT_EQ(dry.chunks_dropped, report.chunks_dropped);
  EXPECT_EQ(dry.bytes_freed, report.bytes_freed);
  EXPECT_EQ(before - MUST(t->stat()).bytes, report.bytes_freed);
  EXPECT_EQ(report.bytes_freed, 15 * (40'000 + 48));
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(MUST(t->contains(blobs[i].digest)), i < 5) << i;
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST_P(CollectTest, JoinsManySmallPacks) {
  TestStore t(GetParam(), kNoGrace);
  std::set<Digest> needed;
  for (int i = 0; i < 7; ++i) needed.insert(t.put("small " + std::to_string(i)).digest);
  t.clock().advance(1);
  EXPECT_EQ(MUST(t.collect(needed)).packs_rewritten, 0);
  needed.insert(t.put("small 7").digest);
  t.clock().advance(1);
  const auto report = MUST(t.collect(needed));
  EXPECT_EQ(report.packs_rewritten, 8);
  EXPECT_EQ(report.chunks_dropped, 0);
  EXPECT_EQ(t.pack_files().size(), 1u);
  for (const Digest& digest : needed) EXPECT_TRUE(MUST(t->contains(digest)));
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST_P(CollectTest, ATreeHoldsTheFilesOfHoweverManyPacks) {
  TestStore t(GetParam(), kNoGrace);
  std::vector<TreeEntry> entries;
  for (int i = 0; i < 60; ++i)
    entries.push_back({"f" + std::to_string(i), t.put("file " + std::to_string(i))});
  t.clock().advance(1);
  auto lease = MUST(t->lease());
  const Digest tree = MUST(t->put_tree(*lease, entries));
  EXPECT_EQ(MUST(t.collect({})).chunks_dropped, 0);
  for (const TreeEntry& entry : MUST(t->read_tree(tree)))
    EXPECT_TRUE(MUST(t->contains(entry.blob.digest))) << entry.path;
  lease.reset();
  t.clock().advance(1);
  EXPECT_EQ(MUST(t.collect({})).chunks_dropped, 61);
}

TEST_P(CollectTest, SparesTreesOfRefsWithAllTheirFiles) {
  TestStore t(GetParam(), kNoGrace);
  Digest tree;
  const Blob small = t.put("small"), large = t.put(random_bytes(7, 1'200'000));
  const Blob other = t.put("other");
  {
    const auto lease = MUST(t->lease());
    tree = MUST(t->put_tree(*lease, {{"a/small", small}, {"a/large", large}}));
    MUST(t.database().write([&](sql::Tx& tx) -> Result<void> {
      TRY(require_lease(tx, *lease));
      return move_ref(tx, "main", std::nullopt, tree, kTestNow);
    }));
  }
  t.clock().advance(1);
  MUST(t.collect({}));
  EXPECT_FALSE(MUST(t->contains(other.digest)));
  for (const TreeEntry& entry : MUST(t->read_tree(tree)))
    EXPECT_EQ(digest_of(MUST(t->read_all(entry.blob.digest, 2 << 20))), entry.blob.digest);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
  MUST(t.database().write(
      [&](sql::Tx& tx) { return move_ref(tx, "main", tree, other.digest, kTestNow); }));
  MUST(t.collect({}));
  EXPECT_EQ(MUST(t->stat()).packs, 0);
  EXPECT_TRUE(t.pack_files().empty());
}

TEST_P(CollectTest, SparesTheYoungAndWhatIsUnderALease) {
  TestStore t(GetParam(), {.pack_bytes_max = 2 << 20, .grace = kHourUs});
  auto lease = MUST(t->lease());
  const Blob held = MUST(t->put_bytes(*lease, as_bytes("held")));
  const Blob young = t.put("young");
  t.clock().advance(kHourUs / 2);
  MUST(t.collect({}));
  EXPECT_TRUE(MUST(t->contains(young.digest)));
  // Reusing what is there holds it as well.
  EXPECT_EQ(MUST(t->put_bytes(*lease, as_bytes("young"))).digest, young.digest);
  t.clock().advance(kHourUs / 2 + 1);
  MUST(t.collect({}));
  EXPECT_TRUE(MUST(t->contains(held.digest)));
  EXPECT_TRUE(MUST(t->contains(young.digest)));
  lease.reset();
  MUST(t.collect({}));
  EXPECT_FALSE(MUST(t->contains(held.digest)));
  EXPECT_FALSE(MUST(t->contains(young.digest)));
}

TEST_P(CollectTest, AnExpiredLeaseIsTakenAwayAndSaysSo) {
  TestStore t(GetParam(), kNoGrace);
  const auto lease = MUST(t->lease());
  const Blob blob = MUST(t->put_bytes(*lease, as_bytes("slept too long")));
  const auto name = [&] {
    return t.database().write([&](sql::Tx& tx) { return require_lease(tx, *lease); });
  };
  MUST(name());
  t.clock().advance(kHourUs + 1);
  MUST(t.collect({}));
  EXPECT_FALSE(MUST(t->contains(blob.digest)));
  EXPECT_EQ(name().error().code, Code::kAborted);
  EXPECT_EQ(t->put_bytes(*lease, as_bytes("more")).error().code, Code::kAborted);
  EXPECT_TRUE(t.pack_files().empty());
  EXPECT_EQ(MUST(t->stat()).leases, 0);
}

TEST(Collect, AHeartbeatKeepsALease) {
  const auto directory = MUST(TempDirectory::create("lease"));
  const auto database = MUST(sql::open_sqlite(directory.path() + "/catalog.db"));
  MUST(database->migrate(specs().migrations, {}));
  const auto store =
      MUST(open_store(directory.path() + "/store", posix_files(), *database, system_clock(),
                      system_random(), {.grace = 0, .lease_for = 600'000}));
  const auto lease = MUST(store->lease());
  const Blob blob = MUST(store->put_bytes(*lease, as_bytes("kept")));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  MUST(store->collect({}));
  EXPECT_TRUE(MUST(store->contains(blob.digest)));
}

TEST_P(CollectTest, APutThatReusesADeadChunkWhileItIsCollectedIsSafe) {
  // The put comes between the collection's two looks, through the hook that roots are.
  TestStore t(GetParam(), kNoGrace);
  const auto other = t.open();
  const std::string bytes = random_bytes(31, 900'000);
  t.put(bytes);
  t.clock().advance(1);
  std::unique_ptr<Lease> lease;
  const BlobRoot root{"test", [&](sql::Tx&, const auto&) -> Result<void> {
                        if (lease) return {};
                        // Not in this transaction: in another process, at this moment.
                        std::thread([&] {
                          lease = MUST(other->lease());
                          MUST(other->put_bytes(*lease, as_bytes(bytes)));
                        }).join();
                        return {};
                      }};
  MUST(t->collect({&root, 1}));
  EXPECT_TRUE(MUST(other->read_all(digest_of(bytes), 1 << 20)) == bytes);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
  EXPECT_EQ(static_cast<std::int64_t>(t.pack_files().size()), MUST(t->stat()).packs);
}

TEST_P(CollectTest, APutWhoseReusedChunksAreCollectedBeforeItPublishesCopiesThem) {
  TestStore t(GetParam(), kNoGrace);
  const auto other = t.open();
  const std::string bytes = random_bytes(32, 1'700'000);
  t.put(bytes);
  t.clock().advance(1);
  const auto lease = MUST(other->lease());
  bool fed = false;
  const Blob blob = MUST(other->put(*lease, [&]() -> Result<std::string> {
    if (!fed) {
      fed = true;
      return bytes;
    }
    // All chunks but the last are noted as reused by now; then they vanish.
    EXPECT_GE(MUST(t.collect({})).chunks_dropped, 2);
    EXPECT_TRUE(t.pack_files().empty());
    return std::string();
  }));
  EXPECT_EQ(blob.digest, digest_of(bytes));
  EXPECT_TRUE(MUST(t->read_all(blob.digest, 2 << 20)) == bytes);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST_P(CollectTest, ARewriteBetweenReuseAndPublishIsFollowed) {
  TestStore t(GetParam(), kNoGrace);
  const auto other = t.open();
  const std::string bytes = random_bytes(33, 400'000);
  Blob wanted;
  {
    const auto lease = MUST(t->lease());
    const std::string a = join_path(t.path(), "a"), b = join_path(t.path(), "b");
    MUST(write_file_durably(posix_files(), a, as_bytes(bytes)));
    MUST(write_file_durably(posix_files(), b, as_bytes(random_bytes(34, 1'400'000))));
    wanted = MUST(t->put_files(*lease, std::vector<std::string>{a, b}))[0];
  }
  t.clock().advance(1);
  const auto lease = MUST(other->lease());
  bool fed = false;
  MUST(other->put(*lease, [&]() -> Result<std::string> {
    if (!fed) {
      fed = true;
      return bytes;
    }
    EXPECT_EQ(MUST(t.collect({wanted.digest})).packs_rewritten, 1);
    return std::string();
  }));
  MUST(t.collect({}));  // held by the lease alone
  EXPECT_TRUE(MUST(other->read_all(wanted.digest, 1 << 20)) == bytes);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST_P(CollectTest, AReaderGoesOnWhileItsPackIsRewritten) {
  TestStore t(GetParam(), kNoGrace);
  const auto other = t.open();
  const std::string bytes = random_bytes(40, 1'200'000);
  Blob wanted;
  {
    const auto lease = MUST(t->lease());
    std::vector<std::string> paths = {join_path(t.path(), "a"), join_path(t.path(), "b")};
    MUST(write_file_durably(posix_files(), paths[0], as_bytes(bytes)));
    MUST(write_file_durably(posix_files(), paths[1], as_bytes(random_bytes(41, 700'000))));
    wanted = MUST(t->put_files(*lease, paths))[0];
  }
  t.clock().advance(1);
  const auto reader = MUST(other->open(wanted.digest));
  std::vector<std::uint8_t> out(bytes.size());
  ASSERT_EQ(MUST(reader->read_at(0, std::span(out).first(1'000))), 1'000u);
  EXPECT_EQ(MUST(t.collect({wanted.digest})).packs_rewritten, 1);
  ASSERT_EQ(MUST(reader->read_at(0, out)), bytes.size());
  EXPECT_TRUE(as_text(out) == bytes);
  // A reader opened before, whose pack no handle holds any more, follows it too.
  const auto third = t.open();
  const auto late = MUST(third->open(wanted.digest));
  EXPECT_EQ(MUST(late->read_at(500'000, out)), bytes.size() - 500'000);
}

TEST(Collect, RemovesWhatACrashLeftAndNothingElse) {
  TestStore t("sqlite", kNoGrace);
  const auto lease = MUST(t->lease());
  const std::string dead = "0193a1ee-565e-7fed-b346-6f8a7b81a989";
  const auto make = [&](const std::string& name) {
    MUST(write_file_durably(posix_files(), join_path(t.packs(), name), as_bytes("left over")));
  };
  make(dead + "-0.tmp");
  make(dead + "-12.pack");
  make(lease->id() + "-7.tmp");  // a put that is under way
  make("notes.txt");
  make("short.pack");
  MUST(t.collect({}));
  EXPECT_EQ(t.pack_files(),
            (std::vector<std::string>{lease->id() + "-7.tmp", "notes.txt", "short.pack"}));
}

TEST(Collect, OnlyOneAtATime) {
  TestStore t("sqlite", kNoGrace);
  const auto other = t.open();
  Code second = Code::kOk;
  const BlobRoot root{"test", [&](sql::Tx&, const auto&) -> Result<void> {
                        const auto collected = other->collect({});
                        if (!collected) second = collected.error().code;
                        return {};
                      }};
  MUST(t->collect({&root, 1}));
  EXPECT_EQ(second, Code::kUnavailable);
}

TEST(Collect, AFailingRootOrADamagedPackStopsItWithNothingDropped) {
  TestStore t("sqlite", kNoGrace);
  const Blob blob = t.put(random_bytes(50, 1'300'000));
  t.clock().advance(1);
  const BlobRoot root{"test", [](sql::Tx&, const auto&) -> Result<void> {
                        return fail(Code::kInternal, "cannot tell");
                      }};
  EXPECT_EQ(t->collect({&root, 1}).error().message, "cannot tell");
  EXPECT_TRUE(MUST(t->contains(blob.digest)));
  const Blob dead = t.put("dead");
  t.clock().advance(1);
  // A file's recipe cannot be read, so what it needs is not known: all stays.
  for (const std::string& name : t.pack_files()) {
    const std::string path = join_path(t.packs(), name);
    std::string bytes = MUST(read_file(posix_files(), path));
    const std::size_t recipe = bytes.find("SLVFILE1");
    if (recipe == std::string::npos) continue;
    bytes[recipe + 30] = static_cast<char>(bytes[recipe + 30] ^ 1);
    MUST(MUST(posix_files().open(path, OpenMode::kReadWrite))->write_at(0, as_bytes(bytes)));
  }
  EXPECT_EQ(t.collect({blob.digest}).error().code, Code::kDataLoss);
  EXPECT_EQ(MUST(t->read_all(dead.digest, 100)), "dead");
  EXPECT_EQ(static_cast<std::int64_t>(t.pack_files().size()), MUST(t->stat()).packs);
}

/// The store against a map: whatever is named is there and right, from every handle, whatever
/// happened before; in the end, nothing named, nothing is left.
TEST(Collect, AnyHistoryAgreesWithAMap) {
  for (std::uint64_t seed = 1; seed <= 3; seed += kCrashStride) {
    SCOPED_TRACE(seed);
    TestStore t("sqlite", kNoGrace);
    auto other = t.open();
    SeededRandom random(seed);
    std::map<Digest, std::string> named;  // files
    std::map<Digest, std::vector<TreeEntry>> trees;
    std::vector<std::unique_ptr<Lease>> leases;
    const auto store = [&]() -> Store& { return random.below(2) == 0 ? *t : *other; };
    const auto needed = [&] {
      std::set<Digest> roots;
      for (const auto& [digest, bytes] : named) roots.insert(digest);
      for (const auto& [digest, entries] : trees) roots.insert(digest);
      return roots;
    };
    for (int step = 0; step < 100; ++step) {
      t.clock().advance(1'000);
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2: {  // a file, often sharing most of its bytes with another
          std::string bytes = random_bytes(random.below(6), 20 + random.below(500'000));
          if (random.below(3) == 0) bytes.insert(random.below(bytes.size()), "inserted");
          Store& s = store();
          leases.push_back(MUST(s.lease()));
          const Blob blob = MUST(s.put_bytes(*leases.back(), as_bytes(bytes)));
          named[blob.digest] = std::move(bytes);
          break;
        }
        case 3: {  // a tree of what is named
          std::vector<TreeEntry> entries;
          for (const auto& [digest, bytes] : named)
            if (random.below(3) == 0)
              entries.push_back({"f" + std::to_string(entries.size()), {digest, bytes.size()}});
          Store& s = store();
          const auto lease = MUST(s.lease());
          trees[MUST(s.put_tree(*lease, entries))] = entries;
          break;
        }
        case 4:  // a name goes; a tree may still need the file
          if (!named.empty())
            named.erase(
                std::next(named.begin(), static_cast<std::ptrdiff_t>(random.below(named.size()))));
          break;
        case 5:
          if (!trees.empty()) trees.erase(trees.begin());
          break;
        case 6:
          if (!leases.empty()) leases.erase(leases.begin());
          break;
        default: {
          const auto roots = needed();
          const BlobRoot root{"test", [&](sql::Tx&, const auto& yield) -> Result<void> {
                                for (const Digest& digest : roots) yield(digest);
                                return {};
                              }};
          MUST(store().collect({&root, 1}));
          break;
        }
      }
      for (const auto& [digest, bytes] : named)
        ASSERT_TRUE(MUST(store().read_all(digest, 1 << 20)) == bytes) << "step " << step;
      for (const auto& [digest, entries] : trees)
        for (const TreeEntry& entry : MUST(store().read_tree(digest)))
          ASSERT_TRUE(MUST(store().contains(entry.blob.digest))) << "step " << step;
    }
    ASSERT_EQ(t.problems(), std::vector<std::string>());
    leases.clear();
    t.clock().advance(1);
    MUST(t.collect({}));
    EXPECT_TRUE(t.pack_files().empty());
    EXPECT_EQ(MUST(t->stat()).bytes, 0);
  }
}

TEST(Collect, PutsReadsAndCollectionsRunSideBySide) {
  TestStore t("sqlite", kNoGrace);
  std::atomic<bool> stop{false};
  std::atomic<int> puts{0};
  std::mutex mutex;
  std::map<Digest, std::string> named;
  const auto writer = [&](std::uint64_t seed) {
    const auto store = t.open();
    SeededRandom random(seed);
    while (!stop) {
      const std::string bytes = random_bytes(random.below(8), 100'000 + random.below(8) * 50'000);
      const auto lease = MUST(store->lease());
      const Blob blob = MUST(store->put_bytes(*lease, as_bytes(bytes)));
      const std::lock_guard lock(mutex);
      named[blob.digest] = bytes;
      if (named.size() > 4) named.erase(named.begin());
      ++puts;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 3; ++i) threads.emplace_back(writer, i);
  const BlobRoot root{"test", [&](sql::Tx&, const auto& yield) -> Result<void> {
                        const std::lock_guard lock(mutex);
                        for (const auto& [digest, bytes] : named) yield(digest);
                        return {};
                      }};
  std::int64_t dropped = 0;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (std::chrono::steady_clock::now() < until) {
    t.clock().advance(1);
    dropped += MUST(t->collect({&root, 1})).chunks_dropped;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(puts, 10);
  EXPECT_GT(dropped, 0);
  for (const auto& [digest, bytes] : named)
    EXPECT_TRUE(MUST(t->read_all(digest, 1 << 20)) == bytes);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

}  // namespace
}  // namespace solvent::store
