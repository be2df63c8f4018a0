#include "syntax/python_dump.h"

#include <bit>
#include <cstdio>
#include <span>

namespace solvent::syntax::python {
namespace {

enum class Show : std::uint8_t {
  kOne,       ///< the child of a field, or ~
  kList,      ///< the children of a field
  kStrings,   ///< identifiers as a list
  kString,    ///< an identifier's text, or ~
  kOwnName,   ///< the node's own name, or ~
  kOperator,  ///< op
  kContext,   ///< op
  kNumber,    ///< op
  kConstant,
  kAbsent,  ///< ~: what `ast` leaves out here
  kSpecial,
};

struct Item {
  Show show = Show::kAbsent;
  Field field = Field::kNone;
};

#define ITEMS(...)                                  \
  {                                                 \
    static constexpr Item kItems[] = {__VA_ARGS__}; \
    return kItems;                                  \
  }
#define ONE(f)           \
  Item {                 \
    Show::kOne, Field::f \
  }
#define LIST(f)           \
  Item {                  \
    Show::kList, Field::f \
  }
#define STRING(f)           \
  Item {                    \
    Show::kString, Field::f \
  }
#define SHOW(s)           \
  Item {                  \
    Show::s, Field::kNone \
  }

std::span<const Item> statement_items(Kind kind) {
  switch (kind) {
    case Kind::kModule: ITEMS(LIST(kBody), LIST(kNone))
    case Kind::kFunctionDef:
    case Kind::kAsyncFunctionDef:
      ITEMS(STRING(kName), ONE(kArgs), LIST(kBody), LIST(kDecorator), ONE(kReturns), SHOW(kAbsent),
            LIST(kTypeParams))
    case Kind::kClassDef:
      ITEMS(STRING(kName), LIST(kBases), LIST(kKeywords), LIST(kBody), LIST(kDecorator),
            LIST(kTypeParams))
    case Kind::kReturn:
    case Kind::kExpr: ITEMS(ONE(kValue))
    case Kind::kDelete: ITEMS(LIST(kTargets))
    case Kind::kAssign: ITEMS(LIST(kTargets), ONE(kValue), SHOW(kAbsent))
    case Kind::kTypeAlias: ITEMS(ONE(kName), LIST(kTypeParams), ONE(kValue))
    case Kind::kAugAssign: ITEMS(ONE(kTarget), SHOW(kOperator), ONE(kValue))
    case Kind::kAnnAssign: ITEMS(ONE(kTarget), ONE(kAnnotation), ONE(kValue), SHOW(kNumber))
    case Kind::kFor:
    case Kind::kAsyncFor: ITEMS(ONE(kTarget), ONE(kIter), LIST(kBody), LIST(kOrElse), SHOW(kAbsent))
    case Kind::kWhile:
    case Kind::kIf: ITEMS(ONE(kTest), LIST(kBody), LIST(kOrElse))
    case Kind::kWith:
    case Kind::kAsyncWith: ITEMS(LIST(kItems), LIST(kBody), SHOW(kAbsent))
    case Kind::kMatch: ITEMS(ONE(kSubject), LIST(kCases))
    case Kind::kRaise: ITEMS(ONE(kExc), ONE(kCause))
    case Kind::kTry:
    case Kind::kTryStar: ITEMS(LIST(kBody), LIST(kHandlers), LIST(kOrElse), LIST(kFinalBody))
    case Kind::kAssert: ITEMS(ONE(kTest), ONE(kMsg))
    case Kind::kImport: ITEMS(LIST(kNames))
    case Kind::kImportFrom: ITEMS(STRING(kModule), LIST(kNames), SHOW(kSpecial))
    case Kind::kGlobal:
    case Kind::kNonlocal: ITEMS(Item{Show::kStrings, Field::kNames})
    case Kind::kPrint: ITEMS(ONE(kArg), LIST(kValues), SHOW(kNumber))
    case Kind::kExec: ITEMS(ONE(kBody), ONE(kGlobals), ONE(kArgs))
    case Kind::kInvalid: ITEMS(LIST(kBody))
    default: return {};
  }
}

std::span<const Item> expression_items(Kind kind) {
  switch (kind) {
    case Kind::kBoolOp: ITEMS(SHOW(kOperator), LIST(kValues))
    case Kind::kNamedExpr: ITEMS(ONE(kTarget), ONE(kValue))
    case Kind::kBinOp: ITEMS(ONE(kLeft), SHOW(kOperator), ONE(kRight))
    case Kind::kUnaryOp: ITEMS(SHOW(kOperator), ONE(kOperand))
    case Kind::kLambda: ITEMS(ONE(kArgs), ONE(kBody))
    case Kind::kIfExp: ITEMS(ONE(kTest), ONE(kBody), ONE(kOrElse))
    case Kind::kDict: ITEMS(SHOW(kSpecial), LIST(kValues))
    case Kind::kSet: ITEMS(LIST(kElts))
    case Kind::kListComp:
    case Kind::kSetComp:
    case Kind::kGeneratorExp: ITEMS(ONE(kElt), LIST(kGenerators))
    case Kind::kDictComp: ITEMS(ONE(kKey), ONE(kValue), LIST(kGenerators))
    case Kind::kAwait:
    case Kind::kYield:
    case Kind::kRepr:
    case Kind::kYieldFrom: ITEMS(ONE(kValue))
    case Kind::kCompare: ITEMS(ONE(kLeft), SHOW(kSpecial), LIST(kComparators))
    case Kind::kCall: ITEMS(ONE(kFunc), LIST(kArgs), LIST(kKeywords))
    case Kind::kFormattedValue: ITEMS(ONE(kValue), SHOW(kSpecial), ONE(kFormatSpec))
    case Kind::kInterpolation: ITEMS(ONE(kValue), ONE(kStr), SHOW(kSpecial), ONE(kFormatSpec))
    case Kind::kJoinedStr:
    case Kind::kTemplateStr: ITEMS(LIST(kValues))
    case Kind::kConstant: ITEMS(SHOW(kConstant), SHOW(kSpecial))
    case Kind::kAttribute: ITEMS(ONE(kValue), SHOW(kOwnName), SHOW(kContext))
    case Kind::kSubscript: ITEMS(ONE(kValue), ONE(kSlice), SHOW(kContext))
    case Kind::kStarred: ITEMS(ONE(kValue), SHOW(kContext))
    case Kind::kName: ITEMS(SHOW(kOwnName), SHOW(kContext))
    case Kind::kList:
    case Kind::kTuple: ITEMS(LIST(kElts), SHOW(kContext))
    case Kind::kSlice: ITEMS(ONE(kLower), ONE(kUpper), ONE(kStep))
    default: return {};
  }
}

std::span<const Item> other_items(Kind kind) {
  switch (kind) {
    case Kind::kComprehension: ITEMS(ONE(kTarget), ONE(kIter), LIST(kIfs), SHOW(kNumber))
    case Kind::kExceptHandler: ITEMS(ONE(kType), STRING(kName), LIST(kBody))
    case Kind::kArguments:
      ITEMS(LIST(kPosOnlyArgs), LIST(kArgs), ONE(kVarArg), LIST(kKwOnlyArgs), SHOW(kSpecial),
            ONE(kKwArg), LIST(kDefaults))
    case Kind::kArg: ITEMS(SHOW(kOwnName), ONE(kAnnotation), SHOW(kAbsent))
    case Kind::kKeyword: ITEMS(SHOW(kOwnName), ONE(kValue))
    case Kind::kAlias: ITEMS(SHOW(kOwnName), STRING(kAsName))
    case Kind::kWithItem: ITEMS(ONE(kContextExpr), ONE(kOptionalVars))
    case Kind::kMatchCase: ITEMS(ONE(kPattern), ONE(kGuard), LIST(kBody))
    case Kind::kMatchValue: ITEMS(ONE(kValue))
    case Kind::kMatchSingleton: ITEMS(SHOW(kConstant))
    case Kind::kMatchSequence:
    case Kind::kMatchOr: ITEMS(LIST(kPatterns))
    case Kind::kMatchMapping: ITEMS(LIST(kKeys), LIST(kPatterns), STRING(kRest))
    case Kind::kMatchClass:
      ITEMS(ONE(kCls), LIST(kPatterns), Item{Show::kStrings, Field::kKwdAttrs}, LIST(kKwdPatterns))
    case Kind::kMatchStar: ITEMS(SHOW(kOwnName))
    case Kind::kMatchAs: ITEMS(ONE(kPattern), SHOW(kSpecial))
    case Kind::kTypeVar: ITEMS(STRING(kName), ONE(kBound), ONE(kDefault))
    case Kind::kParamSpec:
    case Kind::kTypeVarTuple: ITEMS(STRING(kName), ONE(kDefault))
    case Kind::kStringPiece: ITEMS(SHOW(kConstant))
    default: return {};
  }
}

std::span<const Item> items(Kind kind) {
  if (kind <= Kind::kInvalid) return statement_items(kind);
  return kind <= Kind::kRepr ? expression_items(kind) : other_items(kind);
}

bool has_place(Kind kind) {
  return kind != Kind::kModule && kind != Kind::kComprehension && kind != Kind::kArguments &&
         kind != Kind::kWithItem && kind != Kind::kMatchCase && kind != Kind::kStringPiece;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (c & 0xc0) != 0x80;
  return count;
}

class Dumper {
 public:
  explicit Dumper(const Tree& tree) : tree_(tree) {}

