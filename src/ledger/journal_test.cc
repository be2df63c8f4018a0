#include "ledger/journal.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "base/random.h"
#include "ledger/ledger.h"
#include "sql/test_engines.h"

namespace solvent::ledger {
namespace {

class JournalTest : public sql::EnginesTest {
 protected:
  void SetUp() override {
    sql::EnginesTest::SetUp();
    if (HasFatalFailure()) return;
    ASSERT_TRUE(db_->migrate(specs().migrations, [] { return Result<void>(); }));
  }

  std::int64_t book(TimeUs at, std::vector<Movement> movements,
                    const std::string& kind = "incurred") {
    std::int64_t number = 0;
    const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
      number = TRY(Journal(tx, 1'000'000)
                       .book({.kind = kind, .effective_at = at, .actor = "test", .source = "test"},
                             movements));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return number;
  }

  std::int64_t balance(TimeUs at, std::string_view team = {},
                       BookUnit unit = BookUnit::kLabourSeconds) {
    std::int64_t value = 0;
    const auto done = db_->read([&](sql::Tx& tx) -> Result<void> {
      value = TRY(principal_balance(tx, at, team, unit));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return value;
  }

  void snapshot(std::int64_t every) {
    const auto done =
        db_->write([&](sql::Tx& tx) -> Result<void> { return Journal(tx, 0).snapshot(every); });
    ASSERT_TRUE(done) << done.error().message;
  }

  std::int64_t rows(const std::string& table) {
    return (*sql::query(*db_, "SELECT COUNT(*) FROM " + table)).at(0).integer(0);
  }

  sql::Rows entry_sums() {
    return MUST(sql::query(*db_,
                           "SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_posting "
                           "GROUP BY entry, unit"));
  }

  const Account principal_{Book::kPrincipal, "risk", "churn", "leakage"};
};

SOLVENT_BOTH_ENGINES(JournalTest);

TEST_P(JournalTest, WhatIsIncurredStandsInPrincipalFromItsDateOn) {
  book(100, {{1, principal_.in(Book::kIncurred), principal_, 500, "m"}});
  EXPECT_EQ(balance(99), 0);
  EXPECT_EQ(balance(100), 500);
  book(200, {{1, principal_, principal_.in(Book::kPaid), 500, "m"}}, "paid");
  EXPECT_EQ(balance(199), 500);
  EXPECT_EQ(balance(200), 0);
  EXPECT_EQ(balance(200, "risk"), 0);
  EXPECT_EQ(balance(150, "fraud"), 0);
  EXPECT_EQ(balance(150, "risk"), 500);
}

TEST_P(JournalTest, TheTwoUnitsNeverMix) {
  book(1, {{1, principal_.in(Book::kIncurred), principal_, 500, "", BookUnit::kLabourSeconds},
           {1, principal_.in(Book::kIncurred), principal_, 70, "", BookUnit::kMinor}});
  EXPECT_EQ(balance(1), 500);
  EXPECT_EQ(balance(1, {}, BookUnit::kMinor), 70);
  for (const auto& row : entry_sums()) {
    EXPECT_EQ(row.integer(0), 0);
  }
}

TEST_P(JournalTest, NothingMovedIsNoEntry) {
  EXPECT_EQ(book(1, {}), 0);
  EXPECT_EQ(book(1, {{1, principal_.in(Book::kIncurred), principal_, 0, ""}}), 0);
  EXPECT_EQ(rows("ledger_entry"), 0);
}

TEST_P(JournalTest, AReversalPutsEveryDateRightAndHappensOnce) {
  const auto entry = book(100, {{1, principal_.in(Book::kIncurred), principal_, 500, ""}});
  book(150, {{2, principal_.in(Book::kIncurred), principal_, 30, ""}});
  snapshot(1);
  ASSERT_EQ(balance(160), 530);
  const auto reverse = [&](std::int64_t number) {
    return db_->write([&](sql::Tx& tx) -> Result<void> {
      TRY(Journal(tx, 900).reverse(number, "ada", "booked twice"));
      return {};
    });
  };
  ASSERT_TRUE(reverse(entry));
  EXPECT_EQ(balance(100), 0);
  EXPECT_EQ(balance(160), 30);
  EXPECT_EQ(rows("ledger_entry"), 3);  // nothing was taken away
  const auto again = reverse(entry);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kAlreadyExists);
  const auto none = reverse(99);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
}

TEST_P(JournalTest, ABackdatedEntryDropsTheSnapshotsThatItMakesWrong) {
  for (TimeUs at = 100; at <= 1000; at += 100) {
    book(at, {{1, principal_.in(Book::kIncurred), principal_, 10, ""}});
  }
  snapshot(4);
  const auto before = rows("ledger_snapshot");
  ASSERT_GT(before, 2);
  book(450, {{2, principal_.in(Book::kIncurred), principal_, 7, ""}});
  EXPECT_LT(rows("ledger_snapshot"), before);
  EXPECT_EQ(balance(449), 40);
  EXPECT_EQ(balance(450), 47);
  EXPECT_EQ(balance(1000), 107);
}

TEST_P(JournalTest, SumsThatInt64DoesNotHoldAreRefusedAndChangeNothing) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const auto incurred = principal_.in(Book::kIncurred);
  const auto refused = [&](TimeUs at, const std::vector<Movement>& movements) {
    const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
      TRY(Journal(tx, at).book({.kind = "incurred", .effective_at = at, .actor = "t"}, movements));
      return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kOutOfRange);
  };
  book(100, {{1, incurred, principal_, kMost, ""}});
  EXPECT_EQ(balance(100), kMost);
  refused(101, {{2, incurred, principal_, kMost, ""}, {3, incurred, principal_, 1, ""}});
  refused(101, {{2, incurred, principal_, kLeast, ""}});
  EXPECT_EQ(rows("ledger_entry"), 1);
  // Each entry holds its own; the balance of both does not, and says so.
  snapshot(1);
  book(200, {{2, incurred, principal_, 1, ""}});
  const auto both = db_->read([&](sql::Tx& tx) -> Result<void> {
    TRY(principal_balance(tx, 200, {}));
    return {};
  });
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Code::kOutOfRange);
  EXPECT_EQ(balance(100), kMost);
}

