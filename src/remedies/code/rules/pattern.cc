#include "remedies/code/rules/pattern.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

/// `$x` is no Python; this is how it is handed to the parser.
constexpr std::string_view kVariable = "var__";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string with_names(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && is_letter(text[i + 1]))
      out += kVariable;
    else
      out += text[i];
  }
  // Parameters that may be any are written as calls write them.
  if (out.starts_with("def ") || out.starts_with("async def ")) {
    const std::size_t dots = out.find("(...)");
    if (dots != std::string::npos) out.replace(dots, 5, "(*var___)");
  }
  return out;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text, const Library& library,
                                 Vocabulary& vocabulary, Variables& variables) {
  Pattern made;
  made.text_ = text;
  auto tree = std::make_shared<python::Tree>();
  python::parse(with_names(text), *tree);
  const NodeId statement = (*tree)[tree->root()].first;
  if (!tree->errors().empty() || statement == 0)
    return fail(Code::kInvalidArgument, "the pattern is not Python: " + made.text_,
                tree->errors().empty() ? "write one expression or statement"
                                       : std::string(tree->errors()[0].message));
  if ((*tree)[statement].next != 0)
    return fail(Code::kInvalidArgument, "the pattern is more than one statement: " + made.text_,
                "write several [[match]], or after_has");
  made.statement_ = (*tree)[statement].kind != python::Kind::kExpr;
  made.root_ = made.statement_ ? statement : (*tree)[statement].first;
  made.tree_ = std::move(tree);
  TRY(made.give_roles(library, vocabulary, variables));
  made.anchor_ = made.find_anchor();
  return made;
}

Result<std::uint8_t> Pattern::variable_named(std::string_view name, Variables& variables) const {
  if (name == "_") return kAnything;
  const auto found = std::ranges::find(variables, name);
  const std::size_t at = static_cast<std::size_t>(found - variables.begin());
  if (found == variables.end()) variables.emplace_back(name);
  if (at >= Bindings::kMax)
    return fail(Code::kInvalidArgument, "more variables than a rule may have: " + text_);
  return static_cast<std::uint8_t>(at + 1);
}

/// Of a chain of attributes that begins with a plain name; 0 for what begins otherwise.
Path Pattern::global_path(NodeId id, const Library& library, Vocabulary& vocabulary) const {
  const auto& node = (*tree_)[id];
  const std::string_view name = tree_->written_name(id);
  if (name.starts_with(kVariable)) return 0;
  if (node.kind == python::Kind::kName)
    return name == "self" ? 0 : library.canonical(vocabulary.path(0, vocabulary.word(name)));
  if (node.kind != python::Kind::kAttribute) return 0;
  const Path of = global_path(node.first, library, vocabulary);
  return of == 0 ? 0 : library.canonical(vocabulary.path(of, vocabulary.word(name)));
}

Result<void> Pattern::give_roles(const Library& library, Vocabulary& vocabulary,
                                 Variables& variables) {
  roles_.resize(tree_->size());
  for (NodeId id = 1; id < tree_->size(); ++id) {
    const auto& node = (*tree_)[id];
    Role& role = roles_[id];
    const std::string_view name = tree_->written_name(id);
    role.word = vocabulary.word(name);
    if (name.starts_with(kVariable)) {
      role.variable = TRY(variable_named(name.substr(kVariable.size()), variables));
    } else if ((node.kind == python::Kind::kName || node.kind == python::Kind::kAttribute) &&
               static_cast<python::Context>(node.op) == python::Context::kLoad) {
      role.path = global_path(id, library, vocabulary);
    }
    if (node.kind == python::Kind::kConstant) {
      const bool number = static_cast<python::ConstantKind>(node.op) == python::ConstantKind::kInt;
      const std::string text = number ? std::string(tree_->span(id)) : tree_->string_value(id);
      role.bytes = number ? 0 : static_cast<std::uint32_t>(text.size());
      role.word = vocabulary.word(text);
    }
    role.rest = node.kind == python::Kind::kConstant &&
                static_cast<python::ConstantKind>(node.op) == python::ConstantKind::kEllipsis;
  }
  return {};
}

