/// What a Python file means, as far as rules ask: what each expression resolves to and what kind of
/// value it has there. Nothing runs and nothing is imported; what is not certain is unknown.
/// Thread-compatible; one Meaning reads one file after another and uses its memory again.
///
/// Names are followed through assignments in the order of execution, joined where branches meet
/// and around loops; functions are read with the kinds that the file itself calls them with, by
/// annotation or default else, and stand for what they return; classes for their bases and for
/// what their methods assign to `self`. Cost: linear in the tree but for nested loops, whose bodies
/// are read twice to a depth of two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "remedies/code/meaning/library.h"
#include "syntax/python.h"

namespace solvent::remedies::code {

using NodeId = syntax::python::NodeId;

/// One value at one place. 16 bytes.
struct Value {
  KindSet kinds;  ///< empty: not known
  /// With no kinds, or those of a function, class or module: what it resolves to. Else the class
  /// that it is an instance of, or the function that made it.
  Path path = 0;
  /// What of the file itself stands behind it: a function, a class, the parts of a tuple. Or one of
  /// the two below.
  std::uint32_t own = 0;

  static constexpr std::uint32_t kConstant = 1;  ///< `path` is a module's constant: this one
  static constexpr std::uint32_t kMade = 2;      ///< nothing is known of it but what it comes from

  bool operator==(const Value&) const = default;
  /// Whether `path` is what it is, not where it comes from.
  bool resolves() const {
    constexpr KindSet kNamed = KindSet(Kind::kFunction) | Kind::kClass | Kind::kModuleObject;
    return path != 0 && own != kMade &&
           (own == kConstant || !kinds.known() || kinds.within(kNamed));
  }
};

class Meaning {
 public:
  /// `library` outlives it; `vocabulary` is the library's or a copy that knows more.
  Meaning(const Library& library, Vocabulary& vocabulary);
  ~Meaning();

  /// `tree` must live as long as it is asked about.
  void read(const syntax::python::Tree& tree);

  const Value& value(syntax::python::NodeId id) const { return values_[id]; }
  /// The identifier that a node carries (Tree::name); 0 where it has none.
  Word word(syntax::python::NodeId id);
  Vocabulary& vocabulary() { return vocabulary_; }

 private:
  friend class Evaluator;
  const Library& library_;
  Vocabulary& vocabulary_;
  const syntax::python::Tree* tree_ = nullptr;
  std::vector<Value> values_;
  std::vector<Word> words_;
  std::unique_ptr<class Evaluator> evaluator_;
};

}  // namespace solvent::remedies::code
