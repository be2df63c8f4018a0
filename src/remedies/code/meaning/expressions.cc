// Expressions: what each resolves to, and its kind.
#include "remedies/code/meaning/evaluator.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

constexpr int kExpressionDepthMax = 400;  ///< of expressions in each other
constexpr int kAnnotationDepthMax = 8;
constexpr int kBasesMax = 16;

/// What arithmetic between two kinds gives: the one that comes first here.
constexpr Kind kDominant[] = {
    Kind::kSparkColumn, Kind::kDataFrame, Kind::kSeries, Kind::kPolarsFrame, Kind::kPolarsSeries,
    Kind::kTensor,      Kind::kTfTensor,  Kind::kIndex,  Kind::kNdarray,     Kind::kScore,
    Kind::kFloat,       Kind::kInt,       Kind::kBool};
/// These decide whatever the other side is.
constexpr KindSet kOverrules = KindSet(Kind::kSparkColumn) | Kind::kDataFrame | Kind::kSeries |
                               Kind::kPolarsFrame | Kind::kPolarsSeries | Kind::kTensor |
                               Kind::kTfTensor;
/// These compare element by element.
constexpr KindSet kElementwise = kOverrules | Kind::kNdarray | Kind::kIndex;

}  // namespace

Value Evaluator::expression(NodeId id) {
  if (id == 0 || depth_ >= kExpressionDepthMax) return {};
  ++depth_;
  const Value value = evaluate(id, (*tree_)[id]);
  --depth_;
  meaning_.values_[id] = value;
  return value;
}

Value Evaluator::evaluate(NodeId id, const Node& node) {
  const auto each = [&] {
    Value last;
    for (NodeId child = node.first; child != 0; child = (*tree_)[child].next)
      last = expression(child);
    return last;
  };
  switch (node.kind) {
    case NodeKind::kConstant: return constant(node);
    case NodeKind::kName: return look_up(meaning_.word(id));
    case NodeKind::kAttribute: return attribute(id);
    case NodeKind::kCall: return call(id);
    case NodeKind::kSubscript: return subscript(id);
    case NodeKind::kBinOp: {
      const Value left = expression(tree_->child(id, Field::kLeft));
      const Value right = expression(tree_->child(id, Field::kRight));
      return binary(static_cast<python::Operator>(node.op), left, right);
    }
    case NodeKind::kUnaryOp: {
      const Value operand = expression(node.first);
      if (static_cast<python::Operator>(node.op) == python::Operator::kNot)
        return {Kind::kBool, 0, 0};
      return {operand.kinds, 0, 0};
    }
    case NodeKind::kCompare: return comparison(id);
    case NodeKind::kBoolOp: {
      Value value;
      bool first = true;
      for (NodeId child = node.first; child != 0; child = (*tree_)[child].next) {
        const Value one = expression(child);
        value = first ? one : join(value, one);
        first = false;
      }
      return value;
    }
    case NodeKind::kIfExp: {
      expression(tree_->child(id, Field::kTest));
      const Value then = expression(tree_->child(id, Field::kBody));
      return join(then, expression(tree_->child(id, Field::kOrElse)));
    }
    case NodeKind::kNamedExpr: {
      const Value value = expression(tree_->child(id, Field::kValue));
      assign(tree_->child(id, Field::kTarget), value);
      return value;
    }
    case NodeKind::kJoinedStr: each(); return {Kind::kStr, 0, 0};
    case NodeKind::kTuple:
    case NodeKind::kList:
    case NodeKind::kSet:
    case NodeKind::kDict: return display(node);
    case NodeKind::kListComp:
    case NodeKind::kSetComp:
    case NodeKind::kDictComp:
    case NodeKind::kGeneratorExp: return comprehension(id, node);
    case NodeKind::kLambda: {
      const std::uint32_t outer = scope_;
      scope_ = open_scope(ScopeKind::kInline);
      Function parameters;
      bind_parameters(parameters, tree_->child(id, Field::kArgs));
      expression(tree_->child(id, Field::kBody));
      scope_ = outer;
      return {Kind::kFunction, 0, 0};
    }
    case NodeKind::kAwait: return each();
    case NodeKind::kStarred: each(); return {};
    default: each(); return {};
  }
}

