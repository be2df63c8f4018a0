/// The ledger: what is owed, by whom, since when and why. Append-only double entry (journal.h) is
/// the truth; the rows of debts are its present state, and `verify` proves that they agree.
/// Thread-safe. Labour is seconds, money is minor units, times are UTC microseconds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/settings.h"
#include "check/check.h"
#include "ledger/requests.h"
#include "ledger/states.h"
#include "ledger/types.h"
#include "op/caller.h"
#include "op/operation.h"
#include "sql/database.h"

namespace solvent::ledger {

/// The owner of what nobody answers for.
inline constexpr std::string_view kUnowned = "unowned";

struct Owner {
  std::string name{kUnowned};
  std::string origin;  ///< "assigned", "settings", "CODEOWNERS", "git"; empty when unowned
  bool operator==(const Owner&) const = default;
};

/// A finding that is on the books, as matching needs it.
struct KnownFinding {
  std::int64_t number = 0;
  std::string item, path, fingerprint, context;
  std::int64_t line = 0, ordinal = 0;
  bool rejected = false;  ///< a person's verdict: not a debt
  std::string digest;     ///< of everything shown, so that an unchanged finding is not rewritten
};

/// A debt that is on the books, with its findings that are not gone.
struct KnownDebt {
  std::int64_t number = 0, spec_number = 0;
  std::string id, asset, check, subject, kind, system, parameters;
  State state = State::kOpen;
  bool stale = false;
  Owner owner;
  std::int64_t check_version = 0, findings = 0, exposure = 1;
  std::int64_t principal_s = 0, principal_sd = 0, interest_s = 0, interest_sd = 0;
  TimeUs opened = 0, since = 0, accepted_until = 0;
  std::vector<KnownFinding> seen;
};

/// A finding that an audit saw: `known` when it is one that the books have.
struct SeenFinding {
  const check::Finding* finding = nullptr;
  const KnownFinding* known = nullptr;
};

/// What an audit says about one debt. `known` is null for a new one. Pointers live during `book`.
struct News {
  enum class What : std::uint8_t { kFound, kPaid, kRetired, kStale };
  What what = What::kFound;
  const KnownDebt* known = nullptr;
  std::string reason;  ///< why paid, retired or stale
  // For kFound:
  const check::CheckSpec* spec = nullptr;
  std::string asset, subject;
  std::string parameters;  ///< digest of the check's parameters
  std::string system;
  Owner owner;
  std::int64_t exposure = 1;
  std::vector<SeenFinding> findings;  ///< all of them, at least one
};

/// One audit's news, booked in one unit of work.
struct Booking {
  TimeUs effective_at = 0;
  std::string actor, source;  ///< principal; "audit 0193…"
  std::span<const News> news;
  /// (asset, check) pairs that were looked at, whatever came of it.
  std::vector<std::pair<std::string, std::string>> looked_at;
};

struct LedgerOptions {
  double correlation = 0.5;             ///< between prices of one kind
  std::int64_t snapshot_every = 4'096;  ///< postings between snapshots of the balances
  std::int64_t trend_points = 60;
  std::int64_t findings_shown = 1'000;    ///< of one debt; more are counted
  std::int64_t scope_names_max = 30'000;  ///< assets that a limited caller may see at once
};
/// From `ledger.*` settings.
LedgerOptions options_of(const Settings& settings);

class Ledger {
 public:
  Ledger(sql::Database& database, Clock& clock, Random& random, LedgerOptions options = {});

  /// Every debt of an asset in any state.
  Result<std::vector<KnownDebt>> known_debts(sql::Tx& tx, std::string_view asset);
  /// Ends acceptances whose date has come; before known_debts, in the same unit of work.
  Result<std::int64_t> expire(sql::Tx& tx, TimeUs at, const std::string& actor);
  /// What debts of these assets cost a month, those accepted left out, as this unit of work has it.
  Result<std::int64_t> open_interest(sql::Tx& tx, std::span<const std::string> assets);
  /// Part of the caller's unit of work. Nothing changed books no entry.
  Result<Booked> book(sql::Tx& tx, const Booking& booking);

  /// Of what the caller may see: totals, accounts and trend too (scope.h).
  Result<Statement> statement(const op::Caller& caller, const StatementQuery& query);
  /// Keyset pages; sorting and filtering happen in the database.
  Result<DebtPage> debts(const op::Caller& caller, const DebtQuery& query);
  /// Now, or as it stood at a date: state, owner, price, findings and history of then.
  Result<DebtDetail> debt(const op::Caller& caller, const DebtRequest& request);

  Result<Debt> accept(const op::Caller& caller, const AcceptRequest& request);
  Result<Debt> reopen(const op::Caller& caller, const ReasonRequest& request);
  Result<Debt> write_off(const op::Caller& caller, const ReasonRequest& request);
  Result<Debt> assign(const op::Caller& caller, const AssignRequest& request);
  /// A person's yes or no on one finding. After "no" it is no longer priced and later audits know.
  Result<Debt> verdict(const op::Caller& caller, const VerdictRequest& request);
  Result<Rate> set_rate(const op::Caller& caller, const RateRequest& request);
  Result<RateList> rates();

  /// Principal on the books at a date (effective_at), from snapshots and the tail; an empty team is
  /// all of them.
  Result<std::int64_t> principal_at(TimeUs at, std::string_view team = {});
  /// Entries sum to zero, details agree with postings, snapshots with both, debts with all.
  /// kPermissionDenied to callers who see a part only.
  Result<VerifyReport> verify(const op::Caller& caller);

 private:
  sql::Database& database_;
  Clock& clock_;
  Random& random_;
  LedgerOptions options_;
};

struct Specs {
  std::vector<op::OperationSpec> operations;
  std::vector<sql::Migration> migrations;
  std::vector<Setting> settings;
};
const Specs& specs();
std::vector<op::Handler> bind(Ledger& ledger);

/// "d-" and letters that look like no pattern, one to one with the number, so that ids are short,
/// stable and never collide.
std::string debt_id(std::int64_t number);
/// kInvalidArgument for a text that is no debt id.
Result<std::int64_t> parse_debt_id(std::string_view id);

}  // namespace solvent::ledger
