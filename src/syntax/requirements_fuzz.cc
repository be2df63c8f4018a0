/// Foreign bytes as a requirements file: every entry lies inside the text and in order.
#include <cstdlib>

#include "syntax/requirements.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent::syntax;
  const auto file = parse_requirements({reinterpret_cast<const char*>(data), size});
  std::int64_t line = 0;
  for (const auto& entry : file.entries) {
    if (entry.line <= line || entry.end_line < entry.line) std::abort();
    line = entry.end_line;
    const auto& r = entry.requirement;
    if (r.specifiers_begin > r.specifiers_end || r.specifiers_end > file.text.size()) std::abort();
    for (const auto& specifier : r.specifiers) (void)satisfies("1.0", specifier);
    (void)is_fixed_reference(r.url);
  }
  return 0;
}
