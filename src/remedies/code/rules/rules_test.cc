// Every rule against its own examples, and the format against what is wrong.
#include <gtest/gtest.h>

#include "base/text.h"
#include "remedies/code/rules/example.h"

namespace solvent::remedies::code {
namespace {

Result<RuleSet> one(std::string text) {
  const RuleSet::Source source{"dataframes/example.toml", std::move(text)};
  return RuleSet::read(known_libraries(), std::span(&source, 1));
}

constexpr std::string_view kHead =
    "title = \"T\"\nquestion = \"Q?\"\nsource = \"S\"\ndebt_kind = \"correctness\"\n"
    "minutes = [1, 2, 3]\nminutes_each = [1, 2, 3]\ninterest_minutes = [0, 1, 2]\n"
    "prior_source = \"P\"\nadvice = \"A\"\n";

/// The lines on which a rule with this match finds something.
std::vector<std::int64_t> lines_of(std::string_view match, std::string_view code) {
  auto rules = one(std::string(kHead) + "[[match]]\n" + std::string(match));
  if (!rules) {
    ADD_FAILURE() << rules.error().message;
    return {};
  }
  std::vector<std::int64_t> lines;
  for (const ExampleFinding& found : findings_of(*rules, 0, {.code = std::string(code)}))
    lines.push_back(found.line);
  return lines;
}

using Lines = std::vector<std::int64_t>;

TEST(Rules, FindInTheirExamplesWhatTheySay) {
  const RuleSet rules = known_rules_with_examples();
  ASSERT_GT(rules.rules().size(), 0u);
  for (std::size_t i = 0; i < rules.rules().size(); ++i)
    for (const std::string& problem : example_problems(rules, i)) ADD_FAILURE() << problem;
}

TEST(Rules, MatchByWhatNamesResolveTo) {
  const std::string_view code = R"(
import torch
import torch as t
from torch import load
torch.load("a")
t.load("a", weights_only=True)
load(f="a")
loader.load("a")
)";
  EXPECT_EQ(lines_of("pattern = 'torch.load(...)'", code), (Lines{5, 6, 7}));
  EXPECT_EQ(lines_of("pattern = 'torch.load($x)'", code), (Lines{5}));
  EXPECT_EQ(
      lines_of("pattern = 'torch.load(...)'\nnot = 'torch.load(..., weights_only=True)'", code),
      (Lines{5, 7}));
  EXPECT_EQ(lines_of("pattern = '$x.load(...)'\nwhere = {x = 'name'}", code), (Lines{5, 6, 8}));
}

TEST(Rules, AskForKinds) {
  const std::string_view code = R"(
import pandas as pd
df = pd.read_csv("x")
df[df.a > 0]["b"] = 1
table = {"a": {}}
table["a"]["b"] = 1
unknown["a"]["b"] = 1
)";
  EXPECT_EQ(lines_of("pattern = '$d[$a][$b] = $v'\nwhere = {d = 'DataFrame'}", code), (Lines{4}));
  EXPECT_EQ(lines_of("pattern = '$d[$a][$b] = $v'\nwhere_not = {d = 'DataFrame | dict'}", code),
            (Lines{7}));
}

TEST(Rules, LookAround) {
  const std::string_view code = R"(
import numpy as np
for i in range(3):
    a = np.append(a, i)
    def inner():
        return np.append(a, i)
np.append(a, 3)
with lock:
    np.append(a, 4)
)";
  EXPECT_EQ(lines_of("pattern = 'numpy.append(...)'\ninside = 'loop'", code), (Lines{4}));
  EXPECT_EQ(lines_of("pattern = 'numpy.append(...)'\nnot_inside = ['loop', 'function']", code),
            (Lines{7, 9}));
  EXPECT_EQ(lines_of("pattern = 'numpy.append(...)'\ninside = 'with $x: ...'", code), (Lines{9}));
  EXPECT_EQ(lines_of("pattern = 'numpy.append(...)'\nvalue = 'discarded'", code), (Lines{7, 9}));
  EXPECT_EQ(lines_of("pattern = 'numpy.append($a, $n)'\nmore_than = {n = 3}", code), (Lines{9}));
}

TEST(Rules, LookBesideWithTheSameNames) {
  const std::string_view code = R"(
def good(opt, loss):
    opt.zero_grad()
    loss.backward()
    opt.step()
def bad(opt, other, loss):
    other.zero_grad()
    loss.backward()
    opt.step()
)";
  EXPECT_EQ(lines_of("pattern = '$o.step()'\nfunction_lacks = '$o.zero_grad()'", code), (Lines{9}));
  EXPECT_EQ(lines_of("pattern = '$o.step()'\nbefore_has = '$o.zero_grad()'", code), (Lines{5}));
  EXPECT_EQ(lines_of("pattern = '$o.zero_grad()'\nafter_lacks = '$o.step()'", code), (Lines{7}));
  EXPECT_EQ(lines_of("pattern = '$o.step()'\nfile_lacks = '$p.missing()'", code), (Lines{5, 9}));
}

