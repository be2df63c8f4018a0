#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ledger/ledger.h"
#include "ledger/ledger_fixture.h"

namespace solvent::ledger {
namespace {

class QueriesTest : public LedgerTest {
 protected:
  /// Forty debts: owners, kinds and numbers of findings all differ, with ties.
  void fill() {
    const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
      std::deque<check::CheckSpec> specs = {test_spec("code/a", "reproducibility"),
                                            test_spec("data/b", "leakage")};
      specs[1].title = "100% Leaky_column";
      specs[1].interest_month = {0, 0, 0};
      std::deque<check::Finding> findings;
      std::vector<News> news;
      for (int i = 0; i < 40; ++i) {
        News one{.spec = &specs[i % 4 == 3],
                 .asset = i % 2 == 0 ? "repo" : "hdma",
                 .subject = "s" + std::to_string(i / 10) + std::to_string(i % 10),
                 .parameters = "p",
                 .system = i < 12 ? "churn" : "fraud",
                 .owner = i % 5 == 0 ? Owner{} : Owner{"team" + std::to_string(i % 3), "settings"}};
        for (int k = 0; k <= i % 4; ++k) {
          findings.push_back(finding(one.subject, "i" + std::to_string(k)));
          one.findings.push_back({.finding = &findings.back()});
        }
        news.push_back(std::move(one));
      }
      TRY(ledger_->book(tx,
                        {.effective_at = clock_.now(), .actor = "t", .source = "t", .news = news}));
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }

