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
namespace solvent::remedies::data {
class Service;
}

namespace solvent::app {

class Modules {
 public:
  /// As a server it works off tasks from the start.
  static Result<std::unique_ptr<Modules>> create(Workspace& workspace, Sharing sharing);
  ~Modules();

  /// Ends what a server works off; it resumes when one starts again. Whoever follows is let go.
  void stop_work();

  /// One handler for each operation of program_specs().
  std::vector<op::Handler> handlers();
  identity::Identity& identity();
  remedies::data::Service& data();

 private:
  struct Services;
  explicit Modules(std::unique_ptr<Services> services);
  std::unique_ptr<Services> services_;
};

}  // namespace solvent::app
