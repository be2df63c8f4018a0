// A caller limited to some assets: what lies outside is in no list, total, trend or act, and
// answers exactly like what is not there.
#include "ledger/scope.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "ledger/ledger_fixture.h"

namespace solvent::ledger {
namespace {

class ScopeTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (HasFatalFailure()) return;
    estate_spec_ = test_spec("estate/no-owner", "ownership");
    // Two debts that are seen, three that are not; in the estate one that is seen of each way that
    // a subject names an asset.
    book({one("lab", "a.py", 1), one("lab", "b.py", 2), one("secret", "a.py", 1),
          one("secret", "c.py", 1), one("labs", "a.py", 1), one("estate", "lab", 1, &estate_spec_),
          one("estate", "wh/orders", 1, &estate_spec_), one("estate", "secret", 1, &estate_spec_),
          one("estate", "wh2/orders", 1, &estate_spec_)});
    ada_.principal = "user:ada";
    ada_.role = op::Role::kEditor;
    ada_.scopes = {"workspace/lab", "wh/**"};
  }

  struct Told {
    News news;
    std::deque<check::Finding> findings;
  };
  Told one(const std::string& asset, const std::string& subject, int findings,
           const check::CheckSpec* spec = nullptr) {
    Told told;
    told.news = {.spec = spec == nullptr ? &spec_ : spec,
                 .asset = asset,
                 .subject = subject,
                 .parameters = "p",
                 .system = "churn",
                 .owner = owner_};
    for (int i = 0; i < findings; ++i)
      told.findings.push_back(finding(subject, "i" + std::to_string(i)));
    return told;
  }
  void book(std::vector<Told> told) {
    const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
      std::vector<News> news;
      for (const Told& each : told) {
        news.push_back(each.news);
        for (const auto& finding : each.findings) news.back().findings.push_back({&finding});
      }
      TRY(ledger_->book(
          tx, {.effective_at = clock_.now(), .actor = "t", .source = "audit", .news = news}));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  /// asset/subject of every debt that the caller lists.
  std::vector<std::string> listed(const op::Caller& caller, const DebtQuery& query = {}) {
    std::vector<std::string> names;
    const auto page = ledger_->debts(caller, query);
    EXPECT_TRUE(page) << page.error().message;
    for (const auto& debt : page->debts) names.push_back(debt.asset + ":" + debt.subject);
    EXPECT_EQ(page->total, static_cast<std::int64_t>(names.size()));
    std::ranges::sort(names);
    return names;
  }
  Debt debt_of(const std::string& asset, const std::string& subject) {
    const auto page = *ledger_->debts(caller_, {.state = "all", .limit = 100});
    for (const auto& debt : page.debts)
      if (debt.asset == asset && debt.subject == subject) return debt;
    ADD_FAILURE() << asset << ":" << subject;
    return {};
  }

  check::CheckSpec estate_spec_;
  op::Caller ada_;
};
SOLVENT_BOTH_ENGINES(ScopeTest);

TEST_P(ScopeTest, DebtListHoldsWhatIsSeenAndCountsNothingElse) {
  const std::vector<std::string> seen = {"estate:lab", "estate:wh/orders", "lab:a.py", "lab:b.py"};
  EXPECT_EQ(listed(ada_), seen);
  EXPECT_EQ(listed(ada_, {.team = "risk", .sort = "payback", .ascending = true}), seen);
  EXPECT_EQ(listed(ada_, {.asset = "secret"}), std::vector<std::string>{});
  EXPECT_EQ(listed(ada_, {.text = "c.py"}), std::vector<std::string>{});
  EXPECT_EQ(listed(caller_).size(), 9u);
  op::Caller none = ada_;
  none.scopes = {};
  EXPECT_EQ(listed(none), std::vector<std::string>{});
  none = ada_;
  none.scopes = {"*"};
  none.role = op::Role::kNone;
  EXPECT_EQ(listed(none), std::vector<std::string>{});
  // Page by page the same, and at a past date.
  const auto first = *ledger_->debts(ada_, {.sort = "subject", .ascending = true, .limit = 3});
  EXPECT_EQ(first.total, 4);
  const auto second = *ledger_->debts(
      ada_, {.sort = "subject", .ascending = true, .after = first.next, .limit = 3});
  EXPECT_EQ(second.debts.size(), 1u);
  EXPECT_EQ(second.next, "");
  clock_.advance(kDayUs);
  EXPECT_EQ(listed(ada_, {.as_of = "2026-11-24"}), seen);
}

TEST_P(ScopeTest, LedgerShowAddsUpWhatIsSeen) {
  const auto seen = *ledger_->statement(ada_, {});
  EXPECT_EQ(seen.open_debts, 4);
  EXPECT_EQ(seen.principal.mean_s, 3 * kFirstMean + kSecondMean);
  EXPECT_EQ(seen.interest.mean_s, 4 * kInterestMean);
  EXPECT_EQ(seen.dearest.size(), 4u);
  ASSERT_EQ(seen.accounts.size(), 2u);
  EXPECT_EQ(seen.accounts[0].debts + seen.accounts[1].debts, 4);
  EXPECT_EQ(ledger_->statement(caller_, {})->open_debts, 9);
  EXPECT_EQ(ledger_->statement(ada_, {.team = "fraud"})->open_debts, 0);
}

/// The trend of the details that a limited caller gets is, over everything, that of the accounts.
TEST_P(ScopeTest, TheTrendIsThatOfTheDebtsThatAreSeen) {
  clock_.advance(kDayUs);
  const std::string lab = debt_of("lab", "a.py").id, secret = debt_of("secret", "a.py").id;
  const std::string third = debt_of("secret", "c.py").id;
  ASSERT_TRUE(ledger_->accept(caller_, {lab, "ada", "later", "2027-01-01"}));
  ASSERT_TRUE(ledger_->assign(caller_, {lab, "fraud", "theirs"}));
  ASSERT_TRUE(ledger_->write_off(caller_, {secret, "shut down"}));
  const auto finding = ledger_->debt(caller_, {third})->findings.at(0).id;
  ASSERT_TRUE(ledger_->verdict(caller_, {finding, "no", "a sample"}));
  clock_.advance(kDayUs);
  ASSERT_TRUE(ledger_->reopen(caller_, {secret, "not shut down"}));
  const auto seen = ledger_->statement(ada_, {})->trend;
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen.front().incurred_s, 3 * kFirstMean + kSecondMean);
  EXPECT_EQ(seen.back().principal_s, 3 * kFirstMean + kSecondMean);
  op::Caller everything = ada_;
  everything.scopes = {"workspace/**", "wh/**", "wh2/**"};
  for (const std::string team : {"", "risk", "fraud"}) {
    const auto by_details = ledger_->statement(everything, {.team = team})->trend;
    const auto by_accounts = ledger_->statement(caller_, {.team = team})->trend;
    ASSERT_EQ(by_details.size(), by_accounts.size()) << team;
    for (std::size_t i = 0; i < by_details.size(); ++i)
      ASSERT_EQ(to_text(to_json(by_details[i])), to_text(to_json(by_accounts[i]))) << team;
  }
}

