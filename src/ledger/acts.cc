/// What people do to debts: accept, reopen, write off, assign, judge, set rates.

#include <cmath>

#include "base/money.h"
#include "base/text.h"
#include "identity/audit.h"
#include "ledger/ledger.h"
#include "ledger/price.h"
#include "ledger/rows.h"
#include "ledger/scope.h"
#include "ledger/views.h"

namespace solvent::ledger {
namespace {

constexpr std::size_t kReasonBytesMax = 2'000;

Result<void> may_edit(const op::Caller& caller) {
  if (caller.may(op::Role::kEditor)) return {};
  return fail(Code::kPermissionDenied, "this changes the books and needs the role editor",
              "ask an administrator for it");
}

Result<std::string> said(std::string_view text, std::string_view field) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty() || trimmed.size() > kReasonBytesMax || !is_valid_utf8(trimmed)) {
    return fail(Code::kInvalidArgument,
                std::string(field) + " must be a text of 1 to " + std::to_string(kReasonBytesMax) +
                    " bytes of UTF-8",
                "give --" + std::string(field), std::string(field));
  }
  return std::string(trimmed);
}

Unexpected not_from(const KnownDebt& debt, std::string_view act) {
  return fail(
      Code::kFailedPrecondition,
      "a debt that is " + std::string(state_name(debt.state)) + " cannot be " + std::string(act),
      "solvent debt show " + debt.id, debt.id);
}

/// One act on one debt: what it was, what it becomes, and what moves.
struct Act {
  KnownDebt was, debt;
  std::string kind, memo;
  std::vector<Movement> movements;
  std::int64_t reverses = 0;  ///< the entry that a correction is of
};

/// What the access log says of an act.
struct Deed {
  identity::AuditStamp stamp;
  std::string_view action;  ///< "debt accept"
  Json detail;
};

Result<void> write_act(sql::Tx& tx, Act act, TimeUs now, const std::string& actor) {
  Journal journal(tx, now);
  TRY(journal.book({.kind = act.kind,
                    .effective_at = std::max(now, act.was.since),
                    .actor = actor,
                    .source = "debt " + act.kind,
                    .memo = act.memo,
                    .reverses = act.reverses},
                   act.movements));
  const auto title =
      TRY(tx.query("SELECT title FROM ledger_spec WHERE num = $1", {act.debt.spec_number}));
  DebtChanges changes;
  changes.update(act.was, std::move(act.debt), now, title.at(0).text(0));
  return changes.write(tx);
}

/// Runs `decide` on the present debt inside one unit of work, writes what it decides, and says so
/// in the access log.
Result<Debt> act_on(sql::Database& database, const op::Caller& caller, const Deed& deed,
                    std::int64_t number,
                    const std::function<Result<void>(sql::Tx&, Act&)>& decide) {
  const TimeUs now = deed.stamp.at;
  Debt view;
  TRY(database.write([&](sql::Tx& tx) -> Result<void> {
    TRY(expire(tx, now, caller.principal));
    Act act;
    act.was = TRY(load_debt(tx, Scope(caller), number));
    act.debt = act.was;
    TRY(decide(tx, act));
    TRY(write_act(tx, std::move(act), now, caller.principal));
    TRY(identity::audit_row(tx, deed.stamp, caller, deed.action, debt_id(number), deed.detail));
    view = TRY(load_view(tx, number, now));
    return {};
  }));
  return view;
}

Movement whole(const KnownDebt& debt, Account from, Account to, std::string memo) {
  return {debt.number, std::move(from), std::move(to), debt.principal_s, std::move(memo)};
}

Result<void> end_acceptance(sql::Tx& tx, std::int64_t number) {
  TRY(tx.execute("DELETE FROM ledger_acceptance WHERE debt = $1", {number}));
  return {};
}

/// Findings of a debt that count: there, and not judged away.
Result<std::int64_t> counted_findings(sql::Tx& tx, std::int64_t debt) {
  const auto rows = TRY(
      tx.query("SELECT COUNT(*) FROM ledger_finding WHERE debt = $1 AND state = 'open'", {debt}));
  return rows.at(0).integer(0);
}

/// A verdict is a correction: what was wrongly incurred is reversed, what was wrongly rejected is
/// incurred again.
Result<void> judge(sql::Tx& tx, Act& act, std::int64_t counted) {
  const auto body =
      TRY(tx.query("SELECT body FROM ledger_spec WHERE num = $1", {act.debt.spec_number}));
  const check::CheckSpec spec = TRY(spec_of_json(TRY(parse_json(body.at(0).text(0)))));
  const bool judged_away = act.was.state == State::kWrittenOff && act.was.findings == 0;
  if (!is_owed(act.was.state) && !judged_away) return {};
  const Account incurred = account_of(act.was).in(Book::kIncurred);
  if (counted == 0) {
    if (!is_owed(act.was.state)) return {};
    act.movements = {whole(act.was, account_of(act.was), incurred, act.memo)};
    act.reverses = TRY(entry_that_incurred(tx, act.was.number));
    act.debt.state = State::kWrittenOff;
    act.debt.findings = 0;
    act.debt.accepted_until = 0;
    return end_acceptance(tx, act.was.number);
  }
  TRY(price(act.debt, spec, counted));
  act.reverses = TRY(act.kind == "reversed" ? entry_that_incurred(tx, act.was.number)
                                            : entry_that_corrected(tx, act.was.number));
  if (judged_away) act.debt.state = State::kOpen;
  const std::int64_t before = judged_away ? 0 : act.was.principal_s;
  act.movements = {
      {act.was.number, incurred, account_of(act.debt), act.debt.principal_s - before, act.memo}};
  return {};
}

}  // namespace

