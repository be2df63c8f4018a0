#include "remedies/code/tree_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "base/text.h"
#include "check/memory_tree.h"

namespace solvent::remedies::code {
namespace {

using check::MemoryTree;
using check::Outcome;

constexpr std::string_view kChained =
    "import pandas as pd\ndf = pd.read_csv('a')\ndf[df.x > 0]['y'] = 1\n";

std::size_t chained() {
  const auto& rules = known_rules().rules();
  const auto at = std::ranges::find_if(
      rules, [](const Rule& rule) { return rule.spec.id == "code/dataframes-chained-assignment"; });
  EXPECT_NE(at, rules.end());
  return static_cast<std::size_t>(at - rules.begin());
}

TEST(TreeRules, ATreeWithoutProgramsIsDoneAtOnce) {
  MemoryTree tree;
  tree.add("README.md", "nothing\n");
  TreeRules pass(known_rules(), tree);
  MUST(pass.finish(tree));
  EXPECT_TRUE(pass.coverage()->examinations.empty());
}

TEST(TreeRules, SaysOfEachProgramWhetherItWasReadWhole) {
  MemoryTree tree(true);
  tree.add("a.py", std::string(kChained));
  tree.add("b.py", "x = (\n");
  tree.add("c.ipynb", "{");
  tree.add("r.ipynb",
           R"({"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}})");
  tree.add("not_tracked.py", std::string(kChained), false);
  tree.add("venv/lib/d.py", std::string(kChained));
  TreeRules pass(known_rules(), tree);
  MUST(pass.finish(tree));
  std::map<std::string, Outcome> outcomes;
  for (const auto& one : pass.coverage()->examinations) outcomes[one.subject] = one.outcome;
  EXPECT_EQ(outcomes, (std::map<std::string, Outcome>{{"a.py", Outcome::kExamined},
                                                      {"b.py", Outcome::kFailed},
                                                      {"c.ipynb", Outcome::kFailed},
                                                      {"r.ipynb", Outcome::kSkipped}}));
  ASSERT_EQ(pass.findings(chained()).size(), 1u);
  EXPECT_EQ(pass.findings(chained())[0].location.line, 3);
}

TEST(TreeRules, SaysThatItDidNotFollowARuleThroughAll) {
  std::string code(kChained);
  for (int i = 0; i < 3'000; ++i) code += "df[df.x > 0]['y'] = 1\n";
  MemoryTree tree;
  tree.add("a.py", code);
  TreeRules pass(known_rules(), tree);
  MUST(pass.finish(tree));
  EXPECT_EQ(pass.findings(chained()).size(), RuleRun::kMatchesMax);
  EXPECT_EQ(pass.coverage()->examinations[0].outcome, Outcome::kFailed);
}

TEST(TreeRules, WhoeverAsksTakesPart) {
  MemoryTree tree;
  for (int i = 0; i < 200; ++i) tree.add("f" + std::to_string(i) + ".py", std::string(kChained));
  TreeRules pass(known_rules(), tree);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { MUST(pass.finish(tree)); });
  }
  EXPECT_EQ(pass.findings(chained()).size(), 200u);
  EXPECT_EQ(pass.coverage()->examinations.size(), 200u);
}

/// A tree that may be read no more after some files.
class Cancelled final : public check::SourceTree {
 public:
  Cancelled(const MemoryTree& of, int after) : of_(of), left_(after) {}
  std::span<const check::SourceFile> files() const override { return of_.files(); }
  Result<std::string_view> text(const check::SourceFile& file) const override {
    if (left_-- <= 0) return fail(Code::kCancelled, "cancelled");
    return of_.text(file);
  }
  bool is_git() const override { return of_.is_git(); }
  Digest digest() const override { return of_.digest(); }

 private:
  const MemoryTree& of_;
  mutable int left_;
};

TEST(TreeRules, WhatOneMayNoLongerReadIsLeftToTheNext) {
  MemoryTree tree;
  for (int i = 0; i < 50; ++i) tree.add("f" + std::to_string(i) + ".py", std::string(kChained));
  TreeRules pass(known_rules(), tree);
  const Cancelled cancelled(tree, 13);
  const auto first = pass.finish(cancelled);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::kCancelled);
  MUST(pass.finish(tree));
  EXPECT_EQ(pass.findings(chained()).size(), 50u);
  EXPECT_EQ(pass.coverage()->examinations.size(), 50u);
}

TEST(TreeRules, APinnedVersionSilencesWhatIsSaidOfAnother) {
  const std::string code = "import numpy as np\nx = np.asfarray([1])\n";
  const auto found = [&](std::string_view requirements) {
    MemoryTree tree;
    tree.add("a.py", code);
    if (!requirements.empty()) tree.add("requirements.txt", std::string(requirements));
    TreeRules pass(known_rules(), tree);
    MUST(pass.finish(tree));
    std::size_t count = 0;
    for (std::size_t i = 0; i < known_rules().rules().size(); ++i)
      if (known_rules().rules()[i].spec.id == "code/numpy-removed-in-2")
        count += pass.findings(i).size();
    return count;
  };
  EXPECT_EQ(found(""), 1u);
  EXPECT_EQ(found("numpy==2.1.0\n"), 1u);
  EXPECT_EQ(found("numpy>=1.20\n"), 1u);
  EXPECT_EQ(found("numpy==1.26.4\n"), 0u);
}

}  // namespace
}  // namespace solvent::remedies::code
