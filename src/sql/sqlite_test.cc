// What only SQLite has: one file shared by processes, the group's single sync, a database in
// memory.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "base/sim_disk.h"
#include "sql/file_vfs.h"
#include "sql/test_engines.h"

namespace solvent::sql {
namespace {

constexpr const char* kChildPath = "SOLVENT_TEST_CHILD_DATABASE";
constexpr const char* kChildWork = "SOLVENT_TEST_CHILD_WORK";
constexpr int kAckPipe = 3;

/// Another process of this program, at work on `path`; `acks` gets what it acknowledges.
pid_t spawn_child(const std::string& path, const std::string& work, int acks) {
  std::vector<std::string> environment = {std::string(kChildPath) + "=" + path,
                                          std::string(kChildWork) + "=" + work};
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  std::vector<char*> entries;
  for (std::string& entry : environment) entries.push_back(entry.data());
  entries.push_back(nullptr);
  std::string self = "/proc/self/exe";
  std::string filter = "--gtest_filter=SqliteChild.DISABLED_Works";
  std::string also = "--gtest_also_run_disabled_tests";
  char* arguments[] = {self.data(), filter.data(), also.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, acks, kAckPipe);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, self.c_str(), &actions, nullptr, arguments, entries.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int exit_status(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

Result<void> increment(Database& db) {
  return db.write([](Tx& tx) -> Result<void> {
    const std::int64_t n = TRY(tx.query("SELECT n FROM counter WHERE id = 1"))[0].integer(0);
    TRY(tx.execute("UPDATE counter SET n = $1 WHERE id = 1", {n + 1}));
    return {};
  });
}

/// Writes numbered units for ever, three rows each, from four threads; tells each once it is
/// durable.
void write_until_killed(Database& db) {
  const Rows last = MUST(query(db, "SELECT coalesce(max(unit), 0) FROM item"));
  std::atomic<std::int64_t> next{last[0].integer(0)};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const std::int64_t unit = ++next;
        MUST(db.write([&](Tx& tx) -> Result<void> {
          for (std::int64_t part = 0; part < 3; ++part) {
            TRY(tx.execute("INSERT INTO item VALUES ($1, $2, $3)",
                           {unit, part, std::string(700, 'p')}));
          }
          return {};
        }));
        if (::write(kAckPipe, &unit, sizeof unit) != sizeof unit) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// Not a test: what spawn_child runs.
TEST(SqliteChild, DISABLED_Works) {
  const char* path = std::getenv(kChildPath);
  ASSERT_NE(path, nullptr);
  const auto db = MUST(open_sqlite(path));
  if (std::string_view(std::getenv(kChildWork)) == "increment") {
    for (int i = 0; i < 50; ++i) MUST(increment(*db));
  } else {
    write_until_killed(*db);
  }
}

TEST(Sqlite, EightProcessesLoseNothing) {
  TestDatabase db;
  db.make("sqlite");
  MUST(execute(*db, "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"));
  MUST(execute(*db, "INSERT INTO counter VALUES (1, 0)"));
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) children.push_back(spawn_child(db.path(), "increment", 2));
  for (int i = 0; i < 50; ++i) MUST(increment(*db));
  for (const pid_t child : children) EXPECT_EQ(exit_status(child), 0);
  EXPECT_EQ(MUST(query(*db, "SELECT n FROM counter"))[0].integer(0), 9 * 50);
}

TEST(Sqlite, KilledAtAnyMomentNothingAcknowledgedIsLost) {
  TestDatabase db;
  db.make("sqlite");
  MUST(execute(*db,
               "CREATE TABLE item (unit BIGINT NOT NULL, part BIGINT NOT NULL, pad TEXT, "
               "PRIMARY KEY (unit, part))"));
  db.close();  // the child's last close would otherwise never be the file's last
  SeededRandom random(11);
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 12; ++round) {
    int acks[2];
    ASSERT_EQ(pipe2(acks, O_CLOEXEC), 0);
    const pid_t child = spawn_child(db.path(), "write", acks[1]);
    close(acks[1]);
    std::int64_t unit = 0;
    // At least one, then as many as come until the random moment.
    ASSERT_EQ(::read(acks[0], &unit, sizeof unit), static_cast<ssize_t>(sizeof unit));
    acknowledged.insert(unit);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    EXPECT_TRUE(WIFSIGNALED(exit_status(child)));
    while (::read(acks[0], &unit, sizeof unit) == sizeof unit) acknowledged.insert(unit);
    close(acks[0]);

    const auto after = MUST(db.open());
    MUST(after->verify());
    std::set<std::int64_t> found;
    for (const Row& row : MUST(query(*after, "SELECT unit, count(*) FROM item GROUP BY unit"))) {
      found.insert(row.integer(0));
      ASSERT_EQ(row.integer(1), 3) << "unit " << row.integer(0) << " is partial";
    }
    for (const std::int64_t id : acknowledged) ASSERT_TRUE(found.contains(id)) << id;
  }
  EXPECT_GT(acknowledged.size(), 24u);
}

TEST(Sqlite, OneSyncAcknowledgesAGroup) {
  SimDisk disk;
  const auto vfs = MUST(FileVfs::create("group", disk));
  const auto db = MUST(open_sqlite("/db", {.vfs = "group"}));
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*db, "INSERT INTO t VALUES (100)"));
  std::atomic<bool> leading{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    MUST(db->write([&](Tx& tx) -> Result<void> {
      leading = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      TRY(tx.execute("INSERT INTO t VALUES (0)"));
      return {};
    }));
  });
  while (!leading) std::this_thread::yield();
  const std::uint64_t before = disk.counts().syncs;
  for (std::int64_t id = 1; id <= 7; ++id) {  // all of them queue while the leader sleeps
    threads.emplace_back([&, id] { MUST(execute(*db, "INSERT INTO t VALUES ($1)", {id})); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(disk.counts().syncs - before, 2u) << "the leader's own, and one for the seven";
  EXPECT_EQ(MUST(query(*db, "SELECT count(*) FROM t"))[0].integer(0), 9);
}

/// One unit a row, each of several pages.
Result<void> insert_rows(Database& db, std::int64_t from, std::int64_t to) {
  for (std::int64_t id = from; id < to; ++id)
    TRY(execute(db, "INSERT INTO t VALUES ($1, $2)", {id, std::string(20'000, 'x')}));
  return {};
}

TEST(Sqlite, AThreadMovesTheLogWhileWritersGoOn) {
  const auto directory = MUST(TempDirectory::create("moves"));
  const std::string path = directory.path() + "/db";
  SqliteOptions options;
  options.checkpoint_pages = 50;
  options.log_pages_max = 1'000'000;  // the writer never does
  const auto db = MUST(open_sqlite(path, options));
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"));
  const std::uint64_t before = MUST(posix_files().stat(path)).size;
  MUST(insert_rows(*db, 0, 100));
  const auto moved = [&] { return MUST(posix_files().stat(path)).size > before + 500'000; };
  for (int i = 0; i < 1'000 && !moved(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(moved()) << "the log stays where it is";
  MUST(insert_rows(*db, 100, 200));
  EXPECT_EQ(MUST(query(*db, "SELECT count(*), sum(length(v)) FROM t"))[0].integer(1), 200 * 20'000);
  EXPECT_TRUE(db->verify());
}

TEST(Sqlite, TheLogBeginsAnewWhateverTheThreadIsAt) {
  const auto directory = MUST(TempDirectory::create("anew"));
  const std::string path = directory.path() + "/db";
  SqliteOptions options;
  options.checkpoint_pages = 20;
  options.log_pages_max = 60;
  const auto db = MUST(open_sqlite(path, options));
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"));
  MUST(insert_rows(*db, 0, 800));  // 800 times some 20 KB
  EXPECT_LT(MUST(posix_files().stat(path + "-wal")).size, 8'000'000u);
  EXPECT_EQ(MUST(query(*db, "SELECT count(*) FROM t"))[0].integer(0), 800);
  EXPECT_TRUE(db->verify());
}

TEST(Sqlite, AUnitThatFillsTheDiskFailsAlone) {
  SimDisk disk({.bytes_max = 1'500'000});
  const auto vfs = MUST(FileVfs::create("full", disk));
  const auto db = MUST(open_sqlite("/db", {.vfs = "full", .writer_cache_kib = 64}));
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v BLOB)"));
  std::atomic<bool> leading{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    MUST(db->write([&](Tx&) -> Result<void> {
      leading = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return {};
    }));
  });
  while (!leading) std::this_thread::yield();
  std::atomic<int> refused{0};
  for (std::int64_t id = 1; id <= 7; ++id) {
    threads.emplace_back([&, id] {
      const Bytes value(id == 4 ? 5'000'000 : 10);
      const auto done = execute(*db, "INSERT INTO t VALUES ($1, $2)", {id, value});
      EXPECT_EQ(done.has_value(), id != 4) << id;
      if (!done && done.error().code == Code::kResourceExhausted) ++refused;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(MUST(query(*db, "SELECT count(*) FROM t"))[0].integer(0), 6);
}

TEST(Sqlite, MemoryIsADatabaseOfItsOwn) {
  const auto db = MUST(open_sqlite(":memory:"));
  const auto other = MUST(open_sqlite(":memory:"));
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*other, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  std::vector<std::thread> threads;
  for (std::int64_t who = 0; who < 4; ++who) {
    threads.emplace_back([&, who] {
      for (std::int64_t i = 0; i < 100; ++i) {
        MUST(execute(*db, "INSERT INTO t VALUES ($1)", {who * 100 + i}));
        MUST(query(*db, "SELECT count(*) FROM t"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(MUST(query(*db, "SELECT count(*) FROM t"))[0].integer(0), 400);
  EXPECT_EQ(MUST(query(*other, "SELECT count(*) FROM t"))[0].integer(0), 0);
  MUST(db->verify());
  EXPECT_EQ(db->read([](Tx& tx) -> Result<void> {
                TRY(tx.execute("DELETE FROM t"));
                return {};
              })
                .error()
                .code,
            Code::kFailedPrecondition);
  const TempDirectory directory = MUST(TempDirectory::create("memory"));
  MUST(db->snapshot(directory.path() + "/copy"));
  const auto loaded = MUST(open_sqlite(":memory:"));
  MUST(loaded->load_snapshot(directory.path() + "/copy"));
  EXPECT_EQ(MUST(query(*loaded, "SELECT count(*) FROM t"))[0].integer(0), 400);
}

TEST(Sqlite, OddNamesAreNames) {
  const TempDirectory directory = MUST(TempDirectory::create("odd"));
  for (const char* name : {"with space", "a?mode=memory", "%41", "\xff\xfe", "file:x"}) {
    const std::string path = directory.path() + "/" + name;
    {
      const auto db = MUST(open_sqlite(path));
      MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
    }
    EXPECT_TRUE(posix_files().stat(path)) << name;
  }
}

TEST(Sqlite, WhatCannotBeOpenedSaysWhyAndWhatNext) {
  const TempDirectory directory = MUST(TempDirectory::create("open"));
  const std::string path = directory.path() + "/db";
  const auto code = [](const std::string& at, const SqliteOptions& options = {}) {
    const auto db = open_sqlite(at, options);
    EXPECT_TRUE(db || !db.error().hint.empty()) << db.error().message;
    return db ? Code::kOk : db.error().code;
  };
  EXPECT_EQ(code(path, {.create = false}), Code::kNotFound);
  EXPECT_FALSE(posix_files().stat(path));
  EXPECT_EQ(code(directory.path() + "/absent/db"), Code::kNotFound);
  EXPECT_EQ(code(directory.path()), Code::kPermissionDenied);
  const std::string text = "this is not a database, whatever it says";
  MUST(write_file_durably(posix_files(), path, as_bytes(text)));
  EXPECT_EQ(code(path), Code::kDataLoss);
  EXPECT_EQ(MUST(read_file(posix_files(), path)), text);
}

TEST(Sqlite, AReadOnlyDirectoryIsRefusedForAnUnprivilegedUser) {
  const TempDirectory directory = MUST(TempDirectory::create("readonly"));
  const std::string path = directory.path() + "/db";
  MUST(execute(*MUST(open_sqlite(path)), "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  ASSERT_EQ(chmod(path.c_str(), 0444), 0);
  ASSERT_EQ(chmod(directory.path().c_str(), 0555), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(9);
    const auto db = open_sqlite(path);
    const auto absent = open_sqlite(directory.path() + "/new");
    const bool right = !db && db.error().code == Code::kPermissionDenied && !absent &&
                       absent.error().code == Code::kPermissionDenied;
    _exit(right ? 0 : 1);
  }
  EXPECT_EQ(exit_status(child), 0);
  ASSERT_EQ(chmod(directory.path().c_str(), 0755), 0);
}

TEST(Sqlite, DamageIsFound) {
  TestDatabase db;
  db.make("sqlite");
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"));
  for (std::int64_t id = 0; id < 500; ++id) {
    MUST(execute(*db, "INSERT INTO t VALUES ($1, $2)", {id, std::string(100, 'v')}));
  }
  const std::string path = db.path();
  db.close();
  std::string bytes = MUST(read_file(posix_files(), path));
  for (std::size_t i = 0; i < 64; ++i) bytes[8192 + i] = static_cast<char>(0xAA);
  MUST(write_file_durably(posix_files(), path, as_bytes(bytes)));
  const auto again = MUST(open_sqlite(path));
  const auto sound = again->verify();
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error().code, Code::kDataLoss);
}

TEST(Sqlite, AWriterInAnotherProcessIsWaitedFor) {
  TestDatabase db;
  db.make("sqlite");
  MUST(execute(*db, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  const auto patient = MUST(db.open());
  const auto hasty = MUST(open_sqlite(db.path(), {.busy_timeout_ms = 20}));
  MUST(db->write([&](Tx& tx) -> Result<void> {
    TRY(tx.execute("INSERT INTO t VALUES (1)"));
    const auto refused = execute(*hasty, "INSERT INTO t VALUES (2)");
    EXPECT_EQ(refused.error().code, Code::kUnavailable) << refused.error().message;
    return {};
  }));
  std::thread slow([&] {
    MUST(db->write([&](Tx& tx) -> Result<void> {
      TRY(tx.execute("INSERT INTO t VALUES (3)"));
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return {};
    }));
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  MUST(execute(*patient, "INSERT INTO t VALUES (4)"));
  slow.join();
  EXPECT_EQ(MUST(query(*db, "SELECT count(*) FROM t"))[0].integer(0), 3);
}

}  // namespace
}  // namespace solvent::sql
