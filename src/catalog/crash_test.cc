// A catalog on a disk that loses power, and in a process that is killed: what was acknowledged is
// there, a batch is whole or absent, and the views say exactly what the log says.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/sim_disk.h"
#include "catalog/catalog.h"
#include "catalog/event_types.h"
#include "identity/schema.h"
#include "sql/file_vfs.h"

namespace solvent::catalog {
namespace {

constexpr const char* kPath = "/catalog.db";
constexpr TimeUs kNow = 1'795'478'400 * kSecondUs;
constexpr std::size_t kBatches = 12, kBatch = 5;

std::vector<sql::Migration> schema() {
  std::vector<sql::Migration> steps = identity::identity_migrations();
  for (const auto& step : specs().migrations) steps.push_back(step);
  return steps;
}

/// Batch `index`, always the same: a run that reads and writes, as producers send it again.
std::vector<Event> batch_of(std::size_t index) {
  const std::string n = std::to_string(index);
  const std::string run = uuid_of("run-" + n).text();
  const JobRef job{"jobs", "job-" + std::to_string(index % 3)};
  RunEvent state;
  state.run = run;
  state.job = job;
  state.state = "COMPLETE";
  state.facets.set("pad", std::string(300 * (1 + index % 5), 'x'));
  RunIo io;
  io.run = run;
  io.job = job;
  std::vector<Event> events;
  const auto add = [&](std::string_view type, const Json& body) {
    Event event;
    event.id = uuid_of("event-" + n + "-" + std::to_string(events.size()));
    event.type = type;
    event.type_version = current_type_version(type);
    event.event_time = kNow + static_cast<TimeUs>(index);
    event.producer = "crash";
    event.body = to_text(body);
    events.push_back(std::move(event));
  };
  const auto named = [](const std::string& name) {
    AssetRef ref;
    ref.name_space = "lab";
    ref.name = name;
    return ref;
  };
  add(RunEvent::kType, to_json(state));
  io.asset = named("data-" + std::to_string(index % 4));
  add(RunIo::kRead, to_json(io));
  io.asset = named("data-" + std::to_string((index + 1) % 4));
  io.version = digest_of("version-" + n).hex();
  add(RunIo::kWrote, to_json(io));
  add(VersionCurrent::kType, to_json(VersionCurrent{io.asset, io.version}));
  AssetDeclared declared;
  declared.asset = io.asset;
  declared.kind = "dataset";
  add(AssetDeclared::kType, to_json(declared));
  EXPECT_EQ(events.size(), kBatch);
  return events;
}

/// One life of a catalog between power and power loss.
class Life {
 public:
  explicit Life(SimDisk& disk) {
    static std::atomic<int> count{0};
    name_ = "catalog-crash" + std::to_string(++count);
    vfs_ = MUST(sql::FileVfs::create(name_, disk));
  }
  /// A log of more than `log_pages_max` pages is moved by the writer, before that by a thread.
  Result<std::unique_ptr<sql::Database>> open(int log_pages_max = 20) const {
    sql::SqliteOptions options{.vfs = name_};
    options.checkpoint_pages = 20;  // so that a short life has checkpoints and overwrites its log
    options.log_pages_max = log_pages_max;
    auto database = TRY(sql::open_sqlite(kPath, options));
    TRY(database->migrate(schema(), [] { return Result<void>(); }));
    return database;
  }