  void node(NodeId id) {
    const Node& node = tree_[id];
    if (node.kind != Kind::kStringPiece) {  // of an interpolation: text alone
      out_ += '\n';
      out_ += kind_name(node.kind);
      if (has_place(node.kind)) place(node);
      out_ += '(';
    }
    bool first = true;
    for (const Item& item : items(node.kind)) {
      if (!first) out_ += ' ';
      first = false;
      show(id, item);
    }
    if (node.kind != Kind::kStringPiece) out_ += ')';
  }

  std::string take() { return std::move(out_); }

 private:
  void place(const Node& node) {
    const Place begin = at(node.begin), end = at(node.end);
    char text[64];
    const int size = std::snprintf(text, sizeof text, " %u:%u-%u:%u", begin.line, begin.column,
                                   end.line, end.column);
    out_.append(text, static_cast<std::size_t>(size));
  }

  /// The end of a line stands on that line.
  Place at(std::uint32_t offset) const { return tree_.place(offset); }

  template <class Each>
  void each(NodeId parent, Field field, Each&& show_child) {
    out_ += '[';
    for (NodeId id = tree_[parent].first; id != 0; id = tree_[id].next) {
      if (tree_[id].field == field) show_child(id);
    }
    out_ += ']';
  }

  void words(NodeId parent, Field field) {
    bool first = true;
    each(parent, field, [&](NodeId id) {
      if (!first) out_ += ' ';
      first = false;
      out_ += tree_.name(id);
    });
  }