/// `(a, b)`, `[a, b]`, `{a, b}`, `{a: b}`.
Value Evaluator::display(const Node& node) {
  std::vector<Value> parts;
  Value element;
  bool first = true;
  for (NodeId child = node.first; child != 0; child = (*tree_)[child].next) {
    const Value one = expression(child);
    if (node.kind == NodeKind::kTuple) parts.push_back(one);
    if (node.kind == NodeKind::kDict && (*tree_)[child].field != Field::kValues) continue;
    element = first ? one : join(element, one);
    first = false;
  }
  if (node.kind == NodeKind::kTuple) return tuple_of(parts);
  return many_of(node.kind == NodeKind::kList  ? Kind::kList
                 : node.kind == NodeKind::kSet ? Kind::kSet
                                               : Kind::kDict,
                 element);
}

Value Evaluator::constant(const Node& node) const {
  using enum python::ConstantKind;
  switch (static_cast<python::ConstantKind>(node.op)) {
    case kNoneValue: return {Kind::kNone, 0, 0};
    case kTrue:
    case kFalse: return {Kind::kBool, 0, 0};
    case kInt: return {Kind::kInt, 0, 0};
    case kFloat: return {Kind::kFloat, 0, 0};
    case kBytes: return {Kind::kBytes, 0, 0};
    case kEllipsis:
    case kImaginary: return {};
    default: return {Kind::kStr, 0, 0};
  }
}

Value Evaluator::attribute(NodeId id) {
  const Value of = expression((*tree_)[id].first);
  return attribute_of(of, meaning_.word(id));
}

Value Evaluator::attribute_of(const Value& of, Word name) {
  if (what(of) == Own::kInstance || what(of) == Own::kClass) {
    const Value own = own_attribute(at(of), name, 0);
    if (own.kinds.known() || own.own != 0 || own.path != 0) return own;
  }
  if (of.own == Value::kConstant) {
    Value found = attribute_of({of.kinds, 0, 0}, name);
    if (!found.kinds.known() && found.path == 0) found.path = vocabulary_.path(of.path, name);
    return found;
  }
  if (of.resolves()) {
    // An attribute of a function is none that anybody describes.
    if (of.kinds == KindSet(Kind::kFunction)) return {};
    return known_path(vocabulary_.path(of.path, name));
  }
  Value out;
  bool first = true, all = of.kinds.known();
  of.kinds.each([&](Kind kind) {
    OutcomeId id = of.path != 0 ? library_.attribute(of.path, name) : 0;
    if (id == 0) id = library_.attribute(kind, name);
    if (id == 0 && library_.method(kind, name) == nullptr)
      id = library_.attribute(kind, vocabulary_.find_word("*"));  // a column
    if (id == 0) all = false;
    const Value one = id != 0 ? resolve(id, of) : Value();
    out = first ? one : join(out, one);
    first = false;
  });
  return all ? out : Value();
}

Value Evaluator::own_attribute(std::size_t class_at, Word name, int depth) {
  const std::uint32_t number = slot_of(classes_[class_at].scope, name, false);
  if (number != 0 && slots_[number - 1].assigned) return slots_[number - 1].ever;
  if (depth < kBasesMax)
    for (const std::uint32_t base : classes_[class_at].bases) {
      const Value found = own_attribute(base, name, depth + 1);
      if (found.kinds.known() || found.own != 0) return found;
    }
  return {};
}

Value Evaluator::subscript(NodeId id) {
  const NodeId receiver = (*tree_)[id].first;
  const Value of = expression(receiver);
  const NodeId slice = (*tree_)[receiver].next;
  expression(slice);
  const Index index = index_kind(slice);
  if (what(of) == Own::kTuple) {
    if (index == Index::kInt && (*tree_)[slice].kind == NodeKind::kConstant) {
      const std::string digits = tree_->integer_digits(slice);
      const std::size_t place = digits.size() == 1 ? static_cast<std::size_t>(digits[0] - '0') : 99;
      return place < parts(of).size() ? Value(parts(of)[place]) : Value();
    }
    return {};
  }
  if (what(of) == Own::kMany) {
    if (index == Index::kSlice) return of;
    return Value(parts(of)[0]);
  }
  Value out;
  bool first = true;
  of.kinds.each([&](Kind kind) {
    OutcomeId element = of.path != 0 ? library_.element(of.path, index) : 0;
    if (element == 0) element = library_.element(kind, index);
    const Value one = element != 0 ? resolve(element, of) : Value();
    out = first ? one : join(out, one);
    first = false;
  });
  return out;
}