TEST(Rules, AreNotFollowedThroughAProgramOfNothingElse) {
  const RuleSet rules = MUST(
      one(std::string(kHead) + "[[match]]\npattern = 'eval($x)'\nafter_lacks = '$x.check()'\n"));
  std::string code;
  for (int i = 0; i < 20'000; ++i) code += "eval(a)\nb.check()\n";
  syntax::python::Tree tree;
  syntax::python::parse(code, tree);
  RuleRun run(rules);
  EXPECT_EQ(run.run(tree, {}).size(), RuleRun::kMatchesMax);
  EXPECT_TRUE(run.cut_off());
  syntax::python::parse("eval(a)\n", tree);
  EXPECT_EQ(run.run(tree, {}).size(), 1u);
  EXPECT_FALSE(run.cut_off());
}

TEST(Rules, SayWhatIsWrongInAFile) {
  const auto message = [](std::string text) {
    const auto rules = one(std::move(text));
    return rules ? std::string("fine") : rules.error().message;
  };
  const std::string head(kHead);
  EXPECT_TRUE(contains(message(head), "a rule has a [[match]]"));
  EXPECT_TRUE(contains(message(head + "[[match]]\npattern = 'f('"), "not Python"));
  EXPECT_TRUE(contains(message(head + "[[match]]\npattern = 'a; b'"), "more than one statement"));
  EXPECT_TRUE(contains(message(head + "[[match]]\npattern = '$x'\nwhere = {y = 'str'}"), "$y"));
  EXPECT_TRUE(contains(message(head + "[[match]]\npattern = '$x'\nwhere = {x = 'frame'}"),
                       "no such kind: frame"));
  EXPECT_TRUE(contains(message(head + "[[match]]\npattern = '$x'\nbeside = 'y'"),
                       "no such condition: beside"));
  EXPECT_TRUE(contains(message(head + "minuten = 3\n"), "no such key: minuten"));
  EXPECT_TRUE(contains(message("title = "), "line 1 is not TOML"));
}

TEST(Rules, AreAskedAgainWhenTheirFileIsAnother) {
  const auto made_of = [&](std::string_view pattern) {
    return MUST(one(std::string(kHead) + "[[match]]\npattern = '" + std::string(pattern) + "'\n"))
        .rules()[0]
        .spec.made_of;
  };
  EXPECT_NE(made_of("eval($x)"), Digest());
  EXPECT_EQ(made_of("eval($x)"), made_of("eval($x)"));
  EXPECT_NE(made_of("eval($x)"), made_of("exec($x)"));
}

TEST(Rules, AreProvenByVerdictsOfTheirOwnVersion) {
  const auto standing = [&](std::string_view measured, std::string_view version = "") {
    return MUST(one(std::string(kHead) + std::string(version) + std::string(measured) +
                    "\n[[match]]\npattern = 'eval($x)'\n"))
        .rules()[0]
        .spec.standing;
  };
  using enum check::Standing;
  EXPECT_EQ(standing(""), kUnproven);
  // 95 % Wilson intervals, by hand: 20/20 0.839 to 1; 24/26 0.759; 25/25 0.867; 5/20 0.112 to
  // 0.469.
  EXPECT_EQ(standing("[measured]\nright = 20\nof = 20\nprojects = 5\nversion = 1"), kProven);
  EXPECT_EQ(standing("[measured]\nright = 24\nof = 26\nprojects = 9\nversion = 1"), kUnproven);
  EXPECT_EQ(standing("[measured]\nright = 5\nof = 20\nprojects = 5\nversion = 1"), kRefuted);
  EXPECT_EQ(standing("[measured]\nright = 19\nof = 19\nprojects = 5\nversion = 1"), kUnproven);
  EXPECT_EQ(standing("[measured]\nright = 25\nof = 25\nprojects = 4\nversion = 1"), kUnproven);
  EXPECT_EQ(standing("[measured]\nright = 25\nof = 25\nprojects = 9\nversion = 1", "version = 2\n"),
            kUnproven);
}

TEST(Rules, AnExampleThatIsNotFoundIsAProblem) {
  const std::string match = "[[match]]\npattern = 'eval($x)'\n";
  const auto problems = [&](const std::string& examples) {
    return example_problems(MUST(one(std::string(kHead) + match + examples)), 0);
  };
  const std::string bad = "[[bad]]\ncode = \"eval(x)  #!\"\n";
  const std::string good = "[[good]]\ncode = \"int(x)\"\n";
  EXPECT_EQ(problems(bad + bad + good + good + good), std::vector<std::string>{});
  EXPECT_EQ(problems(bad + good + good + good).size(), 1u);  // two are wanted
  EXPECT_EQ(problems(bad + bad + "[[bad]]\ncode = \"int(x)  #!\"\n" + good + good + good).size(),
            1u);
  EXPECT_EQ(problems(bad + bad + "[[good]]\ncode = \"eval(x)\"\n" + good + good).size(), 1u);
  EXPECT_EQ(problems(bad + bad + "[[bad]]\ncode = \"eval(\"\n" + good + good + good).size(), 2u);
}

}  // namespace
}  // namespace solvent::remedies::code
