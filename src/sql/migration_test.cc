// Schema steps and snapshots, on both engines.
#include <thread>

#include "sql/test_engines.h"

namespace solvent::sql {
namespace {

class MigrationTest : public EnginesTest {};
SOLVENT_BOTH_ENGINES(MigrationTest);
class SnapshotTest : public EnginesTest {};
SOLVENT_BOTH_ENGINES(SnapshotTest);

const Migration kFirst{"zoo", 1, "animals",
                       "CREATE TABLE animal (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE);\n"
                       "CREATE INDEX animal_name ON animal (name, id)"};
const Migration kSecond{"zoo", 2, "weights",
                        "ALTER TABLE animal ADD COLUMN grams DOUBLE PRECISION;\n"
                        "UPDATE animal SET grams = 1.5"};
const Migration kOther{"farm", 1, "fields",
                       "CREATE TABLE field (id BIGINT PRIMARY KEY, animal BIGINT NOT NULL "
                       "REFERENCES animal (id), note BLOB, CHECK (id > 0))"};

TEST_P(MigrationTest, AFreshDatabaseGetsEveryStepWithoutABackup) {
  bool backed_up = false;
  const std::vector<Migration> steps = {kFirst, kSecond, kOther};
  MUST(db_->migrate(steps, [&]() -> Result<void> {
    backed_up = true;
    return {};
  }));
  EXPECT_FALSE(backed_up);
  const Rows rows =
      MUST(query(*db_,
                 "SELECT module, number, name, length(digest), applied_at FROM schema_migration "
                 "ORDER BY module, number"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].text(0), "farm");
  EXPECT_EQ(rows[2].integer(1), 2);
  EXPECT_EQ(rows[2].text(2), "weights");
  EXPECT_EQ(rows[2].integer(3), 64);
  EXPECT_GT(rows[2].integer(4), 1'700'000'000'000'000);
  MUST(db_->migrate(steps, nullptr));  // again: nothing to do
}

TEST_P(MigrationTest, AnOldDatabaseMovesForwardOnceAfterOneBackup) {
  MUST(db_->migrate(std::vector{kFirst}, nullptr));
  MUST(execute(*db_, "INSERT INTO animal (id, name) VALUES (1, 'ox')"));
  int backups = 0;
  const std::vector<Migration> steps = {kFirst, kSecond, kOther};
  const auto backup = [&]() -> Result<void> {
    ++backups;
    return {};
  };
  MUST(db_->migrate(steps, backup, Modules::kAll));
  EXPECT_EQ(backups, 1);
  EXPECT_EQ(MUST(query(*db_, "SELECT grams FROM animal"))[0].real(0), 1.5);
  MUST(db_->migrate(steps, backup, Modules::kAll));
  EXPECT_EQ(backups, 1);
}

TEST_P(MigrationTest, AFailedBackupChangesNothing) {
  MUST(db_->migrate(std::vector{kFirst}, nullptr));
  const auto done = db_->migrate(std::vector{kFirst, kSecond}, []() -> Result<void> {
    return fail(Code::kResourceExhausted, "no room for the backup");
  });
  EXPECT_EQ(done.error().code, Code::kResourceExhausted);
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM schema_migration"))[0].integer(0), 1);
}

TEST_P(MigrationTest, ANewerDatabaseIsRefusedWithAHint) {
  MUST(db_->migrate(std::vector{kFirst, kSecond, kOther}, nullptr));
  const auto older = db_->migrate(std::vector{kFirst, kOther}, nullptr);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::kFailedPrecondition);
  EXPECT_NE(older.error().hint.find("upgrade"), std::string::npos);
  // A module on its own is nobody's business unless the list claims to be complete.
  MUST(db_->migrate(std::vector{kFirst, kSecond}, nullptr));
  const auto unknown = db_->migrate(std::vector{kFirst, kSecond}, nullptr, Modules::kAll);
  EXPECT_EQ(unknown.error().code, Code::kFailedPrecondition);
}

TEST_P(MigrationTest, AnAlteredStepIsRefused) {
  MUST(db_->migrate(std::vector{kFirst}, nullptr));
  Migration altered = kFirst;
  altered.statements += " ";
  const auto done = db_->migrate(std::vector{altered, kSecond}, nullptr);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM schema_migration"))[0].integer(0), 1);
}

TEST_P(MigrationTest, AFailingStepLeavesNothingOfItself) {
  const Migration broken{"zoo", 2, "broken",
                         "CREATE TABLE half (id BIGINT PRIMARY KEY);\n"
                         "INSERT INTO half VALUES (1);\nINSERT INTO half VALUES (1)"};
  const auto done = db_->migrate(std::vector{kFirst, broken, kOther}, nullptr);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kAlreadyExists);
  EXPECT_NE(done.error().message.find("zoo 2 (broken)"), std::string::npos);
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM schema_migration"))[0].integer(0), 1);
  EXPECT_FALSE(query(*db_, "SELECT id FROM half"));
  MUST(db_->migrate(std::vector{kFirst, kSecond, kOther}, nullptr));
}

TEST_P(MigrationTest, ABadListIsOurBug) {
  for (const auto& list :
       {std::vector{kSecond}, std::vector{kFirst, kFirst}, std::vector{kSecond, kFirst}}) {
    EXPECT_EQ(db_->migrate(list, nullptr).error().code, Code::kInternal);
  }
}

TEST_P(MigrationTest, ProgramsThatStartAtOnceApplyEachStepOnce) {
  const Migration counted{"zoo", 2, "counted", "INSERT INTO animal VALUES (7, 'cow')"};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto own = MUST(db_.open());
      MUST(own->migrate(std::vector{kFirst, counted}, nullptr));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(MUST(query(*db_, "SELECT count(*) FROM animal"))[0].integer(0), 1);
}

/// Every row of every table, as text.
std::string content(Database& db) {
  std::string all;
  for (const char* sql :
       {"SELECT id, name, coalesce(CAST(grams AS TEXT), '-') FROM animal ORDER BY id",
        "SELECT id, CAST(animal AS TEXT), CAST(note IS NULL AS TEXT) FROM field ORDER BY id"}) {
    for (const Row& row : MUST(query(db, sql))) {
      all += std::to_string(row.integer(0)) + "|" + row.text(1) + "|" + row.text(2) + "\n";
    }
  }
  return all;
}

TEST_P(SnapshotTest, RoundTripInTheMidstOfWriters) {
  const TempDirectory directory = MUST(TempDirectory::create("snapshot"));
  const std::string path = directory.path() + "/copy with spaces";
  MUST(db_->migrate(std::vector{kFirst, kSecond, kOther}, nullptr));
  MUST(execute(*db_, "INSERT INTO animal VALUES (1, 'ox', 2.5), (2, $1, NULL)",
               {"k\xC3\xBChe '|\""}));
  Bytes note(100'000, 0);
  note[99'999] = 255;
  MUST(execute(*db_, "INSERT INTO field VALUES (1, 2, $1)", {note}));
  MUST(execute(*db_, "INSERT INTO field VALUES (2, 1, NULL), (3, 1, $1)", {Bytes{}}));
  const std::string before = content(*db_);

  // A writer goes on; each unit inserts an animal and its field, so a torn snapshot would show.
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::int64_t id = 100; !stop; ++id) {
      MUST(db_->write([&](Tx& tx) -> Result<void> {
        TRY(tx.execute("INSERT INTO animal VALUES ($1, $2, NULL)", {id, "a" + std::to_string(id)}));
        TRY(tx.execute("INSERT INTO field VALUES ($1, $1, NULL)", {id}));
        return {};
      }));
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  MUST(db_->snapshot(path));
  MUST(db_->snapshot(path));  // replaces
  stop = true;
  writer.join();

  TestDatabase fresh;
  fresh.make(GetParam());
  MUST(fresh->load_snapshot(path));
  MUST(fresh->verify());
  const std::string after = content(*fresh);
  EXPECT_TRUE(after.starts_with(before.substr(0, before.find('\n')))) << after.substr(0, 200);
  const Rows counts =
      MUST(query(*fresh, "SELECT (SELECT count(*) FROM animal), (SELECT count(*) FROM field)"));
  EXPECT_EQ(counts[0].integer(0), counts[0].integer(1) - 1);
  EXPECT_EQ(MUST(query(*fresh, "SELECT note FROM field WHERE id = 1"))[0].blob(0), note);
  EXPECT_TRUE(MUST(query(*fresh, "SELECT note FROM field WHERE id = 3"))[0].blob(0).empty());
  // The schema came along: constraints hold, the landed steps are known.
  EXPECT_EQ(execute(*fresh, "INSERT INTO field VALUES (9, 999999, NULL)").error().code,
            Code::kFailedPrecondition);
  EXPECT_EQ(execute(*fresh, "INSERT INTO field VALUES (-1, 1, NULL)").error().code,
            Code::kFailedPrecondition);
  EXPECT_EQ(execute(*fresh, "INSERT INTO animal VALUES (3, 'ox', NULL)").error().code,
            Code::kAlreadyExists);
  MUST(fresh->migrate(std::vector{kFirst, kSecond, kOther}, nullptr, Modules::kAll));
  // Only into an empty one.
  EXPECT_EQ(fresh->load_snapshot(path).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(content(*fresh), after);
}

TEST_P(SnapshotTest, ALoadIsTakenBackWhole) {
  const TempDirectory directory = MUST(TempDirectory::create("snapshot"));
  const std::string path = directory.path() + "/copy";
  MUST(db_->migrate(std::vector{kFirst, kSecond, kOther}, nullptr));
  MUST(execute(*db_, "INSERT INTO animal VALUES (1, 'ox', NULL)"));
  MUST(execute(*db_, "INSERT INTO field VALUES (1, 1, NULL)"));
  MUST(db_->snapshot(path));
  TestDatabase fresh;
  fresh.make(GetParam());
  MUST(fresh->load_snapshot(path));
  MUST(fresh->clear());
  EXPECT_FALSE(query(*fresh, "SELECT count(*) FROM animal"));
  MUST(fresh->load_snapshot(path));  // as into an empty one
  EXPECT_EQ(MUST(query(*fresh, "SELECT count(*) FROM field"))[0].integer(0), 1);
  // Rows are still held to what they refer to.
  EXPECT_EQ(execute(*fresh, "INSERT INTO field VALUES (9, 999999, NULL)").error().code,
            Code::kFailedPrecondition);
}

TEST_P(SnapshotTest, ADamagedSnapshotIsRefusedAndChangesNothing) {
  const TempDirectory directory = MUST(TempDirectory::create("snapshot"));
  const std::string path = directory.path() + "/copy";
  MUST(db_->migrate(std::vector{kFirst, kSecond, kOther}, nullptr));
  for (std::int64_t id = 1; id <= 300; ++id) {
    MUST(execute(*db_, "INSERT INTO animal VALUES ($1, $2, NULL)", {id, std::to_string(id)}));
  }
  MUST(db_->snapshot(path));
  const std::string good = MUST(read_file(posix_files(), path));
  TestDatabase fresh;
  fresh.make(GetParam());
  const auto refused = [&](const std::string& bytes, const char* what) {
    MUST(write_file_durably(posix_files(), path, as_bytes(bytes)));
    const auto done = fresh->load_snapshot(path);
    EXPECT_FALSE(done) << what;
    EXPECT_FALSE(query(*fresh, "SELECT count(*) FROM animal")) << what;
  };
  refused("", "empty");
  refused("not a snapshot at all", "foreign");
  refused(good.substr(0, good.size() / 2), "cut short");
  std::string flipped = good;
  // SQLite has no digest: only damage to its structure shows, so hit a B-tree page's header.
  const std::size_t at = GetParam() == "sqlite" ? 8192 : good.size() / 2;
  for (std::size_t i = 0; i < 16; ++i) flipped[at + i] = static_cast<char>(~flipped[at + i]);
  refused(flipped, "damaged");
  EXPECT_EQ(fresh->load_snapshot(directory.path() + "/absent").error().code, Code::kNotFound);
  MUST(write_file_durably(posix_files(), path, as_bytes(good)));
  MUST(fresh->load_snapshot(path));
}

}  // namespace
}  // namespace solvent::sql
