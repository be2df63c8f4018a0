/// The ledger's operations, tables and settings.

#include "ledger/ledger.h"
#include "ledger/sums.h"

extern "C" const char solvent_ledger_schema_sql[];

namespace solvent::ledger {
namespace {

using op::OperationSpec;

/// All that the statement's sums need, in the order in which they are grouped.
constexpr std::string_view kSums =
    "CREATE INDEX ledger_debt_sums ON ledger_debt (owner, system, kind, state, owed, "
    "accepted_until, principal_s, interest_s, principal_sd, interest_sd)";

std::vector<OperationSpec> reading() {
  return {
      {.noun = "ledger",
       .verb = "show",
       .method = "GET",
       .path = "/api/ledger",
       .summary = "Show what is owed, what it costs a month and the dearest debts",
       .description =
           "Means are booked; the interval of a sum comes from a stated distribution and "
           "correlation. Labour becomes money at the rate of the statement's date.",
       .examples = {{"solvent ledger", "now, everybody"},
                    {"solvent ledger --team pricing --as_of 2026-06-30", "one team, at a date"}},
       .request = &spec_of<StatementQuery>(),
       .result = &spec_of<Statement>(),
       .default_verb = true},
      {.noun = "ledger",
       .verb = "verify",
       .method = "GET",
       .path = "/api/ledger/verify",
       .summary = "Prove that the books are sound",
       .description = "Entries sum to zero, debts agree with their entries, snapshots with both.",
       .examples = {{"solvent ledger verify", "recompute everything from the entries"}},
       .request = &spec_of<Nothing>(),
       .result = &spec_of<VerifyReport>()},
      {.noun = "debt",
       .verb = "list",
       .method = "GET",
       .path = "/api/debts",
       .summary = "List debts, filtered and sorted",
       .examples = {{"solvent debt", "open and accepted ones, the costliest a month first"},
                    {"solvent debt list --team unowned --sort payback --ascending",
                     "quick wins of nobody"}},
       .request = &spec_of<DebtQuery>(),
       .result = &spec_of<DebtPage>(),
       .default_verb = true},
      {.noun = "debt",
       .verb = "show",
       .method = "GET",
       .path = "/api/debts/{id}",
       .summary = "Show one debt: findings, price and how it came about, history",
       .examples = {{"solvent debt show d-7f3k2a", "everything about it"},
                    {"solvent debt show d-7f3k2a --as_of 2026-06-30", "as it stood then"}},
       .request = &spec_of<DebtRequest>(),
       .result = &spec_of<DebtDetail>(),
       .positional = {"id"}},
      {.noun = "rate",
       .verb = "list",
       .method = "GET",
       .path = "/api/rates",
       .summary = "List what an hour of labour costs, from when",
       .examples = {{"solvent rate", "newest first"}},
       .request = &spec_of<Nothing>(),
       .result = &spec_of<RateList>(),
       .default_verb = true},
  };
}

std::vector<OperationSpec> writing() {
  return {
      {.noun = "debt",
       .verb = "accept",
       .method = "POST",
       .path = "/api/debts/{id}/accept",
       .role = op::Role::kEditor,
       .summary = "Accept a debt until a date",
       .description =
           "It stays on the books, in the accepted sub-account, and is open again on that "
           "date.",
       .examples =
           {{"solvent debt accept d-7f3k2a --owner ada --reason 'frozen until launch' --until "
             "2027-01-31",
             "live with it for now"}},
       .request = &spec_of<AcceptRequest>(),
       .result = &spec_of<Debt>(),
       .positional = {"id"}},
      {.noun = "debt",
       .verb = "reopen",
       .method = "POST",
       .path = "/api/debts/{id}/reopen",
       .role = op::Role::kEditor,
       .summary = "Reopen an accepted or written-off debt",
       .examples = {{"solvent debt reopen d-7f3k2a --reason 'launch is over'", "owe it again"}},
       .request = &spec_of<ReasonRequest>(),
       .result = &spec_of<Debt>(),
       .positional = {"id"}},
      {.noun = "debt",
       .verb = "write-off",
       .method = "POST",
       .path = "/api/debts/{id}/write-off",
       .role = op::Role::kEditor,
       .summary = "Write a debt off: it will not be paid",
       .examples = {{"solvent debt write-off d-7f3k2a --reason 'system is shut down in May'",
                     "say why"}},
       .request = &spec_of<ReasonRequest>(),
       .result = &spec_of<Debt>(),
       .positional = {"id"}},
      {.noun = "debt",
       .verb = "assign",
       .method = "POST",
       .path = "/api/debts/{id}/assign",
       .role = op::Role::kEditor,
       .summary = "Give a debt to another owner",
       .description = "Later audits keep an owner that was assigned by hand.",
       .examples = {{"solvent debt assign d-7f3k2a --owner fraud", "fraud owes it from now on"}},
       .request = &spec_of<AssignRequest>(),
       .result = &spec_of<Debt>(),
       .positional = {"id"}},
      {.noun = "debt",
       .verb = "verdict",
       .method = "POST",
       .path = "/api/findings/{finding}/verdict",
       .role = op::Role::kEditor,
       .summary = "Say whether a finding is a debt",
       .description = "After \"no\" it is no longer priced, and later audits know.",
       .examples = {{"solvent debt verdict f-12 no --reason 'sample file for the tests'",
                     "not a debt"}},
       .request = &spec_of<VerdictRequest>(),
       .result = &spec_of<Debt>(),
       .positional = {"finding", "verdict"}},
      {.noun = "rate",
       .verb = "set",
       .method = "POST",
       .path = "/api/rates",
       .role = op::Role::kEditor,
       .summary = "Set what an hour of labour costs from a date on",
       .examples = {{"solvent rate set EUR 90 --from 2026-01-01", "ninety euros an hour"}},
       .request = &spec_of<RateRequest>(),
       .result = &spec_of<Rate>(),
       .positional = {"currency", "per_hour"}},
  };
}

}  // namespace

const Specs& specs() {
  static const Specs all = [] {
    Specs specs;
    specs.operations = reading();
    for (auto& spec : writing()) specs.operations.push_back(std::move(spec));
    specs.migrations = {{.module = "ledger",
                         .number = 1,
                         .name = "first tables",
                         .statements = solvent_ledger_schema_sql},
                        {.module = "ledger",
                         .number = 2,
                         .name = "sums of debts from one index",
                         .statements = std::string(kSums)},
                        {.module = "ledger",
                         .number = 3,
                         .name = "sums of debts kept beside them",
                         .statements = sums_migration()}};
    specs.settings = {
        {.key = "ledger.correlation",
         .type = SettingType::kNumber,
         .default_value = 0.5,
         .doc = "correlation between prices of one kind, for the interval of sums",
         .min = 0,
         .max = 1},
        integer_setting("ledger.snapshot_every", 4096, 1, 1e9,
                        "postings between two snapshots of the balances"),
        integer_setting("ledger.trend_points", 60, 3, 10'000, "points of the trend, at most"),
        integer_setting("ledger.findings_shown", 1'000, 1, 1e6,
                        "findings of one debt that are shown; more are counted"),
        integer_setting(
            "ledger.scope_names_max", 30'000, 1, 60'000,
            "assets that a caller limited by scopes may see at once; more are refused")};
    return specs;
  }();
  return all;
}

LedgerOptions options_of(const Settings& settings) {
  return {.correlation = settings.number("ledger.correlation"),
          .snapshot_every = settings.integer("ledger.snapshot_every"),
          .trend_points = settings.integer("ledger.trend_points"),
          .findings_shown = settings.integer("ledger.findings_shown"),
          .scope_names_max = settings.integer("ledger.scope_names_max")};
}

Ledger::Ledger(sql::Database& database, Clock& clock, Random& random, LedgerOptions options)
    : database_(database), clock_(clock), random_(random), options_(options) {}

std::vector<op::Handler> bind(Ledger& ledger) {
  using op::Caller;
  using op::handler;
  using op::Request;
  return {
      handler<StatementQuery, Statement>("ledger show",
                                         [&](const auto& query, const Request&, const Caller& who) {
                                           return ledger.statement(who, query);
                                         }),
      handler<Nothing, VerifyReport>(
          "ledger verify",
          [&](const auto&, const Request&, const Caller& who) { return ledger.verify(who); }),
      handler<DebtQuery, DebtPage>("debt list",
                                   [&](const auto& query, const Request&, const Caller& who) {
                                     return ledger.debts(who, query);
                                   }),
      handler<DebtRequest, DebtDetail>("debt show",
                                       [&](const auto& request, const Request&, const Caller& who) {
                                         return ledger.debt(who, request);
                                       }),
      handler<AcceptRequest, Debt>("debt accept",
                                   [&](const auto& request, const Request&, const Caller& who) {
                                     return ledger.accept(who, request);
                                   }),
      handler<ReasonRequest, Debt>("debt reopen",
                                   [&](const auto& request, const Request&, const Caller& who) {
                                     return ledger.reopen(who, request);
                                   }),
      handler<ReasonRequest, Debt>("debt write-off",
                                   [&](const auto& request, const Request&, const Caller& who) {
                                     return ledger.write_off(who, request);
                                   }),
      handler<AssignRequest, Debt>("debt assign",
                                   [&](const auto& request, const Request&, const Caller& who) {
                                     return ledger.assign(who, request);
                                   }),
      handler<VerdictRequest, Debt>("debt verdict",
                                    [&](const auto& request, const Request&, const Caller& who) {
                                      return ledger.verdict(who, request);
                                    }),
      handler<RateRequest, Rate>("rate set",
                                 [&](const auto& request, const Request&, const Caller& who) {
                                   return ledger.set_rate(who, request);
                                 }),
      handler<Nothing, RateList>(
          "rate list", [&](const auto&, const Request&, const Caller&) { return ledger.rates(); }),
  };
}

}  // namespace solvent::ledger
