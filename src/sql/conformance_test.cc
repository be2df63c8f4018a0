// What every module may rely on, on both engines alike.
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "sql/test_engines.h"

namespace solvent::sql {
namespace {

using testing::Values;

class ConformanceTest : public EnginesTest {};
SOLVENT_BOTH_ENGINES(ConformanceTest);

constexpr const char* kKinds =
    "CREATE TABLE kinds (id BIGINT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION, t TEXT, b BLOB)";

TEST_P(ConformanceTest, EveryKindOfValueComesBackAsItWas) {
  MUST(execute(*db_, kKinds));
  std::string unicode = "größe \xE2\x82\xAC \xF0\x9F\x92\xB8 e\xCC\x81";  // 2, 3, 4 bytes
  const std::string big_text(1 << 20, 'x');
  Bytes big_blob(1 << 20);
  for (std::size_t i = 0; i < big_blob.size(); ++i) big_blob[i] = static_cast<std::uint8_t>(i * 7);
  const double tiny = std::numeric_limits<double>::denorm_min();
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<Value>> rows = {
      {1, std::numeric_limits<std::int64_t>::min(), -inf, "", Bytes{}},
      {2, std::numeric_limits<std::int64_t>::max(), inf, unicode, Bytes{0, 255, 0}},
      {3, 0, tiny, big_text, big_blob},
      {4, -1, 0.1, "' \" \\ $1 ; -- ?", Bytes{'\\', 'x', '0'}},
      {5, Value(), Value(), Value(), Value()},
      {6, 4503599627370497, std::numeric_limits<double>::max(), "\x01\x7f\t\n", Bytes{0}},
  };
  MUST(db_->write([&](Tx& tx) {
    return tx.execute_many("INSERT INTO kinds (id, n, r, t, b) VALUES ($1, $2, $3, $4, $5)", rows);
  }));
  const Rows got = MUST(query(*db_, "SELECT id, n, r, t, b FROM kinds ORDER BY id"));
  ASSERT_EQ(got.size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(got[i].integer(0), static_cast<std::int64_t>(i + 1));
    for (std::size_t c = 1; c < 5; ++c) {
      ASSERT_EQ(got[i].is_null(c), rows[i][c].index() == 0) << i << "," << c;
    }
    if (got[i].is_null(1)) continue;
    EXPECT_EQ(got[i].integer(1), std::get<std::int64_t>(rows[i][1]));
    EXPECT_EQ(got[i].real(2), std::get<double>(rows[i][2]));
    EXPECT_EQ(got[i].text(3), std::get<std::string>(rows[i][3]));
    EXPECT_EQ(got[i].blob(4), std::get<Bytes>(rows[i][4]));
  }
}

TEST_P(ConformanceTest, WhatOnlyOneEngineCouldStoreIsRefusedByBoth) {
  MUST(execute(*db_, kKinds));
  const std::vector<std::pair<const char*, Value>> bad = {
      {"t", std::string("a\0b", 3)},
      {"t", std::string("\xff\xfe")},
      {"t", std::string("12345678\xc3")},
      {"t", std::string("\xed\xa0\x80")},  // a surrogate half
      {"r", std::nan("")}};
  for (const auto& [column, value] : bad) {
    const auto done = execute(
        *db_, std::string("INSERT INTO kinds (id, ") + column + ") VALUES (1, $1)", {value});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kInvalidArgument) << done.error().message;
  }
  MUST(execute(*db_, "INSERT INTO kinds (id, r) VALUES (1, $1)", {-0.0}));
  EXPECT_FALSE(std::signbit(MUST(query(*db_, "SELECT r FROM kinds"))[0].real(0)));
}

TEST_P(ConformanceTest, ParametersAreTypedByTheirUse) {
  // One statement with changing kinds of values in the same place, cached or not.
  MUST(execute(*db_, kKinds));
  const std::string insert = "INSERT INTO kinds (id, n, r, t, b) VALUES ($1, $2, $3, $4, $5)";
  MUST(execute(*db_, insert, {1, Value(), 1.5, Value(), Bytes{1}}));
  MUST(execute(*db_, insert, {2, 7, Value(), "x", Value()}));
  MUST(execute(*db_, insert, {3, 8, 2.5, "y", Bytes{}}));
  MUST(execute(*db_, insert, {4, Value(), Value(), Value(), Value()}));
  MUST(execute(*db_, insert, {5, 9, 3, "z", Bytes{}}));  // an integer into a double
  EXPECT_EQ(MUST(query(*db_, "SELECT r FROM kinds WHERE id = 5"))[0].real(0), 3.0);
  const std::string either =
      "SELECT id FROM kinds WHERE CAST($1 AS BIGINT) IS NULL OR n = $1 ORDER BY id";
  EXPECT_EQ(MUST(query(*db_, either, {Value()})).size(), 5u);
  EXPECT_EQ(MUST(query(*db_, either, {8})).size(), 1u);
  const std::string twice = "SELECT $2, $1, $2";
  const Rows rows = MUST(query(*db_, twice, {1, std::string("b")}));
  EXPECT_EQ(rows[0].text(0), "b");
  EXPECT_EQ(rows[0].integer(1), 1);
  EXPECT_EQ(rows[0].text(2), "b");
  EXPECT_EQ(
      MUST(query(*db_, "SELECT id FROM kinds ORDER BY id LIMIT $1 OFFSET $2", {2, 1}))[0].integer(
          0),
      2);
}

TEST_P(ConformanceTest, AggregatesHaveTheKindsOfTheSubset) {
  MUST(execute(*db_, kKinds));
  for (std::int64_t id = 1; id <= 4; ++id) {
    MUST(execute(*db_, "INSERT INTO kinds (id, n, r) VALUES ($1, $2, $3)",
                 {id, id * 10, 0.5 * static_cast<double>(id)}));
  }
  // By hand: 10+20+30+40 = 100; mean 25; 0.5+1+1.5+2 = 5.
  const Rows rows = MUST(
      query(*db_,
            "SELECT count(*), sum(n), avg(n), sum(r), max(n), min(t), CAST(max(n) AS TEXT), n = n, "
            "greatest(3, 5), least(2, 9) FROM kinds GROUP BY n = n"));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].integer(0), 4);
  EXPECT_EQ(rows[0].integer(1), 100);
  EXPECT_EQ(rows[0].real(2), 25.0);
  EXPECT_EQ(rows[0].real(3), 5.0);
  EXPECT_EQ(rows[0].integer(4), 40);
  EXPECT_TRUE(rows[0].is_null(5));
  EXPECT_EQ(rows[0].text(6), "40");
  EXPECT_EQ(rows[0].integer(7), 1);
  EXPECT_EQ(rows[0].integer(8), 5);
  EXPECT_EQ(rows[0].integer(9), 2);
}

