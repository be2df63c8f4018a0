#include "op/caller.h"

namespace solvent::op {

Caller local_owner() {
  Caller caller;
  caller.principal = "local:owner";
  caller.role = Role::kAdmin;
  caller.scopes = {"*"};
  return caller;
}

}  // namespace solvent::op
