/// For tests of this folder: a ledger on both engines, a check with round prices, and an audit that
/// says what it sees.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "identity/identity.h"
#include "ledger/ledger.h"
#include "sql/test_engines.h"

namespace solvent::ledger {

/// 2026-11-24T00:00:00Z.
inline constexpr TimeUs kStart = 1'795'478'400 * kSecondUs;

/// P10 and P90 a factor of four apart, so that the mean is the median × 1.157506 (sigma 0.540866).
inline check::CheckSpec test_spec(std::string id = "code/a", std::string kind = "reproducibility") {
  return {.id = std::move(id),
          .title = "Unpinned things",
          .question = "Is it pinned?",
          .source = "a paper",
          .debt_kind = std::move(kind),
          .principal = {600, 1200, 2400},
          .principal_each = {60, 120, 240},
          .interest_month = {300, 600, 1200},
          .prior_source = "judgement",
          .fix = "solvent fix {subject}",
          .advice = "Pin it."};
}
inline constexpr std::int64_t kFirstMean = 1389;    // 1389.007
inline constexpr std::int64_t kSecondMean = 1528;   // + 138.901
inline constexpr std::int64_t kInterestMean = 695;  // 694.504 rounds to 695

class LedgerTest : public sql::EnginesTest {
 protected:
  void SetUp() override {
    sql::EnginesTest::SetUp();
    if (HasFatalFailure()) return;
    auto migrations = identity::specs().migrations;
    migrations.insert(migrations.end(), specs().migrations.begin(), specs().migrations.end());
    ASSERT_TRUE(db_->migrate(migrations, [] { return Result<void>(); }));
    ledger_.emplace(*db_, clock_, random_);
  }

  static check::Finding finding(const std::string& subject, const std::string& item) {
    return {.check = "code/a",
            .subject = subject,
            .item = item,
            .location = {.path = subject, .line = 3},
            .message = item + " is not pinned",
            .evidence = JsonObject{{"item", item}},
            .fingerprint = "v1:" + item};
  }

  /// subject → items found in it now. Everything that the books have and that is not in `seen` was
  /// examined and not found, unless its subject is in `gone` or `stale`.
  Booked audit(const std::map<std::string, std::vector<std::string>>& seen,
               const std::vector<std::string>& gone = {},
               const std::vector<std::string>& stale = {}) {
    Booked booked;
    const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
      const auto expired = TRY(ledger_->expire(tx, clock_.now(), "user:test"));
      const auto known = TRY(ledger_->known_debts(tx, "repo"));
      std::deque<check::Finding> findings;
      std::vector<News> news;
      for (const auto& [subject, items] : seen) {
        News one{.what = News::What::kFound,
                 .spec = &spec_,
                 .asset = "repo",
                 .subject = subject,
                 .parameters = "p",
                 .system = "churn",
                 .owner = owner_};
        for (const auto& debt : known) {
          if (debt.subject == subject && debt.check == spec_.id) one.known = &debt;
        }
        for (const auto& item : items) {
          findings.push_back(finding(subject, item));
          SeenFinding now{.finding = &findings.back()};
          if (one.known != nullptr) {
            for (const auto& old : one.known->seen) {
              if (old.item == item) now.known = &old;
            }
          }
          one.findings.push_back(now);
        }
        news.push_back(std::move(one));
      }
      for (const auto& debt : known) {
        if (seen.contains(debt.subject)) continue;
        const auto has = [&](const auto& list) {
          return std::find(list.begin(), list.end(), debt.subject) != list.end();
        };
        const auto what = has(gone)    ? News::What::kRetired
                          : has(stale) ? News::What::kStale
                                       : News::What::kPaid;
        news.push_back({.what = what, .known = &debt, .reason = "the test says so"});
      }
      booked = TRY(ledger_->book(tx, {.effective_at = clock_.now(),
                                      .actor = "user:test",
                                      .source = "audit 1",
                                      .news = news,
                                      .looked_at = {{"repo", spec_.id}}}));
      booked.expired = expired;
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return booked;
  }

  void expect_sound() {
    const auto report = ledger_->verify(caller_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->problems, std::vector<std::string>{});
  }

  Debt only(const std::string& state = "all") {
    const auto page = ledger_->debts(caller_, {.state = state, .sort = "subject"});
    EXPECT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->debts.size(), 1u);
    return page->debts.empty() ? Debt{} : page->debts[0];
  }

  std::int64_t owed(TimeUs at) {
    const auto balance = ledger_->principal_at(at);
    EXPECT_TRUE(balance) << balance.error().message;
    return balance.value_or(-1);
  }
  std::int64_t owed() { return owed(clock_.now()); }

  FakeClock clock_{kStart};
  SeededRandom random_{1};
  check::CheckSpec spec_ = test_spec();
  Owner owner_{"risk", "settings"};
  std::optional<Ledger> ledger_;
  op::Caller caller_ = op::local_owner();
};

}  // namespace solvent::ledger