/// Random books: every entry sums to zero per unit, and every balance, with or without snapshots,
/// is what a plain sum over the movements says.
TEST_P(JournalTest, RandomBooksBalanceAtEveryDate) {
  SeededRandom random(7);
  const std::vector<std::string> teams = {"risk", "fraud", "unowned"};
  const std::vector<Book> contras = {Book::kIncurred, Book::kRepriced, Book::kPaid, Book::kRetired,
                                     Book::kTransferred};
  struct Said {
    TimeUs at;
    std::string team;
    std::int64_t amount;
    BookUnit unit;
  };
  std::vector<Said> said;
  for (int i = 0; i < 120; ++i) {
    const TimeUs at = static_cast<TimeUs>(random.below(1000)) + 1;
    std::vector<Movement> movements;
    for (std::uint64_t k = 0, n = random.below(5) + 1; k < n; ++k) {
      const std::string& team = teams[random.below(teams.size())];
      const Account to{Book::kPrincipal, team, "s" + std::to_string(random.below(2)),
                       "k" + std::to_string(random.below(3))};
      const auto amount = static_cast<std::int64_t>(random.below(2000)) - 1000;
      const auto unit = random.below(4) == 0 ? BookUnit::kMinor : BookUnit::kLabourSeconds;
      if (random.below(5) == 0) {  // into the accepted sub-account: no change of principal
        movements.push_back({1, to, to.in(Book::kAccepted), amount, "", unit});
        continue;
      }
      movements.push_back({1, to.in(contras[random.below(contras.size())]), to, amount, "", unit});
      said.push_back({at, team, amount, unit});
    }
    book(at, movements);
    if (i % 30 == 29) snapshot(20);
  }
  for (const auto& row : entry_sums()) {
    ASSERT_EQ(row.integer(0), 0);
  }
  for (TimeUs at = 0; at <= 1001; at += 77) {
    for (const std::string team : {"", "risk", "fraud"}) {
      for (const auto unit : {BookUnit::kLabourSeconds, BookUnit::kMinor}) {
        std::int64_t expected = 0;
        for (const Said& one : said) {
          if (one.at <= at && one.unit == unit && (team.empty() || team == one.team))
            expected += one.amount;
        }
        ASSERT_EQ(balance(at, team, unit), expected) << at << " " << team;
      }
    }
  }
}

}  // namespace
}  // namespace solvent::ledger
