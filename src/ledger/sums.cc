#include "ledger/sums.h"

#include <limits>

#include "base/text.h"
#include "ledger/rows.h"

namespace solvent::ledger {
namespace {

constexpr int kHalf = 32;  // bits of the low half of a square
constexpr std::size_t kKeyColumns = 6;

constexpr std::string_view kTable = R"sql(
CREATE TABLE ledger_debt_sum (
  owner TEXT NOT NULL,
  system TEXT NOT NULL,
  kind TEXT NOT NULL,
  owed BIGINT NOT NULL,
  state TEXT NOT NULL,
  accepted_until BIGINT NOT NULL,
  debts BIGINT NOT NULL,
  principal_s BIGINT NOT NULL,
  interest_s BIGINT NOT NULL,
  principal_sd BIGINT NOT NULL,
  interest_sd BIGINT NOT NULL,
  principal_sq_high BIGINT NOT NULL,
  principal_sq_low BIGINT NOT NULL,
  interest_sq_high BIGINT NOT NULL,
  interest_sq_low BIGINT NOT NULL,
  PRIMARY KEY (owner, system, kind, state, accepted_until)
);
INSERT INTO ledger_debt_sum (owner, system, kind, owed, state, accepted_until, debts, principal_s,
  interest_s, principal_sd, interest_sd, principal_sq_high, principal_sq_low, interest_sq_high,
  interest_sq_low)
SELECT owner, system, kind, owed, state, accepted_until, COUNT(*),
  CAST(SUM(principal_s) AS BIGINT), CAST(SUM(interest_s) AS BIGINT),
  CAST(SUM(principal_sd) AS BIGINT), CAST(SUM(interest_sd) AS BIGINT),
  {principal_sd}, {interest_sd}
FROM ledger_debt GROUP BY owner, system, kind, owed, state, accepted_until;
DROP INDEX ledger_debt_sums
)sql";

/// Both halves of Σ x², from x = a × 2^16 + b so that nothing on the way leaves int64.
std::string square_sums(const std::string& x) {
  const std::string a = "(" + x + " / 65536)";
  const std::string b = "(" + x + " - " + a + " * 65536)";
  const std::string rest = "(" + a + " * " + b + " * 131072 + " + b + " * " + b + ")";
  const std::string carry = "(" + rest + " / 4294967296)";
  return "CAST(SUM(" + a + " * " + a + " + " + carry + ") AS BIGINT), CAST(SUM(" + rest + " - " +
         carry + " * 4294967296) AS BIGINT)";
}

__int128& at(Sums& sums, Sum which) {
  return sums.at(static_cast<std::size_t>(which));
}

void add_square(Sums& sums, Sum high, Sum low, std::int64_t value, int sign) {
  const __int128 square = static_cast<__int128>(value) * value;
  const __int128 rest = square & ((__int128{1} << kHalf) - 1);
  at(sums, high) += sign * (square >> kHalf);
  at(sums, low) += sign * rest;
}

Result<std::int64_t> in_range(__int128 sum) {
  if (sum >= std::numeric_limits<std::int64_t>::min() &&
      sum <= std::numeric_limits<std::int64_t>::max()) {
    return static_cast<std::int64_t>(sum);
  }
  return fail(Code::kOutOfRange, "a sum is too large for the books: of debts of one kind",
              "solvent debt list shows the largest", "ledger");
}

}  // namespace

void add_to(SumMap& sums, const KnownDebt& debt, int sign) {
  Sums& of = sums[{debt.owner.name, debt.system, debt.kind, debt.state, debt.accepted_until}];
  at(of, Sum::kDebts) += sign;
  at(of, Sum::kPrincipal) += sign * static_cast<__int128>(debt.principal_s);
  at(of, Sum::kInterest) += sign * static_cast<__int128>(debt.interest_s);
  at(of, Sum::kPrincipalSd) += sign * static_cast<__int128>(debt.principal_sd);
  at(of, Sum::kInterestSd) += sign * static_cast<__int128>(debt.interest_sd);
  add_square(of, Sum::kPrincipalSquareHigh, Sum::kPrincipalSquareLow, debt.principal_sd, sign);
  add_square(of, Sum::kInterestSquareHigh, Sum::kInterestSquareLow, debt.interest_sd, sign);
}

