// A rule's file from an organisation: read, or refused with its name.
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"
#include "remedies/code/rules/rule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  using namespace solvent::remedies::code;
  const RuleSet::Source source{"own/rule.toml", std::string(as_text({data, size}))};
  const auto rules = RuleSet::read(known_libraries(), std::span(&source, 1));
  if (!rules) {
    ASSERT(contains(rules.error().message, "own/rule.toml"));
    return 0;
  }
  syntax::python::Tree tree;
  syntax::python::parse("import pandas as pd\ndf = pd.read_csv('x')\ndf[a][b] = f(x, k=1)\n", tree);
  RuleRun run(*rules);
  (void)run.run(tree, {});
  return 0;
}
