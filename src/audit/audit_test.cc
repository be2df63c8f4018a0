#include "audit/audit_fixture.h"
#include "audit/judge.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"

namespace solvent::audit {

void AuditFixture::git(const std::string& arguments, const std::string& who) {
  const std::string command = "cd '" + root_ +
                              "' && env -i PATH=/usr/bin:/bin HOME=/nonexistent "
                              "GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME='" +
                              who +
                              "' GIT_AUTHOR_EMAIL=x@example.org "
                              "GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org git " +
                              arguments + " >/dev/null 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

namespace {

class AuditTest : public AuditFixture {};
SOLVENT_BOTH_ENGINES(AuditTest);

TEST_P(AuditTest, NewFindingsBecomeDebtsAndTheReportSaysSo) {
  write("a.py", "x = 1  # TODO pin\ny = 2\nz = 3  # TODO too\n");
  write("b.py", "ok\n");
  const auto report = run();
  EXPECT_EQ(report.assets, std::vector<std::string>{"shop"});
  EXPECT_EQ(report.booked.opened, 1);
  EXPECT_EQ(report.findings_total, 2);
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_EQ(report.checks[0].examined, 2);
  EXPECT_EQ(report.checks[0].findings, 2);
  EXPECT_EQ(report.findings[0].change, "new");
  EXPECT_EQ(report.findings[0].line, 1);
  EXPECT_EQ(only().state, "open");
  EXPECT_EQ(only().findings, 2);
  EXPECT_EQ(only().owner, "unowned");
  EXPECT_EQ(only().asset, "shop");
  EXPECT_EQ(report.debts.size(), 1u);
  EXPECT_EQ(report.principal.mean_s, only().principal_s);
}

TEST_P(AuditTest, NothingChangedBooksNothingAndAsksNoCheckAgain) {
  write("a.py", "# TODO\n");
  run();
  const auto before = entries();
  const auto report = run();
  EXPECT_EQ(entries(), before);
  EXPECT_EQ(report.booked.unchanged, 1);
  EXPECT_EQ(report.booked.opened + report.booked.paid + report.booked.repriced, 0);
  EXPECT_TRUE(report.checks[0].cached);
  EXPECT_EQ(behaviour_.runs, 1);
  EXPECT_EQ(report.findings[0].change, "known");
  EXPECT_EQ(report.checks[0].examined, 1);
}

TEST_P(AuditTest, ReformattingAndMovingLinesChangesNoDebt) {
  write("a.py", "first\nx=1 #TODO\nlast\n");
  run();
  const auto before = entries();
  write("a.py", "\n\n\nfirst\nx = 1    # TODO\n\nlast\n");
  const auto report = run();
  EXPECT_EQ(behaviour_.runs, 2);
  EXPECT_EQ(report.booked.unchanged, 1);
  EXPECT_EQ(entries(), before);
  EXPECT_EQ(ledger_->debt(caller_, {only().id})->findings.at(0).line, 5);
}

TEST_P(AuditTest, ARenamedFileKeepsItsDebt) {
  write("old.py", "def f():\n  x = 1  # TODO\n");
  write("other.py", "ok\n");
  run();
  const std::string id = only().id;
  const auto before = entries();
  remove("old.py");
  write("lib/new.py", "def f():\n  x = 1  # TODO\n");
  const auto report = run();
  EXPECT_EQ(only().id, id);
  EXPECT_EQ(only().subject, "lib/new.py");
  EXPECT_EQ(entries(), before);
  EXPECT_EQ(report.booked.retired + report.booked.opened, 0);
}

TEST_P(AuditTest, AFindingThatMovedToAnotherFileIsNotPaid) {
  write("a.py", "x = 1  # TODO move me\n");
  write("b.py", "ok\n");
  run();
  const std::string id = only().id;
  write("a.py", "ok\n");
  write("b.py", "ok\nx = 1  # TODO move me\n");
  const auto report = run();
  EXPECT_EQ(report.booked.paid, 0);
  EXPECT_EQ(only().id, id);
  EXPECT_EQ(only().subject, "b.py");
  EXPECT_EQ(only().state, "open");
}

TEST_P(AuditTest, AFindingThatMovedIntoAnotherDebtRetiresItsOwn) {
  write("a.py", "x = 1  # TODO move me\n");
  write("b.py", "y = 2  # TODO stay\n");
  run();
  write("a.py", "ok\n");
  write("b.py", "y = 2  # TODO stay\nx = 1  # TODO move me\n");
  const auto report = run();
  EXPECT_EQ(report.booked.paid, 0);
  EXPECT_EQ(report.booked.retired, 1);
  EXPECT_EQ(report.booked.repriced, 1);
  EXPECT_EQ(debts()[0].state, "retired");
  EXPECT_EQ(ledger_->debt(caller_, {debts()[0].id})->history.back().memo.substr(0, 26),
            "its findings moved to b.py");
  EXPECT_EQ(debts()[1].findings, 2);
}

TEST_P(AuditTest, PaidWhenTheCheckLooksAgainThenRelapsed) {
  write("a.py", "# TODO\n");
  run();
  write("a.py", "done\n");
  EXPECT_EQ(run().booked.paid, 1);
  EXPECT_EQ(only().state, "paid");
  write("a.py", "# TODO\n");
  EXPECT_EQ(run().booked.relapsed, 1);
  EXPECT_EQ(only().state, "relapsed");
}

TEST_P(AuditTest, RetiredWhenTheFileIsGone) {
  write("a.py", "# TODO\n");
  write("b.py", "ok\n");
  run();
  remove("a.py");
  const auto report = run();
  EXPECT_EQ(report.booked.retired, 1);
  EXPECT_EQ(report.booked.paid, 0);
  EXPECT_EQ(only().state, "retired");
}

TEST_P(AuditTest, StaleWhenTheCheckChangedFailedSkippedOrNoLongerCovers) {
  const std::string owed = "open";
  write("a.py", "# TODO\n");
  run();
  write("a.py", "done\n");

  behaviour_.version = 2;
  rebuild();
  EXPECT_EQ(run().booked.paid, 0);
  EXPECT_EQ(only().state, owed);
  EXPECT_TRUE(only().stale);

  behaviour_.version = 1;
  behaviour_.fails = "out of luck";
  rebuild();
  write("a.py", "done 2\n");
  const auto failed = run();
  EXPECT_EQ(failed.checks[0].failed, 1);
  EXPECT_EQ(failed.checks[0].problem, "out of luck");
  EXPECT_EQ(only().state, owed);
  EXPECT_TRUE(only().stale);

  behaviour_ = {.skips = "a.py"};
  rebuild();
  write("a.py", "done 3\n");
  EXPECT_EQ(run().checks[0].skipped, 1);
  EXPECT_EQ(only().state, owed);

  behaviour_ = {.ignores = "a.py"};
  rebuild();
  write("a.py", "done 4\n");
  run();
  EXPECT_EQ(only().state, owed);
  EXPECT_TRUE(only().stale);

  behaviour_ = {};
  rebuild({{"parameters", "code/word.word=FIXME"}});
  run();
  EXPECT_EQ(only().state, owed);
  EXPECT_TRUE(only().stale);

  rebuild({}, false);
  EXPECT_EQ(run().booked.stale, 1);
  EXPECT_EQ(only().state, owed);

  rebuild();  // the check as it was: now it is paid
  EXPECT_EQ(run().booked.paid, 1);
  EXPECT_EQ(only().state, "paid");
  EXPECT_FALSE(only().stale);
}

TEST_P(AuditTest, ANewVersionThatStillFindsItKeepsTheDebt) {
  write("a.py", "# TODO\n");
  run();
  const auto before = entries();
  behaviour_.version = 2;
  rebuild();
  run();
  EXPECT_EQ(entries(), before);
  EXPECT_FALSE(only().stale);
  write("a.py", "done\n");
  EXPECT_EQ(run().booked.paid, 1);
}

TEST_P(AuditTest, AnAcceptanceEndsByItselfAndTheAuditBooksIt) {
  write("a.py", "# TODO\n");
  run();
  ASSERT_TRUE(ledger_->accept(caller_,
                              {only().id, "ada", "later", format_date(clock_.now() + 2 * kDayUs)}));
  EXPECT_EQ(run().booked.expired, 0);
  EXPECT_EQ(only().state, "accepted");
  EXPECT_EQ(run().booked.expired, 1);
  EXPECT_EQ(only().state, "open");
}

TEST_P(AuditTest, OnlyWhatWasAskedAboutIsTouched) {
  write("a.py", "# TODO\n");
  run();
  run({.datasets = {"loans"}});
  run({.trees = {{root_, "shop"}}, .checks = {"data/*"}});
  const auto all = debts();
  ASSERT_EQ(all.size(), 2u);
  for (const auto& debt : all) {
    EXPECT_EQ(debt.state, "open");
    EXPECT_FALSE(debt.stale);
  }
}

TEST_P(AuditTest, OwnersComeFromSettingsThenCodeownersThenGitThenNobody) {
  for (const char* name : {"1set.py", "2owned.py", "3git.py"}) write(name, "# TODO\n");
  write("CODEOWNERS", "2owned.py @org/risk\n");
  git("init -q -b main");
  commit();
  write("4new.py", "# TODO\n");
  rebuild({{"owners", "shop/1*=platform,shop=x"}});
  const auto report = run();
  EXPECT_EQ(report.notes, std::vector<std::string>{});
  // "shop" names the asset, so every path of it is x's unless a longer glob says otherwise.
  EXPECT_EQ(debts()[0].owner, "platform");
  EXPECT_EQ(debts()[1].owner, "x");
  rebuild({{"owners", "shop/1*=platform"}});
  run();
  const auto all = debts();
  ASSERT_EQ(all.size(), 4u);
  const std::vector<std::pair<std::string, std::string>> expected = {{"platform", "settings"},
                                                                     {"org/risk", "CODEOWNERS"},
                                                                     {"Ada Lovelace", "git"},
                                                                     {"unowned", ""}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(all[i].owner, expected[i].first) << i;
    EXPECT_EQ(all[i].owner_origin, expected[i].second) << i;
  }
}

TEST_P(AuditTest, TheLogNamesNobodyWhomGitNames) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  rebuild();
  write("a.py", "# TODO\n");
  git("init -q -b main");
  commit();
  run();
  const auto log = [&] {
    std::string all;
    for (const auto& line : MUST(catalog_->events(op::local_owner(), 0, 1'000)))
      all += line.event.body + line.event.producer + "\n";
    return all;
  };
  EXPECT_TRUE(contains(log(), "\"owner\":\"person:")) << log();
  EXPECT_FALSE(contains(log(), "Ada")) << log();
  EXPECT_FALSE(contains(log(), "Lovelace")) << log();
  // Who asks is told, by any way of asking, and nothing new is said of what is known.
  const auto last = MUST(catalog_->last_seq());
  run();
  EXPECT_EQ(MUST(catalog_->last_seq()), last);
  EXPECT_EQ(MUST(catalog_->asset(op::local_owner(), "shop")).owner, "Ada Lovelace");
  const auto hers = MUST(catalog_->assets(op::local_owner(), {.owner = "Ada Lovelace"}));
  ASSERT_EQ(hers.assets.size(), 1u);
  EXPECT_EQ(hers.assets[0].owner, "Ada Lovelace");
  MUST(catalog_->rebuild());
  EXPECT_EQ(MUST(catalog_->asset(op::local_owner(), "shop")).owner, "Ada Lovelace");
  // A mail address in CODEOWNERS is a person's too; a team is said as it is.
  write("CODEOWNERS", "* ada@example.org\n");
  run();
  EXPECT_EQ(MUST(catalog_->asset(op::local_owner(), "shop")).owner, "ada@example.org");
  EXPECT_FALSE(contains(log(), "ada@example.org")) << log();
  write("CODEOWNERS", "* @org/risk\n");
  run();
  EXPECT_TRUE(contains(log(), "\"owner\":\"org/risk\"")) << log();
}

TEST_P(AuditTest, DataSetsAndPairsAreLookedAtByProfile) {
  const auto report = run({.datasets = {"loans"}, .compare = {"loans@month=1..month=7"}});
  EXPECT_EQ(report.assets, std::vector<std::string>{"loans"});
  const auto all = debts();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].subject, "loans");
  EXPECT_EQ(all[1].subject, "loans@month=1..month=7");
  // Two slices by one column: the column that cut them is known though nobody declared it.
  EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(),
                          [](const auto& f) { return f.item == "month"; }));
  data_.distinct = 5;
  EXPECT_EQ(run({.datasets = {"loans"}}).booked.paid, 1);
  EXPECT_EQ(debts("open").size(), 1u);  // the pair was not asked about
  data_.july = 10;
  EXPECT_EQ(run({.compare = {"loans@month=1..month=7"}}).booked.paid, 1);
}

TEST_P(AuditTest, TheGraphIsLookedAtAndRemovedAssetsAreRetired) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  say("asset.declared", R"({"asset":{"namespace":"lab","name":"loans"},"kind":"dataset"})");
  say("asset.declared", R"({"asset":{"namespace":"lab","name":"model"},"kind":"model"})");
  rebuild({{"owners", "model=risk"}});
  run({.datasets = {"loans"}, .graph = true});
  auto all = debts();
  ASSERT_EQ(all.size(), 2u);  // loans: constant column, and nobody's
  say("asset.removed", R"({"asset":{"namespace":"lab","name":"loans"}})");
  const auto report = run({.graph = true});
  EXPECT_EQ(report.booked.retired, 2);
  for (const auto& debt : debts()) EXPECT_EQ(debt.state, "retired");
}

