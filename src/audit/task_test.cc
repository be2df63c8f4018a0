#include "audit/task.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <latch>
#include <set>
#include <thread>

#include "audit/progress.h"
#include "base/text.h"
#include "identity/schema.h"
#include "sql/test_engines.h"

namespace solvent::audit {
namespace {

using namespace std::chrono_literals;

/// Called by each check before it answers, with its id.
using Gate = std::function<void(const std::string&)>;

/// One finding a file that holds the word, one check a word.
check::Check word_check(const std::string& word, const Gate& gate) {
  check::CheckSpec spec{.id = "code/" + word,
                        .input = check::InputKind::kSourceTree,
                        .title = "The word " + word,
                        .question = "Is it there?",
                        .source = "a test",
                        .debt_kind = "code",
                        .principal = {600, 1200, 2400},
                        .principal_each = {60, 120, 240},
                        .interest_month = {300, 600, 1200},
                        .prior_source = "judgement",
                        .fix = "git rm {subject}",
                        .advice = "Do it."};
  return {spec,
          [word, &gate](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
            if (gate) gate("code/" + word);
            check::Answer answer;
            const auto& tree = *std::get<const check::SourceTree*>(input);
            for (const auto& file : tree.files()) {
              answer.examinations.push_back({.subject = file.path});
              if (!contains(TRY(tree.text(file)), word)) continue;
              answer.findings.push_back({.subject = file.path,
                                         .location = {.path = file.path, .line = 1},
                                         .message = word + " is there"});
            }
            return answer;
          }};
}

class AuditTaskTest : public sql::EnginesTest {
 protected:
  void SetUp() override {
    sql::EnginesTest::SetUp();
    if (HasFatalFailure()) return;
    std::vector<sql::Migration> migrations = identity::identity_migrations();
    for (const auto* some : {&ledger::specs().migrations, &specs().migrations,
                             &catalog::specs().migrations, &tasks::specs().migrations}) {
      migrations.insert(migrations.end(), some->begin(), some->end());
    }
    ASSERT_TRUE(db_->migrate(migrations, [] { return Result<void>(); }));
    directory_.emplace(MUST(TempDirectory::create("audit task")));
    folder_ = directory_->path() + "/kept";
    make_tree("shop");
    registry_.emplace(MUST(check::Registry::create(
        {word_check("alpha", gate_), word_check("beta", gate_), word_check("gamma", gate_)})));
    settings_.emplace(
        MUST(Settings::load(specs().settings, posix_files(), "", {}, {{"audit.threads", "1"}})));
    ledger_.emplace(*db_, clock_, random_);
    auditor_.emplace(*db_, *ledger_, *registry_, *settings_, clock_, random_, Estate{});
    tasks_.emplace(*db_, clock_, random_);
  }

  std::string make_tree(const std::string& name) {
    const std::string root = directory_->path() + "/" + name;
    MUST(posix_files().make_directories(root));
    std::ofstream(root + "/a.py") << "alpha beta\n";
    std::ofstream(root + "/b.py") << "beta gamma\n";
    return root;
  }

  AuditTask task(AuditPlace place) {
    return {*auditor_, *tasks_, posix_files(), clock_, random_, folder_, place};
  }
  AuditRequest of_tree(const std::string& root) {
    return {.trees = {{.root = root, .given = std::string(base_name(root))}}};
  }
  Result<AuditReport> run(AuditTask& task, const AuditRequest& request) {
    return task.run(
        request,
        {.progress = [this](const op::Progress& p) { told_.insert(p.stage); }, .cancel = &cancel_},
        caller_);
  }
  std::vector<tasks::Task> all_tasks() { return MUST(tasks_->list({})).tasks; }
  std::int64_t open_debts() { return MUST(ledger_->statement(caller_, {})).open_debts; }
  /// Waits for what another thread does; a test that hangs fails instead.
  static bool soon(const std::function<bool()>& holds) {
    for (const auto until = std::chrono::steady_clock::now() + 20s;
         std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(2ms))
      if (holds()) return true;
    return holds();
  }

