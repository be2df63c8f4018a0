#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "ledger/ledger_fixture.h"

namespace solvent::ledger {
namespace {

SOLVENT_BOTH_ENGINES(LedgerTest);

TEST_P(LedgerTest, ANewDebtIsIncurredPricedAndOwned) {
  const Booked booked = audit({{"a.py", {"x"}}});
  EXPECT_EQ(booked.opened, 1);
  EXPECT_EQ(booked.entries, 1);
  const Debt debt = only();
  EXPECT_EQ(debt.state, "open");
  EXPECT_EQ(debt.title, "Unpinned things");
  EXPECT_EQ(debt.kind, "reproducibility");
  EXPECT_EQ(debt.owner, "risk");
  EXPECT_EQ(debt.owner_origin, "settings");
  EXPECT_EQ(debt.system, "churn");
  EXPECT_EQ(debt.findings, 1);
  EXPECT_EQ(debt.principal_s, kFirstMean);
  EXPECT_EQ(debt.interest_s, kInterestMean);
  EXPECT_EQ(debt.fix, "solvent fix a.py");
  EXPECT_EQ(debt.opened, kStart);
  EXPECT_NEAR(*debt.payback_months, 1389.0 / 695.0, 1e-9);
  EXPECT_FALSE(debt.principal_minor);
  EXPECT_EQ(owed(), kFirstMean);
  EXPECT_EQ(owed(kStart - 1), 0);
  expect_sound();
}

TEST_P(LedgerTest, ReauditWithNothingChangedBooksNothing) {
  audit({{"a.py", {"x", "y"}}, {"b.py", {"x"}}});
  const auto count = [&] {
    return (*sql::query(*db_, "SELECT COUNT(*) FROM ledger_entry"))[0].integer(0);
  };
  const auto past = [&] {
    return (*sql::query(*db_, "SELECT COUNT(*) FROM ledger_debt_past"))[0].integer(0);
  };
  const auto entries = count();
  clock_.advance(kDayUs);
  const Booked booked = audit({{"a.py", {"x", "y"}}, {"b.py", {"x"}}});
  EXPECT_EQ(booked.unchanged, 2);
  EXPECT_EQ(booked.entries, 0);
  EXPECT_EQ(count(), entries);
  EXPECT_EQ(past(), 0);
  // Still it is known that they were looked at again.
  const auto detail = ledger_->debt(caller_, {ledger_->debts(caller_, {})->debts[0].id});
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->findings.at(0).first_seen, kStart);
  EXPECT_EQ(detail->findings.at(0).last_seen, kStart + kDayUs);
}

TEST_P(LedgerTest, FindingsOnOneSubjectAreOneDebtPricedTogether) {
  audit({{"a.py", {"x", "y"}}});
  EXPECT_EQ(only().principal_s, kSecondMean);
  EXPECT_EQ(only().interest_s, kInterestMean);
  clock_.advance(kDayUs);
  const Booked booked = audit({{"a.py", {"y"}}});
  EXPECT_EQ(booked.repriced, 1);
  EXPECT_EQ(only().principal_s, kFirstMean);
  EXPECT_EQ(owed(), kFirstMean);
  EXPECT_EQ(owed(kStart), kSecondMean);
  const auto detail = *ledger_->debt(caller_, {only().id});
  ASSERT_EQ(detail.findings.size(), 2u);
  EXPECT_EQ(detail.findings[0].item, "y");
  EXPECT_EQ(detail.findings[0].state, "open");
  EXPECT_EQ(detail.findings[1].item, "x");
  EXPECT_EQ(detail.findings[1].state, "gone");
  ASSERT_EQ(detail.history.size(), 2u);
  EXPECT_EQ(detail.history[1].kind, "repriced");
  EXPECT_EQ(detail.history[1].amount_s, kFirstMean - kSecondMean);
  expect_sound();
}

TEST_P(LedgerTest, ExaminedAndNotFoundIsPaidThenFoundAgainIsRelapsed) {
  audit({{"a.py", {"x"}}});
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({}).paid, 1);
  EXPECT_EQ(only().state, "paid");
  EXPECT_EQ(owed(), 0);
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({}).entries, 0);  // paid once, not again
  EXPECT_EQ(audit({{"a.py", {"x"}}}).relapsed, 1);
  EXPECT_EQ(only().state, "relapsed");
  EXPECT_EQ(owed(), kFirstMean);
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({}).paid, 1);
  EXPECT_EQ(only().state, "paid");
  const auto detail = *ledger_->debt(caller_, {only().id});
  std::vector<std::string> kinds;
  for (const auto& entry : detail.history) kinds.push_back(entry.kind);
  EXPECT_EQ(kinds, (std::vector<std::string>{"incurred", "paid", "relapsed", "paid"}));
  expect_sound();
}

