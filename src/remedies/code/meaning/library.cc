#include "remedies/code/meaning/library.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::remedies::code {
namespace {

constexpr std::string_view kBlanks = " \t";

struct IndexName {
  std::string_view text;
  Index index;
};
constexpr IndexName kIndexes[] = {{"*", Index::kAny},      {"str", Index::kStr},
                                  {"int", Index::kInt},    {"slice", Index::kSlice},
                                  {"list", Index::kList},  {"mask", Index::kMask},
                                  {"tuple", Index::kTuple}};

}  // namespace

/// Reads `library/*.kinds`, whose README says how they are written.
class LibraryReader {
 public:
  Result<void> read(const Library::Source& source) {
    source_ = source.name;
    line_ = 0;
    section_kind_.reset();
    section_ = 0;
    for (std::string_view line : split_lines(source.text)) {
      ++line_;
      line = trim(line.substr(0, line.find('#')));
      if (line.empty()) continue;
      TRY(line.starts_with('[') && line.ends_with(']') ? open_section(line) : read_line(line));
    }
    return {};
  }

  Library take() && { return std::move(out_); }

 private:
  Unexpected wrong(std::string_view what) const {
    return fail(Code::kInvalidArgument,
                std::string(source_) + " line " + std::to_string(line_) + ": " + std::string(what),
                "see meaning/README.md");
  }

  Result<void> open_section(std::string_view line) {
    const std::string_view name = trim(line.substr(1, line.size() - 2));
    section_kind_.reset();
    section_ = 0;
    if (const auto kinds = kinds_named(name)) {
      section_kind_ = *kinds;
      return {};
    }
    section_ = out_.vocabulary_.path_of(name);
    for (Path at = section_; at != 0; at = out_.vocabulary_.parent(at)) out_.modules_[at] = 1;
    return {};
  }

  Result<void> read_line(std::string_view line) {
    const std::size_t equals = line.find(" = ");
    if (equals == std::string_view::npos) return wrong("no ' = '");
    const std::string_view left = trim(line.substr(0, equals));
    rest_ = trim(line.substr(equals + 3));
    if (left.starts_with("alias ")) {
      const Path from = out_.vocabulary_.path_of(trim(left.substr(6)));
      out_.aliases_[from] = out_.vocabulary_.path_of(rest_);
      return {};
    }
    const bool is_class = left.starts_with("class ");
    const bool is_call = left.starts_with("call ");
    const OutcomeId outcome = TRY(read_outcome());
    if (!rest_.empty()) return wrong("something follows: " + std::string(rest_));
    const std::size_t names = is_class || is_call ? left.find(' ') : 0;
    for (std::string_view name : split(left.substr(names), ' ')) {
      if (name.empty()) continue;
      if (is_call)  // its instances are called
        callable(out_.methods_[Library::path_key(path_below(name), call_)]).result = outcome;
      else
        TRY(is_class ? add_class(name, outcome) : add(name, outcome));
    }
    return {};
  }

  Result<void> add_class(std::string_view name, OutcomeId outcome) {
    const Path path = path_below(name);
    if (section_kind_ || path == 0) return wrong("a class belongs to a module");
    Outcome own = out_.outcomes_[outcome];
    if (own.form != Form::kOfKinds) return wrong("a class gives instances of kinds");
    own.path = path;
    const OutcomeId id = keep(std::move(own));
    out_.classes_[path] = id;
    callable(out_.functions_[path]).result = id;
    return {};
  }

  Result<void> add(std::string_view name, OutcomeId outcome) {
    if (name.starts_with('[')) return add_element(name, outcome);
    if (name == "iter") {
      if (!section_kind_) return wrong("only kinds are iterated over");
      section_kind_->each(
          [&](Kind kind) { out_.iterations_[static_cast<std::size_t>(kind)] = outcome; });
      return {};
    }
    const std::size_t open = name.find('(');
    if (open == std::string_view::npos) return add_attribute(name, outcome);
    if (!name.ends_with(')')) return wrong("no ')': " + std::string(name));
    std::string_view keyword = name.substr(open + 1, name.size() - open - 2);
    Condition condition;
    if (!keyword.empty()) {
      condition.must_be_true = keyword.ends_with("=True");
      if (!condition.must_be_true && !keyword.ends_with('=')) return wrong("a keyword needs '='");
      condition.keyword = out_.vocabulary_.word(keyword.substr(0, keyword.find('=')));
      condition.then = outcome;
    }
    const Word word = out_.vocabulary_.word(name.substr(0, open));
    const auto set = [&](std::uint32_t& id) {
      Callable& one = callable(id);
      if (condition.keyword != 0)
        one.conditions.push_back(condition);
      else
        one.result = outcome;
    };
    if (section_kind_) {
      section_kind_->each([&](Kind kind) { set(out_.methods_[Library::kind_key(kind, word)]); });
    } else if (out_.classes_.find(section_) != 0) {
      set(out_.methods_[Library::path_key(section_, word)]);
      set(out_.functions_[path_below(name.substr(0, open))]);  // a class method, or unbound
    } else {
      set(out_.functions_[path_below(name.substr(0, open))]);
    }
    return {};
  }

  Result<void> add_attribute(std::string_view name, OutcomeId outcome) {
    const Word word = out_.vocabulary_.word(name);
    if (section_kind_)
      section_kind_->each(
          [&](Kind kind) { out_.attributes_[Library::kind_key(kind, word)] = outcome; });
    else if (out_.classes_.find(section_) != 0)
      out_.attributes_[Library::path_key(section_, word)] = out_.values_[path_below(name)] =
          outcome;
    else
      out_.values_[path_below(name)] = outcome;
    return {};
  }