  Clock& clock_ = system_clock();
  SeededRandom random_{7};
  Gate gate_;
  std::optional<TempDirectory> directory_;
  std::string folder_;
  std::optional<check::Registry> registry_;
  std::optional<Settings> settings_;
  std::optional<ledger::Ledger> ledger_;
  std::optional<Auditor> auditor_;
  std::optional<tasks::Tasks> tasks_;
  op::Caller caller_ = op::local_owner();
  CancelToken cancel_;
  std::set<std::string> told_;
};

SOLVENT_BOTH_ENGINES(AuditTaskTest);

TEST_P(AuditTaskTest, InlineItIsATaskThatEnds) {
  AuditTask inline_task = task(AuditPlace::kInline);
  const auto report = run(inline_task, of_tree(directory_->path() + "/shop"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->findings_total, 4);
  // Debts are of a check on a subject: alpha in a, beta in a and b, gamma in b.
  EXPECT_EQ(report->booked.opened, 4);
  EXPECT_EQ(report->debts.size(), 4u);
  EXPECT_GT(report->principal.mean_s, 0);
  EXPECT_EQ(told_, (std::set<std::string>{"read", "check", "book", "done"}));
  const auto tasks = all_tasks();
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].status, "done");
  EXPECT_EQ(tasks[0].result.text_or("audit", ""), report->id);
  // What is shown later is what was said then.
  EXPECT_EQ(to_json(MUST(auditor_->show(caller_, report->id))), to_json(*report));
}

TEST_P(AuditTaskTest, WorkersRunItAndTheCallerHearsItsPhasesAndItsReport) {
  AuditTask task = this->task(AuditPlace::kWorkers);
  gate_ = [](const std::string&) {
    std::this_thread::sleep_for(300ms);
  };  // somebody listens by then
  const tasks::Runner runner(*tasks_, {task.kind()}, 1);
  const std::string staged = make_tree("staged/shop");
  const auto report = run(task, of_tree(staged));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->assets, std::vector<std::string>{"shop"});
  EXPECT_EQ(report->booked.opened, 4);
  ASSERT_EQ(report->findings.size(), 4u);
  EXPECT_EQ(report->findings[0].path, "a.py");
  EXPECT_TRUE(told_.contains("check"));
  const auto at = MUST(from_json<AuditProgress>(all_tasks().at(0).state));
  EXPECT_EQ(at.audit, report->id);
  EXPECT_EQ(at.assets_done, 1);
  EXPECT_EQ(at.checks_done, 3);
  ASSERT_EQ(at.by_check.size(), 3u);
  for (const CheckProgress& check : at.by_check) {
    EXPECT_EQ(check.done, 1) << check.check;
    EXPECT_EQ(check.findings, check.check == "code/beta" ? 2 : 1) << check.check;
  }
  // The upload went where the audit needed it, and is gone with it.
  EXPECT_FALSE(posix_files().stat(staged));
  EXPECT_TRUE(MUST(posix_files().list(folder_)).empty());
}

TEST_P(AuditTaskTest, WhatAStoppedProcessLeftResumesBehindItsAnswers) {
  AuditTask first = task(AuditPlace::kWorkers);
  std::multiset<std::string> ran;
  std::latch in_last(1), go_on(1);
  std::mutex mutex;
  gate_ = [&](const std::string& check) {
    {
      const std::lock_guard lock(mutex);
      ran.insert(check);
    }
    if (check == "code/gamma") {
      in_last.count_down();
      go_on.wait();
    } else {
      std::this_thread::sleep_for(250ms);  // longer than an audit waits before it keeps answers
    }
  };
  auto runner = std::make_unique<tasks::Runner>(*tasks_, std::vector{first.kind()}, 1);
  Result<AuditReport> outcome = fail(Code::kUnknown, "not yet");
  std::thread asks([&] { outcome = run(first, of_tree(make_tree("staged/shop"))); });
  in_last.wait();
  first.stop();
  std::thread stops([&] { runner.reset(); });
  std::this_thread::sleep_for(50ms);  // the attempt is told to stop, then its check ends
  go_on.count_down();
  stops.join();
  asks.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kUnavailable);
  EXPECT_EQ(open_debts(), 0);
  EXPECT_EQ(all_tasks().at(0).status, "queued");

  gate_ = [&](const std::string& check) { ran.insert(check); };
  AuditTask second = task(AuditPlace::kWorkers);
  ASSERT_TRUE(second.sweep());  // as a server does when it starts: what is needed stays
  const tasks::Runner next(*tasks_, {second.kind()}, 1);
  ASSERT_TRUE(soon([&] { return all_tasks().at(0).status == "done"; }))
      << all_tasks().at(0).status << ": " << all_tasks().at(0).error;
  EXPECT_EQ(open_debts(), 4);
  EXPECT_EQ(ran.count("code/alpha"), 1u);
  EXPECT_EQ(ran.count("code/gamma"), 2u);
  EXPECT_EQ(MUST(auditor_->list(caller_, {})).audits.size(), 1u);
}

