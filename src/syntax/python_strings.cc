#include "syntax/python_literals.h"
#include "syntax/python_parser.h"
#include "syntax/python_scan.h"

namespace solvent::syntax::python {
namespace {

constexpr bool is_string(TokenKind kind) {
  return kind == TokenKind::kString || kind == TokenKind::kFStringStart;
}

}  // namespace

/// Whether a literal stands: bytes of ASCII, escapes that are whole.
bool Parser::check_string(const Token& token) {
  if ((token.flags & (kBytes | kBackslash | kPython2)) == 0) return true;
  if ((token.flags & kPython2) != 0 && !python2_) {
    fail("a string prefix of Python 2");
    return false;
  }
  const std::string_view all = text(token);
  if ((token.flags & kBytes) != 0 && has_high_bytes(all.data(), all.data() + all.size())) {
    fail("bytes can only contain ASCII literal characters");
    return false;
  }
  if ((token.flags & kBackslash) != 0 && (token.flags & kRaw) == 0) {
    const std::string_view wrong = escape_error(all, (token.flags & kBytes) != 0);
    if (!wrong.empty()) {
      fail(wrong);
      return false;
    }
  }
  return true;
}

/// Literals beside each other are one constant, or one f-string as soon as one of them is.
NodeId Parser::strings() {
  const Token* first = t_;
  bool bytes = false, text = false, formatted = false;
  for (; at(TokenKind::kString); ++t_) {
    if (!check_string(*t_)) return 0;
    ((t_->flags & kBytes) != 0 ? bytes : text) = true;
  }
  formatted = at(TokenKind::kFStringStart);
  if (bytes && (text || formatted)) return fail("cannot mix bytes and nonbytes literals");
  if (formatted) {
    t_ = first;
    return formatted_strings(first);
  }
  const ConstantKind kind = bytes ? ConstantKind::kBytes : ConstantKind::kStr;
  return node(Kind::kConstant, first->begin, previous_end(), static_cast<std::uint8_t>(kind));
}

NodeId Parser::formatted_strings(const Token* first) {
  if (!enter()) return 0;
  StringParts parts;
  bool templates = false, others = false;
  while (is_string(kind())) {
    if (at(TokenKind::kFStringStart)) {
      const bool is_template = (t_->flags & kTemplate) != 0;
      (is_template ? templates : others) = true;
      formatted_parts(parts, is_template);
    } else {
      others = true;
      string_token(parts);
    }
  }
  if (templates && others) fail("cannot mix template strings and other literals");
  end_constant(parts);
  leave();
  return finish(templates ? Kind::kTemplateStr : Kind::kJoinedStr, first->begin, parts.values);
}

void Parser::string_token(StringParts& parts) {
  if (!check_string(*t_)) return;
  if ((t_->flags & kBytes) != 0) {
    fail("cannot mix bytes and nonbytes literals");
    return;
  }
  piece(parts, ConstantKind::kStr, t_->begin, t_->end);
  std::string_view rest = text(*t_);
  StringLiteral literal;
  if (next_literal(rest, literal) && !is_empty_content(literal.content, literal.raw)) {
    parts.text = true;
  }
  ++t_;
}

void Parser::formatted_parts(StringParts& parts, bool is_template) {
  ++t_;
  for (;;) {
    if (at(TokenKind::kFStringMiddle)) {
      text_part(parts);
    } else if (at(TokenKind::kLeftBrace)) {
      replacement_field(parts, is_template);
    } else {
      break;
    }
  }
  expect(TokenKind::kFStringEnd, "expected '}' or the end of the f-string");
}

void Parser::text_part(StringParts& parts) {
  const std::string_view all = text(*t_);
  const bool plain = (t_->flags & kRaw) != 0 || all.find('\\') == std::string_view::npos;
  if (!plain) {
    const std::string_view wrong = escape_error(all, false);
    if (!wrong.empty()) {
      fail(wrong);
      return;
    }
  }
  if (plain || !is_empty_content(all, false)) {
    piece(parts, plain ? ConstantKind::kRawText : ConstantKind::kText, t_->begin, t_->end);
    parts.text = true;
  }
  ++t_;
}

void Parser::piece(StringParts& parts, ConstantKind kind, std::uint32_t begin, std::uint32_t end) {
  const NodeId made = node(Kind::kStringPiece, begin, end, static_cast<std::uint8_t>(kind));
  add(parts.pieces, made, Field::kValues);
  ++parts.count;
}

/// Puts the pieces since the last replacement field together; nothing comes of them when they are
/// empty.
void Parser::end_constant(StringParts& parts) {
  if (parts.count > 0 && parts.text) {
    NodeId made = parts.pieces.first;
    if (parts.count > 1) {
      made = node(Kind::kConstant, at(made).begin, at(parts.pieces.last).end,
                  static_cast<std::uint8_t>(ConstantKind::kFolded));
      at(made).first = parts.pieces.first;
    }
    at(made).kind = Kind::kConstant;
    add(parts.values, made, Field::kValues);
  }
  parts.pieces = {};
  parts.count = 0;
  parts.text = false;
}

void Parser::replacement_field(StringParts& parts, bool is_template) {
  const Token& brace = *t_;
  ++t_;
  Chain chain;
  add(chain, yield_or_star_expressions(), Field::kValue);
  const bool debug = accept(TokenKind::kAssign);
  const std::uint32_t text_end = t_->begin;
  std::uint8_t conversion = 0;
  if (accept(TokenKind::kExclamation)) {
    const std::string_view letter = text(*t_);
    const bool known = letter == "s" || letter == "r" || letter == "a";
    if (!known || t_->begin != previous_end()) {
      fail("a conversion is one of 's', 'r' and 'a'");
      return;
    }
    conversion = static_cast<std::uint8_t>(letter[0]);
    ++t_;
  }
  if (at(TokenKind::kColon)) {
    add(chain, format_spec(), Field::kFormatSpec);
  } else if (debug && conversion == 0) {
    conversion = 'r';
  }
  expect(TokenKind::kRightBrace, "expected '}'");
  if (failed_) return;
  if (debug) {
    piece(parts, ConstantKind::kDebugText, brace.end, text_end);
    parts.text = true;
  }
  end_constant(parts);
  if (is_template) {
    const NodeId written = node(Kind::kStringPiece, brace.end, text_end,
                                static_cast<std::uint8_t>(ConstantKind::kDebugText));
    add(chain, written, Field::kStr);
  }
  add(parts.values,
      finish(is_template ? Kind::kInterpolation : Kind::kFormattedValue, brace.begin, chain,
             conversion),
      Field::kValues);
}

NodeId Parser::format_spec() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  if (!enter()) return 0;
  StringParts parts;
  for (;;) {
    if (at(TokenKind::kFStringMiddle)) {
      text_part(parts);
    } else if (at(TokenKind::kLeftBrace)) {
      replacement_field(parts, false);
    } else {
      break;
    }
  }
  end_constant(parts);
  leave();
  return finish(Kind::kJoinedStr, begin, parts.values);
}

}  // namespace solvent::syntax::python
