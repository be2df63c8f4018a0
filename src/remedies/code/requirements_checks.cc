#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "remedies/code/source_checks.h"
#include "syntax/requirements.h"

namespace solvent::remedies::code {
namespace {

using syntax::Entry;
using syntax::EntryKind;
using syntax::Requirement;

constexpr std::string_view kId = "code/unpinned-dependencies";
constexpr int kIncludesMax = 16;

bool is_requirements_file(std::string_view path) {
  const std::string name = lower_ascii(file_name(path));
  if (!name.ends_with(".txt") || name.starts_with("constraints")) return false;
  return name.starts_with("requirements") || lies_below(path, "requirements");
}

/// Files by path, found in logarithmic time whatever the tree's size.
class Tree {
 public:
  explicit Tree(const check::SourceTree& tree) : tree_(tree), files_(own_files(tree)) {
    for (const auto* file : files_) by_path_.emplace(file->path, file);
  }
  const std::vector<const check::SourceFile*>& files() const { return files_; }
  const check::SourceFile* find(const std::string& path) const {
    const auto at = by_path_.find(path);
    return at == by_path_.end() ? nullptr : at->second;
  }
  Result<std::string_view> text(const check::SourceFile& file) const { return tree_.text(file); }

 private:
  const check::SourceTree& tree_;
  std::vector<const check::SourceFile*> files_;
  std::map<std::string_view, const check::SourceFile*> by_path_;
};

bool fixes_version(const Requirement& r) {
  return !r.hashes.empty() || std::ranges::any_of(r.specifiers, syntax::is_exact) ||
         (!r.url.empty() && syntax::is_fixed_reference(r.url));
}

/// Exact pins that a file's -c and -r bring in: name → markers under which they hold.
class Holds {
 public:
  Holds(const Tree& tree, std::string_view path, std::span<const Entry> entries) {
    seen_.insert(std::string(path));
    add(tree, path, entries, 0);
  }
  bool hold(const Requirement& r) const {
    for (auto [at, end] = pins_.equal_range(r.normalized); at != end; ++at)
      if (at->second.empty() || at->second == r.marker) return true;
    return false;
  }

 private:
  void add(const Tree& tree, std::string_view path, std::span<const Entry> entries, int depth) {
    for (const auto& entry : entries) {
      if (entry.kind == EntryKind::kRequirement && fixes_version(entry.requirement))
        pins_.emplace(entry.requirement.normalized, entry.requirement.marker);
      if (entry.kind != EntryKind::kInclude && entry.kind != EntryKind::kConstraint) continue;
      const std::string target = resolve_path(directory_of(path), entry.value);
      const auto* file = tree.find(target);
      if (file == nullptr || depth == kIncludesMax || !seen_.insert(target).second) continue;
      if (const auto text = tree.text(*file))
        add(tree, target, syntax::parse_requirements(*text).entries, depth + 1);
    }
  }

  std::multimap<std::string, std::string> pins_;
  std::set<std::string> seen_;
};

/// A lock file that stands beside a requirements file and names the package.
class Locks {
 public:
  Locks(const Tree& tree, std::string_view path) {
    std::set<std::string> directories = {std::string(directory_of(path))};
    // requirements/base.txt: the project, and so its lock, is one directory up.
    for (std::string_view at = directory_of(path); !at.empty(); at = directory_of(at))
      if (file_name(at) == "requirements") directories.insert(std::string(directory_of(at)));
    for (const auto& directory : directories) {
      for (const std::string_view name :
           {"poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml"}) {
        const auto* file = tree.find(resolve_path(directory, name));
        if (file == nullptr) continue;
        const auto text = tree.text(*file);
        if (!text) {
          all_ = true;  // too large to read here; it is there all the same
        } else {
          add_names(*text);
        }
      }
    }
  }
  bool hold(const std::string& name) const { return all_ || names_.contains(name); }

 private:
  /// name = "x" (TOML), "x": { (JSON), - name: x (YAML).
  void add_names(std::string_view text) {
    for (std::string_view line : split_lines(text)) {
      line = trim(line);
      if (line.starts_with("- ")) line = trim(line.substr(2));
      if (line.starts_with("name")) {
        line = trim(line.substr(4));
        if (line.empty() || (line[0] != '=' && line[0] != ':')) continue;
        line = trim(line.substr(1));
      } else if (!line.starts_with('"') || !line.ends_with('{')) {
        continue;
      }
      if (line.starts_with('"')) line = line.substr(1, line.find('"', 1) - 1);
      if (!line.empty()) names_.insert(syntax::normalize_package_name(line));
    }
  }

