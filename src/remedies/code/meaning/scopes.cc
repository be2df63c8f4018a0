// Names and their values: scopes, branches that join, what a tuple holds.
#include "remedies/code/meaning/evaluator.h"

namespace solvent::remedies::code {

Evaluator::Evaluator(Meaning& meaning)
    : meaning_(meaning), library_(meaning.library_), vocabulary_(meaning.vocabulary_) {}

void Evaluator::reset() {
  scopes_.clear();
  slots_.clear();
  slot_numbers_.clear();
  trail_.clear();
  functions_.clear();
  classes_.clear();
  shapes_.clear();
  parts_.clear();
  star_imports_.clear();
  loops_.clear();
  scope_ = 0;
  function_ = 0;
  depth_ = loop_depth_ = 0;
}

std::uint32_t Evaluator::open_scope(ScopeKind kind) {
  scopes_.push_back({scope_, kind});
  return static_cast<std::uint32_t>(scopes_.size() - 1);
}

/// 1 + its place in slots_; 0 where the scope has none of that name.
std::uint32_t Evaluator::slot_of(std::uint32_t scope, Word name, bool make) {
  const std::uint64_t key = (std::uint64_t{scope} + 1) << 32 | name;
  if (!make) return slot_numbers_.find(key);
  std::uint32_t& number = slot_numbers_[key];
  if (number == 0) {
    slots_.emplace_back();
    number = static_cast<std::uint32_t>(slots_.size());
  }
  return number;
}

void Evaluator::bind(Word name, const Value& value) {
  if (name == 0) return;
  Slot& slot = slots_[slot_of(scope_, name, true) - 1];
  trail_.push_back({static_cast<std::uint32_t>(&slot - slots_.data()), slot.now, slot.bound});
  slot.now = value;
  slot.bound = true;
  join_into(slot.ever, slot.assigned, value);
}

/// Here the value of now; what a function finds outside of itself is any that was ever assigned.
Value Evaluator::look_up(Word name) {
  bool outside = false;
  for (std::uint32_t scope = scope_;; scope = scopes_[scope].parent) {
    const bool hidden = outside && scopes_[scope].kind == ScopeKind::kClass;
    if (const std::uint32_t number = hidden ? 0 : slot_of(scope, name, false)) {
      const Slot& slot = slots_[number - 1];
      if (!outside && slot.bound) return slot.now;
      if (outside && slot.assigned) return slot.ever;
    }
    outside = outside || scopes_[scope].kind == ScopeKind::kFunction;
    if (scope == 0) break;
  }
  for (const Path module : star_imports_)
    if (const Path path = vocabulary_.find_path(module, name)) {
      const Value value = known_path(path);
      if (value.kinds.known()) return value;
    }
  return star_imports_.empty() ? known_path(vocabulary_.path(0, name)) : Value();
}

/// By the spelling that rules use, whatever part of it is written otherwise.
Path Evaluator::canonical(Path path) {
  const Path parent = vocabulary_.parent(path);
  const Path above = parent == 0 ? 0 : canonical(parent);
  return library_.canonical(above == parent ? path
                                            : vocabulary_.path(above, vocabulary_.last(path)));
}

/// A module, function, class or constant; a path alone where no library file tells.
Value Evaluator::known_path(Path path) {
  path = canonical(path);
  if (const OutcomeId id = library_.value(path)) {
    const Value value = resolve(id, Value());
    return value.path == 0 ? Value{value.kinds, path, Value::kConstant} : value;
  }
  if (library_.instances(path).known()) return {Kind::kClass, path, 0};
  if (library_.function(path) != nullptr) return {Kind::kFunction, path, 0};
  if (library_.describes(path)) return {Kind::kModuleObject, path, 0};
  return {KindSet(), path, 0};
}

/// What has changed since `mark`, which is undone.
Evaluator::Changes Evaluator::take_changes(std::size_t mark) {
  Changes changes;
  for (std::size_t i = trail_.size(); i > mark; --i) {
    const Change& old = trail_[i - 1];
    Slot& slot = slots_[old.slot];
    changes.push_back({old.slot, slot.now, slot.bound});
    slot.now = old.value;
    slot.bound = old.bound;
  }
  trail_.resize(mark);
  // The last one that was made of a slot stands; it was pushed first.
  return changes;
}

void Evaluator::apply(const Changes& changes) {
  for (std::size_t i = changes.size(); i > 0; --i) {
    const Change& change = changes[i - 1];
    Slot& slot = slots_[change.slot];
    trail_.push_back({change.slot, slot.now, slot.bound});
    slot.now = change.value;
    slot.bound = change.bound;
  }
}

/// Another way to get here: `other` are its changes since `mark`, as those of this one are in the
/// trail behind it.
void Evaluator::join_with(const Changes& other, std::size_t mark) {
  const std::size_t end = trail_.size();
  ++stamp_;
  const auto merge = [&](std::uint32_t at, const Value& value, bool bound) {
    Slot& slot = slots_[at];
    if (slot.stamp == stamp_) return;
    slot.stamp = stamp_;
    if (!bound) return;  // a name without a value cannot be read: the other way decides
    const Value joined = slot.bound ? join(slot.now, value) : value;
    if (slot.bound && joined == slot.now) return;
    trail_.push_back({at, slot.now, slot.bound});
    slot.now = joined;
    slot.bound = true;
  };
  for (const Change& change : other) merge(change.slot, change.value, change.bound);
  // Of this way alone: joined with what stood at the mark.
  for (std::size_t i = mark; i < end; ++i) {
    const Change old = trail_[i];
    merge(old.slot, old.value, old.bound);
  }
}

Value Evaluator::join(const Value& a, const Value& b) {
  if (a == b) return a;
  if (!a.kinds.known() || !b.kinds.known()) {
    return a.path == b.path && a.kinds == b.kinds ? Value{KindSet(), a.path, 0} : Value();
  }
  Value out{a.kinds | b.kinds, a.path == b.path ? a.path : 0, a.own == b.own ? a.own : 0};
  if (out.own == 0 && what(a) == what(b) && what(a) == Own::kMany)
    return many_of(Kind::kList, join(Value(parts(a)[0]), Value(parts(b)[0])));
  if (out.own == 0 && what(a) == Own::kTuple && what(b) == Own::kTuple &&
      parts(a).size() == parts(b).size()) {
    std::vector<Value> joined;
    for (std::size_t i = 0; i < parts(a).size(); ++i)
      joined.push_back(join(Value(parts(a)[i]), Value(parts(b)[i])));
    out.own = tuple_of(joined).own;
  }
  return out;
}

void Evaluator::join_into(Value& into, bool& assigned, const Value& value) {
  into = assigned ? join(into, value) : value;
  assigned = true;
}

Value Evaluator::tuple_of(std::span<const Value> parts) {
  const Parts shape{static_cast<std::uint32_t>(parts_.size()),
                    static_cast<std::uint32_t>(parts.size())};
  for (const Value& part : parts) parts_.push_back(part);
  shapes_.push_back(shape);
  return {Kind::kTuple, 0, own(Own::kTuple, shapes_.size() - 1)};
}

Value Evaluator::many_of(Kind kind, const Value& element) {
  const Value one = element;  // which may be a part of another
  const Value value = tuple_of(std::span(&one, 1));
  return {kind, 0, own(Own::kMany, at(value))};
}

std::span<const Value> Evaluator::parts(const Value& value) const {
  const Parts& shape = shapes_[at(value)];
  return std::span(parts_).subspan(shape.begin, shape.size);
}

}  // namespace solvent::remedies::code
