#include <cstddef>
#include <cstdint>

#include "base/files.h"
#include "base/text.h"

// An accepted path is below the root and has no step up, empty step or NUL in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  const auto path = path_below("/root", as_text({data, size}));
  if (!path) return 0;
  ASSERT(*path == "/root" || path->starts_with("/root/"));
  ASSERT(path->find('\0') == std::string::npos);
  for (const std::string_view part : split(std::string_view(*path).substr(1), '/'))
    ASSERT(!part.empty() && part != "." && part != "..");
  ASSERT(MUST(path_below("/root", path->size() > 6 ? path->substr(6) : "")) == *path);
  return 0;
}