Anchor Pattern::find_anchor() const {
  const auto& node = (*tree_)[root_];
  const Role& role = roles_[root_];
  if (role.path != 0) return reference_anchor(role.path);
  switch (node.kind) {
    case python::Kind::kCall: return call_anchor(root_);
    case python::Kind::kAttribute:
      if (role.variable == 0) return code::anchor(node.kind, AnchorBy::kWord, role.word);
      break;
    case python::Kind::kAssign:
    case python::Kind::kAugAssign: return assignment_anchor(root_);
    case python::Kind::kCompare: return comparison_anchor(root_);
    case python::Kind::kSubscript: {
      const Role& of = roles_[node.first];
      if (of.path != 0) return code::anchor(node.kind, AnchorBy::kPath, of.path);
      if ((*tree_)[node.first].kind == python::Kind::kAttribute && of.variable == 0)
        return code::anchor(node.kind, AnchorBy::kWord, of.word);
      break;
    }
    case python::Kind::kBinOp:
    case python::Kind::kUnaryOp:
    case python::Kind::kConstant:
      if (static_cast<python::ConstantKind>(node.op) == python::ConstantKind::kStr)
        return code::anchor(node.kind, AnchorBy::kWord, role.word);
      [[fallthrough]];
    case python::Kind::kBoolOp: return code::anchor(node.kind, AnchorBy::kOperator, node.op);
    default: break;
  }
  return code::anchor(node.kind, AnchorBy::kKind);
}

Anchor Pattern::call_anchor(NodeId call) const {
  const NodeId function = (*tree_)[call].first;
  const Role& role = roles_[function];
  if (role.path != 0) return code::anchor(python::Kind::kCall, AnchorBy::kPath, role.path);
  if ((*tree_)[function].kind == python::Kind::kAttribute && role.variable == 0)
    return code::anchor(python::Kind::kCall, AnchorBy::kWord, role.word);
  for (NodeId one = (*tree_)[function].next; one != 0; one = (*tree_)[one].next)
    if ((*tree_)[one].field == python::Field::kKeywords && roles_[one].word != 0)
      return code::anchor(python::Kind::kCall, AnchorBy::kKeyword, roles_[one].word);
  const NodeId of =
      (*tree_)[function].kind == python::Kind::kAttribute ? (*tree_)[function].first : function;
  if ((*tree_)[of].kind == python::Kind::kCall) {
    const NodeId inner = (*tree_)[of].first;
    if (roles_[inner].path != 0)
      return code::anchor(python::Kind::kCall, AnchorBy::kOfPath, roles_[inner].path);
    if ((*tree_)[inner].kind == python::Kind::kAttribute && roles_[inner].variable == 0)
      return code::anchor(python::Kind::kCall, AnchorBy::kOfWord, roles_[inner].word);
  }
  const NodeId first = (*tree_)[function].next;
  if (first != 0 && (*tree_)[first].kind == python::Kind::kConstant &&
      static_cast<python::ConstantKind>((*tree_)[first].op) == python::ConstantKind::kInt)
    return code::anchor(python::Kind::kCall, AnchorBy::kArgument, roles_[first].word);
  return code::anchor(python::Kind::kCall, AnchorBy::kKind);
}

std::size_t Pattern::called_variable() const {
  if ((*tree_)[root_].kind != python::Kind::kCall) return 0;
  const NodeId function = (*tree_)[root_].first;
  const std::uint8_t variable = roles_[function].variable;
  return (*tree_)[function].kind == python::Kind::kName && variable != kAnything ? variable : 0;
}

Anchor Pattern::assignment_anchor(NodeId assignment) const {
  const python::Kind kind = (*tree_)[assignment].kind;
  const NodeId value = tree_->child(assignment, python::Field::kValue);
  const NodeId target = (*tree_)[assignment].first;
  const auto& node = (*tree_)[value];
  const Role& role = roles_[value];
  if (node.kind == python::Kind::kCall && role.variable == 0) {
    const NodeId function = node.first;
    if (roles_[function].path != 0)
      return code::anchor(kind, AnchorBy::kValuePath, roles_[function].path);
    if ((*tree_)[function].kind == python::Kind::kAttribute && roles_[function].variable == 0)
      return code::anchor(kind, AnchorBy::kValueWord, roles_[function].word);
  }
  const bool open = role.variable != 0 || role.rest || role.path != 0;
  if (!open && node.kind != python::Kind::kSet)
    return code::anchor(kind, AnchorBy::kValueKind, static_cast<std::uint32_t>(node.kind));
  const python::Kind to = (*tree_)[target].kind;
  if (to == python::Kind::kSubscript ||
      (to == python::Kind::kAttribute && roles_[target].path == 0))
    return code::anchor(kind, AnchorBy::kTarget, static_cast<std::uint32_t>(to));
  return code::anchor(kind, AnchorBy::kKind);
}

Anchor Pattern::comparison_anchor(NodeId comparison) const {
  const NodeId left = (*tree_)[comparison].first;
  const NodeId right = (*tree_)[left].next;
  for (const NodeId side : {left, right})
    if (roles_[side].path != 0)
      return code::anchor(python::Kind::kCompare, AnchorBy::kPath, roles_[side].path);
  return code::anchor(python::Kind::kCompare, AnchorBy::kOperator, (*tree_)[right].role);
}

