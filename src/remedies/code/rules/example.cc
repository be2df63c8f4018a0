#include "remedies/code/rules/example.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

constexpr std::size_t kBadMin = 2, kGoodMin = 3;
constexpr std::string_view kMark = "#!";

/// Lines that say `#!`; a statement of several lines has it on its first.
std::set<std::int64_t> marked_lines(std::string_view code) {
  std::set<std::int64_t> lines;
  std::int64_t number = 0;
  for (const std::string_view line : split_lines(code)) {
    ++number;
    if (trim(line).ends_with(kMark)) lines.insert(number);
  }
  return lines;
}

}  // namespace

std::vector<ExampleFinding> findings_of(const RuleSet& rules, std::size_t rule,
                                        const RuleExample& example) {
  python::Tree tree;
  python::parse(example.code, tree);
  RuleRun run(rules);
  std::vector<ExampleFinding> out;
  for (const RuleHit& hit : run.run(tree, {})) {
    if (hit.rule != rule) continue;
    const auto line = static_cast<std::int64_t>(tree.place(tree[hit.statement].begin).line);
    const auto known = [&](const ExampleFinding& one) { return one.line == line; };
    if (std::ranges::none_of(out, known)) out.push_back({line, hit.message});
  }
  return out;
}

std::vector<std::string> example_problems(const RuleSet& rules, std::size_t rule) {
  const Rule& of = rules.rules()[rule];
  std::vector<std::string> problems;
  std::size_t bad = 0, good = 0, number = 0;
  for (const RuleExample& example : of.examples) {
    ++number;
    ++(example.bad ? bad : good);
    const std::string name =
        of.spec.id + ", example " + std::to_string(number) + (example.bad ? " (bad)" : " (good)");
    python::Tree tree;
    python::parse(example.code, tree);
    if (!tree.errors().empty())
      problems.push_back(name + " is not Python: " + std::string(tree.errors()[0].message));
    std::set<std::int64_t> wanted = marked_lines(example.code);
    if (example.bad && wanted.empty()) problems.push_back(name + " has no line that ends in #!");
    if (!example.bad && !wanted.empty()) problems.push_back(name + " has a line that ends in #!");
    for (const ExampleFinding& found : findings_of(rules, rule, example))
      if (wanted.erase(found.line) == 0)
        problems.push_back(name + ", line " + std::to_string(found.line) +
                           ": found, though it should not be");
    for (const std::int64_t line : wanted)
      problems.push_back(name + ", line " + std::to_string(line) + ": not found");
  }
  if (bad < kBadMin || good < kGoodMin)
    problems.push_back(of.spec.id + " has " + std::to_string(bad) + " bad and " +
                       std::to_string(good) + " good examples; 2 and 3 are wanted");
  return problems;
}

}  // namespace solvent::remedies::code