 private:
  std::string name_;
  std::unique_ptr<sql::FileVfs> vfs_;
};

std::unique_ptr<Catalog> catalog_on(sql::Database& database, Random& random) {
  static FakeClock clock(kNow);
  return std::make_unique<Catalog>(database, clock, random, std::vector<Subscription>());
}

/// Batches that were acknowledged before the first error.
std::size_t work(sql::Database& database, std::size_t from) {
  SeededRandom random(3);
  const auto catalog = catalog_on(database, random);
  for (std::size_t i = from; i < kBatches; ++i)
    if (!catalog->append(op::local_owner(), batch_of(i))) return i;
  return kBatches;
}

/// The views after batches 0 … count−1, on a disk that never fails.
const std::string& views_after(std::size_t count) {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> views;
    SimDisk disk;
    const Life life(disk);
    const auto database = MUST(life.open());
    SeededRandom random(3);
    const auto catalog = catalog_on(*database, random);
    for (std::size_t i = 0; i < kBatches; ++i) {
      views.push_back(MUST(catalog->dump_views()));
      MUST(catalog->append(op::local_owner(), batch_of(i)));
    }
    views.push_back(MUST(catalog->dump_views()));
    return views;
  }();
  return all.at(count);
}

/// What a database found after a crash must be: the first n batches for some n ≥ acknowledged. Then
/// the producers send everything again, and the end is as if nothing had happened.
void check_and_finish(sql::Database& database, std::size_t acknowledged) {
  const auto sound = database.verify();
  EXPECT_TRUE(sound) << sound.error().message;
  SeededRandom random(4);  // not the draws of work(): each act's row in the access log has its id
  const auto catalog = catalog_on(database, random);
  const std::int64_t seq = MUST(catalog->last_seq());
  ASSERT_EQ(seq % static_cast<std::int64_t>(kBatch), 0) << "a batch is partial";
  const std::size_t found = static_cast<std::size_t>(seq) / kBatch;
  EXPECT_GE(found, acknowledged) << "an acknowledged batch is lost";
  ASSERT_LE(found, kBatches);
  EXPECT_EQ(MUST(catalog->dump_views()), views_after(found)) << "views and log are torn apart";
  MUST(catalog->rebuild());
  EXPECT_EQ(MUST(catalog->dump_views()), views_after(found));
  ASSERT_EQ(work(database, 0), kBatches);
  EXPECT_EQ(MUST(catalog->dump_views()), views_after(kBatches));
}

void live_and_die(std::uint64_t seed, SimDisk::Plan plan) {
  SCOPED_TRACE("seed " + std::to_string(seed) + " operation " +
               std::to_string(plan.crash_at_operation) + " sync " +
               std::to_string(plan.crash_at_sync));
  SimDisk disk(plan);
  std::size_t acknowledged = 0;
  {
    const Life life(disk);
    if (auto database = life.open()) acknowledged = work(**database, 0);
  }
  SeededRandom random(seed);
  const auto found = disk.crash(random);
  const Life life(*found);
  auto database = life.open();
  ASSERT_TRUE(database) << database.error().message;
  check_and_finish(**database, acknowledged);
}

/// Four writers at once, so that one commit takes in batches of several. Which were acknowledged.
std::set<std::size_t> work_together(sql::Database& database) {
  constexpr std::size_t kWriters = 4;
  FakeClock clock(kNow);
  Catalog catalog(database, clock, system_random(), std::vector<Subscription>());
  std::mutex mutex;
  std::set<std::size_t> acknowledged;
  std::vector<std::jthread> writers;
  for (std::size_t writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      for (std::size_t i = writer; i < kBatches; i += kWriters) {
        if (!catalog.append(op::local_owner(), batch_of(i))) return;
        const std::lock_guard lock(mutex);
        acknowledged.insert(i);
      }
    });
  writers.clear();
  return acknowledged;
}

