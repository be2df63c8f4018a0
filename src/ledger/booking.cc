#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/price.h"
#include "ledger/rows.h"

namespace solvent::ledger {
namespace {

constexpr std::size_t kFindingsAtOnce = 1'024;

std::string finding_digest(const check::Finding& finding, const std::string& evidence) {
  Hasher hasher;
  hasher.field(finding.item).field(finding.message).field(finding.location.path);
  hasher.field(std::to_string(finding.location.line)).field(std::to_string(finding.location.cell));
  hasher.field(format_double(finding.confidence)).field(evidence).field(finding.fingerprint);
  hasher.field(finding.context).field(std::to_string(finding.ordinal));
  return hasher.finish().hex().substr(0, 16);
}

/// Turns one audit's news into entries and rows, collected and written in bulk.
class Booker {
 public:
  Booker(sql::Tx& tx, TimeUs now, const Booking& booking)
      : tx_(tx), now_(now), booking_(booking), at_(booking.effective_at) {}

  Result<Booked> run() {
    next_debt_ = TRY(next_number(tx_, "ledger_debt"));
    next_finding_ = TRY(next_number(tx_, "ledger_finding"));
    for (const News& news : booking_.news) {
      for (const SeenFinding& seen : news.findings) {
        if (seen.known != nullptr) still_there_.insert(seen.known->number);
      }
    }
    for (const News& news : booking_.news) {
      TRY(apply(news));
      if (finding_inserts_.size() >= kFindingsAtOnce) TRY(write_new_findings());
    }
    TRY(write());
    return booked_;
  }

 private:
  Result<void> apply(const News& news) {
    if (news.what == News::What::kFound) {
      return news.known == nullptr ? open(news) : found(news);
    }
    ASSERT(news.known != nullptr);
    if (news.what == News::What::kStale) return stale(news);
    close_findings(*news.known);
    const State to = news.what == News::What::kPaid ? State::kPaid : State::kRetired;
    if (is_owed(news.known->state)) close(*news.known, to, news.reason);
    return {};
  }

  Result<std::int64_t> spec_of(const check::CheckSpec& spec) {
    if (const auto at = specs_.find(&spec); at != specs_.end()) return at->second;
    return specs_[&spec] = TRY(spec_number(tx_, spec));
  }

  Result<void> open(const News& news) {
    ASSERT(news.spec != nullptr && !news.findings.empty());
    KnownDebt debt{.number = next_debt_++,
                   .spec_number = TRY(spec_of(*news.spec)),
                   .asset = news.asset,
                   .check = news.spec->id,
                   .subject = news.subject,
                   .kind = news.spec->debt_kind,
                   .system = news.system,
                   .parameters = news.parameters,
                   .owner = news.owner,
                   .exposure = news.exposure,
                   .opened = at_,
                   .since = at_};
    TRY(price(debt, *news.spec, static_cast<std::int64_t>(news.findings.size())));
    move("incurred", debt.number, account_of(debt).in(Book::kIncurred), account_of(debt),
         debt.principal_s, {});
    keep_findings(news, debt.number);
    changes_.insert(debt, news.spec->title);
    ++booked_.opened;
    return {};
  }

  Result<void> found(const News& news) {
    const KnownDebt& was = *news.known;
    KnownDebt debt = was;
    debt.seen.clear();
    keep_findings(news, was.number);
    close_findings(was);
    const auto counted = std::count_if(
        news.findings.begin(), news.findings.end(),
        [](const SeenFinding& seen) { return seen.known == nullptr || !seen.known->rejected; });
    debt.subject = news.subject;
    debt.spec_number = TRY(spec_of(*news.spec));
    debt.parameters = news.parameters;
    debt.stale = false;
    // A written-off debt stays so while it is found, unless it was written off because every
    // finding was judged "no debt" (findings is 0 then) and one is here that nobody has judged.
    const bool priced = counted > 0 && (was.state != State::kWrittenOff || was.findings == 0);
    if (priced) {
      debt.kind = news.spec->debt_kind;
      debt.system = news.system;
      debt.exposure = news.exposure;
      if (was.owner.origin != "assigned") debt.owner = news.owner;
      TRY(price(debt, *news.spec, counted));
      if (is_owed(was.state)) {
        reprice(was, debt);
      } else {
        come_back(debt, was.state);
      }
    }
    if (same(was, debt)) {
      ++booked_.unchanged;
    } else {
      changes_.update(was, std::move(debt), at_, news.spec->title);
    }
    return {};
  }

  /// Everything that a row of debts shows, `since` aside.
  static bool same(const KnownDebt& a, const KnownDebt& b) {
    return a.state == b.state && a.stale == b.stale && a.owner == b.owner && a.system == b.system &&
           a.kind == b.kind && a.subject == b.subject && a.spec_number == b.spec_number &&
           a.parameters == b.parameters && a.findings == b.findings && a.exposure == b.exposure &&
           a.principal_s == b.principal_s && a.principal_sd == b.principal_sd &&
           a.interest_s == b.interest_s && a.interest_sd == b.interest_sd;
  }

