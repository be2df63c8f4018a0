// What a unit of work costs: single appends beside the disk's own fdatasync, and group commit.
// Every bench checks that all it wrote is there.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "sql/database.h"

namespace solvent::sql {
namespace {

constexpr std::int64_t kBatch = 100;

/// As a log of events would be: about 1 KB a row, keyed by sequence, with one secondary key.
constexpr const char* kTable =
    "CREATE TABLE event (seq BIGINT PRIMARY KEY, id BLOB NOT NULL UNIQUE, body BLOB NOT NULL)";
constexpr const char* kInsert = "INSERT INTO event (seq, id, body) VALUES ($1, $2, $3)";

struct Place {
  Place() : directory(MUST(TempDirectory::create("bench"))) {}
  TempDirectory directory;
  std::unique_ptr<Database> db;
};

/// SQLite for 0; for 1 the server of SOLVENT_TEST_POSTGRES.
std::unique_ptr<Database> open_engine(const Place& place, std::int64_t engine) {
  if (engine == 0) return MUST(open_sqlite(place.directory.path() + "/catalog.db"));
  const char* url = std::getenv("SOLVENT_TEST_POSTGRES");
  if (url == nullptr) return nullptr;
  return MUST(open_postgres(url, {.schema = "bench_" + std::to_string(system_random().next())}));
}

std::vector<std::vector<Value>> rows_from(std::int64_t first, std::int64_t count) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t seq = first; seq < first + count; ++seq) {
    Bytes id(16);
    system_random().fill(id);
    rows.push_back({seq, id, Bytes(1'000, static_cast<std::uint8_t>(seq))});
  }
  return rows;
}

void check_count(benchmark::State& state, Database& db, std::int64_t expected) {
  MUST(db.read([&](Tx& tx) -> Result<void> {
    if (TRY(tx.query("SELECT count(*) FROM event"))[0].integer(0) != expected) {
      state.SkipWithError("rows are missing");
    }
    return {};
  }));
}

void bench_fdatasync(benchmark::State& state) {
  const Place place;
  const std::string path = place.directory.path() + "/file";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  const std::string block(4'096, 'x');
  off_t at = 0;
  for (auto _ : state) {
    // In place after the first lap, as a write-ahead log is.
    if (::pwrite(file, block.data(), block.size(), at) < 0 || ::fdatasync(file) != 0) {
      state.SkipWithError("write");
    }
    at = (at + 4'096) % (4 << 20);
  }
  ::close(file);
}
BENCHMARK(bench_fdatasync)->Unit(benchmark::kMicrosecond)->UseRealTime();

void bench_single_append(benchmark::State& state) {
  Place place;
  place.db = open_engine(place, state.range(0));
  if (!place.db) return state.SkipWithError("no PostgreSQL: tools/postgres run -- …");
  MUST(place.db->write([](Tx& tx) -> Result<void> {
    TRY(tx.execute(kTable));
    return {};
  }));
  std::int64_t seq = 0;
  for (auto _ : state) {
    const auto row = rows_from(seq++, 1);
    MUST(place.db->write([&](Tx& tx) -> Result<void> {
      TRY(tx.execute(kInsert, Params(row[0])));
      return {};
    }));
  }
  check_count(state, *place.db, seq);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bench_single_append)
    ->ArgName("postgres")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

/// 8 writers × batches of 100 rows of about 1 KB; items are rows.
void bench_eight_writers(benchmark::State& state) {
  Place place;
  place.db = open_engine(place, state.range(0));
  if (!place.db) return state.SkipWithError("no PostgreSQL: tools/postgres run -- …");
  MUST(place.db->write([](Tx& tx) -> Result<void> {
    TRY(tx.execute(kTable));
    return {};
  }));
  constexpr std::int64_t kWriters = 8;
  constexpr std::int64_t kRounds = 25;
  std::int64_t next = 0;
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (std::int64_t who = 0; who < kWriters; ++who) {
      threads.emplace_back([&, first = next + who * kRounds * kBatch] {
        for (std::int64_t round = 0; round < kRounds; ++round) {
          const auto rows = rows_from(first + round * kBatch, kBatch);
          MUST(place.db->write([&](Tx& tx) { return tx.execute_many(kInsert, rows); }));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    next += kWriters * kRounds * kBatch;
  }
  check_count(state, *place.db, next);
  state.SetItemsProcessed(next);
}
BENCHMARK(bench_eight_writers)
    ->ArgName("postgres")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// 8 writers × single rows: what group commit makes of the sync.
void bench_eight_single_writers(benchmark::State& state) {
  Place place;
  place.db = open_engine(place, state.range(0));
  if (!place.db) return state.SkipWithError("no PostgreSQL: tools/postgres run -- …");
  MUST(place.db->write([](Tx& tx) -> Result<void> {
    TRY(tx.execute(kTable));
    return {};
  }));
  constexpr std::int64_t kWriters = 8;
  constexpr std::int64_t kRounds = 200;
  std::int64_t next = 0;
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (std::int64_t who = 0; who < kWriters; ++who) {
      threads.emplace_back([&, first = next + who * kRounds] {
        for (std::int64_t round = 0; round < kRounds; ++round) {
          const auto row = rows_from(first + round, 1);
          MUST(place.db->write([&](Tx& tx) { return tx.execute_many(kInsert, row); }));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    next += kWriters * kRounds;
  }
  check_count(state, *place.db, next);
  state.SetItemsProcessed(next);
}
BENCHMARK(bench_eight_single_writers)
    ->ArgName("postgres")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// Point reads through the pool.
void bench_point_read(benchmark::State& state) {
  Place place;
  place.db = open_engine(place, state.range(0));
  if (!place.db) return state.SkipWithError("no PostgreSQL: tools/postgres run -- …");
  MUST(place.db->write([](Tx& tx) -> Result<void> {
    TRY(tx.execute(kTable));
    return tx.execute_many(kInsert, rows_from(0, 10'000));
  }));
  std::int64_t seq = 0;
  for (auto _ : state) {
    seq = (seq + 7'919) % 10'000;
    MUST(place.db->read([&](Tx& tx) -> Result<void> {
      const Rows rows = TRY(tx.query("SELECT body FROM event WHERE seq = $1", {seq}));
      if (rows[0].blob(0)[0] != static_cast<std::uint8_t>(seq)) state.SkipWithError("wrong row");
      return {};
    }));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bench_point_read)
    ->ArgName("postgres")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace solvent::sql