/// Pattern and program, node by node.
class PatternMatch {
 public:
  PatternMatch(const Pattern& pattern, const python::Tree& tree, Meaning& meaning,
               Bindings& bindings)
      : pattern_(pattern),
        shape_(*pattern.tree_),
        tree_(tree),
        meaning_(meaning),
        bindings_(bindings) {}

  bool node(NodeId p, NodeId t) {
    const auto& role = pattern_.roles_[p];
    const auto& wanted = shape_[p];
    const auto& found = tree_[t];
    if (role.rest) return true;
    if (role.path != 0) {
      const Value& value = meaning_.value(t);
      return value.path == role.path && value.resolves();
    }
    if (role.variable != 0 && wanted.kind == python::Kind::kName) return bind(role.variable, t);
    // `{...}` is any display in braces.
    if (wanted.kind == python::Kind::kSet && found.kind == python::Kind::kDict)
      return wanted.first != 0 && pattern_.roles_[wanted.first].rest;
    if (wanted.kind != found.kind) return false;
    return same_kind(p, t);
  }

 private:
  bool same_kind(NodeId p, NodeId t) {
    const auto& wanted = shape_[p];
    switch (wanted.kind) {
      case python::Kind::kConstant: return constant(p, t);
      case python::Kind::kName: return pattern_.roles_[p].word == meaning_.word(t);
      case python::Kind::kAttribute: {
        const auto& role = pattern_.roles_[p];
        if (!node(wanted.first, tree_[t].first)) return false;
        return role.variable != 0 ? bind(role.variable, t, true) : role.word == meaning_.word(t);
      }
      case python::Kind::kCall: return call(p, t);
      case python::Kind::kCompare: return compare(p, t);
      case python::Kind::kBinOp: return binary(p, t);
      case python::Kind::kWith:
      case python::Kind::kAsyncWith: return with(p, t);
      case python::Kind::kFunctionDef:
      case python::Kind::kAsyncFunctionDef:
      case python::Kind::kClassDef: return definition(p, t);
      default: return wanted.op == tree_[t].op && children(wanted.first, tree_[t].first);
    }
  }

  /// Lists of children field by field; `...` stands for all of its field.
  bool children(NodeId p, NodeId t) {
    while (p != 0) {
      const python::Field field = shape_[p].field;
      if (rest(p)) {
        while (t != 0 && tree_[t].field == field) t = tree_[t].next;
        p = shape_[p].next;
        continue;
      }
      if (t == 0 || tree_[t].field != field || !node(p, t)) return false;
      p = shape_[p].next;
      t = tree_[t].next;
    }
    return t == 0 || tree_[t].field == python::Field::kOrElse;
  }

  /// `...`, as an element or as a statement.
  bool rest(NodeId p) const {
    if (pattern_.roles_[p].rest) return true;
    return shape_[p].kind == python::Kind::kExpr && pattern_.roles_[shape_[p].first].rest;
  }

  bool bind(std::uint8_t variable, NodeId t, bool as_name = false) {
    if (variable == Pattern::kAnything) return true;
    const std::size_t at = variable - 1u;
    NodeId& bound = bindings_.nodes[at];
    if (bound != 0) {
      const std::string_view text = as_name ? tree_.written_name(t) : tree_.span(t);
      return bound == t || same_text(bindings_.text(tree_, at), text);
    }
    bound = t;
    if (as_name) bindings_.names |= static_cast<std::uint16_t>(1u << at);
    return true;
  }

  /// But for white space.
  static bool same_text(std::string_view x, std::string_view y) {
    std::size_t i = 0, j = 0;
    const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
    for (;;) {
      while (i < x.size() && blank(x[i])) ++i;
      while (j < y.size() && blank(y[j])) ++j;
      if (i == x.size() || j == y.size()) return i == x.size() && j == y.size();
      if (x[i++] != y[j++]) return false;
    }
  }

  bool constant(NodeId p, NodeId t) const {
    if (shape_[p].op != tree_[t].op) return false;
    switch (static_cast<python::ConstantKind>(shape_[p].op)) {
      case python::ConstantKind::kInt: return shape_.integer_digits(p) == tree_.integer_digits(t);
      case python::ConstantKind::kFloat: return shape_.float_value(p) == tree_.float_value(t);
      case python::ConstantKind::kStr:
      case python::ConstantKind::kBytes:
        if (tree_.span(t).size() < pattern_.roles_[p].bytes) return false;
        return shape_.string_value(p) == tree_.string_value(t);
      default: return true;
    }
  }

