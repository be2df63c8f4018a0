#include "syntax/python_vocabulary.h"

#include <array>

namespace solvent::syntax::python {
namespace {

constexpr std::array<std::string_view, kKinds> kKindNames = {
    "",
    "Module",
    "FunctionDef",
    "AsyncFunctionDef",
    "ClassDef",
    "Return",
    "Delete",
    "Assign",
    "TypeAlias",
    "AugAssign",
    "AnnAssign",
    "For",
    "AsyncFor",
    "While",
    "If",
    "With",
    "AsyncWith",
    "Match",
    "Raise",
    "Try",
    "TryStar",
    "Assert",
    "Import",
    "ImportFrom",
    "Global",
    "Nonlocal",
    "Expr",
    "Pass",
    "Break",
    "Continue",
    "Print",
    "Exec",
    "Invalid",
    "BoolOp",
    "NamedExpr",
    "BinOp",
    "UnaryOp",
    "Lambda",
    "IfExp",
    "Dict",
    "Set",
    "ListComp",
    "SetComp",
    "DictComp",
    "GeneratorExp",
    "Await",
    "Yield",
    "YieldFrom",
    "Compare",
    "Call",
    "FormattedValue",
    "Interpolation",
    "JoinedStr",
    "TemplateStr",
    "Constant",
    "Attribute",
    "Subscript",
    "Starred",
    "Name",
    "List",
    "Tuple",
    "Slice",
    "Repr",
    "comprehension",
    "ExceptHandler",
    "arguments",
    "arg",
    "keyword",
    "alias",
    "withitem",
    "match_case",
    "MatchValue",
    "MatchSingleton",
    "MatchSequence",
    "MatchMapping",
    "MatchClass",
    "MatchStar",
    "MatchAs",
    "MatchOr",
    "TypeVar",
    "ParamSpec",
    "TypeVarTuple",
    "identifier",
    "string piece",
};
static_assert(kKindNames.back() == "string piece");

constexpr std::array<std::string_view, 30> kOperatorNames = {
    "",       "And", "Or",     "Add",    "Sub",   "Mult",   "MatMult", "Div",
    "Mod",    "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd",  "FloorDiv",
    "Invert", "Not", "UAdd",   "USub",   "Eq",    "NotEq",  "Lt",      "LtE",
    "Gt",     "GtE", "Is",     "IsNot",  "In",    "NotIn",
};
static_assert(kOperatorNames.back() == "NotIn");

}  // namespace

std::string_view kind_name(Kind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::string_view operator_name(Operator op) {
  return kOperatorNames[static_cast<std::size_t>(op)];
}

}  // namespace solvent::syntax::python
