// SQLite on a disk that loses power: what was acknowledged is there, what was not is whole or
// absent.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"
#include "base/sim_disk.h"
#include "sql/database.h"
#include "sql/file_vfs.h"

namespace solvent::sql {
namespace {

constexpr const char* kPath = "/catalog.db";
constexpr const char* kSnapshot = "/backup/catalog.db";
constexpr std::int64_t kSlots = 7;
constexpr std::int64_t kParts = 3;

const std::vector<Migration> kSchema = {
    {"crash", 1, "tables",
     "CREATE TABLE item (unit BIGINT NOT NULL, part BIGINT NOT NULL, pad TEXT NOT NULL, "
     "PRIMARY KEY (unit, part));\n"
     "CREATE TABLE slot (id BIGINT PRIMARY KEY, unit BIGINT NOT NULL);\n"
     "CREATE INDEX slot_unit ON slot (unit)"}};

/// Who moves the log of a short life into the database file. The writer does it at the same points
/// of every run; a thread, whenever it gets to it.
enum class Moves : std::uint8_t { kWriter, kThread };

/// A disk, and SQLite on it, for one life between power and power loss.
class Life {
 public:
  explicit Life(SimDisk& disk, Moves moves = Moves::kWriter) : moves_(moves) {
    static std::atomic<int> count{0};
    name_ = "crash" + std::to_string(++count);
    vfs_ = MUST(FileVfs::create(name_, disk));
  }
  Result<std::unique_ptr<Database>> open() const {
    SqliteOptions options{.vfs = name_};
    options.checkpoint_pages = 12;  // so that a short life has checkpoints and overwrites its log
    options.log_pages_max = moves_ == Moves::kWriter ? 12 : 40;
    auto db = TRY(open_sqlite(kPath, options));
    TRY(db->migrate(kSchema, nullptr));
    return db;
  }