Index Evaluator::index_kind(NodeId slice) {
  const Node& node = (*tree_)[slice];
  if (node.kind == NodeKind::kSlice) return Index::kSlice;
  if (node.kind == NodeKind::kTuple) {
    // Rows and columns: many rows of many columns, of one, or one value.
    const NodeId rows = node.first;
    const NodeId columns = rows == 0 ? 0 : (*tree_)[rows].next;
    if (columns == 0 || (*tree_)[columns].next != 0) return Index::kAny;
    const auto several = [](Index index) {
      return index == Index::kSlice || index == Index::kMask || index == Index::kList;
    };
    if (!several(index_kind(rows))) return Index::kAny;
    const Index column = index_kind(columns);
    if (several(column)) return Index::kSlice;
    return column == Index::kStr || column == Index::kInt ? Index::kTuple : Index::kAny;
  }
  const KindSet kinds = meaning_.values_[slice].kinds;
  if (kinds.within(Kind::kStr)) return Index::kStr;
  if (kinds.within(KindSet(Kind::kInt) | Kind::kFloat)) return Index::kInt;
  if (kinds.within(kElementwise)) return Index::kMask;
  if (kinds.within(Kind::kList)) return Index::kList;
  return Index::kAny;
}

Value Evaluator::comprehension(NodeId id, const Node& node) {
  const std::uint32_t outer = scope_;
  scope_ = open_scope(ScopeKind::kInline);
  for (NodeId one = node.first; one != 0; one = (*tree_)[one].next) {
    if ((*tree_)[one].field != Field::kGenerators) continue;
    const Value over = expression(tree_->child(one, Field::kIter));
    assign(tree_->child(one, Field::kTarget), element_of(over));
    for (NodeId test = (*tree_)[one].first; test != 0; test = (*tree_)[test].next)
      if ((*tree_)[test].field == Field::kIfs) expression(test);
  }
  Value element;
  if (node.kind == NodeKind::kDictComp) {
    expression(tree_->child(id, Field::kKey));
    element = expression(tree_->child(id, Field::kValue));
  } else {
    element = expression(tree_->child(id, Field::kElt));
  }
  scope_ = outer;
  const Kind kind = node.kind == NodeKind::kListComp   ? Kind::kList
                    : node.kind == NodeKind::kSetComp  ? Kind::kSet
                    : node.kind == NodeKind::kDictComp ? Kind::kDict
                                                       : Kind::kIterator;
  return many_of(kind, element);
}

Value Evaluator::binary(python::Operator op, const Value& left, const Value& right) const {
  if (op == python::Operator::kMod && left.kinds.within(Kind::kStr)) return {Kind::kStr, 0, 0};
  const KindSet texts = KindSet(Kind::kStr) | Kind::kBytes | Kind::kList | Kind::kTuple;
  if (left.kinds.within(texts) && left.kinds == right.kinds) return {left.kinds, 0, 0};
  if (op == python::Operator::kMult && left.kinds.within(texts) && right.kinds.within(Kind::kInt))
    return {left.kinds, 0, left.own};
  if (op == python::Operator::kDiv &&
      (left.kinds.within(Kind::kPath) || right.kinds.within(Kind::kPath)))
    return {Kind::kPath, 0, 0};
  for (const Kind kind : kDominant) {
    const bool decides = left.kinds.within(kind) || right.kinds.within(kind);
    if (!decides) continue;
    const bool both = left.kinds.known() && right.kinds.known();
    if (!both && !kOverrules.has(kind)) return {};
    const bool numbers = kind == Kind::kInt || kind == Kind::kBool;
    if (numbers && op == python::Operator::kDiv) return {Kind::kFloat, 0, 0};
    if (numbers && op == python::Operator::kPow) return {};
    return {kind == Kind::kBool ? Kind::kInt : kind == Kind::kScore ? Kind::kFloat : kind, 0, 0};
  }
  if (left.kinds.within(Kind::kSet) && right.kinds.within(Kind::kSet))
    return {Kind::kSet, 0, left.own};
  return {};
}

