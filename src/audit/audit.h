/// An audit: plan, gather inputs, run checks, match findings, resolve owners, book, in one unit of
/// work. It knows checks only as data. Thread-safe: audits may run side by side; booking is serial.
///
/// A debt is paid only when the same version of its check, with equal parameters, over the same
/// version, pair and meaning of data, examined its subject and did not find it; retired when its
/// subject is gone; otherwise it stays open, stale. Debts of assets that an audit was not asked
/// about are left alone. A name stands for one tree, file or data set: see roots.h.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/data_source.h"
#include "audit/progress.h"
#include "audit/types.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/threads.h"
#include "catalog/catalog.h"
#include "check/registry.h"
#include "ledger/ledger.h"
#include "op/operation.h"
#include "table/table.h"

namespace solvent::audit {

/// What an audit reads besides files. `catalog` and `data` are null without a workspace: then data
/// sets, pairs and the graph are refused. `engine` is called when the first table is needed.
struct Estate {
  catalog::Catalog* catalog = nullptr;
  DataSource* data = nullptr;
  std::function<Result<table::Engine*>()> engine;
};

/// Whom an audit tells, and how it commits. Both are called on the thread that runs the audit.
struct AuditHooks {
  /// At every step; may be empty.
  std::function<void(const AuditProgress&)> told;
  /// Commits where it stands and `effect` (may be empty) in one transaction; without it, `effect`
  /// alone. An audit whose answers were kept so resumes behind them.
  std::function<Result<void>(const AuditProgress&, const std::function<Result<void>(sql::Tx&)>&)>
      commit;
};

class Auditor {
 public:
  /// `registry` and `settings` outlive it. Results are cached in the database's `audit_` tables.
  Auditor(sql::Database& database, ledger::Ledger& ledger, const check::Registry& registry,
          const Settings& settings, Clock& clock, Random& random, Estate estate);
  ~Auditor();

  /// kInvalidArgument for a check that there is not, kPermissionDenied for who may not.
  Result<void> may_run(const AuditRequest& request, const op::Caller& caller) const;
  Result<AuditReport> run(const AuditRequest& request, const op::Caller& caller,
                          const AuditHooks& hooks, const CancelToken& cancel);
  /// The report of an audit that was cut off behind its booking, completed for who ran it.
  Result<AuditReport> settle(const op::Caller& caller, const std::string& id);
  /// The report as it was made, for who ran it.
  Result<AuditReport> kept(const std::string& id);

  /// Audits all of whose assets the caller sees.
  Result<AuditPage> list(const op::Caller& caller, const AuditListQuery& query);
  /// By id, or the newest for "latest".
  Result<AuditReport> show(const op::Caller& caller, const std::string& id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class AuditTask;

struct Specs {
  std::vector<op::OperationSpec> operations;  ///< audit run, list, show; check list, show
  std::vector<sql::Migration> migrations;
  std::vector<Setting> settings;
};
const Specs& specs();
std::vector<op::Handler> bind(Auditor& auditor, AuditTask& task, const check::Registry& registry);

}  // namespace solvent::audit
