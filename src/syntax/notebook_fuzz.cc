/// Foreign bytes as a notebook: read or refused; what is read has lines in ascending order.
#include <cstdlib>

#include "syntax/notebook.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto book = solvent::syntax::read_notebook({reinterpret_cast<const char*>(data), size});
  if (!book) return 0;
  std::int64_t line = 0;
  for (const auto& cell : book->cells) {
    if (cell.line < line) std::abort();
    line = cell.line;
  }
  return 0;
}