TEST_P(LedgerTest, ASubjectGoneIsRetiredAndItsReturnReopensTheDebt) {
  audit({{"a.py", {"x"}}});
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({}, {"a.py"}).retired, 1);
  EXPECT_EQ(only().state, "retired");
  EXPECT_EQ(ledger_->statement(caller_, {})->retired_debts, 1);
  EXPECT_EQ(ledger_->statement(caller_, {})->paid_debts, 0);
  EXPECT_EQ(owed(), 0);
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({{"a.py", {"x"}}}).opened, 1);
  EXPECT_EQ(only().state, "open");
  EXPECT_EQ(owed(), kFirstMean);
  expect_sound();
}

TEST_P(LedgerTest, WhatIsNoLongerLookedAtStaysOpenAndIsMarkedStale) {
  audit({{"a.py", {"x"}}});
  clock_.advance(kDayUs);
  const Booked booked = audit({}, {}, {"a.py"});
  EXPECT_EQ(booked.stale, 1);
  EXPECT_EQ(booked.entries, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  EXPECT_EQ(owed(), kFirstMean);
  EXPECT_EQ(audit({{"a.py", {"x"}}}).entries, 0);
  EXPECT_FALSE(only().stale);
  expect_sound();
}

TEST_P(LedgerTest, AcceptingMovesToTheSubAccountAndExpiresByItself) {
  audit({{"a.py", {"x"}}});
  const std::string id = only().id;
  const auto accepted = ledger_->accept(
      caller_, {.id = id, .owner = "ada", .reason = "launch first", .until = "2026-12-01"});
  ASSERT_TRUE(accepted) << accepted.error().message;
  EXPECT_EQ(accepted->state, "accepted");
  EXPECT_EQ(accepted->accepted_by, "ada");
  EXPECT_EQ(accepted->accepted_reason, "launch first");
  EXPECT_EQ(format_date(accepted->accepted_until), "2026-12-01");
  EXPECT_EQ(owed(), kFirstMean);  // accepted is still owed
  const auto statement = *ledger_->statement(caller_, {});
  EXPECT_EQ(statement.accepted_debts, 1);
  EXPECT_EQ(statement.open_debts, 0);
  ASSERT_EQ(statement.accounts.size(), 1u);
  EXPECT_EQ(statement.accounts[0].accepted_s, kFirstMean);
  expect_sound();

  clock_.advance(8 * kDayUs);  // 2026-12-02: shown open before any audit books it
  EXPECT_EQ(only().state, "open");
  EXPECT_EQ(ledger_->statement(caller_, {})->accepted_debts, 0);
  EXPECT_EQ(ledger_->debts(caller_, {.state = "accepted"})->total, 0);
  EXPECT_EQ(ledger_->debts(caller_, {.state = "open"})->total, 1);
  const Booked booked = audit({{"a.py", {"x"}}});
  EXPECT_EQ(booked.expired, 1);
  EXPECT_EQ(only().state, "open");
  const auto detail = *ledger_->debt(caller_, {id});
  EXPECT_EQ(detail.history.back().kind, "expired");
  EXPECT_EQ(format_date(detail.history.back().effective_at), "2026-12-01");
  EXPECT_EQ(format_date(detail.history.back().booked_at), "2026-12-02");
  expect_sound();
}

TEST_P(LedgerTest, AnAcceptedDebtIsPaidRetiredOrReopened) {
  audit({{"a.py", {"x"}}, {"b.py", {"x"}}, {"c.py", {"x"}}});
  const auto page = *ledger_->debts(caller_, {.sort = "subject", .ascending = true});
  for (const auto& debt : page.debts) {
    ASSERT_TRUE(ledger_->accept(caller_, {debt.id, "ada", "later", "2027-01-01"}));
  }
  ASSERT_TRUE(ledger_->reopen(caller_, {page.debts[2].id, "now after all"}));
  clock_.advance(kDayUs);
  const Booked booked = audit({{"c.py", {"x"}}}, {"b.py"});
  EXPECT_EQ(booked.paid, 1);
  EXPECT_EQ(booked.retired, 1);
  EXPECT_EQ(owed(), kFirstMean);
  expect_sound();
}

TEST_P(LedgerTest, AcceptingNeedsOwnerReasonAndAFutureDate) {
  audit({{"a.py", {"x"}}});
  const std::string id = only().id;
  EXPECT_EQ(ledger_->accept(caller_, {id, "", "r", "2027-01-01"}).error().subject, "owner");
  EXPECT_EQ(ledger_->accept(caller_, {id, "ada", " ", "2027-01-01"}).error().subject, "reason");
  EXPECT_EQ(ledger_->accept(caller_, {id, "ada", "r", "2026-11-01"}).error().subject, "until");
  EXPECT_EQ(ledger_->accept(caller_, {id, "ada", "r", "soon"}).error().subject, "until");
  EXPECT_EQ(ledger_->accept(caller_, {"d-zzzzzz", "ada", "r", "2027-01-01"}).error().code,
            Code::kNotFound);
  EXPECT_EQ(ledger_->accept(caller_, {"x", "ada", "r", "2027-01-01"}).error().code,
            Code::kInvalidArgument);
  op::Caller reader;
  reader.role = op::Role::kReader;
  EXPECT_EQ(ledger_->accept(reader, {id, "ada", "r", "2027-01-01"}).error().code,
            Code::kPermissionDenied);
  EXPECT_EQ(only().state, "open");
  ASSERT_TRUE(ledger_->accept(caller_, {id, "ada", "r", "2027-01-01"}));
  EXPECT_EQ(ledger_->accept(caller_, {id, "ada", "r", "2027-01-01"}).error().code,
            Code::kFailedPrecondition);
  expect_sound();
}

TEST_P(LedgerTest, WrittenOffStaysSoWhileItIsFoundAndCanBeReopened) {
  audit({{"a.py", {"x"}}});
  const std::string id = only().id;
  EXPECT_EQ(ledger_->write_off(caller_, {id, "shut down in May"})->state, "written off");
  EXPECT_EQ(owed(), 0);
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({{"a.py", {"x"}}}).entries, 0);
  EXPECT_EQ(only().state, "written off");
  EXPECT_EQ(ledger_->write_off(caller_, {id, "again"}).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(ledger_->reopen(caller_, {id, "not shut down"})->state, "open");
  EXPECT_EQ(owed(), kFirstMean);
  clock_.advance(kDayUs);
  audit({});
  // What an audit saw paid, a person cannot reopen.
  EXPECT_EQ(ledger_->reopen(caller_, {id, "no"}).error().code, Code::kFailedPrecondition);
  expect_sound();
}

TEST_P(LedgerTest, AnotherOwnerIsATransferAndAssignedOwnersStay) {
  audit({{"a.py", {"x"}}});
  owner_ = {"fraud", "CODEOWNERS"};
  clock_.advance(kDayUs);
  const Booked booked = audit({{"a.py", {"x"}}});
  EXPECT_EQ(booked.transferred, 1);
  EXPECT_EQ(only().owner, "fraud");
  EXPECT_EQ(*ledger_->principal_at(clock_.now(), "risk"), 0);
  EXPECT_EQ(*ledger_->principal_at(clock_.now(), "fraud"), kFirstMean);
  EXPECT_EQ(*ledger_->principal_at(kStart, "risk"), kFirstMean);
  EXPECT_EQ(owed(), kFirstMean);
  ASSERT_TRUE(ledger_->assign(caller_, {only().id, "platform", "they know it"}));
  EXPECT_EQ(only().owner_origin, "assigned");
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({{"a.py", {"x"}}}).entries, 0);
  EXPECT_EQ(only().owner, "platform");
  EXPECT_EQ(*ledger_->principal_at(clock_.now(), "platform"), kFirstMean);
  expect_sound();
}

