#include "syntax/python_parser.h"

namespace solvent::syntax::python {

NodeId Parser::atom() {
  const auto constant = [this](ConstantKind kind) {
    return leaf(Kind::kConstant, static_cast<std::uint8_t>(kind));
  };
  switch (kind()) {
    case TokenKind::kName:
    case TokenKind::kMatch:
    case TokenKind::kCase:
    case TokenKind::kType:
    case TokenKind::kPrint:
    case TokenKind::kExec: return leaf(Kind::kName);
    case TokenKind::kNumber:
      if ((t_->flags & kPython2) != 0 && !python2_) return fail("a number of Python 2");
      return constant((t_->flags & kFloatNumber) != 0       ? ConstantKind::kFloat
                      : (t_->flags & kImaginaryNumber) != 0 ? ConstantKind::kImaginary
                                                            : ConstantKind::kInt);
    case TokenKind::kString:
    case TokenKind::kFStringStart: return strings();
    case TokenKind::kLeftParen:
    case TokenKind::kLeftBracket:
    case TokenKind::kLeftBrace: return bracketed();
    case TokenKind::kNone: return constant(ConstantKind::kNoneValue);
    case TokenKind::kTrue: return constant(ConstantKind::kTrue);
    case TokenKind::kFalse: return constant(ConstantKind::kFalse);
    case TokenKind::kEllipsis: return constant(ConstantKind::kEllipsis);
    case TokenKind::kBackquote: {
      if (!python2_) break;
      const std::uint32_t begin = t_->begin;
      ++t_;
      Chain chain;
      add(chain, expressions(), Field::kValue);
      expect(TokenKind::kBackquote, "expected '`'");
      return finish(Kind::kRepr, begin, chain);
    }
    default: break;
  }
  return fail("expected an expression");
}

NodeId Parser::bracketed() {
  if (!enter()) return 0;
  const NodeId made = at(TokenKind::kLeftParen)     ? parenthesised()
                      : at(TokenKind::kLeftBracket) ? list()
                                                    : dict_or_set();
  leave();
  return made;
}

/// A group, a tuple, or a generator expression.
NodeId Parser::parenthesised() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (accept(TokenKind::kRightParen)) return finish(Kind::kTuple, begin, chain);
  if (at(TokenKind::kYield)) {
    const NodeId inner = yield_expression();
    expect(TokenKind::kRightParen, "expected ')'");
    return inner;
  }
  const bool starred = at(TokenKind::kStar);
  const NodeId first = star_named_expression();
  if (accept(TokenKind::kRightParen)) {
    return starred ? fail("cannot use starred expression here") : first;
  }
  if (at_comprehension()) {
    if (starred) return fail("iterable unpacking cannot be used in comprehension");
    add(chain, first, Field::kElt);
    comprehension_clauses(chain, false);
    expect(TokenKind::kRightParen, "expected ')'");
    return finish(Kind::kGeneratorExp, begin, chain);
  }
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && !at(TokenKind::kRightParen)) {
    add(chain, star_named_expression(), Field::kElts);
  }
  expect(TokenKind::kRightParen, "expected ')' or ','");
  return finish(Kind::kTuple, begin, chain);
}

NodeId Parser::list() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (accept(TokenKind::kRightBracket)) return finish(Kind::kList, begin, chain);
  const bool starred = at(TokenKind::kStar);
  const NodeId first = star_named_expression();
  if (at_comprehension()) {
    if (starred) return fail("iterable unpacking cannot be used in comprehension");
    add(chain, first, Field::kElt);
    comprehension_clauses(chain, python2_);
    expect(TokenKind::kRightBracket, "expected ']'");
    return finish(Kind::kListComp, begin, chain);
  }
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && !at(TokenKind::kRightBracket)) {
    add(chain, star_named_expression(), Field::kElts);
  }
  expect(TokenKind::kRightBracket, "expected ']' or ','");
  return finish(Kind::kList, begin, chain);
}

NodeId Parser::dict_or_set() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (accept(TokenKind::kRightBrace)) return finish(Kind::kDict, begin, chain);
  if (at(TokenKind::kDoubleStar)) return dict(begin, chain);
  const bool starred = at(TokenKind::kStar);
  const std::uint32_t first_begin = t_->begin;
  const NodeId first = star_named_expression();
  const bool named = at(first).kind == Kind::kNamedExpr && at(first).begin == first_begin;
  if (at(TokenKind::kColon) && !starred && !named) {
    add(chain, first, Field::kKeys);
    return dict(begin, chain);
  }
  if (at_comprehension()) {
    if (starred) return fail("iterable unpacking cannot be used in comprehension");
    add(chain, first, Field::kElt);
    comprehension_clauses(chain, false);
    expect(TokenKind::kRightBrace, "expected '}'");
    return finish(Kind::kSetComp, begin, chain);
  }
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && !at(TokenKind::kRightBrace)) {
    add(chain, star_named_expression(), Field::kElts);
  }
  expect(TokenKind::kRightBrace, "expected '}' or ','");
  return finish(Kind::kSet, begin, chain);
}

/// A dict or a dict comprehension; `chain` holds its first key, unless it begins with `**`.
NodeId Parser::dict(std::uint32_t begin, Chain chain) {
  if (accept(TokenKind::kColon)) {
    add(chain, expression(), Field::kValues);
    if (at_comprehension()) {
      at(chain.first).field = Field::kKey;
      at(chain.last).field = Field::kValue;
      comprehension_clauses(chain, false);
      expect(TokenKind::kRightBrace, "expected '}'");
      return finish(Kind::kDictComp, begin, chain);
    }
    if (!at(TokenKind::kRightBrace)) expect(TokenKind::kComma, "expected ',' or '}'");
  }
  while (!at(TokenKind::kRightBrace)) {
    if (accept(TokenKind::kDoubleStar)) {
      add(chain, binary(5), Field::kValues);
    } else {
      add(chain, expression(), Field::kKeys);
      expect(TokenKind::kColon, "expected ':'");
      add(chain, expression(), Field::kValues);
    }
    if (!accept(TokenKind::kComma)) break;
  }
  expect(TokenKind::kRightBrace, "expected '}' or ','");
  return finish(Kind::kDict, begin, chain);
}

void Parser::comprehension_clauses(Chain& chain, bool python2_list) {
  while (at_comprehension()) {
    const std::uint32_t begin = t_->begin;
    const bool is_async = accept(TokenKind::kAsync);
    ++t_;
    Chain clause;
    add(clause, star_targets(), Field::kTarget);
    expect(TokenKind::kIn, "expected 'in'");
    const std::uint32_t iter_begin = t_->begin;
    NodeId iter = binary(1);
    if (python2_list && at(TokenKind::kComma)) {
      Chain elements;
      add(elements, iter, Field::kElts);
      while (accept(TokenKind::kComma)) add(elements, binary(1), Field::kElts);
      iter = finish(Kind::kTuple, iter_begin, elements);
    }
    add(clause, iter, Field::kIter);
    while (accept(TokenKind::kIf)) add(clause, binary(1), Field::kIfs);
    add(chain, finish(Kind::kComprehension, begin, clause, is_async ? 1 : 0), Field::kGenerators);
  }
}

}  // namespace solvent::syntax::python
