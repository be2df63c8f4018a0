// What bench/ledger/run runs: books, balances and pages at the size that the project promises, each
// answer checked against a second way of computing it before a time is printed. SQLite on a disk.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <map>
#include <string>

#include "base/files.h"
#include "base/random.h"
#include "identity/identity.h"
#include "ledger/ledger.h"

namespace solvent::ledger {
namespace {

constexpr TimeUs kStart = 1'795'478'400 * kSecondUs;
constexpr std::int64_t kFullDebts = 100'000;
constexpr std::int64_t kSmallDebts = 2'000;

double seconds_of(const std::function<void()>& act) {
  const auto began = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void require(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "ledger bench: wrong answer: %s\n", what);
  std::exit(1);
}

void row(const char* name, double value, const char* unit, double bar, std::size_t runs) {
  std::printf("BENCH name=%s value=%.4g unit=%s bar=%g better=lower runs=%zu verdict=%s\n", name,
              value, unit, bar, runs, value < bar ? "MET" : "MISSED");
  std::fflush(stdout);
}

struct Estate {
  std::deque<check::CheckSpec> specs;
  std::deque<check::Finding> findings;
  std::vector<News> news;
};

/// One finding a debt, spread over checks, owners and subjects as a large estate would be.
Estate make_estate(std::int64_t debts) {
  Estate estate;
  for (int i = 0; i < 12; ++i) {
    estate.specs.push_back({.id = "code/check-" + std::to_string(i),
                            .title = "Check number " + std::to_string(i),
                            .question = "Is it so?",
                            .source = "bench",
                            .debt_kind = "kind " + std::to_string(i % 5),
                            .principal = {600 + 60 * i, 1800 + 60 * i, 7200},
                            .principal_each = {60, 300, 900},
                            .interest_month = {60 + i, 300 + 7 * i, 1800},
                            .prior_source = "bench",
                            .fix = "solvent fix {subject}",
                            .advice = "Do it."});
  }
  SeededRandom random(1);
  for (std::int64_t i = 0; i < debts; ++i) {
    const std::string subject =
        "src/part" + std::to_string(random.below(400)) + "/module_" + std::to_string(i) + ".py";
    estate.findings.push_back({.subject = subject,
                               .item = "item " + std::to_string(random.below(1000)),
                               .location = {.path = subject, .line = i % 500 + 1},
                               .message = "line " + std::to_string(i) + " should not be as it is",
                               .evidence = JsonObject{{"seen", i}},
                               .fingerprint = "v1:" + digest_of(subject).hex().substr(0, 32),
                               .context = digest_of(subject).hex().substr(0, 16)});
    estate.news.push_back({.spec = &estate.specs[random.below(estate.specs.size())],
                           .asset = "repo" + std::to_string(random.below(8)),
                           .subject = subject,
                           .parameters = "p",
                           .system = "system" + std::to_string(random.below(6)),
                           .owner = {"team" + std::to_string(random.below(20)), "settings"},
                           .exposure = static_cast<std::int64_t>(random.below(3)) + 1,
                           .findings = {{&estate.findings.back(), nullptr}}});
  }
  return estate;
}

std::unique_ptr<sql::Database> open_books(const std::string& path) {
  auto database = MUST(sql::open_sqlite(path));
  auto migrations = identity::specs().migrations;
  migrations.insert(migrations.end(), specs().migrations.begin(), specs().migrations.end());
  MUST(database->migrate(migrations, [] { return Result<void>(); }));
  return database;
}

Booked book(sql::Database& database, Ledger& ledger, TimeUs at, std::span<const News> news) {
  Booked booked;
  MUST(database.write([&](sql::Tx& tx) -> Result<void> {
    booked = TRY(
        ledger.book(tx, {.effective_at = at, .actor = "bench", .source = "bench", .news = news}));
    return {};
  }));
  return booked;
}

/// Every debt, by paging in one order; the second way of knowing what a page should show.
std::vector<Debt> read_all(Ledger& ledger) {
  std::vector<Debt> all;
  DebtQuery query{.limit = 1'000};
  do {
    auto page = MUST(ledger.debts(op::local_owner(), query));
    std::move(page.debts.begin(), page.debts.end(), std::back_inserter(all));
    query.after = page.next;
  } while (!query.after.empty());
  return all;
}

bool matches(const Debt& debt, const DebtQuery& query) {
  return (query.team.empty() || debt.owner == query.team) &&
         (query.system.empty() || debt.system == query.system) &&
         (query.kind.empty() || debt.kind == query.kind) &&
         (query.check.empty() || debt.check == query.check) &&
         (query.asset.empty() || debt.asset == query.asset) &&
         (query.text.empty() || debt.subject.find(query.text) != std::string::npos);
}

/// What the scroll bar asks for: a page in the middle of a list, at once.
struct Far {
  double worst = 0;
  std::string name;
} far_page;

void bench_far(Ledger& ledger, DebtQuery query, std::int64_t matches, int runs) {
  query.skip = matches / 2;
  query.limit = 500;
  std::vector<double> times;
  std::size_t shown = 0;
  for (int i = 0; i < runs; ++i) {
    times.push_back(
        seconds_of([&] { shown = MUST(ledger.debts(op::local_owner(), query)).debts.size(); }));
  }
  require(static_cast<std::int64_t>(shown) == std::min<std::int64_t>(500, matches - query.skip),
          "a page in the middle");
  if (median(times) <= far_page.worst) return;
  far_page = {median(times), query.sort};
}

void bench_pages(Ledger& ledger, std::int64_t debts, bool small) {
  const auto all = read_all(ledger);
  require(static_cast<std::int64_t>(all.size()) == debts, "paging shows every debt once");
  const std::vector<DebtQuery> filters = {
      {},
      {.team = "team3"},
      {.kind = "kind 2"},
      {.system = "system4"},
      {.check = "code/check-7"},
      {.asset = "repo5"},
      {.text = "module_9"},
      {.text = "part17/"},
      {.text = "module_1234."},
      {.team = "team3", .kind = "kind 2", .check = "code/check-7"},
      {.team = "nobody"},
      {.state = "open", .team = "team3"},
  };
  double worst = 0;
  std::string worst_name;
  const int runs = small ? 1 : 5;
  for (const std::string sort :
       {"interest", "principal", "payback", "opened", "subject", "owner", "kind"}) {
    for (const bool ascending : {false, true}) {
      for (const DebtQuery& filter : filters) {
        DebtQuery query = filter;
        query.sort = sort;
        query.ascending = ascending;
        const auto expected = std::count_if(all.begin(), all.end(),
                                            [&](const Debt& debt) { return matches(debt, query); });
        const auto first = MUST(ledger.debts(op::local_owner(), query));
        require(first.total == expected, "the number of matches");
        require(std::all_of(first.debts.begin(), first.debts.end(),
                            [&](const Debt& debt) { return matches(debt, query); }),
                "every row of a page matches");
        for (const bool second : {false, true}) {
          if (second && first.next.empty()) continue;
          query.after = second ? first.next : "";
          std::vector<double> times;
          for (int i = 0; i < runs; ++i) {
            times.push_back(
                seconds_of([&] { (void)MUST(ledger.debts(op::local_owner(), query)); }));
          }
          if (!second) bench_far(ledger, query, expected, small ? 1 : 3);
          if (median(times) <= worst) continue;
          worst = median(times);
          worst_name = sort + (ascending ? " ascending" : " descending") + " team=" + query.team +
                       " system=" + query.system + " kind=" + query.kind + " check=" + query.check +
                       " asset=" + query.asset + " text=" + query.text +
                       (second ? " (second page)" : "");
        }
      }
    }
  }
  std::printf("slowest page query: %.1f ms (median of %d): %s\n", worst * 1e3, runs,
              worst_name.c_str());
  std::printf("slowest page of 500 in the middle of a list: %.1f ms, by %s\n", far_page.worst * 1e3,
              far_page.name.c_str());
}

void bench_statement(Ledger& ledger, const std::vector<Debt>& all, int runs) {
  const auto statement = MUST(ledger.statement(op::local_owner(), {}));
  std::int64_t sum = 0;
  for (const Debt& debt : all) sum += debt.principal_s;
  require(statement.principal.mean_s == sum, "the statement's total");
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    times.push_back(seconds_of([&] { (void)MUST(ledger.statement(op::local_owner(), {})); }));
  }
  std::printf("statement: %.1f ms\n", median(times) * 1e3);
}

/// A history of many small audits, then balances at random dates against a plain sum of postings.
void bench_balance(sql::Database& database, Ledger& ledger, const Estate& estate, bool small) {
  const int audits = small ? 40 : 1'000;
  for (int i = 1; i <= audits; ++i) {
    std::vector<News> news;
    std::deque<check::Finding> findings;
    for (int k = 0; k < 10; ++k) {
      News one = estate.news[static_cast<std::size_t>((i * 31 + k * 977) % 1'500)];
      one.subject = "later/" + std::to_string(i) + "/" + std::to_string(k);
      one.owner.name = "team" + std::to_string((i + k) % 20);
      findings.push_back(estate.findings[static_cast<std::size_t>(k)]);
      findings.back().subject = one.subject;
      one.findings = {{&findings.back(), nullptr}};
      news.push_back(std::move(one));
    }
    (void)book(database, ledger, kStart + i * kHourUs, news);
  }
  std::vector<double> times;
  SeededRandom random(3);
  for (int i = 0; i < 51; ++i) {
    const TimeUs at =
        kStart + static_cast<TimeUs>(random.below(static_cast<std::uint64_t>(audits))) * kHourUs;
    std::int64_t expected = 0;
    MUST(database.read([&](sql::Tx& tx) -> Result<void> {
      expected =
          TRY(tx.query("SELECT CAST(COALESCE(SUM(p.amount), 0) AS BIGINT) FROM ledger_posting p "
                       "JOIN ledger_account a ON a.num = p.account WHERE p.effective_at <= $1 "
                       "AND a.class IN ('principal', 'accepted')",
                       {at}))[0]
              .integer(0);
      return {};
    }));
    std::int64_t balance = 0;
    times.push_back(seconds_of([&] { balance = MUST(ledger.principal_at(at)); }));
    require(balance == expected, "a balance at a date");
  }
  row("ledger_balance_ms", median(times) * 1e3, "ms", 10, times.size());
}

int run(bool small) {
  const std::int64_t debts = small ? kSmallDebts : kFullDebts;
  const Estate estate = make_estate(debts);
  FakeClock clock(kStart + 3'650 * kDayUs);
  std::vector<double> times, work;
  for (int i = 0, n = small ? 1 : 5; i < n; ++i) {
    const auto directory = MUST(TempDirectory::create("bench-ledger"));
    auto database = open_books(directory.path() + "/catalog.db");
    SeededRandom random(1);
    Ledger ledger(*database, clock, random);
    Booked booked;
    const std::clock_t began = std::clock();
    times.push_back(seconds_of([&] { booked = book(*database, ledger, kStart, estate.news); }));
    work.push_back(static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
    require(booked.opened == debts, "debts opened");
    if (i + 1 < n) continue;
    require(MUST(ledger.verify(op::local_owner())).problems.empty(), "the books verify");
    std::printf("booked in %.2f s of processor time\n", median(work));
    row("ledger_book_s", median(times), "s", 3, times.size());
    bench_statement(ledger, read_all(ledger), small ? 1 : 5);
    bench_pages(ledger, debts, small);
    bench_balance(*database, ledger, estate, small);
    require(MUST(ledger.verify(op::local_owner())).problems.empty(), "the books verify at the end");
  }
  return 0;
}

}  // namespace
}  // namespace solvent::ledger

int main(int argc, char** argv) {
  return solvent::ledger::run(argc > 1 && std::string(argv[1]) == "--small");
}
