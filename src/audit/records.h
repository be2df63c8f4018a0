/// The tables of the audit: runs, looks (one a check and asset), examinations as intervals of
/// audits, and the last answer of each check for reuse. Inside the caller's unit of work.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "audit/types.h"
#include "check/check.h"
#include "ledger/scope.h"
#include "sql/database.h"

namespace solvent::audit {

/// One look, as recorded.
struct Look {
  std::string asset, check, parameters, input;
  std::int64_t version = 1;
  CheckRun run;
};

Json answer_json(const check::Answer& answer);
Result<check::Answer> answer_of(const Json& json);

/// Coverages read or written in this transaction, by asset, name and digest; null for what the
/// table no longer has.
using KeptCoverages = std::map<std::tuple<std::string, std::string, std::string>,
                               std::shared_ptr<const check::Coverage>>;

/// The answer of an earlier look with this key.
Result<std::optional<check::Answer>> cached_answer(sql::Tx& tx, const std::string& asset,
                                                   const std::string& check, const std::string& key,
                                                   KeptCoverages& coverages);
/// Writes it, and its coverage once.
Result<void> keep_answer(sql::Tx& tx, const std::string& asset, const std::string& check,
                         const std::string& key, const check::Answer& answer,
                         KeptCoverages& coverages);

/// Writes a look, and its examinations where they differ from the last ones; null when the check
/// failed as a whole, and so says nothing about any subject.
Result<void> record_look(sql::Tx& tx, const std::string& audit, const Look& look,
                         const std::vector<check::Examination>* examinations);
/// What a check, or several by the name of their coverage, looked at: where it differs from before.
Result<void> record_examinations(sql::Tx& tx, const std::string& audit, const std::string& asset,
                                 const std::string& check,
                                 std::span<const check::Examination> examinations);
Result<void> record_run(sql::Tx& tx, const AuditReport& report, const std::string& actor);
/// What the report says of the books afterwards.
Result<void> complete_run(sql::Tx& tx, const AuditReport& report);

/// Of audits all of whose assets are seen.
Result<AuditPage> audit_page(sql::Tx& tx, const ledger::Scope& scope, const AuditListQuery& query);
/// "latest" is the newest of them; kNotFound.
Result<AuditReport> stored_report(sql::Tx& tx, const ledger::Scope& scope, const std::string& id);

}  // namespace solvent::audit
