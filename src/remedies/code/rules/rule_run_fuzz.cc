// Programs from anywhere under all rules: whatever they are, what is found lies in them.
#include <cstdint>

#include "base/bytes.h"
#include "remedies/code/rules/rule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  using namespace solvent::remedies::code;
  static RuleRun run(known_rules());
  static syntax::python::Tree tree;
  syntax::python::parse(as_text({data, size}), tree);
  for (const RuleHit& hit : run.run(tree, {})) {
    ASSERT(hit.rule < known_rules().rules().size());
    ASSERT(hit.node != 0 && hit.node < tree.size() && hit.statement != 0);
    ASSERT(tree[hit.statement].begin <= tree[hit.node].begin);
    ASSERT(tree[hit.node].end <= tree[hit.statement].end);
  }
  return 0;
}
