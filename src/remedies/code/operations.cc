#include "remedies/code/service.h"

namespace solvent::remedies::code {

const Specs& specs() {
  static const Specs all{
      .operations = {
          {.noun = "fix",
           .verb = "run",
           .method = "POST",
           .path = "/api/fixes",
           .summary = "Pay a debt with the fix its check offers",
           .description =
               "Pins come from the environment that is named; nothing is guessed. The files are "
               "written below --tree, and the debt is paid when the next audit no longer finds it.",
           .examples = {{"solvent fix d-7f3k2a --tree . --environment environment.txt",
                         "pin what is unpinned to what `pip freeze` said"},
                        {"solvent fix d-7f3k2a --tree . --environment environment.txt --dry-run",
                         "show the change only"}},
           .request = &spec_of<FixRequest>(),
           .result = &spec_of<FixResult>(),
           .positional = {"debt"},
           .default_verb = true},
          {.noun = "rule",
           .verb = "test",
           .method = "POST",
           .path = "/api/rules/test",
           .summary = "Run a rule's own examples",
           .description =
               "A rule of code is one TOML file: patterns, kinds, price, advice, and examples, bad "
               "ones with `#!` behind each line that must be found. Fails where one does not hold.",
           .examples = {{"solvent rule test rules/dataframes/chained-assignment.toml",
                         "before the rule is used"}},
           .request = &spec_of<RuleTestRequest>(),
           .result = &spec_of<RuleTestResult>(),
           .positional = {"file"}}}};
  return all;
}

std::vector<op::Handler> bind(Service& service) {
  return {op::handler<FixRequest, FixResult>(
              "fix run", [&](const FixRequest& request, const op::Request&,
                             const op::Caller& caller) { return service.fix(caller, request); }),
          op::handler<RuleTestRequest, RuleTestResult>(
              "rule test", [&](const RuleTestRequest& request, const op::Request&,
                               const op::Caller&) { return service.test_rule(request); })};
}

}  // namespace solvent::remedies::code
