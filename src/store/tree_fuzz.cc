// Trees are read from stored bytes, which a foreign client may have put.
#include "store/tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent::store;
  auto entries = parse_tree({data, size});
  if (!entries) return 0;
  // What parses is canonical: it encodes to the same bytes.
  const auto again = encode_tree(*entries);
  if (!again || solvent::as_text({data, size}) != *again) __builtin_trap();
  return 0;
}
