#include "ledger/views.h"

#include <algorithm>
#include <charconv>

#include "base/money.h"
#include "base/text.h"
#include "check/command.h"
#include "ledger/price.h"

namespace solvent::ledger {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32
constexpr std::uint64_t kMask = (1u << 30) - 1;
constexpr std::uint64_t kFactor = 0x2545f491;  // odd, hence invertible modulo 2^30
constexpr std::uint64_t kShift = 0x1b873593 & kMask;

constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t x = odd;  // Newton: doubles the number of right bits each time
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}

}  // namespace

std::string debt_id(std::int64_t number) {
  ASSERT(number > 0);
  const auto n = static_cast<std::uint64_t>(number);
  std::uint64_t mixed = ((n & kMask) * kFactor + kShift) & kMask;
  std::string digits;
  for (int i = 0; i < 6; ++i, mixed >>= 5) digits += kAlphabet[mixed & 31];
  for (std::uint64_t high = n >> 30; high != 0; high >>= 5) digits += kAlphabet[high & 31];
  std::reverse(digits.begin(), digits.end());
  return "d-" + digits;
}

Result<std::int64_t> parse_debt_id(std::string_view id) {
  const auto bad = [&] {
    return fail(Code::kInvalidArgument, "not a debt's id: " + sanitize_utf8(id.substr(0, 40)),
                "ids look like " + debt_id(1) + "; solvent debt list shows them", "id");
  };
  if (!id.starts_with("d-") || id.size() < 8 || id.size() > 15) return bad();
  const std::string_view digits = id.substr(2);
  std::uint64_t value = 0;
  for (const char c : digits) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos || value >> 59 != 0) return bad();
    value = value << 5 | digit;
  }
  const std::uint64_t low = (((value & kMask) - kShift) * inverse_of(kFactor)) & kMask;
  const std::uint64_t number = (value >> 30) << 30 | low;
  if (number == 0 || number > INT64_MAX || debt_id(static_cast<std::int64_t>(number)) != id)
    return bad();
  return static_cast<std::int64_t>(number);
}

std::string finding_id(std::int64_t number) {
  return "f-" + std::to_string(number);
}

Result<std::int64_t> parse_finding_id(std::string_view id) {
  const auto number = id.starts_with("f-") ? parse_int(id.substr(2)) : std::nullopt;
  if (number && *number > 0) return *number;
  return fail(Code::kInvalidArgument, "not a finding's id: " + sanitize_utf8(id.substr(0, 40)),
              "ids look like f-12; solvent debt show lists them", "finding");
}

Result<TimeUs> report_time(const std::optional<std::string>& text, TimeUs now) {
  if (!text || text->empty()) return now;
  auto time = parse_time(*text);
  if (!time) return Unexpected(std::move(time.error()).with_subject("as_of"));
  return text->size() == 10 ? *time + kDayUs - 1 : *time;
}

Result<std::optional<Rate>> rate_at(sql::Tx& tx, TimeUs at) {
  const auto rows =
      TRY(tx.query("SELECT currency, minor_per_hour, from_time, booked_at, set_by FROM ledger_rate "
                   "WHERE from_time <= $1 ORDER BY from_time DESC, num DESC LIMIT 1",
                   {at}));
  if (rows.empty()) return std::optional<Rate>();
  return std::optional(Rate{rows[0].text(0), rows[0].integer(1), rows[0].integer(2),
                            rows[0].integer(3), rows[0].text(4)});
}

std::string rate_words(const std::optional<Rate>& rate) {
  if (!rate) return "no labour rate; solvent rate set EUR 90";
  std::int64_t unit = 1;
  for (int i = minor_digits(rate->currency); i > 0; --i) unit *= 10;
  std::string amount = format_money(rate->minor_per_hour, rate->currency);
  if (rate->minor_per_hour % unit != 0) {
    amount = rate->currency + " " +
             format_double(static_cast<double>(rate->minor_per_hour) / static_cast<double>(unit));
  }
  return amount + " an hour since " + format_date(rate->from);
}