TEST_P(AuditTest, ADryRunBooksNothing) {
  write("a.py", "# TODO\n");
  const auto report = run({.trees = {{root_, "shop"}}, .dry_run = true});
  EXPECT_EQ(report.booked.opened, 1);
  EXPECT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(entries(), 0);
  EXPECT_TRUE(auditor_->list(caller_, {})->audits.empty());
  EXPECT_EQ(debts().size(), 0u);
}

TEST_P(AuditTest, AuditsAreListedAndShownAsTheyWere) {
  write("a.py", "# TODO\n");
  const auto first = run();
  write("a.py", "ok\n");
  const auto second = run();
  const auto page = *auditor_->list(caller_, {.limit = 1});
  ASSERT_EQ(page.audits.size(), 1u);
  EXPECT_EQ(page.audits[0].id, second.id);
  EXPECT_EQ(page.audits[0].paid, 1);
  EXPECT_EQ(auditor_->list(caller_, {.limit = 1, .after = page.next})->audits[0].id, first.id);
  EXPECT_EQ(auditor_->show(caller_, "latest")->id, second.id);
  EXPECT_EQ(auditor_->show(caller_, first.id)->findings.size(), 1u);
  EXPECT_EQ(auditor_->show(caller_, "nonsense").error().code, Code::kNotFound);
  EXPECT_FALSE(auditor_->list(caller_, {.after = "x"}));
}