Result<Debt> Ledger::accept(const op::Caller& caller, const AcceptRequest& request) {
  TRY(may_edit(caller));
  const auto number = TRY(parse_debt_id(request.id));
  const std::string owner = TRY(said(request.owner, "owner"));
  const std::string reason = TRY(said(request.reason, "reason"));
  auto until = parse_time(request.until);
  if (!until) return Unexpected(std::move(until.error()).with_subject("until"));
  const TimeUs now = clock_.now();
  if (*until <= now) {
    return fail(Code::kInvalidArgument, "until must lie in the future: " + request.until,
                "an acceptance ends by itself on that date", "until");
  }
  Json detail;
  detail.set("until", *until);
  const Deed deed{identity::audit_stamp(clock_, random_), "debt accept", std::move(detail)};
  return act_on(database_, caller, deed, number, [&](sql::Tx& tx, Act& act) -> Result<void> {
    if (!may_become(act.was.state, State::kAccepted)) return not_from(act.was, "accepted");
    act.debt.state = State::kAccepted;
    act.debt.accepted_until = *until;
    act.kind = "accepted";
    act.memo = reason;
    act.movements = {whole(act.was, account_of(act.was), account_of(act.debt),
                           reason + " (" + owner + ", until " + format_date(*until) + ")")};
    TRY(
        tx.execute("INSERT INTO ledger_acceptance (debt, accepted_by, reason, until_time) "
                   "VALUES ($1, $2, $3, $4)",
                   {number, owner, reason, *until}));
    return {};
  });
}

Result<Debt> Ledger::reopen(const op::Caller& caller, const ReasonRequest& request) {
  TRY(may_edit(caller));
  const auto number = TRY(parse_debt_id(request.id));
  const std::string reason = TRY(said(request.reason, "reason"));
  const Deed deed{identity::audit_stamp(clock_, random_), "debt reopen", JsonObject{}};
  return act_on(database_, caller, deed, number, [&](sql::Tx& tx, Act& act) -> Result<void> {
    const bool by_hand = act.was.state == State::kAccepted || act.was.state == State::kWrittenOff;
    // Paid and retired are what an audit saw; a person cannot unsee it.
    if (!by_hand || (act.was.state == State::kWrittenOff && act.was.findings == 0)) {
      return not_from(act.was, "reopened");
    }
    act.debt.state = State::kOpen;
    act.debt.accepted_until = 0;
    act.kind = "reopened";
    act.memo = reason;
    const Account from = act.was.state == State::kAccepted
                             ? account_of(act.was)
                             : account_of(act.was).in(Book::kWrittenOff);
    act.movements = {whole(act.was, from, account_of(act.debt), reason)};
    return end_acceptance(tx, number);
  });
}

Result<Debt> Ledger::write_off(const op::Caller& caller, const ReasonRequest& request) {
  TRY(may_edit(caller));
  const auto number = TRY(parse_debt_id(request.id));
  const std::string reason = TRY(said(request.reason, "reason"));
  const Deed deed{identity::audit_stamp(clock_, random_), "debt write-off", JsonObject{}};
  return act_on(database_, caller, deed, number, [&](sql::Tx& tx, Act& act) -> Result<void> {
    if (!may_become(act.was.state, State::kWrittenOff)) return not_from(act.was, "written off");
    act.debt.state = State::kWrittenOff;
    act.debt.accepted_until = 0;
    act.kind = "written off";
    act.memo = reason;
    act.movements = {
        whole(act.was, account_of(act.was), account_of(act.was).in(Book::kWrittenOff), reason)};
    return end_acceptance(tx, number);
  });
}

Result<Debt> Ledger::assign(const op::Caller& caller, const AssignRequest& request) {
  TRY(may_edit(caller));
  const auto number = TRY(parse_debt_id(request.id));
  auto owner = TRY(normalize_name(request.owner, "owner"));
  Json detail;
  detail.set("owner", owner);
  const Deed deed{identity::audit_stamp(clock_, random_), "debt assign", std::move(detail)};
  return act_on(database_, caller, deed, number, [&](sql::Tx&, Act& act) -> Result<void> {
    act.debt.owner = {owner, "assigned"};
    act.kind = "transferred";
    act.memo = request.reason;
    const Account before = account_of(act.was);
    const Account after = account_of(act.debt);
    if (!is_owed(act.was.state) || before == after) return {};
    const std::string memo = "from " + act.was.owner.name + " to " + owner;
    act.movements = {whole(act.was, before, before.in(Book::kTransferred), memo),
                     whole(act.was, after.in(Book::kTransferred), after, memo)};
    return {};
  });
}