TEST_P(ScopeTest, AHiddenDebtAnswersLikeNoneToEveryAct) {
  const std::string hidden = debt_of("secret", "a.py").id;
  const std::string none = debt_id(999), no_finding = "f-999";
  const std::string finding = ledger_->debt(caller_, {hidden})->findings.at(0).id;
  const auto shape = [&](const Error& error) {
    std::string text = error.message + "|" + error.hint + "|" + error.subject;
    for (const std::string& id : {hidden, none, finding, no_finding})
      text = replace_all(text, id, "X");
    return text;
  };
  const auto same = [&](const auto& act) {
    const auto there = act(hidden, finding), nowhere = act(none, no_finding);
    ASSERT_FALSE(there);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(there.error().code, Code::kNotFound);
    EXPECT_EQ(shape(there.error()), shape(nowhere.error()));
  };
  same([&](auto& id, auto&) { return ledger_->debt(ada_, {id}); });
  same([&](auto& id, auto&) { return ledger_->debt(ada_, {id, "2026-11-24"}); });
  same([&](auto& id, auto&) { return ledger_->accept(ada_, {id, "ada", "r", "2027-01-01"}); });
  same([&](auto& id, auto&) { return ledger_->reopen(ada_, {id, "r"}); });
  same([&](auto& id, auto&) { return ledger_->write_off(ada_, {id, "r"}); });
  same([&](auto& id, auto&) { return ledger_->assign(ada_, {id, "me", "r"}); });
  same([&](auto&, auto& id) { return ledger_->verdict(ada_, {id, "no", "r"}); });
  EXPECT_EQ(debt_of("secret", "a.py").state, "open");
  EXPECT_EQ(debt_of("secret", "a.py").owner, "risk");
  EXPECT_EQ((*sql::query(*db_, "SELECT COUNT(*) FROM identity_audit"))[0].integer(0), 0);
  // What is seen can be acted upon.
  EXPECT_EQ(ledger_->write_off(ada_, {debt_of("estate", "wh/orders").id, "gone"})->state,
            "written off");
}

TEST_P(ScopeTest, LedgerVerifyIsForCallersWithoutLimit) {
  EXPECT_EQ(ledger_->verify(ada_).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(ledger_->verify(caller_));
}

TEST_P(ScopeTest, MoreNamesThanTheSettingAllowsAreRefused) {
  ledger_.emplace(*db_, clock_, random_, LedgerOptions{.scope_names_max = 2});
  EXPECT_EQ(ledger_->debts(ada_, {}).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(ledger_->debts(caller_, {}));
}

}  // namespace
}  // namespace solvent::ledger
