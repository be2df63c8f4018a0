/// What libraries give: the kind of what a function returns, of a method's result, an attribute, an
/// element; read from `library/*.kinds`. Immutable once read, hence thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "remedies/code/meaning/kinds.h"
#include "remedies/code/meaning/vocabulary.h"

namespace solvent::remedies::code {

/// How a value follows from a call, an attribute, a subscript or an iteration.
enum class Form : std::uint8_t {
  kUnknown,
  kOfKinds,   ///< of `kinds`; an instance of `path` where there is one
  kSelf,      ///< as the receiver
  kArgument,  ///< as the positional argument `argument`
  kElement,   ///< as an element of that argument
  kSplit,     ///< a list of each positional argument twice (train_test_split)
  kTuple,     ///< of `parts`
  kList,      ///< of any number of parts[0]
  kSequence,  ///< of parts[0], of no kind that has methods: a range
  kIterator,  ///< over parts[0]
  kDict,      ///< from str to parts[0]
};
struct Outcome {
  Form form = Form::kUnknown;
  std::uint8_t argument = 0;
  KindSet kinds;
  Path path = 0;
  std::vector<std::uint32_t> parts;  ///< outcomes
};
using OutcomeId = std::uint32_t;  ///< 0: nothing is known

/// A call whose result depends on a keyword: the first rule that holds decides.
struct Condition {
  Word keyword = 0;
  bool must_be_true = false;  ///< the constant True, else anything but None and False
  OutcomeId then = 0;
};
struct Callable {
  OutcomeId result = 0;
  std::vector<Condition> conditions;
};

/// What stands between the brackets, as far as it decides.
enum class Index : std::uint8_t { kAny, kStr, kInt, kSlice, kList, kMask, kTuple };

class Library {
 public:
  struct Source {
    std::string_view name, text;
  };
  /// kInvalidArgument names the file and the line.
  static Result<Library> read(std::span<const Source> sources);

  /// Of all that was read.
  const Digest& digest() const { return digest_; }
  /// Words and paths that occur; copied by who adds its own.
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const Outcome& outcome(OutcomeId id) const { return outcomes_[id]; }

  /// What calling a function or class gives; null when nothing is known.
  const Callable* function(Path path) const { return callable(functions_.find(path)); }
  const Callable* method(Kind kind, Word name) const {
    return callable(methods_.find(kind_key(kind, name)));
  }
  /// Of an instance of a class without a kind of its own.
  const Callable* method(Path of, Word name) const {
    return callable(methods_.find(path_key(of, name)));
  }
  OutcomeId attribute(Kind kind, Word name) const { return attributes_.find(kind_key(kind, name)); }
  OutcomeId attribute(Path of, Word name) const { return attributes_.find(path_key(of, name)); }
  /// A module's constant or object.
  OutcomeId value(Path path) const { return values_.find(path); }
  OutcomeId element(Kind kind, Index index) const;
  /// Of an instance of a class without a kind of its own.
  OutcomeId element(Path of, Index index) const;
  OutcomeId iteration(Kind kind) const { return iterations_[static_cast<std::size_t>(kind)]; }
  /// Kinds of a class's instances; empty for what is no known class.
  KindSet instances(Path of) const;
  /// Another spelling of a path by the one that rules use.
  Path canonical(Path path) const {
    const Path other = aliases_.find(path);
    return other == 0 ? path : other;
  }
  /// Whether the path or one above it is a module that a library file describes.
  bool describes(Path path) const { return modules_.find(path) != 0; }

 private:
  friend class LibraryReader;
  static std::uint64_t kind_key(Kind kind, Word name) {
    return (static_cast<std::uint64_t>(kind) + 1) << 32 | name;
  }
  static std::uint64_t path_key(Path path, Word name) {
    return std::uint64_t{1} << 63 | std::uint64_t{path} << 32 | name;
  }
  const Callable* callable(std::uint32_t id) const { return id == 0 ? nullptr : &callables_[id]; }

  Digest digest_;
  Vocabulary vocabulary_;
  std::vector<Outcome> outcomes_{1};
  std::vector<Callable> callables_{1};
  NumberMap functions_, methods_, attributes_, values_, aliases_, classes_, modules_, of_classes_;
  std::vector<OutcomeId> elements_ = std::vector<OutcomeId>(kKinds * 8);
  std::vector<OutcomeId> iterations_ = std::vector<OutcomeId>(kKinds);
};

/// The libraries that the program knows.
const Library& known_libraries();

}  // namespace solvent::remedies::code
