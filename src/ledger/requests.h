/// What the ledger's operations are asked, and their smaller answers: described structs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::ledger {

struct StatementQuery {
  std::optional<std::string> as_of;
  std::string team;
  static constexpr std::string_view kName = "StatementQuery";
  template <class V>
  void describe(V& v) {
    v.field("as_of", as_of, "date or time of the statement; now when not given");
    v.field("team", team, "only this owner's", {.optional = true});
  }
};

/// `solvent debt list`: GET /api/debts.
struct DebtQuery {
  std::string state, team, system, kind, check, asset, text;
  std::string sort = "interest";
  bool ascending = false;
  std::string after;
  std::int64_t skip = 0, limit = 50;
  std::optional<std::string> as_of;
  static constexpr std::string_view kName = "DebtQuery";
  template <class V>
  void describe(V& v) {
    v.field("state", state, "only this state; default open and accepted", {.optional = true});
    v.field("team", team, "only this owner's; \"unowned\" for none", {.optional = true});
    v.field("system", system, "only of this system", {.optional = true});
    v.field("kind", kind, "only this kind", {.optional = true});
    v.field("check", check, "only of this check", {.optional = true});
    v.field("asset", asset, "only of this asset", {.optional = true});
    v.field("text", text, "subject or title contains this", {.optional = true});
    v.field(
        "sort", sort, "order",
        {.choices = {"interest", "principal", "payback", "opened", "subject", "owner", "kind"}});
    v.field("ascending", ascending, "smallest first");
    v.field("after", after, "cursor from the page before", {.optional = true});
    v.field("skip", skip, "rows left out first, behind the cursor when there is one",
            {.min = 0, .max = 1e9});
    v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
    v.field("as_of", as_of, "state at this date");
  }
};

struct DebtRequest {
  std::string id;
  std::optional<std::string> as_of;
  static constexpr std::string_view kName = "DebtRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "debt, as in d-7f3k2a");
    v.field("as_of", as_of, "as it stood at this date or time; now when not given");
  }
};

struct AcceptRequest {
  std::string id, owner, reason, until;
  static constexpr std::string_view kName = "AcceptRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "debt");
    v.field("owner", owner, "who answers for living with it");
    v.field("reason", reason, "why it may stay");
    v.field("until", until, "date on which it is open again");
  }
};

struct ReasonRequest {
  std::string id, reason;
  static constexpr std::string_view kName = "ReasonRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "debt");
    v.field("reason", reason, "why");
  }
};

struct AssignRequest {
  std::string id, owner, reason;
  static constexpr std::string_view kName = "AssignRequest";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "debt");
    v.field("owner", owner, "team or person that owes it from now on");
    v.field("reason", reason, "why", {.optional = true});
  }
};

struct VerdictRequest {
  std::string finding, verdict, reason;
  static constexpr std::string_view kName = "VerdictRequest";
  template <class V>
  void describe(V& v) {
    v.field("finding", finding, "finding, as in f-12 (solvent debt show lists them)");
    v.field("verdict", verdict, "is it a debt?", {.choices = {"yes", "no"}});
    v.field("reason", reason, "why");
  }
};

/// What an hour of labour costs from a date on.
struct RateRequest {
  std::string currency;
  double per_hour = 0;
  std::optional<std::string> from;
  static constexpr std::string_view kName = "RateRequest";
  template <class V>
  void describe(V& v) {
    v.field("currency", currency, "ISO 4217, as in EUR");
    v.field("per_hour", per_hour, "price of an hour in whole units, as in 90",
            {.min = 0.01, .max = 1e6});
    v.field("from", from, "first day it holds; today when not given");
  }
};
struct Rate {
  std::string currency;
  std::int64_t minor_per_hour = 0;
  TimeUs from = 0, booked_at = 0;
  std::string set_by;
  static constexpr std::string_view kName = "Rate";
  template <class V>
  void describe(V& v) {
    v.field("currency", currency, "ISO 4217");
    v.field("minor_per_hour", minor_per_hour, "an hour of labour", {.unit = Unit::kMoneyMinor});
    v.field("from", from, "first day it holds", {.unit = Unit::kTime});
    v.field("booked_at", booked_at, "when it was set", {.unit = Unit::kTime, .wide = true});
    v.field("set_by", set_by, "who set it");
  }
};
struct RateList {
  std::vector<Rate> rates;
  static constexpr std::string_view kName = "RateList";
  template <class V>
  void describe(V& v) {
    v.field("rates", rates, "newest first");
  }
};

/// What one booking did to the debts it spoke of.
struct Booked {
  std::int64_t opened = 0, relapsed = 0, paid = 0, retired = 0, repriced = 0, unchanged = 0;
  std::int64_t stale = 0, transferred = 0, expired = 0, entries = 0;
  static constexpr std::string_view kName = "Booked";
  template <class V>
  void describe(V& v) {
    v.field("opened", opened, "new debts");
    v.field("relapsed", relapsed, "paid once, found again");
    v.field("paid", paid, "looked at again and not found");
    v.field("retired", retired, "subject gone");
    v.field("repriced", repriced, "same debt, other price");
    v.field("unchanged", unchanged, "found as before");
    v.field("stale", stale, "open, but no longer looked at");
    v.field("transferred", transferred, "changed owner");
    v.field("expired", expired, "acceptances that ran out");
    v.field("entries", entries, "journal entries written");
  }
};

struct VerifyReport {
  std::int64_t entries = 0, debts = 0, snapshots = 0;
  std::vector<std::string> problems;
  static constexpr std::string_view kName = "LedgerVerifyReport";
  template <class V>
  void describe(V& v) {
    v.field("entries", entries, "entries whose sums were checked");
    v.field("debts", debts, "debts compared with their entries");
    v.field("snapshots", snapshots, "snapshots recomputed");
    v.field("problems", problems, "what does not agree; none when the books are sound");
  }
};

struct Nothing {
  static constexpr std::string_view kName = "Nothing";
  template <class V>
  void describe(V&) {}
};

}  // namespace solvent::ledger
