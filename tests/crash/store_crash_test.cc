// The store on a disk that loses power, and in processes that are killed: what was acknowledged is
// there, what is named is whole, and the store that is found can go on.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <set>

#include "base/random.h"
#include "base/sim_disk.h"
#include "base/text.h"
#include "sql/database.h"
#include "sql/file_vfs.h"
#include "store/store.h"

namespace solvent::store {
namespace {

constexpr TimeUs kStart = 1'795'000'000 * kSecondUs;

/// The module that names blobs: bytes are durable in the store before its rows name them.
const std::vector<sql::Migration> kNames = {
    {"crash", 1, "names", "CREATE TABLE crash_names(name TEXT PRIMARY KEY, digest TEXT NOT NULL)"}};

std::string bytes_of(std::uint64_t seed, std::size_t size) {
  std::string bytes(size, '\0');
  SeededRandom random(seed);
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

/// What has been promised to the outside by the time the power goes.
struct Promises {
  std::map<std::string, std::string> named;  ///< name → content; committed names
  std::set<std::string> maybe_dropped;       ///< names whose removal was begun
  std::map<Digest, std::string> contents;    ///< everything ever put, by digest
  std::map<Digest, std::string> put;         ///< acknowledged under a lease that still holds
  std::optional<Digest> branch;              ///< last acknowledged target of the ref
  std::set<Digest> branch_tried;             ///< targets whose move was begun
};

/// One life of a workspace between power and power loss.
class Life {
 public:
  explicit Life(SimDisk& disk) : disk_(disk) {
    static std::atomic<int> count{0};
    name_ = "store_crash" + std::to_string(++count);
    vfs_ = MUST(sql::FileVfs::create(name_, disk));
  }

  Result<void> open() {
    database_ = TRY(sql::open_sqlite("/db/catalog.db", {.vfs = name_}));
    TRY(database_->migrate(specs().migrations, nullptr));
    TRY(database_->migrate(kNames, nullptr));
    store_ = TRY(open_store("/ws/store", disk_, *database_, clock_, random_,
                            {.pack_bytes_max = 2 << 20, .grace = 0}));
    return {};
  }

  Store& store() { return *store_; }
  sql::Database& database() { return *database_; }
  FakeClock& clock() { return clock_; }

  Result<Digest> put(Lease& lease, Promises& promises, std::uint64_t seed, std::size_t size) {
    const std::string bytes = bytes_of(seed, size);
    promises.contents[digest_of(bytes)] = bytes;
    const Blob blob = TRY(store_->put_bytes(lease, as_bytes(bytes)));
    promises.put[blob.digest] = bytes;
    return blob.digest;
  }

  Result<void> name(Promises& promises, const std::string& name, const Digest& digest) {
    TRY(database_->write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.execute("INSERT INTO crash_names(name, digest) VALUES ($1, $2)",
                     {name, digest.hex()}));
      return {};
    }));
    promises.named[name] = promises.contents.at(digest);
    return {};
  }

  Result<void> drop(Promises& promises, const std::string& name) {
    promises.maybe_dropped.insert(name);
    TRY(database_->write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.execute("DELETE FROM crash_names WHERE name = $1", {name}));
      return {};
    }));
    promises.named.erase(name);
    return {};
  }

  Result<std::map<std::string, Digest>> names() {
    std::map<std::string, Digest> names;
    TRY(database_->read([&](sql::Tx& tx) -> Result<void> {
      for (const auto& row : TRY(tx.query("SELECT name, digest FROM crash_names")))
        names[row.text(0)] = TRY(parse_digest(row.text(1)));
      return {};
    }));
    return names;
  }

  Result<CollectReport> collect() {
    const BlobRoot root{"crash", [](sql::Tx& tx, const auto& yield) -> Result<void> {
                          for (const auto& row : TRY(tx.query("SELECT digest FROM crash_names")))
                            yield(TRY(parse_digest(row.text(0))));
                          return {};
                        }};
    clock_.advance(1);
    return store_->collect({&root, 1});
  }

 private:
  SimDisk& disk_;
  std::string name_;
  std::unique_ptr<sql::FileVfs> vfs_;
  FakeClock clock_{kStart};
  SeededRandom random_{3};
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Store> store_;
};

