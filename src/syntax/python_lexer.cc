#include "syntax/python_lexer.h"

#include <bit>
#include <cstring>

#include "syntax/python_scan.h"

namespace solvent::syntax::python {
namespace {

constexpr std::array<CharClass, 256> char_classes() {
  std::array<CharClass, 256> table{};
  for (int c = 0; c < 256; ++c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 128) {
      table[static_cast<std::size_t>(c)] = CharClass::kWord;
    } else if (c >= '0' && c <= '9') {
      table[static_cast<std::size_t>(c)] = CharClass::kDigit;
    }
  }
  for (const char c : std::string_view("+-*/%@<>=!&|^~,:;`")) {
    table[static_cast<std::uint8_t>(c)] = CharClass::kOperator;
  }
  for (const char c : std::string_view("([{")) {
    table[static_cast<std::uint8_t>(c)] = CharClass::kOpen;
  }
  for (const char c : std::string_view(")]}")) {
    table[static_cast<std::uint8_t>(c)] = CharClass::kClose;
  }
  table['"'] = table['\''] = CharClass::kQuote;
  table[' '] = table['\t'] = table['\f'] = CharClass::kSpace;
  table['\n'] = table['\r'] = CharClass::kNewline;
  table['#'] = CharClass::kComment;
  table['.'] = CharClass::kDot;
  table['\\'] = CharClass::kBackslash;
  table[0] = CharClass::kEnd;
  return table;
}

struct Keyword {
  std::string_view text;
  TokenKind kind;
};
constexpr Keyword kKeywords[] = {
    {"None", TokenKind::kNone},
    {"True", TokenKind::kTrue},
    {"False", TokenKind::kFalse},
    {"and", TokenKind::kAnd},
    {"as", TokenKind::kAs},
    {"assert", TokenKind::kAssert},
    {"async", TokenKind::kAsync},
    {"await", TokenKind::kAwait},
    {"break", TokenKind::kBreak},
    {"class", TokenKind::kClass},
    {"continue", TokenKind::kContinue},
    {"def", TokenKind::kDef},
    {"del", TokenKind::kDel},
    {"elif", TokenKind::kElif},
    {"else", TokenKind::kElse},
    {"except", TokenKind::kExcept},
    {"finally", TokenKind::kFinally},
    {"for", TokenKind::kFor},
    {"from", TokenKind::kFrom},
    {"global", TokenKind::kGlobal},
    {"if", TokenKind::kIf},
    {"import", TokenKind::kImport},
    {"in", TokenKind::kIn},
    {"is", TokenKind::kIs},
    {"lambda", TokenKind::kLambda},
    {"nonlocal", TokenKind::kNonlocal},
    {"not", TokenKind::kNot},
    {"or", TokenKind::kOr},
    {"pass", TokenKind::kPass},
    {"raise", TokenKind::kRaise},
    {"return", TokenKind::kReturn},
    {"try", TokenKind::kTry},
    {"while", TokenKind::kWhile},
    {"with", TokenKind::kWith},
    {"yield", TokenKind::kYield},
    {"match", TokenKind::kMatch},
    {"case", TokenKind::kCase},
    {"type", TokenKind::kType},
    {"print", TokenKind::kPrint},
    {"exec", TokenKind::kExec},
};

/// A perfect hash of a word of at most eight bytes, as a little-endian number.
constexpr std::size_t keyword_slot(std::uint64_t word) {
  return static_cast<std::size_t>(word * 0x8afd2973f8633959u >> 57);
}

struct KeywordSlot {
  std::uint64_t word = 0;
  TokenKind kind = TokenKind::kName;
};

constexpr std::array<KeywordSlot, 128> keyword_slots() {
  std::array<KeywordSlot, 128> table{};
  for (const Keyword& keyword : kKeywords) {
    std::uint64_t word = 0;
    for (std::size_t i = keyword.text.size(); i > 0; --i) {
      word = word << 8 | static_cast<std::uint8_t>(keyword.text[i - 1]);
    }
    KeywordSlot& slot = table[keyword_slot(word)];
    if (slot.word != 0) return {};  // seen by the assertion below
    slot = {word, keyword.kind};
  }
  return table;
}
constexpr auto kKeywordSlots = keyword_slots();
static_assert(kKeywordSlots[keyword_slot(0x656e6f4e)].kind == TokenKind::kNone);

TokenKind word_kind(const char* begin, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, begin, 8);
  word = size > 8 ? 0 : word & ~std::uint64_t{0} >> (64 - 8 * size);
  const KeywordSlot& slot = kKeywordSlots[keyword_slot(word)];
  return slot.word == word ? slot.kind : TokenKind::kName;
}

