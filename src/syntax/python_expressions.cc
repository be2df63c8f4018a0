#include "syntax/python_parser.h"

namespace solvent::syntax::python {
namespace {

// Precedences of binary operators, weakest first.
constexpr int kOr = 1, kAnd = 2, kNot = 3, kCompare = 4, kBitOr = 5;

constexpr GrammarTable grammar_table() {
  using enum TokenKind;
  GrammarTable table;
  const auto row = [&table](TokenKind kind) -> Grammar& {
    return table.rows[static_cast<std::size_t>(kind)];
  };
  const auto binary = [&row](TokenKind kind, int precedence, Operator op) {
    row(kind).precedence = static_cast<std::uint8_t>(precedence);
    row(kind).binary = op;
  };
  binary(TokenKind::kOr, 1, Operator::kOr);
  binary(TokenKind::kAnd, 2, Operator::kAnd);
  for (const TokenKind kind :
       {kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIs, kIn, TokenKind::kNot}) {
    row(kind).precedence = kCompare;
  }
  row(kEqual).binary = Operator::kEq;
  row(kNotEqual).binary = Operator::kNotEq;
  row(kLess).binary = Operator::kLt;
  row(kLessEqual).binary = Operator::kLtE;
  row(kGreater).binary = Operator::kGt;
  row(kGreaterEqual).binary = Operator::kGtE;
  row(kIs).binary = Operator::kIs;
  row(kIn).binary = Operator::kIn;
  binary(kPipe, 5, Operator::kBitOr);
  binary(kCaret, 6, Operator::kBitXor);
  binary(kAmpersand, 7, Operator::kBitAnd);
  binary(kLeftShift, 8, Operator::kLShift);
  binary(kRightShift, 8, Operator::kRShift);
  binary(kPlus, 9, Operator::kAdd);
  binary(kMinus, 9, Operator::kSub);
  binary(kStar, 10, Operator::kMult);
  binary(kSlash, 10, Operator::kDiv);
  binary(kDoubleSlash, 10, Operator::kFloorDiv);
  binary(kPercent, 10, Operator::kMod);
  binary(kAt, 10, Operator::kMatMult);
  row(kPlusAssign).augmented = Operator::kAdd;
  row(kMinusAssign).augmented = Operator::kSub;
  row(kStarAssign).augmented = Operator::kMult;
  row(kSlashAssign).augmented = Operator::kDiv;
  row(kDoubleSlashAssign).augmented = Operator::kFloorDiv;
  row(kPercentAssign).augmented = Operator::kMod;
  row(kAtAssign).augmented = Operator::kMatMult;
  row(kDoubleStarAssign).augmented = Operator::kPow;
  row(kLeftShiftAssign).augmented = Operator::kLShift;
  row(kRightShiftAssign).augmented = Operator::kRShift;
  row(kPipeAssign).augmented = Operator::kBitOr;
  row(kCaretAssign).augmented = Operator::kBitXor;
  row(kAmpersandAssign).augmented = Operator::kBitAnd;
  for (const TokenKind kind :
       {kNumber,    kString,    kFStringStart, kEllipsis,       kNone,      kTrue,
        kFalse,     kName,      kMatch,        kCase,           kType,      kPrint,
        kExec,      kAwait,     kLambda,       TokenKind::kNot, kLeftParen, kLeftBracket,
        kLeftBrace, kBackquote, kPlus,         kMinus,          kTilde,     kStar}) {
    row(kind).begins_expression = true;
  }
  return table;
}

}  // namespace

constexpr GrammarTable kGrammar = grammar_table();

NodeId Parser::star_expressions() {
  const std::uint32_t begin = t_->begin;
  const NodeId first = star_expression();
  if (!at(TokenKind::kComma)) return first;
  Chain chain;
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && begins_expression()) {
    add(chain, star_expression(), Field::kElts);
  }
  return finish(Kind::kTuple, begin, chain);
}

NodeId Parser::star_expression() {
  if (!at(TokenKind::kStar)) return expression();
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, binary(kBitOr), Field::kValue);
  return finish(Kind::kStarred, begin, chain);
}

/// Without stars: after `except`, in Python 2's backquotes.
NodeId Parser::expressions() {
  const std::uint32_t begin = t_->begin;
  const NodeId first = expression();
  if (!at(TokenKind::kComma)) return first;
  Chain chain;
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && begins_expression()) {
    add(chain, expression(), Field::kElts);
  }
  return finish(Kind::kTuple, begin, chain);
}

NodeId Parser::star_named_expression() {
  return at(TokenKind::kStar) ? star_expression() : named_expression();
}

