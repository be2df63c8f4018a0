#include "audit/audit_fixture.h"

namespace solvent::audit {
namespace {

class JudgingTest : public AuditFixture {};
SOLVENT_BOTH_ENGINES(JudgingTest);

TEST_P(JudgingTest, AnotherPairPaysNothing) {
  run({.compare = {"loans@month=1..month=7"}});
  EXPECT_EQ(run({.compare = {"loans@month=1..month=1"}}).booked.paid, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  // What another pair shows is another debt, and neither takes the findings of the other.
  run({.compare = {"loans@month=1..month=8"}});
  const auto all = debts();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].subject, "loans@month=1..month=7");
  EXPECT_EQ(all[0].findings, 1);
  EXPECT_EQ(all[1].subject, "loans@month=1..month=8");
  run({.compare = {"loans@month=1..month=7"}});
  EXPECT_FALSE(debts()[0].stale);
}

TEST_P(JudgingTest, AnotherVersionPaysNothing) {
  run({.datasets = {"loans"}});
  data_.distinct = 5;  // the finding is gone, from every version
  EXPECT_EQ(run({.datasets = {"loans@month=7"}}).booked.paid, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  data_.distinct = 1;
  run({.datasets = {"loans@month=7"}});
  ASSERT_EQ(debts().size(), 2u);
  EXPECT_EQ(debts()[1].subject, "loans@month=7");
  // Named by its slice or not, the current version is the current version.
  data_.distinct = 5;
  EXPECT_EQ(run({.datasets = {"loans@month=1"}}).booked.paid, 1);
  EXPECT_EQ(debts()[0].state, "paid");
  EXPECT_EQ(debts()[1].state, "open");
}

TEST_P(JudgingTest, AnotherMeaningPaysNothing) {
  with_target_check_ = true;
  rebuild();
  data_.distinct = 5;  // no constant column in the way
  run({.datasets = {"loans"}});
  EXPECT_EQ(only().state, "open");
  // By the command line.
  EXPECT_EQ(run({.datasets = {"loans"}, .target = "flag"}).booked.paid, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  // By declaration.
  data_.target = "flag";
  EXPECT_EQ(run({.datasets = {"loans"}}).booked.paid, 0);
  EXPECT_EQ(only().state, "open");
  EXPECT_TRUE(only().stale);
  // A leak that only the command line asks for is a debt of its own.
  run({.datasets = {"loans"}, .target = "amount"});
  ASSERT_EQ(debts().size(), 2u);
  EXPECT_EQ(debts()[1].subject, "loans target amount");
  // What the check does not read of the meaning changes nothing.
  data_.target = "amount";
  run({.datasets = {"loans"}, .sliced_by = "flag"});
  EXPECT_FALSE(debts()[0].stale);
  EXPECT_EQ(debts()[0].subject, "loans");
}

TEST_P(JudgingTest, ANameStandsForOneTree) {
  write("a.py", "# TODO\n");
  run({.trees = {{root_, root_}}});
  const std::string first = root_, second = directory_->path() + "/other/shop";
  root_ = second;
  write("b.py", "# TODO\n");
  const auto refused = try_run({.trees = {{second, second}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
  EXPECT_EQ(refused.error().subject, "asset");
  EXPECT_NE(refused.error().hint.find("--asset"), std::string::npos);
  EXPECT_EQ(only().state, "open");  // and nothing was booked
  // Under a name of its own it has books of its own.
  run({.trees = {{second, second}}, .asset = "other-shop"});
  ASSERT_EQ(debts().size(), 2u);
  EXPECT_EQ(debts()[0].state, "open");
  // A part of the first is not the first, whatever it is called.
  root_ = first;
  write("sub/c.py", "x\n");
  EXPECT_FALSE(try_run({.trees = {{first + "/sub", first + "/sub"}}, .asset = "shop"}));
  // What moved says so, once.
  root_ = directory_->path() + "/moved/shop";
  write("a.py", "done\n");
  EXPECT_EQ(run({.trees = {{root_, root_}}, .asset = "shop", .moved = true}).booked.paid, 1);
  EXPECT_EQ(run({.trees = {{root_, root_}}}).booked.paid, 0);
  EXPECT_FALSE(try_run({.trees = {{first, first}}}));
}

TEST_P(JudgingTest, ACheckoutKeepsItsBooksWhereverItIs) {
  write("a.py", "# TODO\n");
  git("init -q -b main");
  commit();
  run({.trees = {{root_, root_}}});
  const std::string clone = directory_->path() + "/elsewhere/shop";
  git("clone -q . '" + clone + "'");
  root_ = clone;
  write("a.py", "done\n");
  EXPECT_EQ(run({.trees = {{clone, clone}}}).booked.paid, 1);
  // The same place and name, but another history.
  ASSERT_EQ(std::system(("rm -rf '" + clone + "/.git'").c_str()), 0);
  write("b.py", "x\n");
  git("init -q -b main");
  commit();
  EXPECT_FALSE(try_run({.trees = {{clone, clone}}}));
}

TEST_P(JudgingTest, NeitherTreeNorFileTakesTheNameOfADataSet) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  rebuild();
  say("asset.declared", R"({"asset":{"namespace":"workspace","name":"loans"},"kind":"dataset"})");
  run({.datasets = {"loans"}});
  write("a.py", "# TODO\n");
  const auto tree = try_run({.trees = {{root_, "shop"}}, .asset = "loans"});
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, Code::kAlreadyExists);
  const auto file = try_run({.files = {{root_ + "/a.py", "loans"}}});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kAlreadyExists);
  EXPECT_NE(file.error().hint.find("--asset"), std::string::npos);
  EXPECT_EQ(debts().size(), 1u);
}

TEST_P(JudgingTest, WhatIsLeftOutIsStaleNotRetired) {
  write("top.py", "# TODO\n");
  write("one/two/three/deep.py", "# TODO\n");
  run();
  ASSERT_EQ(debts().size(), 2u);
  rebuild({{"audit.depth_max", "1"}});
  const auto report = run();
  EXPECT_EQ(report.booked.retired, 0);
  EXPECT_EQ(report.booked.stale, 1);
  EXPECT_TRUE(debts()[0].stale);
  EXPECT_EQ(debts()[0].state, "open");
  // Gone from there, too, is gone.
  remove("one/two/three/deep.py");
  EXPECT_EQ(run().booked.retired, 1);
}

TEST_P(JudgingTest, AFileThatGitIgnoresFromNowOnIsStaleNotRetired) {
  write("a.py", "# TODO\n");
  git("init -q -b main");
  commit();
  run();
  behaviour_.ignores = "a.py";  // as the checks of source leave alone what git does not track
  git("rm -q --cached a.py");
  write(".gitignore", "a.py\n");
  const auto report = run();
  EXPECT_EQ(report.booked.retired + report.booked.paid, 0);
  EXPECT_TRUE(only().stale);
  behaviour_.ignores.clear();  // a check that can speak of untracked files is given it
  write("a.py", "done\n");
  EXPECT_EQ(run().booked.paid, 1);
}

TEST_P(JudgingTest, GitAuthorshipOwnsAProject) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  rebuild();
  write("a.py", "x\n");
  git("init -q -b main");
  commit("Grace");
  write("b.py", "x\n");
  commit();
  write("c.py", "x\n");
  commit();
  run();
  run({.trees = {{root_, "shop"}}, .graph = true});
  const auto asset = catalog_->asset(caller_, "shop");
  ASSERT_TRUE(asset);
  EXPECT_EQ(asset->owner, "Ada Lovelace");
  EXPECT_EQ(asset->owner_origin, "git");
  EXPECT_EQ(debts().size(), 0u);  // nobody is without an owner
  write("CODEOWNERS", "* @risk\n");
  run();
  EXPECT_EQ(catalog_->asset(caller_, "shop")->owner, "risk");
}

TEST_P(JudgingTest, WhoWroteTheLineOwnsTheFinding) {
  write("a.py", "one\ntwo\nthree\n");
  git("init -q -b main");
  commit();
  write("a.py", "one\n2\nthree\n");
  commit();
  write("a.py", "one\n2\nthree  # TODO\n");
  commit("Grace");
  run();
  EXPECT_EQ(only().owner, "Grace");  // though Ada has more commits to the file
  EXPECT_EQ(only().owner_origin, "git");
  rebuild({{"audit.blames_max", "0"}});
  run();
  EXPECT_EQ(only().owner, "Ada Lovelace");
  rebuild();
  write("a.py", "new\none\n2\nthree  # TODO\n");  // its lines are not HEAD's any more
  run();
  EXPECT_EQ(only().owner, "Ada Lovelace");
}

TEST_P(JudgingTest, LiveModelsDownstreamMakeItDearer) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  rebuild();
  const auto declare = [&](const std::string& name, const std::string& kind) {
    say("asset.declared",
        R"({"asset":{"namespace":"workspace","name":")" + name + R"("},"kind":")" + kind + R"("})");
  };
  const auto depends = [&](const std::string& consumer, const std::string& producer) {
    say("dependency.declared", R"({"consumer":{"namespace":"workspace","name":")" + consumer +
                                   R"("},"producer":{"namespace":"workspace","name":")" + producer +
                                   R"("},"by":"test"})");
  };
  declare("loans", "dataset");
  run({.datasets = {"loans"}});
  const auto alone = only();
  EXPECT_EQ(alone.exposure, 1);
  for (const char* model : {"risk", "price", "idle"}) {
    declare(model, "model");
    depends(model, "loans");
  }
  run({.datasets = {"loans"}});
  EXPECT_EQ(only().exposure, 1);  // no endpoint serves any of them
  for (const char* endpoint : {"api", "batch"}) declare(endpoint, "endpoint");
  depends("api", "risk");
  depends("batch", "risk");
  depends("batch", "price");
  EXPECT_EQ(run({.datasets = {"loans"}}).booked.repriced, 1);
  EXPECT_EQ(only().exposure, 2);
  EXPECT_NEAR(only().principal_s, 2 * alone.principal_s, 1);  // each is rounded
  EXPECT_NEAR(only().interest_s, 2 * alone.interest_s, 1);
  // The estate's own debts are as exposed as what they are about.
  run({.graph = true});
  for (const auto& debt : debts())
    EXPECT_EQ(debt.exposure, debt.subject == "loans" ? 2 : 1) << debt.subject;
}