TEST_P(LedgerTest, AVerdictReversesWhatWasWronglyIncurred) {
  audit({{"a.py", {"x", "y"}}});
  const auto detail = *ledger_->debt(caller_, {only().id});
  ASSERT_EQ(detail.findings.size(), 2u);
  auto judged = ledger_->verdict(caller_, {detail.findings[0].id, "no", "a sample"});
  ASSERT_TRUE(judged) << judged.error().message;
  EXPECT_EQ(judged->findings, 1);
  EXPECT_EQ(judged->principal_s, kFirstMean);
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({{"a.py", {"x", "y"}}}).entries, 0);  // the audit knows
  EXPECT_EQ(ledger_->verdict(caller_, {detail.findings[1].id, "no", "another"})->state,
            "written off");
  EXPECT_EQ(owed(), 0);
  EXPECT_EQ(audit({{"a.py", {"x", "y"}}}).entries, 0);
  expect_sound();
  // A finding that nobody has judged is a debt again.
  clock_.advance(kDayUs);
  EXPECT_EQ(audit({{"a.py", {"x", "y", "z"}}}).opened, 1);
  EXPECT_EQ(only().state, "open");
  EXPECT_EQ(only().findings, 1);
  EXPECT_EQ(ledger_->verdict(caller_, {detail.findings[0].id, "yes", "it is one"})->principal_s,
            kSecondMean);
  expect_sound();
  EXPECT_EQ(ledger_->verdict(caller_, {"f-999", "no", "r"}).error().code, Code::kNotFound);
  EXPECT_EQ(ledger_->verdict(caller_, {"12", "no", "r"}).error().subject, "finding");
  EXPECT_EQ(ledger_->verdict(caller_, {detail.findings[0].id, "maybe", "r"}).error().subject,
            "verdict");
}

