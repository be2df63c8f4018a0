#include "app/specs.h"

#include <iterator>

#include "app/workspace.h"
#include "app/workspace_operations.h"
#include "audit/audit.h"
#include "catalog/catalog.h"
#include "identity/identity.h"
#include "ledger/ledger.h"
#include "net/api.h"
#include "remedies/code/service.h"
#include "remedies/contracts/service.h"
#include "remedies/data/service.h"
#include "remedies/estate/service.h"
#include "store/store.h"
#include "table/table.h"
#include "tasks/tasks.h"

namespace solvent::app {
namespace {

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// A module contributes what its Specs has; each kind of data is owned by the folder that reads it.
template <class Specs>
void add(ProgramSpecs& program, const Specs& module) {
  if constexpr (requires { module.operations; }) append(program.operations, module.operations);
  if constexpr (requires { module.settings; }) append(program.settings, module.settings);
  if constexpr (requires { module.migrations; }) append(program.migrations, module.migrations);
}

template <class... Specs>
ProgramSpecs all_of(const Specs&... modules) {
  ProgramSpecs program;
  for (const auto& setting : workspace_settings()) program.settings.push_back(setting);
  for (const auto& setting : table::settings()) program.settings.push_back(setting);
  append(program.operations, workspace_operation_specs());
  (add(program, modules), ...);
  return program;
}

}  // namespace

const ProgramSpecs& program_specs() {
  static const ProgramSpecs program =
      all_of(ledger::specs(), audit::specs(), remedies::data::specs(), remedies::contracts::specs(),
             remedies::estate::specs(), remedies::code::specs(), catalog::specs(),
             identity::specs(), store::specs(), tasks::specs(), net::specs());
  return program;
}

std::vector<check::Check> program_checks() {
  std::vector<check::Check> all;
  for (auto* checks : {remedies::code::checks, remedies::data::checks, remedies::contracts::checks,
                       remedies::estate::checks}) {
    auto some = checks();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace solvent::app
