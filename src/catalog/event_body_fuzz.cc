// Bodies from anywhere: reading one never breaks, and the fast scan never says what the parser
// doesn't.
#include <cstdint>
#include <string>

#include "catalog/body_json.h"
#include "catalog/event_types.h"
#include "catalog/fact.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  using namespace solvent::catalog;
  if (size == 0) return 0;
  const auto types = known_types();
  Event event;
  event.id = uuid_of("fuzz");
  event.type = types[data[0] % types.size()];
  event.type_version = 1 + data[0] / 128;
  event.event_time = 1;
  event.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  (void)fact_of(event, Limits());
  const auto parsed = parse_json(event.body, {.depth_max = 32});
  if (const auto scanned = scan_plain_body(event.body, 32, true)) {
    ASSERT(parsed && parsed->is_object());
    for (const auto& [name, value] : scanned->object())
      ASSERT(is_opaque_member(name) || *parsed->find(name) == value);
  }
  if (scan_plain_body(event.body, 32, false)) ASSERT(parsed && parsed->is_object());
  return 0;
}
