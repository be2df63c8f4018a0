/// The one place that constructs services and lists modules. Built on one open workspace; immutable
/// once made. Thread-safe to call.
#pragma once

#include <memory>
#include <vector>

#include "app/workspace.h"
#include "base/result.h"
#include "op/operation.h"

namespace solvent::identity {
class Identity;
}

namespace solvent::app {

class Modules {
 public:
  static Result<std::unique_ptr<Modules>> create(Workspace& workspace);
  ~Modules();

  /// One handler for each operation of program_specs().
  std::vector<op::Handler> handlers();
  identity::Identity& identity();

 private:
  struct Services;
  explicit Modules(std::unique_ptr<Services> services);
  std::unique_ptr<Services> services_;
};

}  // namespace solvent::app
