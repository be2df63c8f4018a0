/// The list of debts, page by page, and one debt with its derivation.

#include <limits>
#include <map>
#include <set>

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/price.h"
#include "ledger/rows.h"
#include "ledger/scope.h"
#include "ledger/views.h"

namespace solvent::ledger {
namespace {

/// Up to this many matches are found once and sorted as they come; more are walked in the order of
/// an index, where a page of them is then near. Either way a page is a few milliseconds.
constexpr std::int64_t kFewMatches = 2'000;

struct SortColumn {
  std::string_view column;
  enum class Type : std::uint8_t { kInteger, kReal, kText } type;
};

Result<SortColumn> sort_column(const std::string& sort) {
  using Type = SortColumn::Type;
  static const std::map<std::string, SortColumn, std::less<>> kColumns = {
      {"interest", {"interest_s", Type::kInteger}},
      {"principal", {"principal_s", Type::kInteger}},
      {"payback", {"payback", Type::kReal}},
      {"opened", {"opened", Type::kInteger}},
      {"subject", {"subject", Type::kText}},
      {"owner", {"owner", Type::kText}},
      {"kind", {"kind", Type::kText}}};
  if (const auto at = kColumns.find(sort); at != kColumns.end()) return at->second;
  return fail(Code::kInvalidArgument, "no such order: " + sanitize_utf8(sort),
              "sort by interest, principal, payback, opened, subject, owner or kind", "sort");
}

/// Where a page begins: after this row, of so many in all.
struct Cursor {
  sql::Value key;
  std::int64_t number = 0, total = 0;
};

std::string encode(const Cursor& cursor, const DebtQuery& query) {
  Json key;
  if (const auto* text = std::get_if<std::string>(&cursor.key)) key = *text;
  if (const auto* real = std::get_if<double>(&cursor.key)) key = *real;
  if (const auto* integer = std::get_if<std::int64_t>(&cursor.key)) key = *integer;
  return base64_encode(to_text(JsonArray{query.sort, key, cursor.number, cursor.total}));
}

Result<Cursor> decode(const DebtQuery& query, SortColumn::Type type) {
  const auto bad = [] {
    return fail(Code::kInvalidArgument, "not a cursor of this list",
                "pass `next` of the page before, with the same sort", "after");
  };
  const auto text = base64_decode(query.after);
  if (!text) return bad();
  const auto json = parse_json(*text);
  if (!json || !json->is_array() || json->array().size() != 4) return bad();
  const JsonArray& parts = json->array();
  if (!parts[0].is_string() || parts[0].string() != query.sort || !parts[2].is_int() ||
      !parts[3].is_int()) {
    return bad();
  }
  Cursor cursor{.number = parts[2].integer(), .total = parts[3].integer()};
  using Type = SortColumn::Type;
  if (type == Type::kInteger && parts[1].is_int()) {
    cursor.key = parts[1].integer();
  } else if (type == Type::kReal && parts[1].is_number()) {
    cursor.key = parts[1].number();
  } else if (type == Type::kText && parts[1].is_string()) {
    cursor.key = parts[1].string();
  } else {
    return bad();
  }
  return cursor;
}

/// A WHERE clause under construction.
struct Where {
  std::string text;
  std::vector<sql::Value> values;
  void add(std::string_view condition) {
    text += (text.empty() ? "" : " AND ") + std::string(condition);
  }
  /// `condition` has a % where the parameter stands.
  void add(std::string_view condition, sql::Value value) {
    values.push_back(std::move(value));
    add(replace_all(std::string(condition), "%", "$" + std::to_string(values.size())));
  }
};

std::string like_pattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : lower_ascii(text)) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

Result<void> add_state(Where& where, const std::string& state, TimeUs as_of) {
  if (state == "all") return {};
  if (state.empty()) {
    where.add("d.owed = 1");
    return {};
  }
  const State wanted = TRY(parse_state(state));
  where.add(is_owed(wanted) ? "d.owed = 1" : "d.owed = 0");
  if (wanted == State::kAccepted) {
    where.add("d.state = 'accepted'");
    where.add("d.accepted_until > %", as_of);
  } else if (wanted == State::kOpen) {
    where.add("(d.state = 'open' OR (d.state = 'accepted' AND d.accepted_until <= %))", as_of);
  } else {
    where.add("d.state = %", std::string(state_name(wanted)));
  }
  return {};
}

Result<Where> where_of(const DebtQuery& query, TimeUs as_of) {
  Where where;
  TRY(add_state(where, query.state, as_of));
  if (!query.team.empty()) where.add("d.owner = %", query.team);
  if (!query.system.empty()) where.add("d.system = %", query.system);
  if (!query.kind.empty()) where.add("d.kind = %", query.kind);
  if (!query.check.empty()) where.add("d.check_id = %", query.check);
  if (!query.asset.empty()) where.add("d.asset = %", query.asset);
  if (!query.text.empty()) where.add("d.search LIKE % ESCAPE '!'", like_pattern(query.text));
  if (where.text.empty()) where.add("d.owed >= 0");
  return where;
}

/// The order: by an index, or (few matches) by sorting them, which "+ 0" and "|| ''" say to the
/// planner of either engine.
std::string order_expression(const SortColumn& sort, bool by_index) {
  const std::string column = "d." + std::string(sort.column);
  if (by_index) return column;
  return sort.type == SortColumn::Type::kText ? "(" + column + " || '')" : "(" + column + " + 0)";
}

/// What a list is of: rows now or of a date, those a caller may see, that match.
struct Matches {
  std::string source;
  Where where;
  bool summed = false;  ///< whether the sums kept beside the rows count them
};

Result<std::int64_t> count_all(sql::Tx& tx, const Matches& of) {
  const std::string what = of.summed ? "CAST(COALESCE(SUM(d.debts), 0) AS BIGINT) FROM "
                                       "ledger_debt_sum d"
                                     : "COUNT(*) FROM " + of.source;
  return TRY(tx.query("SELECT " + what + " WHERE " + of.where.text, of.where.values))
      .at(0)
      .integer(0);
}

/// The numbers of what matches, when they are few; where `known` is not few, none are looked for.
Result<std::optional<std::vector<sql::Value>>> few(sql::Tx& tx, const Matches& of,
                                                   std::optional<std::int64_t> known) {
  using Numbers = std::optional<std::vector<sql::Value>>;
  if (known.value_or(0) > kFewMatches) return Numbers();
  std::vector<sql::Value> numbers;
  TRY(tx.each("SELECT d.num FROM " + of.source + " WHERE " + of.where.text + " LIMIT " +
                  std::to_string(kFewMatches + 1),
              of.where.values, [&](const sql::Row& row) -> Result<void> {
                numbers.emplace_back(row.integer(0));
                return {};
              }));
  if (static_cast<std::int64_t>(numbers.size()) > kFewMatches) return Numbers();
  return Numbers(std::move(numbers));
}

/// These numbers instead of what they match.
Where only(std::vector<sql::Value> numbers) {
  Where where;
  std::string list;
  for (std::size_t i = 1; i <= numbers.size(); ++i)
    list += (list.empty() ? "$" : ", $") + std::to_string(i);
  where.values = std::move(numbers);
  where.add(list.empty() ? "1 = 0" : "d.num IN (" + list + ")");
  return where;
}

/// Rows of a list, and where they begin in it.
struct Slice {
  std::vector<sql::Row> rows;  ///< one more than the page holds, when there are more
  std::int64_t total = 0;
};

Result<Slice> slice_of(sql::Tx& tx, Matches of, const DebtQuery& query, const SortColumn& sort) {
  Slice slice;
  std::optional<Cursor> cursor;
  if (!query.after.empty()) cursor = TRY(decode(query, sort.type));
  std::optional<std::int64_t> known;
  if (cursor) known = cursor->total;
  if (!known && of.summed) known = TRY(count_all(tx, of));
  auto numbers = TRY(few(tx, of, known));
  if (!known) known = numbers ? static_cast<std::int64_t>(numbers->size()) : TRY(count_all(tx, of));
  slice.total = *known;
  const bool by_index = !numbers;
  Where where = numbers ? only(std::move(*numbers)) : std::move(of.where);
  const std::string order = order_expression(sort, by_index);
  if (cursor) {
    where.values.push_back(std::move(cursor->key));
    where.values.emplace_back(cursor->number);
    where.add("(" + order + ", d.num) " + (query.ascending ? ">" : "<") + " ($" +
              std::to_string(where.values.size() - 1) + ", $" +
              std::to_string(where.values.size()) + ")");
  }
  const std::string direction = query.ascending ? " ASC" : " DESC";
  const std::string by = " ORDER BY " + order + direction + ", d.num" + direction;
  std::string inner = "SELECT d.num FROM " + of.source + " WHERE " + where.text + by + " LIMIT " +
                      std::to_string(query.limit + 1) + " OFFSET " + std::to_string(query.skip);
  inner = "SELECT d.* FROM " + of.source + " WHERE d.num IN (" + inner + ")";
  slice.rows =
      TRY(tx.query("SELECT " + debt_columns() + view_columns() + ", d." + std::string(sort.column) +
                       " FROM (" + inner + ") d" + view_joins() + by,
                   where.values));
  return slice;
}

Result<DebtPage> page_of(sql::Tx& tx, const Scope& scope, std::int64_t names_max,
                         const DebtQuery& query, TimeUs as_of, const std::string& source) {
  const SortColumn sort = TRY(sort_column(query.sort));
  Matches of{.source = source,
             .where = TRY(where_of(query, as_of)),
             .summed = scope.all() && source == debts_at(std::nullopt) && query.check.empty() &&
                       query.asset.empty() && query.text.empty()};
  if (!scope.all()) of.where.add(TRY(scope.condition(tx, of.where.values, names_max)));
  const Slice slice = TRY(slice_of(tx, std::move(of), query, sort));
  const auto rate = TRY(rate_at(tx, as_of));
  DebtPage page{.total = slice.total, .currency = rate ? rate->currency : ""};
  SpecReader specs(tx);
  for (const auto& row : slice.rows) {
    if (static_cast<std::int64_t>(page.debts.size()) == query.limit) break;
    page.debts.push_back(TRY(view_of(row, as_of, rate, specs)));
  }
  if (static_cast<std::int64_t>(slice.rows.size()) > query.limit) {
    const sql::Row& last = slice.rows[static_cast<std::size_t>(query.limit) - 1];
    Cursor cursor{.number = last.integer(0), .total = page.total};
    using Type = SortColumn::Type;
    if (sort.type == Type::kInteger) cursor.key = last.integer(26);
    if (sort.type == Type::kReal) cursor.key = last.real(26);
    if (sort.type == Type::kText) cursor.key = last.text(26);
    page.next = encode(cursor, query);
  }
  return page;
}

/// What was judged away by a date.
Result<std::set<std::int64_t>> rejected_by(sql::Tx& tx, std::int64_t debt, TimeUs at) {
  std::set<std::int64_t> rejected;
  for (const auto& row :
       TRY(tx.query("SELECT v.finding, v.verdict FROM ledger_verdict v JOIN ledger_finding f "
                    "ON f.num = v.finding WHERE f.debt = $1 AND v.given_at <= $2 ORDER BY v.num",
                    {debt, at}))) {
    if (row.text(1) == "no") {
      rejected.insert(row.integer(0));
    } else {
      rejected.erase(row.integer(0));
    }
  }
  return rejected;
}

FindingRow finding_of(const sql::Row& row, Json evidence) {
  return {.id = finding_id(row.integer(0)),
          .item = row.text(1),
          .message = row.text(2),
          .path = row.text(3),
          .fingerprint = row.text(4),
          .state = row.text(5),
          .line = row.integer(6),
          .cell = row.integer(7),
          .confidence = row.real(8),
          .evidence = std::move(evidence),
          .first_seen = row.integer(10),
          .last_seen = row.integer(11)};
}

/// Of a past date: the findings that had been seen by then, there unless they were gone by then.
/// Their words are those of the last look.
Result<void> add_findings(sql::Tx& tx, const KnownDebt& debt, std::optional<TimeUs> past,
                          std::int64_t shown_max, DebtDetail& detail) {
  const auto scope =
      TRY(tx.query("SELECT looked_at FROM ledger_scope WHERE asset = $1 AND check_id = $2",
                   {debt.asset, debt.check}));
  std::set<std::int64_t> rejected;
  if (past) rejected = TRY(rejected_by(tx, debt.number, *past));
  const std::string at = std::to_string(past.value_or(std::numeric_limits<TimeUs>::max()));
  const std::string gone = "(state = 'gone' AND last_seen <= " + at + ")";
  const auto total =
      TRY(tx.query("SELECT COUNT(*) FROM ledger_finding WHERE debt = $1 AND first_seen <= " + at,
                   {debt.number}));
  detail.findings_total = total.at(0).integer(0);
  for (const auto& row : TRY(tx.query(
           "SELECT num, item, message, path, fingerprint, state, line, cell, confidence, evidence, "
           "first_seen, last_seen FROM ledger_finding WHERE debt = $1 AND first_seen <= " +
               at + " ORDER BY CASE WHEN " + gone + " THEN 1 ELSE 0 END, path, line, num LIMIT " +
               std::to_string(shown_max),
           {debt.number}))) {
    FindingRow finding = finding_of(row, TRY(parse_json(row.text(9))));
    if (past && (finding.state != "gone" || finding.last_seen > *past)) {
      finding.state = rejected.contains(row.integer(0)) ? "rejected" : "open";
      finding.last_seen = std::min(finding.last_seen, *past);
    }
    // An unchanged finding is not rewritten: it was last seen when its check last looked.
    const bool there = finding.state != "gone" && !debt.stale && is_owed(debt.state);
    if (there && !scope.empty() && scope[0].integer(0) <= past.value_or(scope[0].integer(0)))
      finding.last_seen = std::max(finding.last_seen, scope[0].integer(0));
    detail.findings.push_back(std::move(finding));
  }
  return {};
}

Result<std::vector<EntryRow>> history_of(sql::Tx& tx, std::int64_t number, TimeUs as_of) {
  std::vector<EntryRow> history;
  for (const auto& row : TRY(tx.query(
           "SELECT e.effective_at, e.booked_at, e.kind, a.class, a.team, a.system, a.kind, t.memo, "
           "e.memo, t.amount, e.actor FROM ledger_detail t JOIN ledger_entry e ON e.num = t.entry "
           "JOIN ledger_account a ON a.num = t.account WHERE t.debt = $1 AND t.unit = 0 "
           "AND e.effective_at <= $2 ORDER BY e.effective_at, e.num, t.num",
           {number, as_of}))) {
    const std::string memo = row.text(7).empty() ? row.text(8) : row.text(7);
    history.push_back(
        {.effective_at = row.integer(0),
         .booked_at = row.integer(1),
         .kind = row.text(2),
         .account = row.text(3) + ":" + row.text(4) + ":" + row.text(5) + ":" + row.text(6),
         .memo = memo.empty() ? "by " + row.text(10) : memo + ", by " + row.text(10),
         .amount_s = row.integer(9)});
  }
  return history;
}

}  // namespace

