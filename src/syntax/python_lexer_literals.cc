#include "syntax/python_lexer.h"
#include "syntax/python_scan.h"

namespace solvent::syntax::python {
namespace {

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_octal(char c) {
  return c >= '0' && c <= '7';
}
bool is_binary(char c) {
  return c == '0' || c == '1';
}

/// CPython's limit on the digits of a decimal integer (sys.int_info.default_max_str_digits).
constexpr std::ptrdiff_t kDigitsMax = 4300;

bool too_many_digits(const char* p, const char* end) {
  std::ptrdiff_t digits = 0;
  for (; p < end; ++p) digits += is_digit(*p);
  return digits > kDigitsMax;
}

/// Past one character, a line's end of two bytes being one.
const char* past(const char* p) {
  return p + (p[0] == '\r' && p[1] == '\n' ? 2 : 1);
}

}  // namespace

/// Digits and single underscores between them, from a digit on.
const char* Lexer::decimal_tail(const char* p, bool& fine) {
  for (;;) {
    while (is_digit(*p)) ++p;
    if (*p != '_') return p;
    ++p;
    if (!is_digit(*p)) {
      fine = false;
      return p;
    }
  }
}

const char* Lexer::radix_number(const char* p, bool& fine) {
  const char letter = static_cast<char>(p[1] | 0x20);
  const auto is = letter == 'x' ? is_hex : letter == 'o' ? is_octal : is_binary;
  p += 2;
  do {
    if (*p == '_') ++p;
    if (!is(*p)) {
      fine = false;
      return p;
    }
    while (is(*p)) ++p;
  } while (*p == '_');
  if (is_digit(*p)) fine = false;
  return p;
}

/// What may follow a number at once: `1if x else y` is (deprecated) Python, `1x` is none.
const char* Lexer::check_number_end(const char* p, bool& fine) {
  const auto ahead = [p](std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (p[i] != word[i]) return false;
    }
    return !is_word(p[word.size()]);
  };
  const bool keyword = ahead("and") || ahead("else") || ahead("for") || ahead("or") ||
                       ahead("not") || (*p == 'i' && (p[1] == 'f' || p[1] == 'n' || p[1] == 's'));
  if (!keyword && *p > 0 && is_word(*p)) fine = false;
  return p;
}

void Lexer::number() {
  const char* begin = p_;
  const char* p = begin;
  bool fine = true;
  unsigned flags = 0;
  const char next = static_cast<char>(p[1] | 0x20);
  if (*p == '0' && (next == 'x' || next == 'o' || next == 'b')) {
    p = radix_number(p, fine);
  } else {
    bool octal = false;
    if (*p == '0') {
      for (++p;; ++p) {
        if (*p == '_') {
          ++p;
          if (!is_digit(*p)) fine = false;
        }
        if (*p != '0') break;
      }
      octal = is_digit(*p);
    }
    if (fine && *p != '.') p = decimal_tail(p, fine);
    const char* digits_end = p;
    if (fine && *p == '.') {
      flags = kFloatNumber;
      if (is_digit(*++p)) p = decimal_tail(p, fine);
    }
    if (fine && (*p | 0x20) == 'e') {
      const char* exponent = p + 1 + (p[1] == '+' || p[1] == '-');
      if (is_digit(*exponent)) {
        flags = kFloatNumber;
        p = decimal_tail(exponent, fine);
      } else if (exponent != p + 1) {
        fine = false;
      }
    }
    if (fine && (*p | 0x20) == 'j') {
      flags = kImaginaryNumber;
      ++p;
    }
    if (flags == 0 && octal) flags = kPython2;
    if (flags == 0 && too_many_digits(begin, digits_end)) {
      error(begin, p, "an integer of more than 4,300 digits");
    }
  }
  if (fine && (*p | 0x20) == 'l' && (flags & ~unsigned{kPython2}) == 0 && !is_word(p[1])) {
    flags = kPython2;
    ++p;
  }
  if (fine) check_number_end(p, fine);
  p_ = p;
  if (fine) return emit(TokenKind::kNumber, begin, p, flags);
  p_ = end_of_word(p);
  error_token(begin, p_, "invalid number");
}

