/// Reading a CSV of the flights' shape: the first pass, the engine's scan, and rows that repeat.
#include <fstream>

#include <benchmark/benchmark.h>

#include "base/files.h"
#include "base/random.h"
#include "table/csv_scanner.h"
#include "table/table.h"

namespace solvent::table {
namespace {

constexpr int kRows = 336'776;

/// 19 columns like the flights of 2013, about 30 MB; every tenth delay missing.
std::string flights_text() {
  SeededRandom random(2013);
  std::string out =
      "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,"
      "flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour\n";
  auto number = [&](std::uint64_t bound) { return std::to_string(random.below(bound)); };
  for (int i = 0; i < kRows; ++i) {
    out += "2013," + std::to_string(i / 28'065 + 1) + "," + number(31) + "," + number(2400) + "," +
           number(2400) + "," + (i % 10 == 0 ? "NA" : number(300)) + "," + number(2400) + "," +
           number(2400) + "," + number(300) + ",UA," + number(4000) + ",N" + number(4044) +
           "UA,EWR,D" + number(105) + "," + number(600) + "," + number(3000) + "," + number(24) +
           "," + number(60) + ",2013-01-0" + std::to_string(1 + random.below(9)) + "T05:00:00Z\n";
  }
  return out;
}

void first_pass(benchmark::State& state) {
  const std::string text = flights_text();
  for (auto _ : state) {
    CsvScanner scanner({}, "bench");
    for (std::size_t at = 0; at < text.size(); at += 1 << 20)
      MUST(scanner.feed(std::string_view(text).substr(at, 1 << 20)));
    benchmark::DoNotOptimize(MUST(scanner.finish()).rows);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(first_pass)->Unit(benchmark::kMillisecond);

struct OnDisk {
  OnDisk() {
    path = directory.path() + "/flights.csv";
    std::ofstream(path) << flights_text();
  }
  static TempDirectory fresh() { return MUST(TempDirectory::create("bench")); }
  TempDirectory directory = fresh();
  std::string path;
};

void open_and_scan(benchmark::State& state) {
  const OnDisk file;
  const auto engine = MUST(open_engine());
  for (auto _ : state) {
    std::size_t values = 0;
    MUST(MUST(engine->open(file.path))->scan({}, [&](std::span<const ColumnSpan> batch) {
      values += batch.size();
      return Result<void>();
    }));
    benchmark::DoNotOptimize(values);
  }
}
BENCHMARK(open_and_scan)->Unit(benchmark::kMillisecond);

void duplicate_rows(benchmark::State& state) {
  const OnDisk file;
  const auto engine = MUST(open_engine());
  for (auto _ : state)
    benchmark::DoNotOptimize(MUST(MUST(engine->open(file.path))->duplicate_rows({})));
}
BENCHMARK(duplicate_rows)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace solvent::table
