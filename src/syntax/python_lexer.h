/// Python text to tokens, in one pass. Part of the parser; use python.h. Thread-compatible.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "syntax/python.h"

namespace solvent::syntax::python {

/// A character's part in the lexer's switch.
enum class CharClass : std::uint8_t {
  kOther,
  kWord,
  kDigit,
  kQuote,
  kSpace,
  kNewline,
  kComment,
  kDot,
  kBackslash,
  kOpen,
  kClose,
  kOperator,
  kEnd,
};

extern const std::array<CharClass, 256> kCharClasses;

class Lexer {
 public:
  explicit Lexer(Tree& tree, const Limits& limits);
  /// Fills the tree's tokens, comments and errors from its text.
  void run();

 private:
  /// An f-string that is open, and the replacement fields open in it.
  struct FString {
    static constexpr int kFieldsMax = 3;  // CPython's MAX_EXPR_NESTING
    const char* start;
    char quote;
    std::uint8_t quotes, flags;
    std::uint32_t depth_before;
    int fields = 0;
    std::array<std::uint32_t, kFieldsMax> depth{};  // of brackets, inside the field
    bool in_spec = false;
  };
  /// CPython's MAXFSTRINGLEVEL, MAXLEVEL and MAXINDENT.
  static constexpr std::size_t kFStringsMax = 149, kBracketsMax = 200, kIndentsMax = 100;

  void emit(TokenKind kind, const char* begin, const char* end, unsigned flags = 0) {
    Token* token = tree_.tokens_.push();
    *token = {offset(begin), offset(end), kind, static_cast<std::uint8_t>(flags)};
  }
  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - begin_); }
  void error(const char* begin, const char* end, std::string_view message);
  void error_token(const char* begin, const char* end, std::string_view message);

  void line_start();
  void indent_to(std::uint32_t column, std::uint32_t alternative);
  bool statement_begins(const char* p) const;
  void close_brackets(const char* p);
  void newline();
  void finish();
  void comment();
  void word();
  bool string_prefix(const char* begin, const char* quote);
  void number();
  const char* decimal_tail(const char* p, bool& fine);
  const char* radix_number(const char* p, bool& fine);
  const char* check_number_end(const char* p, bool& fine);
  void string(const char* begin, unsigned flags);
  void unterminated_string(const char* begin, bool triple);
  void f_string_start(const char* begin, unsigned flags);
  void f_string_middle();
  void f_string_broken(const char* begin, const char* end, std::string_view message);
  const char* middle_end(const FString& open) const;
  void backslash();
  void open_bracket();
  void close_bracket();
  void operators();
  bool in_field() const {
    return !f_strings_.empty() && f_strings_.back().fields > 0 &&
           f_strings_.back().depth[static_cast<std::size_t>(f_strings_.back().fields - 1)] ==
               brackets_.size();
  }

  Tree& tree_;
  const Limits& limits_;
  const char* begin_;
  const char* p_;
  const char* end_;
  std::vector<char> brackets_;
  std::vector<FString> f_strings_;
  struct Indent {
    std::uint32_t column, alternative;
  };
  std::vector<Indent> indents_;
  bool at_line_start_ = true;
};

/// Whether a text may be an identifier, by Unicode 16's XID_Start and XID_Continue.
bool is_identifier(std::string_view text);
/// NFKC of an identifier.
std::string normalized_identifier(std::string_view text);

}  // namespace solvent::syntax::python
