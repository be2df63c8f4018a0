/// Any text as a cell: Python keeps its length.
#include <cstdlib>

#include "syntax/cell_commands.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent::syntax;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (python_without_texts(text).size() != size) std::abort();
  (void)package_installation(text, "python");
  (void)package_installation(text, "r");
  return 0;
}
