/// Rules of code: read from their files (README.md), run over one program at a time. A RuleSet is
/// immutable once made, hence thread-safe; each thread has a RuleRun of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "check/check.h"
#include "remedies/code/rules/pattern.h"

namespace solvent::remedies::code {

/// What a variable must be.
struct Constraint {
  std::size_t variable = 0;
  KindSet kinds;
  std::vector<std::string> paths;  ///< dotted globs: resolves to one, or was made by calling one
  bool literal = false, name = false;
};

/// A pattern that is looked for beside the one that is reported. Variables of the same name mean
/// the same text in both.
struct LookedFor {
  std::size_t pattern = 0;
  std::vector<std::pair<std::size_t, std::size_t>> shared;  ///< its variable, the match's
};

/// Where it is looked for.
enum class Reach : std::uint8_t { kFile, kFunction, kBefore, kAfter };
struct Beside {
  Reach reach = Reach::kFile;
  bool must_be = false;  ///< `has`: one of them must be there; `lacks`: none may
  std::vector<LookedFor> patterns;
};

/// A statement around the match: a pattern, or a word.
enum class Around : std::uint8_t { kPattern, kLoop, kFunction, kClass, kTest, kMain };
struct Surrounding {
  Around around = Around::kPattern;
  LookedFor pattern;
};

struct RuleMatch {
  std::vector<Pattern> patterns;  ///< one of them
  std::vector<Pattern> not_these;
  std::vector<Constraint> where, where_not;
  std::vector<Surrounding> inside, not_inside;
  std::vector<Beside> beside;
  std::optional<bool> used;  ///< the value: used, or discarded
  struct Regex {
    std::size_t variable = 0;
    std::string pattern;
  };
  std::vector<Regex> regexes;
  struct Bound {
    std::size_t variable = 0;
    double more_than = 0;
  };
  std::vector<Bound> bounds;
  std::vector<std::string> libraries;  ///< "pandas>=2.0"
  std::string message;
  Variables variables;
};

struct RuleExample {
  std::string code, why;
  bool bad = false, notebook = false;
};

struct Rule {
  check::CheckSpec spec;
  std::string family;
  std::vector<std::string> counterparts;
  std::vector<RuleMatch> matches;
  std::vector<RuleExample> examples;
};

class RuleSet {
 public:
  struct Source {
    std::string name, text;  ///< "family/name.toml"
  };
  /// kInvalidArgument names the file and what is wrong in it.
  static Result<RuleSet> read(const Library& library, std::span<const Source> sources);

  const std::vector<Rule>& rules() const { return rules_; }
  /// The library's words and those of the patterns.
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const Library& library() const { return *library_; }

 private:
  friend class RuleReader;
  friend class RuleRun;
  /// A pattern that begins at such a node: `match` of `rule`, or one that is only looked for.
  struct Entry {
    std::uint32_t rule = 0, match = 0, pattern = 0;
  };
  static constexpr std::uint32_t kLookedFor = 0xffffffff;  ///< Entry::rule of what is not reported

  void index(Anchor anchor, Entry entry);
  void index(const RuleMatch& match, const Pattern& pattern, Entry entry);
  const std::vector<Entry>* entries(Anchor anchor) const;

  const Library* library_ = nullptr;
  Vocabulary vocabulary_;
  std::vector<Rule> rules_;
  std::vector<Pattern> looked_for_;
  std::vector<std::string> looked_for_texts_;
  std::vector<Variables> looked_for_variables_;
  std::vector<bool> looked_beside_;  ///< not only around a match
  NumberMap numbers_;                ///< anchor → 1 + place in lists_
  std::vector<std::vector<Entry>> lists_;
};

/// A rule holds here.
struct RuleHit {
  std::uint32_t rule = 0;
  NodeId node = 0, statement = 0;
  std::string message;
};

/// What a rule may know of the file besides its text.
struct ProgramFacts {
  bool is_test = false;
  /// Whether the project may run with a version that this requirement admits.
  std::function<bool(std::string_view requirement)> admits;
};

class RuleRun {
 public:
  explicit RuleRun(const RuleSet& rules);
  ~RuleRun();

  /// In the order of the source, one for each rule and statement.
  std::vector<RuleHit> run(const syntax::python::Tree& tree, const ProgramFacts& facts);
  /// A rule that matches more often in one program is not followed further: what it lacks or has
  /// beside each match costs a look over all.
  static constexpr std::uint32_t kMatchesMax = 500;
  /// Whether that was so in the last program.
  bool cut_off() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The rules that the program brings; their examples, which only tests ask for, are read apart.
const RuleSet& known_rules();
RuleSet known_rules_with_examples();

}  // namespace solvent::remedies::code
