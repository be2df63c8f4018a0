#include "remedies/code/source_checks.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "remedies/code/service.h"
#include "remedies/code/tree_rules.h"

namespace solvent::remedies::code {

std::vector<check::Check> checks() {
  std::vector<check::Check> out;
  for (auto make : {unpinned_dependencies, notebook_never_run, notebook_out_of_order,
                    notebook_installs_packages, secret_in_code, data_in_git})
    out.push_back(make());
  std::ranges::move(rule_checks(), std::back_inserter(out));
  return out;
}

bool is_foreign(std::string_view path) {
  static constexpr std::array<std::string_view, 8> kForeign = {".git",
                                                               ".venv",
                                                               "venv",
                                                               "site-packages",
                                                               "node_modules",
                                                               "__pycache__",
                                                               ".ipynb_checkpoints",
                                                               ".solvent"};
  return std::any_of(kForeign.begin(), kForeign.end(),
                     [&](std::string_view name) { return lies_below(path, name); });
}

std::vector<const check::SourceFile*> own_files(const check::SourceTree& tree) {
  std::vector<const check::SourceFile*> out;
  for (const auto& file : tree.files())
    if (file.tracked && !is_foreign(file.path)) out.push_back(&file);
  return out;
}

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view directory_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool lies_below(std::string_view path, std::string_view directory) {
  for (std::size_t at = path.find(directory); at != std::string_view::npos;
       at = path.find(directory, at + 1)) {
    const std::size_t end = at + directory.size();
    if ((at == 0 || path[at - 1] == '/') && end < path.size() && path[end] == '/') return true;
  }
  return false;
}

std::string resolve_path(std::string_view base, std::string_view path) {
  std::vector<std::string_view> parts;
  if (path.starts_with('/')) return {};
  for (const auto whole : {base, path}) {
    for (const auto part : split(whole, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return {};
      } else {
        parts.pop_back();
      }
    }
  }
  std::string out;
  for (const auto part : parts) out += (out.empty() ? "" : "/") + std::string(part);
  return out;
}

void add_finding(check::Answer& answer, check::Finding finding) {
  // Findings of one subject are added together, so only the tail can hold an equal one.
  for (auto at = answer.findings.rbegin();
       at != answer.findings.rend() && at->subject == finding.subject; ++at) {
    if (at->fingerprint != finding.fingerprint) continue;
    finding.ordinal = at->ordinal + 1;
    break;
  }
  answer.findings.push_back(std::move(finding));
}

void add_failure(check::Answer& answer, std::string_view path, const Error& error) {
  const bool large = error.code == Code::kResourceExhausted;
  answer.examinations.push_back(
      {.subject = std::string(path),
       .outcome = large ? check::Outcome::kSkipped : check::Outcome::kFailed,
       .reason = error.message});
}

}  // namespace solvent::remedies::code
