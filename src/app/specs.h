/// The one list of modules, seen as data: enough for help, completions and OpenAPI with no
/// workspace open. Immutable after the first call.
#pragma once

#include <vector>

#include "base/settings.h"
#include "check/check.h"
#include "op/operation.h"
#include "sql/database.h"

namespace solvent::app {

struct ProgramSpecs {
  std::vector<op::OperationSpec> operations;
  std::vector<Setting> settings;
  std::vector<sql::Migration> migrations;
};

const ProgramSpecs& program_specs();

/// Every check of every remedy.
std::vector<check::Check> program_checks();

}  // namespace solvent::app
