// A CODEOWNERS from anywhere: every rule can be told from its line, and who owns a path is who the
// last matching rule names, whatever the patterns are.
#include "scm/codeowners.h"

#include <cstdint>

#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  const std::string_view text = as_text({data, size});
  const std::size_t cut = text.find('\n');
  const std::string_view path = text.substr(0, cut);
  const std::string_view file = cut == std::string_view::npos ? "" : text.substr(cut + 1);
  const auto owners = scm::Codeowners::parse(file);
  std::vector<std::string> expected;
  std::int64_t line = 0;
  for (const auto& rule : owners.rules()) {
    ASSERT(rule.line > line && !rule.pattern.empty());
    line = rule.line;
    for (const std::string& owner : rule.owners) ASSERT(!owner.empty() && is_valid_utf8(owner));
    if (scm::codeowners_match(rule.pattern, path)) expected = rule.owners;
  }
  ASSERT(owners.owners_of(path) == expected);
  return 0;
}
