#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <span>

#include <utf8proc.h>

#include "syntax/python_lexer.h"

namespace solvent::syntax::python {
namespace {

struct CodeRange {
  char32_t begin, end;
};
#include "syntax/oracle/identifier_ranges.inc"

bool is_in(std::span<const CodeRange> ranges, char32_t c) {
  const auto after = std::upper_bound(
      ranges.begin(), ranges.end(), c,
      [](char32_t wanted, const CodeRange& range) { return wanted < range.begin; });
  return after != ranges.begin() && c <= std::prev(after)->end;
}

}  // namespace

bool is_identifier(std::string_view text) {
  bool first = true;
  const auto* p = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (auto left = static_cast<utf8proc_ssize_t>(text.size()); left > 0; first = false) {
    if (*p < 0x80) {  // the lexer has seen to it
      ++p, --left;
      continue;
    }
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(p, left, &c);
    if (size <= 0) return false;
    const auto code = static_cast<char32_t>(c);
    if (first ? !is_in(kStarts, code) : !is_in(kParts, code)) return false;
    p += size, left -= size;
  }
  return true;
}

std::string normalized_identifier(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; })) {
    return std::string(text);
  }
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &made,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

}  // namespace solvent::syntax::python
