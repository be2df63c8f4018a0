// Rules over one program: one walk finds what patterns match, then the conditions decide.
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "remedies/code/rules/rule.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

constexpr std::size_t kShownMax = 40;
constexpr std::size_t kTextMax = 80;  ///< bytes of a text, as written, that a pattern may be
constexpr int kWalkDepthMax = 1'000;
using NodeKind = python::Kind;

bool is_function(NodeKind kind) {
  return kind == NodeKind::kFunctionDef || kind == NodeKind::kAsyncFunctionDef;
}

bool is_loop(NodeKind kind) {
  return kind == NodeKind::kFor || kind == NodeKind::kAsyncFor || kind == NodeKind::kWhile;
}

bool is_main_test(std::string_view text) {
  return contains(text, "__name__") && contains(text, "__main__");
}

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    if (out.size() > kShownMax) return sanitize_utf8(out.substr(0, kShownMax)) + "…";
  }
  return sanitize_utf8(out);
}

}  // namespace

struct RuleRun::State {
  explicit State(const RuleSet& set)
      : rules(set), vocabulary(set.vocabulary()), meaning(set.library(), vocabulary) {}

  /// What a pattern has matched, and where.
  struct Found {
    NodeId node = 0, function = 0;
    Bindings bindings;
  };
  struct Candidate {
    std::uint32_t rule = 0, match = 0;
    NodeId statement = 0;
    Found found;
  };

  void walk(NodeId id, int depth);
  void try_anchors(NodeId id, const python::Node& node);
  void try_call(NodeId id, const python::Node& node);
  Word text_word(NodeId id) const;
  void try_entries(Anchor key, NodeId id);
  void try_entry(const RuleSet::Entry& entry, NodeId id);
  bool holds_here(const RuleMatch& match, NodeId id, Bindings bindings);
  bool constrained(const Constraint& constraint, const Bindings& bindings);
  bool surrounded(const Surrounding& by, NodeId of, const Bindings& bindings);
  bool is_used(NodeId id) const;
  bool holds_beside(const RuleMatch& match, const Candidate& candidate) const;
  bool named(const Beside& beside, const LookedFor& wanted, const Candidate& candidate) const;
  bool there(const Beside& beside, const LookedFor& wanted, const Candidate& candidate) const;
  bool shares(const LookedFor& wanted, const Bindings& other, const Bindings& own) const;
  bool text_matches(const RuleMatch::Regex& regex, const Bindings& bindings);
  bool exceeds(const RuleMatch::Bound& bound, const Bindings& bindings) const;
  std::string message(const RuleMatch& match, const Bindings& bindings) const;

  const RuleSet& rules;
  Vocabulary vocabulary;
  Meaning meaning;
  const python::Tree* tree = nullptr;
  const ProgramFacts* facts = nullptr;
  std::vector<NodeId> around;  ///< from the module down to the parent
  NodeId function = 0, statement = 0;
  std::vector<Candidate> candidates;
  std::vector<std::uint32_t> matches;  ///< by rule
  bool cut_off = false;
  std::vector<std::vector<Found>> found;  ///< by the number of what is looked for
  std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> expressions;
};

RuleRun::RuleRun(const RuleSet& rules) : state_(std::make_unique<State>(rules)) {}
RuleRun::~RuleRun() = default;

bool RuleRun::cut_off() const {
  return state_->cut_off;
}

void RuleRun::State::walk(NodeId id, int depth) {
  if (depth > kWalkDepthMax) return;
  const python::Node& node = (*tree)[id];
  const NodeId outer_function = function, outer_statement = statement;
  const bool is_statement =
      (node.kind >= NodeKind::kFunctionDef && node.kind <= NodeKind::kInvalid) ||
      node.kind == NodeKind::kExceptHandler;
  if (is_statement) statement = id;
  try_anchors(id, node);
  around.push_back(id);
  if (is_function(node.kind)) function = id;
  for (NodeId child = node.first; child != 0; child = (*tree)[child].next) walk(child, depth + 1);
  around.pop_back();
  function = outer_function;
  statement = outer_statement;
}

