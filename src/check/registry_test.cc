#include "check/registry.h"

#include <gtest/gtest.h>

#include "check/memory_tree.h"

namespace solvent::check {
namespace {

Check whole(std::string id) {
  Check check;
  check.spec = {.id = std::move(id),
                .title = "Title",
                .question = "Is it so?",
                .source = "a paper",
                .debt_kind = "reproducibility",
                .principal = {600, 1200, 3600},
                .principal_each = {60, 120, 300},
                .interest_month = {60, 300, 900},
                .prior_source = "judgement",
                .fix = "solvent fix {subject}",
                .advice = "Do it.",
                .parameters = {{"limit", "how many", 10}, {"names", "which", JsonArray{}}}};
  check.run = [](const Input&, const Json&, TimeUs) -> Result<Answer> { return Answer{}; };
  return check;
}

TEST(Registry, SortsAndFinds) {
  auto registry = Registry::create({whole("data/b"), whole("code/a")});
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->all()[0].spec.id, "code/a");
  ASSERT_NE(registry->find("data/b"), nullptr);
  EXPECT_EQ(registry->find("data/c"), nullptr);
}

TEST(Registry, RefusesEveryCheckThatIsNotWhole) {
  const std::vector<std::pair<std::string, void (*)(CheckSpec&)>> faults = {
      {"id", [](CheckSpec& s) { s.id = "NoSlash"; }},
      {"id", [](CheckSpec& s) { s.id = "a/b/c"; }},
      {"version", [](CheckSpec& s) { s.version = 0; }},
      {"title", [](CheckSpec& s) { s.title = " "; }},
      {"question", [](CheckSpec& s) { s.question = "It is so."; }},
      {"source", [](CheckSpec& s) { s.source.clear(); }},
      {"kind", [](CheckSpec& s) { s.debt_kind.clear(); }},
      {"priced", [](CheckSpec& s) { s.principal = {}; }},
      {"priced", [](CheckSpec& s) { s.principal = {900, 600, 1200}; }},
      {"interest", [](CheckSpec& s) { s.interest_month = {0, 5, 9}; }},
      {"further", [](CheckSpec& s) { s.principal_each = {5, 4, 9}; }},
      {"prior source", [](CheckSpec& s) { s.prior_source.clear(); }},
      {"precision",
       [](CheckSpec& s) {
         s.precision = 1.5;
         s.precision_n = 9;
       }},
      {"precision", [](CheckSpec& s) { s.precision = 0.9; }},
      {"fix", [](CheckSpec& s) { s.fix = "drop the column, then: solvent data put {subject}"; }},
      {"fix", [](CheckSpec& s) { s.fix = "solvent asset own {subject} TEAM"; }},
      {"meaning", [](CheckSpec& s) { s.meaning = {"label"}; }},
      {"advice", [](CheckSpec& s) { s.advice.clear(); }},
      {"default", [](CheckSpec& s) { s.parameters[0].default_value = Json(); }},
      {"twice", [](CheckSpec& s) { s.parameters[1].name = "limit"; }},
      {"doc", [](CheckSpec& s) { s.parameters[1].doc.clear(); }},
  };
  EXPECT_EQ(problem_of(whole("code/a").spec), "");
  CheckSpec by_hand = whole("code/a").spec;
  by_hand.fix.clear();  // no command pays it: the advice says what to do
  EXPECT_EQ(problem_of(by_hand), "");
  for (const auto& [word, spoil] : faults) {
    Check check = whole("code/a");
    spoil(check.spec);
    auto registry = Registry::create({check});
    ASSERT_FALSE(registry) << word;
    EXPECT_NE(registry.error().message.find(word), std::string::npos) << registry.error().message;
  }
}

TEST(Registry, RefusesTwoOfOneIdAndOneThatCannotRun) {
  EXPECT_FALSE(Registry::create({whole("code/a"), whole("code/a")}));
  Check still = whole("code/a");
  still.run = nullptr;
  EXPECT_FALSE(Registry::create({still}));
}

TEST(Registry, SelectsByGlobAndSuggests) {
  auto registry =
      Registry::create({whole("code/unpinned"), whole("code/secrets"), whole("data/b")});
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->select({})->size(), 3u);
  const std::vector<std::string> code = {"code/*"};
  EXPECT_EQ(registry->select(code)->size(), 2u);
  const std::vector<std::string> typo = {"code/secrte"};
  auto none = registry->select(typo);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().hint, "did you mean code/secrets?");
}

TEST(Parameters, DefaultsThenGiven) {
  const CheckSpec spec = whole("code/a").spec;
  EXPECT_EQ(to_text(*parameters_of(spec, Json())), R"({"limit":10,"names":[]})");
  EXPECT_EQ(to_text(*parameters_of(spec, *parse_json(R"({"limit":2.5})"))),
            R"({"limit":2.5,"names":[]})");
  EXPECT_FALSE(parameters_of(spec, *parse_json(R"({"limits":2})")));
  EXPECT_FALSE(parameters_of(spec, *parse_json(R"({"limit":"2"})")));
  EXPECT_FALSE(parameters_of(spec, *parse_json(R"([1])")));
}

TEST(ResultKey, ChangesWithEverythingThatMayChangeTheAnswer) {
  CheckSpec spec = whole("code/a").spec;
  const Json parameters = *parameters_of(spec, Json());
  const std::vector<Digest> inputs = {digest_of("x")};
  const Digest key = result_key(spec, parameters, inputs);
  EXPECT_EQ(result_key(spec, parameters, inputs), key);
  EXPECT_NE(result_key(spec, *parse_json(R"({"limit":11,"names":[]})"), inputs), key);
  EXPECT_NE(result_key(spec, parameters, std::vector{digest_of("y")}), key);
  EXPECT_NE(result_key(spec, parameters, std::vector{digest_of("x"), digest_of("x")}), key);
  // The order of members is no difference.
  EXPECT_EQ(result_key(spec, *parse_json(R"({"names":[],"limit":10})"), inputs), key);
  spec.version = 2;
  EXPECT_NE(result_key(spec, parameters, inputs), key);
  spec.made_of = digest_of("a rule");
  const Digest of_a_rule = result_key(spec, parameters, inputs);
  spec.made_of = digest_of("another");
  EXPECT_NE(result_key(spec, parameters, inputs), of_a_rule);
}

TEST(MemoryTree, KeepsFilesInOrderAndTextsInPlace) {
  MemoryTree tree;
  for (int i = 99; i >= 10; --i) tree.add("f" + std::to_string(i), "text " + std::to_string(i));
  ASSERT_EQ(tree.files().size(), 90u);
  EXPECT_EQ(tree.files().front().path, "f10");
  EXPECT_EQ(*tree.text(tree.files().front()), "text 10");
  EXPECT_EQ(*tree.text(tree.files().back()), "text 99");
}

}  // namespace
}  // namespace solvent::check
