#include "syntax/python_parser.h"

namespace solvent::syntax::python {

/// Statements of one line, up to and with its end. One that fails does not take the others along.
void Parser::simple_statements(Chain& chain, Field field) {
  const bool python2 = python2_;
  python2_ = false;
  do {
    const Mark from = mark();
    NodeId made = simple_statement();
    if (!failed_ && !at(TokenKind::kNewline) && !at(TokenKind::kSemicolon)) {
      fail("expected the end of the statement");
    }
    if (failed_) {
      const Token& where = *failed_at_;
      const std::string_view message = failure_;
      back_to(from);
      python2_ = true;
      made = simple_statement();
      python2_ = false;
      if (failed_ || (!at(TokenKind::kNewline) && !at(TokenKind::kSemicolon))) {
        made = recover(from, true);
      }
      note(where, message);
    }
    add(chain, made, field);
    if (!accept(TokenKind::kSemicolon)) {
      accept(TokenKind::kNewline);
      break;
    }
  } while (!accept(TokenKind::kNewline));
  python2_ = python2;
}

NodeId Parser::simple_statement() {
  switch (kind()) {
    case TokenKind::kImport: return import_statement();
    case TokenKind::kFrom: return import_from();
    case TokenKind::kReturn: return return_statement();
    case TokenKind::kRaise: return raise_statement();
    case TokenKind::kPass: return leaf(Kind::kPass);
    case TokenKind::kBreak: return leaf(Kind::kBreak);
    case TokenKind::kContinue: return leaf(Kind::kContinue);
    case TokenKind::kDel: return delete_statement();
    case TokenKind::kAssert: return assert_statement();
    case TokenKind::kGlobal: return name_list(Kind::kGlobal);
    case TokenKind::kNonlocal: return name_list(Kind::kNonlocal);
    case TokenKind::kType:
      if (is_name(t_[1].kind)) return type_alias();
      break;
    case TokenKind::kPrint:
      if (python2_) return print_statement();
      break;
    case TokenKind::kExec:
      if (python2_) return exec_statement();
      break;
    default: break;
  }
  return expression_statement();
}

NodeId Parser::expression_statement() {
  const std::uint32_t begin = t_->begin;
  const bool bare = at_name();
  NodeId value = yield_or_star_expressions();
  Chain chain;
  if (at(TokenKind::kAssign)) {
    while (accept(TokenKind::kAssign)) {
      set_context(value, Context::kStore);
      add(chain, value, Field::kTargets);
      value = yield_or_star_expressions();
    }
    add(chain, value, Field::kValue);
    return finish(Kind::kAssign, begin, chain);
  }
  if (at(TokenKind::kColon)) return annotated_assignment(value, begin, bare);
  const Operator op = grammar().augmented;
  if (op != Operator::kNone) {
    const Kind target = at(value).kind;
    if (target != Kind::kName && target != Kind::kAttribute && target != Kind::kSubscript) {
      return fail("illegal target of an augmented assignment");
    }
    set_context(value, Context::kStore);
    ++t_;
    add(chain, value, Field::kTarget);
    add(chain, yield_or_star_expressions(), Field::kValue);
    return finish(Kind::kAugAssign, begin, chain, static_cast<std::uint8_t>(op));
  }
  add(chain, value, Field::kValue);
  return finish(Kind::kExpr, begin, chain);
}

NodeId Parser::annotated_assignment(NodeId target, std::uint32_t begin, bool bare) {
  const Kind kind = at(target).kind;
  if (kind != Kind::kName && kind != Kind::kAttribute && kind != Kind::kSubscript) {
    return fail("only a single target can be annotated");
  }
  const bool simple = kind == Kind::kName && bare;
  set_context(target, Context::kStore);
  ++t_;
  Chain chain;
  add(chain, target, Field::kTarget);
  add(chain, expression(), Field::kAnnotation);
  if (accept(TokenKind::kAssign)) add(chain, yield_or_star_expressions(), Field::kValue);
  return finish(Kind::kAnnAssign, begin, chain, simple ? 1 : 0);
}

NodeId Parser::return_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (begins_expression()) add(chain, star_expressions(), Field::kValue);
  return finish(Kind::kReturn, begin, chain);
}

