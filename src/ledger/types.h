/// What the ledger says to people and programs: described structs, the JSON of its operations.
/// Labour is seconds, money is minor units of `currency`; both are means unless P10/P50/P90 is
/// said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::ledger {

/// A price with its spread and its derivation in words. Quantiles are never added.
struct Price {
  std::int64_t mean_s = 0, p10_s = 0, p50_s = 0, p90_s = 0;
  std::string derivation, basis;  ///< in words; "prior only", "measured" or "modelled"
  static constexpr std::string_view kName = "Price";
  template <class V>
  void describe(V& v) {
    v.field("mean_s", mean_s, "mean", {.unit = Unit::kLabourSeconds});
    v.field("p10_s", p10_s, "10 % quantile", {.unit = Unit::kLabourSeconds});
    v.field("p50_s", p50_s, "median", {.unit = Unit::kLabourSeconds});
    v.field("p90_s", p90_s, "90 % quantile", {.unit = Unit::kLabourSeconds});
    v.field("derivation", derivation, "how it came about, in words");
    v.field("basis", basis, "prior only, measured or modelled");
  }
};

/// One finding as shown under its debt.
struct FindingRow {
  std::string id, item, message, path, fingerprint, state;
  std::int64_t line = 0, cell = 0;
  double confidence = 1;
  Json evidence;
  TimeUs first_seen = 0, last_seen = 0;
  static constexpr std::string_view kName = "Finding";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "finding", {.wide = true});
    v.field("item", item, "what inside the subject");
    v.field("message", message, "what was found");
    v.field("path", path, "file", {.unit = Unit::kPath});
    v.field("line", line, "line, from 1; 0 when not said");
    v.field("cell", cell, "notebook cell, from 1; 0 when not said");
    v.field("confidence", confidence, "0 to 1", {.wide = true});
    v.field("evidence", evidence, "numbers behind it", {.wide = true});
    v.field("fingerprint", fingerprint, "content fingerprint", {.wide = true});
    v.field("state", state, "open or gone");
    v.field("first_seen", first_seen, "first seen", {.unit = Unit::kTime, .wide = true});
    v.field("last_seen", last_seen, "last seen", {.unit = Unit::kTime, .wide = true});
  }
};

/// Findings on one subject that one act would pay off.
struct Debt {
  std::string id;  ///< short, stable: "d-7f3k2a"
  std::string title, kind, check, asset, subject;
  std::string state;   ///< open, accepted, paid, retired, written off, relapsed
  bool stale = false;  ///< its check changed, failed or no longer covers it
  std::string owner, owner_origin, system;
  std::int64_t findings = 0, exposure = 1;
  std::int64_t principal_s = 0;  ///< mean
  std::int64_t principal_p10_s = 0, principal_p50_s = 0, principal_p90_s = 0;
  std::int64_t interest_s = 0;                                  ///< mean, per 30-day month
  std::optional<std::int64_t> principal_minor, interest_minor;  ///< at the report date's rate
  std::optional<double> payback_months;                         ///< principal ÷ monthly interest
  std::string fix;  ///< the command that pays it; empty where only a person can
  TimeUs opened = 0, changed = 0;
  std::string accepted_by, accepted_reason;
  TimeUs accepted_until = 0;
  static constexpr std::string_view kName = "Debt";
  template <class V>
  void describe(V& v) {
    v.field("id", id, "debt");
    v.field("title", title, "what is owed");
    v.field("kind", kind, "kind of debt");
    v.field("check", check, "check that found it", {.wide = true});
    v.field("asset", asset, "asset");
    v.field("subject", subject, "subject");
    v.field("state", state, "open, accepted, paid, retired, written off or relapsed");
    v.field("stale", stale, "not looked at by the last audit", {.wide = true});
    v.field("owner", owner, "who owes it");
    v.field("owner_origin", owner_origin, "how the owner is known", {.wide = true});
    v.field("system", system, "system", {.wide = true});
    v.field("findings", findings, "findings grouped in it");
    v.field("exposure", exposure, "live models downstream, at least 1", {.wide = true});
    v.field("principal_s", principal_s, "cost of paying it now", {.unit = Unit::kLabourSeconds});
    v.field("principal_p10_s", principal_p10_s, "10 % quantile",
            {.unit = Unit::kLabourSeconds, .wide = true});
    v.field("principal_p50_s", principal_p50_s, "median",
            {.unit = Unit::kLabourSeconds, .wide = true});
    v.field("principal_p90_s", principal_p90_s, "90 % quantile",
            {.unit = Unit::kLabourSeconds, .wide = true});
    v.field("interest_s", interest_s, "cost a month of not paying", {.unit = Unit::kLabourSeconds});
    v.field("principal_minor", principal_minor, "in money",
            {.unit = Unit::kMoneyMinor, .wide = true});
    v.field("interest_minor", interest_minor, "in money",
            {.unit = Unit::kMoneyMinor, .wide = true});
    v.field("payback_months", payback_months, "months until paying it pays");
    v.field("fix", fix, "what pays it", {.unit = Unit::kCommand});
    v.field("opened", opened, "first booked", {.unit = Unit::kTime, .wide = true});
    v.field("changed", changed, "last change of state", {.unit = Unit::kTime, .wide = true});
    v.field("accepted_by", accepted_by, "who accepted it", {.wide = true});
    v.field("accepted_reason", accepted_reason, "why", {.wide = true});
    v.field("accepted_until", accepted_until, "until when", {.unit = Unit::kTime, .wide = true});
  }
};

