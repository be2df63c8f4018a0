#include "remedies/code/tree_rules.h"

#include <algorithm>

#include "base/text.h"
#include "remedies/code/program.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {

namespace python = syntax::python;

namespace {

constexpr std::string_view kCoverage = "code/rules";
constexpr std::size_t kTakenAtOnce = 8;

}  // namespace

struct TreeRules::Worker {
  explicit Worker(const RuleSet& rules) : run(rules), found(rules.rules().size()) {}
  RuleRun run;
  python::Tree tree;
  std::vector<std::vector<check::Finding>> found;
  std::vector<check::Examination> examined;
};

TreeRules::TreeRules(const RuleSet& rules, const check::SourceTree& tree)
    : rules_(rules), declared_(tree), findings_(rules.rules().size()) {
  const auto all = tree.files();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const check::SourceFile& file = all[i];
    if (!file.tracked || is_foreign(file.path)) continue;
    if (is_program(file.path)) files_.push_back(i);
  }
  for (std::size_t i = files_.size(); i > 0; --i) waiting_.push_back(i - 1);
  end_if_all_seen();
}

void TreeRules::end_if_all_seen() {
  if (!waiting_.empty() || under_way_ > 0) return;
  coverage_ = check::make_coverage(std::string(kCoverage), std::move(examinations_));
  done_ = true;
}

Result<void> TreeRules::finish(const check::SourceTree& tree) {
  std::unique_ptr<Worker> worker;
  std::unique_lock lock(mutex_);
  while (!done_) {
    if (waiting_.empty()) {
      changed_.wait(lock, [&] { return done_ || !waiting_.empty(); });
      continue;
    }
    const std::size_t count = std::min(kTakenAtOnce, waiting_.size());
    std::vector<std::size_t> taken(waiting_.end() - static_cast<std::ptrdiff_t>(count),
                                   waiting_.end());
    waiting_.resize(waiting_.size() - count);
    under_way_ += count;
    lock.unlock();
    if (!worker) worker = std::make_unique<Worker>(rules_);
    Result<void> looked;
    std::size_t seen = 0;
    while (seen < taken.size() && looked) {
      looked = look_at(tree, taken[taken.size() - 1 - seen], *worker);
      if (looked) ++seen;
    }
    lock.lock();
    merge(*worker);
    under_way_ -= count;
    // What this caller may no longer read is left to the others.
    for (std::size_t i = seen; i < taken.size(); ++i)
      waiting_.push_back(taken[taken.size() - 1 - i]);
    end_if_all_seen();
    changed_.notify_all();
    if (!looked) return looked;
  }
  return {};
}

void TreeRules::merge(Worker& worker) {
  for (std::size_t rule = 0; rule < findings_.size(); ++rule) {
    auto& from = worker.found[rule];
    std::ranges::move(from, std::back_inserter(findings_[rule]));
    from.clear();
  }
  std::ranges::move(worker.examined, std::back_inserter(examinations_));
  worker.examined.clear();
}

Result<void> TreeRules::look_at(const check::SourceTree& tree, std::size_t place, Worker& worker) {
  const check::SourceFile& file = tree.files()[files_[place]];
  const auto fail_with = [&](const Error& error) {
    const bool skipped =
        error.code == Code::kResourceExhausted || error.code == Code::kUnimplemented;
    worker.examined.push_back(
        {.subject = file.path,
         .outcome = skipped ? check::Outcome::kSkipped : check::Outcome::kFailed,
         .reason = sanitize_utf8(error.message)});
    return Result<void>();
  };
  const auto text = tree.text(file);
  if (!text && text.error().code == Code::kCancelled) return Unexpected(text.error());
  if (!text) return fail_with(text.error());
  const auto program = read_program(file.path, *text);
  if (!program) return fail_with(program.error());
  python::parse(program->text, worker.tree);
  const ProgramFacts facts{.is_test = program->is_test, .admits = [this](std::string_view one) {
                             return declared_.admits(one);
                           }};
  for (RuleHit& hit : worker.run.run(worker.tree, facts)) {
    const auto& statement = worker.tree[hit.statement];
    const auto line = static_cast<std::int64_t>(worker.tree.place(statement.begin).line);
    const std::string& id = rules_.rules()[hit.rule].spec.id;
    const check::Location at = program->place(file.path, line);
    std::string item = (at.cell > 0 ? std::to_string(at.cell) + ":" : "") + std::to_string(at.line);
    worker.found[hit.rule].push_back(
        {.check = id,
         .subject = file.path,
         .item = std::move(item),
         .location = at,
         .message = std::move(hit.message),
         .fingerprint = check::content_fingerprint(id, sanitize_utf8(worker.tree.span(hit.node))),
         .context = check::context_digest(program->text, line)});
  }
  check::Examination examination{.subject = file.path};
  if (!worker.tree.errors().empty()) {
    const auto& error = worker.tree.errors()[0];
    const auto line = static_cast<std::int64_t>(worker.tree.place(error.begin).line);
    const check::Location at = program->place(file.path, line);
    examination.outcome = check::Outcome::kFailed;
    examination.reason = (at.cell > 0 ? "cell " + std::to_string(at.cell) + ", " : "") + "line " +
                         std::to_string(at.line) + " is no Python: " + std::string(error.message) +
                         "; the rest was read";
  }
  if (worker.run.cut_off()) {
    examination.outcome = check::Outcome::kFailed;
    examination.reason = "a rule matches more often than " + std::to_string(RuleRun::kMatchesMax) +
                         " times; the first of them were looked at";
  }
  worker.examined.push_back(std::move(examination));
  return {};
}

namespace {

/// The pass over the last tree, so that the checks of one audit share it.
class LastTree {
 public:
  explicit LastTree(const RuleSet& rules) : rules_(rules) {}

  std::shared_ptr<TreeRules> of(const check::SourceTree& tree) {
    const Digest digest = tree.digest();
    const std::lock_guard lock(mutex_);
    if (pass_ == nullptr || digest != digest_) {
      pass_ = std::make_shared<TreeRules>(rules_, tree);
      digest_ = digest;
    }
    return pass_;
  }

 private:
  const RuleSet& rules_;
  std::mutex mutex_;
  Digest digest_;
  std::shared_ptr<TreeRules> pass_;
};

}  // namespace

std::vector<check::Check> rule_checks() {
  const RuleSet& rules = known_rules();
  const auto last = std::make_shared<LastTree>(rules);
  std::vector<check::Check> checks;
  for (std::size_t i = 0; i < rules.rules().size(); ++i)
    checks.push_back(
        {.spec = rules.rules()[i].spec,
         .run = [last, i](const check::Input& input, const Json&, TimeUs) -> Result<check::Answer> {
           const auto& tree = *std::get<const check::SourceTree*>(input);
           const auto pass = last->of(tree);
           TRY(pass->finish(tree));
           return check::Answer{.together = pass->coverage(), .findings = pass->findings(i)};
         }});
  return checks;
}

}  // namespace solvent::remedies::code