  bool all_ = false;
  std::set<std::string> names_;
};

std::string reason_of(const Requirement& r) {
  if (!r.url.empty())
    return r.url.find('+') < r.url.find("://") ? "names a repository without a commit"
                                               : "names a file without its digest";
  if (r.specifiers.empty()) return "names no version at all";
  std::string written;
  for (const auto& s : r.specifiers) written += (written.empty() ? "" : ",") + s.op + s.version;
  return "allows any version with " + written;
}

void look_at(const Tree& tree, const check::SourceFile& file, check::Answer& answer) {
  const auto text = tree.text(file);
  if (!text) return add_failure(answer, file.path, text.error());
  const auto parsed = syntax::parse_requirements(*text);
  const Holds holds(tree, file.path, parsed.entries);
  const Locks locks(tree, file.path);
  check::Examination examination{.subject = file.path};
  std::set<std::string> found;
  for (const auto& entry : parsed.entries) {
    if (entry.kind == EntryKind::kInvalid && examination.reason.empty())
      examination.reason = "line " + std::to_string(entry.line) + " passed over: " + entry.problem;
    if (entry.kind != EntryKind::kRequirement) continue;
    const auto& r = entry.requirement;
    if (r.normalized.empty() && !r.url.empty() && syntax::is_local_reference(r.url)) continue;
    if (!r.url.empty() && syntax::is_local_reference(r.url)) continue;
    const std::string item = r.normalized.empty() ? r.url : r.normalized;
    if (fixes_version(r) || holds.hold(r) || locks.hold(r.normalized)) continue;
    if (!found.insert(item).second) continue;
    Json evidence;
    evidence.set("requirement", entry.text);
    evidence.set("held_by", "nothing");
    add_finding(answer,
                {.check = std::string(kId),
                 .subject = file.path,
                 .item = item,
                 .location = {.path = file.path, .line = entry.line, .end_line = entry.end_line},
                 .message = item + " " + reason_of(r) +
                            ", and no pin, hash, constraint or lock file holds it",
                 .evidence = std::move(evidence),
                 .fingerprint = check::content_fingerprint(kId, entry.text),
                 .context = check::context_digest(parsed.text, entry.line),
                 .by_hand = !r.url.empty()});
  }
  answer.examinations.push_back(std::move(examination));
}

Result<check::Answer> run(const check::Input& input, const Json&, TimeUs) {
  const Tree tree(*std::get<const check::SourceTree*>(input));
  check::Answer answer;
  for (const auto* file : tree.files())
    if (is_requirements_file(file->path)) look_at(tree, *file, answer);
  return answer;
}

}  // namespace

check::Check unpinned_dependencies() {
  return {
      .spec = {.id = std::string(kId),
               .title = "Unpinned dependencies",
               .question = "Could installing from this requirements file next month give another "
                           "version of this package, with nothing that holds it?",
               .source = "Sculley et al., Hidden Technical Debt in Machine Learning Systems, "
                         "NIPS 2015 (configuration debt); pip documentation, Repeatable "
                         "Installs; PEP 440, PEP 508",
               .debt_kind = "reproducibility",
               .principal = {.p10_s = 300, .p50_s = 900, .p90_s = 3'600},
               .principal_each = {.p10_s = 15, .p50_s = 60, .p90_s = 300},
               .interest_month = {.p10_s = 60, .p50_s = 600, .p90_s = 5'400},
               .prior_source =
                   "our estimate: principal is freezing a working environment and testing once; "
                   "interest is a half-day of repair, P90 once in three months; nothing is "
                   "measured yet",
               .fix = "pip freeze > environment.txt && solvent fix {debt} --tree . --environment "
                      "environment.txt",
               .advice = "Pin each requirement to the version that runs today: run this in the "
                         "environment that the project runs in. Or compile a lock file and install "
                         "from it. A URL needs its commit or its digest by hand."},
      .run = run};
}

}  // namespace solvent::remedies::code