std::string sum_columns() {
  return "d.owner, d.system, d.kind, d.owed, d.state, d.accepted_until, d.debts, d.principal_s, "
         "d.interest_s, d.principal_sd, d.interest_sd, d.principal_sq_high, d.principal_sq_low, "
         "d.interest_sq_high, d.interest_sq_low";
}

SumKey sum_key_of(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), MUST(parse_state(row.text(4))), row.integer(5)};
}

Sums sums_of(const sql::Row& row) {
  Sums sums;
  for (std::size_t i = 0; i < sums.size(); ++i) sums.at(i) = row.integer(kKeyColumns + i);
  return sums;
}

std::int64_t count_of(const Sums& sums, Sum which) {
  return static_cast<std::int64_t>(sums.at(static_cast<std::size_t>(which)));
}

double square_of(const Sums& sums, Sum high, Sum low) {
  const __int128 square =
      (sums.at(static_cast<std::size_t>(high)) << kHalf) + sums.at(static_cast<std::size_t>(low));
  return static_cast<double>(square);
}

Result<void> SumChanges::write(sql::Tx& tx) {
  std::vector<std::vector<sql::Value>> kept, gone;
  for (const auto& [key, change] : changes_) {
    if (change == Sums{}) continue;
    const std::vector<sql::Value> name = {key.owner, key.system, key.kind,
                                          std::string(state_name(key.state)), key.accepted_until};
    const auto rows = TRY(tx.query("SELECT " + sum_columns() +
                                       " FROM ledger_debt_sum d WHERE d.owner = $1 AND d.system = "
                                       "$2 AND d.kind = $3 AND d.state = $4 "
                                       "AND d.accepted_until = $5",
                                   name));
    Sums sums = rows.empty() ? Sums{} : sums_of(rows[0]);
    for (std::size_t i = 0; i < sums.size(); ++i) sums.at(i) += change.at(i);
    if (at(sums, Sum::kDebts) == 0) {
      gone.push_back(name);
      continue;
    }
    std::vector<sql::Value> row = name;
    row.emplace_back(std::int64_t{is_owed(key.state)});
    for (const __int128 sum : sums) row.emplace_back(TRY(in_range(sum)));
    kept.push_back(std::move(row));
  }
  changes_.clear();
  TRY(tx.execute_many(
      "DELETE FROM ledger_debt_sum WHERE owner = $1 AND system = $2 AND kind = $3 AND state = $4 "
      "AND accepted_until = $5",
      gone));
  return tx.execute_many(
      "INSERT INTO ledger_debt_sum (owner, system, kind, state, accepted_until, owed, debts, "
      "principal_s, interest_s, principal_sd, interest_sd, principal_sq_high, principal_sq_low, "
      "interest_sq_high, interest_sq_low) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
      "$12, $13, $14, $15) ON CONFLICT (owner, system, kind, state, accepted_until) DO UPDATE SET "
      "debts = excluded.debts, principal_s = excluded.principal_s, interest_s = "
      "excluded.interest_s, principal_sd = excluded.principal_sd, interest_sd = "
      "excluded.interest_sd, principal_sq_high = excluded.principal_sq_high, principal_sq_low = "
      "excluded.principal_sq_low, interest_sq_high = excluded.interest_sq_high, interest_sq_low = "
      "excluded.interest_sq_low",
      kept);
}

std::string sums_migration() {
  std::string statements =
      replace_all(std::string(kTable), "{principal_sd}", square_sums("principal_sd"));
  return replace_all(statements, "{interest_sd}", square_sums("interest_sd"));
}

}  // namespace solvent::ledger