char opening(char closing) {
  return closing == ')' ? '(' : closing == ']' ? '[' : '{';
}

}  // namespace

constexpr std::array<CharClass, 256> kCharClasses = char_classes();

Lexer::Lexer(Tree& tree, const Limits& limits)
    : tree_(tree),
      limits_(limits),
      begin_(tree.text_.data()),
      p_(begin_),
      end_(begin_ + tree.size_) {}

void Lexer::error(const char* begin, const char* end, std::string_view message) {
  if (tree_.errors_.size() < limits_.errors_max) {
    tree_.errors_.push_back({offset(begin), offset(end), message});
  }
}

void Lexer::error_token(const char* begin, const char* end, std::string_view message) {
  error(begin, end, message);
  emit(TokenKind::kError, begin, end);
}

void Lexer::run() {
  tree_.tokens_.reserve(tree_.size_ / 4 + 16);
  for (;;) {
    if (at_line_start_) line_start();
    switch (kCharClasses[static_cast<std::uint8_t>(*p_)]) {
      case CharClass::kWord: word(); break;
      case CharClass::kSpace: ++p_; break;
      case CharClass::kOperator: operators(); break;
      case CharClass::kOpen: open_bracket(); break;
      case CharClass::kClose: close_bracket(); break;
      case CharClass::kDot:
        if (kCharClasses[static_cast<std::uint8_t>(p_[1])] == CharClass::kDigit) {
          number();
        } else if (p_[1] == '.' && p_[2] == '.') {
          emit(TokenKind::kEllipsis, p_, p_ + 3);
          p_ += 3;
        } else {
          emit(TokenKind::kDot, p_, p_ + 1);
          ++p_;
        }
        break;
      case CharClass::kNewline: newline(); break;
      case CharClass::kQuote: string(p_, 0); break;
      case CharClass::kDigit: number(); break;
      case CharClass::kComment: comment(); break;
      case CharClass::kBackslash: backslash(); break;
      case CharClass::kEnd:
        if (p_ == end_) return finish();
        [[fallthrough]];
      case CharClass::kOther:
        error_token(p_, p_ + 1, "invalid character");
        ++p_;
        break;
    }
  }
}

void Lexer::line_start() {
  at_line_start_ = false;
  for (;;) {
    const char* q = end_of_spaces(p_);
    std::uint32_t column = static_cast<std::uint32_t>(q - p_), alternative = column, continued = 0;
    for (;; ++q) {  // what is not spaces alone
      if (*q == ' ') {
        ++column, ++alternative;
      } else if (*q == '\t') {
        column = (column / 8 + 1) * 8, ++alternative;
      } else if (*q == '\f') {
        column = alternative = 0;
      } else if (*q == '\\' && is_newline(q[1])) {  // the column before the first one counts
        continued = continued ? continued : column;
        q += q[1] == '\r' && q[2] == '\n' ? 2 : 1;
      } else {
        break;
      }
    }
    p_ = q;
    if (*q == '#') comment();
    if (is_newline(*p_)) {
      p_ += *p_ == '\r' && p_[1] == '\n' ? 2 : 1;
      continue;
    }
    if (p_ == end_) return;
    if (continued) column = alternative = continued;
    return indent_to(column, alternative);
  }
}

void Lexer::indent_to(std::uint32_t column, std::uint32_t alternative) {
  constexpr std::string_view kTabs = "inconsistent use of tabs and spaces in indentation";
  const Indent top = indents_.empty() ? Indent{0, 0} : indents_.back();
  if (column == top.column) {
    if (alternative != top.alternative) error(p_, p_, kTabs);
    return;
  }
  if (column > top.column) {
    if (indents_.size() + 1 >= kIndentsMax) error(p_, p_, "too many levels of indentation");
    if (alternative <= top.alternative) error(p_, p_, kTabs);
    indents_.push_back({column, alternative});
    return emit(TokenKind::kIndent, p_, p_);
  }
  while (!indents_.empty() && column < indents_.back().column) {
    indents_.pop_back();
    emit(TokenKind::kDedent, p_, p_);
  }
  const Indent now = indents_.empty() ? Indent{0, 0} : indents_.back();
  if (column != now.column) {
    error(p_, p_, "unindent does not match any outer indentation level");
  } else if (alternative != now.alternative) {
    error(p_, p_, kTabs);
  }
}

