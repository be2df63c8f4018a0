/// The statement: totals with their interval, accounts, trend, the dearest debts.

#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/price.h"
#include "ledger/rows.h"
#include "ledger/scope.h"
#include "ledger/sums.h"
#include "ledger/views.h"

namespace solvent::ledger {
namespace {

constexpr int kDearest = 5;
constexpr std::int64_t kHistoryDaysNeeded = 90;

/// Sums over one kind, as the interval needs them.
struct KindSums {
  SpreadGroup principal, interest;
};

Result<Total> total_of(const std::vector<SpreadGroup>& groups, std::int64_t mean_s, double rho,
                       const std::optional<Rate>& rate) {
  const Quote quote = sum_of(groups, rho);
  Total total{.mean_s = mean_s, .p10_s = rounded(quote.p10), .p90_s = rounded(quote.p90)};
  if (rate) {
    total.mean_minor = TRY(to_minor(total.mean_s, rate->minor_per_hour));
    total.p10_minor = TRY(to_minor(total.p10_s, rate->minor_per_hour));
    total.p90_minor = TRY(to_minor(total.p90_s, rate->minor_per_hour));
  }
  return total;
}

class StatementBuilder {
 public:
  StatementBuilder(sql::Tx& tx, const LedgerOptions& options, const op::Caller& caller,
                   std::string team, TimeUs as_of, bool past)
      : tx_(tx),
        options_(options),
        scope_(caller),
        team_(std::move(team)),
        as_of_(as_of),
        past_(past),
        source_(debts_at(past ? std::optional(as_of) : std::nullopt)) {}

  Result<Statement> run() {
    statement_.as_of = as_of_;
    rate_ = TRY(rate_at(tx_, as_of_));
    statement_.currency = rate_ ? rate_->currency : "";
    statement_.rate = rate_words(rate_);
    statement_.basis = "prior only";
    statement_.correlation =
        "lognormal prices, correlation " + format_double(options_.correlation) +
        " within a kind and none between kinds; the sum matched by mean, variance and skewness";
    TRY(sum());
    TRY(dearest());
    TRY(trend());
    TRY(missing());
    return std::move(statement_);
  }

 private:
  /// What the statement is limited to, as conditions over `d`; empty when it is of everything.
  struct Limits {
    std::string text;
    std::vector<sql::Value> values;
    std::string after(std::string_view word) const {
      return text.empty() ? "" : " " + std::string(word) + " " + text;
    }
  };
  /// `values` come first.
  Result<Limits> limits(std::vector<sql::Value> values, std::string_view team_column) const {
    Limits limits{.text = {}, .values = std::move(values)};
    if (!team_.empty()) {
      limits.values.emplace_back(team_);
      limits.text = std::string(team_column) + " = $" + std::to_string(limits.values.size());
    }
    if (scope_.all()) return limits;
    const std::string seen = TRY(scope_.condition(tx_, limits.values, options_.scope_names_max));
    limits.text += (limits.text.empty() ? "" : " AND ") + seen;
    return limits;
  }

  /// One group of debts: of one owner, system, kind and state.
  struct Group {
    SumKey key;
    std::int64_t debts = 0, principal_s = 0, interest_s = 0;
    double principal_sd = 0, interest_sd = 0, principal_var = 0, interest_var = 0;
  };
  using TakeGroup = std::function<Result<void>(const Group&)>;

  /// As they are kept beside the rows: now, and of all debts.
  Result<void> kept_groups(const TakeGroup& take) {
    const Limits of = TRY(limits({}, "d.owner"));
    return tx_.each(
        "SELECT " + sum_columns() + " FROM ledger_debt_sum d" + of.after("WHERE") +
            " ORDER BY d.owner, d.system, d.kind, d.state, d.accepted_until",
        of.values, [&](const sql::Row& row) -> Result<void> {
          const Sums sums = sums_of(row);
          return take(
              {.key = sum_key_of(row),
               .debts = count_of(sums, Sum::kDebts),
               .principal_s = count_of(sums, Sum::kPrincipal),
               .interest_s = count_of(sums, Sum::kInterest),
               .principal_sd = static_cast<double>(count_of(sums, Sum::kPrincipalSd)),
               .interest_sd = static_cast<double>(count_of(sums, Sum::kInterestSd)),
               .principal_var =
                   square_of(sums, Sum::kPrincipalSquareHigh, Sum::kPrincipalSquareLow),
               .interest_var = square_of(sums, Sum::kInterestSquareHigh, Sum::kInterestSquareLow)});
        });
  }

