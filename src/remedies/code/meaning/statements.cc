// Statements in the order of execution.
#include "remedies/code/meaning/evaluator.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

constexpr int kStatementDepthMax = 200;  ///< of nested statements and expressions that are followed
constexpr int kTwicedLoopsMax = 2;       ///< loops around each other whose bodies are read twice
constexpr int kNestedFunctionsMax = 12;

}  // namespace

bool Evaluator::block(NodeId parent, Field field) {
  bool ends = false;
  for (NodeId id = (*tree_)[parent].first; id != 0; id = (*tree_)[id].next)
    if ((*tree_)[id].field == field) ends = statement(id) || ends;
  return ends;
}

bool Evaluator::statement(NodeId id) {
  if (depth_ >= kStatementDepthMax) return false;
  ++depth_;
  const bool ends = compound(id);
  --depth_;
  return ends;
}

bool Evaluator::compound(NodeId id) {
  const Node& node = (*tree_)[id];
  bool ends = false;
  switch (node.kind) {
    case NodeKind::kFunctionDef:
    case NodeKind::kAsyncFunctionDef: define_function(id); return false;
    case NodeKind::kClassDef: define_class(id); return false;
    case NodeKind::kReturn: {
      const NodeId value = tree_->child(id, Field::kValue);
      const Value given = value != 0 ? expression(value) : Value{Kind::kNone, 0, 0};
      if (function_ != 0) {
        Function& function = functions_[function_ - 1];
        join_into(function.returns, function.returned, given);
      }
      return true;
    }
    case NodeKind::kAssign: {
      const Value value = expression(tree_->child(id, Field::kValue));
      for (NodeId target = node.first; target != 0; target = (*tree_)[target].next)
        if ((*tree_)[target].field == Field::kTargets) assign(target, value);
      return false;
    }
    case NodeKind::kAnnAssign: {
      const NodeId value = tree_->child(id, Field::kValue);
      Value given = value != 0 ? expression(value) : Value();
      const NodeId annotation = tree_->child(id, Field::kAnnotation);
      expression(annotation);
      if (!given.kinds.known()) given = instance_of(annotation, 0);
      assign(tree_->child(id, Field::kTarget), given);
      return false;
    }
    case NodeKind::kAugAssign: {
      const NodeId target = tree_->child(id, Field::kTarget);
      const Value before = expression(target);
      const Value with = expression(tree_->child(id, Field::kValue));
      const bool grows = before.kinds.within(KindSet(Kind::kList) | Kind::kSet | Kind::kDict);
      assign(target, grows ? Value{before.kinds, before.path, 0}
                           : binary(static_cast<python::Operator>(node.op), before, with));
      return false;
    }
    case NodeKind::kImport: import_names(id); return false;
    case NodeKind::kImportFrom: import_from(id); return false;
    case NodeKind::kIf: if_statement(id, ends); return ends;
    case NodeKind::kFor:
    case NodeKind::kAsyncFor:
    case NodeKind::kWhile: loop_statement(id); return false;
    case NodeKind::kTry:
    case NodeKind::kTryStar: try_statement(id, ends); return ends;
    case NodeKind::kWith:
    case NodeKind::kAsyncWith: with_statement(id, ends); return ends;
    case NodeKind::kMatch: match_statement(id, ends); return ends;
    case NodeKind::kBreak:
    case NodeKind::kContinue: leave_loop(); return true;
    case NodeKind::kGlobal:
      for (NodeId name = node.first; name != 0; name = (*tree_)[name].next) {
        const std::uint32_t there = slot_of(0, meaning_.word(name), true);
        slot_numbers_[(std::uint64_t{scope_} + 1) << 32 | meaning_.word(name)] = there;
      }
      return false;
    default: break;
  }
  for (NodeId child = node.first; child != 0; child = (*tree_)[child].next) {
    if ((*tree_)[child].field == Field::kBody && node.kind == NodeKind::kInvalid)
      statement(child);
    else
      expression(child);
  }
  return node.kind == NodeKind::kRaise;
}