/// A line inside brackets that begins with a word that never stands in brackets: they were not
/// closed, and what follows is the next statement.
bool Lexer::statement_begins(const char* p) const {
  p = end_of_spaces(p);
  if (*p == '\t') return false;
  const char* word_end = end_of_word(p);
  if (word_end == p || word_end - p > 8) return false;
  switch (word_kind(p, static_cast<std::size_t>(word_end - p))) {
    case TokenKind::kAssert:
    case TokenKind::kBreak:
    case TokenKind::kClass:
    case TokenKind::kContinue:
    case TokenKind::kDef:
    case TokenKind::kDel:
    case TokenKind::kElif:
    case TokenKind::kExcept:
    case TokenKind::kFinally:
    case TokenKind::kGlobal:
    case TokenKind::kImport:
    case TokenKind::kNonlocal:
    case TokenKind::kPass:
    case TokenKind::kRaise:
    case TokenKind::kReturn:
    case TokenKind::kTry:
    case TokenKind::kWhile:
    case TokenKind::kWith: return true;
    default: return false;
  }
}

void Lexer::close_brackets(const char* p) {
  error(p, p, "a bracket was never closed");
  brackets_.clear();
  f_strings_.clear();
  emit(TokenKind::kError, p, p);
}

void Lexer::newline() {
  const char* begin = p_;
  p_ += *p_ == '\r' && p_[1] == '\n' ? 2 : 1;
  if (!brackets_.empty()) {
    if (!statement_begins(p_)) return;
    close_brackets(begin);
  }
  emit(TokenKind::kNewline, begin, p_);
  at_line_start_ = true;
}

void Lexer::finish() {
  if (!brackets_.empty()) close_brackets(end_);
  const std::size_t count = tree_.tokens_.size();
  if (count > 0) {
    const TokenKind last = tree_.tokens_[count - 1].kind;
    if (last != TokenKind::kNewline && last != TokenKind::kDedent && last != TokenKind::kIndent) {
      emit(TokenKind::kNewline, end_, end_);
    }
  }
  for (; !indents_.empty(); indents_.pop_back()) emit(TokenKind::kDedent, end_, end_);
  constexpr std::size_t kAhead = 3;  // what the parser looks ahead of the token it stands on
  for (std::size_t i = 0; i <= kAhead; ++i) emit(TokenKind::kEnd, end_, end_);
  tree_.tokens_.shrink(tree_.tokens_.size() - kAhead);
}

void Lexer::comment() {
  const char* begin = p_;
  p_ = end_of_line(p_, end_);
  tree_.comments_.push_back({offset(begin), offset(p_)});
}

void Lexer::word() {
  const char* begin = p_;
  const char* q = end_of_word(begin);
  const auto size = static_cast<std::size_t>(q - begin);
  if ((*q == '"' || *q == '\'') && size <= 2 && string_prefix(begin, q)) return;
  p_ = q;
  if (has_high_bytes(begin, q) && !is_identifier({begin, size})) {
    return error_token(begin, q, "invalid character in an identifier");
  }
  emit(word_kind(begin, size), begin, q);
}

bool Lexer::string_prefix(const char* begin, const char* quote) {
  unsigned flags = 0;
  bool formatted = false;
  unsigned letters = 0;
  for (const char* p = begin; p < quote; ++p) {
    const char c = static_cast<char>(*p | 0x20);
    letters = letters << 8 | static_cast<std::uint8_t>(c);
    if (c == 'r') flags |= kRaw;
    if (c == 'b') flags |= kBytes;
    if (*p == 'u') flags |= kUnicode;
    if (c == 't') flags |= kTemplate;
    if (c == 'f' || c == 't') formatted = true;
  }
  constexpr auto pair = [](char a, char b) {
    return static_cast<unsigned>(static_cast<std::uint8_t>(a)) << 8 | static_cast<std::uint8_t>(b);
  };
  switch (letters) {
    case 'r':
    case 'b':
    case 'u':
    case 'f':
    case 't':
    case pair('r', 'b'):
    case pair('b', 'r'):
    case pair('r', 'f'):
    case pair('f', 'r'):
    case pair('r', 't'):
    case pair('t', 'r'): break;
    case pair('u', 'r'): flags |= kPython2; break;
    default: return false;
  }
  p_ = quote;
  if (formatted) {
    f_string_start(begin, flags);
  } else {
    string(begin, flags);
  }
  return true;
}

