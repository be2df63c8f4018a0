/// The walk behind Meaning: one file's statements in the order of execution.
#pragma once

#include <cstdint>
#include <vector>

#include "remedies/code/meaning/meaning.h"

namespace solvent::remedies::code {

class Evaluator {
 public:
  explicit Evaluator(Meaning& meaning);
  void run();

 private:
  using NodeId = syntax::python::NodeId;
  using Node = syntax::python::Node;
  using Field = syntax::python::Field;
  using NodeKind = syntax::python::Kind;

  /// What Value::own says: the upper bits say of what, the lower ones which.
  enum class Own : std::uint32_t { kNothing, kFunction, kClass, kInstance, kTuple, kMany };
  static std::uint32_t own(Own what, std::size_t at) {
    return static_cast<std::uint32_t>(what) << 28 | static_cast<std::uint32_t>(at);
  }
  static Own what(const Value& value) { return static_cast<Own>(value.own >> 28); }
  static std::size_t at(const Value& value) { return value.own & 0xfffffff; }

  struct Function {
    NodeId node = 0;
    std::uint32_t scope = 0;       ///< that it is defined in
    std::uint32_t self_class = 0;  ///< 1 + the class whose method it is
    std::vector<Value> given;      ///< joined arguments of the calls seen, by parameter
    std::vector<bool> seen;
    Value returns;
    bool reading = false, read = false, returned = false;
  };
  struct Class {
    NodeId node = 0;
    std::uint32_t scope = 0;           ///< of its body
    KindSet kinds;                     ///< of its instances, by its bases
    Path path = 0;                     ///< of the base that gives them
    std::vector<std::uint32_t> bases;  ///< classes of the file
  };
  /// The values of a tuple in order, or, alone, of every element.
  struct Parts {
    std::uint32_t begin = 0, size = 0;
  };
  enum class ScopeKind : std::uint8_t { kModule, kFunction, kClass, kInline };
  struct Scope {
    std::uint32_t parent = 0;
    ScopeKind kind = ScopeKind::kModule;
  };
  struct Slot {
    Value now, ever;
    std::uint32_t stamp = 0;  ///< of the last joining that has met it
    bool bound = false, assigned = false;
  };
  struct Change {
    std::uint32_t slot = 0;
    Value value;
    bool bound = false;
  };
  using Changes = std::vector<Change>;
  struct Loop {
    std::size_t mark = 0;
    Changes exits;
  };
  struct Arguments {
    std::vector<NodeId> positional, keywords;
    bool starred = false;
  };

  // scopes.cc
  void reset();
  std::uint32_t open_scope(ScopeKind kind);
  std::uint32_t slot_of(std::uint32_t scope, Word name, bool make);
  void bind(Word name, const Value& value);
  Value look_up(Word name);
  Changes take_changes(std::size_t mark);
  void apply(const Changes& changes);
  void join_with(const Changes& other, std::size_t mark);
  Value join(const Value& a, const Value& b);
  void join_into(Value& into, bool& assigned, const Value& value);
  Value tuple_of(std::span<const Value> parts);
  Value many_of(Kind kind, const Value& element);
  std::span<const Value> parts(const Value& value) const;

  // statements.cc: true when control does not go on behind it
  bool block(NodeId parent, Field field);
  bool statement(NodeId id);
  bool compound(NodeId id);
  void import_names(NodeId id);
  void import_from(NodeId id);
  void if_statement(NodeId id, bool& ends);
  void narrow(NodeId test);
  void loop_statement(NodeId id);
  void loop_body(NodeId id, NodeId target, const Value& element);
  void leave_loop();
  void try_statement(NodeId id, bool& ends);
  void with_statement(NodeId id, bool& ends);
  void match_statement(NodeId id, bool& ends);
  void bind_patterns(NodeId pattern);
  void assign(NodeId target, const Value& value);
  void unpack(NodeId target, const Value& value);
  void define_function(NodeId id);
  void define_class(NodeId id);
  void class_bases(Class& made, NodeId id);
  Value read_function(std::size_t at);
  void bind_parameters(Function& function, NodeId arguments);
  void read_waiting();

  // expressions.cc
  Value expression(NodeId id);
  Value evaluate(NodeId id, const Node& node);
  Value display(const Node& node);
  Value constant(const Node& node) const;
  Value attribute(NodeId id);
  Value attribute_of(const Value& of, Word name);
  Value own_attribute(std::size_t class_at, Word name, int depth);
  Value subscript(NodeId id);
  Index index_kind(NodeId slice);
  Value comprehension(NodeId id, const Node& node);
  Value binary(syntax::python::Operator op, const Value& left, const Value& right) const;
  Value comparison(NodeId id);
  Value element_of(const Value& value);
  Value instance_of(NodeId annotation, int depth);

  // calls.cc
  Value call(NodeId id);
  Arguments arguments(NodeId call);
  Value call_instance(const Value& instance, const Arguments& given);
  Value call_path(Path path, const Arguments& given);
  Value call_method(const Value& receiver, Word name, const Arguments& given);
  Value call_own(const Value& function, const Arguments& given, bool bound_self);
  Value resolve(const Callable& callable, const Value& receiver, const Arguments& given, Path made);
  Value resolve(OutcomeId id, const Value& receiver, const Arguments& given, Path made);
  Value resolve(OutcomeId id, const Value& receiver);
  bool holds(const Condition& condition, const Arguments& given);
  Value argument(const Arguments& given, std::size_t at) const;

  Path canonical(Path path);
  Value known_path(Path path);

  Meaning& meaning_;
  const Library& library_;
  Vocabulary& vocabulary_;
  const syntax::python::Tree* tree_ = nullptr;
  std::vector<Scope> scopes_;
  std::vector<Slot> slots_;
  NumberMap slot_numbers_;
  Changes trail_;
  std::vector<Function> functions_;
  std::vector<Class> classes_;
  std::vector<Parts> shapes_;
  std::vector<Value> parts_;
  std::vector<Path> star_imports_;
  std::vector<Loop*> loops_;
  std::uint32_t scope_ = 0;
  std::uint32_t stamp_ = 0;
  std::size_t function_ = 0;  ///< 1 + the one that is read
  int depth_ = 0, loop_depth_ = 0;
};

}  // namespace solvent::remedies::code