  void show(NodeId id, const Item& item) {
    const Node& node = tree_[id];
    constexpr std::string_view kContexts[] = {"Load", "Store", "Del"};
    switch (item.show) {
      case Show::kOne: {
        const NodeId child = tree_.child(id, item.field);
        child != 0 ? this->node(child) : void(out_ += '~');
        return;
      }
      case Show::kList: return each(id, item.field, [this](NodeId child) { this->node(child); });
      case Show::kStrings: return words(id, item.field);
      case Show::kString: {
        const NodeId child = tree_.child(id, item.field);
        out_ += child != 0 ? tree_.name(child) : "~";
        return;
      }
      case Show::kOwnName: {
        const std::string name = tree_.name(id);
        out_ += name.empty() ? "~" : name;
        return;
      }
      case Show::kOperator: out_ += operator_name(static_cast<Operator>(node.op)); return;
      case Show::kContext: out_ += kContexts[node.op]; return;
      case Show::kNumber: out_ += std::to_string(node.op); return;
      case Show::kConstant: return constant(id);
      case Show::kAbsent: out_ += '~'; return;
      case Show::kSpecial: return special(id);
    }
  }

  void special(NodeId id) {
    const Node& node = tree_[id];
    switch (node.kind) {
      case Kind::kImportFrom: out_ += std::to_string(tree_.import_level(id)); return;
      case Kind::kDict: return dict_keys(id);
      case Kind::kArguments: return keyword_defaults(id);
      case Kind::kCompare: return operators(id);
      case Kind::kFormattedValue:
      case Kind::kInterpolation: out_ += node.op != 0 ? std::to_string(node.op) : "-1"; return;
      case Kind::kMatchAs: {
        const NodeId name = tree_.child(id, Field::kName);
        out_ += name != 0 ? tree_.name(name) : node.op != 0 ? tree_.name(id) : "~";
        return;
      }
      case Kind::kConstant: {
        NodeId said = id;  // the first literal decides on `kind`
        if (static_cast<ConstantKind>(node.op) == ConstantKind::kFolded) said = node.first;
        const bool is_u = static_cast<ConstantKind>(tree_[said].op) == ConstantKind::kStr &&
                          tree_.span(said).starts_with('u');
        out_ += is_u ? 'u' : '~';
        return;
      }
      default: return;
    }
  }

