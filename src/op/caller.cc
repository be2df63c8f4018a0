#include "op/caller.h"

#include <algorithm>

namespace solvent::op {

bool Caller::limited() const {
  if (role == Role::kNone) return true;
  return std::ranges::none_of(scopes, [](const auto& one) { return one == "*" || one == "**"; });
}

Caller local_owner() {
  Caller caller;
  caller.principal = "local:owner";
  caller.role = Role::kAdmin;
  caller.scopes = {"*"};
  return caller;
}

}  // namespace solvent::op
