/// The estate remedy: who owns, feeds and reads what, and what nobody does. Thread-safe; owns no
/// tables, everything is a query of the catalog.
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "check/check.h"
#include "op/operation.h"
#include "remedies/estate/types.h"

namespace solvent::remedies::estate {

class Service {
 public:
  explicit Service(catalog::Catalog& catalog) : catalog_(catalog) {}

  /// Counts of what the caller may see.
  Result<Overview> overview(const op::Caller& caller);

 private:
  catalog::Catalog& catalog_;
};

struct Specs {
  std::vector<op::OperationSpec> operations;
};
const Specs& specs();
std::vector<op::Handler> bind(Service& service);
/// Checks over the graph of assets.
std::vector<check::Check> checks();

}  // namespace solvent::remedies::estate
