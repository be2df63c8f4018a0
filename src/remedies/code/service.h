/// The code remedy: what is wrong with a source tree, and fixes that are proven by looking again.
/// Thread-safe; owns no tables. A fix computes; the client writes, below the tree it named.
#pragma once

#include <vector>

#include "base/files.h"
#include "check/check.h"
#include "ledger/ledger.h"
#include "op/operation.h"
#include "remedies/code/types.h"

namespace solvent::remedies::code {

class Service {
 public:
  Service(ledger::Ledger& ledger, FileSystem& files) : ledger_(ledger), files_(files) {}

  /// Computes the change that pays a debt. kUnimplemented where a check has advice but no fix yet;
  /// kFailedPrecondition when the debt is not open or its file is not in the tree.
  Result<FixResult> fix(const op::Caller& caller, const FixRequest& request);
  /// kInvalidArgument for what is no rule; kFailedPrecondition names every example that does not
  /// hold.
  Result<RuleTestResult> test_rule(const RuleTestRequest& request);

 private:
  Result<FixResult> pin(const FixRequest& request, const ledger::DebtDetail& debt);

  ledger::Ledger& ledger_;
  FileSystem& files_;
};

/// The change as people review it: unified, three lines of context.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

struct Specs {
  std::vector<op::OperationSpec> operations;
};
const Specs& specs();
std::vector<op::Handler> bind(Service& service);
/// Checks over source trees.
std::vector<check::Check> checks();

}  // namespace solvent::remedies::code
