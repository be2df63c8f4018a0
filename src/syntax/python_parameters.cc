#include "syntax/python_parser.h"

namespace solvent::syntax::python {

NodeId Parser::parameter(bool annotated, bool starred) {
  if (!at_name()) {
    if (python2_ && at(TokenKind::kLeftParen)) return python2_tuple_parameter();
    return fail("expected a parameter's name");
  }
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (annotated && accept(TokenKind::kColon)) {
    add(chain, starred ? star_expression() : expression(), Field::kAnnotation);
  }
  return finish(Kind::kArg, begin, chain);
}

NodeId Parser::python2_tuple_parameter() {
  const std::uint32_t begin = t_->begin;
  Chain chain;
  const NodeId names = parenthesised();
  set_context(names, Context::kStore);
  add(chain, names, Field::kTarget);
  return finish(Kind::kArg, begin, chain);
}

/// Of a function, up to ')', or of a lambda, up to ':'.
NodeId Parser::parameters(TokenKind closing) {
  const bool annotated = closing == TokenKind::kRightParen;
  const std::uint32_t begin = t_->begin;
  Chain chain;
  bool slash = false, star = false, bare_star = false, defaults = false;
  while (!at(closing)) {
    if (at(TokenKind::kSlash)) {
      if (slash || star || chain.first == 0) {
        return fail("'/' must follow parameters, once, before '*'");
      }
      ++t_;
      slash = true;
      for (NodeId id = chain.first; id != 0; id = at(id).next) {
        if (at(id).field == Field::kArgs) at(id).field = Field::kPosOnlyArgs;
      }
    } else if (accept(TokenKind::kDoubleStar)) {
      if (bare_star) fail("named arguments must follow bare *");
      add(chain, parameter(annotated, false), Field::kKwArg);
      if (at(TokenKind::kAssign)) fail("var-keyword argument cannot have default value");
      accept(TokenKind::kComma);
      break;
    } else if (accept(TokenKind::kStar)) {
      if (star) fail("* argument may appear only once");
      star = true;
      bare_star = at(TokenKind::kComma);
      if (!bare_star) {
        add(chain, parameter(annotated, true), Field::kVarArg);
        if (at(TokenKind::kAssign)) fail("var-positional argument cannot have default value");
      }
    } else {
      add(chain, parameter(annotated, false), star ? Field::kKwOnlyArgs : Field::kArgs);
      bare_star = false;
      if (accept(TokenKind::kAssign)) {
        defaults = true;
        add(chain, expression(), star ? Field::kKwDefaults : Field::kDefaults);
      } else if (defaults && !star) {
        fail("parameter without a default follows parameter with a default");
      }
    }
    if (!accept(TokenKind::kComma)) break;
  }
  if (bare_star) fail("named arguments must follow bare *");
  if (chain.first == 0) return node(Kind::kArguments, begin, begin);
  return finish(Kind::kArguments, begin, chain);
}

/// After a function's, a class's or a type's name.
void Parser::type_parameters(Chain& chain) {
  if (!accept(TokenKind::kLeftBracket)) return;
  do {
    const std::uint32_t begin = t_->begin;
    Chain inner;
    Kind made = Kind::kTypeVar;
    if (accept(TokenKind::kStar)) {
      made = Kind::kTypeVarTuple;
    } else if (accept(TokenKind::kDoubleStar)) {
      made = Kind::kParamSpec;
    }
    identifier(inner, Field::kName, "expected a type parameter's name");
    if (made == Kind::kTypeVar && accept(TokenKind::kColon)) {
      add(inner, expression(), Field::kBound);
    }
    if (accept(TokenKind::kAssign)) {
      add(inner, made == Kind::kTypeVarTuple ? star_expression() : expression(), Field::kDefault);
    }
    add(chain, finish(made, begin, inner), Field::kTypeParams);
  } while (accept(TokenKind::kComma) && !at(TokenKind::kRightBracket));
  expect(TokenKind::kRightBracket, "expected ']' or ','");
}

}  // namespace solvent::syntax::python
