/// The journal: append-only double entry in signed int64, in two units that never mix. An entry's
/// postings sum to zero per unit (asserted before they are written); details say which debt moved
/// what within the principal accounts. Nothing is ever updated: a correction is a reversing entry.
/// Sums that int64 does not hold are kOutOfRange and change nothing.
/// Functions work inside the caller's unit of work; a Journal belongs to one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"

namespace solvent::ledger {

enum class Book : std::uint8_t {
  kPrincipal,
  kAccepted,
  kIncurred,
  kRepriced,
  kRelapsed,
  kPaid,
  kRetired,
  kWrittenOff,
  kTransferred
};
std::string_view book_name(Book book);  ///< "principal", "accepted", …

enum class BookUnit : std::uint8_t { kLabourSeconds = 0, kMinor = 1 };

/// An account: one book of one team × system × kind.
struct Account {
  Book book = Book::kPrincipal;
  std::string team, system, kind;
  auto operator<=>(const Account&) const = default;
  Account in(Book other) const { return {other, team, system, kind}; }
};

/// `amount` leaves `from` and arrives at `to`; hence every entry sums to zero.
struct Movement {
  std::int64_t debt = 0;
  Account from, to;
  std::int64_t amount = 0;
  std::string memo;
  BookUnit unit = BookUnit::kLabourSeconds;
};

struct Entry {
  std::string kind;  ///< "incurred", "repriced", "paid", "accepted", …
  TimeUs effective_at = 0;
  std::string actor, source, memo;
  std::int64_t reverses = 0;  ///< number of the entry that this one corrects; 0 for none
};

class Journal {
 public:
  Journal(sql::Tx& tx, TimeUs booked_at) : tx_(tx), booked_at_(booked_at) {}

  /// Writes one entry and returns its number; 0 when nothing moves. Snapshots at or after its
  /// effective date are dropped: they would be wrong.
  Result<std::int64_t> book(const Entry& entry, const std::vector<Movement>& movements);
  /// Undoes an entry by its mirror image. kNotFound, kAlreadyExists when corrected before.
  Result<std::int64_t> reverse(std::int64_t entry, const std::string& actor,
                               const std::string& reason);
  /// Writes snapshots so that no date has more than about `every` postings after the one before it.
  Result<void> snapshot(std::int64_t every);

 private:
  struct Posting {
    std::int64_t account = 0;
    BookUnit unit = BookUnit::kLabourSeconds;
    std::int64_t amount = 0;
  };
  struct Detail {
    std::int64_t debt = 0, account = 0;
    BookUnit unit = BookUnit::kLabourSeconds;
    std::int64_t amount = 0;
    std::string memo;
  };
  Result<std::int64_t> write(const Entry& entry, const std::vector<Posting>& postings,
                             const std::vector<Detail>& details);
  Result<std::int64_t> account_number(const Account& account);

  sql::Tx& tx_;
  TimeUs booked_at_;
  std::map<Account, std::int64_t> accounts_;
  bool loaded_ = false;
};

/// The newest entry that brought principal of this debt onto the books; 0 for none. What a
/// correction of the debt reverses.
Result<std::int64_t> entry_that_incurred(sql::Tx& tx, std::int64_t debt);
/// The newest correction of this debt; 0 for none. What taking a correction back reverses.
Result<std::int64_t> entry_that_corrected(sql::Tx& tx, std::int64_t debt);

/// What stands in principal and accepted at a date, in one unit; an empty team is all of them.
Result<std::int64_t> principal_balance(sql::Tx& tx, TimeUs at, std::string_view team,
                                       BookUnit unit = BookUnit::kLabourSeconds);

/// 1 + the highest number of a table; the unit of work is serialisable, so it is taken by nobody.
Result<std::int64_t> next_number(sql::Tx& tx, std::string_view table);

}  // namespace solvent::ledger