Value Evaluator::comparison(NodeId id) {
  Value out{Kind::kBool, 0, 0};
  bool plain = true;  // `is` and `in` give truth, whatever is compared
  for (NodeId child = (*tree_)[id].first; child != 0; child = (*tree_)[child].next) {
    const Value value = expression(child);
    const auto op = static_cast<python::Operator>((*tree_)[child].role);
    if ((*tree_)[child].field == Field::kComparators) plain = plain && op >= python::Operator::kIs;
    if (value.kinds.within(kElementwise) && value.kinds.count() == 1)
      out = {value.kinds == KindSet(Kind::kIndex) ? KindSet(Kind::kNdarray) : value.kinds, 0, 0};
    else if (!value.kinds.known() && out.kinds == KindSet(Kind::kBool))
      out = {};
  }
  return plain ? Value{Kind::kBool, 0, 0} : out;
}

Value Evaluator::element_of(const Value& value) {
  if (what(value) == Own::kMany) {
    if (value.kinds.within(Kind::kDict)) return {};
    return Value(parts(value)[0]);
  }
  if (what(value) == Own::kTuple) {
    Value out;
    for (std::size_t i = 0; i < parts(value).size(); ++i) {
      const Value part = parts(value)[i];
      out = i == 0 ? part : join(out, part);
    }
    return out;
  }
  Value out;
  bool first = true;
  value.kinds.each([&](Kind kind) {
    const OutcomeId id = library_.iteration(kind);
    const Value one = id != 0 ? resolve(id, value) : Value();
    out = first ? one : join(out, one);
    first = false;
  });
  return out;
}

/// What an annotation, or the second argument of isinstance, says that a value is.
Value Evaluator::instance_of(NodeId annotation, int depth) {
  if (annotation == 0 || depth > kAnnotationDepthMax) return {};
  const Node& node = (*tree_)[annotation];
  const Value value = meaning_.values_[annotation];
  if (what(value) == Own::kClass) {
    const Class& of = classes_[at(value)];
    return {of.kinds.known() ? of.kinds : KindSet(Kind::kObject), of.path,
            own(Own::kInstance, at(value))};
  }
  if (node.kind == NodeKind::kName || node.kind == NodeKind::kAttribute) {
    if (!value.resolves()) return {};
    const KindSet kinds = library_.instances(value.path);
    return kinds.known() ? Value{kinds, value.path, 0} : Value();
  }
  if (node.kind == NodeKind::kBinOp || node.kind == NodeKind::kTuple) {  // X | None, (X, Y)
    Value out;
    for (NodeId part = node.first; part != 0; part = (*tree_)[part].next) {
      const Node& one = (*tree_)[part];
      if (one.kind == NodeKind::kConstant) continue;  // None: who uses it has made sure
      const Value value_of_part = instance_of(part, depth + 1);
      if (!value_of_part.kinds.known()) return {};
      out = out.kinds.known() ? join(out, value_of_part) : value_of_part;
    }
    return out;
  }
  if (node.kind == NodeKind::kSubscript) {
    const NodeId inside = (*tree_)[node.first].next;
    const std::string_view name = tree_->span(node.first);
    if (name.ends_with("Optional") || name.ends_with("Annotated")) {
      const bool several = (*tree_)[inside].kind == NodeKind::kTuple;
      return instance_of(several ? (*tree_)[inside].first : inside, depth + 1);
    }
    if (name.ends_with("Union")) return instance_of(inside, depth + 1);
    const Value outer = instance_of(node.first, depth + 1);
    const KindSet many = KindSet(Kind::kList) | Kind::kSet | Kind::kIterator;
    if (name.ends_with("List") || name.ends_with("Sequence") || outer.kinds.within(many))
      return many_of(outer.kinds.known() && outer.kinds.count() == 1 && outer.kinds.has(Kind::kSet)
                         ? Kind::kSet
                         : Kind::kList,
                     instance_of(inside, depth + 1));
    return {outer.kinds, outer.path, 0};
  }
  return {};
}

}  // namespace solvent::remedies::code