  Result<void> add_element(std::string_view name, OutcomeId outcome) {
    if ((!section_kind_ && out_.classes_.find(section_) == 0) || !name.ends_with(']'))
      return wrong("only kinds and classes have elements");
    const std::string_view inside = name.substr(1, name.size() - 2);
    const auto* found = std::ranges::find(kIndexes, inside, &IndexName::text);
    if (found == std::end(kIndexes)) return wrong("no such index: " + std::string(inside));
    if (!section_kind_) {
      const auto number = static_cast<Word>(found->index) + 1;
      out_.of_classes_[Library::path_key(section_, number)] = outcome;
      return {};
    }
    section_kind_->each([&](Kind kind) {
      out_.elements_[static_cast<std::size_t>(kind) * 8 + static_cast<std::size_t>(found->index)] =
          outcome;
    });
    return {};
  }

  Path path_below(std::string_view name) {
    Path path = section_;
    for (const std::string_view part : split(name, '.'))
      path = out_.vocabulary_.path(path, out_.vocabulary_.word(part));
    return path;
  }

  Callable& callable(std::uint32_t& id) {
    if (id == 0) {
      id = static_cast<std::uint32_t>(out_.callables_.size());
      out_.callables_.emplace_back();
    }
    return out_.callables_[id];
  }

  OutcomeId keep(Outcome outcome) {
    out_.outcomes_.push_back(std::move(outcome));
    return static_cast<OutcomeId>(out_.outcomes_.size() - 1);
  }

  std::string_view take_word() {
    const std::size_t end = std::min(rest_.size(), rest_.find_first_of("(),| "));
    const std::string_view word = rest_.substr(0, end);
    rest_ = rest_.substr(std::min(rest_.size(), rest_.find_first_not_of(kBlanks, end)));
    return word;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_ = trim(rest_.substr(1));
    return true;
  }

  /// One alternative, or several kinds.
  Result<OutcomeId> read_outcome() {
    Outcome out;
    for (;;) {
      const std::string_view word = take_word();
      if (const auto kinds = kinds_named(word); kinds && !rest_.starts_with('(')) {
        out.form = Form::kOfKinds;
        // What gives an estimator gives one that is of no narrower kind.
        out.kinds = out.kinds | (word == "Estimator" ? KindSet(Kind::kEstimator) : *kinds);
      } else {
        if (out.form != Form::kUnknown) return wrong("only kinds are alternatives");
        TRY(read_form(word, out));
      }
      if (!take('|')) break;
    }
    return keep(std::move(out));
  }

  Result<void> read_form(std::string_view word, Outcome& out) {
    struct Named {
      std::string_view text;
      Form form;
    };
    static constexpr Named kForms[] = {
        {"?", Form::kUnknown},       {"self", Form::kSelf}, {"split", Form::kSplit},
        {"tuple", Form::kTuple},     {"list", Form::kList}, {"iterator", Form::kIterator},
        {"element", Form::kElement}, {"dict", Form::kDict}, {"sequence", Form::kSequence}};
    if (word.starts_with("arg") && word.size() == 4) {
      out.form = Form::kArgument;
      out.argument = static_cast<std::uint8_t>(word[3] - '0');
      return {};
    }
    const auto* found = std::ranges::find(kForms, word, &Named::text);
    if (found == std::end(kForms)) {  // an instance of a class with a section of its own
      const Path path = out_.vocabulary_.path_of(word);
      if (!contains(word, ".")) return wrong("neither kind nor form: " + std::string(word));
      out.form = Form::kOfKinds;
      out.path = path;
      out.kinds = out_.classes_.find(path) != 0 ? out_.outcomes_[out_.classes_.find(path)].kinds
                                                : KindSet(Kind::kObject);
      return {};
    }
    out.form = found->form;
    if (!take('(')) return {};
    if (out.form == Form::kElement) {
      const std::string_view of = take_word();
      if (!of.starts_with("arg") || of.size() != 4) return wrong("element(argN)");
      out.argument = static_cast<std::uint8_t>(of[3] - '0');
    } else {
      do {
        const OutcomeId part = TRY(read_outcome());
        out.parts.push_back(part);
      } while (take(','));
    }
    if (!take(')')) return wrong("no ')'");
    return {};
  }

  Library out_;
  const Word call_ = out_.vocabulary_.word("__call__");
  std::string_view source_, rest_;
  int line_ = 0;
  std::optional<KindSet> section_kind_;
  Path section_ = 0;
};

Result<Library> Library::read(std::span<const Source> sources) {
  LibraryReader reader;
  Hasher hasher;
  for (const Source& source : sources) {
    TRY(reader.read(source));
    hasher.field(source.text);
  }
  Library out = std::move(reader).take();
  out.digest_ = hasher.finish();
  return out;
}

OutcomeId Library::element(Kind kind, Index index) const {
  const std::size_t at = static_cast<std::size_t>(kind) * 8;
  const OutcomeId exact = elements_[at + static_cast<std::size_t>(index)];
  return exact != 0 ? exact : elements_[at];
}

OutcomeId Library::element(Path of, Index index) const {
  const OutcomeId exact = of_classes_.find(path_key(of, static_cast<Word>(index) + 1));
  return exact != 0 ? exact : of_classes_.find(path_key(of, static_cast<Word>(Index::kAny) + 1));
}

KindSet Library::instances(Path of) const {
  const OutcomeId id = classes_.find(of);
  return id == 0 ? KindSet() : outcomes_[id].kinds;
}

}  // namespace solvent::remedies::code