TEST_P(AuditTest, ExaminationsAreKeptAsIntervalsOfAudits) {
  write("a.py", "ok\n");
  write("b.py", "ok\n");
  const auto first = run();
  behaviour_.skips = "b.py";
  write("a.py", "ok 2\n");
  const auto second = run();
  const auto rows = MUST(sql::query(*db_,
                                    "SELECT subject, outcome, since_audit, until_audit FROM "
                                    "audit_examination ORDER BY subject, since_audit"));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].text(0), "a.py");
  EXPECT_EQ(rows[0].text(2), first.id);
  EXPECT_EQ(rows[0].text(3), "");
  EXPECT_EQ(rows[1].text(3), second.id);
  EXPECT_EQ(rows[2].text(1), "skipped");
}

TEST_P(AuditTest, BadRequestsNameTheFieldAndChangeNothing) {
  write("a.py", "# TODO\n");
  EXPECT_EQ(try_run({}).error().subject, "trees");
  EXPECT_EQ(try_run({.trees = {{root_ + "/none", "none"}}}).error().code, Code::kNotFound);
  EXPECT_EQ(try_run({.trees = {{root_ + "/a.py", "a.py"}}}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}, {root_, "shop"}}}).error().subject, "trees");
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}}, .checks = {"code/wrod"}}).error().hint,
            "did you mean code/word?");
  EXPECT_EQ(try_run({.datasets = {"none"}}).error().code, Code::kNotFound);
  EXPECT_EQ(try_run({.compare = {"loans"}}).error().subject, "compare");
  EXPECT_EQ(try_run({.graph = true}).error().subject, "graph");
  EXPECT_EQ(try_run({.files = {{root_ + "/a.py", "a.py"}}}).error().code, Code::kUnavailable);
  rebuild({{"audit.files_max", "1"}});
  write("b.py", "x\n");
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}}}).error().code, Code::kResourceExhausted);
  rebuild({{"parameters", "code/word.nonsense=1"}});
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}}}).error().subject, "nonsense");
  caller_.role = op::Role::kReader;
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}}}).error().code, Code::kPermissionDenied);
  EXPECT_EQ(entries(), 0);
}