  bool call(NodeId p, NodeId t) {
    NodeId wanted = shape_[p].first, found = tree_[t].first;
    if (!node(wanted, found)) return false;
    bool any = false;
    wanted = shape_[wanted].next;
    found = tree_[found].next;
    // Positional arguments in order, up to `...`; keywords in any.
    for (; wanted != 0 && shape_[wanted].field == python::Field::kArgs;
         wanted = shape_[wanted].next) {
      if (pattern_.roles_[wanted].rest) {
        any = true;
        continue;
      }
      if (any) return false;
      if (found == 0 || tree_[found].field != python::Field::kArgs ||
          tree_[found].kind == python::Kind::kStarred || !node(wanted, found))
        return false;
      found = tree_[found].next;
    }
    if (!any && found != 0 && tree_[found].field == python::Field::kArgs) return false;
    std::size_t named = 0, given = 0;
    for (NodeId one = found; one != 0; one = tree_[one].next)
      given += tree_[one].field == python::Field::kKeywords;
    for (; wanted != 0; wanted = shape_[wanted].next, ++named)
      if (!keyword(wanted, found)) return false;
    return any || named == given;
  }

  bool keyword(NodeId wanted, NodeId found) {
    for (; found != 0; found = tree_[found].next) {
      if (tree_[found].field != python::Field::kKeywords ||
          meaning_.word(found) != pattern_.roles_[wanted].word)
        continue;
      return node(shape_[wanted].first, tree_[found].first);
    }
    return false;
  }

  /// Tries one order, then the other, and takes back what the first has bound.
  template <class First, class Second>
  bool either(First first, Second second) {
    const Bindings before = bindings_;
    if (first()) return true;
    bindings_ = before;
    if (second()) return true;
    bindings_ = before;
    return false;
  }

  bool compare(NodeId p, NodeId t) {
    const NodeId pl = shape_[p].first, tl = tree_[t].first;
    const NodeId pr = shape_[pl].next, tr = tree_[tl].next;
    if (shape_[pr].next != 0 || tree_[tr].next != 0) return children(pl, tl) && same_roles(pr, tr);
    if (shape_[pr].role != tree_[tr].role) return false;
    const auto op = static_cast<python::Operator>(shape_[pr].role);
    const bool commutes = op == python::Operator::kEq || op == python::Operator::kNotEq;
    return either([&] { return node(pl, tl) && node(pr, tr); },
                  [&] { return commutes && node(pl, tr) && node(pr, tl); });
  }

  bool same_roles(NodeId p, NodeId t) const {
    for (; p != 0 && t != 0; p = shape_[p].next, t = tree_[t].next)
      if (shape_[p].role != tree_[t].role) return false;
    return p == 0 && t == 0;
  }

  bool binary(NodeId p, NodeId t) {
    if (shape_[p].op != tree_[t].op) return false;
    const auto op = static_cast<python::Operator>(shape_[p].op);
    const bool commutes = op == python::Operator::kAdd || op == python::Operator::kMult;
    const NodeId pl = shape_[p].first, tl = tree_[t].first;
    const NodeId pr = shape_[pl].next, tr = tree_[tl].next;
    return either([&] { return node(pl, tl) && node(pr, tr); },
                  [&] { return commutes && node(pl, tr) && node(pr, tl); });
  }

  /// Each of the pattern's items is one of the statement's.
  bool with(NodeId p, NodeId t) {
    for (NodeId item = shape_[p].first; item != 0; item = shape_[item].next) {
      if (shape_[item].field != python::Field::kItems) continue;
      bool found = false;
      for (NodeId one = tree_[t].first; one != 0 && !found; one = tree_[one].next) {
        if (tree_[one].field != python::Field::kItems) continue;
        const Bindings before = bindings_;
        found = node(shape_[item].first, tree_[one].first);
        if (!found) bindings_ = before;
      }
      if (!found) return false;
    }
    return true;
  }

  /// By name, bases and, where the pattern has any, decorators; parameters and body are any.
  bool definition(NodeId p, NodeId t) {
    for (NodeId part = shape_[p].first; part != 0; part = shape_[part].next) {
      const python::Field field = shape_[part].field;
      if (field != python::Field::kName && field != python::Field::kBases &&
          field != python::Field::kDecorator)
        continue;
      bool found = false;
      for (NodeId one = tree_[t].first; one != 0 && !found; one = tree_[one].next) {
        if (tree_[one].field != field) continue;
        const auto& role = pattern_.roles_[part];
        if (field == python::Field::kName)
          found =
              role.variable != 0 ? bind(role.variable, one, true) : role.word == meaning_.word(one);
        else
          found = node(part, one);
      }
      if (!found) return false;
    }
    return true;
  }

  const Pattern& pattern_;
  const python::Tree& shape_;
  const python::Tree& tree_;
  Meaning& meaning_;
  Bindings& bindings_;
};

bool Pattern::matches(const python::Tree& tree, Meaning& meaning, NodeId node,
                      Bindings& bindings) const {
  const Bindings before = bindings;
  if (PatternMatch(*this, tree, meaning, bindings).node(root_, node)) return true;
  bindings = before;
  return false;
}

}  // namespace solvent::remedies::code
