/// What identity offers on the command line and over HTTP, as data.
#pragma once

#include <vector>

#include "base/settings.h"
#include "op/operation.h"

namespace solvent::identity {

std::vector<op::OperationSpec> operation_specs();
std::vector<Setting> identity_settings();

}  // namespace solvent::identity