TEST_P(AuditTest, ACancelledAuditBooksNothing) {
  write("a.py", "# TODO\n");
  cancel_.cancel();
  EXPECT_EQ(try_run({.trees = {{root_, "shop"}}}).error().code, Code::kCancelled);
  EXPECT_EQ(entries(), 0);
}

TEST_P(AuditTest, HostileTreesAreReadAsFarAsTheyGo) {
  write("a.py", "# TODO\n");
  write("node_modules/x.py", "# TODO\n");
  ASSERT_EQ(::symlink("/etc", (root_ + "/etc").c_str()), 0);
  ASSERT_EQ(::symlink(root_.c_str(), (root_ + "/loop").c_str()), 0);
  ASSERT_EQ(::mkfifo((root_ + "/fifo.py").c_str(), 0600), 0);
  write("b\xff.py", "# TODO\n");
  write("big.py", std::string(5u << 20, '#'));
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "d/";
  write(deep + "z.py", "# TODO\n");
  write(".git", "gitdir: /nowhere\n");
  const auto report = run();
  ASSERT_EQ(report.notes.size(), 1u);  // too deep; a .git that leads nowhere is no repository
  // big.py is over the limit: the check that reads it failed, and said why.
  EXPECT_EQ(report.checks[0].failed, 1);
  remove("big.py");
  run();
  const auto all = debts();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].subject, "a.py");
  EXPECT_EQ(all[1].subject, "b\\xff.py");
}