NodeId Parser::named_expression() {
  if (t_[1].kind != TokenKind::kWalrus || !at_name()) return expression();
  const std::uint32_t begin = t_->begin;
  Chain chain;
  add(chain, leaf(Kind::kName, static_cast<std::uint8_t>(Context::kStore)), Field::kTarget);
  ++t_;
  add(chain, expression(), Field::kValue);
  return finish(Kind::kNamedExpr, begin, chain);
}

NodeId Parser::yield_or_star_expressions() {
  return at(TokenKind::kYield) ? yield_expression() : star_expressions();
}

NodeId Parser::yield_expression() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (accept(TokenKind::kFrom)) {
    add(chain, expression(), Field::kValue);
    return finish(Kind::kYieldFrom, begin, chain);
  }
  if (begins_expression()) add(chain, star_expressions(), Field::kValue);
  return finish(Kind::kYield, begin, chain);
}

NodeId Parser::expression() {
  if (!enter()) return 0;
  NodeId result;
  if (at(TokenKind::kLambda)) {
    result = lambda();
  } else {
    const std::uint32_t begin = t_->begin;
    result = binary(kOr);
    if (at(TokenKind::kIf)) {
      ++t_;
      Chain chain;
      add(chain, result, Field::kBody);
      add(chain, binary(kOr), Field::kTest);
      expect(TokenKind::kElse, "expected 'else' after an 'if' expression");
      add(chain, expression(), Field::kOrElse);
      result = finish(Kind::kIfExp, begin, chain);
    }
  }
  leave();
  return result;
}

NodeId Parser::lambda() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, parameters(TokenKind::kColon), Field::kArgs);
  expect(TokenKind::kColon, "expected ':'");
  add(chain, expression(), Field::kBody);
  return finish(Kind::kLambda, begin, chain);
}

/// Operators that bind at least as `precedence`; all but comparisons from the left.
NodeId Parser::binary(int precedence) {
  NodeId left;
  const std::uint32_t begin = t_->begin;
  if (at(TokenKind::kNot)) {
    if (precedence > kNot) return fail("'not' must be in parentheses here");
    left = unary(Operator::kNot);
  } else {
    left = factor();
  }
  for (;;) {
    const Grammar& operation = grammar();
    const int own = operation.precedence;
    if (own < precedence || own == 0) return left;
    if (own == kCompare) {
      if (at(TokenKind::kNot) && t_[1].kind != TokenKind::kIn) return left;
      left = comparison(left, begin);
      continue;
    }
    Chain chain;
    if (own <= kAnd) {
      const TokenKind same = kind();
      add(chain, left, Field::kValues);
      while (accept(same)) add(chain, binary(own + 1), Field::kValues);
      left = finish(Kind::kBoolOp, begin, chain, static_cast<std::uint8_t>(operation.binary));
      continue;
    }
    ++t_;
    add(chain, left, Field::kLeft);
    add(chain, binary(own + 1), Field::kRight);
    left = finish(Kind::kBinOp, begin, chain, static_cast<std::uint8_t>(operation.binary));
  }
}

NodeId Parser::comparison(NodeId left, std::uint32_t begin) {
  Chain chain;
  add(chain, left, Field::kLeft);
  while (grammar().precedence == kCompare) {
    Operator op = grammar().binary;
    if (at(TokenKind::kNot)) {
      if (t_[1].kind != TokenKind::kIn) break;
      ++t_;
      op = Operator::kNotIn;
    } else if (at(TokenKind::kIs) && t_[1].kind == TokenKind::kNot) {
      ++t_;
      op = Operator::kIsNot;
    } else if ((t_->flags & kPython2) != 0 && !python2_) {
      fail("'<>' is Python 2");
      break;
    }
    ++t_;
    const NodeId right = binary(kBitOr);
    at(right).role = static_cast<std::uint8_t>(op);
    add(chain, right, Field::kComparators);
  }
  return finish(Kind::kCompare, begin, chain);
}

NodeId Parser::unary(Operator op) {
  if (!enter()) return 0;
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, op == Operator::kNot ? binary(kNot) : factor(), Field::kOperand);
  leave();
  return finish(Kind::kUnaryOp, begin, chain, static_cast<std::uint8_t>(op));
}

NodeId Parser::factor() {
  switch (kind()) {
    case TokenKind::kMinus: return unary(Operator::kUSub);
    case TokenKind::kPlus: return unary(Operator::kUAdd);
    case TokenKind::kTilde: return unary(Operator::kInvert);
    default: break;
  }
  const std::uint32_t begin = t_->begin;
  NodeId left;
  if (at(TokenKind::kAwait)) {
    ++t_;
    Chain chain;
    add(chain, primary(), Field::kValue);
    left = finish(Kind::kAwait, begin, chain);
  } else {
    left = primary();
  }
  if (!at(TokenKind::kDoubleStar)) return left;
  if (!enter()) return 0;
  ++t_;
  Chain chain;
  add(chain, left, Field::kLeft);
  add(chain, factor(), Field::kRight);
  leave();
  return finish(Kind::kBinOp, begin, chain, static_cast<std::uint8_t>(Operator::kPow));
}