/// The anchors that patterns have (Pattern::find_anchor), of a program's node.
void RuleRun::State::try_anchors(NodeId id, const python::Node& node) {
  const auto path_of = [&](NodeId one) {
    const Value& value = meaning.value(one);
    return value.resolves() ? value.path : 0;
  };
  const auto attempt = [&](AnchorBy by, std::uint32_t what) {
    if (what != 0 || by == AnchorBy::kKind || by == AnchorBy::kOperator)
      try_entries(anchor(node.kind, by, what), id);
  };
  switch (node.kind) {
    case NodeKind::kModule:
    case NodeKind::kArguments:
    case NodeKind::kArg:
    case NodeKind::kKeyword:
    case NodeKind::kAlias:
    case NodeKind::kIdentifier: return;
    case NodeKind::kName:
    case NodeKind::kAttribute:
      if (const Path path = path_of(id)) try_entries(reference_anchor(path), id);
      if (node.kind == NodeKind::kAttribute) attempt(AnchorBy::kWord, meaning.word(id));
      break;
    case NodeKind::kCall: try_call(id, node); break;
    case NodeKind::kAssign:
    case NodeKind::kAugAssign: {
      const NodeId value = tree->child(id, python::Field::kValue);
      const NodeKind kind = (*tree)[value].kind;
      if (kind == NodeKind::kCall) {
        const NodeId called = (*tree)[value].first;
        attempt(AnchorBy::kValuePath, path_of(called));
        if ((*tree)[called].kind == NodeKind::kAttribute)
          attempt(AnchorBy::kValueWord, meaning.word(called));
      }
      attempt(AnchorBy::kValueKind, static_cast<std::uint32_t>(kind));
      attempt(AnchorBy::kTarget, static_cast<std::uint32_t>((*tree)[node.first].kind));
      break;
    }
    case NodeKind::kCompare:
      for (NodeId side = node.first; side != 0; side = (*tree)[side].next)
        attempt(AnchorBy::kPath, path_of(side));
      attempt(AnchorBy::kOperator, (*tree)[(*tree)[node.first].next].role);
      return;
    case NodeKind::kSubscript:
      attempt(AnchorBy::kPath, path_of(node.first));
      if ((*tree)[node.first].kind == NodeKind::kAttribute)
        attempt(AnchorBy::kWord, meaning.word(node.first));
      break;
    case NodeKind::kBinOp:
    case NodeKind::kUnaryOp:
    case NodeKind::kBoolOp: return attempt(AnchorBy::kOperator, node.op);
    case NodeKind::kConstant:
      if (static_cast<python::ConstantKind>(node.op) == python::ConstantKind::kStr)
        return attempt(AnchorBy::kWord, text_word(id));
      return attempt(AnchorBy::kOperator, node.op);
    default: break;
  }
  attempt(AnchorBy::kKind, 0);
}

