#include "store/store.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/fault_files.h"
#include "base/sim_disk.h"
#include "store/chunker.h"
#include "store/test_store.h"

namespace solvent::store {
namespace {

class StoreTest : public testing::TestWithParam<std::string> {};
SOLVENT_BOTH_ENGINES(StoreTest);

TEST_P(StoreTest, ReturnsWhatWasPut) {
  TestStore t(GetParam());
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
  EXPECT_EQ(t->open(digest_of("never put")).error().code, Code::kNotFound);
  EXPECT_EQ(t->read_all(digest_of(random_bytes(5'000'000, 5'000'000)), 4'999'999).error().code,
            Code::kResourceExhausted);
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST_P(StoreTest, AnotherProcessSeesWhatWasPutAtOnce) {
  TestStore t(GetParam());
  const auto other = t.open();
  EXPECT_FALSE(MUST(other->contains(digest_of("late"))));
  const Blob blob = t.put("late");
  EXPECT_EQ(MUST(other->read_all(blob.digest, 100)), "late");
  t.reopen();
  EXPECT_EQ(MUST(t->read_all(blob.digest, 100)), "late");
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

TEST(Store, AnInsertionAtTheFrontCostsAboutOneChunk) {
  TestStore t;
  const std::string bytes = random_bytes(8, 20'000'000);
  t.put(bytes);
  const std::int64_t before = MUST(t->stat()).bytes;
  const Blob changed = t.put("a line that was not there before\n" + bytes);
  // One chunk is at most 1 MiB; the recipe of some 60 chunks and the pack's own bytes are the rest.
  EXPECT_LT(MUST(t->stat()).bytes - before, 1'048'576 + 20'000);
  EXPECT_EQ(MUST(t->read_all(changed.digest, 30 << 20)).size(), bytes.size() + 33);
}

TEST(Store, AFailingStreamLeavesNothing) {
  TestStore t;
  const auto lease = MUST(t->lease());
  int pieces = 0;
  const auto put = t->put(*lease, [&]() -> Result<std::string> {
    if (++pieces == 3) return fail(Code::kUnavailable, "the client went away");
    return random_bytes(static_cast<std::uint64_t>(pieces), 1'500'000);
  });
  EXPECT_EQ(put.error().message, "the client went away");
  EXPECT_TRUE(t.pack_files().empty());
  EXPECT_EQ(MUST(t->stat()).packs, 0);
}

TEST(Store, ReadsRanges) {
  TestStore t;
  const std::string bytes = random_bytes(4, 3'000'000);
  const auto reader = MUST(t->open(t.put(bytes).digest));
  EXPECT_EQ(reader->size(), bytes.size());
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    const std::size_t offset = random.below(bytes.size() + 10);
    std::vector<std::uint8_t> out(random.below(400'000));
    const std::size_t got = MUST(reader->read_at(offset, out));
    const std::string expected =
        offset < bytes.size() ? bytes.substr(offset, out.size()) : std::string();
    ASSERT_EQ(got, expected.size());
    ASSERT_EQ(as_text(ByteView(out).first(got)), expected);
  }
  std::vector<std::uint8_t> out(10);
  EXPECT_EQ(MUST(reader->read_at(~std::uint64_t{0} - 5, out)), 0u);
}

TEST(Store, ManySmallFilesCostTwoSyncs) {
  SimDisk disk;
  TestStore t("sqlite", {}, disk);
  MUST(disk.make_directories("/in"));
  std::vector<std::string> paths;
  for (int i = 0; i < 3'000; ++i) {
    paths.push_back("/in/" + std::to_string(i));
    const auto file = MUST(disk.open(paths.back(), OpenMode::kCreateNew));
    MUST(file->write_at(0, as_bytes("content " + std::to_string(i))));
  }
  const auto lease = MUST(t->lease());
  MUST(t->put_bytes(*lease, as_bytes("the first put settles the store's directories")));
  const auto before = disk.counts();
  const auto blobs = MUST(t->put_files(*lease, paths));
  EXPECT_EQ(disk.counts().syncs - before.syncs, 2u);  // the pack and its name
  ASSERT_EQ(blobs.size(), paths.size());
  EXPECT_EQ(blobs[17].digest, digest_of("content 17"));
  EXPECT_EQ(MUST(t->read_all(blobs[2'999].digest, 100)), "content 2999");
  EXPECT_EQ(MUST(t->stat()).packs, 2);
  EXPECT_EQ(t->put_files(*lease, std::vector<std::string>{"/in/1", "/in/none"}).error().code,
            Code::kNotFound);
}

TEST_P(StoreTest, TwoWritersOfTheSameContentAgree) {
  TestStore t(GetParam());
  const auto other = t.open();
  const std::string bytes = random_bytes(9, 4'000'000);
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&, store = i % 2 == 0 ? &*t : other.get()] {
      const auto lease = MUST(store->lease());
      for (int round = 0; round < 3; ++round) {
        const Blob blob = MUST(store->put_bytes(*lease, as_bytes(bytes)));
        EXPECT_EQ(blob.digest, digest_of(bytes));
        EXPECT_TRUE(MUST(store->read_all(blob.digest, 5 << 20)) == bytes);
      }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(t.problems(), std::vector<std::string>());
  // Copies that raced may both be there, but not more than one for each writer.
  EXPECT_LE(MUST(t->stat()).bytes, 4 * 4'100'000);
}

TEST_P(StoreTest, TreesAreIdentifiedByWhatTheyHold) {
  TestStore t(GetParam());
  const auto lease = MUST(t->lease());
  const Blob a = t.put("a"), b = t.put("b"), large = t.put(random_bytes(1, 2'000'000));
  const Digest one = MUST(t->put_tree(*lease, {{"x/b", b}, {"x/a", a, true}, {"large", large}}));
  const Digest two = MUST(t->put_tree(*lease, {{"large", large}, {"x/a", a, true}, {"x/b", b}}));
  EXPECT_EQ(one, two);
  EXPECT_NE(one, MUST(t->put_tree(*lease, {{"large", large}, {"x/a", a}, {"x/b", b}})));
  const auto entries = MUST(t->read_tree(one));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].path, "large");
  EXPECT_EQ(entries[0].blob.size, 2'000'000u);
  EXPECT_EQ(entries[1].path, "x/a");
  EXPECT_TRUE(entries[1].executable);
  EXPECT_EQ(entries[2].blob.digest, b.digest);
  EXPECT_TRUE(MUST(t->read_tree(MUST(t->put_tree(*lease, {})))).empty());
  EXPECT_EQ(t->put_tree(*lease, {{"x", {digest_of("not there"), 9}}}).error().code,
            Code::kFailedPrecondition);
  EXPECT_EQ(t->put_tree(*lease, {{"x", {a.digest, 2}}}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(t->put_tree(*lease, {{"x", {large.digest, 2}}}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(t->read_tree(a.digest).error().code, Code::kDataLoss);
}

TEST_P(StoreTest, RefsMoveByCompareAndSwap) {
  TestStore t(GetParam());
  const Digest a = digest_of("a"), b = digest_of("b");
  const auto move = [&](std::optional<Digest> expected, const Digest& target) {
    const auto moved = t.database().write(
        [&](sql::Tx& tx) { return move_ref(tx, "main", expected, target, kTestNow); });
    return moved ? Code::kOk : moved.error().code;
  };
  EXPECT_EQ(move(a, b), Code::kAborted);  // there is none yet
  EXPECT_EQ(move(std::nullopt, a), Code::kOk);
  EXPECT_EQ(move(std::nullopt, b), Code::kAborted);
  EXPECT_EQ(move(b, a), Code::kAborted);
  EXPECT_EQ(move(a, b), Code::kOk);
  std::optional<Digest> now;
  MUST(t.database().read([&](sql::Tx& tx) -> Result<void> {
    now = TRY(read_ref(tx, "main"));
    EXPECT_FALSE(TRY(read_ref(tx, "other")));
    return {};
  }));
  EXPECT_EQ(now, b);
  // A transaction that fails later takes the move back.
  EXPECT_FALSE(t.database().write([&](sql::Tx& tx) -> Result<void> {
    TRY(move_ref(tx, "main", b, a, kTestNow));
    return fail(Code::kInvalidArgument, "no");
  }));
  EXPECT_EQ(move(b, a), Code::kOk);
}

TEST(Store, EveryFailureOfTheDiskIsReportedAndLeavesTheStoreSound) {
  const std::string bytes = random_bytes(21, 2'300'000);
  const auto work = [&](Store& store) -> Result<void> {
    const auto lease = TRY(store.lease());
    TRY(store.put_bytes(*lease, as_bytes(bytes)));
    TRY(store.put_bytes(*lease, as_bytes("small")));
    return {};
  };
  std::uint64_t operations = 0;
  {
    TestStore t("sqlite", {.pack_bytes_max = 2 << 20});
    FaultFiles files(posix_files(), {});
    MUST(work(*t.open(files)));
    operations = files.operations();
  }
  ASSERT_GT(operations, 10u);
  for (std::uint64_t n = 1; n <= operations; ++n) {
    TestStore t("sqlite", {.pack_bytes_max = 2 << 20});
    const Blob before = t.put("there before");
    const std::size_t packs = t.pack_files().size();
    FaultFiles files(posix_files(), {.fail_at = n, .code = Code::kResourceExhausted});
    auto opened = open_store(join_path(t.path(), "store"), files, t.database(), t.clock(),
                             system_random(), {.pack_bytes_max = 2 << 20});
    const auto done = opened ? work(**opened) : Result<void>(Unexpected(opened.error()));
    if (!done) {
      EXPECT_EQ(done.error().code, Code::kResourceExhausted) << n;
    }
    // What was not acknowledged left no file; what was is whole.
    const StoreStat stat = MUST(t->stat());
    EXPECT_EQ(t.pack_files().size(), static_cast<std::size_t>(stat.packs)) << n;
    EXPECT_GE(stat.packs, static_cast<std::int64_t>(packs)) << n;
    EXPECT_EQ(MUST(t->read_all(before.digest, 100)), "there before") << n;
    EXPECT_EQ(t.problems(), std::vector<std::string>()) << n;
    MUST(work(*t));
    EXPECT_TRUE(MUST(t->read_all(digest_of(bytes), 5 << 20)) == bytes) << n;
  }
}

/// Mounts a small tmpfs; needs root, which the test machine is.
class SmallDisk {
 public:
  SmallDisk() : directory_(MUST(TempDirectory::create("small-disk"))) {
    mounted_ = ::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=6m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return directory_.path(); }

 private:
  TempDirectory directory_;
  bool mounted_ = false;
};

TEST(Store, ARealDiskFilledToTheBrimLosesNothing) {
  const SmallDisk disk;
  ASSERT_TRUE(disk.mounted()) << "this test mounts a tmpfs: run it as root";
  const auto database = MUST(sql::open_sqlite(disk.path() + "/catalog.db"));
  MUST(database->migrate(specs().migrations, {}));
  FakeClock clock(kTestNow);
  const auto store = MUST(open_store(disk.path() + "/store", posix_files(), *database, clock,
                                     system_random(), {.pack_bytes_max = 2 << 20}));
  std::map<Digest, std::string> kept;
  std::optional<Error> error;
  const auto lease = MUST(store->lease());
  for (std::uint64_t seed = 1; !error && seed < 100; ++seed) {
    const std::string bytes = random_bytes(seed, 700'000);
    const auto blob = store->put_bytes(*lease, as_bytes(bytes));
    if (blob)
      kept[blob->digest] = bytes;
    else
      error = blob.error();
  }
  ASSERT_TRUE(error) << "the disk never filled";
  EXPECT_EQ(error->code, Code::kResourceExhausted) << error->message;
  EXPECT_FALSE(error->hint.empty());
  EXPECT_GE(kept.size(), 4u);
  for (const auto& [digest, bytes] : kept)
    EXPECT_TRUE(MUST(store->read_all(digest, 1 << 20)) == bytes);
  EXPECT_TRUE(MUST(store->verify({})).problems.empty());
  EXPECT_EQ(MUST(posix_files().list(disk.path() + "/store/packs")).size(),
            static_cast<std::size_t>(MUST(store->stat()).packs));
}

/// Runs `body` in a child process as the unprivileged test user; its exit code.
int as_test_user(const std::function<int()>& body) {
  const struct passwd* user = ::getpwnam("solvent-test");
  if (user == nullptr) return 100;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0) ::_exit(101);
    ::_exit(body());
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 102;
  return WEXITSTATUS(status);
}

TEST(Store, AReadOnlyDirectoryReadsAndRefusesPuts) {
  const auto directory = MUST(TempDirectory::create("read-only"));
  const auto writable = MUST(TempDirectory::create("writable"));
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(writable.path().c_str(), 0777), 0);
  const std::string catalog = writable.path() + "/catalog.db";
  const auto with_store = [&](const std::function<int(Store&)>& body) {
    const auto database = MUST(sql::open_sqlite(catalog));
    MUST(database->migrate(specs().migrations, {}));
    FakeClock clock(kTestNow);
    const auto store = MUST(
        open_store(directory.path() + "/store", posix_files(), *database, clock, system_random()));
    return body(*store);
  };
  with_store([](Store& store) {
    const auto lease = MUST(store.lease());
    MUST(store.put_bytes(*lease, as_bytes("kept")));
    return 0;
  });
  for (const char* suffix : {"", "-wal", "-shm"}) (void)::chmod((catalog + suffix).c_str(), 0666);
  const int code = as_test_user([&] {
    return with_store([](Store& store) {
      if (store.read_all(digest_of("kept"), 100).value_or("") != "kept") return 1;
      const auto lease = store.lease();
      if (!lease) return 2;
      const auto put = store.put_bytes(**lease, as_bytes("refused"));
      if (put || put.error().code != Code::kPermissionDenied) return 3;
      if (put.error().hint.empty()) return 4;
      const auto collected = store.collect({});
      if (collected) return 5;
      return store.verify({}).value().problems.empty() ? 0 : 6;
    });
  });
  EXPECT_EQ(code, 0) << "100: no user solvent-test (tools/setup makes it); else see the test";
  EXPECT_EQ(MUST(posix_files().list(directory.path() + "/store/packs")).size(), 1u);
}

/// Writes over one byte of a file, as a failing disk does.
void set_byte(const std::string& path, std::uint64_t offset, std::uint8_t value) {
  const auto file = MUST(posix_files().open(path, OpenMode::kReadWrite));
  MUST(file->write_at(offset, {&value, 1}));
}

std::uint8_t byte_at(const std::string& path, std::uint64_t offset) {
  const auto file = MUST(posix_files().open(path, OpenMode::kRead));
  std::uint8_t value = 0;
  MUST(file->read_at(offset, {&value, 1}));
  return value;
}

TEST(Store, VerifyFindsAFlippedBitInAnyByte) {
  TestStore t;
  const auto lease = MUST(t->lease());
  const Blob a = t.put("first"), b = t.put("second");
  MUST(t->put_tree(*lease, {{"a", a}, {"b", b}}));
  t.put(random_bytes(1, 300'000));  // more than one chunk, so that there is a recipe
  ASSERT_EQ(t.problems(), std::vector<std::string>());
  SeededRandom random(3);
  for (const std::string& name : t.pack_files()) {
    const std::string path = join_path(t.packs(), name);
    const std::uint64_t size = MUST(posix_files().stat(path)).size;
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t at = 0; at < std::min<std::uint64_t>(size, 600); ++at) offsets.push_back(at);
    for (std::uint64_t at = std::max<std::uint64_t>(600, size - std::min<std::uint64_t>(size, 600));
         at < size; ++at)
      offsets.push_back(at);
    if (size > 2'000)
      for (int i = 0; i < 100; ++i) offsets.push_back(random.below(size));
    for (const std::uint64_t at : offsets) {
      const std::uint8_t was = byte_at(path, at);
      set_byte(path, at, was ^ static_cast<std::uint8_t>(1u << random.below(8)));
      ASSERT_FALSE(t.problems().empty()) << name << " offset " << at;
      set_byte(path, at, was);
    }
  }
  EXPECT_EQ(t.problems(), std::vector<std::string>());
}

TEST(Store, DamageIsNamedAndSpreadsToNothingElse) {
  TestStore t;
  const Blob kept = t.put("kept"), hurt = t.put("hurt");
  const auto names = t.pack_files();
  ASSERT_EQ(names.size(), 2u);
  set_byte(join_path(t.packs(), names[1]), 16, 'H');  // records begin at 16
  const auto read = t->read_all(hurt.digest, 100);
  EXPECT_EQ(read.error().code, Code::kDataLoss);
  const std::string pack = names[1].substr(0, names[1].size() - 5);
  EXPECT_NE(read.error().message.find("pack " + pack + " offset 16"), std::string::npos)
      << read.error().message;
  EXPECT_EQ(MUST(t->read_all(kept.digest, 100)), "kept");
  // The same bytes put again are found by digest, so nothing is written; verify still says it.
  EXPECT_EQ(t.problems().size(), 1u);

  // A missing pack, one cut short, and one that grew.
  MUST(posix_files().remove(join_path(t.packs(), names[1])));
  t.reopen();
  EXPECT_EQ(t->read_all(hurt.digest, 100).error().code, Code::kDataLoss);
  EXPECT_EQ(MUST(t->read_all(kept.digest, 100)), "kept");
  EXPECT_EQ(t.problems().size(), 1u);
  const std::string first = join_path(t.packs(), names[0]);
  const std::uint64_t size = MUST(posix_files().stat(first)).size;
  for (const std::uint64_t other : {size - 1, size + 1, std::uint64_t{0}, std::uint64_t{63}}) {
    MUST(MUST(posix_files().open(first, OpenMode::kReadWrite))->truncate(other));
    EXPECT_EQ(t.problems().size(), 2u) << other;
  }
}

}  // namespace
}  // namespace solvent::store
