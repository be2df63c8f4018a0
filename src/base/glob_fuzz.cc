#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/text.h"

// The pattern is the first line, the path the rest. An escaped path matches itself; text functions
// take any bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  const std::string_view text = as_text({data, size});
  const std::string_view pattern = text.substr(0, text.find('\n'));
  const std::string_view path = text.substr(pattern.size());
  (void)glob_match(pattern, path);
  std::string escaped;
  for (const char c : path) escaped += std::string("\\") + c;
  ASSERT(glob_match(escaped, path));
  ASSERT(glob_match("**", path));
  ASSERT(glob_match("*", path) == !contains(path, "/"));
  ASSERT(is_valid_utf8(sanitize_utf8(text)));
  ASSERT(MUST(percent_decode(percent_encode(text))) == text);
  ASSERT(MUST(base64_decode(base64_encode(text))) == text);
  if (const auto decoded = base64_decode(text)) ASSERT(base64_encode(*decoded) == text);
  if (const auto name = normalize_name(text, "x"))
    ASSERT(MUST(normalize_name(*name, "x")) == *name);
  (void)display_width(text);
  (void)nearest(text, std::vector<std::string>{"audit", "ledger"});
  return 0;
}