void RuleRun::State::try_call(NodeId id, const python::Node& node) {
  const auto attempt = [&](AnchorBy by, std::uint32_t what) {
    if (what != 0) try_entries(anchor(NodeKind::kCall, by, what), id);
  };
  const NodeId called = node.first;
  const Value& callee = meaning.value(called);
  const bool method = (*tree)[called].kind == NodeKind::kAttribute;
  if (callee.resolves()) attempt(AnchorBy::kPath, callee.path);
  if (method) attempt(AnchorBy::kWord, meaning.word(called));
  callee.kinds.each(
      [&](Kind kind) { attempt(AnchorBy::kCalleeKind, static_cast<std::uint32_t>(kind) + 1); });
  if (Path root = callee.path) {
    while (vocabulary.parent(root) != 0) root = vocabulary.parent(root);
    attempt(AnchorBy::kCalleeRoot, vocabulary.last(root));
  }
  const NodeId of = method ? (*tree)[called].first : called;
  if ((*tree)[of].kind == NodeKind::kCall) {
    const NodeId inner = (*tree)[of].first;
    if (meaning.value(inner).resolves()) attempt(AnchorBy::kOfPath, meaning.value(inner).path);
    if ((*tree)[inner].kind == NodeKind::kAttribute)
      attempt(AnchorBy::kOfWord, meaning.word(inner));
  }
  const NodeId first = (*tree)[called].next;
  if (first != 0 && (*tree)[first].kind == NodeKind::kConstant &&
      (*tree)[first].op == static_cast<std::uint8_t>(python::ConstantKind::kInt))
    attempt(AnchorBy::kArgument, vocabulary.find_word(tree->span(first)));
  for (NodeId one = first; one != 0; one = (*tree)[one].next)
    if ((*tree)[one].field == python::Field::kKeywords)
      attempt(AnchorBy::kKeyword, meaning.word(one));
}

/// The value of a short text, as a word that some pattern has; 0 for any other.
Word RuleRun::State::text_word(NodeId id) const {
  const std::string_view written = tree->span(id);
  if (written.size() > kTextMax) return 0;
  const bool plain = (written.front() == '"' || written.front() == '\'') &&
                     written.find_first_of("\\\"'", 1) == written.size() - 1;
  if (plain) return vocabulary.find_word(written.substr(1, written.size() - 2));
  return vocabulary.find_word(tree->string_value(id));
}

void RuleRun::State::try_entries(Anchor key, NodeId id) {
  const auto* entries = rules.entries(key);
  if (entries == nullptr) return;
  for (const RuleSet::Entry& entry : *entries) try_entry(entry, id);
}

void RuleRun::State::try_entry(const RuleSet::Entry& entry, NodeId id) {
  Bindings bindings;
  if (entry.rule == RuleSet::kLookedFor) {
    if (rules.looked_for_[entry.pattern].matches(*tree, meaning, id, bindings))
      found[entry.pattern].push_back({id, function, bindings});
    return;
  }
  const RuleMatch& match = rules.rules_[entry.rule].matches[entry.match];
  if (!match.patterns[entry.pattern].matches(*tree, meaning, id, bindings)) return;
  if (!holds_here(match, id, bindings)) return;
  if (++matches[entry.rule] > kMatchesMax) {
    cut_off = true;
    return;
  }
  candidates.push_back({entry.rule, entry.match, statement, {id, function, bindings}});
}

/// The conditions that the node and what is around it decide.
bool RuleRun::State::holds_here(const RuleMatch& match, NodeId id, Bindings bindings) {
  for (const Constraint& one : match.where)
    if (!constrained(one, bindings)) return false;
  for (const Constraint& one : match.where_not)
    if (constrained(one, bindings)) return false;
  for (const Pattern& one : match.not_these) {
    Bindings other = bindings;
    if (one.matches(*tree, meaning, id, other)) return false;
  }
  if (match.used && *match.used != is_used(id)) return false;
  for (const auto& one : match.regexes)
    if (!text_matches(one, bindings)) return false;
  for (const auto& one : match.bounds)
    if (!exceeds(one, bindings)) return false;
  const auto is_around = [&](const Surrounding& one) { return surrounded(one, id, bindings); };
  if (!match.inside.empty() && std::ranges::none_of(match.inside, is_around)) return false;
  if (std::ranges::any_of(match.not_inside, is_around)) return false;
  for (const std::string& requirement : match.libraries)
    if (facts->admits && !facts->admits(requirement)) return false;
  return true;
}