  /// From the rows: of a past date, or of what a limited caller sees.
  Result<void> groups_of_rows(const TakeGroup& take) {
    const Limits of = TRY(limits({}, "d.owner"));
    return tx_.each(
        "SELECT d.state, d.owner, d.system, d.kind, d.accepted_until, COUNT(*), "
        "CAST(SUM(d.principal_s) AS BIGINT), CAST(SUM(d.interest_s) AS BIGINT), "
        "CAST(SUM(d.principal_sd) AS BIGINT), CAST(SUM(d.interest_sd) AS BIGINT), "
        "SUM(CAST(d.principal_sd AS DOUBLE PRECISION) * d.principal_sd), "
        "SUM(CAST(d.interest_sd AS DOUBLE PRECISION) * d.interest_sd) FROM " +
            source_ + of.after("WHERE") +
            " GROUP BY d.owner, d.system, d.kind, d.state, d.accepted_until",
        of.values, [&](const sql::Row& row) -> Result<void> {
          return take({.key = {row.text(1), row.text(2), row.text(3),
                               MUST(parse_state(row.text(0))), row.integer(4)},
                       .debts = row.integer(5),
                       .principal_s = row.integer(6),
                       .interest_s = row.integer(7),
                       .principal_sd = static_cast<double>(row.integer(8)),
                       .interest_sd = static_cast<double>(row.integer(9)),
                       .principal_var = row.real(10),
                       .interest_var = row.real(11)});
        });
  }

  Result<void> sum() {
    std::map<std::string, KindSums> kinds;
    std::map<std::array<std::string, 3>, AccountRow> accounts;
    std::int64_t principal = 0, interest = 0;
    const auto take = [&](const Group& group) -> Result<void> {
      const SumKey& key = group.key;
      const bool expired = key.state == State::kAccepted && key.accepted_until <= as_of_;
      const State state = expired ? State::kOpen : key.state;
      if (state == State::kPaid) statement_.paid_debts += group.debts;
      if (state == State::kRetired) statement_.retired_debts += group.debts;
      if (state == State::kWrittenOff) statement_.written_off_debts += group.debts;
      if (!is_owed(state)) return {};
      const bool accepted = state == State::kAccepted;
      (accepted ? statement_.accepted_debts : statement_.open_debts) += group.debts;
      principal = TRY(checked_sum(principal, group.principal_s, "principal"));
      interest = TRY(checked_sum(interest, group.interest_s, "interest"));
      KindSums& kind = kinds[key.kind];
      kind.principal.mean += static_cast<double>(group.principal_s);
      kind.interest.mean += static_cast<double>(group.interest_s);
      kind.principal.sd += group.principal_sd;
      kind.interest.sd += group.interest_sd;
      kind.principal.var += group.principal_var;
      kind.interest.var += group.interest_var;
      AccountRow& account = accounts[{key.owner, key.system, key.kind}];
      account.team = key.owner;
      account.system = key.system;
      account.kind = key.kind;
      account.debts += group.debts;
      account.principal_s += group.principal_s;
      account.interest_s += group.interest_s;
      if (accepted) account.accepted_s += group.principal_s;
      return {};
    };
    TRY(past_ || !scope_.all() ? groups_of_rows(take) : kept_groups(take));
    return close_sums(kinds, accounts, principal, interest);
  }

  Result<void> close_sums(const std::map<std::string, KindSums>& kinds,
                          std::map<std::array<std::string, 3>, AccountRow>& accounts,
                          std::int64_t principal, std::int64_t interest) {
    std::vector<SpreadGroup> principals, interests;
    for (const auto& [name, kind] : kinds) {
      principals.push_back(kind.principal);
      interests.push_back(kind.interest);
    }
    statement_.principal = TRY(total_of(principals, principal, options_.correlation, rate_));
    statement_.interest = TRY(total_of(interests, interest, options_.correlation, rate_));
    for (auto& [key, account] : accounts) statement_.accounts.push_back(std::move(account));
    std::stable_sort(
        statement_.accounts.begin(), statement_.accounts.end(),
        [](const AccountRow& a, const AccountRow& b) { return a.principal_s > b.principal_s; });
    return {};
  }

  Result<void> dearest() {
    const Limits of = TRY(limits({}, "d.owner"));
    const std::string by = " ORDER BY d.payback, d.num";
    const std::string inner = "SELECT d.* FROM " + source_ + " WHERE d.owed = 1" + of.after("AND") +
                              by + " LIMIT " + std::to_string(kDearest);
    SpecReader specs(tx_);
    for (const auto& row : TRY(tx_.query("SELECT " + debt_columns() + view_columns() + " FROM (" +
                                             inner + ") d" + view_joins() + by,
                                         of.values))) {
      statement_.dearest.push_back(TRY(view_of(row, as_of_, rate_, specs)));
    }
    return {};
  }

  /// What entered principal at a time; `book` is where it came from or went to.
  struct Flow {
    TimeUs at;
    std::string book;
    std::int64_t amount;  ///< as the contra account has it: less than nothing when it came in
  };

