#include "catalog/sight.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::catalog {

Sight::Sight(const op::Caller& caller) : globs_(caller.scopes) {
  if (caller.role == op::Role::kNone) globs_.clear();
  all_ = std::ranges::any_of(globs_, [](const auto& glob) { return glob == "*" || glob == "**"; });
}

bool Sight::sees(const AssetName& name) const {
  if (all_) return true;
  if (name.name.empty()) return false;
  const std::string path = name.name_space + "/" + name.name;
  return std::ranges::any_of(globs_, [&](const auto& glob) { return glob_match(glob, path); });
}

}  // namespace solvent::catalog
