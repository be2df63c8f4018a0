/// Python tokens to a tree. Part of the parser; use python.h. Recursive descent, precedence
/// climbing for operators; it goes back only for `match` and for `with (`. Thread-compatible.
#pragma once

#include <string_view>

#include "syntax/python.h"

namespace solvent::syntax::python {

/// Children of a node in the making.
struct Chain {
  NodeId first = 0, last = 0;
};

/// What a token kind is to the grammar.
struct Grammar {
  std::uint8_t precedence = 0;  ///< of a binary operator; 0: none
  Operator binary = Operator::kNone;
  Operator augmented = Operator::kNone;  ///< of an augmented assignment
  bool begins_expression = false;
};
struct GrammarTable {
  Grammar rows[kTokenKinds]{};
};
extern const GrammarTable kGrammar;

class Parser {
 public:
  Parser(Tree& tree, const Limits& limits);
  void run();

 private:
  // ---- tokens
  TokenKind kind() const { return t_->kind; }
  bool at(TokenKind wanted) const { return t_->kind == wanted; }
  bool at_name() const { return is_name(t_->kind); }
  static bool is_name(TokenKind kind) {
    return kind >= TokenKind::kName && kind <= TokenKind::kExec;
  }
  bool accept(TokenKind wanted) {
    if (t_->kind != wanted) return false;
    ++t_;
    return true;
  }
  void expect(TokenKind wanted, std::string_view message) {
    if (t_->kind == wanted) {
      ++t_;
    } else {
      fail(message);
    }
  }
  std::uint32_t previous_end() const { return t_[-1].end; }
  std::uint32_t block_end() const;
  bool begins_expression() const { return grammar().begins_expression; }
  const Grammar& grammar() const { return kGrammar.rows[static_cast<std::size_t>(t_->kind)]; }
  std::string_view text(const Token& token) const {
    return {tree_.text_.data() + token.begin, token.end - token.begin};
  }
  /// Ends the statement in hand: from here on no token is any that the grammar asks for.
  [[gnu::cold]] NodeId fail(std::string_view message);
  [[gnu::cold]] void note(const Token& token, std::string_view message);

  // ---- nodes
  NodeId node(Kind kind, std::uint32_t begin, std::uint32_t end, std::uint8_t op = 0) {
    Node* made = tree_.nodes_.push();
    *made = {begin, end, 0, 0, kind, Field::kNone, op, 0};
    return static_cast<NodeId>(tree_.nodes_.size() - 1);
  }
  NodeId finish(Kind kind, std::uint32_t begin, const Chain& chain, std::uint8_t op = 0) {
    const NodeId made = node(kind, begin, previous_end(), op);
    tree_.nodes_[made].first = chain.first;
    return made;
  }
  NodeId leaf(Kind kind, std::uint8_t op = 0) {
    const NodeId made = node(kind, t_->begin, t_->end, op);
    ++t_;
    return made;
  }
  void add(Chain& chain, NodeId child, Field field) {
    tree_.nodes_[child].field = field;
    if (chain.last != 0) {
      tree_.nodes_[chain.last].next = child;
    } else {
      chain.first = child;
    }
    chain.last = child;
  }
  Node& at(NodeId id) { return tree_.nodes_[id]; }
  void set_context(NodeId target, Context context);
  void identifier(Chain& chain, Field field, std::string_view message);

  // ---- going back, and going on after an error
  struct Mark {
    const Token* token;
    std::size_t nodes, errors;
  };
  Mark mark() const { return {t_, tree_.nodes_.size(), tree_.errors_.size()}; }
  void back_to(const Mark& mark);
  bool enter() {
    if (depth_ < limits_.depth_max) {
      ++depth_;
      return true;
    }
    fail("nested too deeply");
    return false;
  }
  void leave() { --depth_; }