TEST_P(LedgerTest, AVerdictOnTheLastFindingCanBeTakenBack) {
  audit({{"a.py", {"x"}}});
  const auto detail = *ledger_->debt(caller_, {only().id});
  EXPECT_EQ(ledger_->verdict(caller_, {detail.findings[0].id, "no", "a sample"})->state,
            "written off");
  expect_sound();
  EXPECT_EQ(ledger_->verdict(caller_, {detail.findings[0].id, "yes", "no sample"})->state, "open");
  EXPECT_EQ(owed(), kFirstMean);
  expect_sound();
}

TEST_P(LedgerTest, LabourBecomesMoneyAtTheRateOfTheDate) {
  audit({{"a.py", {"x"}}});
  EXPECT_EQ(ledger_->statement(caller_, {})->rate, "no labour rate; solvent rate set EUR 90");
  ASSERT_TRUE(
      ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 90, .from = "2026-01-01"}));
  ASSERT_TRUE(
      ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 100, .from = "2026-12-01"}));
  EXPECT_EQ(*only().principal_minor, 3473);  // 1389 s × 9000 / 3600 = 3472.5
  EXPECT_EQ(ledger_->statement(caller_, {})->rate, "€90 an hour since 2026-01-01");
  EXPECT_EQ(*ledger_->statement(caller_, {})->principal.mean_minor, 3473);
  clock_.advance(10 * kDayUs);
  EXPECT_EQ(*only().principal_minor, 3858);  // × 10000 / 3600 = 3858.3
  EXPECT_EQ(*ledger_->statement(caller_, {.as_of = "2026-11-24"})->principal.mean_minor, 3473);
  EXPECT_EQ(ledger_->rates()->rates.size(), 2u);
  EXPECT_FALSE(ledger_->set_rate(caller_, {.currency = "eur", .per_hour = 90}));
  EXPECT_FALSE(ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 0}));
  EXPECT_FALSE(ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 9, .from = "yesterday"}));
}

TEST_P(LedgerTest, AStatementOfAPastDateShowsWhatStoodThen) {
  audit({{"a.py", {"x"}}, {"b.py", {"x", "y"}}});
  clock_.advance(10 * kDayUs);
  audit({{"b.py", {"x", "y"}}});
  clock_.advance(10 * kDayUs);
  audit({}, {"b.py"});
  const auto then = *ledger_->statement(caller_, {.as_of = "2026-11-30"});
  EXPECT_EQ(then.open_debts, 2);
  EXPECT_EQ(then.principal.mean_s, kFirstMean + kSecondMean);
  EXPECT_EQ(then.dearest.size(), 2u);
  const auto between = *ledger_->statement(caller_, {.as_of = "2026-12-05"});
  EXPECT_EQ(between.open_debts, 1);
  EXPECT_EQ(between.paid_debts, 1);
  EXPECT_EQ(between.principal.mean_s, kSecondMean);
  EXPECT_EQ(ledger_->debts(caller_, {.as_of = "2026-11-30"})->total, 2);
  EXPECT_EQ(ledger_->debts(caller_, {.state = "paid", .as_of = "2026-12-05"})->debts.at(0).subject,
            "a.py");
  const auto now = *ledger_->statement(caller_, {});
  EXPECT_EQ(now.principal.mean_s, 0);
  ASSERT_GE(now.trend.size(), 2u);
  EXPECT_EQ(now.trend.front().principal_s, kFirstMean + kSecondMean);
  EXPECT_EQ(now.trend.back().principal_s, 0);
  std::int64_t incurred = 0, paid = 0, retired = 0;
  for (const auto& point : now.trend) {
    incurred += point.incurred_s;
    paid += point.paid_s;
    retired += point.retired_s;
  }
  EXPECT_EQ(incurred, kFirstMean + kSecondMean);
  EXPECT_EQ(paid, kFirstMean);
  EXPECT_EQ(retired, kSecondMean);
  EXPECT_LE(now.trend.size(), 60u);
  EXPECT_EQ(ledger_->statement(caller_, {.as_of = "2026-11-01"})->open_debts, 0);
  EXPECT_FALSE(ledger_->statement(caller_, {.as_of = "soon"}));
}

