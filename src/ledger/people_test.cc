#include "ledger/people.h"

#include <gmock/gmock.h>

#include "ledger/ledger_fixture.h"

namespace solvent::ledger {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kReference = "person:018f0000-0000-7000-8000-000000000001";

class PeopleTest : public LedgerTest {
 protected:
  void forget(const std::string& name) {
    MUST(db_->write([&](sql::Tx& tx) -> Result<void> {
      EXPECT_TRUE(TRY(person_keeper().knows(tx, name)));
      TRY(person_keeper().forget(tx, name, kReference));
      EXPECT_FALSE(TRY(person_keeper().knows(tx, name)));
      return {};
    }));
  }
  /// Everything that the books say, as one text.
  std::string said(const std::string& id) {
    std::string text = to_text(to_json(MUST(ledger_->debt(caller_, {.id = id}))));
    text += to_text(to_json(MUST(ledger_->statement(caller_, {}))));
    text += to_text(to_json(MUST(ledger_->debts(caller_, {.state = "all"}))));
    MUST(db_->read([&](sql::Tx& tx) -> Result<void> {
      for (const auto& row : TRY(tx.query(
               "SELECT team FROM ledger_account UNION ALL SELECT owner FROM ledger_debt "
               "UNION ALL SELECT owner FROM ledger_debt_past UNION ALL SELECT owner FROM "
               "ledger_debt_sum UNION ALL SELECT memo FROM ledger_entry UNION ALL SELECT memo "
               "FROM ledger_detail UNION ALL SELECT accepted_by FROM ledger_acceptance")))
        text += row.text(0) + "\n";
      return {};
    }));
    return text;
  }
};
SOLVENT_BOTH_ENGINES(PeopleTest);

TEST_P(PeopleTest, AReferenceTakesANamesPlaceInAllBooks) {
  owner_ = {"Grace Hopper", "git"};
  audit({{"a.txt", {"x", "y"}}, {"b.txt", {"z"}}});
  const std::string id = MUST(ledger_->debts(caller_, {.sort = "subject"})).debts[0].id;
  const std::string other = MUST(ledger_->debts(caller_, {.sort = "subject"})).debts[1].id;
  clock_.advance(kDayUs);
  MUST(ledger_->assign(caller_, {id, "Ada Lovelace", "she knows it"}));
  clock_.advance(kDayUs);
  MUST(ledger_->assign(caller_, {id, "Grace Hopper", "she is back"}));
  MUST(ledger_->accept(caller_, {id, "Grace Hopper", "later", "2027-01-01"}));
  clock_.advance(kDayUs);
  const std::int64_t before = owed();
  ASSERT_THAT(said(id) + said(other), HasSubstr("Grace Hopper"));

  forget("Grace Hopper");

  EXPECT_THAT(said(id) + said(other), Not(HasSubstr("Grace")));
  EXPECT_THAT(said(id), HasSubstr("from " + std::string(kReference) + " to Ada Lovelace"));
  EXPECT_THAT(said(id), HasSubstr("from Ada Lovelace to " + std::string(kReference)));
  EXPECT_EQ(MUST(ledger_->debt(caller_, {.id = other})).debt.owner, kReference);
  EXPECT_EQ(owed(), before);
  expect_sound();
  // The books go on: git names her again, and she is somebody new.
  audit({{"a.txt", {"x", "y"}}, {"b.txt", {"z"}}, {"c.txt", {"w"}}});
  expect_sound();
}

TEST_P(PeopleTest, AnotherNameThatHoldsThisOneStays) {
  owner_ = {"Ada", "git"};
  audit({{"a.txt", {"x"}}});
  const std::string id = only().id;
  MUST(ledger_->assign(caller_, {id, "Adams to Ada", "Ada said so"}));
  forget("Ada");
  EXPECT_EQ(only().owner, "Adams to Ada");
  expect_sound();
}

}  // namespace
}  // namespace solvent::ledger