/// A working day: files and trees come and go, and what nothing needs is collected.
Result<void> work(Life& life, Promises& promises) {
  TRY(life.open());
  {
    const auto lease = TRY(life.store().lease());
    TRY(life.name(promises, "small", TRY(life.put(*lease, promises, 1, 300))));
    TRY(life.name(promises, "large", TRY(life.put(*lease, promises, 2, 1'500'000))));
    // More than one pack.
    TRY(life.name(promises, "huge", TRY(life.put(*lease, promises, 3, 2'600'000))));
    std::vector<TreeEntry> entries;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const Digest digest = TRY(life.put(*lease, promises, 10 + i, 2'000));
      entries.push_back({"dir/file" + std::to_string(i), {digest, 2'000}});
    }
    const Digest tree = TRY(life.store().put_tree(*lease, entries));
    promises.branch_tried.insert(tree);
    TRY(life.database().write([&](sql::Tx& tx) {
      return move_ref(tx, "main", promises.branch, tree, life.clock().now());
    }));
    promises.branch = tree;
    promises.put.clear();  // the lease ends below
  }
  TRY(life.drop(promises, "huge"));
  TRY(life.collect());
  {
    const auto lease = TRY(life.store().lease());
    TRY(life.name(promises, "again", TRY(life.put(*lease, promises, 2, 1'500'000))));
    TRY(life.put(*lease, promises, 20, 100'000));  // acknowledged, not named yet
    TRY(life.drop(promises, "small"));
    TRY(life.collect());
    promises.put.clear();
  }
  TRY(life.collect());
  return {};
}

void check_content(Store& store, const Digest& digest, const std::string& content,
                   const std::string& what) {
  const auto read = store.read_all(digest, 10 << 20);
  ASSERT_TRUE(read) << what << ": " << read.error().message;
  ASSERT_TRUE(*read == content) << what;
}

/// Opens what the crash left and holds it against the promises; then works on in it.
void check_after(SimDisk& found, const Promises& promises) {
  Life life(found);
  const auto opened = life.open();
  ASSERT_TRUE(opened) << opened.error().message;
  const auto names = MUST(life.names());
  for (const auto& [name, content] : promises.named) {
    if (promises.maybe_dropped.contains(name)) continue;
    ASSERT_TRUE(names.contains(name)) << name << " was acknowledged";
  }
  for (const auto& [name, digest] : names) {
    ASSERT_TRUE(promises.contents.contains(digest)) << name;
    check_content(life.store(), digest, promises.contents.at(digest), "named " + name);
  }
  for (const auto& [digest, content] : promises.put)
    check_content(life.store(), digest, content, "put and still under a lease");
  std::optional<Digest> branch;
  MUST(life.database().read([&](sql::Tx& tx) -> Result<void> {
    branch = TRY(read_ref(tx, "main"));
    return {};
  }));
  ASSERT_TRUE(branch || !promises.branch) << "the ref was acknowledged";
  if (branch) {
    ASSERT_TRUE(promises.branch_tried.contains(*branch));
    const auto tree = life.store().read_tree(*branch);
    ASSERT_TRUE(tree) << tree.error().message;
    for (const TreeEntry& entry : *tree)
      check_content(life.store(), entry.blob.digest, promises.contents.at(entry.blob.digest),
                    entry.path);
  }
  const auto report = MUST(life.store().verify({}));
  ASSERT_TRUE(report.problems.empty()) << report.problems[0];

  // The store goes on: leases of the dead expire, their leftovers are collected, all else stays.
  life.clock().advance(2 * kHourUs);
  const auto collected = life.collect();
  ASSERT_TRUE(collected) << collected.error().message;
  const auto dead = MUST(found.list("/ws/store/packs"));
  ASSERT_EQ(static_cast<std::int64_t>(dead.size()), MUST(life.store().stat()).packs)
      << "files that nothing names";
  for (const auto& [name, digest] : names)
    check_content(life.store(), digest, promises.contents.at(digest), "after collection: " + name);
  Promises more;
  const auto lease = MUST(life.store().lease());
  const auto put = life.put(*lease, more, 99, 200'000);
  ASSERT_TRUE(put) << put.error().message;
}

/// The directories that a workspace has before its store is opened.
void prepare(SimDisk& disk) {
  MUST(disk.make_directories("/db"));
  MUST(disk.make_directories("/ws"));
  MUST(disk.sync_directory("/"));
}

SimDisk::Counts whole_run() {
  SimDisk disk;
  prepare(disk);
  const auto before = disk.counts();
  Life life(disk);
  Promises promises;
  MUST(work(life, promises));
  auto counts = disk.counts();
  EXPECT_GT(counts.syncs, before.syncs + 20);
  return counts;
}

void crash_and_check(const SimDisk::Plan& plan, std::uint64_t seed, int draws) {
  SimDisk disk(plan);
  prepare(disk);
  Promises promises;
  {
    Life life(disk);
    const auto done = work(life, promises);
    ASSERT_TRUE(done || disk.crashed()) << done.error().message;
    // Destructors run on the dead disk: they must neither crash nor wait.
  }
  SeededRandom random(seed);
  for (int draw = 0; draw < draws; ++draw) {
    const auto found = disk.crash(random);
    check_after(*found, promises);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(StoreCrash, NothingIsLostOrPartialAtAnySync) {
  const auto counts = whole_run();
  for (std::uint64_t sync = 5; sync <= counts.syncs + 1; sync += kCrashStride) {
    crash_and_check({.crash_at_sync = sync}, sync, 3);
    if (HasFatalFailure()) {
      ADD_FAILURE() << "crash_at_sync = " << sync;
      return;
    }
  }
}

TEST(StoreCrash, NothingIsLostOrPartialAtRandomMoments) {
  const auto counts = whole_run();
  SeededRandom random(2026);
  for (std::uint64_t round = 0; round < 60; round += kCrashStride) {
    const std::uint64_t operation = 5 + random.below(counts.operations - 4);
    crash_and_check({.crash_at_operation = operation}, operation, 1);
    if (HasFatalFailure()) {
      ADD_FAILURE() << "crash_at_operation = " << operation;
      return;
    }
  }
}

struct Acknowledged {
  std::uint64_t writer = 0, step = 0;
};
constexpr std::uint64_t kNamesKept = 6;
constexpr std::size_t kWrittenBytes = 150'000;

/// Every second file is the same in all writers, so that they reuse each other's chunks.
std::uint64_t seed_of(const Acknowledged& a) {
  return a.step % 2 == 0 ? a.step : a.writer * 1'000'000 + a.step;
}
std::string name_of(std::uint64_t writer, std::uint64_t step) {
  return std::to_string(writer) + "." + std::to_string(step);
}

Result<CollectReport> collect_named(Store& store) {
  const BlobRoot root{"crash", [](sql::Tx& tx, const auto& yield) -> Result<void> {
                        for (const auto& row : TRY(tx.query("SELECT digest FROM crash_names")))
                          yield(TRY(parse_digest(row.text(0))));
                        return {};
                      }};
  return store.collect({&root, 1});
}

/// An embedded writer on a real directory: puts, names and collects for ever, and tells what was
/// acknowledged through `out`.
Result<void> write_on(const std::string& directory, std::uint64_t writer, int out) {
  const auto database = TRY(sql::open_sqlite(directory + "/catalog.db"));
  const auto store = TRY(open_store(directory + "/store", posix_files(), *database, system_clock(),
                                    system_random(), {.pack_bytes_max = 2 << 20, .grace = 0}));
  for (Acknowledged done{writer, 0};; ++done.step) {
    const auto lease = TRY(store->lease());
    const Blob blob =
        TRY(store->put_bytes(*lease, as_bytes(bytes_of(seed_of(done), kWrittenBytes))));
    TRY(database->write([&](sql::Tx& tx) -> Result<void> {
      TRY(require_lease(tx, *lease));
      TRY(tx.execute("INSERT INTO crash_names(name, digest) VALUES ($1, $2)",
                     {name_of(writer, done.step), blob.digest.hex()}));
      // Older names go, so that collection has work.
      if (done.step >= kNamesKept)
        TRY(tx.execute("DELETE FROM crash_names WHERE name = $1",
                       {name_of(writer, done.step - kNamesKept)}));
      return {};
    }));
    if (::write(out, &done, sizeof done) != sizeof done) return fail(Code::kInternal, "pipe");
    if (done.step % 5 != 4) continue;
    const auto collected = collect_named(*store);
    if (!collected && collected.error().code != Code::kUnavailable)
      return Unexpected(collected.error());
  }
}

pid_t start_writer(const std::string& directory, std::uint64_t writer, const int* ends) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::close(ends[0]);
  const auto ended = write_on(directory, writer, ends[1]);
  const std::string text = "writer: " + ended.error().message + "\n";
  (void)!::write(2, text.data(), text.size());
  ::_exit(1);
}

void check_written(const std::string& directory,
                   const std::map<std::uint64_t, std::uint64_t>& last) {
  const auto database = MUST(sql::open_sqlite(directory + "/catalog.db"));
  FakeClock clock(system_clock().now());
  const auto store = MUST(open_store(directory + "/store", posix_files(), *database, clock,
                                     system_random(), {.pack_bytes_max = 2 << 20, .grace = 0}));
  const auto report = MUST(store->verify({}));
  ASSERT_TRUE(report.problems.empty()) << report.problems[0];
  clock.advance(2 * kHourUs);
  MUST(collect_named(*store));
  std::map<std::string, Digest> names;
  MUST(database->read([&](sql::Tx& tx) -> Result<void> {
    for (const auto& row : TRY(tx.query("SELECT name, digest FROM crash_names")))
      names[row.text(0)] = TRY(parse_digest(row.text(1)));
    return {};
  }));
  for (const auto& [name, digest] : names) {
    const auto parts = split(name, '.');
    const std::uint64_t seed = seed_of({static_cast<std::uint64_t>(*parse_int(parts[0])),
                                        static_cast<std::uint64_t>(*parse_int(parts[1]))});
    check_content(*store, digest, bytes_of(seed, kWrittenBytes), name);
  }
  // The one after the last acknowledged may have landed too, and removed the oldest of these.
  for (const auto& [writer, step] : last)
    for (std::uint64_t back = 0; back + 2 <= kNamesKept && back <= step; ++back)
      ASSERT_TRUE(names.contains(name_of(writer, step - back))) << name_of(writer, step - back);
  ASSERT_EQ(MUST(posix_files().list(directory + "/store/packs")).size(),
            static_cast<std::size_t>(MUST(store->stat()).packs));
}

TEST(StoreCrash, EightWritersKilledAtAnyMomentLoseNothing) {
  const auto directory = MUST(TempDirectory::create("store-kill"));
  {
    const auto database = MUST(sql::open_sqlite(directory.path() + "/catalog.db"));
    MUST(database->migrate(specs().migrations, nullptr));
    MUST(database->migrate(kNames, nullptr));
  }
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::map<std::uint64_t, pid_t> alive;
  const auto kill_one = [&](std::uint64_t writer) {
    const pid_t child = alive.at(writer);
    alive.erase(writer);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "writer " << writer << " failed by itself";
  };
  std::uint64_t started = 0;
  SeededRandom random(8);
  for (int kills = 0; kills < 16; ++kills) {
    while (alive.size() < 8) {
      ++started;
      alive[started] = start_writer(directory.path(), started, ends);
      ASSERT_GT(alive[started], 0);
    }
    ::usleep(static_cast<useconds_t>(150'000 + random.below(200'000)));
    kill_one(std::next(alive.begin(), static_cast<std::ptrdiff_t>(random.below(8)))->first);
  }
  while (!alive.empty()) kill_one(alive.begin()->first);
  ::close(ends[1]);
  std::map<std::uint64_t, std::uint64_t> last;
  std::size_t acknowledged = 0;
  for (Acknowledged done; ::read(ends[0], &done, sizeof done) == sizeof done; ++acknowledged)
    last[done.writer] = done.step;
  ::close(ends[0]);
  EXPECT_GT(acknowledged, 50u) << "too little was written: the test proves nothing";
  check_written(directory.path(), last);
}

TEST(StoreCrash, AFullDiskIsSaidAndNothingIsLost) {
  // Room for ever more of the work; SQLite's own files count too.
  for (std::uint64_t room = 100'000; room <= 9'000'000; room += kCrashStride * 523'441) {
    SimDisk disk({.bytes_max = room});
    prepare(disk);
    Promises promises;
    std::string said;
    {
      Life life(disk);
      const auto done = work(life, promises);
      if (!done) {
        EXPECT_EQ(done.error().code, Code::kResourceExhausted) << done.error().message;
        EXPECT_FALSE(done.error().hint.empty()) << done.error().message;
      }
    }
    SeededRandom random(room);
    check_after(*disk.crash(random), promises);
    if (HasFatalFailure()) {
      ADD_FAILURE() << "bytes_max = " << room;
      return;
    }
  }
}

}  // namespace
}  // namespace solvent::store