Result<Debt> Ledger::verdict(const op::Caller& caller, const VerdictRequest& request) {
  TRY(may_edit(caller));
  const auto finding = TRY(parse_finding_id(request.finding));
  const std::string reason = TRY(said(request.reason, "reason"));
  if (request.verdict != "yes" && request.verdict != "no") {
    return fail(Code::kInvalidArgument, "verdict must be yes or no", {}, "verdict");
  }
  std::int64_t number = 0;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    number = 0;
    const auto rows = TRY(tx.query("SELECT debt FROM ledger_finding WHERE num = $1", {finding}));
    if (!rows.empty() && Scope(caller).sees(TRY(load_debt(tx, rows[0].integer(0)))))
      number = rows[0].integer(0);
    return {};
  }));
  if (number == 0) {
    return fail(Code::kNotFound, "no such finding: " + request.finding,
                "solvent debt show lists a debt's findings", "finding");
  }
  Json detail;
  detail.set("finding", request.finding);
  detail.set("verdict", request.verdict);
  const Deed deed{identity::audit_stamp(clock_, random_), "debt verdict", std::move(detail)};
  const TimeUs now = deed.stamp.at;
  return act_on(database_, caller, deed, number, [&](sql::Tx& tx, Act& act) -> Result<void> {
    const std::string state = request.verdict == "no" ? "rejected" : "open";
    const auto changed = TRY(tx.execute(
        "UPDATE ledger_finding SET state = $2 WHERE num = $1 AND debt = $3 AND state <> 'gone'",
        {finding, state, act.was.number}));
    if (changed == 0) {
      return fail(Code::kFailedPrecondition, "the finding is gone: " + request.finding,
                  "only what is there can be judged", "finding");
    }
    const std::int64_t row = TRY(next_number(tx, "ledger_verdict"));
    TRY(
        tx.execute("INSERT INTO ledger_verdict (num, finding, verdict, reason, given_by, given_at) "
                   "VALUES ($1, $2, $3, $4, $5, $6)",
                   {row, finding, request.verdict, reason, caller.principal, now}));
    act.kind = request.verdict == "no" ? "reversed" : "incurred";
    act.memo = "verdict " + request.verdict + ": " + reason;
    return judge(tx, act, TRY(counted_findings(tx, act.was.number)));
  });
}

Result<Rate> Ledger::set_rate(const op::Caller& caller, const RateRequest& request) {
  TRY(may_edit(caller));
  TRY(must_see_all(caller, "a labour rate"));
  const bool code =
      request.currency.size() == 3 &&
      request.currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (!code) {
    return fail(Code::kInvalidArgument, "not a currency: " + sanitize_utf8(request.currency),
                "give its ISO 4217 code, as in EUR", "currency");
  }
  double minor = request.per_hour;
  for (int i = minor_digits(request.currency); i > 0; --i) minor *= 10;
  if (!(minor >= 1 && minor <= 1e12)) {
    return fail(Code::kInvalidArgument,
                "an hour must cost something: " + format_double(request.per_hour),
                "give whole units, as in 90", "per_hour");
  }
  const identity::AuditStamp stamp = identity::audit_stamp(clock_, random_);
  const TimeUs now = stamp.at;
  Rate rate{.currency = request.currency,
            .minor_per_hour = std::llround(minor),
            .from = now / kDayUs * kDayUs,
            .booked_at = now,
            .set_by = caller.principal};
  if (request.from) {
    auto from = parse_time(*request.from);
    if (!from) return Unexpected(std::move(from.error()).with_subject("from"));
    rate.from = *from;
  }
  TRY(database_.write([&](sql::Tx& tx) -> Result<void> {
    const std::int64_t number = TRY(next_number(tx, "ledger_rate"));
    TRY(tx.execute(
        "INSERT INTO ledger_rate (num, currency, minor_per_hour, from_time, booked_at, "
        "set_by) VALUES ($1, $2, $3, $4, $5, $6)",
        {number, rate.currency, rate.minor_per_hour, rate.from, rate.booked_at, rate.set_by}));
    Json detail;
    detail.set("minor_per_hour", rate.minor_per_hour);
    detail.set("from", rate.from);
    return identity::audit_row(tx, stamp, caller, "rate set", rate.currency, detail);
  }));
  return rate;
}

Result<RateList> Ledger::rates() {
  RateList list;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    list.rates.clear();
    for (const auto& row :
         TRY(tx.query("SELECT currency, minor_per_hour, from_time, booked_at, set_by "
                      "FROM ledger_rate ORDER BY from_time DESC, num DESC"))) {
      list.rates.push_back(
          {row.text(0), row.integer(1), row.integer(2), row.integer(3), row.text(4)});
    }
    return {};
  }));
  return list;
}

}  // namespace solvent::ledger
