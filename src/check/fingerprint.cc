#include <algorithm>
#include <vector>

#include "base/text.h"
#include "check/check.h"

namespace solvent::check {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Drops white space except one blank between two words, so that "a = 1" and "a=1" are equal and
/// "import os" and "importos" are not.
std::string fold(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  for (const char c : text) {
    if (is_space(c)) {
      pending = true;
      continue;
    }
    if (pending && !out.empty() && is_word(out.back()) && is_word(c)) out += ' ';
    pending = false;
    out += c;
  }
  return out;
}

}  // namespace

std::string content_fingerprint(std::string_view check, std::string_view content) {
  Hasher hasher;
  hasher.field("solvent finding v1").field(check).field(fold(content));
  return "v1:" + hasher.finish().hex().substr(0, 32);
}

std::string context_digest(std::string_view text, std::int64_t line, std::int64_t radius) {
  const auto lines = split_lines(text);
  const auto count = static_cast<std::int64_t>(lines.size());
  Hasher hasher;
  hasher.field("solvent context v1");
  const auto take = [&](std::int64_t from, std::int64_t step) {
    std::int64_t taken = 0;
    for (std::int64_t at = from; at >= 1 && at <= count && taken < radius; at += step) {
      const std::string folded = fold(lines[static_cast<std::size_t>(at - 1)]);
      if (folded.empty()) continue;
      hasher.field(folded);
      ++taken;
    }
    hasher.field("");
  };
  take(std::min(line - 1, count), -1);
  take(std::max<std::int64_t>(line + 1, 1), 1);
  return hasher.finish().hex().substr(0, 16);
}

}  // namespace solvent::check