TEST_P(LedgerTest, ADebtOfAPastDateIsThatOfThen) {
  ASSERT_TRUE(
      ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 90, .from = "2026-01-01"}));
  ASSERT_TRUE(
      ledger_->set_rate(caller_, {.currency = "EUR", .per_hour = 100, .from = "2026-12-01"}));
  audit({{"a.py", {"x"}}});
  const std::string id = only().id;
  clock_.advance(2 * kDayUs);  // 26 November: another finding, then accepted
  audit({{"a.py", {"x", "y"}}});
  ASSERT_TRUE(ledger_->accept(caller_, {id, "ada", "later", "2027-01-01"}));
  clock_.advance(2 * kDayUs);  // 28 November: fraud owes it, one finding is judged away
  ASSERT_TRUE(ledger_->assign(caller_, {id, "fraud", "theirs"}));
  const auto y = ledger_->debt(caller_, {id})->findings.at(1);
  ASSERT_EQ(y.item, "y");
  ASSERT_TRUE(ledger_->verdict(caller_, {y.id, "no", "a sample"}));
  clock_.advance(20 * kDayUs);  // 18 December: paid
  audit({});

  const auto first = *ledger_->debt(caller_, {id, "2026-11-24"});
  EXPECT_EQ(first.debt.state, "open");
  EXPECT_EQ(first.debt.principal_s, kFirstMean);
  EXPECT_EQ(first.principal.mean_s, kFirstMean);
  EXPECT_EQ(*first.debt.principal_minor, 3473);  // at 90 €
  EXPECT_EQ(first.findings_total, 1);
  EXPECT_EQ(first.findings.at(0).item, "x");
  EXPECT_EQ(first.findings.at(0).state, "open");
  EXPECT_EQ(first.history.size(), 1u);
  const auto accepted = *ledger_->debt(caller_, {id, "2026-11-27"});
  EXPECT_EQ(accepted.debt.state, "accepted");
  EXPECT_EQ(accepted.debt.owner, "risk");
  EXPECT_EQ(accepted.debt.principal_s, kSecondMean);
  EXPECT_EQ(accepted.findings_total, 2);
  EXPECT_EQ(accepted.findings.at(1).state, "open");
  const auto assigned = *ledger_->debt(caller_, {id, "2026-11-30"});
  EXPECT_EQ(assigned.debt.owner, "fraud");
  EXPECT_EQ(assigned.findings.at(0).state, "open");
  EXPECT_EQ(assigned.findings.at(1).state, "rejected");
  EXPECT_EQ(assigned.debt.principal_s, kFirstMean);
  const auto now = *ledger_->debt(caller_, {id});
  EXPECT_EQ(now.debt.state, "paid");
  EXPECT_EQ(now.findings.at(0).state, "gone");
  EXPECT_EQ(*now.debt.principal_minor, 3858);  // at 100 €
  EXPECT_EQ(ledger_->debt(caller_, {id, "2026-11-01"}).error().code, Code::kNotFound);
  EXPECT_EQ(ledger_->debt(caller_, {id, "soon"}).error().subject, "as_of");
  // What it says of a date is what the statement of that date adds up.
  for (const std::string day : {"2026-11-24", "2026-11-27", "2026-11-30"}) {
    EXPECT_EQ(ledger_->statement(caller_, {.as_of = day})->principal.mean_s,
              ledger_->debt(caller_, {id, day})->principal.mean_s)
        << day;
  }
}

