/// Rows of debts as people see them, and the rate that turns their labour into money. Inside the
/// caller's unit of work.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/rows.h"

namespace solvent::ledger {

/// The rate that held at a date: the newest that began by then, the last booked of equal ones.
Result<std::optional<Rate>> rate_at(sql::Tx& tx, TimeUs at);
/// "€90.00 an hour since 2026-01-01", or what to run when there is none.
std::string rate_words(const std::optional<Rate>& rate);

/// Columns after debt_columns() that a view needs: title, fix and acceptance. Joins for them:
std::string view_columns();
std::string view_joins();
/// Reads each spec once: many debts rest on few checks. Lives within one unit of work.
class SpecReader {
 public:
  explicit SpecReader(sql::Tx& tx) : tx_(tx) {}
  Result<const check::CheckSpec*> read(std::int64_t number);

 private:
  sql::Tx& tx_;
  std::map<std::int64_t, check::CheckSpec> read_;
};

Result<Debt> view_of(const sql::Row& row, TimeUs as_of, const std::optional<Rate>& rate,
                     SpecReader& specs);
Result<Debt> load_view(sql::Tx& tx, std::int64_t number, TimeUs as_of);
/// A debt of those that `source` (debts_at) has, and its row. kNotFound.
struct Seen {
  KnownDebt debt;
  Debt view;
};
Result<Seen> load_seen(sql::Tx& tx, const std::string& source, std::int64_t number, TimeUs as_of);

/// "f-12" and back.
std::string finding_id(std::int64_t number);
Result<std::int64_t> parse_finding_id(std::string_view id);

/// Where debts are read from: the present rows, or every row as it stood at a date, as `d`.
std::string debts_at(std::optional<TimeUs> as_of);

/// Now for an absent date; a bare date is its last microsecond, so that the day counts whole.
Result<TimeUs> report_time(const std::optional<std::string>& text, TimeUs now);

}  // namespace solvent::ledger
