/// Proof that the books are sound: every statement is recomputed from the entries.

#include <map>

#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "ledger/scope.h"
#include "ledger/sums.h"
#include "ledger/views.h"

namespace solvent::ledger {
namespace {

constexpr std::size_t kProblemsMax = 100;

class Verifier {
 public:
  explicit Verifier(sql::Tx& tx) : tx_(tx) {}

  Result<VerifyReport> run() {
    report_.entries = TRY(count("ledger_entry"));
    report_.debts = TRY(count("ledger_debt"));
    TRY(sums());
    TRY(details());
    TRY(debts());
    TRY(kept_sums());
    TRY(acceptances());
    TRY(snapshots());
    return std::move(report_);
  }

 private:
  Result<std::int64_t> count(const std::string& table) {
    return TRY(tx_.query("SELECT COUNT(*) FROM " + table)).at(0).integer(0);
  }

  void problem(std::string text) {
    if (report_.problems.size() < kProblemsMax) report_.problems.push_back(std::move(text));
  }

  Result<void> sums() {
    return tx_.each(
        "SELECT entry, unit, CAST(SUM(amount) AS BIGINT) FROM ledger_posting "
        "GROUP BY entry, unit HAVING SUM(amount) <> 0 ORDER BY entry, unit",
        {}, [&](const sql::Row& row) -> Result<void> {
          problem("entry " + std::to_string(row.integer(0)) + " does not sum to zero: " +
                  std::to_string(row.integer(2)) + (row.integer(1) == 0 ? " s" : " minor units"));
          return {};
        });
  }

  /// Per entry and account: what debts moved is what was posted.
  Result<void> details() {
    TRY(tx_.each(
        "SELECT m.entry, m.account, CAST(SUM(m.amount) AS BIGINT) FROM ("
        "SELECT p.entry, p.account, p.unit, p.amount FROM ledger_posting p "
        "JOIN ledger_account a ON a.num = p.account WHERE a.class IN ('principal', 'accepted') "
        "UNION ALL SELECT t.entry, t.account, t.unit, -t.amount FROM ledger_detail t) m "
        "GROUP BY m.entry, m.account, m.unit HAVING SUM(m.amount) <> 0 ORDER BY m.entry, m.account",
        {}, [&](const sql::Row& row) -> Result<void> {
          problem("entry " + std::to_string(row.integer(0)) +
                  ": its debts and its posting differ by " + std::to_string(row.integer(2)) + " s");
          return {};
        }));
    return tx_.each(
        "SELECT p.entry FROM ledger_posting p LEFT JOIN ledger_entry e ON e.num = p.entry "
        "WHERE e.num IS NULL OR e.effective_at <> p.effective_at",
        {}, [&](const sql::Row& row) -> Result<void> {
          problem("a posting is of no entry, or of another date: " +
                  std::to_string(row.integer(0)));
          return {};
        });
  }

  /// Each owed debt's balance stands whole in the account that its row names; others stand at zero.
  Result<void> debts() {
    std::map<std::int64_t, std::map<Account, std::int64_t>> balances;
    TRY(tx_.each(
        "SELECT t.debt, a.class, a.team, a.system, a.kind, CAST(SUM(t.amount) AS BIGINT) "
        "FROM ledger_detail t JOIN ledger_account a ON a.num = t.account WHERE t.unit = 0 "
        "GROUP BY t.debt, a.class, a.team, a.system, a.kind HAVING SUM(t.amount) <> 0",
        {}, [&](const sql::Row& row) -> Result<void> {
          const Book book = row.text(1) == "accepted" ? Book::kAccepted : Book::kPrincipal;
          balances[row.integer(0)][{book, row.text(2), row.text(3), row.text(4)}] = row.integer(5);
          return {};
        }));
    TRY(tx_.each(
        "SELECT " + debt_columns() +
            " FROM ledger_debt d JOIN ledger_spec s ON s.num = d.spec ORDER BY d.num",
        {}, [&](const sql::Row& row) -> Result<void> {
          const KnownDebt debt = debt_of(row);
          add_to(sums_, debt);
          std::map<Account, std::int64_t> expected;
          if (is_owed(debt.state) && debt.principal_s != 0) {
            expected[account_of(debt)] = debt.principal_s;
          }
          const auto found = balances.find(debt.number);
          const bool right = found == balances.end() ? expected.empty() : found->second == expected;
          if (!right) {
            problem("debt " + debt.id + " is " + std::string(state_name(debt.state)) + " with " +
                    std::to_string(debt.principal_s) + " s, but its entries say otherwise");
          }
          if (found != balances.end()) balances.erase(found);
          return {};
        }));
    for (const auto& [number, accounts] : balances)
      problem("entries of no debt: " + debt_id(number));
    return {};
  }

  /// What is kept beside the rows of debts is what they add up to; after `debts`, which adds them.
  Result<void> kept_sums() {
    SumMap kept;
    TRY(tx_.each("SELECT " + sum_columns() + " FROM ledger_debt_sum d", {},
                 [&](const sql::Row& row) -> Result<void> {
                   kept[sum_key_of(row)] = sums_of(row);
                   return {};
                 }));
    for (const auto& [key, sums] : sums_) {
      if (const auto found = kept.find(key); found == kept.end() || found->second != sums)
        problem("the kept sums of " + key.owner + ", " + key.system + ", " + key.kind +
                " are not what its debts add up to");
      kept.erase(key);
    }
    for (const auto& [key, sums] : kept)
      problem("sums of no debt are kept: " + key.owner + ", " + key.system + ", " + key.kind);
    return {};
  }

  Result<void> acceptances() {
    return tx_.each(
        "SELECT d.num FROM ledger_debt d LEFT JOIN ledger_acceptance a ON a.debt = d.num "
        "WHERE (d.state = 'accepted' AND a.debt IS NULL) "
        "OR (d.state <> 'accepted' AND a.debt IS NOT NULL)",
        {}, [&](const sql::Row& row) -> Result<void> {
          problem("debt " + debt_id(row.integer(0)) + " and its acceptance do not agree");
          return {};
        });
  }

  Result<void> snapshots() {
    std::map<std::int64_t, std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>> kept;
    TRY(tx_.each("SELECT at_time, account, unit, amount FROM ledger_snapshot", {},
                 [&](const sql::Row& row) -> Result<void> {
                   kept[row.integer(0)][{row.integer(1), row.integer(2)}] = row.integer(3);
                   return {};
                 }));
    report_.snapshots = static_cast<std::int64_t>(kept.size());
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> balances;
    auto next = kept.begin();
    const auto compare = [&](TimeUs before) {
      for (; next != kept.end() && next->first < before; ++next) {
        if (next->second != balances) {
          problem("the snapshot of " + format_time(next->first) +
                  " is not what the entries sum to");
        }
      }
    };
    TRY(
        tx_.each("SELECT effective_at, account, unit, amount FROM ledger_posting "
                 "ORDER BY effective_at, num",
                 {}, [&](const sql::Row& row) -> Result<void> {
                   compare(row.integer(0));
                   const std::pair key{row.integer(1), row.integer(2)};
                   if ((balances[key] += row.integer(3)) == 0) balances.erase(key);
                   return {};
                 }));
    compare(INT64_MAX);
    return {};
  }

  sql::Tx& tx_;
  SumMap sums_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> Ledger::verify(const op::Caller& caller) {
  TRY(must_see_all(caller, "a proof of the books"));
  VerifyReport report;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    report = TRY(Verifier(tx).run());
    return {};
  }));
  return report;
}

}  // namespace solvent::ledger