TEST_P(ConformanceTest, TextIsOrderedByItsBytesAndLikeTellsCase) {
  MUST(execute(*db_, "CREATE TABLE words (w TEXT PRIMARY KEY)"));
  for (const char* word : {"b", "B", "a", "\xC3\xA4", "z", "_", "ab", "Ab"}) {
    MUST(execute(*db_, "INSERT INTO words (w) VALUES ($1)", {std::string(word)}));
  }
  std::string order;
  for (const Row& row : MUST(query(*db_, "SELECT w FROM words ORDER BY w"))) {
    order += row.text(0) + " ";
  }
  // Bytes: A=41 B=42 _=5f a=61 b=62 z=7a ä=c3.
  EXPECT_EQ(order, "Ab B _ a ab b z \xC3\xA4 ");
  EXPECT_EQ(MUST(query(*db_, "SELECT w FROM words WHERE w LIKE 'a%' ESCAPE '\\'")).size(), 2u);
  EXPECT_EQ(MUST(query(*db_, "SELECT w FROM words WHERE w LIKE '\\_' ESCAPE '\\'")).size(), 1u);
  EXPECT_EQ(MUST(query(*db_, "SELECT w FROM words WHERE w > $1", {std::string("a")})).size(), 4u);
}

TEST_P(ConformanceTest, ConstraintsSayWhichKindTheyAre) {
  MUST(execute(*db_,
               "CREATE TABLE parent (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
               "n BIGINT CHECK (n > 0))"));
  MUST(execute(*db_,
               "CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL "
               "REFERENCES parent (id))"));
  MUST(execute(*db_, "INSERT INTO parent VALUES (1, 'a', 1)"));
  const auto code = [&](const char* sql) {
    const auto done = execute(*db_, sql);
    return done ? Code::kOk : done.error().code;
  };
  EXPECT_EQ(code("INSERT INTO parent VALUES (1, 'b', 1)"), Code::kAlreadyExists);
  EXPECT_EQ(code("INSERT INTO parent VALUES (2, 'a', 1)"), Code::kAlreadyExists);
  EXPECT_EQ(code("INSERT INTO parent VALUES (2, NULL, 1)"), Code::kFailedPrecondition);
  EXPECT_EQ(code("INSERT INTO parent VALUES (2, 'b', 0)"), Code::kFailedPrecondition);
  EXPECT_EQ(code("INSERT INTO child VALUES (1, 9)"), Code::kFailedPrecondition);
  EXPECT_EQ(code("INSERT INTO child VALUES (1, 1)"), Code::kOk);
  EXPECT_EQ(code("DELETE FROM parent WHERE id = 1"), Code::kFailedPrecondition);
  EXPECT_EQ(code("INSERT INTO nowhere VALUES (1)"), Code::kInternal);
  EXPECT_EQ(code("INSERT INTO parent VALUES (3, 'c', 'many')"),
            db_.engine() == "sqlite" ? Code::kFailedPrecondition : Code::kInvalidArgument);
  EXPECT_EQ(execute(*db_, "INSERT INTO parent VALUES (3, 'c', $1)", {"many"}).error().code,
            Code::kFailedPrecondition);
  EXPECT_EQ(MUST(query(*db_, "SELECT id FROM parent")).size(), 1u);
}