void Lexer::backslash() {
  const char* after = p_ + 1 + (p_[1] == '\r' && p_[2] == '\n' ? 2 : 1);
  if (!is_newline(p_[1])) {
    error_token(p_, p_ + 1, "unexpected character after line continuation character");
    ++p_;
  } else if (after >= end_) {
    error_token(p_, p_ + 1, "unexpected end of file after a line continuation");
    p_ = end_;
  } else {
    p_ = after;
  }
}

void Lexer::open_bracket() {
  const char c = *p_;
  if (brackets_.size() == kBracketsMax) error(p_, p_ + 1, "too many nested parentheses");
  brackets_.push_back(c);
  emit(c == '('   ? TokenKind::kLeftParen
       : c == '[' ? TokenKind::kLeftBracket
                  : TokenKind::kLeftBrace,
       p_, p_ + 1);
  ++p_;
}

void Lexer::close_bracket() {
  const char c = *p_;
  const bool ends_field = in_field();
  if (brackets_.empty() || brackets_.back() != opening(c)) {
    error_token(p_, p_ + 1, "a closing bracket that matches none");
    ++p_;
    std::size_t keep = f_strings_.empty() ? 0 : f_strings_.back().depth_before;
    if (!f_strings_.empty() && f_strings_.back().fields > 0) {
      keep = f_strings_.back().depth[static_cast<std::size_t>(f_strings_.back().fields - 1)];
    }
    std::size_t at = brackets_.size();
    while (at > keep && brackets_[at - 1] != opening(c)) --at;
    if (at > keep) brackets_.resize(at - 1);
    return;
  }
  brackets_.pop_back();
  emit(c == ')'   ? TokenKind::kRightParen
       : c == ']' ? TokenKind::kRightBracket
                  : TokenKind::kRightBrace,
       p_, p_ + 1);
  ++p_;
  if (ends_field) {
    --f_strings_.back().fields;
    f_strings_.back().in_spec = false;
    f_string_middle();
  }
}

void Lexer::operators() {
  const char* p = p_;
  const char c = *p, d = p[1];
  const auto one = [&](TokenKind kind) { emit(kind, p, p + 1), p_ = p + 1; };
  const auto two = [&](TokenKind kind) { emit(kind, p, p + 2), p_ = p + 2; };
  const auto three = [&](TokenKind kind) { emit(kind, p, p + 3), p_ = p + 3; };
  const auto assigning = [&](TokenKind plain, TokenKind with) {
    d == '=' ? two(with) : one(plain);
  };
  const auto doubled = [&](TokenKind plain, TokenKind with, TokenKind twice, TokenKind twice_with) {
    if (d != c) return assigning(plain, with);
    p[2] == '=' ? three(twice_with) : two(twice);
  };
  using enum TokenKind;
  switch (c) {
    case ',': return one(kComma);
    case '=': return d == '=' ? two(kEqual) : one(kAssign);
    case ':':
      if (in_field()) {
        one(kColon);
        f_strings_.back().in_spec = true;
        return f_string_middle();
      }
      return d == '=' ? two(kWalrus) : one(kColon);
    case '-': return d == '>' ? two(kArrow) : assigning(kMinus, kMinusAssign);
    case '+': return assigning(kPlus, kPlusAssign);
    case '*': return doubled(kStar, kStarAssign, kDoubleStar, kDoubleStarAssign);
    case '/': return doubled(kSlash, kSlashAssign, kDoubleSlash, kDoubleSlashAssign);
    case '%': return assigning(kPercent, kPercentAssign);
    case '@': return assigning(kAt, kAtAssign);
    case '&': return assigning(kAmpersand, kAmpersandAssign);
    case '|': return assigning(kPipe, kPipeAssign);
    case '^': return assigning(kCaret, kCaretAssign);
    case '~': return one(kTilde);
    case ';': return one(kSemicolon);
    case '`': return one(kBackquote);
    case '!': return d == '=' ? two(kNotEqual) : one(kExclamation);
    case '>': return doubled(kGreater, kGreaterEqual, kRightShift, kRightShiftAssign);
    case '<':
      if (d == '>') {
        emit(kNotEqual, p, p + 2, kPython2);
        p_ = p + 2;
        return;
      }
      return doubled(kLess, kLessEqual, kLeftShift, kLeftShiftAssign);
    default: break;
  }
}

}  // namespace solvent::syntax::python