TEST_P(LedgerTest, FindingsBeyondTheSettingAreCounted) {
  audit({{"a.py", {"x", "y", "z"}}});
  ledger_.emplace(*db_, clock_, random_, LedgerOptions{.findings_shown = 2});
  const auto detail = *ledger_->debt(caller_, {only().id});
  EXPECT_EQ(detail.findings.size(), 2u);
  EXPECT_EQ(detail.findings_total, 3);
}

TEST_P(LedgerTest, DebtsWrittenOffAreCounted) {
  audit({{"a.py", {"x"}}});
  ASSERT_TRUE(ledger_->write_off(caller_, {only().id, "shut down"}));
  const auto statement = *ledger_->statement(caller_, {});
  EXPECT_EQ(statement.written_off_debts, 1);
  EXPECT_EQ(statement.open_debts + statement.accepted_debts + statement.paid_debts +
                statement.retired_debts,
            0);
}

TEST_P(LedgerTest, ACorrectionNamesTheEntryThatItReverses) {
  audit({{"a.py", {"x"}}, {"b.py", {"x"}}});  // entry 1 incurs both
  const auto page = *ledger_->debts(caller_, {.sort = "subject", .ascending = true});
  const auto finding = ledger_->debt(caller_, {page.debts.at(0).id})->findings.at(0).id;
  const auto reverses = [&](std::int64_t entry) -> std::int64_t {
    const auto rows =
        sql::query(*db_, "SELECT COALESCE(reverses, 0) FROM ledger_entry WHERE num = " +
                             std::to_string(entry));
    return (*rows).at(0).integer(0);
  };
  ASSERT_TRUE(ledger_->verdict(caller_, {finding, "no", "a sample"}));         // 2 reverses 1
  ASSERT_TRUE(ledger_->verdict(caller_, {finding, "yes", "no sample"}));       // 3 reverses 2
  ASSERT_TRUE(ledger_->verdict(caller_, {finding, "no", "a sample though"}));  // 4 reverses 3
  ASSERT_TRUE(ledger_->write_off(caller_, {page.debts.at(1).id, "enough"}));   // 5 corrects nothing
  EXPECT_EQ(reverses(1), 0);
  EXPECT_EQ(reverses(2), 1);
  EXPECT_EQ(reverses(3), 2);
  EXPECT_EQ(reverses(4), 3);
  EXPECT_EQ(reverses(5), 0);
  expect_sound();
}

TEST_P(LedgerTest, APriceThatInt64DoesNotHoldIsRefusedAndBooksNothing) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  spec_.principal = {kMost / 4, kMost / 2, kMost};
  const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
    const check::Finding one = finding("a.py", "x");
    const std::vector<News> news = {{.spec = &spec_,
                                     .asset = "repo",
                                     .subject = "a.py",
                                     .parameters = "p",
                                     .system = "churn",
                                     .owner = owner_,
                                     .exposure = 2,
                                     .findings = {{&one}}}};
    TRY(ledger_->book(tx,
                      {.effective_at = clock_.now(), .actor = "t", .source = "t", .news = news}));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kOutOfRange);
  EXPECT_EQ(done.error().subject, "code/a");
  EXPECT_EQ(ledger_->debts(caller_, {.state = "all"})->total, 0);
}

/// Two debts that fit, and whose sum does not: said, instead of a wrapped total.
TEST_P(LedgerTest, ATotalThatInt64DoesNotHoldIsAnError) {
  audit({{"a.py", {"x"}}, {"b.py", {"x"}}});
  ASSERT_TRUE(
      sql::execute(*db_, "UPDATE ledger_debt SET principal_s = 9223372036854775807 WHERE num = 1"));
  // From the rows, as of a past date: within one group, then of two.
  const StatementQuery past = {.as_of = format_time(clock_.now())};
  clock_.advance(kHourUs);
  EXPECT_FALSE(ledger_->statement(caller_, past));
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_debt SET kind = 'other' WHERE num = 1"));
  EXPECT_EQ(ledger_->statement(caller_, past).error().code, Code::kOutOfRange);
  // From the kept sums: of two groups; and one that does not hold another debt books nothing.
  ASSERT_TRUE(
      sql::execute(*db_,
                   "INSERT INTO ledger_debt_sum SELECT owner, system, 'other', owed, state, "
                   "accepted_until, 1, 9223372036854775807, 1, 1, 1, 0, 1, 0, 1 "
                   "FROM ledger_debt_sum"));
  EXPECT_EQ(ledger_->statement(caller_, {}).error().code, Code::kOutOfRange);
  spec_.debt_kind = "other";
  const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
    const check::Finding one = finding("c.py", "x");
    const std::vector<News> news = {{.spec = &spec_,
                                     .asset = "repo",
                                     .subject = "c.py",
                                     .parameters = "p",
                                     .system = "churn",
                                     .owner = owner_,
                                     .findings = {{&one}}}};
    TRY(ledger_->book(tx,
                      {.effective_at = clock_.now(), .actor = "t", .source = "t", .news = news}));
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kOutOfRange);
}

