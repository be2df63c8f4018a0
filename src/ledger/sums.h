/// What the statement and the list's counts add up, kept beside the rows of debts: they cost what
/// they show, not what is booked. Inside the caller's unit of work; a SumChanges belongs to one
/// thread.
#pragma once

#include <array>
#include <compare>
#include <map>
#include <string>

#include "ledger/ledger.h"

namespace solvent::ledger {

/// The debts that one row of ledger_debt_sum is of.
struct SumKey {
  std::string owner, system, kind;
  State state = State::kOpen;
  TimeUs accepted_until = 0;
  auto operator<=>(const SumKey&) const = default;
};

/// Exact, so that what leaves takes away what it brought. A square is two numbers, each a plain
/// sum: square = high × 2^32 + low, for every debt by itself.
enum class Sum : std::uint8_t {
  kDebts,
  kPrincipal,
  kInterest,
  kPrincipalSd,
  kInterestSd,
  kPrincipalSquareHigh,
  kPrincipalSquareLow,
  kInterestSquareHigh,
  kInterestSquareLow,
  kCount
};
using Sums = std::array<__int128, static_cast<std::size_t>(Sum::kCount)>;
using SumMap = std::map<SumKey, Sums>;

/// Adds `sign` times what a debt is.
void add_to(SumMap& sums, const KnownDebt& debt, int sign = 1);

/// Columns of ledger_debt_sum as `d`, in the order that sum_key_of and sums_of read.
std::string sum_columns();
SumKey sum_key_of(const sql::Row& row);
Sums sums_of(const sql::Row& row);
std::int64_t count_of(const Sums& sums, Sum which);
/// Σ of squares, from its two columns.
double square_of(const Sums& sums, Sum high, Sum low);

class SumChanges {
 public:
  void add(const KnownDebt& debt) { add_to(changes_, debt, 1); }
  void remove(const KnownDebt& debt) { add_to(changes_, debt, -1); }
  /// kOutOfRange where int64 does not hold a sum.
  Result<void> write(sql::Tx& tx);

 private:
  SumMap changes_;
};

/// Migration 3: the table, filled from the rows, in place of the index that the sums were read of.
std::string sums_migration();

}  // namespace solvent::ledger