TEST_P(ConformanceTest, ChangedRowsAreCounted) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"));
  EXPECT_EQ(MUST(execute(*db_, "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)")), 3);
  EXPECT_EQ(MUST(execute(*db_, "UPDATE t SET n = n + 1 WHERE id >= 2")), 2);
  EXPECT_EQ(MUST(execute(*db_, "INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO NOTHING")), 0);
  EXPECT_EQ(MUST(execute(*db_,
                         "INSERT INTO t VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET "
                         "n = t.n + excluded.n")),
            1);
  EXPECT_EQ(MUST(query(*db_, "SELECT n FROM t WHERE id = 1"))[0].integer(0), 5);
  EXPECT_EQ(MUST(execute(*db_, "DELETE FROM t WHERE id > 10")), 0);
  EXPECT_EQ(MUST(execute(*db_, "DELETE FROM t")), 3);
  MUST(db_->write([](Tx& tx) -> Result<void> {
    const Rows rows = TRY(tx.query("INSERT INTO t VALUES (7, 8) RETURNING id + n", {}));
    EXPECT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].integer(0), 15);
    return {};
  }));
}

TEST_P(ConformanceTest, AFailedUnitLeavesNothing) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  const auto done = db_->write([](Tx& tx) -> Result<void> {
    TRY(tx.execute("INSERT INTO t VALUES (1)"));
    return fail(Code::kOutOfRange, "changed my mind");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kOutOfRange);
  EXPECT_EQ(done.error().message, "changed my mind");
  EXPECT_TRUE(MUST(query(*db_, "SELECT id FROM t")).empty());
}

TEST_P(ConformanceTest, AFailedStatementDoomsItsUnit) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  bool called = false;
  const auto done = db_->write([&](Tx& tx) -> Result<void> {
    TRY(tx.execute("INSERT INTO t VALUES (1)"));
    tx.after_commit([&] { called = true; });
    EXPECT_EQ(tx.execute("INSERT INTO t VALUES (1)").error().code, Code::kAlreadyExists);
    EXPECT_EQ(tx.execute("INSERT INTO t VALUES (2)").error().code, Code::kAlreadyExists);
    EXPECT_EQ(tx.query("SELECT id FROM t").error().code, Code::kAlreadyExists);
    return {};  // swallowing the error does not help
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kAlreadyExists);
  EXPECT_FALSE(called);
  EXPECT_TRUE(MUST(query(*db_, "SELECT id FROM t")).empty());
}

