#include "ledger/journal.h"

#include <array>
#include <limits>
#include <span>

#include "base/result.h"
#include "ledger/price.h"

namespace solvent::ledger {
namespace {

constexpr std::array<std::string_view, 9> kBooks = {"principal", "accepted",    "incurred",
                                                    "repriced",  "relapsed",    "paid",
                                                    "retired",   "written off", "transferred"};

bool is_principal(Book book) {
  return book == Book::kPrincipal || book == Book::kAccepted;
}

Book book_of(std::string_view name) {
  for (std::size_t i = 0; i < kBooks.size(); ++i) {
    if (kBooks[i] == name) return static_cast<Book>(i);
  }
  ASSERT(false && "an account of an unknown book");
  return Book::kPrincipal;
}

Result<std::int64_t> negated(std::int64_t amount) {
  if (amount != std::numeric_limits<std::int64_t>::min()) return -amount;
  return fail(Code::kOutOfRange, "an amount is too large for the books: " + std::to_string(amount),
              "book less at a time");
}

/// Both pairs hold before anything is written: per unit the postings sum to zero, and what the
/// details say of an account is what is posted to it.
template <class Postings>
void assert_balanced(const Postings& postings) {
  std::array<__int128, 2> sums{};
  for (const auto& posting : postings)
    sums.at(static_cast<std::size_t>(posting.unit)) += posting.amount;
  for (const __int128 sum : sums) ASSERT(sum == 0);
}

}  // namespace

std::string_view book_name(Book book) {
  return kBooks.at(static_cast<std::size_t>(book));
}

Result<std::int64_t> next_number(sql::Tx& tx, std::string_view table) {
  const auto rows = TRY(tx.query("SELECT COALESCE(MAX(num), 0) FROM " + std::string(table)));
  return rows.at(0).integer(0) + 1;
}

Result<std::int64_t> Journal::account_number(const Account& account) {
  if (!loaded_) {
    for (const auto& row :
         TRY(tx_.query("SELECT num, class, team, system, kind FROM ledger_account"))) {
      accounts_[{book_of(row.text(1)), row.text(2), row.text(3), row.text(4)}] = row.integer(0);
    }
    loaded_ = true;
  }
  if (const auto at = accounts_.find(account); at != accounts_.end()) return at->second;
  const std::int64_t number = TRY(next_number(tx_, "ledger_account"));
  TRY(tx_.execute(
      "INSERT INTO ledger_account (num, class, team, system, kind) "
      "VALUES ($1, $2, $3, $4, $5)",
      {number, std::string(book_name(account.book)), account.team, account.system, account.kind}));
  accounts_[account] = number;
  return number;
}

Result<std::int64_t> Journal::book(const Entry& entry, const std::vector<Movement>& movements) {
  std::map<std::pair<std::int64_t, BookUnit>, std::int64_t> sums;
  std::vector<Detail> details;
  details.reserve(movements.size());
  for (const Movement& movement : movements) {
    if (movement.amount == 0) continue;
    const std::int64_t from = TRY(account_number(movement.from));
    const std::int64_t to = TRY(account_number(movement.to));
    const std::int64_t away = TRY(negated(movement.amount));
    std::int64_t& left = sums[{from, movement.unit}];
    left = TRY(checked_sum(left, away, "of an entry"));
    std::int64_t& arrived = sums[{to, movement.unit}];
    arrived = TRY(checked_sum(arrived, movement.amount, "of an entry"));
    if (is_principal(movement.from.book)) {
      details.push_back({movement.debt, from, movement.unit, away, movement.memo});
    }
    if (is_principal(movement.to.book)) {
      details.push_back({movement.debt, to, movement.unit, movement.amount, movement.memo});
    }
  }
  if (details.empty()) return 0;
  std::vector<Posting> postings;
  for (const auto& [key, amount] : sums) {
    if (amount != 0) postings.push_back({key.first, key.second, amount});
  }
  return write(entry, postings, details);
}

Result<std::int64_t> Journal::write(const Entry& entry, const std::vector<Posting>& postings,
                                    const std::vector<Detail>& details) {
  assert_balanced(postings);
  const std::int64_t number = TRY(next_number(tx_, "ledger_entry"));
  TRY(
      tx_.execute("INSERT INTO ledger_entry (num, kind, effective_at, booked_at, actor, source, "
                  "memo, reverses) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  {number, entry.kind, entry.effective_at, booked_at_, entry.actor, entry.source,
                   entry.memo, entry.reverses == 0 ? sql::Value() : sql::Value(entry.reverses)}));
  std::vector<std::vector<sql::Value>> rows;
  rows.reserve(postings.size());
  std::int64_t next = TRY(next_number(tx_, "ledger_posting"));
  for (const Posting& posting : postings) {
    rows.push_back({next++, number, posting.account, static_cast<std::int64_t>(posting.unit),
                    posting.amount, entry.effective_at});
  }
  TRY(tx_.execute_many(
      "INSERT INTO ledger_posting (num, entry, account, unit, amount, effective_at) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      rows));
  rows.clear();
  rows.reserve(details.size());
  next = TRY(next_number(tx_, "ledger_detail"));
  for (const Detail& detail : details) {
    rows.push_back({next++, detail.debt, number, detail.account,
                    static_cast<std::int64_t>(detail.unit), detail.amount, detail.memo});
  }
  TRY(
      tx_.execute_many("INSERT INTO ledger_detail (num, debt, entry, account, unit, amount, memo) "
                       "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       rows));
  TRY(tx_.execute("DELETE FROM ledger_snapshot WHERE at_time >= $1", {entry.effective_at}));
  return number;
}

Result<std::int64_t> Journal::reverse(std::int64_t entry, const std::string& actor,
                                      const std::string& reason) {
  const auto found =
      TRY(tx_.query("SELECT kind, effective_at, source FROM ledger_entry WHERE num = $1", {entry}));
  if (found.empty()) {
    return fail(Code::kNotFound, "no such entry: " + std::to_string(entry),
                "solvent debt show lists a debt's entries");
  }
  if (!TRY(tx_.query("SELECT num FROM ledger_entry WHERE reverses = $1", {entry})).empty()) {
    return fail(Code::kAlreadyExists, "entry was reversed before: " + std::to_string(entry),
                "book a new entry instead");
  }
  std::vector<Posting> postings;
  for (const auto& row : TRY(tx_.query(
           "SELECT account, unit, amount FROM ledger_posting WHERE entry = $1 ORDER BY num",
           {entry}))) {
    postings.push_back(
        {row.integer(0), static_cast<BookUnit>(row.integer(1)), TRY(negated(row.integer(2)))});
  }
  std::vector<Detail> details;
  for (const auto& row : TRY(tx_.query("SELECT debt, account, unit, amount FROM ledger_detail "
                                       "WHERE entry = $1 ORDER BY num",
                                       {entry}))) {
    details.push_back({row.integer(0), row.integer(1), static_cast<BookUnit>(row.integer(2)),
                       TRY(negated(row.integer(3))), reason});
  }
  // Effective when the original was, so that every balance since then is put right.
  return write({.kind = "reversed",
                .effective_at = found[0].integer(1),
                .actor = actor,
                .source = found[0].text(2),
                .memo = reason,
                .reverses = entry},
               postings, details);
}

Result<void> Journal::snapshot(std::int64_t every) {
  const auto last = TRY(tx_.query("SELECT COALESCE(MAX(at_time), -1) FROM ledger_snapshot"));
  const std::int64_t since = last.at(0).integer(0);
  const auto tail =
      TRY(tx_.query("SELECT COUNT(*) FROM ledger_posting WHERE effective_at > $1", {since}));
  if (tail.at(0).integer(0) < every) return {};
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> balances;
  for (const auto& row : TRY(tx_.query(
           "SELECT account, unit, amount FROM ledger_snapshot WHERE at_time = $1", {since}))) {
    balances[{row.integer(0), row.integer(1)}] = row.integer(2);
  }
  std::vector<std::vector<sql::Value>> rows;
  std::int64_t count = 0;
  TimeUs at = since;
  const auto emit = [&] {
    for (const auto& [key, amount] : balances) {
      if (amount != 0) rows.push_back({at, key.first, key.second, amount});
    }
    count = 0;
  };
  TRY(
      tx_.each("SELECT effective_at, account, unit, amount FROM ledger_posting "
               "WHERE effective_at > $1 ORDER BY effective_at, num",
               std::array<sql::Value, 1>{since}, [&](const sql::Row& row) -> Result<void> {
                 if (row.integer(0) != at && count >= every) emit();
                 at = row.integer(0);
                 std::int64_t& balance = balances[{row.integer(1), row.integer(2)}];
                 balance = TRY(checked_sum(balance, row.integer(3), "of an account"));
                 ++count;
                 return {};
               }));
  if (count >= every) emit();
  return tx_.execute_many(
      "INSERT INTO ledger_snapshot (at_time, account, unit, amount) VALUES ($1, $2, $3, $4)", rows);
}

Result<std::int64_t> entry_that_incurred(sql::Tx& tx, std::int64_t debt) {
  const auto rows = TRY(tx.query(
      "SELECT COALESCE(MAX(e.num), 0) FROM ledger_detail t JOIN ledger_entry e ON e.num = t.entry "
      "WHERE t.debt = $1 AND e.kind IN ('incurred', 'relapsed')",
      {debt}));
  return rows.at(0).integer(0);
}

Result<std::int64_t> entry_that_corrected(sql::Tx& tx, std::int64_t debt) {
  const auto rows = TRY(tx.query(
      "SELECT COALESCE(MAX(e.num), 0) FROM ledger_detail t JOIN ledger_entry e ON e.num = t.entry "
      "WHERE t.debt = $1 AND e.kind = 'reversed'",
      {debt}));
  return rows.at(0).integer(0);
}

Result<std::int64_t> principal_balance(sql::Tx& tx, TimeUs at, std::string_view team,
                                       BookUnit unit) {
  const auto last = TRY(
      tx.query("SELECT COALESCE(MAX(at_time), -1) FROM ledger_snapshot WHERE at_time <= $1", {at}));
  const std::int64_t since = last.at(0).integer(0);
  const std::string of_team = team.empty() ? "" : " AND a.team = $3";
  std::vector<sql::Value> before = {since, static_cast<std::int64_t>(unit)};
  std::vector<sql::Value> after = {since, static_cast<std::int64_t>(unit)};
  if (!team.empty()) before.emplace_back(std::string(team));
  if (!team.empty()) after.emplace_back(std::string(team));
  after.emplace_back(at);
  const auto snapshot = TRY(
      tx.query("SELECT CAST(COALESCE(SUM(s.amount), 0) AS BIGINT) FROM ledger_snapshot s "
               "JOIN ledger_account a ON a.num = s.account WHERE s.at_time = $1 AND s.unit = $2 "
               "AND a.class IN ('principal', 'accepted')" +
                   of_team,
               before));
  const auto tail = TRY(tx.query(
      "SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM ledger_posting p "
      "JOIN ledger_account a ON a.num = p.account WHERE p.effective_at > $1 AND p.unit = $2 "
      "AND a.class IN ('principal', 'accepted')" +
          of_team + " AND p.effective_at <= $" + std::to_string(after.size()),
      after));
  return checked_sum(snapshot.at(0).integer(0), tail.at(0).integer(0), "of the balance");
}

}  // namespace solvent::ledger
