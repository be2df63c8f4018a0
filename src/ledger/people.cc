#include "ledger/people.h"

#include <array>
#include <string>

namespace solvent::ledger {
namespace {

struct Column {
  const char* table;
  const char* name;
};
constexpr std::array<Column, 5> kOwners = {{{"ledger_account", "team"},
                                            {"ledger_debt", "owner"},
                                            {"ledger_debt_past", "owner"},
                                            {"ledger_debt_sum", "owner"},
                                            {"ledger_acceptance", "accepted_by"}}};
constexpr std::array<const char*, 2> kMemos = {"ledger_entry", "ledger_detail"};

Result<bool> knows(sql::Tx& tx, const std::string& name) {
  for (const Column& column : kOwners) {
    const auto rows = TRY(tx.query(
        std::string("SELECT COUNT(*) FROM ") + column.table + " WHERE " + column.name + " = $1",
        {name}));
    if (rows.at(0).integer(0) > 0) return true;
  }
  return false;
}

/// What entries say of owners: "from A to B" of a transfer, "… (A, until DATE)" of an acceptance.
std::string without(std::string memo, const std::string& name, const std::string& reference) {
  if (const std::string from = "from " + name + " to "; memo.starts_with(from))
    memo.replace(0, from.size(), "from " + reference + " to ");
  if (const std::string to = " to " + name; memo.starts_with("from ") && memo.ends_with(to))
    memo.replace(memo.size() - to.size(), to.size(), " to " + reference);
  if (const std::string of = " (" + name + ", until "; memo.ends_with(")")) {
    if (const auto at = memo.rfind(of); at != std::string::npos)
      memo.replace(at, of.size(), " (" + reference + ", until ");
  }
  return memo;
}

Result<void> forget(sql::Tx& tx, const std::string& name, const std::string& reference) {
  for (const Column& column : kOwners)
    TRY(tx.execute(std::string("UPDATE ") + column.table + " SET " + column.name + " = $2 WHERE " +
                       column.name + " = $1",
                   {name, reference}));
  for (const std::string table : kMemos) {
    for (const auto& row : TRY(tx.query(
             "SELECT num, memo FROM " + table + " WHERE REPLACE(memo, $1, '') <> memo", {name}))) {
      const std::string memo = without(row.text(1), name, reference);
      if (memo != row.text(1))
        TRY(tx.execute("UPDATE " + table + " SET memo = $2 WHERE num = $1",
                       {row.integer(0), memo}));
    }
  }
  return {};
}

}  // namespace

identity::PersonKeeper person_keeper() {
  return {.knows = knows, .forget = forget};
}

}  // namespace solvent::ledger
