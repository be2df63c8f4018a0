// Rules as their files say them.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/toml.h"
#include "remedies/code/rules/rule.h"
#include "stats/association.h"

namespace solvent::remedies::code {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kVerdictsMin = 20, kProjectsMin = 5;
constexpr double kPrecisionMin = 0.8;  ///< within the 95 % Wilson interval, or below it
constexpr std::int64_t kNothing = 10;  ///< a P10 of 0 is read as the median by this

std::vector<std::string> texts(const Json* value) {
  std::vector<std::string> out;
  if (value == nullptr) return out;
  if (value->is_string()) out.push_back(value->string());
  if (value->is_array())
    for (const Json& one : value->array())
      if (one.is_string()) out.push_back(one.string());
  return out;
}

}  // namespace

class RuleReader {
 public:
  explicit RuleReader(RuleSet& into) : into_(into) {}

  Result<void> read(const RuleSet::Source& source) {
    name_ = source.name;
    const Toml toml = TRY(parse_toml(source.text, source.name));
    const Json& file = toml.document;
    static const std::set<std::string_view> kKeys = {"title",
                                                     "question",
                                                     "source",
                                                     "debt_kind",
                                                     "minutes",
                                                     "minutes_each",
                                                     "interest_minutes",
                                                     "prior_source",
                                                     "advice",
                                                     "counterparts",
                                                     "match",
                                                     "bad",
                                                     "good",
                                                     "version",
                                                     "measured"};
    for (const auto& [key, value] : file.object())
      if (!kKeys.contains(key)) return wrong("no such key: " + key);
    Rule rule;
    TRY(read_spec(file, rule));
    rule.spec.made_of =
        Hasher().field(as_text(into_.library_->digest().view())).field(source.text).finish();
    if (const Json* matches = file.find("match"); matches != nullptr && matches->is_array())
      for (const Json& match : matches->array()) {
        rule.matches.emplace_back();
        TRY(read_match(match, rule.matches.back()));
      }
    if (rule.matches.empty()) return wrong("a rule has a [[match]]");
    read_examples(file.find("bad"), true, rule);
    read_examples(file.find("good"), false, rule);
    into_.rules_.push_back(std::move(rule));
    return {};
  }

 private:
  Unexpected wrong(std::string_view what) const {
    return fail(Code::kInvalidArgument, name_ + ": " + std::string(what), "see rules/README.md",
                name_);
  }

  Result<check::LabourPrior> prior(const Json& file, std::string_view key) const {
    const Json* value = file.find(key);
    if (value == nullptr || !value->is_array() || value->array().size() != 3)
      return wrong(std::string(key) + " are three numbers: P10, P50, P90");
    std::array<std::int64_t, 3> seconds{};
    for (std::size_t i = 0; i < 3; ++i) {
      if (!value->array()[i].is_number()) return wrong(std::string(key) + " are numbers");
      seconds[i] = static_cast<std::int64_t>(value->array()[i].number() * kMinute);
    }
    // "Often nothing" is less than the median, but a price is never nothing.
    if (seconds[0] == 0 && seconds[2] > 0)
      seconds[0] = std::max<std::int64_t>(1, std::min(seconds[1], seconds[2]) / kNothing);
    return check::LabourPrior{seconds[0], seconds[1], seconds[2]};
  }

  Result<void> read_spec(const Json& file, Rule& rule) const {
    const std::size_t slash = name_.rfind('/');
    std::string_view stem =
        std::string_view(name_).substr(slash == std::string::npos ? 0 : slash + 1);
    if (stem.ends_with(".toml")) stem.remove_suffix(5);
    rule.family = slash == std::string::npos ? "" : name_.substr(0, slash);
    rule.counterparts = texts(file.find("counterparts"));
    check::CheckSpec& spec = rule.spec;
    spec.id = "code/" + rule.family + (rule.family.empty() ? "" : "-") + std::string(stem);
    spec.version = file.int_or("version", 1);
    spec.title = file.text_or("title", "");
    spec.question = file.text_or("question", "");
    spec.source = file.text_or("source", "");
    spec.debt_kind = file.text_or("debt_kind", "");
    spec.prior_source = file.text_or("prior_source", "");
    spec.advice = file.text_or("advice", "");
    spec.principal = TRY(prior(file, "minutes"));
    spec.principal_each = TRY(prior(file, "minutes_each"));
    spec.interest_month = TRY(prior(file, "interest_minutes"));
    return read_standing(file, spec);
  }

  /// What readers said of findings in projects by which the rule was not tuned. It counts for the
  /// version that they saw.
  Result<void> read_standing(const Json& file, check::CheckSpec& spec) const {
    spec.standing = check::Standing::kUnproven;
    const Json* measured = file.find("measured");
    if (measured == nullptr) return {};
    const std::int64_t right = measured->int_or("right", -1), of = measured->int_or("of", -1);
    if (right < 0 || of < right || measured->int_or("projects", -1) < 0)
      return wrong("measured are right, of, projects and version");
    if (measured->int_or("version", 0) != spec.version) return {};
    if (of < kVerdictsMin || measured->int_or("projects", 0) < kProjectsMin) return {};
    const auto share = stats::wilson(static_cast<double>(right), static_cast<double>(of));
    spec.precision = share.low;
    spec.precision_n = of;
    if (share.low >= kPrecisionMin) spec.standing = check::Standing::kProven;
    if (share.high < kPrecisionMin) spec.standing = check::Standing::kRefuted;
    return {};
  }