/// Books of before the sums were kept: the migration's own statement fills them as the rows say,
/// deviations included whose squares int64 does not hold.
TEST_P(LedgerTest, TheMigrationKeepsTheSumsOfTheRows) {
  audit({{"a.py", {"x"}}, {"b.py", {"x", "y"}}, {"c.py", {"x"}}});
  owner_ = {"fraud", "settings"};
  audit({{"a.py", {"x"}}, {"b.py", {"x"}}});
  ASSERT_TRUE(ledger_->accept(caller_, {debt_id(1), "ada", "later", "2027-01-31"}));
  ASSERT_TRUE(sql::execute(
      *db_, "UPDATE ledger_debt SET principal_sd = 70000000000003, interest_sd = 65537"));
  EXPECT_FALSE(ledger_->verify(caller_)->problems.empty());
  const std::string& statements = specs().migrations.at(2).statements;
  const auto begin = statements.find("INSERT INTO");
  const auto end = statements.find(';', begin);
  ASSERT_NE(end, std::string::npos);
  ASSERT_TRUE(sql::execute(*db_, "DELETE FROM ledger_debt_sum"));
  ASSERT_TRUE(sql::execute(*db_, statements.substr(begin, end - begin)));
  expect_sound();
}

/// A statement of now reads the kept sums, one of a past date adds up the rows of then.
TEST_P(LedgerTest, KeptSumsAndRowsMakeTheSameStatement) {
  audit({{"a.py", {"x"}}, {"b.py", {"x", "y"}}, {"c.py", {"x"}}, {"d.py", {"x"}}});
  clock_.advance(kHourUs);
  owner_ = {"fraud", "settings"};
  audit({{"a.py", {"x", "z"}}, {"b.py", {"x"}}}, {"c.py"});
  ASSERT_TRUE(ledger_->accept(caller_, {debt_id(1), "ada", "later", "2027-01-31"}));
  const Json kept = to_json(*ledger_->statement(caller_, {}));
  const StatementQuery then = {.as_of = format_time(clock_.now())};
  clock_.advance(kSecondUs);
  const Json rows = to_json(*ledger_->statement(caller_, then));
  EXPECT_EQ(kept.find("accepted_debts")->integer(), 1);
  EXPECT_EQ(kept.find("open_debts")->integer(), 1);
  EXPECT_EQ(kept.find("paid_debts")->integer(), 1);
  EXPECT_EQ(kept.find("retired_debts")->integer(), 1);
  for (const std::string part : {"accepted_debts", "open_debts", "paid_debts", "retired_debts",
                                 "principal", "interest", "accounts", "dearest"}) {
    EXPECT_EQ(to_text(*kept.find(part)), to_text(*rows.find(part))) << part;
  }
}

TEST_P(LedgerTest, AStatementSaysWhatIsMissingForAForecast) {
  audit({{"a.py", {"x"}}});
  clock_.advance(7 * kDayUs);
  const auto statement = *ledger_->statement(caller_, {});
  EXPECT_FALSE(statement.bankruptcy_months);
  EXPECT_EQ(
      statement.bankruptcy_missing,
      "a forecast needs 90 days of history (there are 7), measured prices (all of them rest on "
      "rule priors), each owner's monthly capacity");
  EXPECT_EQ(statement.basis, "prior only");
  EXPECT_LT(statement.principal.p10_s, statement.principal.mean_s);
  EXPECT_GT(statement.principal.p90_s, statement.principal.mean_s);
}