TEST(Complete, FillsFingerprintsAndOrdinals) {
  check::Answer answer;
  for (const auto& [subject, line] :
       std::vector<std::pair<std::string, std::int64_t>>{{"b", 9}, {"a", 5}, {"b", 2}}) {
    answer.findings.push_back({.subject = subject,
                               .item = "x",
                               .location = {.path = subject, .line = line},
                               .message = "bad \xff byte"});
  }
  complete(answer, "code/x");
  EXPECT_EQ(answer.findings[0].subject, "a");
  EXPECT_EQ(answer.findings[1].location.line, 2);
  EXPECT_EQ(answer.findings[1].ordinal, 0);
  EXPECT_EQ(answer.findings[2].ordinal, 1);
  EXPECT_EQ(answer.findings[0].fingerprint, check::content_fingerprint("code/x", "x"));
  EXPECT_TRUE(is_valid_utf8(answer.findings[0].message));
  EXPECT_EQ(answer.findings[0].check, "code/x");
}

TEST_P(AuditTest, StaleWhenItsCheckIsSwitchedOff) {
  write("a.py", "# TODO\n");
  run();
  ASSERT_FALSE(only().stale);
  write("a.py", "done\n");
  const std::string check = only().check;
  rebuild({{"audit.checks_off", check}});
  EXPECT_EQ(run().booked.paid, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  rebuild();
  EXPECT_EQ(run().booked.paid, 1);
}

TEST_P(AuditTest, ThePolicyIsOnNewDebtsAndOnTheInterestOfOpenOnes) {
  using Over = std::vector<std::string>;
  rebuild({{"policy.new_debts_max", "1"}, {"policy.interest_hours_max", "0.5"}});
  write("a.py", "# TODO\n");  // a debt costs 695 s a month, 0.19 h
  write("b.py", "# TODO\n");
  EXPECT_EQ(run().over_policy, Over{"new or relapsed debts: 2; policy.new_debts_max is 1"});
  EXPECT_EQ(run().over_policy, Over{});  // known ones are not new
  write("c.py", "# TODO\n");
  EXPECT_EQ(run().over_policy,
            Over{"open debts cost 35 min a month; policy.interest_hours_max is 0.5"});
  // A dry run answers the same, and books nothing.
  write("d.py", "# TODO\n");
  write("e.py", "# TODO\n");
  const AuditRequest dry = {.trees = {{root_, "shop"}}, .dry_run = true};
  const auto looked = run(dry);
  EXPECT_EQ(looked.over_policy,
            (Over{"new or relapsed debts: 2; policy.new_debts_max is 1",
                  "open debts cost 58 min a month; policy.interest_hours_max is 0.5"}));
  EXPECT_EQ(debts().size(), 3u);
  // What is accepted does not count.
  for (const char* path : {"d.py", "e.py"}) MUST(posix_files().remove(root_ + "/" + path));
  ASSERT_TRUE(ledger_->accept(caller_, {debts()[0].id, "ada", "later", "2027-01-01"}));
  EXPECT_EQ(run().over_policy, Over{});
  rebuild();
  write("d.py", "# TODO\n");
  EXPECT_EQ(run().over_policy, Over{});  // none is set by default
}

TEST_P(AuditTest, DebtsBeyondTheSettingAreCounted) {
  rebuild({{"audit.debts_shown", "1"}});
  write("a.py", "# TODO\n");
  write("b.py", "# TODO\n");
  const auto report = run();
  EXPECT_EQ(report.debts.size(), 1u);
  EXPECT_EQ(report.debts_total, 2);
}

}  // namespace
}  // namespace solvent::audit