TEST_P(ConformanceTest, AFailingUnitDoesNotTouchItsGroup) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY, who BIGINT NOT NULL)"));
  constexpr std::int64_t kThreads = 8;
  constexpr std::int64_t kRounds = 60;
  std::vector<std::thread> threads;
  std::atomic<std::int64_t> failed{0};
  for (std::int64_t who = 0; who < kThreads; ++who) {
    threads.emplace_back([&, who] {
      for (std::int64_t round = 0; round < kRounds; ++round) {
        const auto done = db_->write([&](Tx& tx) -> Result<void> {
          TRY(tx.execute("INSERT INTO t VALUES ($1, $2)", {who * kRounds + round, who}));
          if (who % 2 == 1) return fail(Code::kOutOfRange, "odd ones fail");
          return {};
        });
        if (!done) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, kThreads / 2 * kRounds);
  const Rows rows = MUST(query(*db_, "SELECT count(*), sum(who) FROM t"));
  EXPECT_EQ(rows[0].integer(0), kThreads / 2 * kRounds);
  EXPECT_EQ(rows[0].integer(1), (0 + 2 + 4 + 6) * kRounds);
}

TEST_P(ConformanceTest, EightThreadsOfIncrementsLoseNothing) {
  MUST(execute(*db_, "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"));
  MUST(execute(*db_, "INSERT INTO counter VALUES (1, 0)"));
  const auto other = MUST(db_.open());  // as a second process
  std::vector<std::thread> threads;
  std::atomic<int> errors{0};
  for (int who = 0; who < 8; ++who) {
    threads.emplace_back([&, who] {
      Database& db = who % 2 == 0 ? *db_ : *other;
      for (int round = 0; round < 50; ++round) {
        // Read, then write: serialisable or lost.
        const auto done = db.write([](Tx& tx) -> Result<void> {
          const std::int64_t n = TRY(tx.query("SELECT n FROM counter WHERE id = 1"))[0].integer(0);
          TRY(tx.execute("UPDATE counter SET n = $1 WHERE id = 1", {n + 1}));
          return {};
        });
        if (!done) ADD_FAILURE() << done.error().message, ++errors;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(MUST(query(*db_, "SELECT n FROM counter"))[0].integer(0), 400);
}

TEST_P(ConformanceTest, WriteSkewIsRetried) {
  // Two doctors on call; each may leave if the other stays (Cahill 2008). Under snapshot isolation
  // both leave.
  MUST(execute(*db_, "CREATE TABLE doctor (id BIGINT PRIMARY KEY, on_call BIGINT NOT NULL)"));
  const auto other = MUST(db_.open());
  // SQLite's second writer cannot read before the first is done, so waiting for it ends by itself.
  const int patience_ms = db_.engine() == "postgresql" ? 10'000 : 30;
  for (int round = 0; round < 20; ++round) {
    MUST(execute(*db_,
                 "INSERT INTO doctor VALUES (1, 1), (2, 1) ON CONFLICT (id) DO UPDATE SET "
                 "on_call = 1"));
    std::atomic<int> waiting{2};
    std::atomic<int> runs{0};
    const auto leave = [&](Database& db, std::int64_t id) {
      bool first = true;
      return db.write([&, id](Tx& tx) -> Result<void> {
        ++runs;
        const Rows rows = TRY(tx.query("SELECT count(*) FROM doctor WHERE on_call = 1"));
        if (std::exchange(first, false)) {  // both have read before either writes
          --waiting;
          for (int i = 0; i < patience_ms && waiting > 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }
        if (rows[0].integer(0) < 2) return {};
        TRY(tx.execute("UPDATE doctor SET on_call = 0 WHERE id = $1", {id}));
        return {};
      });
    };
    std::thread thread([&] { MUST(leave(*other, 2)); });
    MUST(leave(*db_, 1));
    thread.join();
    ASSERT_EQ(MUST(query(*db_, "SELECT sum(on_call) FROM doctor"))[0].integer(0), 1);
    if (db_.engine() == "postgresql") {
      EXPECT_GE(runs, 3) << "the loser ran again";
    }
  }
}

TEST_P(ConformanceTest, AReadSeesOneSnapshot) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  MUST(execute(*db_, "INSERT INTO t VALUES (1)"));
  MUST(db_->read([&](Tx& tx) -> Result<void> {
    EXPECT_EQ(TRY(tx.query("SELECT id FROM t")).size(), 1u);
    std::thread([&] { MUST(execute(*db_, "INSERT INTO t VALUES (2)")); }).join();
    EXPECT_EQ(TRY(tx.query("SELECT id FROM t")).size(), 1u);
    return {};
  }));
  EXPECT_EQ(MUST(query(*db_, "SELECT id FROM t")).size(), 2u);
}

TEST_P(ConformanceTest, AReadChangesNothing) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  for (const char* sql : {"INSERT INTO t VALUES (1)", "DELETE FROM t", "DROP TABLE t",
                          "CREATE TABLE u (id BIGINT PRIMARY KEY)"}) {
    const auto done = db_->read([&](Tx& tx) -> Result<void> {
      TRY(tx.execute(sql));
      return {};
    });
    ASSERT_FALSE(done) << sql;
    EXPECT_EQ(done.error().code, Code::kFailedPrecondition) << done.error().message;
  }
  EXPECT_TRUE(MUST(query(*db_, "SELECT id FROM t")).empty());
}

TEST_P(ConformanceTest, AUnitMayNotCallTheDatabaseAgain) {
  const auto done = db_->write([&](Tx&) { return db_->write([](Tx&) { return Result<void>(); }); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInternal);
  const auto mixed = db_->read([&](Tx&) { return db_->write([](Tx&) { return Result<void>(); }); });
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().code, Code::kInternal);
}

TEST_P(ConformanceTest, AfterCommitRunsInCommitOrderAndOnlyThen) {
  MUST(execute(*db_, "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)"));
  MUST(execute(*db_, "INSERT INTO counter VALUES (1, 0)"));
  std::vector<std::int64_t> order;  // unguarded: after_commit is called by one thread at a time
  std::vector<std::thread> threads;
  for (int who = 0; who < 6; ++who) {
    threads.emplace_back([&] {
      for (int round = 0; round < 30; ++round) {
        bool called = false;
        MUST(db_->write([&](Tx& tx) -> Result<void> {
          const std::int64_t n =
              TRY(tx.query("UPDATE counter SET n = n + 1 WHERE id = 1 RETURNING n"))[0].integer(0);
          tx.after_commit([&, n] {
            order.push_back(n);
            called = true;
          });
          return {};
        }));
        EXPECT_TRUE(called) << "before write() returns";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(order.size(), 180u);
  for (std::size_t i = 0; i < order.size(); ++i) {
    ASSERT_EQ(order[i], static_cast<std::int64_t>(i + 1));
  }
}

std::int64_t resident_kib() {
  std::int64_t pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%*d %ld", &pages) != 1) ADD_FAILURE() << "statm";
  std::fclose(file);
  return pages * 4;
}

TEST_P(ConformanceTest, EachStreamsInConstantMemory) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT NOT NULL)"));
  constexpr std::int64_t kRows = 100'000;
  const std::string kilobyte(1000, 'v');
  for (std::int64_t from = 0; from < kRows; from += 10'000) {
    std::vector<std::vector<Value>> rows;
    for (std::int64_t id = from; id < from + 10'000; ++id) rows.push_back({id, kilobyte});
    MUST(db_->write(
        [&](Tx& tx) { return tx.execute_many("INSERT INTO t (id, v) VALUES ($1, $2)", rows); }));
  }
  const std::int64_t before = resident_kib();
  std::int64_t count = 0;
  std::int64_t peak = 0;
  MUST(db_->read([&](Tx& tx) {
    return tx.each("SELECT id, v FROM t ORDER BY id", {}, [&](const Row& row) -> Result<void> {
      EXPECT_EQ(row.integer(0), count);
      if (++count % 5'000 == 0) peak = std::max(peak, resident_kib());
      return {};
    });
  }));
  EXPECT_EQ(count, kRows);
  // 100 MB pass through; the engine's page cache (16 MiB) may fill.
  EXPECT_LT(peak - before, 40 * 1024);
}

TEST_P(ConformanceTest, EachStopsAtAnErrorAndNests) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  std::vector<std::vector<Value>> rows;
  for (std::int64_t id = 1; id <= 3'000; ++id) rows.push_back({id});
  MUST(db_->write([&](Tx& tx) { return tx.execute_many("INSERT INTO t VALUES ($1)", rows); }));
  MUST(db_->write([&](Tx& tx) -> Result<void> {
    int seen = 0;
    const auto stopped = tx.each("SELECT id FROM t", {}, [&](const Row&) -> Result<void> {
      if (++seen == 2) return fail(Code::kCancelled, "enough");
      return {};
    });
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(stopped.error().code, Code::kCancelled);
    // The unit goes on; the same statement runs inside itself.
    std::int64_t pairs = 0;
    TRY(tx.each("SELECT id FROM t WHERE id <= $1", std::vector<Value>{3},
                [&](const Row&) -> Result<void> {
                  return tx.each("SELECT id FROM t WHERE id <= $1", std::vector<Value>{4},
                                 [&](const Row&) -> Result<void> {
                                   ++pairs;
                                   return {};
                                 });
                }));
    EXPECT_EQ(pairs, 12);
    TRY(tx.execute("DELETE FROM t WHERE id = 1"));
    return {};
  }));
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM t"))[0].integer(0), 2'999);
}

TEST_P(ConformanceTest, EachIsForSelect) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY)"));
  const auto done = db_->write([](Tx& tx) {
    return tx.each("INSERT INTO t VALUES (1) RETURNING id", {},
                   [](const Row&) { return Result<void>(); });
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_TRUE(MUST(query(*db_, "SELECT id FROM t")).empty());
}

TEST_P(ConformanceTest, ExecuteManyTakesTenThousandRowsOrNone) {
  MUST(execute(*db_, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)"));
  std::vector<std::vector<Value>> rows;
  for (std::int64_t id = 0; id < 10'000; ++id) {
    rows.push_back({id, id % 3 == 0 ? Value() : Value("v" + std::to_string(id))});
  }
  const auto insert = [&](Tx& tx) {
    return tx.execute_many("INSERT INTO t (id, v) VALUES ($1, $2)", rows);
  };
  MUST(db_->write(insert));
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*), count(v) FROM t"))[0].integer(1), 10'000 - 3'334);
  for (auto& row : rows) row[0] = std::get<std::int64_t>(row[0]) + 10'000;
  rows[7'777][0] = std::int64_t{5};  // there already
  EXPECT_EQ(db_->write(insert).error().code, Code::kAlreadyExists);
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM t"))[0].integer(0), 10'000);
  rows.clear();
  MUST(db_->write(insert));
}

TEST_P(ConformanceTest, ParametersAreNeverStatements) {
  MUST(execute(*db_, "CREATE TABLE t (v TEXT PRIMARY KEY)"));
  const std::string evil = "x'); DROP TABLE t; --";
  MUST(execute(*db_, "INSERT INTO t (v) VALUES ($1)", {evil}));
  EXPECT_EQ(MUST(query(*db_, "SELECT v FROM t WHERE v = $1", {evil}))[0].text(0), evil);
  for (const char* sql :
       {"SELECT 1; DROP TABLE t", "COMMIT", "ROLLBACK", "BEGIN", "PRAGMA user_version = 7",
        "SAVEPOINT s", "ATTACH 'x' AS y", "SET search_path TO public", "COPY t TO '/tmp/x'",
        "VACUUM", "SELECT v FROM t WHERE v = ?", "INSERT OR REPLACE INTO t VALUES ('a')"}) {
    const auto done = execute(*db_, sql);
    ASSERT_FALSE(done) << sql;
    EXPECT_EQ(done.error().code, Code::kInternal) << sql;
  }
  EXPECT_EQ(execute(*db_, "INSERT INTO t (v) VALUES ($1)", {"a", "b"}).error().code,
            Code::kInternal);
  EXPECT_EQ(execute(*db_, "INSERT INTO t (v) VALUES ($1)").error().code, Code::kInternal);
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM t"))[0].integer(0), 1);
}

TEST_P(ConformanceTest, AThrowStaysInItsUnit) {
  const auto done = db_->write([](Tx&) -> Result<void> { throw std::runtime_error("boom"); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInternal);
  MUST(execute(*db_, "CREATE TABLE t (v TEXT PRIMARY KEY)"));
}

TEST_P(ConformanceTest, VerifyAcceptsASoundDatabase) {
  MUST(execute(*db_, "CREATE TABLE t (v TEXT PRIMARY KEY)"));
  MUST(db_->verify());
}

}  // namespace
}  // namespace solvent::sql