std::string view_columns() {
  return ", s.title, s.fix, a.accepted_by, a.reason";
}

std::string view_joins() {
  // Of an acceptance that has ended only its date is kept.
  return " JOIN ledger_spec s ON s.num = d.spec LEFT JOIN ledger_acceptance a ON a.debt = d.num "
         "AND a.until_time = d.accepted_until ";
}

Result<const check::CheckSpec*> SpecReader::read(std::int64_t number) {
  if (const auto known = read_.find(number); known != read_.end()) return &known->second;
  const auto rows = TRY(tx_.query("SELECT body FROM ledger_spec WHERE num = $1", {number}));
  auto spec = TRY(spec_of_json(TRY(parse_json(rows.at(0).text(0)))));
  return &read_.emplace(number, std::move(spec)).first->second;
}

Result<Debt> view_of(const sql::Row& row, TimeUs as_of, const std::optional<Rate>& rate,
                     SpecReader& specs) {
  const KnownDebt known = debt_of(row);
  const Quote quote = principal_quote(*TRY(specs.read(known.spec_number)),
                                      std::max<std::int64_t>(known.findings, 1), known.exposure);
  const bool expired = known.state == State::kAccepted && known.accepted_until <= as_of;
  const bool accepted = known.state == State::kAccepted && !expired;
  Debt debt{.id = known.id,
            .title = row.text(22),
            .kind = known.kind,
            .check = known.check,
            .asset = known.asset,
            .subject = known.subject,
            .state = std::string(state_name(expired ? State::kOpen : known.state)),
            .stale = known.stale,
            .owner = known.owner.name,
            .owner_origin = known.owner.origin,
            .system = known.system,
            .findings = known.findings,
            .exposure = known.exposure,
            .principal_s = known.principal_s,
            .principal_p10_s = rounded(quote.p10),
            .principal_p50_s = rounded(quote.p50),
            .principal_p90_s = rounded(quote.p90),
            .interest_s = known.interest_s,
            .fix = check::command_of(row.text(23), known.subject, known.id),
            .opened = known.opened,
            .changed = known.since};
  if (rate) {
    debt.principal_minor = TRY(to_minor(known.principal_s, rate->minor_per_hour));
    debt.interest_minor = TRY(to_minor(known.interest_s, rate->minor_per_hour));
  }
  if (known.interest_s > 0) debt.payback_months = payback_of(known);
  if (accepted) debt.accepted_until = known.accepted_until;
  if (accepted && !row.is_null(24)) {
    debt.accepted_by = row.text(24);
    debt.accepted_reason = row.text(25);
  }
  return debt;
}

Result<Seen> load_seen(sql::Tx& tx, const std::string& source, std::int64_t number, TimeUs as_of) {
  const auto rows = TRY(tx.query("SELECT " + debt_columns() + view_columns() + " FROM " + source +
                                     view_joins() + "WHERE d.num = $1",
                                 {number}));
  if (rows.empty()) return no_such_debt(number);
  SpecReader specs(tx);
  return Seen{debt_of(rows[0]), TRY(view_of(rows[0], as_of, TRY(rate_at(tx, as_of)), specs))};
}

Result<Debt> load_view(sql::Tx& tx, std::int64_t number, TimeUs as_of) {
  return TRY(load_seen(tx, debts_at(std::nullopt), number, as_of)).view;
}

std::string debts_at(std::optional<TimeUs> as_of) {
  if (!as_of) return "ledger_debt d";
  static constexpr std::string_view kColumns =
      "num, owed, state, stale, owner, owner_origin, system, kind, check_id, asset, subject, "
      "search, "
      "spec, parameters, findings, exposure, principal_s, principal_sd, interest_s, interest_sd, "
      "payback, opened, since, accepted_until";
  const std::string at = std::to_string(*as_of);
  return "(SELECT " + std::string(kColumns) + " FROM ledger_debt WHERE since <= " + at +
         " UNION ALL SELECT " + std::string(kColumns) +
         " FROM ledger_debt_past WHERE since <= " + at + " AND until_time > " + at + ") d";
}

}  // namespace solvent::ledger
