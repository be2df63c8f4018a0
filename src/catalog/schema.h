/// The catalog's tables: the log, and the views that a rebuild makes again from it.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "sql/database.h"

namespace solvent::catalog {

std::vector<sql::Migration> catalog_migrations();
/// Every table that rebuild empties and fills.
std::span<const std::string_view> view_tables();

}  // namespace solvent::catalog