NodeId Parser::raise_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  if (begins_expression()) {
    add(chain, expression(), Field::kExc);
    if (accept(TokenKind::kFrom)) {
      add(chain, expression(), Field::kCause);
    } else if (python2_) {  // raise E, V, T
      while (accept(TokenKind::kComma)) add(chain, expression(), Field::kArgs);
    }
  }
  return finish(Kind::kRaise, begin, chain);
}

NodeId Parser::assert_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, expression(), Field::kTest);
  if (accept(TokenKind::kComma)) add(chain, expression(), Field::kMsg);
  return finish(Kind::kAssert, begin, chain);
}

NodeId Parser::delete_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  do {
    const NodeId target = binary(5);
    set_context(target, Context::kDel);
    add(chain, target, Field::kTargets);
  } while (accept(TokenKind::kComma) && begins_expression());
  return finish(Kind::kDelete, begin, chain);
}

NodeId Parser::name_list(Kind made) {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  do identifier(chain, Field::kNames, "expected a name");
  while (accept(TokenKind::kComma));
  return finish(made, begin, chain);
}

NodeId Parser::type_alias() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, leaf(Kind::kName, static_cast<std::uint8_t>(Context::kStore)), Field::kName);
  type_parameters(chain);
  expect(TokenKind::kAssign, "expected '='");
  add(chain, expression(), Field::kValue);
  return finish(Kind::kTypeAlias, begin, chain);
}

NodeId Parser::import_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  do {
    const std::uint32_t name = t_->begin;
    Chain alias;
    do {
      if (!at_name()) return fail("expected a module's name");
      ++t_;
    } while (accept(TokenKind::kDot));
    if (accept(TokenKind::kAs)) identifier(alias, Field::kAsName, "expected a name after 'as'");
    add(chain, finish(Kind::kAlias, name, alias), Field::kNames);
  } while (accept(TokenKind::kComma));
  return finish(Kind::kImport, begin, chain);
}

NodeId Parser::import_from() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  bool dots = false;
  while (accept(TokenKind::kDot) || accept(TokenKind::kEllipsis)) dots = true;
  if (at_name()) {
    const std::uint32_t name = t_->begin;
    ++t_;
    while (accept(TokenKind::kDot)) {
      if (!at_name()) return fail("expected a module's name");
      ++t_;
    }
    add(chain, finish(Kind::kIdentifier, name, {}), Field::kModule);
  } else if (!dots) {
    return fail("expected a module's name");
  }
  expect(TokenKind::kImport, "expected 'import'");
  import_names(chain);
  return finish(Kind::kImportFrom, begin, chain);
}

void Parser::import_names(Chain& chain) {
  if (at(TokenKind::kStar)) return add(chain, leaf(Kind::kAlias), Field::kNames);
  const bool bracket = accept(TokenKind::kLeftParen);
  do {
    const std::uint32_t begin = t_->begin;
    if (!at_name()) {
      fail("expected a name to import");
      return;
    }
    ++t_;
    Chain alias;
    if (accept(TokenKind::kAs)) identifier(alias, Field::kAsName, "expected a name after 'as'");
    add(chain, finish(Kind::kAlias, begin, alias), Field::kNames);
  } while (accept(TokenKind::kComma) && !(bracket && at(TokenKind::kRightParen)));
  if (bracket) expect(TokenKind::kRightParen, "expected ')' or ','");
}

/// Python 2: `print >> file, a, b,`
NodeId Parser::print_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  bool line = true, more = begins_expression();
  if (accept(TokenKind::kRightShift)) {
    add(chain, expression(), Field::kArg);
    more = accept(TokenKind::kComma);
  }
  while (more && begins_expression()) {
    add(chain, expression(), Field::kValues);
    more = accept(TokenKind::kComma);
    line = !more;
  }
  return finish(Kind::kPrint, begin, chain, line ? 1 : 0);
}

/// Python 2: `exec code in globals, locals`
NodeId Parser::exec_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, binary(5), Field::kBody);
  if (accept(TokenKind::kIn)) {
    add(chain, expression(), Field::kGlobals);
    if (accept(TokenKind::kComma)) add(chain, expression(), Field::kArgs);
  }
  return finish(Kind::kExec, begin, chain);
}

}  // namespace solvent::syntax::python