TEST_P(AuditTaskTest, CancelledItEndsWithinASecondAndBooksNothing) {
  AuditTask task = this->task(AuditPlace::kWorkers);
  std::latch began(1);
  gate_ = [&](const std::string& check) {
    if (check == "code/alpha") began.count_down();
    std::this_thread::sleep_for(100ms);  // as a check that reads file after file
  };
  const tasks::Runner runner(*tasks_, {task.kind()}, 1);
  Result<AuditReport> outcome = fail(Code::kUnknown, "not yet");
  std::thread asks([&] { outcome = run(task, of_tree(make_tree("staged/shop"))); });
  began.wait();
  const auto asked = std::chrono::steady_clock::now();
  MUST(tasks_->cancel(all_tasks().at(0).id));
  asks.join();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kCancelled);
  EXPECT_EQ(all_tasks().at(0).status, "cancelled");
  EXPECT_EQ(open_debts(), 0);
  EXPECT_TRUE(MUST(auditor_->list(caller_, {})).audits.empty());
}

TEST_P(AuditTaskTest, WhatIsWrongWithTheRequestReadsTheSameFromBothPlaces) {
  AuditTask in_place = task(AuditPlace::kInline);
  AuditTask handed = task(AuditPlace::kWorkers);
  const tasks::Runner runner(*tasks_, {handed.kind()}, 1);
  const std::vector<AuditRequest> wrong = {
      {},                       // nothing to look at
      {.datasets = {"loans"}},  // no workspace, hence no data set
      {.graph = true, .checks = {"code/no-such"}},
  };
  for (const AuditRequest& request : wrong) {
    const auto here = run(in_place, request);
    const auto there = run(handed, request);
    ASSERT_FALSE(here);
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().code, here.error().code) << here.error().message;
    EXPECT_EQ(there.error().message, here.error().message);
    EXPECT_EQ(there.error().hint, here.error().hint);
    EXPECT_EQ(there.error().subject, here.error().subject);
  }
  caller_.role = op::Role::kReader;
  EXPECT_EQ(run(handed, wrong[1]).error().code, Code::kPermissionDenied);
}

TEST_P(AuditTaskTest, WhoLeavesOnlyStopsListening) {
  AuditTask task = this->task(AuditPlace::kWorkers);
  std::latch began(1), go_on(1);
  gate_ = [&](const std::string& check) {
    if (check != "code/alpha") return;
    began.count_down();
    go_on.wait();
  };
  const tasks::Runner runner(*tasks_, {task.kind()}, 1);
  Result<AuditReport> outcome = fail(Code::kUnknown, "not yet");
  std::thread asks([&] { outcome = run(task, of_tree(make_tree("staged/shop"))); });
  began.wait();
  cancel_.cancel();  // the client is gone
  asks.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().hint, "solvent task watch " + all_tasks().at(0).id);
  go_on.count_down();
  ASSERT_TRUE(soon([&] { return all_tasks().at(0).status == "done"; }));
  EXPECT_EQ(open_debts(), 4);
}

TEST_P(AuditTaskTest, BookedAndCutOffItIsNotBookedAgain) {
  AuditTask in_place = task(AuditPlace::kInline);
  const auto report = MUST(run(in_place, of_tree(directory_->path() + "/shop")));
  // The state that an attempt has committed together with its booking, met by the next attempt.
  const std::string id = MUST(tasks_->enqueue({.kind = "audit", .params = Json(JsonObject{})}));
  AuditProgress at{.phase = "book", .audit = report.id};
  MUST(sql::execute(*db_, "UPDATE task_tasks SET state = $2 WHERE id = $1",
                    {id, to_text(to_json(at))}));
  gate_ = [](const std::string& check) { ADD_FAILURE() << check << " was asked again"; };
  AuditTask handed = task(AuditPlace::kWorkers);
  const tasks::Runner runner(*tasks_, {handed.kind()}, 1);
  ASSERT_TRUE(soon([&] { return MUST(tasks_->find(id)).status == "done"; }));
  EXPECT_EQ(MUST(tasks_->find(id)).result.text_or("audit", ""), report.id);
  EXPECT_EQ(MUST(auditor_->list(caller_, {})).audits.size(), 1u);
}

TEST_P(AuditTaskTest, WhatAKilledCommandHadBookedIsNoAnswerToTheNext) {
  AuditTask in_place = task(AuditPlace::kInline);
  const AuditRequest request = of_tree(directory_->path() + "/shop");
  const auto report = MUST(run(in_place, request));
  const tasks::Task done = all_tasks().at(0);
  // Killed behind its commit, before it said a word.
  const std::string id =
      MUST(tasks_->enqueue({.kind = done.kind, .key = done.key, .params = done.params}));
  AuditProgress at{.phase = "book", .audit = report.id};
  MUST(sql::execute(*db_, "UPDATE task_tasks SET state = $2 WHERE id = $1",
                    {id, to_text(to_json(at))}));
  const auto next = MUST(run(in_place, request));
  EXPECT_NE(next.id, report.id);
  EXPECT_EQ(MUST(tasks_->find(id)).status, "done");
  EXPECT_EQ(MUST(auditor_->list(caller_, {})).audits.size(), 2u);
}

}  // namespace
}  // namespace solvent::audit
