// Calls: of what a library describes, and of what the file itself defines.
#include "remedies/code/meaning/evaluator.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

Evaluator::Arguments Evaluator::arguments(NodeId call) {
  Arguments given;
  for (NodeId id = (*tree_)[call].first; id != 0; id = (*tree_)[id].next) {
    const Node& node = (*tree_)[id];
    if (node.field == Field::kArgs) {
      expression(id);
      given.starred = given.starred || node.kind == NodeKind::kStarred;
      given.positional.push_back(id);
    } else if (node.field == Field::kKeywords) {
      meaning_.values_[id] = expression(node.first);
      given.keywords.push_back(id);
    }
  }
  return given;
}

Value Evaluator::call(NodeId id) {
  const NodeId callee = (*tree_)[id].first;
  const bool method = (*tree_)[callee].kind == NodeKind::kAttribute;
  const Value function = expression(callee);
  const Arguments given = arguments(id);
  if (what(function) == Own::kFunction || what(function) == Own::kClass) {
    const Value receiver = method ? meaning_.values_[(*tree_)[callee].first] : Value();
    return call_own(function, given, what(receiver) == Own::kInstance);
  }
  const Value receiver = method ? meaning_.values_[(*tree_)[callee].first] : Value();
  if (function.resolves() && (receiver.own != Value::kConstant || !receiver.kinds.known()))
    return call_path(function.path, given);
  if (!function.resolves() && (function.kinds.known() || what(function) == Own::kInstance))
    return call_instance(function, given);
  return receiver.kinds.known() ? call_method(receiver, meaning_.word(callee), given) : Value();
}

/// `model(x)`: what `forward` returns, or the class's own `__call__`.
Value Evaluator::call_instance(const Value& instance, const Arguments& given) {
  if (what(instance) == Own::kInstance)
    for (const char* name : {"forward", "call", "__call__"}) {
      const Value own = own_attribute(at(instance), vocabulary_.word(name), 0);
      if (what(own) == Own::kFunction) return call_own(own, given, true);
    }
  return instance.kinds.known() ? call_method(instance, vocabulary_.word("__call__"), given)
                                : Value();
}

Value Evaluator::call_path(Path path, const Arguments& given) {
  const Callable* callable = library_.function(path);
  if (callable == nullptr) return {KindSet(), path, Value::kMade};
  Value value = resolve(*callable, Value(), given, path);
  if (value == Value()) return {KindSet(), path, Value::kMade};
  if (value.path == 0 && value.kinds.known()) value.path = path;
  return value;
}

Value Evaluator::call_method(const Value& receiver, Word name, const Arguments& given) {
  Value out;
  bool first = true, all = true;
  receiver.kinds.each([&](Kind kind) {
    const Callable* callable = receiver.path != 0 ? library_.method(receiver.path, name) : nullptr;
    if (callable == nullptr) callable = library_.method(kind, name);
    if (callable == nullptr) {
      all = false;
      return;
    }
    const Value one = resolve(*callable, receiver, given, 0);
    out = first ? one : join(out, one);
    first = false;
  });
  return all ? out : Value();
}

/// A function or class of the file. Its parameters remember what they were given.
Value Evaluator::call_own(const Value& function, const Arguments& given, bool bound_self) {
  if (what(function) == Own::kClass) {
    const Class& made = classes_[at(function)];
    const Value instance{made.kinds.known() ? made.kinds : KindSet(Kind::kObject), made.path,
                         own(Own::kInstance, at(function))};
    const Value constructor = own_attribute(at(function), vocabulary_.word("__init__"), 0);
    if (what(constructor) == Own::kFunction) call_own(constructor, given, true);
    return instance;
  }
  const std::size_t which = at(function);
  const std::size_t shift = bound_self ? 1 : 0;
  // A parameter that some call leaves open, or fills in a way that is not followed, is not known.
  const std::size_t count = given.starred ? 0 : given.positional.size();
  {
    Function& called = functions_[which];
    if (called.given.size() < count + shift) {
      called.given.resize(count + shift);
      called.seen.resize(count + shift);
    }
    for (std::size_t i = 0; i < called.given.size(); ++i) {
      const Value value =
          i >= shift && i - shift < count ? meaning_.values_[given.positional[i - shift]] : Value();
      bool seen = called.seen[i];
      join_into(called.given[i], seen, value);
      called.seen[i] = seen;
    }
  }
  if (!functions_[which].read) return read_function(which);
  return functions_[which].returns;
}

Value Evaluator::argument(const Arguments& given, std::size_t place) const {
  return place < given.positional.size() && !given.starred
             ? meaning_.values_[given.positional[place]]
             : Value();
}

bool Evaluator::holds(const Condition& condition, const Arguments& given) {
  for (const NodeId id : given.keywords) {
    if (meaning_.word(id) != condition.keyword) continue;
    const Node& value = (*tree_)[(*tree_)[id].first];
    const bool is_constant = value.kind == NodeKind::kConstant;
    const auto constant = static_cast<python::ConstantKind>(value.op);
    if (condition.must_be_true) return is_constant && constant == python::ConstantKind::kTrue;
    return !is_constant || (constant != python::ConstantKind::kNoneValue &&
                            constant != python::ConstantKind::kFalse);
  }
  return false;
}

Value Evaluator::resolve(const Callable& callable, const Value& receiver, const Arguments& given,
                         Path made) {
  for (const Condition& condition : callable.conditions)
    if (holds(condition, given)) return resolve(condition.then, receiver, given, made);
  return resolve(callable.result, receiver, given, made);
}

Value Evaluator::resolve(OutcomeId id, const Value& receiver) {
  return resolve(id, receiver, Arguments(), 0);
}

Value Evaluator::resolve(OutcomeId id, const Value& receiver, const Arguments& given, Path made) {
  const Outcome& outcome = library_.outcome(id);
  switch (outcome.form) {
    case Form::kUnknown: return {};
    case Form::kOfKinds: return {outcome.kinds, outcome.path != 0 ? outcome.path : made, 0};
    case Form::kSelf: return receiver;
    case Form::kArgument: return argument(given, outcome.argument);
    case Form::kElement: return element_of(argument(given, outcome.argument));
    case Form::kSplit: {
      std::vector<Value> parts;
      for (std::size_t i = 0; i < given.positional.size() && !given.starred; ++i) {
        const Value value = argument(given, i);
        const Value part{value.kinds.within(Kind::kList) ? KindSet(Kind::kList) : value.kinds, 0,
                         value.kinds.within(Kind::kList) ? value.own : 0};
        parts.push_back(part);
        parts.push_back(part);
      }
      return parts.empty() ? Value{Kind::kList, 0, 0} : tuple_of(parts);
    }
    case Form::kTuple: {
      std::vector<Value> parts;
      for (const OutcomeId part : outcome.parts) parts.push_back(resolve(part, receiver, given, 0));
      return tuple_of(parts);
    }
    case Form::kList:
    case Form::kIterator:
    case Form::kSequence:
    case Form::kDict: {
      const Kind kind = outcome.form == Form::kList       ? Kind::kList
                        : outcome.form == Form::kIterator ? Kind::kIterator
                        : outcome.form == Form::kSequence ? Kind::kTuple
                                                          : Kind::kDict;
      if (outcome.parts.empty()) return {kind, 0, 0};
      return many_of(kind, resolve(outcome.parts[0], receiver, given, 0));
    }
  }
  return {};
}

}  // namespace solvent::remedies::code