  std::vector<Debt> all(DebtQuery query) {
    std::vector<Debt> debts;
    for (;;) {
      const auto page = ledger_->debts(caller_, query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) return debts;
      for (const auto& debt : page->debts) debts.push_back(debt);
      EXPECT_LE(static_cast<std::int64_t>(page->debts.size()), query.limit);
      if (page->next.empty()) {
        EXPECT_EQ(page->total, static_cast<std::int64_t>(debts.size()));
        return debts;
      }
      query.after = page->next;
    }
  }
};

SOLVENT_BOTH_ENGINES(QueriesTest);

TEST_P(QueriesTest, EverySortInEveryDirectionPagesThroughAllOnce) {
  fill();
  for (const std::string sort :
       {"interest", "principal", "payback", "opened", "subject", "owner", "kind"}) {
    for (const bool ascending : {false, true}) {
      const auto debts = all({.sort = sort, .ascending = ascending, .limit = 7});
      ASSERT_EQ(debts.size(), 40u) << sort;
      std::set<std::string> ids;
      for (const auto& debt : debts) ids.insert(debt.id);
      EXPECT_EQ(ids.size(), 40u) << sort;
      const auto in_order = [&](const Debt& a, const Debt& b) {
        const auto payback = [](const Debt& d) { return d.payback_months.value_or(1e18); };
        if (sort == "interest") return a.interest_s < b.interest_s;
        if (sort == "principal") return a.principal_s < b.principal_s;
        if (sort == "payback") return payback(a) < payback(b);
        if (sort == "subject") return a.subject < b.subject;
        if (sort == "owner") return a.owner < b.owner;
        if (sort == "kind") return a.kind < b.kind;
        return a.opened < b.opened;
      };
      for (std::size_t i = 1; i < debts.size(); ++i) {
        const bool wrong =
            ascending ? in_order(debts[i], debts[i - 1]) : in_order(debts[i - 1], debts[i]);
        EXPECT_FALSE(wrong) << sort << " at " << i;
      }
    }
  }
}

TEST_P(QueriesTest, APageIsReachedByTheRowsToLeaveOut) {
  fill();
  for (const DebtQuery& list :
       {DebtQuery{.sort = "subject", .limit = 7}, DebtQuery{.kind = "leakage", .limit = 3},
        DebtQuery{.text = "s3", .sort = "owner", .ascending = true, .limit = 4}}) {
    const auto debts = all(list);
    const auto expect_from = [&](const DebtPage& page, std::size_t begin) {
      EXPECT_EQ(page.total, static_cast<std::int64_t>(debts.size()));
      const std::size_t end = std::min(debts.size(), begin + static_cast<std::size_t>(list.limit));
      ASSERT_EQ(page.debts.size(), begin < end ? end - begin : 0) << begin;
      for (std::size_t i = 0; i < page.debts.size(); ++i)
        EXPECT_EQ(page.debts[i].id, debts[begin + i].id) << begin << " and " << i;
      EXPECT_EQ(page.next.empty(), end >= debts.size()) << begin;
    };
    const auto size = static_cast<std::int64_t>(debts.size());
    for (const std::int64_t skip : {std::int64_t{0}, std::int64_t{2}, size - 1, size, size + 5}) {
      DebtQuery query = list;
      query.skip = skip;
      const auto page = *ledger_->debts(caller_, query);
      expect_from(page, static_cast<std::size_t>(skip));
      if (page.next.empty()) continue;
      query.after = page.next;
      query.skip = 1;  // behind the cursor
      expect_from(*ledger_->debts(caller_, query), static_cast<std::size_t>(skip + list.limit + 1));
    }
  }
}

TEST_P(QueriesTest, TheDearestAreThoseThatPayBackFirst) {
  fill();
  const auto debts = all({.sort = "payback", .ascending = true});
  const auto dearest = ledger_->statement(caller_, {})->dearest;
  ASSERT_EQ(dearest.size(), 5u);
  for (std::size_t i = 0; i < dearest.size(); ++i) EXPECT_EQ(dearest[i].id, debts[i].id) << i;
  EXPECT_LT(dearest[0].payback_months, debts[20].payback_months);
}

TEST_P(QueriesTest, ARowHasTheQuantilesOfItsOwnPrice) {
  fill();
  // The prior's own quantiles are a factor of four apart, so nothing is widened: 600, 1200, 2400
  // for the first finding and 60, 120, 240 for each other one. s00 has one finding, s02 three.
  const auto debts = all({.sort = "subject", .ascending = true});
  EXPECT_EQ(debts[0].principal_p10_s, 600);
  EXPECT_EQ(debts[0].principal_p50_s, 1200);
  EXPECT_EQ(debts[0].principal_p90_s, 2400);
  EXPECT_EQ(debts[2].principal_p10_s, 720);
  EXPECT_EQ(debts[2].principal_p50_s, 1440);
  EXPECT_EQ(debts[2].principal_p90_s, 2880);
  for (const Debt& debt : debts) {
    const auto detail = ledger_->debt(caller_, {debt.id});
    ASSERT_TRUE(detail) << detail.error().message;
    EXPECT_EQ(debt.principal_p50_s, detail->principal.p50_s) << debt.subject;
    EXPECT_EQ(detail->debt.principal_p90_s, debt.principal_p90_s) << debt.subject;
  }
}

TEST_P(QueriesTest, FiltersCombine) {
  fill();
  EXPECT_EQ(all({.team = "unowned"}).size(), 8u);
  EXPECT_EQ(all({.system = "churn"}).size(), 12u);
  EXPECT_EQ(all({.system = "churn", .kind = "leakage"}).size(), 3u);  // 3, 7 and 11
  EXPECT_EQ(all({.kind = "leakage"}).size(), 10u);
  EXPECT_EQ(all({.check = "code/a"}).size(), 30u);
  EXPECT_EQ(all({.asset = "hdma"}).size(), 20u);
  EXPECT_EQ(all({.text = "S3"}).size(), 10u);       // subjects s30 … s39, any case
  EXPECT_EQ(all({.text = "leaky_c"}).size(), 10u);  // in the title
  EXPECT_EQ(all({.text = "100%"}).size(), 10u);     // no wildcard
  EXPECT_EQ(all({.text = "s_0"}).size(), 0u);
  EXPECT_EQ(all({.kind = "leakage", .asset = "repo"}).size(), 0u);
  EXPECT_EQ(all({.team = "unowned", .kind = "leakage", .limit = 1}).size(), 2u);  // 15 and 35
  EXPECT_EQ(all({.state = "paid"}).size(), 0u);
  EXPECT_EQ(all({.state = "open"}).size(), 40u);
  EXPECT_EQ(all({.text = "'; DROP TABLE ledger_debt; --"}).size(), 0u);
}

TEST_P(QueriesTest, BadQueriesNameTheField) {
  fill();
  EXPECT_EQ(ledger_->debts(caller_, {.sort = "colour"}).error().subject, "sort");
  EXPECT_EQ(ledger_->debts(caller_, {.limit = 0}).error().subject, "limit");
  EXPECT_EQ(ledger_->debts(caller_, {.skip = -1}).error().subject, "skip");
  EXPECT_EQ(ledger_->debts(caller_, {.state = "lost"}).error().subject, "state");
  EXPECT_EQ(ledger_->debts(caller_, {.after = "nonsense"}).error().subject, "after");
  EXPECT_EQ(ledger_->debts(caller_, {.after = "W10="}).error().subject, "after");
  const std::string next = ledger_->debts(caller_, {.sort = "subject", .limit = 5})->next;
  EXPECT_EQ(ledger_->debts(caller_, {.sort = "owner", .after = next}).error().subject, "after");
  EXPECT_EQ(ledger_->debts(caller_, {.as_of = "whenever"}).error().subject, "as_of");
  EXPECT_EQ(ledger_->debt(caller_, {"d-zzzzzz"}).error().code, Code::kNotFound);
}

TEST_P(QueriesTest, AStatementByTeamIsThatTeamsShare) {
  fill();
  const auto whole = *ledger_->statement(caller_, {});
  std::int64_t principal = 0, interest = 0, open = 0;
  for (const std::string team : {"unowned", "team0", "team1", "team2"}) {
    const auto share = *ledger_->statement(caller_, {.team = team});
    principal += share.principal.mean_s;
    interest += share.interest.mean_s;
    open += share.open_debts;
    for (const auto& account : share.accounts) EXPECT_EQ(account.team, team);
    ASSERT_FALSE(share.trend.empty());
    EXPECT_EQ(share.trend.back().principal_s, share.principal.mean_s);
  }
  EXPECT_EQ(principal, whole.principal.mean_s);
  EXPECT_EQ(interest, whole.interest.mean_s);
  EXPECT_EQ(open, 40);
  EXPECT_EQ(whole.dearest.size(), 5u);
}

TEST_P(QueriesTest, ADetailExplainsItself) {
  fill();
  const auto page =
      *ledger_->debts(caller_, {.check = "data/b", .sort = "subject", .ascending = true});
  const auto detail = *ledger_->debt(caller_, {page.debts.at(0).id});
  EXPECT_EQ(detail.question, "Is it pinned?");
  EXPECT_EQ(detail.advice, "Pin it.");
  EXPECT_EQ(detail.findings.size(), 4u);
  EXPECT_EQ(detail.findings[0].evidence.text_or("item", ""), "i0");
  EXPECT_EQ(detail.principal.mean_s, detail.debt.principal_s);
  EXPECT_EQ(detail.interest.mean_s, 0);
  EXPECT_FALSE(detail.debt.payback_months);
}

}  // namespace
}  // namespace solvent::ledger