/// A sum with the interval that the stated correlation implies.
struct Total {
  std::int64_t mean_s = 0, p10_s = 0, p90_s = 0;
  std::optional<std::int64_t> mean_minor, p10_minor, p90_minor;
  static constexpr std::string_view kName = "Total";
  template <class V>
  void describe(V& v) {
    v.field("mean_s", mean_s, "mean", {.unit = Unit::kLabourSeconds});
    v.field("p10_s", p10_s, "10 % quantile", {.unit = Unit::kLabourSeconds});
    v.field("p90_s", p90_s, "90 % quantile", {.unit = Unit::kLabourSeconds});
    v.field("mean_minor", mean_minor, "mean in money", {.unit = Unit::kMoneyMinor});
    v.field("p10_minor", p10_minor, "10 % quantile in money", {.unit = Unit::kMoneyMinor});
    v.field("p90_minor", p90_minor, "90 % quantile in money", {.unit = Unit::kMoneyMinor});
  }
};

/// One slice of what is owed: a team, a system, a kind.
struct AccountRow {
  std::string team, system, kind;
  std::int64_t debts = 0, principal_s = 0, accepted_s = 0, interest_s = 0;
  static constexpr std::string_view kName = "Account";
  template <class V>
  void describe(V& v) {
    v.field("team", team, "team");
    v.field("system", system, "system");
    v.field("kind", kind, "kind of debt");
    v.field("debts", debts, "open debts");
    v.field("principal_s", principal_s, "owed", {.unit = Unit::kLabourSeconds});
    v.field("accepted_s", accepted_s, "accepted", {.unit = Unit::kLabourSeconds, .wide = true});
    v.field("interest_s", interest_s, "a month", {.unit = Unit::kLabourSeconds});
  }
};

struct TrendPoint {
  TimeUs at = 0;
  std::int64_t principal_s = 0, incurred_s = 0, paid_s = 0, retired_s = 0;
  static constexpr std::string_view kName = "TrendPoint";
  template <class V>
  void describe(V& v) {
    v.field("at", at, "end of the interval", {.unit = Unit::kTime});
    v.field("principal_s", principal_s, "owed then", {.unit = Unit::kLabourSeconds});
    v.field("incurred_s", incurred_s, "incurred in it", {.unit = Unit::kLabourSeconds});
    v.field("paid_s", paid_s, "paid in it", {.unit = Unit::kLabourSeconds});
    v.field("retired_s", retired_s, "retired in it", {.unit = Unit::kLabourSeconds});
  }
};

