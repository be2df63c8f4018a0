#include "base/json.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

// What parses is written and read back unchanged, in every layout; nothing crashes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  const auto parsed = parse_json(as_text({data, size}));
  if (!parsed) return 0;
  ASSERT(MUST(parse_json(to_text(*parsed))) == *parsed);
  ASSERT(MUST(parse_json(to_pretty_text(*parsed))) == *parsed);
  const std::string canonical = to_canonical_text(*parsed);
  ASSERT(to_canonical_text(MUST(parse_json(canonical))) == canonical);
  return 0;
}
