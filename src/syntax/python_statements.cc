#include <array>

#include "syntax/python_parser.h"

namespace solvent::syntax::python {
namespace {

/// What the parser stands on after an error: no kind that the grammar asks for, on either side.
constexpr std::array<Token, 5> error_tokens() {
  std::array<Token, 5> tokens{};
  for (Token& token : tokens) token.kind = TokenKind::kError;
  return tokens;
}
constexpr std::array<Token, 5> kErrorTokens = error_tokens();

bool is_layout(TokenKind kind) {
  return kind == TokenKind::kNewline || kind == TokenKind::kIndent || kind == TokenKind::kDedent;
}

}  // namespace

Parser::Parser(Tree& tree, const Limits& limits) : tree_(tree), limits_(limits) {}

void Parser::run() {
  tree_.nodes_.reserve(tree_.tokens_.size() + 16);
  node(Kind::kNone, 0, 0);
  t_ = tree_.tokens_.data();
  Chain chain;
  while (!at(TokenKind::kEnd)) {
    statements(chain, Field::kBody);
    if (at(TokenKind::kDedent)) ++t_;  // of an indentation that no statement asked for
  }
  tree_.root_ = node(Kind::kModule, 0, static_cast<std::uint32_t>(tree_.size_));
  at(tree_.root_).first = chain.first;
}

NodeId Parser::fail(std::string_view message) {
  if (!failed_) {
    failed_ = true;
    failed_at_ = t_;
    failure_ = message;
    t_ = &kErrorTokens[2];
  }
  return 0;
}

void Parser::note(const Token& token, std::string_view message) {
  if (token.kind == TokenKind::kError) return;  // the lexer has said so
  if (tree_.errors_.size() < limits_.errors_max) {
    tree_.errors_.push_back({token.begin, token.end, message});
  }
}

void Parser::back_to(const Mark& mark) {
  t_ = mark.token;
  tree_.nodes_.shrink(mark.nodes);
  tree_.errors_.resize(mark.errors);
  failed_ = false;
}

/// End of the last token that is more than layout.
std::uint32_t Parser::block_end() const {
  const Token* last = t_ - 1;
  while (last > tree_.tokens_.data() && is_layout(last->kind)) --last;
  return last->end;
}

void Parser::set_context(NodeId target, Context context) {
  Node& it = at(target);
  const auto set = static_cast<std::uint8_t>(context);
  switch (it.kind) {
    case Kind::kName:
    case Kind::kAttribute:
    case Kind::kSubscript: it.op = set; return;
    case Kind::kStarred:
      if (context == Context::kDel) break;
      [[fallthrough]];
    case Kind::kList:
    case Kind::kTuple:
      it.op = set;
      for (NodeId id = it.first; id != 0; id = at(id).next) {
        if (it.kind == Kind::kStarred && at(id).kind == Kind::kStarred) break;
        set_context(id, context);
      }
      return;
    default: break;
  }
  fail("cannot assign to this, nor delete it");
}

void Parser::identifier(Chain& chain, Field field, std::string_view message) {
  if (!at_name()) {
    fail(message);
    return;
  }
  add(chain, leaf(Kind::kIdentifier), field);
}

void Parser::statements(Chain& chain, Field field) {
  while (!at(TokenKind::kDedent) && !at(TokenKind::kEnd)) statement(chain, field);
}

void Parser::statement(Chain& chain, Field field) {
  switch (kind()) {
    case TokenKind::kIf:
    case TokenKind::kDef:
    case TokenKind::kAt:
    case TokenKind::kAsync:
    case TokenKind::kClass:
    case TokenKind::kWith:
    case TokenKind::kFor:
    case TokenKind::kTry:
    case TokenKind::kWhile:
    case TokenKind::kMatch:
    case TokenKind::kIndent: break;
    default: return simple_statements(chain, field);
  }
  const Mark from = mark();
  const bool python2 = python2_;
  python2_ = false;
  NodeId made = compound_statement();
  if (failed_) {
    const Token& where = *failed_at_;
    const std::string_view message = failure_;
    back_to(from);
    python2_ = true;
    made = compound_statement();
    python2_ = false;
    if (failed_) made = recover(from, false);
    note(where, message);
  }
  python2_ = python2;
  if (made != 0) {
    add(chain, made, field);
  } else {
    simple_statements(chain, field);  // `match` is a name here
  }
}

NodeId Parser::compound_statement() {
  const std::uint32_t begin = t_->begin;
  switch (kind()) {
    case TokenKind::kIf: return if_statement();
    case TokenKind::kDef: return function(begin, {}, false);
    case TokenKind::kAt: return decorated();
    case TokenKind::kAsync: return async_statement(begin);
    case TokenKind::kClass: return class_definition(begin, {});
    case TokenKind::kWith: return with_statement(begin, false);
    case TokenKind::kFor: return for_statement(begin, false);
    case TokenKind::kTry: return try_statement();
    case TokenKind::kWhile: return while_statement();
    case TokenKind::kMatch: return match_statement();
    default: return fail("unexpected indent");
  }
}

/// Gives a statement up that cannot be read: its line is passed over, what is indented below it is
/// read. `simple`: it ends at a semicolon too.
NodeId Parser::recover(const Mark& from, bool simple) {
  back_to(from);
  const std::uint32_t begin = t_->begin;
  std::uint32_t end = t_->end;
  std::uint32_t nesting = 0;
  for (; !is_layout(kind()) && !at(TokenKind::kEnd); ++t_) {
    if (simple && nesting == 0 && at(TokenKind::kSemicolon)) break;
    end = t_->end;
  }
  if (!(simple && at(TokenKind::kSemicolon))) accept(TokenKind::kNewline);
  Chain chain;
  if (accept(TokenKind::kIndent)) {
    if (enter()) {
      statements(chain, Field::kBody);
      leave();
      accept(TokenKind::kDedent);
      end = std::max(end, block_end());
    } else {
      failed_ = false;
      t_ = failed_at_;
      skip_block();
    }
  }
  const NodeId made = node(Kind::kInvalid, begin, std::max(end, begin));
  at(made).first = chain.first;
  return made;
}

/// Past the dedent of the block that was just entered.
void Parser::skip_block() {
  for (std::uint32_t depth = 1; depth > 0 && !at(TokenKind::kEnd); ++t_) {
    if (at(TokenKind::kIndent)) ++depth;
    if (at(TokenKind::kDedent)) --depth;
  }
}

/// From the colon on. False when there is no block, which fails the statement.
bool Parser::block(Chain& chain, Field field) {
  expect(TokenKind::kColon, "expected ':'");
  if (!accept(TokenKind::kNewline)) {
    if (failed_) return false;
    simple_statements(chain, field);
    return true;
  }
  if (!at(TokenKind::kIndent)) {
    fail("expected an indented block");
    return false;
  }
  if (!enter()) return false;
  ++t_;
  statements(chain, field);
  accept(TokenKind::kDedent);
  leave();
  return true;
}

/// A clause after a block that has been read: when it fails, the statement ends before it, and the
/// clause is what cannot be read.
bool Parser::else_clause(Chain& chain, TokenKind keyword, Field field) {
  if (!at(keyword)) return false;
  const Mark from = mark();
  const Chain before = chain;
  ++t_;
  if (block(chain, field)) return true;
  back_to(from);
  chain = before;
  return false;
}

NodeId Parser::if_statement() {
  NodeId head = 0, last_child = 0;  // an `elif` is an If in the one before
  bool more = true, several = false;
  while (more) {
    const Mark from = mark();
    const std::uint32_t begin = t_->begin;
    ++t_;
    Chain chain;
    add(chain, named_expression(), Field::kTest);
    if (!block(chain, Field::kBody)) {
      if (head == 0) return 0;
      back_to(from);
      break;
    }
    more = at(TokenKind::kElif);
    if (!more) else_clause(chain, TokenKind::kElse, Field::kOrElse);
    const NodeId made = node(Kind::kIf, begin, block_end());
    at(made).first = chain.first;
    if (head == 0) {
      head = made;
    } else {
      at(last_child).next = made;
      at(made).field = Field::kOrElse;
      several = true;
    }
    last_child = chain.last;
  }
  if (several) end_all(head, block_end());
  return head;
}

/// An If and the ones that its `elif` clauses are end alike.
void Parser::end_all(NodeId id, std::uint32_t end) {
  for (;;) {
    at(id).end = end;
    NodeId last = at(id).first;
    while (at(last).next != 0) last = at(last).next;
    const bool is_elif = at(last).kind == Kind::kIf && at(last).field == Field::kOrElse &&
                         tree_.text_[at(last).begin] == 'e';
    if (!is_elif) return;
    id = last;
  }
}

NodeId Parser::while_statement() {
  const std::uint32_t begin = t_->begin;
  ++t_;
  Chain chain;
  add(chain, named_expression(), Field::kTest);
  if (!block(chain, Field::kBody)) return 0;
  else_clause(chain, TokenKind::kElse, Field::kOrElse);
  const NodeId made = finish(Kind::kWhile, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::for_statement(std::uint32_t begin, bool is_async) {
  ++t_;
  Chain chain;
  add(chain, star_targets(), Field::kTarget);
  expect(TokenKind::kIn, "expected 'in'");
  add(chain, star_expressions(), Field::kIter);
  if (!block(chain, Field::kBody)) return 0;
  else_clause(chain, TokenKind::kElse, Field::kOrElse);
  const NodeId made = finish(is_async ? Kind::kAsyncFor : Kind::kFor, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::async_statement(std::uint32_t begin) {
  ++t_;
  switch (kind()) {
    case TokenKind::kDef: return function(begin, {}, true);
    case TokenKind::kWith: return with_statement(begin, true);
    case TokenKind::kFor: return for_statement(begin, true);
    default: return fail("expected 'def', 'with' or 'for' after 'async'");
  }
}

NodeId Parser::decorated() {
  Chain chain;
  while (accept(TokenKind::kAt)) {
    add(chain, named_expression(), Field::kDecorator);
    expect(TokenKind::kNewline, "expected the end of the line");
  }
  const std::uint32_t begin = t_->begin;
  if (at(TokenKind::kClass)) return class_definition(begin, chain);
  const bool is_async = accept(TokenKind::kAsync);
  if (!at(TokenKind::kDef)) return fail("expected a function or a class after a decorator");
  return function(begin, chain, is_async);
}

NodeId Parser::function(std::uint32_t begin, Chain chain, bool is_async) {
  ++t_;
  identifier(chain, Field::kName, "expected a function's name");
  type_parameters(chain);
  expect(TokenKind::kLeftParen, "expected '('");
  add(chain, parameters(TokenKind::kRightParen), Field::kArgs);
  expect(TokenKind::kRightParen, "expected ')' or ','");
  if (accept(TokenKind::kArrow)) add(chain, expression(), Field::kReturns);
  if (!block(chain, Field::kBody)) return 0;
  const NodeId made = finish(is_async ? Kind::kAsyncFunctionDef : Kind::kFunctionDef, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::class_definition(std::uint32_t begin, Chain chain) {
  ++t_;
  identifier(chain, Field::kName, "expected a class's name");
  type_parameters(chain);
  if (at(TokenKind::kLeftParen)) arguments(chain, Field::kBases);
  if (!block(chain, Field::kBody)) return 0;
  const NodeId made = finish(Kind::kClassDef, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::with_statement(std::uint32_t begin, bool is_async) {
  ++t_;
  Chain chain;
  if (!parenthesised_items(chain)) {
    do with_item(chain);
    while (accept(TokenKind::kComma));
  }
  if (!block(chain, Field::kBody)) return 0;
  const NodeId made = finish(is_async ? Kind::kAsyncWith : Kind::kWith, begin, chain);
  at(made).end = block_end();
  return made;
}

/// `with (a as b, c):`. False, and back where it was, when the parenthesis begins an expression.
bool Parser::parenthesised_items(Chain& chain) {
  if (!at(TokenKind::kLeftParen)) return false;
  std::uint32_t nesting = 0;
  const Token* closing = t_;
  for (;; ++closing) {
    if (closing->kind == TokenKind::kLeftParen) ++nesting;
    if (closing->kind == TokenKind::kRightParen && --nesting == 0) break;
    if (closing->kind == TokenKind::kNewline || closing->kind == TokenKind::kEnd) return false;
  }
  if (closing[1].kind != TokenKind::kColon) return false;
  const Mark from = mark();
  ++t_;
  do with_item(chain);
  while (accept(TokenKind::kComma) && !at(TokenKind::kRightParen));
  if (t_ == closing) {
    ++t_;
    return true;
  }
  back_to(from);
  chain = {};
  return false;
}

void Parser::with_item(Chain& chain) {
  const std::uint32_t begin = t_->begin;
  Chain item;
  add(item, expression(), Field::kContextExpr);
  if (accept(TokenKind::kAs)) add(item, star_target(), Field::kOptionalVars);
  add(chain, finish(Kind::kWithItem, begin, item), Field::kItems);
}

NodeId Parser::try_statement() {
  const std::uint32_t begin = t_->begin;
  const Token& keyword = *t_;
  ++t_;
  Chain chain;
  if (!block(chain, Field::kBody)) return 0;
  bool starred = false, handled = false;
  while (at(TokenKind::kExcept)) {
    const Mark from = mark();
    const NodeId handler = except_clause(starred, !handled);
    if (failed_) {
      back_to(from);
      break;
    }
    add(chain, handler, Field::kHandlers);
    handled = true;
  }
  if (handled) else_clause(chain, TokenKind::kElse, Field::kOrElse);
  const bool finally = else_clause(chain, TokenKind::kFinally, Field::kFinalBody);
  if (!handled && !finally) note(keyword, "'try' without 'except' or 'finally'");
  const NodeId made = finish(starred ? Kind::kTryStar : Kind::kTry, begin, chain);
  at(made).end = block_end();
  return made;
}

NodeId Parser::except_clause(bool& starred, bool first) {
  const std::uint32_t begin = t_->begin;
  ++t_;
  const bool star = accept(TokenKind::kStar);
  if (!first && star != starred) return fail("cannot have both 'except' and 'except*'");
  starred = star;
  Chain chain;
  if (star || !at(TokenKind::kColon)) {
    const NodeId type = expressions();
    add(chain, type, Field::kType);
    if (at(TokenKind::kAs)) {
      if (at(type).kind == Kind::kTuple && t_[-1].kind != TokenKind::kRightParen) {
        return fail("several exceptions with 'as' must be in parentheses");
      }
      ++t_;
      identifier(chain, Field::kName, "expected a name after 'as'");
    }
  }
  if (!block(chain, Field::kBody)) return 0;
  const NodeId made = finish(Kind::kExceptHandler, begin, chain);
  at(made).end = block_end();
  return made;
}

}  // namespace solvent::syntax::python
