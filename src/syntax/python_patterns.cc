#include "syntax/python_parser.h"

namespace solvent::syntax::python {

/// 0 without failure when `match` is a name here.
NodeId Parser::match_statement() {
  const std::uint32_t begin = t_->begin;
  const Mark from = mark();
  ++t_;
  if (!begins_expression()) {
    back_to(from);
    return 0;
  }
  const std::uint32_t subject_begin = t_->begin;
  Chain chain;
  const bool starred = at(TokenKind::kStar);
  NodeId subject = star_named_expression();
  if (at(TokenKind::kComma) || starred) {
    Chain elements;
    add(elements, subject, Field::kElts);
    if (starred && !at(TokenKind::kComma)) fail("expected ','");
    while (accept(TokenKind::kComma) && begins_expression()) {
      add(elements, star_named_expression(), Field::kElts);
    }
    subject = finish(Kind::kTuple, subject_begin, elements);
  }
  const bool is_match = at(TokenKind::kColon) && t_[1].kind == TokenKind::kNewline &&
                        t_[2].kind == TokenKind::kIndent && t_[3].kind == TokenKind::kCase;
  if (!is_match) {
    back_to(from);
    return 0;
  }
  add(chain, subject, Field::kSubject);
  t_ += 3;
  while (at(TokenKind::kCase)) {
    const Mark clause = mark();
    const NodeId made = case_block();
    if (failed_) {
      back_to(clause);
      break;
    }
    add(chain, made, Field::kCases);
  }
  if (!at(TokenKind::kDedent)) {  // what is none of its clauses
    note(*t_, "expected 'case' and a pattern");
    statements(chain, Field::kCases);
  }
  accept(TokenKind::kDedent);
  const NodeId made = finish(Kind::kMatch, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::case_block() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, open_patterns(), Field::kPattern);
  if (accept(TokenKind::kIf)) add(chain, named_expression(), Field::kGuard);
  if (!block(chain, Field::kBody)) return 0;
  const NodeId made = finish(Kind::kMatchCase, begin, chain);
  at(made).end = block_end();
  return made;
}

/// A pattern, or several with commas and no bracket.
NodeId Parser::open_patterns() {
  const std::uint32_t begin = t_->begin;
  const bool starred = at(TokenKind::kStar);
  const NodeId first = star_pattern_or_pattern();
  if (!at(TokenKind::kComma)) return starred ? fail("expected ','") : first;
  Chain chain;
  add(chain, first, Field::kPatterns);
  while (accept(TokenKind::kComma) && !at(TokenKind::kColon) && !at(TokenKind::kIf)) {
    add(chain, star_pattern_or_pattern(), Field::kPatterns);
  }
  return finish(Kind::kMatchSequence, begin, chain);
}

/// A name that is not `_` and does not go on.
bool Parser::at_capture() const {
  const TokenKind next = t_[1].kind;
  return at_name() && text(*t_) != "_" && next != TokenKind::kDot &&
         next != TokenKind::kLeftParen && next != TokenKind::kAssign;
}

NodeId Parser::star_pattern_or_pattern() {
  if (!at(TokenKind::kStar)) return pattern();
  const std::uint32_t begin = t_->begin;
  ++t_;
  const bool wildcard = at_name() && text(*t_) == "_";
  if (!wildcard && !at_capture()) return fail("expected a name after '*'");
  ++t_;
  return finish(Kind::kMatchStar, begin, {}, wildcard ? 0 : 1);
}

NodeId Parser::pattern() {
  if (!enter()) return 0;
  const std::uint32_t begin = t_->begin;
  NodeId made = closed_pattern();
  if (at(TokenKind::kPipe)) {
    Chain chain;
    add(chain, made, Field::kPatterns);
    while (accept(TokenKind::kPipe)) add(chain, closed_pattern(), Field::kPatterns);
    made = finish(Kind::kMatchOr, begin, chain);
  }
  if (accept(TokenKind::kAs)) {
    Chain chain;
    add(chain, made, Field::kPattern);
    if (at_capture()) {
      add(chain, leaf(Kind::kIdentifier), Field::kName);
    } else {
      fail("expected a name after 'as'");
    }
    made = finish(Kind::kMatchAs, begin, chain);
  }
  leave();
  return made;
}

NodeId Parser::closed_pattern() {
  switch (kind()) {
    case TokenKind::kNumber:
    case TokenKind::kMinus:
    case TokenKind::kString:
    case TokenKind::kFStringStart: {
      const std::uint32_t begin = t_->begin;
      Chain chain;
      add(chain, literal_pattern(), Field::kValue);
      return finish(Kind::kMatchValue, begin, chain);
    }
    case TokenKind::kNone:
    case TokenKind::kTrue:
    case TokenKind::kFalse: {
      const ConstantKind value = at(TokenKind::kNone)   ? ConstantKind::kNoneValue
                                 : at(TokenKind::kTrue) ? ConstantKind::kTrue
                                                        : ConstantKind::kFalse;
      return leaf(Kind::kMatchSingleton, static_cast<std::uint8_t>(value));
    }
    case TokenKind::kLeftParen:
    case TokenKind::kLeftBracket: return sequence_pattern();
    case TokenKind::kLeftBrace: return mapping_pattern();
    default: return at_name() ? name_pattern() : fail("expected a pattern");
  }
}

/// A number with or without sign, a complex number, or strings.
NodeId Parser::literal_pattern() {
  if (at(TokenKind::kString) || at(TokenKind::kFStringStart)) return strings();
  const std::uint32_t begin = t_->begin;
  const NodeId real = signed_number();
  if (!at(TokenKind::kPlus) && !at(TokenKind::kMinus)) return real;
  const Operator op = at(TokenKind::kPlus) ? Operator::kAdd : Operator::kSub;
  if ((t_[-1].flags & kImaginaryNumber) != 0) return fail("real number required");
  ++t_;
  if (!at(TokenKind::kNumber) || (t_->flags & kImaginaryNumber) == 0) {
    return fail("imaginary number required");
  }
  Chain chain;
  add(chain, real, Field::kLeft);
  add(chain, atom(), Field::kRight);
  return finish(Kind::kBinOp, begin, chain, static_cast<std::uint8_t>(op));
}

NodeId Parser::signed_number() {
  const std::uint32_t begin = t_->begin;
  const bool minus = accept(TokenKind::kMinus);
  if (!at(TokenKind::kNumber)) return fail("expected a number");
  const NodeId number = atom();
  if (!minus) return number;
  Chain chain;
  add(chain, number, Field::kOperand);
  return finish(Kind::kUnaryOp, begin, chain, static_cast<std::uint8_t>(Operator::kUSub));
}

/// A name and the attributes after it.
NodeId Parser::dotted_name() {
  const std::uint32_t begin = t_->begin;
  NodeId made = leaf(Kind::kName);
  while (accept(TokenKind::kDot)) {
    if (!at_name()) return fail("expected a name after '.'");
    ++t_;
    Chain chain;
    add(chain, made, Field::kValue);
    made = finish(Kind::kAttribute, begin, chain);
  }
  return made;
}

NodeId Parser::name_pattern() {
  const std::uint32_t begin = t_->begin;
  if (at_capture()) return leaf(Kind::kMatchAs, 1);
  if (text(*t_) == "_" && t_[1].kind != TokenKind::kDot && t_[1].kind != TokenKind::kLeftParen) {
    return leaf(Kind::kMatchAs, 0);
  }
  const NodeId name = dotted_name();
  if (at(TokenKind::kLeftParen)) return class_pattern(name);
  if (at(name).kind != Kind::kAttribute) return fail("expected a pattern");
  Chain chain;
  add(chain, name, Field::kValue);
  return finish(Kind::kMatchValue, begin, chain);
}

NodeId Parser::class_pattern(NodeId name) {
  const std::uint32_t begin = at(name).begin;
  ++t_;
  Chain chain;
  add(chain, name, Field::kCls);
  bool keywords = false;
  while (!at(TokenKind::kRightParen)) {
    if (at_name() && t_[1].kind == TokenKind::kAssign) {
      keywords = true;
      add(chain, leaf(Kind::kIdentifier), Field::kKwdAttrs);
      ++t_;
      add(chain, pattern(), Field::kKwdPatterns);
    } else {
      if (keywords) fail("positional patterns follow keyword patterns");
      add(chain, pattern(), Field::kPatterns);
    }
    if (!accept(TokenKind::kComma)) break;
  }
  expect(TokenKind::kRightParen, "expected ')' or ','");
  return finish(Kind::kMatchClass, begin, chain);
}

/// In brackets; with parentheses and without a comma it is a group.
NodeId Parser::sequence_pattern() {
  const std::uint32_t begin = t_->begin;
  const bool group = at(TokenKind::kLeftParen);
  const TokenKind closing = group ? TokenKind::kRightParen : TokenKind::kRightBracket;
  ++t_;
  Chain chain;
  while (!at(closing)) {
    const bool starred = at(TokenKind::kStar);
    const NodeId made = star_pattern_or_pattern();
    if (group && chain.first == 0 && !at(TokenKind::kComma)) {
      expect(closing, "expected ')' or ','");
      return starred ? fail("expected ','") : made;
    }
    add(chain, made, Field::kPatterns);
    if (!accept(TokenKind::kComma)) break;
  }
  expect(closing, "expected the closing bracket or ','");
  return finish(Kind::kMatchSequence, begin, chain);
}

NodeId Parser::mapping_pattern() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  while (!at(TokenKind::kRightBrace)) {
    if (accept(TokenKind::kDoubleStar)) {
      if (!at_capture()) return fail("expected a name after '**'");
      add(chain, leaf(Kind::kIdentifier), Field::kRest);
      accept(TokenKind::kComma);
      break;
    }
    add(chain, mapping_key(), Field::kKeys);
    expect(TokenKind::kColon, "expected ':'");
    add(chain, pattern(), Field::kPatterns);
    if (!accept(TokenKind::kComma)) break;
  }
  expect(TokenKind::kRightBrace, "expected '}' or ','");
  return finish(Kind::kMatchMapping, begin, chain);
}

NodeId Parser::mapping_key() {
  switch (kind()) {
    case TokenKind::kNone:
    case TokenKind::kTrue:
    case TokenKind::kFalse: return atom();
    case TokenKind::kNumber:
    case TokenKind::kMinus:
    case TokenKind::kString:
    case TokenKind::kFStringStart: return literal_pattern();
    default: break;
  }
  if (!at_name()) return fail("expected a key");
  const NodeId name = dotted_name();
  return at(name).kind == Kind::kAttribute ? name : fail("a key is a literal or has a dot");
}

}  // namespace solvent::syntax::python
