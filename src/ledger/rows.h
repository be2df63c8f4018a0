/// Rows of debts: reading them, and writing a set of changes with the superseded states kept.
/// Inside the caller's unit of work; a DebtChanges belongs to one thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/journal.h"
#include "ledger/ledger.h"
#include "ledger/sums.h"

namespace solvent::ledger {

/// Columns of ledger_debt joined with ledger_spec, in the order that debt_of reads.
std::string debt_columns();
KnownDebt debt_of(const sql::Row& row);
/// kNotFound with what to run.
Result<KnownDebt> load_debt(sql::Tx& tx, std::int64_t number);
Unexpected no_such_debt(std::int64_t number);

/// The account that a debt's principal stands in: principal, or its accepted sub-account.
Account account_of(const KnownDebt& debt);

/// The spec as the books keep it, so that a debt explains itself after its check is gone.
Json spec_json(const check::CheckSpec& spec);
Result<check::CheckSpec> spec_of_json(const Json& json);
/// Number of the spec, written when it is new.
Result<std::int64_t> spec_number(sql::Tx& tx, const check::CheckSpec& spec);

/// Prices `debt` for that many findings at its exposure. kOutOfRange when seconds do not hold it.
Result<void> price(KnownDebt& debt, const check::CheckSpec& spec, std::int64_t findings);

/// Payback in months; a number larger than any when nothing is lost a month.
inline constexpr double kNeverPaysBack = 1e18;
double payback_of(const KnownDebt& debt);

class DebtChanges {
 public:
  void insert(const KnownDebt& debt, std::string_view title);
  /// `debt` as it is to be; what it was is kept as of its `since`, and `since` becomes `at`.
  void update(const KnownDebt& was, KnownDebt debt, TimeUs at, std::string_view title);
  /// The rows and, with them, the sums of them.
  Result<void> write(sql::Tx& tx);

 private:
  std::vector<std::vector<sql::Value>> inserts_, keeps_, updates_;
  SumChanges sums_;
};

/// Ends every acceptance whose date has come: principal moves back on that date. Returns how many.
Result<std::int64_t> expire(sql::Tx& tx, TimeUs now, const std::string& actor);

}  // namespace solvent::ledger
