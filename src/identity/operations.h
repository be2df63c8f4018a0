/// What identity offers on the command line and over HTTP, as data.
#pragma once

#include <vector>

#include "op/operation.h"

namespace solvent::identity {

std::vector<op::OperationSpec> operation_specs();

}  // namespace solvent::identity