NodeId Parser::primary() {
  const std::uint32_t begin = t_->begin;
  NodeId left = atom();
  for (;;) {
    switch (kind()) {
      case TokenKind::kDot: {
        ++t_;
        if (!at_name()) return fail("expected a name after '.'");
        ++t_;
        Chain chain;
        add(chain, left, Field::kValue);
        left = finish(Kind::kAttribute, begin, chain);
        break;
      }
      case TokenKind::kLeftParen: {
        Chain chain;
        add(chain, left, Field::kFunc);
        arguments(chain, Field::kArgs);
        left = finish(Kind::kCall, begin, chain);
        break;
      }
      case TokenKind::kLeftBracket: {
        ++t_;
        Chain chain;
        add(chain, left, Field::kValue);
        add(chain, subscript(), Field::kSlice);
        expect(TokenKind::kRightBracket, "expected ']'");
        left = finish(Kind::kSubscript, begin, chain);
        break;
      }
      default: return left;
    }
  }
}

/// From the opening to the closing parenthesis: of a call, or of a class's bases.
void Parser::arguments(Chain& chain, Field field) {
  const std::uint32_t open = t_->begin;
  ++t_;
  bool keyword = false, unpacked = false;
  for (bool first = true; !at(TokenKind::kRightParen); first = false) {
    const std::uint32_t begin = t_->begin;
    Chain inner;
    if (accept(TokenKind::kStar)) {
      if (unpacked) fail("iterable argument unpacking follows keyword argument unpacking");
      add(inner, expression(), Field::kValue);
      add(chain, finish(Kind::kStarred, begin, inner), field);
    } else if (accept(TokenKind::kDoubleStar)) {
      unpacked = true;
      add(inner, expression(), Field::kValue);
      add(chain, finish(Kind::kKeyword, begin, inner, 1), Field::kKeywords);
    } else if (at_name() && t_[1].kind == TokenKind::kAssign) {
      keyword = true;
      t_ += 2;
      add(inner, expression(), Field::kValue);
      add(chain, finish(Kind::kKeyword, begin, inner), Field::kKeywords);
    } else {
      NodeId value = named_expression();
      if (at_comprehension()) {
        add(inner, value, Field::kElt);
        comprehension_clauses(inner, false);
        if (!first || field == Field::kBases || !at(TokenKind::kRightParen)) {
          fail("a generator expression must be in parentheses");
        }
        value = node(Kind::kGeneratorExp, open, t_->end);
        at(value).first = inner.first;
      }
      if (keyword || unpacked) fail("positional argument follows keyword argument");
      add(chain, value, field);
    }
    if (!accept(TokenKind::kComma)) break;
  }
  expect(TokenKind::kRightParen, "expected ')' or ','");
}

NodeId Parser::subscript() {
  const std::uint32_t begin = t_->begin;
  const bool starred = at(TokenKind::kStar);
  const NodeId first = slice();
  if (!starred && !at(TokenKind::kComma)) return first;
  Chain chain;
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && !at(TokenKind::kRightBracket)) {
    add(chain, slice(), Field::kElts);
  }
  return finish(Kind::kTuple, begin, chain);
}

NodeId Parser::slice() {
  const std::uint32_t begin = t_->begin;
  Chain chain;
  if (accept(TokenKind::kStar)) {
    add(chain, expression(), Field::kValue);
    return finish(Kind::kStarred, begin, chain);
  }
  if (!at(TokenKind::kColon)) {
    const bool named = t_[1].kind == TokenKind::kWalrus;
    const NodeId first = named_expression();
    if (named || !at(TokenKind::kColon)) return first;
    add(chain, first, Field::kLower);
  }
  ++t_;
  if (begins_expression()) add(chain, expression(), Field::kUpper);
  if (accept(TokenKind::kColon) && begins_expression()) {
    add(chain, expression(), Field::kStep);
  }
  return finish(Kind::kSlice, begin, chain);
}

NodeId Parser::star_targets() {
  const std::uint32_t begin = t_->begin;
  const NodeId first = star_target();
  if (!at(TokenKind::kComma)) return first;
  Chain chain;
  add(chain, first, Field::kElts);
  while (accept(TokenKind::kComma) && begins_expression()) {
    add(chain, star_target(), Field::kElts);
  }
  return finish(Kind::kTuple, begin, chain, static_cast<std::uint8_t>(Context::kStore));
}

/// What may be assigned to, up to `in`, a comma or the like.
NodeId Parser::star_target() {
  const NodeId target = at(TokenKind::kStar) ? star_expression() : binary(kBitOr);
  set_context(target, Context::kStore);
  return target;
}

}  // namespace solvent::syntax::python
