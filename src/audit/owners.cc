#include "audit/owners.h"

#include "base/text.h"

namespace solvent::audit {

Owners::Owners(std::map<std::string, std::string> settings, scm::Codeowners codeowners,
               const scm::Repository* repository)
    : settings_(std::move(settings)), codeowners_(std::move(codeowners)), repository_(repository) {}

std::optional<std::string> Owners::from_settings(std::initializer_list<std::string> names) const {
  std::optional<std::string> team;
  std::size_t longest = 0;
  for (const auto& [glob, owner] : settings_) {
    if (team && glob.size() <= longest) continue;
    for (const std::string& name : names) {
      if (!glob_match(glob, name)) continue;
      team = owner;
      longest = glob.size();
    }
  }
  return team;
}

ledger::Owner Owners::of_path(const std::string& asset, const std::string& path) {
  if (const auto team = from_settings({asset, path, asset + "/" + path}))
    return {*team, "settings"};
  const auto owners = codeowners_.owners_of(path);
  if (!owners.empty()) return {owners.front(), "CODEOWNERS"};
  if (repository_ == nullptr) return {};
  if (!authorship_) {
    auto read = repository_->authorship();
    authorship_ = read ? std::move(*read) : scm::Authorship{};
  }
  const auto shares = authorship_->by_path.find(path);
  if (shares == authorship_->by_path.end() || shares->second.empty()) return {};
  const std::string& name = shares->second.front().author.name;
  return name.empty() ? ledger::Owner{} : ledger::Owner{name, "git"};
}

ledger::Owner Owners::of_name(const std::string& name, const ledger::Owner& declared) const {
  if (const auto team = from_settings({name})) return {*team, "settings"};
  return declared.name.empty() ? ledger::Owner{} : declared;
}

}  // namespace solvent::audit