/// `solvent ledger`: GET /api/ledger. The first screen.
struct Statement {
  TimeUs as_of = 0;
  std::int64_t open_debts = 0, accepted_debts = 0, paid_debts = 0, retired_debts = 0;
  std::int64_t written_off_debts = 0;
  Total principal, interest;       ///< interest per 30-day month
  std::string currency;            ///< empty without a rate
  std::string rate;                ///< "€90.00 an hour since 2026-01-01", or what to set
  std::string basis, correlation;  ///< what prices and their intervals rest on
  std::optional<double> bankruptcy_months;
  std::string bankruptcy_missing;  ///< what is missing to tell
  std::vector<TrendPoint> trend;
  std::vector<AccountRow> accounts;
  std::vector<Debt> dearest;  ///< five, shortest payback first
  static constexpr std::string_view kName = "Statement";
  template <class V>
  void describe(V& v) {
    v.field("as_of", as_of, "date of the statement", {.unit = Unit::kTime});
    v.field("open_debts", open_debts, "open debts");
    v.field("accepted_debts", accepted_debts, "accepted debts");
    v.field("paid_debts", paid_debts, "paid debts");
    v.field("retired_debts", retired_debts, "retired debts");
    v.field("written_off_debts", written_off_debts, "debts written off");
    v.field("principal", principal, "what is owed");
    v.field("interest", interest, "what it costs a month");
    v.field("currency", currency, "ISO 4217; empty without a rate");
    v.field("rate", rate, "labour rate used");
    v.field("basis", basis, "what prices rest on");
    v.field("correlation", correlation, "model behind the intervals");
    v.field("bankruptcy_months", bankruptcy_months, "months until interest exceeds capacity");
    v.field("bankruptcy_missing", bankruptcy_missing, "what is missing to tell");
    v.field("trend", trend, "history of what is owed", {.wide = true});
    v.field("accounts", accounts, "by team, system and kind");
    v.field("dearest", dearest, "the five dearest debts, shortest payback first");
  }
};

struct DebtPage {
  std::vector<Debt> debts;
  std::string next;
  std::int64_t total = 0;
  std::string currency;
  static constexpr std::string_view kName = "DebtPage";
  template <class V>
  void describe(V& v) {
    v.field("debts", debts, "debts of this page");
    v.field("next", next, "cursor of the next page; empty on the last");
    v.field("total", total, "debts that match");
    v.field("currency", currency, "ISO 4217; empty without a rate");
  }
};

/// `solvent debt show <id>`: GET /api/debts/{id}.
struct EntryRow {
  TimeUs effective_at = 0, booked_at = 0;
  std::string kind, account, memo;  ///< incurred, repriced, paid, …
  std::int64_t amount_s = 0;
  static constexpr std::string_view kName = "Entry";
  template <class V>
  void describe(V& v) {
    v.field("effective_at", effective_at, "when it took effect", {.unit = Unit::kTime});
    v.field("booked_at", booked_at, "when it was booked", {.unit = Unit::kTime, .wide = true});
    v.field("kind", kind, "what happened");
    v.field("account", account, "account", {.wide = true});
    v.field("amount_s", amount_s, "change of principal", {.unit = Unit::kLabourSeconds});
    v.field("memo", memo, "why");
  }
};
struct DebtDetail {
  Debt debt;
  Price principal, interest;
  std::string question, source, advice;
  TimeUs as_of = 0;
  std::int64_t findings_total = 0;
  std::vector<FindingRow> findings;  ///< at most `ledger.findings_shown`
  std::vector<EntryRow> history;
  static constexpr std::string_view kName = "DebtDetail";
  template <class V>
  void describe(V& v) {
    v.field("debt", debt, "the debt");
    v.field("question", question, "what the check asks");
    v.field("source", source, "where the question comes from");
    v.field("advice", advice, "what to do");
    v.field("principal", principal, "price of paying");
    v.field("interest", interest, "price of a month of not paying");
    v.field("as_of", as_of, "date that all of this is of", {.unit = Unit::kTime, .wide = true});
    v.field("findings_total", findings_total, "findings in all", {.wide = true});
    v.field("findings", findings, "findings, the first of them");
    v.field("history", history, "its entries");
  }
};

}  // namespace solvent::ledger