  static void read_examples(const Json* list, bool bad, Rule& rule) {
    if (list == nullptr || !list->is_array()) return;
    for (const Json& one : list->array())
      rule.examples.push_back({.code = one.text_or("code", ""),
                               .why = one.text_or("why", ""),
                               .bad = bad,
                               .notebook = one.bool_or("notebook", false)});
  }

  Result<Pattern> pattern(std::string_view text, Variables& variables) const {
    auto made = Pattern::compile(text, *into_.library_, into_.vocabulary_, variables);
    if (!made) return wrong(made.error().message + ": " + made.error().hint);
    return made;
  }

  Result<void> read_match(const Json& match, RuleMatch& into) {
    for (const std::string& text : texts(match.find("pattern"))) {
      Pattern one = TRY(pattern(text, into.variables));
      into.patterns.push_back(std::move(one));
    }
    if (into.patterns.empty()) return wrong("a [[match]] has no pattern");
    for (const auto& [key, value] : match.object()) TRY(read_condition(key, value, into));
    return {};
  }

  Result<void> read_condition(const std::string& key, const Json& value, RuleMatch& into) {
    if (key == "pattern") return {};
    if (key == "message") {
      into.message = value.is_string() ? value.string() : "";
      return {};
    }
    if (key == "where" || key == "where_not")
      return read_where(value, key == "where" ? into.where : into.where_not, into);
    if (key == "not") {
      for (const std::string& text : texts(&value)) {
        Pattern one = TRY(pattern(text, into.variables));
        into.not_these.push_back(std::move(one));
      }
      return {};
    }
    if (key == "inside" || key == "not_inside")
      return read_surroundings(value, key == "inside" ? into.inside : into.not_inside, into);
    if (key == "value") {
      if (value != Json("used") && value != Json("discarded"))
        return wrong("value is \"used\" or \"discarded\"");
      into.used = value == Json("used");
      return {};
    }
    if (key == "library") {
      for (const std::string& text : texts(&value))
        for (const std::string_view one : split(text, ';')) into.libraries.emplace_back(trim(one));
      return {};
    }
    if (key == "regex" || key == "more_than") return read_bound(key, value, into);
    return read_beside(key, value, into);
  }

  Result<std::size_t> variable(const std::string& name, const RuleMatch& match) const {
    const auto found = std::ranges::find(match.variables, name);
    if (found == match.variables.end()) return wrong("no variable $" + name);
    return static_cast<std::size_t>(found - match.variables.begin());
  }

  Result<void> read_where(const Json& value, std::vector<Constraint>& into,
                          const RuleMatch& match) const {
    if (!value.is_object()) return wrong("where is a table: variable = kinds");
    for (const auto& [name, kinds] : value.object()) {
      Constraint constraint{.variable = TRY(variable(name, match))};
      if (!kinds.is_string()) return wrong("where: " + name + " is no text");
      for (std::string_view word : split(kinds.string(), '|')) {
        word = trim(word);
        if (word == "literal")
          constraint.literal = true;
        else if (word == "name")
          constraint.name = true;
        else if (const auto found = kinds_named(word))
          constraint.kinds = constraint.kinds | *found;
        else if (contains(word, ".") || contains(word, "*"))
          constraint.paths.emplace_back(word);
        else
          return wrong("no such kind: " + std::string(word));
      }
      into.push_back(std::move(constraint));
    }
    return {};
  }

  Result<void> read_surroundings(const Json& value, std::vector<Surrounding>& into,
                                 const RuleMatch& match) {
    struct Named {
      std::string_view text;
      Around around;
    };
    static constexpr Named kWords[] = {{"loop", Around::kLoop},
                                       {"function", Around::kFunction},
                                       {"class", Around::kClass},
                                       {"test", Around::kTest},
                                       {"main", Around::kMain}};
    for (const std::string& text : texts(&value)) {
      const auto* word = std::ranges::find(kWords, text, &Named::text);
      if (word != std::end(kWords)) {
        into.push_back({.around = word->around});
      } else {
        LookedFor pattern = TRY(looked_for(text, match));
        into.push_back({.pattern = std::move(pattern)});
      }
    }
    return {};
  }

  Result<void> read_bound(const std::string& key, const Json& value, RuleMatch& into) const {
    if (!value.is_object()) return wrong(key + " is a table");
    for (const auto& [name, bound] : value.object()) {
      const std::size_t at = TRY(variable(name, into));
      if (key == "regex" && bound.is_string())
        into.regexes.push_back({at, bound.string()});
      else if (key == "more_than" && bound.is_number())
        into.bounds.push_back({at, bound.number()});
      else
        return wrong(key + ": " + name + " is of the wrong type");
    }
    return {};
  }