Result<DebtPage> Ledger::debts(const op::Caller& caller, const DebtQuery& query) {
  const TimeUs now = clock_.now();
  const TimeUs as_of = TRY(report_time(query.as_of, now));
  if (query.limit < 1 || query.limit > 1000) {
    return fail(Code::kInvalidArgument, "limit must lie between 1 and 1000", {}, "limit");
  }
  if (query.skip < 0) return fail(Code::kInvalidArgument, "skip must not be negative", {}, "skip");
  DebtPage page;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    page = TRY(page_of(tx, Scope(caller), options_.scope_names_max, query, as_of,
                       debts_at(as_of < now ? std::optional(as_of) : std::nullopt)));
    return {};
  }));
  return page;
}

Result<DebtDetail> Ledger::debt(const op::Caller& caller, const DebtRequest& request) {
  const auto number = TRY(parse_debt_id(request.id));
  const TimeUs now = clock_.now();
  const TimeUs as_of = TRY(report_time(request.as_of, now));
  const std::optional<TimeUs> past = as_of < now ? std::optional(as_of) : std::nullopt;
  DebtDetail detail;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    TRY(load_debt(tx, Scope(caller), number));
    const Seen seen = TRY(load_seen(tx, debts_at(past), number, as_of));
    const KnownDebt& debt = seen.debt;
    detail = {.debt = seen.view, .as_of = as_of};
    const auto body =
        TRY(tx.query("SELECT body FROM ledger_spec WHERE num = $1", {debt.spec_number}));
    const check::CheckSpec spec = TRY(spec_of_json(TRY(parse_json(body.at(0).text(0)))));
    detail.question = spec.question;
    detail.source = spec.source;
    detail.advice = spec.advice;
    detail.principal =
        principal_price(spec, std::max<std::int64_t>(debt.findings, 1), debt.exposure);
    detail.interest = interest_price(spec, debt.exposure);
    TRY(add_findings(tx, debt, past, options_.findings_shown, detail));
    detail.history = TRY(history_of(tx, number, as_of));
    return {};
  }));
  return detail;
}

}  // namespace solvent::ledger