void Lexer::string(const char* begin, unsigned flags) {
  const char quote = *p_;
  const bool triple = p_[1] == quote && p_[2] == quote;
  const char* p = p_ + (triple ? 3 : 1);
  for (;;) {
    if (triple) {
      p = quote == '"' ? find_any<'"', '\\'>(p) : find_any<'\'', '\\'>(p);
    } else {
      p = quote == '"' ? find_any<'"', '\\', '\n', '\r'>(p) : find_any<'\'', '\\', '\n', '\r'>(p);
    }
    if (*p == quote) {
      if (!triple || (p[1] == quote && p[2] == quote)) break;
      ++p;
    } else if (*p == '\\') {
      flags |= kBackslash;
      p = past(p + 1);
      if (p > end_) p = end_;
    } else if (*p == 0 && p < end_) {
      ++p;
    } else {
      p_ = p;
      return unterminated_string(begin, triple);
    }
  }
  p_ = p + (triple ? 3 : 1);
  emit(TokenKind::kString, begin, p_, flags);
}

void Lexer::unterminated_string(const char* begin, bool triple) {
  error_token(begin, p_,
              triple ? "unterminated triple-quoted string literal" : "unterminated string literal");
}

void Lexer::f_string_start(const char* begin, unsigned flags) {
  const char quote = *p_;
  const bool triple = p_[1] == quote && p_[2] == quote;
  p_ += triple ? 3 : 1;
  if (f_strings_.size() == kFStringsMax) return error_token(begin, p_, "too many nested f-strings");
  f_strings_.push_back({.start = begin,
                        .quote = quote,
                        .quotes = static_cast<std::uint8_t>(triple ? 3 : 1),
                        .flags = static_cast<std::uint8_t>(flags),
                        .depth_before = static_cast<std::uint32_t>(brackets_.size())});
  emit(TokenKind::kFStringStart, begin, p_, flags);
  f_string_middle();
}

/// Gives an f-string up, so that the line after `end` is read as usual.
void Lexer::f_string_broken(const char* begin, const char* end, std::string_view message) {
  brackets_.resize(f_strings_.back().depth_before);
  f_strings_.pop_back();
  p_ = end;
  error_token(begin, end, message);
}

/// End of the text that begins at p_: at a brace, a quote, a line's end or the end of the file.
const char* Lexer::middle_end(const FString& open) const {
  const bool raw = (open.flags & kRaw) != 0;
  for (const char* p = p_;; ++p) {
    p = find_any<'{', '}', '\\', '"', '\'', '\n', '\r'>(p);
    if (*p == '\\') {
      if (p[1] == '{' || p[1] == '}') continue;
      if (!raw && p[1] == 'N' && p[2] == '{') {  // the name's closing brace is text too
        p = find_any<'}', '"', '\'', '\n', '\r'>(p + 3);
        if (*p != '}') --p;
        continue;
      }
      if (p + 1 < end_) p = past(p + 1) - 1;
    } else if (*p == open.quote) {
      if (open.quotes == 1 || (p[1] == *p && p[2] == *p)) return p;
    } else if (is_newline(*p)) {
      if (open.quotes == 1) return p;
    } else if (*p == '{' || *p == '}' || (*p == 0 && p >= end_)) {
      return p;
    }
  }
}

/// Text, up to the next replacement field, the end of a format specification, or the closing quote.
void Lexer::f_string_middle() {
  for (;;) {
    FString& open = f_strings_.back();
    const bool in_spec = open.in_spec && open.fields > 0;
    const char* begin = p_;
    const char* p = middle_end(open);
    if (*p == open.quote) {
      if (p > begin) emit(TokenKind::kFStringMiddle, begin, p, open.flags);
      if (open.fields > 0) return f_string_broken(p, p + open.quotes, "a field is not closed");
      p_ = p + open.quotes;
      emit(TokenKind::kFStringEnd, p, p_, open.flags);
      f_strings_.pop_back();
      return;
    }
    if (*p != '{' && *p != '}') {
      return f_string_broken(open.start, p, "unterminated f-string literal");
    }
    const bool doubled = p[1] == *p && !in_spec && (*p == '{' || open.fields == 0);
    if (doubled) {
      p_ = p + 2;  // both braces are the token's; its value has one
      emit(TokenKind::kFStringMiddle, begin, p_, open.flags);
      continue;
    }
    if (p > begin) emit(TokenKind::kFStringMiddle, begin, p, open.flags);
    p_ = p;
    if (*p == '}' && open.fields == 0) {
      error(p, p + 1, "f-string: single '}' is not allowed");
      ++p_;
      continue;
    }
    if (*p == '{') {
      if (open.fields == FString::kFieldsMax) {
        return f_string_broken(p, p + 1, "f-string: expressions nested too deeply");
      }
      open_bracket();
      if (p > begin) open.in_spec = false;
      open.depth[static_cast<std::size_t>(open.fields++)] =
          static_cast<std::uint32_t>(brackets_.size());
    }
    return;
  }
}

}  // namespace solvent::syntax::python