bool RuleRun::State::constrained(const Constraint& constraint, const Bindings& bindings) {
  const NodeId id = bindings.nodes[constraint.variable];
  if (id == 0) return false;
  const python::Node& node = (*tree)[id];
  if (constraint.literal && node.kind == NodeKind::kConstant) return true;
  if (constraint.name && node.kind == NodeKind::kName) return true;
  const Value& value = meaning.value(id);
  if (value.kinds.within(constraint.kinds)) return true;
  if (value.path == 0 || constraint.paths.empty()) return false;
  const std::string dotted = vocabulary.dotted(value.path);
  return std::ranges::any_of(constraint.paths, [&](std::string_view name) {
    if (!name.ends_with('*')) return dotted == name;
    return dotted.starts_with(name.substr(0, name.size() - 1));
  });
}

bool RuleRun::State::surrounded(const Surrounding& by, NodeId of, const Bindings& bindings) {
  if (by.around == Around::kTest && facts->is_test) return true;
  for (std::size_t i = around.size(); i > 0; --i) {
    const NodeId id = around[i - 1];
    const python::Node& node = (*tree)[id];
    const NodeId inner = i < around.size() ? around[i] : of;
    // The head of a `for` is evaluated once.
    const bool in_head = (node.kind == NodeKind::kFor || node.kind == NodeKind::kAsyncFor) &&
                         (*tree)[inner].field != python::Field::kBody;
    switch (by.around) {
      case Around::kLoop:
        if (is_loop(node.kind) && !in_head) return true;
        if (is_function(node.kind)) return false;
        break;
      case Around::kFunction:
        if (is_function(node.kind)) return true;
        break;
      case Around::kClass:
        if (node.kind == NodeKind::kClassDef) return true;
        break;
      case Around::kTest:
        if (is_function(node.kind) &&
            tree->written_name(tree->child(id, python::Field::kName)).starts_with("test"))
          return true;
        break;
      case Around::kMain:
        if (node.kind == NodeKind::kIf &&
            is_main_test(tree->span(tree->child(id, python::Field::kTest))))
          return true;
        break;
      case Around::kPattern: {
        Bindings other;
        if (!in_head && rules.looked_for_[by.pattern.pattern].matches(*tree, meaning, id, other) &&
            shares(by.pattern, other, bindings))
          return true;
        if (is_function(node.kind)) return false;
        break;
      }
    }
  }
  return false;
}

bool RuleRun::State::is_used(NodeId id) const {
  const NodeId parent = around.back();
  return (*tree)[parent].kind != NodeKind::kExpr || (*tree)[parent].first != id;
}

bool RuleRun::State::shares(const LookedFor& wanted, const Bindings& other,
                            const Bindings& own) const {
  return std::ranges::all_of(wanted.shared, [&](const auto& pair) {
    const auto& [theirs, ours] = pair;
    if (other.nodes[theirs] == 0 || own.nodes[ours] == 0) return true;
    return other.text(*tree, theirs) == own.text(*tree, ours);
  });
}

/// Whether the name that a variable has bound is read in reach.
bool RuleRun::State::named(const Beside& beside, const LookedFor& wanted,
                           const Candidate& candidate) const {
  if (wanted.shared.empty()) return false;
  const std::string_view name = candidate.found.bindings.text(*tree, wanted.shared[0].second);
  const python::Node& match = (*tree)[candidate.found.node];
  const python::Node& within =
      (*tree)[beside.reach == Reach::kFile ? tree->root() : candidate.found.function];
  for (NodeId id = 1; id < tree->size(); ++id) {
    const python::Node& node = (*tree)[id];
    if (node.kind != NodeKind::kName || node.end - node.begin != name.size()) continue;
    const bool inside =
        candidate.found.function == 0 || (node.begin >= within.begin && node.end <= within.end);
    if (!inside || (beside.reach == Reach::kBefore && node.begin >= match.begin) ||
        (beside.reach == Reach::kAfter && node.begin <= match.end))
      continue;
    if (tree->span(id) == name) return true;
  }
  return false;
}