 private:
  const Moves moves_;
  std::string name_;
  std::unique_ptr<FileVfs> vfs_;
};

/// One unit: three items and its slot, of which all or none must be found.
Result<void> write_unit(Database& db, std::int64_t unit, const std::string& pad) {
  return db.write([&](Tx& tx) -> Result<void> {
    for (std::int64_t part = 0; part < kParts; ++part) {
      TRY(tx.execute("INSERT INTO item VALUES ($1, $2, $3)", {unit, part, pad}));
    }
    // Threads finish out of order: the slot keeps the latest.
    TRY(
        tx.execute("INSERT INTO slot VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET unit = "
                   "greatest(slot.unit, excluded.unit)",
                   {unit % kSlots, unit}));
    return {};
  });
}

/// Acknowledged units, or the first error. `units` per thread, ids from `first` on.
std::set<std::int64_t> work(Database& db, std::int64_t first, int threads, std::int64_t units,
                            Random& random) {
  std::mutex mutex;
  std::set<std::int64_t> acknowledged;
  std::vector<std::string> pads;
  for (int i = 0; i < 8; ++i) pads.emplace_back(random.below(4'000), static_cast<char>('a' + i));
  const auto run = [&](std::int64_t from) {
    for (std::int64_t unit = from; unit < from + units; ++unit) {
      if (!write_unit(db, unit, pads[static_cast<std::size_t>(unit) % pads.size()])) return;
      const std::lock_guard lock(mutex);
      acknowledged.insert(unit);
    }
  };
  if (threads == 1) {
    run(first);
    return acknowledged;
  }
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(run, first + i * units);
  for (std::thread& thread : running) thread.join();
  return acknowledged;
}

/// What a database found after a crash must be; the units that are there.
std::set<std::int64_t> check(Database& db, const std::set<std::int64_t>& acknowledged) {
  const auto sound = db.verify();
  EXPECT_TRUE(sound) << sound.error().message;
  std::map<std::int64_t, std::int64_t> parts;
  std::map<std::int64_t, std::int64_t> slots;
  const auto read = db.read([&](Tx& tx) -> Result<void> {
    TRY(tx.each("SELECT unit FROM item", {}, [&](const Row& row) -> Result<void> {
      ++parts[row.integer(0)];
      return {};
    }));
    return tx.each("SELECT id, unit FROM slot", {}, [&](const Row& row) -> Result<void> {
      slots[row.integer(0)] = row.integer(1);
      return {};
    });
  });
  EXPECT_TRUE(read) << read.error().message;
  std::set<std::int64_t> units;
  std::map<std::int64_t, std::int64_t> expected;
  for (const auto& [unit, count] : parts) {
    EXPECT_EQ(count, kParts) << "unit " << unit << " is partial";
    units.insert(unit);
    expected[unit % kSlots] = std::max(expected[unit % kSlots], unit);
  }
  EXPECT_EQ(slots, expected) << "a slot and its unit are torn apart";
  for (const std::int64_t unit : acknowledged) {
    EXPECT_TRUE(units.contains(unit)) << "acknowledged unit " << unit << " is lost";
  }
  return units;
}

/// Several lives on one disk, each ended by a power loss at operation or sync `at` (0: at the end).
void live_and_die(std::uint64_t seed, SimDisk::Plan plan, int threads, std::int64_t units,
                  Moves moves = Moves::kWriter) {
  SCOPED_TRACE("seed " + std::to_string(seed) + " operation " +
               std::to_string(plan.crash_at_operation) + " sync " +
               std::to_string(plan.crash_at_sync));
  SeededRandom random(seed);
  auto disk = std::make_unique<SimDisk>(plan);
  std::set<std::int64_t> acknowledged;
  {
    const Life life(*disk, moves);
    if (auto db = life.open()) acknowledged = work(**db, 1, threads, units, random);
  }
  for (int draw = 0; draw < 2 && !testing::Test::HasFailure(); ++draw) {
    // The next life may die too, in the middle of recovery or later.
    SimDisk::Plan next;
    next.crash_at_operation = 1 + random.below(60);
    const auto second = disk->crash(random, next);
    std::set<std::int64_t> more = acknowledged;
    {
      const Life life(*second, moves);
      if (auto db = life.open()) more.merge(work(**db, 1'000, 1, 4, random));
    }
    const auto last = second->crash(random);
    const Life life(*last, moves);
    auto db = life.open();
    ASSERT_TRUE(db) << db.error().message;
    check(**db, more);
    EXPECT_EQ(work(**db, 5'000, 1, 2, random).size(), 2u) << "it goes on working";
  }
}

TEST(SqliteCrash, EveryOperationAndEverySync) {
  constexpr std::int64_t kUnits = 14;
  SimDisk whole;
  {
    SeededRandom random(1);
    const Life life(whole);
    const auto db = MUST(life.open());
    ASSERT_EQ(work(*db, 1, 1, kUnits, random).size(), static_cast<std::size_t>(kUnits));
  }
  const SimDisk::Counts counts = whole.counts();
  ASSERT_GT(counts.syncs, std::uint64_t{kUnits}) << "a sync for every commit, and more";
  for (std::uint64_t at = 1; at <= counts.syncs; at += kCrashStride) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      live_and_die(100 * at + seed, {.crash_at_sync = at}, 1, kUnits);
      if (HasFailure()) return;
    }
  }
  for (std::uint64_t at = 1; at <= counts.operations; at += kCrashStride) {
    live_and_die(at, {.crash_at_operation = at}, 1, kUnits);
    if (HasFailure()) return;
  }
}

TEST(SqliteCrash, GroupCommitFromSeeds) {
  for (std::uint64_t seed = 1; seed <= 150; seed += kCrashStride) {
    SeededRandom random(seed);
    live_and_die(seed, {.crash_at_operation = 1 + random.below(900)}, 4, 12);
    if (HasFailure()) return;
  }
}

TEST(SqliteCrash, WhileAThreadMovesTheLog) {
  for (std::uint64_t seed = 1; seed <= 150; seed += kCrashStride) {
    SeededRandom random(seed);
    live_and_die(seed, {.crash_at_operation = 1 + random.below(1'200)}, 4, 12, Moves::kThread);
    if (HasFailure()) return;
  }
}

TEST(SqliteCrash, WithoutPowerLossAllIsThere) {
  live_and_die(7, {}, 4, 20);
  live_and_die(8, {}, 4, 20, Moves::kThread);
}

TEST(SqliteCrash, ASnapshotIsWholeOnceItIsAcknowledged) {
  for (std::uint64_t seed = 1; seed <= 40; seed += kCrashStride) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SimDisk::Plan plan;
    plan.crash_at_operation = seed % 2 == 0 ? 0 : 150 + random.below(400);
    SimDisk disk(plan);
    MUST(disk.make_directories("/backup"));
    MUST(disk.sync_directory("/"));
    std::set<std::int64_t> first;
    bool snapshot = false;
    {
      const Life life(disk);
      if (auto db = life.open()) {
        first = work(**db, 1, 1, 5, random);
        snapshot = (*db)->snapshot(kSnapshot).has_value();
        work(**db, 100, 1, 3, random);
      }
    }
    EXPECT_TRUE(snapshot || disk.crashed());
    for (int draw = 0; draw < 4; ++draw) {
      const auto after = disk.crash(random);
      if (!after->stat(kSnapshot)) {
        EXPECT_FALSE(snapshot) << "an acknowledged snapshot is gone";
        continue;
      }
      // What has the name is whole, acknowledged or not.
      MUST(after->rename(kPath, "/old.db"));
      (void)after->remove("/catalog.db-wal");
      const Life life(*after);
      SqliteOptions options{.vfs = "crash-load"};
      const auto vfs = MUST(FileVfs::create(options.vfs, *after));
      const auto db = MUST(open_sqlite(kPath, options));
      const auto loaded = db->load_snapshot(kSnapshot);
      ASSERT_TRUE(loaded) << loaded.error().message;
      check(*db, first);
    }
    if (HasFailure()) return;
  }
}

TEST(SqliteCrash, AFullDiskFailsTheUnitAndLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 25; seed += kCrashStride) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SimDisk::Plan plan;
    plan.bytes_max = 60'000 + random.below(400'000);
    SimDisk disk(plan);
    std::set<std::int64_t> acknowledged;
    {
      const Life life(disk);
      auto db = life.open();
      if (!db) continue;
      acknowledged = work(**db, 1, 4, 40, random);
      ASSERT_LT(acknowledged.size(), 160u) << "the disk was meant to fill";
      const auto refused = write_unit(**db, 9'999, std::string(200'000, 'x'));
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::kResourceExhausted) << refused.error().message;
      check(**db, acknowledged);  // it can still be read
    }
    const auto after = disk.crash(random);
    const Life life(*after);
    const auto db = MUST(life.open());
    EXPECT_FALSE(check(*db, acknowledged).contains(9'999));
  }
}

}  // namespace
}  // namespace solvent::sql