void Evaluator::import_names(NodeId id) {
  for (NodeId alias = (*tree_)[id].first; alias != 0; alias = (*tree_)[alias].next) {
    const std::string name = tree_->name(alias);
    const NodeId as = tree_->child(alias, Field::kAsName);
    const Path path = vocabulary_.path_of(name);
    if (as != 0) {
      bind(meaning_.word(as), known_path(path));
    } else {
      const Word first = vocabulary_.word(std::string_view(name).substr(0, name.find('.')));
      bind(first, known_path(vocabulary_.path(0, first)));
    }
  }
}

void Evaluator::import_from(NodeId id) {
  const NodeId module = tree_->child(id, Field::kModule);
  Path path = 0;
  // "from .x import y" is of this project; its path begins with the dots.
  for (std::uint32_t level = tree_->import_level(id); level > 0; --level)
    path = vocabulary_.path(path, vocabulary_.word("."));
  if (module != 0) {
    const std::string name = tree_->name(module);
    for (std::string_view rest = name; !rest.empty();) {
      const std::size_t dot = rest.find('.');
      path = vocabulary_.path(path, vocabulary_.word(rest.substr(0, dot)));
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
  }
  path = canonical(path);
  for (NodeId alias = (*tree_)[id].first; alias != 0; alias = (*tree_)[alias].next) {
    if ((*tree_)[alias].field != Field::kNames) continue;
    const std::string_view name = tree_->written_name(alias);
    if (name == "*") {
      star_imports_.push_back(path);
      continue;
    }
    const NodeId as = tree_->child(alias, Field::kAsName);
    bind(meaning_.word(as != 0 ? as : alias),
         known_path(vocabulary_.path(path, meaning_.word(alias))));
  }
}

void Evaluator::if_statement(NodeId id, bool& ends) {
  const NodeId test = tree_->child(id, Field::kTest);
  expression(test);
  const std::size_t mark = trail_.size();
  narrow(test);
  const bool body_ends = block(id, Field::kBody);
  const Changes body = take_changes(mark);
  const bool else_ends = block(id, Field::kOrElse);
  ends = body_ends && else_ends;
  if (body_ends) return;
  if (else_ends) {
    take_changes(mark);
    apply(body);
  } else {
    join_with(body, mark);
  }
}

/// `isinstance(x, Class)` holds in the body.
void Evaluator::narrow(NodeId test) {
  const Node& node = (*tree_)[test];
  if (node.kind == NodeKind::kBoolOp &&
      static_cast<python::Operator>(node.op) == python::Operator::kAnd) {
    for (NodeId part = node.first; part != 0; part = (*tree_)[part].next) narrow(part);
    return;
  }
  if (node.kind != NodeKind::kCall) return;
  const NodeId function = node.first;
  if (function == 0 || tree_->span(function) != "isinstance") return;
  const NodeId subject = (*tree_)[function].next;
  const NodeId of = subject == 0 ? 0 : (*tree_)[subject].next;
  if (of == 0 || (*tree_)[subject].kind != NodeKind::kName) return;
  const Value kind = instance_of(of, 0);
  if (kind.kinds.known()) bind(meaning_.word(subject), kind);
}

void Evaluator::loop_statement(NodeId id) {
  const Node& node = (*tree_)[id];
  NodeId target = 0;
  Value element;
  if (node.kind == NodeKind::kWhile) {
    expression(tree_->child(id, Field::kTest));
  } else {
    target = tree_->child(id, Field::kTarget);
    element = element_of(expression(tree_->child(id, Field::kIter)));
  }
  const std::size_t mark = trail_.size();
  ++loop_depth_;
  if (loop_depth_ <= kTwicedLoopsMax) {
    loop_body(id, target, element);
    // A second time, if a name that the loop finds has another kind when it comes back.
    bool again = false;
    for (std::size_t i = mark; i < trail_.size() && !again; ++i)
      again = trail_[i].bound && slots_[trail_[i].slot].now != trail_[i].value;
    if (again) {
      const Changes first = take_changes(mark);
      join_with(first, mark);
      loop_body(id, target, element);
    }
  } else {
    loop_body(id, target, element);
  }
  --loop_depth_;
  const Changes body = take_changes(mark);  // it may not have run at all
  join_with(body, mark);
  block(id, Field::kOrElse);
}

void Evaluator::loop_body(NodeId id, NodeId target, const Value& element) {
  const std::size_t mark = trail_.size();
  Loop loop{.mark = mark};
  loops_.push_back(&loop);
  if (target != 0) assign(target, element);
  const bool ends = block(id, Field::kBody);
  loops_.pop_back();
  if (ends) {
    take_changes(mark);
    apply(loop.exits);
  } else if (!loop.exits.empty()) {
    join_with(loop.exits, mark);
  }
}

/// What stands at `break` and `continue` reaches the loop's end.
void Evaluator::leave_loop() {
  if (loops_.empty()) return;
  Loop& loop = *loops_.back();
  ++stamp_;
  for (std::size_t i = trail_.size(); i > loop.mark; --i) {
    Slot& slot = slots_[trail_[i - 1].slot];
    if (slot.stamp == stamp_) continue;
    slot.stamp = stamp_;
    bool found = false;
    for (Change& exit : loop.exits) {
      if (exit.slot != trail_[i - 1].slot) continue;
      found = true;
      exit.value = join(exit.value, slot.now);
    }
    if (!found) loop.exits.push_back({trail_[i - 1].slot, slot.now, slot.bound});
  }
}

void Evaluator::try_statement(NodeId id, bool& ends) {
  const std::size_t mark = trail_.size();
  bool body_ends = block(id, Field::kBody);
  const Changes tried = take_changes(mark);
  // A handler finds what was before, or any part of the body done.
  Changes out;
  bool all_end = true, some = false;
  for (NodeId handler = (*tree_)[id].first; handler != 0; handler = (*tree_)[handler].next) {
    if ((*tree_)[handler].field != Field::kHandlers) continue;
    join_with(tried, mark);
    if (const NodeId type = tree_->child(handler, Field::kType)) expression(type);
    if (const NodeId name = tree_->child(handler, Field::kName)) bind(meaning_.word(name), Value());
    const bool handler_ends = block(handler, Field::kBody);
    Changes changes = take_changes(mark);
    if (handler_ends) continue;
    all_end = false;
    if (some) {
      apply(out);
      join_with(changes, mark);
      out = take_changes(mark);
    } else {
      out = std::move(changes);
    }
    some = true;
  }
  apply(tried);
  body_ends = block(id, Field::kOrElse) || body_ends;
  if (some && body_ends) {
    take_changes(mark);
    apply(out);
  } else if (some) {
    join_with(out, mark);
  }
  ends = block(id, Field::kFinalBody) || (body_ends && all_end);
}

void Evaluator::with_statement(NodeId id, bool& ends) {
  for (NodeId item = (*tree_)[id].first; item != 0; item = (*tree_)[item].next) {
    if ((*tree_)[item].field != Field::kItems) continue;
    const Value value = expression(tree_->child(item, Field::kContextExpr));
    const NodeId target = tree_->child(item, Field::kOptionalVars);
    if (target != 0) assign(target, value);
  }
  ends = block(id, Field::kBody);
}

void Evaluator::match_statement(NodeId id, bool& ends) {
  expression(tree_->child(id, Field::kSubject));
  const std::size_t mark = trail_.size();
  Changes out;
  bool some = false;
  for (NodeId one = (*tree_)[id].first; one != 0; one = (*tree_)[one].next) {
    if ((*tree_)[one].field != Field::kCases) continue;
    bind_patterns(tree_->child(one, Field::kPattern));
    if (const NodeId guard = tree_->child(one, Field::kGuard)) expression(guard);
    const bool case_ends = block(one, Field::kBody);
    Changes changes = take_changes(mark);
    if (case_ends) continue;
    if (some) {
      apply(out);
      join_with(changes, mark);
      changes = take_changes(mark);
    }
    some = true;
    out = std::move(changes);
  }
  join_with(out, mark);  // or no case held
  ends = false;
}

void Evaluator::bind_patterns(NodeId pattern) {
  const Node& node = (*tree_)[pattern];
  switch (node.kind) {
    case NodeKind::kMatchStar:
    case NodeKind::kMatchAs:
      if (const NodeId name = tree_->child(pattern, Field::kName))
        bind(meaning_.word(name), Value());
      else
        bind(meaning_.word(pattern), Value());
      break;
    case NodeKind::kMatchValue: expression(node.first); return;
    default: break;
  }
  for (NodeId child = node.first; child != 0; child = (*tree_)[child].next) {
    const Field field = (*tree_)[child].field;
    if (field == Field::kPatterns || field == Field::kPattern || field == Field::kKwdPatterns)
      bind_patterns(child);
    else if (field == Field::kCls || field == Field::kKeys)
      expression(child);
    else if (field == Field::kRest)
      bind(meaning_.word(child), {Kind::kDict, 0, 0});
  }
}

void Evaluator::assign(NodeId target, const Value& value) {
  const Node& node = (*tree_)[target];
  meaning_.values_[target] = value;
  switch (node.kind) {
    case NodeKind::kName: bind(meaning_.word(target), value); break;
    case NodeKind::kTuple:
    case NodeKind::kList: unpack(target, value); break;
    case NodeKind::kStarred: assign(node.first, many_of(Kind::kList, element_of(value))); break;
    case NodeKind::kAttribute: {
      const Value of = expression(node.first);
      if (what(of) != Own::kInstance && what(of) != Own::kClass) break;
      const std::uint32_t scope = classes_[at(of)].scope;
      Slot& slot = slots_[slot_of(scope, meaning_.word(target), true) - 1];
      join_into(slot.ever, slot.assigned, value);
      break;
    }
    case NodeKind::kSubscript:
      expression(node.first);
      expression((*tree_)[node.first].next);
      break;
    default: expression(target); break;
  }
}

void Evaluator::unpack(NodeId target, const Value& value) {
  std::vector<NodeId> targets;
  bool starred = false;
  for (NodeId id = (*tree_)[target].first; id != 0; id = (*tree_)[id].next) {
    targets.push_back(id);
    starred = starred || (*tree_)[id].kind == NodeKind::kStarred;
  }
  if (what(value) == Own::kTuple && !starred && parts(value).size() == targets.size()) {
    for (std::size_t i = 0; i < targets.size(); ++i) assign(targets[i], Value(parts(value)[i]));
    return;
  }
  const Value element = what(value) == Own::kTuple ? Value() : element_of(value);
  for (const NodeId one : targets) assign(one, element);
}

void Evaluator::define_function(NodeId id) {
  bool method = scopes_[scope_].kind == ScopeKind::kClass;
  for (NodeId child = (*tree_)[id].first; child != 0; child = (*tree_)[child].next) {
    if ((*tree_)[child].field != Field::kDecorator) continue;
    expression(child);
    method = method && tree_->span(child) != "staticmethod";
  }
  Function function{.node = id, .scope = scope_};
  if (method)
    for (std::size_t i = classes_.size(); i > 0 && function.self_class == 0; --i)
      if (classes_[i - 1].scope == scope_) function.self_class = static_cast<std::uint32_t>(i);
  functions_.push_back(std::move(function));
  const Value value{Kind::kFunction, 0, own(Own::kFunction, functions_.size() - 1)};
  meaning_.values_[id] = value;
  bind(meaning_.word(tree_->child(id, Field::kName)), value);
}

void Evaluator::define_class(NodeId id) {
  Class made{.node = id};
  class_bases(made, id);
  made.scope = open_scope(ScopeKind::kClass);
  classes_.push_back(made);
  const std::size_t class_at = classes_.size() - 1;
  const Value value{Kind::kClass, 0, own(Own::kClass, class_at)};
  meaning_.values_[id] = value;
  bind(meaning_.word(tree_->child(id, Field::kName)), value);
  const std::uint32_t outer = scope_;
  scope_ = made.scope;
  block(id, Field::kBody);
  scope_ = outer;
}

/// The first base of a narrow kind gives it; "Estimator" only where none is narrower.
void Evaluator::class_bases(Class& made, NodeId id) {
  for (NodeId base = (*tree_)[id].first; base != 0; base = (*tree_)[base].next) {
    const Field field = (*tree_)[base].field;
    if (field == Field::kDecorator || field == Field::kKeywords) expression(base);
    if (field != Field::kBases) continue;
    const Value value = expression(base);
    KindSet kinds;
    Path path = value.path;
    if (what(value) == Own::kClass) {
      made.bases.push_back(static_cast<std::uint32_t>(at(value)));
      kinds = classes_[at(value)].kinds;
      path = classes_[at(value)].path;
    } else if (value.resolves()) {
      kinds = library_.instances(value.path);
    }
    if (!kinds.known() || kinds == KindSet(Kind::kObject)) continue;
    if (made.kinds.known() && made.kinds != KindSet(Kind::kEstimator)) continue;
    made.kinds = kinds;
    made.path = path;
  }
}

/// What it returns, with the arguments seen so far.
Value Evaluator::read_function(std::size_t at) {
  if (functions_[at].reading) return {};
  const std::uint32_t outer_scope = scope_;
  const std::size_t outer_function = function_;
  const int outer_loops = loop_depth_;
  std::vector<Loop*> loops;
  loops.swap(loops_);
  scope_ = functions_[at].scope;
  scope_ = open_scope(ScopeKind::kFunction);
  function_ = at + 1;
  loop_depth_ = 0;
  functions_[at].reading = true;
  functions_[at].returned = false;
  functions_[at].returns = {};
  const NodeId id = functions_[at].node;
  Function function = functions_[at];
  bind_parameters(function, tree_->child(id, Field::kArgs));
  const std::size_t mark = trail_.size();
  if (!block(id, Field::kBody)) {
    Function& done = functions_[at];
    join_into(done.returns, done.returned, {Kind::kNone, 0, 0});
  }
  take_changes(mark);
  const NodeId annotation = tree_->child(id, Field::kReturns);
  if (annotation != 0) {
    expression(annotation);
    const Value said = instance_of(annotation, 0);
    if (!functions_[at].returns.kinds.known()) functions_[at].returns = said;
  }
  functions_[at].reading = false;
  functions_[at].read = true;
  loops_.swap(loops);
  loop_depth_ = outer_loops;
  function_ = outer_function;
  scope_ = outer_scope;
  return functions_[at].returns;
}

void Evaluator::bind_parameters(Function& function, NodeId arguments) {
  if (arguments == 0) return;
  std::size_t number = 0;
  for (NodeId id = (*tree_)[arguments].first; id != 0; id = (*tree_)[id].next) {
    const Node& node = (*tree_)[id];
    if (node.kind != NodeKind::kArg) continue;
    const NodeId annotation = tree_->child(id, Field::kAnnotation);
    Value value;
    if (annotation != 0) {
      expression(annotation);
      value = instance_of(annotation, 0);
    }
    const NodeId next = node.next;
    if (next != 0 && (*tree_)[next].kind != NodeKind::kArg) expression(next);  // its default
    if (node.field == Field::kVarArg) {
      value = many_of(Kind::kTuple, value);
    } else if (node.field == Field::kKwArg) {
      value = {Kind::kDict, 0, 0};
    } else {
      const bool is_self = number == 0 && function.self_class != 0;
      if (is_self)
        value = {classes_[function.self_class - 1].kinds.known()
                     ? classes_[function.self_class - 1].kinds
                     : KindSet(Kind::kObject),
                 classes_[function.self_class - 1].path,
                 own(Own::kInstance, function.self_class - 1)};
      else if (!value.kinds.known() && number < function.given.size() && function.seen[number])
        value = function.given[number];
      ++number;
    }
    meaning_.values_[id] = value;
    bind(meaning_.word(id), value);
  }
}

/// Functions are read when the statements around them have been, so that they find what those made;
/// constructors first, as they say what `self` has.
void Evaluator::read_waiting() {
  const Word constructor = vocabulary_.word("__init__");
  std::size_t done = 0;
  for (int round = 0; round < kNestedFunctionsMax && done < functions_.size(); ++round) {
    const std::size_t end = functions_.size();
    for (const bool constructors : {true, false})
      for (std::size_t i = done; i < end; ++i) {
        const Word name = meaning_.word(tree_->child(functions_[i].node, Field::kName));
        if ((name == constructor) == constructors) read_function(i);
      }
    done = end;
  }
}

void Evaluator::run() {
  tree_ = meaning_.tree_;
  reset();
  open_scope(ScopeKind::kModule);
  block(tree_->root(), Field::kBody);
  read_waiting();
}

}  // namespace solvent::remedies::code