bool RuleRun::State::there(const Beside& beside, const LookedFor& wanted,
                           const Candidate& candidate) const {
  if (rules.looked_for_[wanted.pattern].is_variable()) return named(beside, wanted, candidate);
  const std::uint32_t begin = (*tree)[candidate.found.node].begin;
  return std::ranges::any_of(found[wanted.pattern], [&](const Found& one) {
    if (beside.reach != Reach::kFile && one.function != candidate.found.function) return false;
    const std::uint32_t place = (*tree)[one.node].begin;
    if (beside.reach == Reach::kBefore && place >= begin) return false;
    if (beside.reach == Reach::kAfter && place <= begin) return false;
    return shares(wanted, one.bindings, candidate.found.bindings);
  });
}

bool RuleRun::State::holds_beside(const RuleMatch& match, const Candidate& candidate) const {
  return std::ranges::all_of(match.beside, [&](const Beside& beside) {
    const bool some = std::ranges::any_of(
        beside.patterns, [&](const LookedFor& wanted) { return there(beside, wanted, candidate); });
    return some == beside.must_be;
  });
}

bool RuleRun::State::text_matches(const RuleMatch::Regex& regex, const Bindings& bindings) {
  const NodeId id = bindings.nodes[regex.variable];
  if (id == 0) return false;
  const python::Node& node = (*tree)[id];
  std::string text(bindings.text(*tree, regex.variable));
  if (node.kind == NodeKind::kConstant) {
    if (static_cast<python::ConstantKind>(node.op) != python::ConstantKind::kStr) return false;
    text = tree->string_value(id);
  }
  auto& expression = expressions[regex.pattern];
  if (!expression) expression = std::make_unique<re2::RE2>(regex.pattern, re2::RE2::Quiet);
  return expression->ok() && re2::RE2::PartialMatch(text, *expression);
}

bool RuleRun::State::exceeds(const RuleMatch::Bound& bound, const Bindings& bindings) const {
  const NodeId id = bindings.nodes[bound.variable];
  if (id == 0 || (*tree)[id].kind != NodeKind::kConstant) return false;
  const auto kind = static_cast<python::ConstantKind>((*tree)[id].op);
  if (kind == python::ConstantKind::kFloat) return tree->float_value(id) > bound.more_than;
  if (kind != python::ConstantKind::kInt) return false;
  const auto value = parse_double(tree->span(id));
  return value && *value > bound.more_than;
}

std::string RuleRun::State::message(const RuleMatch& match, const Bindings& bindings) const {
  std::string out = match.message;
  for (std::size_t i = 0; i < match.variables.size() && i < Bindings::kMax; ++i)
    if (bindings.nodes[i] != 0)
      out = replace_all(std::move(out), "{" + match.variables[i] + "}",
                        shown(bindings.text(*tree, i)));
  return out;
}

std::vector<RuleHit> RuleRun::run(const python::Tree& tree, const ProgramFacts& facts) {
  State& state = *state_;
  state.tree = &tree;
  state.facts = &facts;
  state.around.clear();
  state.candidates.clear();
  state.matches.assign(state.rules.rules_.size(), 0);
  state.cut_off = false;
  state.found.resize(state.rules.looked_for_.size());
  for (auto& one : state.found) one.clear();
  state.function = state.statement = 0;
  state.meaning.read(tree);
  state.walk(tree.root(), 0);
  std::vector<RuleHit> hits;
  std::set<std::pair<std::uint32_t, NodeId>> known;  // a rule is told of once for a statement
  for (const auto& candidate : state.candidates) {
    const Rule& rule = state.rules.rules_[candidate.rule];
    const RuleMatch& match = rule.matches[candidate.match];
    const std::pair place(candidate.rule, candidate.statement);
    if (known.contains(place) || !state.holds_beside(match, candidate)) continue;
    known.insert(place);
    hits.push_back({candidate.rule, candidate.found.node, candidate.statement,
                    state.message(match, candidate.found.bindings)});
  }
  return hits;
}

}  // namespace solvent::remedies::code