  void reprice(const KnownDebt& was, const KnownDebt& debt) {
    const Account before = account_of(was);
    const Account after = account_of(debt);
    if (const std::int64_t change = debt.principal_s - was.principal_s; change != 0) {
      move("repriced", was.number, before.in(Book::kRepriced), before, change,
           std::to_string(debt.findings) + " findings, were " + std::to_string(was.findings));
      ++booked_.repriced;
    }
    if (before != after) {
      const std::string memo = "from " + was.owner.name + " to " + debt.owner.name;
      move("transferred", was.number, before, before.in(Book::kTransferred), debt.principal_s,
           memo);
      move("transferred", was.number, after.in(Book::kTransferred), after, debt.principal_s, memo);
      ++booked_.transferred;
    }
  }

  /// Paid once and found again is a relapse; a subject that is there again is the debt reopened.
  void come_back(KnownDebt& debt, State was) {
    const State to = was == State::kPaid ? State::kRelapsed : State::kOpen;
    ASSERT(may_become(was, to));
    debt.state = to;
    const bool relapsed = to == State::kRelapsed;
    move(relapsed ? "relapsed" : "incurred", debt.number,
         account_of(debt).in(relapsed ? Book::kRelapsed : Book::kIncurred), account_of(debt),
         debt.principal_s,
         relapsed                    ? "found again after it was paid"
         : was == State::kWrittenOff ? "a finding that nobody has judged"
                                     : "its subject is back");
    ++(relapsed ? booked_.relapsed : booked_.opened);
  }

  void close(const KnownDebt& was, State to, const std::string& reason) {
    ASSERT(may_become(was.state, to));
    const bool paid = to == State::kPaid;
    move(paid ? "paid" : "retired", was.number, account_of(was),
         account_of(was).in(paid ? Book::kPaid : Book::kRetired), was.principal_s, reason);
    if (was.state == State::kAccepted) no_longer_accepted_.push_back({was.number});
    KnownDebt debt = was;
    debt.state = to;
    debt.stale = false;
    debt.accepted_until = 0;
    update_titled_.emplace_back(&was, std::move(debt));
    ++(paid ? booked_.paid : booked_.retired);
  }

  Result<void> stale(const News& news) {
    if (!is_owed(news.known->state)) return {};
    ++booked_.stale;
    if (news.known->stale) return {};
    KnownDebt debt = *news.known;
    debt.stale = true;
    update_titled_.emplace_back(news.known, std::move(debt));
    return {};
  }

  void keep_findings(const News& news, std::int64_t debt) {
    for (const SeenFinding& seen : news.findings) {
      const check::Finding& finding = *seen.finding;
      const std::string evidence = to_text(finding.evidence);
      const std::string digest = finding_digest(finding, evidence);
      const bool moved = seen.known != nullptr && !belongs(news.known, seen.known);
      if (seen.known != nullptr && seen.known->digest == digest && !moved) continue;
      std::vector<sql::Value> row = {
          seen.known != nullptr ? seen.known->number : next_finding_++,
          debt,
          finding.item,
          finding.message,
          finding.location.path,
          finding.location.line,
          finding.location.cell,
          finding.confidence,
          evidence,
          finding.fingerprint,
          finding.context,
          finding.ordinal,
          digest,
          at_,
      };
      (seen.known != nullptr ? finding_updates_ : finding_inserts_).push_back(std::move(row));
    }
  }

  static bool belongs(const KnownDebt* debt, const KnownFinding* finding) {
    return debt != nullptr && !debt->seen.empty() && finding >= debt->seen.data() &&
           finding < debt->seen.data() + debt->seen.size();
  }

  void close_findings(const KnownDebt& debt) {
    for (const KnownFinding& finding : debt.seen) {
      if (!still_there_.contains(finding.number)) finding_ends_.push_back({finding.number, at_});
    }
  }

  void move(const std::string& kind, std::int64_t debt, Account from, Account to,
            std::int64_t amount, std::string memo) {
    entries_[kind].push_back({debt, std::move(from), std::move(to), amount, std::move(memo)});
  }

  Result<void> write() {
    Journal journal(tx_, now_);
    for (const auto& [kind, movements] : entries_) {
      const std::int64_t number = TRY(journal.book({.kind = kind,
                                                    .effective_at = at_,
                                                    .actor = booking_.actor,
                                                    .source = booking_.source,
                                                    .memo = booking_.source},
                                                   movements));
      if (number != 0) ++booked_.entries;
    }
    TRY(write_titled());
    TRY(changes_.write(tx_));
    TRY(tx_.execute_many("DELETE FROM ledger_acceptance WHERE debt = $1", no_longer_accepted_));
    TRY(write_new_findings());
    TRY(tx_.execute_many(
        "UPDATE ledger_finding SET debt = $2, item = $3, message = $4, path = $5, line = $6, "
        "cell = $7, confidence = $8, evidence = $9, fingerprint = $10, context = $11, "
        "ordinal = $12, digest = $13, last_seen = $14 WHERE num = $1",
        finding_updates_));
    TRY(tx_.execute_many("UPDATE ledger_finding SET state = 'gone', last_seen = $2 WHERE num = $1",
                         finding_ends_));
    for (const auto& [asset, check] : booking_.looked_at) {
      TRY(
          tx_.execute("INSERT INTO ledger_scope (asset, check_id, looked_at) VALUES ($1, $2, $3) "
                      "ON CONFLICT (asset, check_id) DO UPDATE SET looked_at = excluded.looked_at",
                      {asset, check, at_}));
    }
    return {};
  }