  // ---- statements (python_statements.cc, python_simple_statements.cc)
  void statements(Chain& chain, Field field);
  void statement(Chain& chain, Field field);
  NodeId compound_statement();
  void simple_statements(Chain& chain, Field field);
  NodeId simple_statement();
  NodeId recover(const Mark& from, bool simple);
  void skip_block();
  bool block(Chain& chain, Field field);
  bool clause_block(Chain& chain, Field field);
  NodeId expression_statement();
  NodeId annotated_assignment(NodeId target, std::uint32_t begin, bool bare);
  NodeId import_statement();
  NodeId import_from();
  void import_names(Chain& chain);
  NodeId name_list(Kind kind);
  NodeId delete_statement();
  NodeId type_alias();
  NodeId raise_statement();
  NodeId assert_statement();
  NodeId return_statement();
  NodeId print_statement();
  NodeId exec_statement();
  NodeId decorated();
  NodeId async_statement(std::uint32_t begin);
  NodeId function(std::uint32_t begin, Chain chain, bool is_async);
  NodeId class_definition(std::uint32_t begin, Chain chain);
  void type_parameters(Chain& chain);
  NodeId if_statement();
  void end_all(NodeId id, std::uint32_t end);
  NodeId while_statement();
  NodeId for_statement(std::uint32_t begin, bool is_async);
  NodeId with_statement(std::uint32_t begin, bool is_async);
  bool parenthesised_items(Chain& chain);
  void with_item(Chain& chain);
  NodeId try_statement();
  NodeId except_clause(bool& starred, bool first);
  NodeId match_statement();
  NodeId case_block();
  bool else_clause(Chain& chain, TokenKind keyword, Field field);

  // ---- parameters (python_parameters.cc)
  NodeId parameters(TokenKind closing);
  NodeId parameter(bool annotated, bool starred);
  NodeId python2_tuple_parameter();

  // ---- expressions (python_expressions.cc, python_atoms.cc)
  NodeId star_expressions();
  NodeId star_expression();
  NodeId expressions();
  NodeId expression();
  NodeId named_expression();
  NodeId star_named_expression();
  NodeId yield_or_star_expressions();
  NodeId yield_expression();
  NodeId lambda();
  NodeId binary(int precedence);
  NodeId comparison(NodeId left, std::uint32_t begin);
  NodeId factor();
  NodeId unary(Operator op);
  NodeId primary();
  NodeId subscript();
  NodeId slice();
  void arguments(Chain& chain, Field field);
  NodeId atom();
  NodeId bracketed();
  NodeId parenthesised();
  NodeId list();
  NodeId dict_or_set();
  NodeId dict(std::uint32_t begin, Chain chain);
  void comprehension_clauses(Chain& chain, bool python2_list);
  bool at_comprehension() const {
    return at(TokenKind::kFor) || (at(TokenKind::kAsync) && t_[1].kind == TokenKind::kFor);
  }
  NodeId star_targets();
  NodeId star_target();

  // ---- strings (python_strings.cc)
  struct StringParts {
    Chain values;  ///< of the string as a whole
    Chain pieces;  ///< of the constant in the making
    std::uint32_t count = 0;
    bool text = false;  ///< the constant has any
  };
  NodeId strings();
  NodeId formatted_strings(const Token* first);
  void string_token(StringParts& parts);
  void formatted_parts(StringParts& parts, bool is_template);
  void text_part(StringParts& parts);
  void piece(StringParts& parts, ConstantKind kind, std::uint32_t begin, std::uint32_t end);
  void end_constant(StringParts& parts);
  void replacement_field(StringParts& parts, bool is_template);
  NodeId format_spec();
  bool check_string(const Token& token);

  // ---- patterns (python_patterns.cc)
  NodeId open_patterns();
  NodeId star_pattern_or_pattern();
  NodeId pattern();
  NodeId closed_pattern();
  NodeId literal_pattern();
  NodeId signed_number();
  NodeId dotted_name();
  NodeId name_pattern();
  NodeId class_pattern(NodeId name);
  NodeId sequence_pattern();
  NodeId mapping_pattern();
  NodeId mapping_key();
  bool at_capture() const;

  Tree& tree_;
  const Limits& limits_;
  const Token* t_ = nullptr;
  const Token* failed_at_ = nullptr;
  std::string_view failure_;
  bool failed_ = false;
  bool python2_ = false;
  std::uint32_t depth_ = 0;
};

}  // namespace solvent::syntax::python
