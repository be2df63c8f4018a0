#include <algorithm>

#include "base/embedded.h"
#include "remedies/code/rules/rule.h"

extern "C" const solvent::EmbeddedFile solvent_known_rules[];

namespace solvent::remedies::code {

namespace {

/// Examples end a file, and are two thirds of it.
std::string_view without_examples(std::string_view text) {
  return text.substr(0, std::min(text.find("\n[[bad]]"), text.find("\n[[good]]")));
}

RuleSet read(bool with_examples) {
  std::vector<RuleSet::Source> sources;
  for (const EmbeddedFile* file = solvent_known_rules; file->name != nullptr; ++file) {
    const std::string_view text(file->text, file->size);
    sources.push_back({file->name, std::string(with_examples ? text : without_examples(text))});
  }
  return MUST(RuleSet::read(known_libraries(), sources));
}

}  // namespace

const RuleSet& known_rules() {
  static const RuleSet known = read(false);
  return known;
}

RuleSet known_rules_with_examples() {
  return read(true);
}

}  // namespace solvent::remedies::code
