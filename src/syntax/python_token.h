/// Python's tokens, as its own tokenizer makes them (Lib/token.py, 3.14); a keyword is a token of
/// its own. Comments and blank lines leave none.
#pragma once

#include <cstdint>

namespace solvent::syntax::python {

enum class TokenKind : std::uint8_t {
  kEnd,
  kError,  ///< nothing that Python knows; what is wrong stands in the tree's errors
  kNewline,
  kIndent,
  kDedent,
  kNumber,
  kString,
  kFStringStart,
  kFStringMiddle,
  kFStringEnd,
  kEllipsis,
  kNone,
  kTrue,
  kFalse,
  // names, those that are keywords only in some places last
  kName,
  kMatch,
  kCase,
  kType,
  kPrint,  ///< a statement in Python 2
  kExec,   ///< a statement in Python 2
  // keywords
  kAnd,
  kAs,
  kAssert,
  kAsync,
  kAwait,
  kBreak,
  kClass,
  kContinue,
  kDef,
  kDel,
  kElif,
  kElse,
  kExcept,
  kFinally,
  kFor,
  kFrom,
  kGlobal,
  kIf,
  kImport,
  kIn,
  kIs,
  kLambda,
  kNonlocal,
  kNot,
  kOr,
  kPass,
  kRaise,
  kReturn,
  kTry,
  kWhile,
  kWith,
  kYield,
  // brackets and delimiters
  kLeftParen,
  kRightParen,
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kComma,
  kColon,
  kSemicolon,
  kDot,
  kAssign,
  kArrow,
  kWalrus,
  kExclamation,
  kBackquote,  ///< Python 2
  // operators
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kDoubleSlash,
  kPercent,
  kAt,
  kDoubleStar,
  kLeftShift,
  kRightShift,
  kPipe,
  kCaret,
  kAmpersand,
  kTilde,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kPlusAssign,
  kMinusAssign,
  kStarAssign,
  kSlashAssign,
  kDoubleSlashAssign,
  kPercentAssign,
  kAtAssign,
  kDoubleStarAssign,
  kLeftShiftAssign,
  kRightShiftAssign,
  kPipeAssign,
  kCaretAssign,
  kAmpersandAssign,
};
inline constexpr std::size_t kTokenKinds =
    static_cast<std::size_t>(TokenKind::kAmpersandAssign) + 1;

/// What else the lexer saw of a token; bits of Token::flags.
enum TokenFlag : std::uint8_t {
  kRaw = 1,         ///< of strings: no escapes
  kBytes = 2,       ///< of strings
  kUnicode = 4,     ///< of strings: prefix u
  kTemplate = 8,    ///< of f-strings: a template string
  kBackslash = 16,  ///< of strings: has a backslash
  kPython2 = 32,    ///< only Python 2 knows it: 0777, 1L, ur'', <>
  kFloatNumber = 64,
  kImaginaryNumber = 128,
};

struct Token {
  std::uint32_t begin = 0, end = 0;
  TokenKind kind = TokenKind::kEnd;
  std::uint8_t flags = 0;
};

}  // namespace solvent::syntax::python
