#include "syntax/python_literals.h"

#include <cstdint>

#include "syntax/python_scan.h"
#include "syntax/text_encoding.h"

namespace solvent::syntax::python {
namespace {

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// How many digits `\x`, `\u` and `\U` take; 0 for any other.
std::size_t hex_digits(char c, bool bytes) {
  if (c == 'x') return 2;
  if (bytes) return 0;
  return c == 'u' ? 4 : c == 'U' ? 8 : 0;
}

/// Length of a line's end at `at`, 0 when there is none.
std::size_t line_end(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_newline(text[at])) return 0;
  return text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
}

/// The escape whose letter is at `at`; answers where the text goes on.
std::size_t append_escape(std::string& out, std::string_view text, std::size_t at, bool bytes) {
  const char c = text[at];
  constexpr std::string_view kLetters = "\\'\"abfnrtv", kValues = "\\'\"\a\b\f\n\r\t\v";
  if (const std::size_t known = kLetters.find(c); known != std::string_view::npos) {
    out += kValues[known];
    return at + 1;
  }
  if (const std::size_t ended = line_end(text, at); ended > 0) return at + ended;
  std::uint32_t code = 0;
  std::size_t used = 0;
  if (c >= '0' && c <= '7') {
    for (; used < 3 && at + used < text.size() && text[at + used] >= '0' && text[at + used] <= '7';
         ++used) {
      code = code * 8 + static_cast<std::uint32_t>(text[at + used] - '0');
    }
    bytes ? void(out += static_cast<char>(code)) : append_code_point(out, code);
    return at + used;
  }
  const std::size_t digits = hex_digits(c, bytes);
  for (; used < digits && at + 1 + used < text.size(); ++used) {
    const int digit = hex_value(text[at + 1 + used]);
    if (digit < 0) break;
    code = code << 4 | static_cast<std::uint32_t>(digit);
  }
  if (digits == 0 || used < digits) {
    out += '\\';
    return at;
  }
  bytes ? void(out += static_cast<char>(code)) : append_code_point(out, code);
  return at + 1 + used;
}

}  // namespace

bool next_literal(std::string_view& text, StringLiteral& literal) {
  std::size_t at = 0;
  while (at < text.size() && !is_word(text[at]) && text[at] != '"' && text[at] != '\'') {
    if (text[at] == '#') {
      while (at < text.size() && !is_newline(text[at])) ++at;
    } else {
      ++at;
    }
  }
  literal = {};
  for (; at < text.size() && is_word(text[at]); ++at) {
    const char c = static_cast<char>(text[at] | 0x20);
    literal.raw |= c == 'r';
    literal.bytes |= c == 'b';
  }
  if (at >= text.size()) return false;
  const char quote = text[at];
  const bool triple = text.substr(at).size() >= 6 && text[at + 1] == quote && text[at + 2] == quote;
  const std::size_t quotes = triple ? 3 : 1, begin = at + quotes;
  for (at = begin; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == quote && (!triple || (at + 2 < text.size() && text[at + 1] == quote &&
                                                 text[at + 2] == quote))) {
      break;
    }
  }
  if (at >= text.size()) return false;
  literal.content = text.substr(begin, at - begin);
  text.remove_prefix(at + quotes);
  return true;
}

std::string_view escape_error(std::string_view content, bool bytes) {
  for (std::size_t at = content.find('\\'); at != std::string_view::npos && at + 1 < content.size();
       at = content.find('\\', at)) {
    const char c = content[++at];
    if (c == 'N' && !bytes) {
      const std::size_t end = content.find('}', at);
      if (at + 1 >= content.size() || content[at + 1] != '{' || end == std::string_view::npos ||
          end == at + 2) {
        return "malformed \\N character escape";
      }
    }
    const std::size_t digits = hex_digits(c, bytes);
    std::uint32_t code = 0;
    for (std::size_t i = 1; i <= digits; ++i) {
      const int digit = at + i < content.size() ? hex_value(content[at + i]) : -1;
      if (digit < 0) return "truncated \\x, \\u or \\U escape";
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    if (code > 0x10ffff) return "illegal Unicode character";
    ++at;
  }
  return {};
}

void append_value(std::string& out, std::string_view content, bool raw, bool bytes) {
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t stop = std::min(content.find_first_of("\\\r", at), content.size());
    out.append(content.substr(at, stop - at));
    at = stop;
    if (at == content.size()) return;
    if (content[at] == '\r') {
      out += '\n';
      at += line_end(content, at);
    } else if (raw || at + 1 == content.size()) {
      out += content[at++];
    } else {
      at = append_escape(out, content, at + 1, bytes);
    }
  }
}

bool is_empty_content(std::string_view content, bool raw) {
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t ended = content[at] == '\\' && !raw ? line_end(content, at + 1) : 0;
    if (ended == 0) return false;
    at += 1 + ended;
  }
  return true;
}

}  // namespace solvent::syntax::python
