/// Patterns of Python with variables, as rules write them (README.md), and what they match.
/// A Pattern is immutable, hence thread-safe; matching is a walk of pattern and program together.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "remedies/code/meaning/meaning.h"
#include "remedies/code/rules/anchor.h"

namespace solvent::remedies::code {

/// The names of a rule's variables; a pattern says them by their place here.
using Variables = std::vector<std::string>;

/// What each variable matched; 0 where nothing yet.
struct Bindings {
  static constexpr std::size_t kMax = 12;
  std::array<NodeId, kMax> nodes{};
  std::uint16_t names = 0;  ///< bits of those that stand for an attribute's name alone

  std::string_view text(const syntax::python::Tree& tree, std::size_t variable) const {
    const NodeId node = nodes[variable];
    return (names >> variable & 1) != 0 ? tree.written_name(node) : tree.span(node);
  }
};

class Pattern {
 public:
  /// Adds its variables to `variables` and its names to `vocabulary`. kInvalidArgument says what is
  /// not Python, or is more than one statement.
  static Result<Pattern> compile(std::string_view text, const Library& library,
                                 Vocabulary& vocabulary, Variables& variables);

  /// Where to look for it.
  Anchor anchor() const { return anchor_; }
  /// 1 + the variable that is called; 0 where the root is no call, or of something else.
  std::size_t called_variable() const;
  /// `$x` alone: wherever the name stands that another pattern has bound to it.
  bool is_variable() const { return roles_[root_].variable != 0 && !statement_; }
  const std::string& text() const { return text_; }

  /// Whether the program's node is such; binds variables, and leaves them as they were if not.
  bool matches(const syntax::python::Tree& tree, Meaning& meaning, NodeId node,
               Bindings& bindings) const;

 private:
  friend class PatternMatch;
  struct Role {
    Path path = 0;              ///< the global name that it must resolve to
    std::uint8_t variable = 0;  ///< 1 + its place; kAnything
    bool rest = false;          ///< `...`
    Word word = 0;
    std::uint32_t bytes = 0;  ///< of a text's value
  };
  static constexpr std::uint8_t kAnything = 0xff;

  Result<void> give_roles(const Library& library, Vocabulary& vocabulary, Variables& variables);
  Result<std::uint8_t> variable_named(std::string_view name, Variables& variables) const;
  Path global_path(NodeId id, const Library& library, Vocabulary& vocabulary) const;
  Anchor find_anchor() const;
  Anchor call_anchor(NodeId call) const;
  Anchor assignment_anchor(NodeId assignment) const;
  Anchor comparison_anchor(NodeId comparison) const;

  std::string text_;
  std::shared_ptr<const syntax::python::Tree> tree_;
  NodeId root_ = 0;
  bool statement_ = false;
  std::vector<Role> roles_;
  Anchor anchor_ = 0;
};

}  // namespace solvent::remedies::code