TEST_P(LedgerTest, ARenamedSubjectKeepsItsDebt) {
  audit({{"a.py", {"x"}}});
  const std::string id = only().id;
  clock_.advance(kDayUs);
  const auto done = db_->write([&](sql::Tx& tx) -> Result<void> {
    const auto known = TRY(ledger_->known_debts(tx, "repo"));
    const check::Finding moved = finding("b.py", "x");
    const std::vector<News> news = {{.what = News::What::kFound,
                                     .known = &known[0],
                                     .spec = &spec_,
                                     .asset = "repo",
                                     .subject = "b.py",
                                     .parameters = "p",
                                     .system = "churn",
                                     .owner = owner_,
                                     .findings = {{&moved, &known[0].seen[0]}}}};
    const auto booked = TRY(ledger_->book(
        tx, {.effective_at = clock_.now(), .actor = "t", .source = "t", .news = news}));
    EXPECT_EQ(booked.entries, 0);
    return {};
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(only().id, id);
  EXPECT_EQ(only().subject, "b.py");
  EXPECT_EQ(ledger_->debt(caller_, {id})->findings.at(0).path, "b.py");
  expect_sound();
}

TEST_P(LedgerTest, VerifySeesTampering) {
  audit({{"a.py", {"x"}}, {"b.py", {"x"}}});
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_posting SET amount = amount + 1 WHERE num = 1"));
  EXPECT_FALSE(ledger_->verify(caller_)->problems.empty());
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_posting SET amount = amount - 1 WHERE num = 1"));
  expect_sound();
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_debt SET state = 'paid', owed = 0 WHERE num = 1"));
  // The debt's entries, the kept sum of open ones and that of paid ones.
  EXPECT_EQ(ledger_->verify(caller_)->problems.size(), 3u);
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_debt SET state = 'open', owed = 1 WHERE num = 1"));
  expect_sound();
  ASSERT_TRUE(
      sql::execute(*db_, "UPDATE ledger_debt_sum SET interest_sq_low = interest_sq_low + 1"));
  EXPECT_EQ(ledger_->verify(caller_)->problems.size(), 1u);
  ASSERT_TRUE(
      sql::execute(*db_, "UPDATE ledger_debt_sum SET interest_sq_low = interest_sq_low - 1"));
  ASSERT_TRUE(sql::execute(*db_, "UPDATE ledger_detail SET amount = amount - 1 WHERE num = 1"));
  EXPECT_FALSE(ledger_->verify(caller_)->problems.empty());
}

/// A long random life of many debts; after every step the books are sound and the balance is the
/// sum of the debts that are owed.
TEST_P(LedgerTest, RandomLivesKeepTheBooksSound) {
  ledger_.emplace(*db_, clock_, random_, LedgerOptions{.snapshot_every = 16});
  SeededRandom random(42);
  for (int step = 0; step < 25; ++step) {
    clock_.advance(kHourUs * static_cast<TimeUs>(random.below(48) + 1));
    std::map<std::string, std::vector<std::string>> seen;
    std::vector<std::string> gone, stale;
    for (int s = 0; s < 8; ++s) {
      const std::string subject = "s" + std::to_string(s);
      switch (random.below(5)) {
        case 0: break;
        case 1: gone.push_back(subject); break;
        case 2: stale.push_back(subject); break;
        default:
          for (std::uint64_t i = 0, n = random.below(3) + 1; i < n; ++i) {
            seen[subject].push_back("i" + std::to_string(i));
          }
      }
    }
    owner_ = {random.below(2) == 0 ? "risk" : "fraud", "settings"};
    audit(seen, gone, stale);
    const auto page = *ledger_->debts(caller_, {.state = "all", .limit = 100});
    const Debt& any = page.debts[random.below(page.debts.size())];
    (void)ledger_->accept(caller_,
                          {any.id, "ada", "later", format_date(clock_.now() + 3 * kDayUs)});
    (void)ledger_->write_off(caller_, {page.debts[random.below(page.debts.size())].id, "enough"});
    (void)ledger_->reopen(caller_, {page.debts[random.below(page.debts.size())].id, "again"});
    (void)ledger_->assign(caller_, {page.debts[random.below(page.debts.size())].id, "platform"});
    std::int64_t sum = 0;
    const auto now_owed = *ledger_->debts(caller_, {.limit = 100});
    for (const Debt& debt : now_owed.debts) sum += debt.principal_s;
    ASSERT_EQ(owed(), sum) << step;
    ASSERT_EQ(ledger_->statement(caller_, {})->principal.mean_s, sum);
    ASSERT_EQ(ledger_->verify(caller_)->problems, std::vector<std::string>{}) << step;
  }
  EXPECT_GT(ledger_->verify(caller_)->snapshots, 0);
}

}  // namespace
}  // namespace solvent::ledger
