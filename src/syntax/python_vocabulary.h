/// The words that a Python tree is written in: kinds of nodes, fields, operators. As CPython's
/// `ast` (Parser/Python.asdl, 3.14) names them; what only Python 2 has is named as Python 2's `ast`
/// did.
#pragma once

#include <cstdint>
#include <string_view>

namespace solvent::syntax::python {

enum class Kind : std::uint8_t {
  kNone,
  kModule,
  // statements
  kFunctionDef,
  kAsyncFunctionDef,
  kClassDef,
  kReturn,
  kDelete,
  kAssign,
  kTypeAlias,
  kAugAssign,  ///< op: Operator
  kAnnAssign,  ///< op: 1 when the target is a bare name
  kFor,
  kAsyncFor,
  kWhile,
  kIf,
  kWith,
  kAsyncWith,
  kMatch,
  kRaise,
  kTry,
  kTryStar,
  kAssert,
  kImport,
  kImportFrom,
  kGlobal,
  kNonlocal,
  kExpr,
  kPass,
  kBreak,
  kContinue,
  kPrint,    ///< Python 2; op: 1 when it ends the line
  kExec,     ///< Python 2
  kInvalid,  ///< a statement that does not stand; statements indented below it are its body
  // expressions
  kBoolOp,  ///< op: Operator
  kNamedExpr,
  kBinOp,    ///< op: Operator
  kUnaryOp,  ///< op: Operator
  kLambda,
  kIfExp,
  kDict,
  kSet,
  kListComp,
  kSetComp,
  kDictComp,
  kGeneratorExp,
  kAwait,
  kYield,
  kYieldFrom,
  kCompare,  ///< each comparator's role is its Operator
  kCall,
  kFormattedValue,  ///< op: conversion, one of `sra` or 0
  kInterpolation,   ///< op: conversion; the child of field kStr is its text
  kJoinedStr,
  kTemplateStr,
  kConstant,   ///< op: ConstantKind
  kAttribute,  ///< op: Context; its name is the last word
  kSubscript,  ///< op: Context
  kStarred,    ///< op: Context
  kName,       ///< op: Context
  kList,       ///< op: Context
  kTuple,      ///< op: Context
  kSlice,
  kRepr,  ///< Python 2: backquotes
  // the rest
  kComprehension,  ///< op: 1 when `async`
  kExceptHandler,
  kArguments,
  kArg,      ///< its name is the first word
  kKeyword,  ///< op: 1 when `**`, else its name is the first word
  kAlias,    ///< its name is the first word or dotted name
  kWithItem,
  kMatchCase,
  kMatchValue,
  kMatchSingleton,  ///< op: ConstantKind
  kMatchSequence,
  kMatchMapping,
  kMatchClass,
  kMatchStar,  ///< op: 1 when it has a name, the last word
  kMatchAs,    ///< op: 1 when it is a bare name; a child of field kName after `as`
  kMatchOr,
  kTypeVar,
  kParamSpec,
  kTypeVarTuple,
  kIdentifier,
  kStringPiece,  ///< op: ConstantKind; parts that CPython folds into the constant above
};
inline constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kStringPiece) + 1;

enum class Field : std::uint8_t {
  kNone,
  kAnnotation,
  kArg,
  kArgs,
  kAsName,
  kBases,
  kBody,
  kBound,
  kCases,
  kCause,
  kCls,
  kComparators,
  kContextExpr,
  kDecorator,
  kDefault,
  kDefaults,
  kElt,
  kElts,
  kExc,
  kFinalBody,
  kFormatSpec,
  kFunc,
  kGenerators,
  kGlobals,
  kGuard,
  kHandlers,
  kIfs,
  kItems,
  kIter,
  kKey,
  kKeys,
  kKeywords,
  kKwArg,
  kKwDefaults,
  kKwdAttrs,
  kKwdPatterns,
  kKwOnlyArgs,
  kLeft,
  kLower,
  kModule,
  kMsg,
  kName,
  kNames,
  kOperand,
  kOptionalVars,
  kOrElse,
  kPattern,
  kPatterns,
  kPosOnlyArgs,
  kRest,
  kReturns,
  kRight,
  kSlice,
  kStep,
  kStr,
  kSubject,
  kTarget,
  kTargets,
  kTest,
  kType,
  kTypeParams,
  kUpper,
  kValue,
  kValues,
  kVarArg,
};

enum class Operator : std::uint8_t {
  kNone,
  kAnd,
  kOr,
  kAdd,
  kSub,
  kMult,
  kMatMult,
  kDiv,
  kMod,
  kPow,
  kLShift,
  kRShift,
  kBitOr,
  kBitXor,
  kBitAnd,
  kFloorDiv,
  kInvert,
  kNot,
  kUAdd,
  kUSub,
  kEq,
  kNotEq,
  kLt,
  kLtE,
  kGt,
  kGtE,
  kIs,
  kIsNot,
  kIn,
  kNotIn,
};

enum class Context : std::uint8_t { kLoad, kStore, kDel };

enum class ConstantKind : std::uint8_t {
  kNoneValue,
  kTrue,
  kFalse,
  kEllipsis,
  kInt,
  kFloat,
  kImaginary,
  kStr,        ///< string literals, one or more beside each other
  kBytes,      ///< bytes literals, alike
  kRawText,    ///< text of an f-string without escapes
  kText,       ///< text of an f-string with escapes
  kDebugText,  ///< what `{x=}` repeats of the source
  kFolded,     ///< kStringPiece children, put together
};

/// "FunctionDef", as `ast` spells it.
std::string_view kind_name(Kind kind);
/// "Add", "NotIn".
std::string_view operator_name(Operator op);

}  // namespace solvent::syntax::python
