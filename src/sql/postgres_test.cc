// What only PostgreSQL has: a server that goes away and comes back, conflicts between connections,
// databases with their own collation.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "base/random.h"
#include "base/sim_disk.h"
#include "sql/postgres_connection.h"
#include "sql/test_engines.h"

namespace solvent::sql {
namespace {

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override { db_.make("postgresql"); }
  TestDatabase db_;
};

/// Ends every connection to the server that works in `db`'s schema, but its own.
void end_connections(Database& killer, const std::vector<std::int64_t>& backends) {
  for (const std::int64_t backend : backends) {
    MUST(query(killer, "SELECT pg_terminate_backend(CAST($1 AS INTEGER))", {backend}));
  }
}

TEST_F(PostgresTest, LostConnectionsAreReplaced) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  const std::int64_t idle = MUST(query(*db_, "SELECT pg_backend_pid()"))[0].integer(0);
  const auto killer = MUST(db_.open());
  end_connections(*killer, {idle});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  MUST(execute(*db_, "INSERT INTO t VALUES (1)"));
  // In the middle of a unit: it runs again, whole.
  int runs = 0;
  MUST(db_->write([&](Tx& tx) -> Result<void> {
    TRY(tx.execute("INSERT INTO t VALUES (2)"));
    if (++runs == 1) {
      const auto pid = TRY(tx.query("SELECT pg_backend_pid()"))[0].integer(0);
      end_connections(*killer, {pid});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    TRY(tx.execute("INSERT INTO t VALUES (3)"));
    return {};
  }));
  EXPECT_EQ(runs, 2);
  runs = 0;
  MUST(db_->read([&](Tx& tx) -> Result<void> {
    if (++runs == 1) {
      const auto pid = TRY(tx.query("SELECT pg_backend_pid()"))[0].integer(0);
      end_connections(*killer, {pid});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(TRY(tx.query("SELECT id FROM t")).size(), 3u);
    return {};
  }));
  EXPECT_EQ(runs, 2);
}

/// A server of this test's own, which it may kill.
class PrivateServer {
 public:
  PrivateServer() : directory_("/tmp/solvent-pg-kill." + std::to_string(getpid())) { start(); }
  ~PrivateServer() {
    run("stop " + directory_);
    EXPECT_EQ(std::system(("rm -rf " + directory_).c_str()), 0);
  }
  void start() {
    // Backends of the killed server may take a moment to notice and let go of its shared memory.
    const std::string command = "start --fsync " + directory_ + " > /dev/null 2>&1";
    for (int i = 0; i < 60 && run(command) != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
  void kill_it() {
    std::ifstream file(directory_ + "/data/postmaster.pid");
    pid_t postmaster = 0;
    file >> postmaster;
    ASSERT_GT(postmaster, 1);
    ASSERT_EQ(kill(postmaster, SIGKILL), 0);
  }
  std::string url() const { return "postgresql://solvent@/solvent?host=" + directory_; }

 private:
  int run(const std::string& arguments) const {
    const std::string tool = "'" SOLVENT_SOURCE_DIR "/tools/postgres' ";
    return std::system((tool + arguments).c_str());
  }
  const std::string directory_;
};

TEST(PostgresServer, KilledAndRestartedLosesNothingAcknowledgedAndRepeatsNothing) {
  PrivateServer server;
  const auto db = MUST(open_postgres(server.url(), {.reconnect_ms = 60'000}));
  MUST(execute(*db,
               "CREATE TABLE item (unit BIGINT NOT NULL, part BIGINT NOT NULL, "
               "PRIMARY KEY (unit, part))"));
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::set<std::int64_t> acknowledged;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const std::int64_t unit = ++next;
        const auto done = db->write([&](Tx& tx) -> Result<void> {
          TRY(tx.execute("INSERT INTO item VALUES ($1, 0)", {unit}));
          TRY(tx.execute("INSERT INTO item VALUES ($1, 1)", {unit}));
          return {};
        });
        // A unit repeated after its commit had landed would hit its own key.
        if (!done) ADD_FAILURE() << done.error().message;
        const std::lock_guard lock(mutex);
        acknowledged.insert(unit);
      }
    });
  }
  for (int round = 0; round < 2; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    server.kill_it();
    server.start();
    std::size_t before = 0;
    {
      const std::lock_guard lock(mutex);
      before = acknowledged.size();
    }
    for (int i = 0; i < 300; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const std::lock_guard lock(mutex);
      if (acknowledged.size() > before + 20) break;
    }
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> found;
  for (const Row& row : MUST(query(*db, "SELECT unit, count(*) FROM item GROUP BY unit"))) {
    found.insert(row.integer(0));
    EXPECT_EQ(row.integer(1), 2) << "unit " << row.integer(0) << " is partial";
  }
  EXPECT_EQ(found, acknowledged);
  EXPECT_GT(acknowledged.size(), 40u);
  MUST(db->verify());
}

TEST(PostgresServer, NoServerIsSaidSoAtOnceAndWhatNext) {
  const TempDirectory directory = MUST(TempDirectory::create("nopg"));
  const auto start = std::chrono::steady_clock::now();
  const auto db = open_postgres("postgresql://nobody@/none?host=" + directory.path());
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, Code::kUnavailable);
  EXPECT_FALSE(db.error().hint.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(PostgresTest, SchemaNamesAreChecked) {
  for (const char* name : {"", "A", "a b", "a;drop", "pg_x", "1a", "a\"b"}) {
    const auto db = open_postgres(db_.url(), {.schema = name});
    ASSERT_FALSE(db) << name;
    EXPECT_EQ(db.error().code, Code::kInvalidArgument);
  }
}

TEST_F(PostgresTest, WorkspacesDoNotSeeEachOther) {
  TestDatabase other;
  other.make("postgresql");
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*other, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*db_, "INSERT INTO t VALUES (1)"));
  EXPECT_TRUE(MUST(query(*other, "SELECT id FROM t")).empty());
}

TEST_F(PostgresTest, AChangedTableDoesNotBreakPreparedStatements) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*db_, "INSERT INTO t VALUES (1)"));
  EXPECT_EQ(MUST(query(*db_, "SELECT * FROM t"))[0].size(), 1u);
  MUST(execute(*MUST(db_.open()), "ALTER TABLE t ADD COLUMN v TEXT"));
  EXPECT_EQ(MUST(query(*db_, "SELECT * FROM t"))[0].size(), 2u);
  MUST(db_->write([](Tx& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.query("SELECT * FROM t"))[0].size(), 2u);
    return {};
  }));
}