  /// From the contra accounts alone: what entered principal came from one of them.
  Result<std::vector<Flow>> flows_of_accounts() {
    std::vector<Flow> flows;
    std::vector<sql::Value> values = {as_of_};
    if (!team_.empty()) values.emplace_back(team_);
    TRY(tx_.each(
        "SELECT p.effective_at, a.class, CAST(SUM(p.amount) AS BIGINT) FROM ledger_posting p "
        "JOIN ledger_account a ON a.num = p.account WHERE p.unit = 0 AND p.effective_at <= $1 "
        "AND a.class NOT IN ('principal', 'accepted')" +
            std::string(team_.empty() ? "" : " AND a.team = $2") +
            " GROUP BY p.effective_at, a.class ORDER BY p.effective_at",
        values, [&](const sql::Row& row) -> Result<void> {
          flows.push_back({row.integer(0), row.text(1), row.integer(2)});
          return {};
        }));
    return flows;
  }

  /// Accounts are shared by assets, so for a caller who sees some of them the details tell, which
  /// name each debt; an entry's kind is its contra account.
  Result<std::vector<Flow>> flows_of_seen_debts() {
    std::vector<Flow> flows;
    const Limits of = TRY(limits({as_of_}, "a.team"));
    TRY(tx_.each(
        "SELECT e.effective_at, e.kind, CAST(SUM(t.amount) AS BIGINT) FROM ledger_detail t "
        "JOIN ledger_entry e ON e.num = t.entry JOIN ledger_debt d ON d.num = t.debt "
        "JOIN ledger_account a ON a.num = t.account WHERE t.unit = 0 AND e.effective_at <= $1" +
            of.after("AND") +
            " GROUP BY e.effective_at, e.kind HAVING SUM(t.amount) <> 0 ORDER BY e.effective_at",
        of.values, [&](const sql::Row& row) -> Result<void> {
          const std::string& kind = row.text(1);
          flows.push_back(
              {row.integer(0), kind == "reversed" ? "incurred" : kind, -row.integer(2)});
          return {};
        }));
    return flows;
  }

  Result<void> trend() {
    const auto flows = TRY(scope_.all() ? flows_of_accounts() : flows_of_seen_debts());
    if (flows.empty()) return {};
    first_ = flows.front().at;
    const TimeUs width = interval(as_of_ - first_);
    TimeUs end = first_ / width * width + width;  // exclusive
    TrendPoint point;
    const auto close = [&](TimeUs at) {
      point.at = at;
      statement_.trend.push_back(point);
      point = {.principal_s = point.principal_s};
    };
    for (const Flow& flow : flows) {
      for (; flow.at >= end; end += width) close(end);
      point.principal_s -= flow.amount;
      if (flow.book == "incurred" || flow.book == "relapsed") point.incurred_s -= flow.amount;
      if (flow.book == "paid") point.paid_s += flow.amount;
      if (flow.book == "retired") point.retired_s += flow.amount;
    }
    for (; end <= as_of_; end += width) close(end);
    close(as_of_);
    return {};
  }

  /// The finest interval that keeps the trend within its number of points.
  TimeUs interval(TimeUs span) const {
    static constexpr std::array<TimeUs, 7> kWidths = {
        60 * kSecondUs, kHourUs, 6 * kHourUs, kDayUs, 7 * kDayUs, 30 * kDayUs, 365 * kDayUs};
    for (const TimeUs width : kWidths) {
      if (span / width + 2 <= options_.trend_points) return width;
    }
    return span / std::max<std::int64_t>(options_.trend_points - 2, 1) + 1;
  }

  Result<void> missing() {
    const std::int64_t days = first_ == 0 ? 0 : (as_of_ - first_) / kDayUs;
    std::vector<std::string> needs;
    if (days < kHistoryDaysNeeded) {
      needs.push_back(std::to_string(kHistoryDaysNeeded) + " days of history (there are " +
                      std::to_string(days) + ")");
    }
    needs.emplace_back("measured prices (all of them rest on rule priors)");
    needs.emplace_back("each owner's monthly capacity");
    statement_.bankruptcy_missing = "a forecast needs " + join(needs, ", ");
    return {};
  }

  sql::Tx& tx_;
  const LedgerOptions& options_;
  Scope scope_;
  std::string team_;
  TimeUs as_of_;
  bool past_;
  std::string source_;
  TimeUs first_ = 0;
  std::optional<Rate> rate_;
  Statement statement_;
};

}  // namespace

Result<Statement> Ledger::statement(const op::Caller& caller, const StatementQuery& query) {
  const TimeUs now = clock_.now();
  const TimeUs as_of = TRY(report_time(query.as_of, now));
  Statement statement;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    statement = TRY(StatementBuilder(tx, options_, caller, query.team, as_of, as_of < now).run());
    return {};
  }));
  return statement;
}

Result<std::int64_t> Ledger::principal_at(TimeUs at, std::string_view team) {
  std::int64_t balance = 0;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    balance = TRY(principal_balance(tx, at, team));
    return {};
  }));
  return balance;
}

}  // namespace solvent::ledger