TEST_P(JudgingTest, AScopedCallerRetiresNothingThatItCannotSee) {
  catalog_.emplace(*db_, clock_, random_, std::vector<catalog::Subscription>{});
  rebuild();
  for (const char* name : {"seen", "hidden", "leaving"})
    say("asset.declared", R"({"asset":{"namespace":"workspace","name":")" + std::string(name) +
                              R"("},"kind":"dataset"})");
  run({.graph = true});
  ASSERT_EQ(debts("open").size(), 3u);
  say("asset.removed", R"({"asset":{"namespace":"workspace","name":"leaving"}})");
  say("asset.owner", R"({"asset":{"namespace":"workspace","name":"seen"},"owner":"team"})");
  caller_ = {.principal = "service:ci",
             .role = op::Role::kEditor,
             .scopes = {"workspace/seen", "workspace/leaving"}};
  const auto report = run({.graph = true});
  EXPECT_EQ(report.booked.paid, 1);
  EXPECT_EQ(report.booked.retired, 1);
  const auto all = debts();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].state, "open");  // hidden
  EXPECT_FALSE(all[0].stale);
  EXPECT_EQ(all[1].state, "retired");
  EXPECT_EQ(all[2].state, "paid");
}

TEST_P(JudgingTest, AFixThatDoesNotPayIsNotOffered) {
  write("a.py", "# TODO\n");
  run();
  EXPECT_EQ(only().fix, "git rm a.py");
  behaviour_.by_hand = true;
  write("a.py", "# TODO again\n");
  run();
  EXPECT_EQ(only().fix, "");
  EXPECT_EQ(only().findings, 1);
  run();  // by the kept answer, too
  EXPECT_EQ(only().fix, "");
}

}  // namespace
}  // namespace solvent::audit