  /// The largest rows of a booking, so they are not all held until its end.
  Result<void> write_new_findings() {
    TRY(tx_.execute_many(
        "INSERT INTO ledger_finding (num, debt, state, item, message, path, line, cell, "
        "confidence, "
        "evidence, fingerprint, context, ordinal, digest, first_seen, last_seen) VALUES ($1, $2, "
        "'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        finding_inserts_));
    finding_inserts_.clear();
    return {};
  }

  /// Rows whose news came without a spec take the title that the books have.
  Result<void> write_titled() {
    std::map<std::int64_t, std::string> titles;
    for (auto& [was, debt] : update_titled_) {
      if (!titles.contains(debt.spec_number)) {
        const auto rows =
            TRY(tx_.query("SELECT title FROM ledger_spec WHERE num = $1", {debt.spec_number}));
        titles[debt.spec_number] = rows.at(0).text(0);
      }
      const std::string& title = titles[debt.spec_number];
      changes_.update(*was, std::move(debt), at_, title);
    }
    return {};
  }

  sql::Tx& tx_;
  TimeUs now_;
  const Booking& booking_;
  TimeUs at_;
  std::int64_t next_debt_ = 1, next_finding_ = 1;
  Booked booked_;
  DebtChanges changes_;
  std::map<const check::CheckSpec*, std::int64_t> specs_;
  std::map<std::string, std::vector<Movement>> entries_;
  std::set<std::int64_t> still_there_;
  std::vector<std::pair<const KnownDebt*, KnownDebt>> update_titled_;
  std::vector<std::vector<sql::Value>> finding_inserts_, finding_updates_, finding_ends_;
  std::vector<std::vector<sql::Value>> no_longer_accepted_;
};

}  // namespace

Result<std::vector<KnownDebt>> Ledger::known_debts(sql::Tx& tx, std::string_view asset) {
  std::vector<KnownDebt> debts;
  std::map<std::int64_t, std::size_t> index;
  const std::array<sql::Value, 1> parameters = {std::string(asset)};
  TRY(tx.each("SELECT " + debt_columns() +
                  " FROM ledger_debt d JOIN ledger_spec s ON s.num = d.spec WHERE d.asset = $1 "
                  "ORDER BY d.num",
              parameters, [&](const sql::Row& row) -> Result<void> {
                index[row.integer(0)] = debts.size();
                debts.push_back(debt_of(row));
                return {};
              }));
  TRY(tx.each(
      "SELECT f.debt, f.num, f.item, f.path, f.fingerprint, f.context, f.line, f.ordinal, f.state, "
      "f.digest FROM ledger_finding f JOIN ledger_debt d ON d.num = f.debt "
      "WHERE d.asset = $1 AND f.state <> 'gone' ORDER BY f.num",
      parameters, [&](const sql::Row& row) -> Result<void> {
        debts[index.at(row.integer(0))].seen.push_back({.number = row.integer(1),
                                                        .item = row.text(2),
                                                        .path = row.text(3),
                                                        .fingerprint = row.text(4),
                                                        .context = row.text(5),
                                                        .line = row.integer(6),
                                                        .ordinal = row.integer(7),
                                                        .rejected = row.text(8) == "rejected",
                                                        .digest = row.text(9)});
        return {};
      }));
  return debts;
}

Result<std::int64_t> Ledger::expire(sql::Tx& tx, TimeUs at, const std::string& actor) {
  return ledger::expire(tx, at, actor);
}

Result<std::int64_t> Ledger::open_interest(sql::Tx& tx, std::span<const std::string> assets) {
  std::int64_t sum = 0;
  for (const std::string& asset : assets) {
    const auto rows =
        TRY(tx.query("SELECT CAST(COALESCE(SUM(interest_s), 0) AS BIGINT) FROM ledger_debt "
                     "WHERE asset = $1 AND owed = 1 AND state <> 'accepted'",
                     {asset}));
    sum = TRY(checked_sum(sum, rows.at(0).integer(0), "interest"));
  }
  return sum;
}

Result<Booked> Ledger::book(sql::Tx& tx, const Booking& booking) {
  const Booked booked = TRY(Booker(tx, clock_.now(), booking).run());
  if (booked.entries > 0) TRY(Journal(tx, clock_.now()).snapshot(options_.snapshot_every));
  return booked;
}

}  // namespace solvent::ledger