  void dict_keys(NodeId dict) {
    NodeId key = 0;
    out_ += '[';
    for (NodeId id = tree_[dict].first; id != 0; id = tree_[id].next) {
      if (tree_[id].field == Field::kKeys) {
        key = id;
      } else {
        key != 0 ? node(key) : void(out_ += '~');
        key = 0;
      }
    }
    out_ += ']';
  }

  void keyword_defaults(NodeId arguments) {
    each(arguments, Field::kKwOnlyArgs, [this](NodeId id) {
      const NodeId next = tree_[id].next;
      const bool has = next != 0 && tree_[next].field == Field::kKwDefaults;
      has ? node(next) : void(out_ += '~');
    });
  }

  void operators(NodeId compare) {
    each(compare, Field::kComparators,
         [this](NodeId id) { out_ += operator_name(static_cast<Operator>(tree_[id].role)); });
  }

  void bits(char letter, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%c%016llx", letter,
                  static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
    out_ += text;
  }

  void constant(NodeId id) {
    switch (static_cast<ConstantKind>(tree_[id].op)) {
      case ConstantKind::kNoneValue: out_ += "None"; return;
      case ConstantKind::kTrue: out_ += "True"; return;
      case ConstantKind::kFalse: out_ += "False"; return;
      case ConstantKind::kEllipsis: out_ += "..."; return;
      case ConstantKind::kInt: out_ += 'i' + tree_.integer_digits(id); return;
      case ConstantKind::kFloat: return bits('f', tree_.float_value(id));
      case ConstantKind::kImaginary: return bits('c', tree_.float_value(id));
      case ConstantKind::kBytes: {
        const std::string value = tree_.string_value(id);
        out_ += 'b' + std::to_string(value.size()) + '\'';
        for (const char c : value) {
          const auto b = static_cast<std::uint8_t>(c);
          if (b >= 0x80) out_ += static_cast<char>(0xc0 | b >> 6);
          out_ += static_cast<char>(b < 0x80 ? b : 0x80 | (b & 0x3f));
        }
        out_ += '\'';
        return;
      }
      default: {
        const std::string value = tree_.string_value(id);
        out_ += 's' + std::to_string(code_points(value)) + '\'' + value + '\'';
      }
    }
  }

  const Tree& tree_;
  std::string out_;
};

#undef ITEMS
#undef ONE
#undef LIST
#undef STRING
#undef SHOW

}  // namespace

std::string dump(const Tree& tree) {
  Dumper dumper(tree);
  dumper.node(tree.root());
  return dumper.take();
}

}  // namespace solvent::syntax::python
