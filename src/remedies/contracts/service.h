/// The contracts remedy: what each data set is declared to mean. Thread-safe. Owns the tables
/// prefixed `contracts_`; every declaration is also an event in the catalog, in the same unit of
/// work.
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "check/check.h"
#include "op/operation.h"
#include "remedies/contracts/types.h"
#include "sql/database.h"

namespace solvent::remedies::contracts {

class Service {
 public:
  Service(sql::Database& database, catalog::Catalog& catalog, Clock& clock);

  /// Changes what is given, keeps the rest. kNotFound when the caller sees no such data set.
  Result<Contract> set(const op::Caller& caller, const SetRequest& request);
  /// An undeclared data set has an empty contract.
  Result<Contract> show(const op::Caller& caller, const std::string& dataset);
  Result<std::vector<Contract>> list(const op::Caller& caller);
  /// For checks; by asset id, as the audit asks.
  Result<check::DataMeaning> meaning(const std::string& asset_id, const std::string& dataset);

 private:
  sql::Database& database_;
  catalog::Catalog& catalog_;
  Clock& clock_;
};

struct Specs {
  std::vector<op::OperationSpec> operations;
  std::vector<sql::Migration> migrations;
};
const Specs& specs();
std::vector<op::Handler> bind(Service& service);
/// Checks over pairs of versions.
std::vector<check::Check> checks();

}  // namespace solvent::remedies::contracts
