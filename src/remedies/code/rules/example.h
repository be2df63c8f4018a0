/// A rule's own examples, and whether it finds in them what they say. Pure.
#pragma once

#include <string>
#include <vector>

#include "remedies/code/rules/rule.h"

namespace solvent::remedies::code {

struct ExampleFinding {
  std::int64_t line = 0;
  std::string message;
};

/// What one rule of a set finds in an example, by lines; once for each line.
std::vector<ExampleFinding> findings_of(const RuleSet& rules, std::size_t rule,
                                        const RuleExample& example);

/// One sentence for each example that does not hold, and for too few of them.
std::vector<std::string> example_problems(const RuleSet& rules, std::size_t rule);

}  // namespace solvent::remedies::code
