/// Identity's tables.
#pragma once

#include <vector>

#include "sql/database.h"

namespace solvent::identity {

std::vector<sql::Migration> identity_migrations();

}  // namespace solvent::identity
