/// The estate remedy: who owns, feeds and reads what, and what nobody does; and taking an asset out
/// of the estate. Thread-safe; owns no tables.
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "check/check.h"
#include "ledger/ledger.h"
#include "op/operation.h"
#include "remedies/estate/types.h"

namespace solvent::remedies::estate {

class Service {
 public:
  Service(sql::Database& database, catalog::Catalog& catalog, ledger::Ledger& ledger, Clock& clock)
      : database_(database), catalog_(catalog), ledger_(ledger), clock_(clock) {}

  /// Counts of what the caller may see.
  Result<Overview> overview(const op::Caller& caller);
  /// Says in the catalog that an asset is gone, and retires what it owes and what the estate owes
  /// for it, in one unit of work. Nothing is deleted; declaring it again brings it back.
  /// kNotFound when it is gone already.
  Result<Removed> remove(const op::Caller& caller, const RemoveRequest& request);

 private:
  Result<bool> is_only_one(const catalog::Asset& asset);

  sql::Database& database_;
  catalog::Catalog& catalog_;
  ledger::Ledger& ledger_;
  Clock& clock_;
};

struct Specs {
  std::vector<op::OperationSpec> operations;
};
const Specs& specs();
std::vector<op::Handler> bind(Service& service);
/// Checks over the graph of assets.
std::vector<check::Check> checks();

}  // namespace solvent::remedies::estate