  Result<void> read_beside(const std::string& key, const Json& value, RuleMatch& into) {
    struct Named {
      std::string_view text;
      Reach reach;
    };
    static constexpr Named kReaches[] = {{"file", Reach::kFile},
                                         {"function", Reach::kFunction},
                                         {"before", Reach::kBefore},
                                         {"after", Reach::kAfter}};
    const std::size_t bar = key.rfind('_');
    const std::string_view reach = std::string_view(key).substr(0, bar);
    const auto* found = std::ranges::find(kReaches, reach, &Named::text);
    const std::string_view how =
        bar == std::string::npos ? std::string_view() : std::string_view(key).substr(bar + 1);
    if (found == std::end(kReaches) || (how != "has" && how != "lacks"))
      return wrong("no such condition: " + key);
    Beside beside{.reach = found->reach, .must_be = how == "has"};
    for (const std::string& text : texts(&value)) {
      LookedFor pattern = TRY(looked_for(text, into));
      into_.looked_beside_[pattern.pattern] = true;
      beside.patterns.push_back(std::move(pattern));
    }
    into.beside.push_back(std::move(beside));
    return {};
  }

  /// A pattern that several rules may look for is looked for once.
  Result<LookedFor> looked_for(const std::string& text, const RuleMatch& match) {
    auto& all = into_.looked_for_texts_;
    LookedFor out;
    out.pattern = static_cast<std::size_t>(std::ranges::find(all, text) - all.begin());
    if (out.pattern == all.size()) {
      Variables own;
      Pattern one = TRY(pattern(text, own));
      into_.looked_for_.push_back(std::move(one));
      into_.looked_for_variables_.push_back(std::move(own));
      into_.looked_beside_.push_back(false);
      all.push_back(text);
    }
    const Variables& own = into_.looked_for_variables_[out.pattern];
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto found = std::ranges::find(match.variables, own[i]);
      if (found != match.variables.end())
        out.shared.emplace_back(i, static_cast<std::size_t>(found - match.variables.begin()));
    }
    return out;
  }

  RuleSet& into_;
  std::string name_;
};

Result<RuleSet> RuleSet::read(const Library& library, std::span<const Source> sources) {
  RuleSet out;
  out.library_ = &library;
  out.vocabulary_ = library.vocabulary();
  RuleReader reader(out);
  for (const Source& source : sources) TRY(reader.read(source));
  for (std::uint32_t r = 0; r < out.rules_.size(); ++r)
    for (std::uint32_t m = 0; m < out.rules_[r].matches.size(); ++m)
      for (std::uint32_t p = 0; p < out.rules_[r].matches[m].patterns.size(); ++p)
        out.index(out.rules_[r].matches[m], out.rules_[r].matches[m].patterns[p], {r, m, p});
  for (std::uint32_t p = 0; p < out.looked_for_.size(); ++p)
    if (out.looked_beside_[p] && !out.looked_for_[p].is_variable())
      out.index(out.looked_for_[p].anchor(), {kLookedFor, 0, p});
  return out;
}

/// A call of a variable is looked for where what is called is as the match wants it.
void RuleSet::index(const RuleMatch& match, const Pattern& pattern, Entry entry) {
  const Anchor any = anchor(syntax::python::Kind::kCall, AnchorBy::kKind);
  const std::size_t called = pattern.called_variable();
  const auto wanted = std::ranges::find_if(
      match.where, [&](const Constraint& one) { return one.variable + 1 == called; });
  if (pattern.anchor() != any || called == 0 || wanted == match.where.end() || wanted->literal ||
      wanted->name)
    return index(pattern.anchor(), entry);
  wanted->kinds.each([&](Kind kind) {
    index(anchor(syntax::python::Kind::kCall, AnchorBy::kCalleeKind,
                 static_cast<std::uint32_t>(kind) + 1),
          entry);
  });
  std::set<Word> roots;
  for (const std::string& path : wanted->paths) {
    const std::string_view root = std::string_view(path).substr(0, path.find_first_of(".*"));
    roots.insert(vocabulary_.word(root));
  }
  for (const Word root : roots)
    index(anchor(syntax::python::Kind::kCall, AnchorBy::kCalleeRoot, root), entry);
}

void RuleSet::index(Anchor anchor, Entry entry) {
  std::uint32_t& number = numbers_[anchor];
  if (number == 0) {
    lists_.emplace_back();
    number = static_cast<std::uint32_t>(lists_.size());
  }
  lists_[number - 1].push_back(entry);
}

const std::vector<RuleSet::Entry>* RuleSet::entries(Anchor anchor) const {
  const std::uint32_t number = numbers_.find(anchor);
  return number == 0 ? nullptr : &lists_[number - 1];
}

}  // namespace solvent::remedies::code