/// Which batches the log holds, each of them whole.
std::set<std::size_t> whole_batches(Catalog& catalog) {
  std::set<Uuid> found;
  for (const LoggedEvent& line : MUST(catalog.events(op::local_owner(), 0, 1'000)))
    found.insert(line.event.id);
  std::set<std::size_t> whole;
  std::size_t events = 0;
  for (std::size_t i = 0; i < kBatches; ++i) {
    std::size_t there = 0;
    for (const Event& event : batch_of(i)) there += found.count(event.id);
    EXPECT_TRUE(there == 0 || there == kBatch) << "batch " << i << " is partial";
    if (there == kBatch) whole.insert(i);
    events += there;
  }
  EXPECT_EQ(events, found.size());
  return whole;
}

SimDisk::Counts whole_life() {
  SimDisk disk;
  const Life life(disk);
  const auto database = MUST(life.open());
  EXPECT_EQ(work(*database, 0), kBatches);
  return disk.counts();
}

TEST(CatalogCrash, PowerLostAtEverySync) {
  const SimDisk::Counts counts = whole_life();
  ASSERT_GT(counts.syncs, kBatches);
  for (std::uint64_t k = 1; k <= counts.syncs && !HasFailure(); k += kCrashStride)
    live_and_die(k, {.crash_at_sync = k});
}

TEST(CatalogCrash, PowerLostAtAnyOperation) {
  const SimDisk::Counts counts = whole_life();
  ASSERT_GT(counts.operations, 100u);
  SeededRandom random(11);
  for (std::uint64_t life = 0; life < 60 && !HasFailure(); life += kCrashStride)
    live_and_die(random.next(), {.crash_at_operation = 1 + random.below(counts.operations)});
}

TEST(CatalogCrash, PowerLostInAMergedCommit) {
  std::size_t lost = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !HasFailure(); seed += kCrashStride) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SimDisk disk({.crash_at_operation = 60 + random.below(500)});
    std::set<std::size_t> acknowledged;
    {
      const Life life(disk);
      if (auto database = life.open(seed % 2 == 0 ? 20 : 60))
        acknowledged = work_together(**database);
    }
    lost += acknowledged.size() < kBatches ? 1 : 0;
    const auto found = disk.crash(random);
    const Life life(*found);
    const auto database = MUST(life.open());
    const auto sound = database->verify();
    EXPECT_TRUE(sound) << sound.error().message;
    SeededRandom ids(4);
    const auto catalog = catalog_on(*database, ids);
    const std::set<std::size_t> whole = whole_batches(*catalog);
    for (const std::size_t batch : acknowledged)
      EXPECT_TRUE(whole.contains(batch)) << "acknowledged batch " << batch << " is lost";
    const std::string views = MUST(catalog->dump_views());
    MUST(catalog->rebuild());
    EXPECT_EQ(MUST(catalog->dump_views()), views) << "views and log are torn apart";
    ASSERT_EQ(work(*database, 0), kBatches);  // sent again, in another order
    EXPECT_EQ(MUST(catalog->dump_views()), views_after(kBatches));
  }
  EXPECT_GT(lost * kCrashStride, 10u) << "the power was meant to fail while they write";
}

TEST(CatalogCrash, AFullDiskRefusesAndKeepsWhatIsThere) {
  SimDisk whole;
  {
    const Life life(whole);
    ASSERT_EQ(work(*MUST(life.open()), 0), kBatches);
  }
  for (std::uint64_t kib = 60; kib < 600 && !HasFailure(); kib += 60) {
    SCOPED_TRACE(std::to_string(kib) + " KiB");
    SimDisk disk({.bytes_max = kib * 1024});
    std::size_t acknowledged = 0;
    {
      const Life life(disk);
      if (auto database = life.open()) acknowledged = work(**database, 0);
    }
    SeededRandom random(kib);
    const auto bigger = disk.crash(random);
    const Life life(*bigger);
    auto database = life.open();
    ASSERT_TRUE(database) << database.error().message;
    check_and_finish(**database, acknowledged);
  }
}

/// Appends without end in a process of its own, telling each acknowledged batch by one byte.
[[noreturn]] void append_until_killed(const std::string& path, int tell) {
  auto database = sql::open_sqlite(path);
  if (!database || !(*database)->migrate(schema(), [] { return Result<void>(); })) ::_exit(1);
  SeededRandom random(3);
  const auto catalog = catalog_on(**database, random);
  for (std::size_t i = 0;; ++i) {
    if (!catalog->append(op::local_owner(), batch_of(i))) ::_exit(2);
    if (::write(tell, "x", 1) != 1) ::_exit(3);
  }
}

TEST(CatalogCrash, KilledAtAnyMoment) {
  SeededRandom random(17);
  for (int life = 0; life < 6 && !HasFailure(); ++life) {
    const auto directory = MUST(TempDirectory::create("catalog-kill"));
    const std::string path = directory.path() + "/catalog.db";
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) append_until_killed(path, ends[1]);
    ::close(ends[1]);
    std::int64_t acknowledged = 0;
    char byte;
    const auto until = static_cast<std::int64_t>(1 + random.below(20));
    while (acknowledged < until && ::read(ends[0], &byte, 1) == 1) ++acknowledged;
    ::usleep(static_cast<useconds_t>(random.below(3'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    ASSERT_EQ(acknowledged >= until, true);

    const auto database = MUST(sql::open_sqlite(path));
    const auto sound = database->verify();
    EXPECT_TRUE(sound) << sound.error().message;
    SeededRandom ids(4);
    const auto catalog = catalog_on(*database, ids);
    const std::int64_t seq = MUST(catalog->last_seq());
    EXPECT_EQ(seq % static_cast<std::int64_t>(kBatch), 0) << "a batch is partial";
    EXPECT_GE(seq, acknowledged * static_cast<std::int64_t>(kBatch));
    const std::string views = MUST(catalog->dump_views());
    MUST(catalog->rebuild());
    EXPECT_EQ(MUST(catalog->dump_views()), views);
  }
}

}  // namespace
}  // namespace solvent::catalog