TEST_F(PostgresTest, ManyStatementsStayWithinTheCache) {
  MUST(db_->write([](Tx& tx) -> Result<void> {
    for (int i = 0; i < 600; ++i) {
      const Rows rows = TRY(tx.query("SELECT " + std::to_string(i) + " + $1", {1}));
      EXPECT_EQ(rows[0].integer(0), i + 1);
    }
    EXPECT_LE(TRY(tx.query("SELECT count(*) FROM pg_prepared_statements"))[0].integer(0), 257);
    return {};
  }));
}

/// A database of its own beside the test's, made by `options`; dropped at the end.
class OwnDatabase {
 public:
  OwnDatabase(const std::string& url, const std::string& options)
      : library_(MUST(load_pg_library())),
        control_(MUST(PgConnection::open(library_, url, "public"))),
        name_("own_" + std::to_string(system_random().next())) {
    MUST(control_->script("CREATE DATABASE " + name_ + " TEMPLATE template0 " + options));
    const std::size_t at = url.find("/solvent?");
    EXPECT_NE(at, std::string::npos) << "the test server's database is called solvent";
    url_ = url.substr(0, at + 1) + name_ + url.substr(at + 8);
  }
  ~OwnDatabase() { MUST(control_->script("DROP DATABASE " + name_ + " WITH (FORCE)")); }
  const std::string& url() const { return url_; }

 private:
  std::shared_ptr<const PgLibrary> library_;
  std::unique_ptr<PgConnection> control_;
  std::string name_;
  std::string url_;
};

TEST_F(PostgresTest, TextIsOrderedByBytesWhateverTheDatabaseCollation) {
  const OwnDatabase own(db_.url(),
                        "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' "
                        "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
  const auto db = MUST(open_postgres(own.url()));
  // In English order a < B; by bytes B < a.
  EXPECT_EQ(MUST(query(*db, "SELECT 'a' < 'B'"))[0].integer(0), 1) << "the collation is English";
  MUST(execute(*db, "CREATE TABLE t (v TEXT NOT NULL)"));
  MUST(execute(*db, "ALTER TABLE t ADD COLUMN w TEXT"));
  MUST(execute(*db, "CREATE INDEX t_v ON t (v)"));
  MUST(execute(*db, "INSERT INTO t VALUES ('a', 'a'), ('B', 'B')"));
  for (const char* sql :
       {"SELECT v FROM t ORDER BY v", "SELECT w FROM t ORDER BY w",
        "SELECT max(v), min(v) FROM t WHERE v < $1 AND w <= v GROUP BY w ORDER BY w"}) {
    const bool bound = std::string_view(sql).find("$1") != std::string_view::npos;
    const Rows rows = bound ? MUST(query(*db, sql, {"a\x7f"})) : MUST(query(*db, sql));
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].text(0), "B") << sql;
  }
}

TEST_F(PostgresTest, ADatabaseThatDoesNotHoldUtf8IsRefused) {
  const OwnDatabase own(db_.url(), "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
  const auto db = open_postgres(own.url());
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code, Code::kFailedPrecondition);
  EXPECT_FALSE(db.error().hint.empty());
}

TEST_F(PostgresTest, ADumpIsWholeOnceItIsAcknowledged) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"));
  for (std::int64_t id = 0; id < 8; ++id) {  // three writes of the dump's buffer, and some
    MUST(execute(*db_, "INSERT INTO t VALUES ($1, $2)", {id, std::string(400'000, 'v')}));
  }
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    SimDisk::Plan plan;
    plan.crash_at_operation = seed % 2 == 0 ? 0 : 2 + random.below(7);
    SimDisk disk(plan);
    const auto db = MUST(open_postgres(db_.url(), {.schema = db_.schema(), .files = &disk}));
    const bool acknowledged = db->snapshot("/dump").has_value();
    EXPECT_TRUE(acknowledged || disk.crashed());
    for (int draw = 0; draw < 3; ++draw) {
      const auto after = disk.crash(random);
      if (!after->stat("/dump")) {
        ASSERT_FALSE(acknowledged) << "an acknowledged dump is gone";
        continue;
      }
      TestDatabase fresh;
      fresh.make("postgresql");
      const auto loader =
          MUST(open_postgres(db_.url(), {.schema = fresh.schema(), .files = after.get()}));
      const auto loaded = loader->load_snapshot("/dump");
      ASSERT_TRUE(loaded) << loaded.error().message;
      ASSERT_EQ(MUST(query(*loader, "SELECT count(*) FROM t"))[0].integer(0), 8);
    }
  }
}

}  // namespace
}  // namespace solvent::sql
