/// Values of Python's string literals. Part of the parser; use python.h. Pure.
#pragma once

#include <string>
#include <string_view>

namespace solvent::syntax::python {

/// One literal, with prefix and quotes, taken apart.
struct StringLiteral {
  std::string_view content;
  bool raw = false, bytes = false;
};

/// Takes the first literal of `text` off; what stands before it (blanks, comments, continued lines)
/// goes with it. False when there is none.
bool next_literal(std::string_view& text, StringLiteral& literal);

/// What is wrong with the escapes (static text), or empty. A name in \N{…} is taken for known.
std::string_view escape_error(std::string_view content, bool bytes);

/// Appends the value of a literal's content: line ends are \n, escapes are resolved unless `raw`;
/// \N{…} stays as it is written. A str is UTF-8, a lone surrogate three bytes.
void append_value(std::string& out, std::string_view content, bool raw, bool bytes);

/// Whether content is empty: nothing, or only continued lines.
bool is_empty_content(std::string_view content, bool raw);

}  // namespace solvent::syntax::python
