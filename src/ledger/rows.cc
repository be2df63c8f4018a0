#include "ledger/rows.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "ledger/price.h"

namespace solvent::ledger {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO ledger_debt (num, owed, state, stale, owner, owner_origin, system, kind, "
    "check_id, "
    "asset, subject, search, spec, parameters, findings, exposure, principal_s, principal_sd, "
    "interest_s, interest_sd, payback, opened, since, accepted_until) VALUES ($1, $2, $3, $4, $5, "
    "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)";

constexpr std::string_view kUpdate =
    "UPDATE ledger_debt SET owed = $2, state = $3, stale = $4, owner = $5, owner_origin = $6, "
    "system = $7, kind = $8, check_id = $9, asset = $10, subject = $11, search = $12, spec = $13, "
    "parameters = $14, findings = $15, exposure = $16, principal_s = $17, principal_sd = $18, "
    "interest_s = $19, interest_sd = $20, payback = $21, opened = $22, since = $23, "
    "accepted_until = $24 WHERE num = $1";

/// Of two states that began at the same instant only the last is kept.
constexpr std::string_view kKeep =
    "INSERT INTO ledger_debt_past (num, owed, state, stale, owner, owner_origin, system, kind, "
    "check_id, asset, subject, search, spec, parameters, findings, exposure, principal_s, "
    "principal_sd, interest_s, interest_sd, payback, opened, since, accepted_until, until_time) "
    "SELECT num, owed, state, stale, owner, owner_origin, system, kind, check_id, asset, subject, "
    "search, spec, parameters, findings, exposure, principal_s, principal_sd, interest_s, "
    "interest_sd, payback, opened, since, accepted_until, CAST($2 AS BIGINT) FROM ledger_debt "
    "WHERE num = $1 AND since < CAST($2 AS BIGINT)";

std::vector<sql::Value> values_of(const KnownDebt& debt, std::string_view title) {
  return {debt.number,
          static_cast<std::int64_t>(is_owed(debt.state)),
          std::string(state_name(debt.state)),
          static_cast<std::int64_t>(debt.stale),
          debt.owner.name,
          debt.owner.origin,
          debt.system,
          debt.kind,
          debt.check,
          debt.asset,
          debt.subject,
          lower_ascii(debt.subject) + "\n" + lower_ascii(title),
          debt.spec_number,
          debt.parameters,
          debt.findings,
          debt.exposure,
          debt.principal_s,
          debt.principal_sd,
          debt.interest_s,
          debt.interest_sd,
          payback_of(debt),
          debt.opened,
          debt.since,
          debt.accepted_until};
}

Json prior_json(const check::LabourPrior& prior) {
  return JsonArray{prior.p10_s, prior.p50_s, prior.p90_s};
}

check::LabourPrior prior_of(const Json* json) {
  if (json == nullptr || !json->is_array() || json->array().size() != 3) return {};
  for (const Json& part : json->array()) {
    if (!part.is_int()) return {};
  }
  return {json->array()[0].integer(), json->array()[1].integer(), json->array()[2].integer()};
}

}  // namespace

std::string debt_columns() {
  return "d.num, d.state, d.stale, d.owner, d.owner_origin, d.system, d.kind, d.check_id, d.asset, "
         "d.subject, d.spec, d.parameters, d.findings, d.exposure, d.principal_s, d.principal_sd, "
         "d.interest_s, d.interest_sd, d.opened, d.since, d.accepted_until, s.version";
}

KnownDebt debt_of(const sql::Row& row) {
  KnownDebt debt{.number = row.integer(0),
                 .spec_number = row.integer(10),
                 .id = debt_id(row.integer(0)),
                 .asset = row.text(8),
                 .check = row.text(7),
                 .subject = row.text(9),
                 .kind = row.text(6),
                 .system = row.text(5),
                 .parameters = row.text(11),
                 .state = MUST(parse_state(row.text(1))),
                 .stale = row.integer(2) != 0,
                 .owner = {row.text(3), row.text(4)},
                 .check_version = row.integer(21),
                 .findings = row.integer(12),
                 .exposure = row.integer(13),
                 .principal_s = row.integer(14),
                 .principal_sd = row.integer(15),
                 .interest_s = row.integer(16),
                 .interest_sd = row.integer(17),
                 .opened = row.integer(18),
                 .since = row.integer(19),
                 .accepted_until = row.integer(20)};
  return debt;
}

Result<KnownDebt> load_debt(sql::Tx& tx, std::int64_t number) {
  const auto rows = TRY(tx.query("SELECT " + debt_columns() +
                                     " FROM ledger_debt d JOIN ledger_spec s ON s.num = d.spec "
                                     "WHERE d.num = $1",
                                 {number}));
  if (rows.empty()) return no_such_debt(number);
  return debt_of(rows[0]);
}

Unexpected no_such_debt(std::int64_t number) {
  return fail(Code::kNotFound, "no such debt: " + debt_id(number), "solvent debt list shows them",
              debt_id(number));
}

Account account_of(const KnownDebt& debt) {
  return {debt.state == State::kAccepted ? Book::kAccepted : Book::kPrincipal, debt.owner.name,
          debt.system, debt.kind};
}

Json spec_json(const check::CheckSpec& spec) {
  return JsonObject{{"id", spec.id},
                    {"version", spec.version},
                    {"title", spec.title},
                    {"question", spec.question},
                    {"source", spec.source},
                    {"kind", spec.debt_kind},
                    {"principal_s", prior_json(spec.principal)},
                    {"principal_each_s", prior_json(spec.principal_each)},
                    {"interest_month_s", prior_json(spec.interest_month)},
                    {"prior_source", spec.prior_source},
                    {"fix", spec.fix},
                    {"advice", spec.advice}};
}

Result<check::CheckSpec> spec_of_json(const Json& json) {
  check::CheckSpec spec{.id = json.text_or("id", ""),
                        .version = json.int_or("version", 1),
                        .title = json.text_or("title", ""),
                        .question = json.text_or("question", ""),
                        .source = json.text_or("source", ""),
                        .debt_kind = json.text_or("kind", ""),
                        .principal = prior_of(json.find("principal_s")),
                        .principal_each = prior_of(json.find("principal_each_s")),
                        .interest_month = prior_of(json.find("interest_month_s")),
                        .prior_source = json.text_or("prior_source", ""),
                        .fix = json.text_or("fix", ""),
                        .advice = json.text_or("advice", "")};
  if (spec.principal.p10_s <= 0) {
    return fail(Code::kDataLoss, "the books hold a check without a price: " + spec.id,
                "solvent ledger verify", spec.id);
  }
  return spec;
}

Result<std::int64_t> spec_number(sql::Tx& tx, const check::CheckSpec& spec) {
  const std::string body = to_canonical_text(spec_json(spec));
  const std::string digest = digest_of(body).hex();
  const auto known = TRY(tx.query("SELECT num FROM ledger_spec WHERE digest = $1", {digest}));
  if (!known.empty()) return known[0].integer(0);
  const std::int64_t number = TRY(next_number(tx, "ledger_spec"));
  TRY(
      tx.execute("INSERT INTO ledger_spec (num, digest, check_id, version, title, fix, body) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                 {number, digest, spec.id, spec.version, spec.title, spec.fix, body}));
  return number;
}

Result<void> price(KnownDebt& debt, const check::CheckSpec& spec, std::int64_t findings) {
  const Quote principal = principal_quote(spec, findings, debt.exposure);
  const Quote interest = interest_quote(spec, debt.exposure);
  debt.findings = findings;
  debt.principal_s = TRY(seconds_of(principal.mean, spec.id));
  debt.principal_sd = TRY(seconds_of(principal.sd, spec.id));
  debt.interest_s = TRY(seconds_of(interest.mean, spec.id));
  debt.interest_sd = TRY(seconds_of(interest.sd, spec.id));
  return {};
}

double payback_of(const KnownDebt& debt) {
  if (debt.interest_s <= 0) return kNeverPaysBack;
  return static_cast<double>(debt.principal_s) / static_cast<double>(debt.interest_s);
}

void DebtChanges::insert(const KnownDebt& debt, std::string_view title) {
  inserts_.push_back(values_of(debt, title));
  sums_.add(debt);
}

void DebtChanges::update(const KnownDebt& was, KnownDebt debt, TimeUs at, std::string_view title) {
  at = std::max(at, debt.since);
  keeps_.push_back({debt.number, at});
  debt.since = at;
  updates_.push_back(values_of(debt, title));
  sums_.remove(was);
  sums_.add(debt);
}

Result<void> DebtChanges::write(sql::Tx& tx) {
  if (!keeps_.empty()) TRY(tx.execute_many(kKeep, keeps_));
  if (!updates_.empty()) TRY(tx.execute_many(kUpdate, updates_));
  if (!inserts_.empty()) TRY(tx.execute_many(kInsert, inserts_));
  return sums_.write(tx);
}

Result<std::int64_t> expire(sql::Tx& tx, TimeUs now, const std::string& actor) {
  const auto due = TRY(tx.query("SELECT " + debt_columns() +
                                    ", s.title FROM ledger_acceptance a "
                                    "JOIN ledger_debt d ON d.num = a.debt "
                                    "JOIN ledger_spec s ON s.num = d.spec WHERE a.until_time <= $1 "
                                    "ORDER BY a.until_time, d.num",
                                {now}));
  Journal journal(tx, now);
  DebtChanges changes;
  for (const auto& row : due) {
    const KnownDebt was = debt_of(row);
    KnownDebt debt = was;
    ASSERT(debt.state == State::kAccepted && may_become(debt.state, State::kOpen));
    const Account from = account_of(debt);
    debt.state = State::kOpen;
    TRY(journal.book(
        {.kind = "expired",
         .effective_at = std::max(debt.accepted_until, debt.since),
         .actor = actor,
         .source = "ledger",
         .memo = "acceptance ran out"},
        {{debt.number, from, account_of(debt), debt.principal_s, "acceptance ran out"}}));
    const TimeUs at = debt.accepted_until;
    debt.accepted_until = 0;
    changes.update(was, std::move(debt), at, row.text(22));
  }
  TRY(changes.write(tx));
  TRY(tx.execute("DELETE FROM ledger_acceptance WHERE until_time <= $1", {now}));
  return static_cast<std::int64_t>(due.size());
}

}  // namespace solvent::ledger
