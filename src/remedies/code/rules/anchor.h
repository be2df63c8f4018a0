/// Where a pattern is looked for: the most telling thing that every match of it has, as a number. A
/// program's node has a few such numbers, and only the patterns under them are tried.
#pragma once

#include <cstdint>

#include "remedies/code/meaning/vocabulary.h"
#include "syntax/python_vocabulary.h"

namespace solvent::remedies::code {

using Anchor = std::uint64_t;

enum class AnchorBy : std::uint8_t {
  kKind,        ///< nothing but the node's kind
  kPath,        ///< the called function; a name by itself; what is subscripted or compared
  kWord,        ///< the called method; an attribute, by itself or subscripted; a short text
  kKeyword,     ///< a keyword argument
  kArgument,    ///< the first argument, a number
  kOfPath,      ///< the function whose result is called, or has a method called
  kOfWord,      ///< the method whose result is called, or has a method called
  kCalleeKind,  ///< the kind of what is called, 1 more than Kind
  kCalleeRoot,  ///< the package of what is called
  kValuePath,   ///< the function whose result is assigned
  kValueWord,   ///< the method whose result is assigned
  kValueKind,   ///< the kind of node that is assigned
  kTarget,      ///< the kind of node that is assigned to
  kOperator,
};

constexpr Anchor anchor(syntax::python::Kind kind, AnchorBy by, std::uint32_t what = 0) {
  return std::uint64_t{1} << 63 | static_cast<std::uint64_t>(kind) << 40 |
         static_cast<std::uint64_t>(by) << 32 | what;
}
/// A name or attribute that resolves to a path, whichever of both it is.
constexpr Anchor reference_anchor(Path path) {
  return anchor(syntax::python::Kind::kNone, AnchorBy::kPath, path);
}

}  // namespace solvent::remedies::code
