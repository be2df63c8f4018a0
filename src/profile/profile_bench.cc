/// The shape of the flights of 2013: 336,776 rows of 14 numeric and 5 text columns, made from a
/// seed with like numbers of distinct values. Bars: the table 2 s, 20 columns' pairs 1 s.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "profile/comoments.h"
#include "profile/profile.h"

namespace solvent::profile {
namespace {

constexpr std::size_t kRows = 336'776;
constexpr std::size_t kBatch = 2'048;

benchmark::Counter rate(std::size_t per_row) {
  return {static_cast<double>(kRows * per_row), benchmark::Counter::kIsIterationInvariantRate};
}

struct Flights {
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<std::uint8_t>> valid;
  std::vector<std::vector<std::string>> texts;
  std::vector<std::vector<std::string_view>> views;
};

Flights make_flights() {
  SeededRandom random(2013);
  Flights out;
  for (std::uint64_t distinct :
       {1u, 12u, 31u, 1319u, 1021u, 528u, 1412u, 1163u, 578u, 3844u, 510u, 214u, 20u, 60u}) {
    auto& column = out.numbers.emplace_back();
    auto& valid = out.valid.emplace_back();
    for (std::size_t i = 0; i < kRows; ++i) {
      column.push_back(static_cast<double>(random.below(distinct)));
      valid.push_back(distinct < 500 || random.below(40) != 0);
    }
  }
  for (std::uint64_t distinct : {16u, 4044u, 3u, 105u, 6936u}) {
    auto& column = out.texts.emplace_back();
    for (std::size_t i = 0; i < kRows; ++i)
      column.push_back("N" + std::to_string(random.below(distinct)));
    out.views.emplace_back(column.begin(), column.end());
  }
  return out;
}

std::vector<ColumnSpan> batch_of(const Flights& flights, std::size_t at) {
  const std::size_t n = std::min(kBatch, kRows - at);
  std::vector<ColumnSpan> out;
  for (std::size_t c = 0; c < flights.numbers.size(); ++c)
    out.push_back({.type = ColumnType::kReal,
                   .reals = std::span(flights.numbers[c]).subspan(at, n),
                   .valid = std::span(flights.valid[c]).subspan(at, n)});
  for (const auto& column : flights.views)
    out.push_back({.type = ColumnType::kText, .texts = std::span(column).subspan(at, n)});
  return out;
}

void whole_table(benchmark::State& state) {
  const Flights flights = make_flights();
  std::vector<ProfileBuilder::Column> columns;
  for (const auto& span : batch_of(flights, 0)) columns.push_back({"c", span.type});
  for (auto _ : state) {
    ProfileBuilder builder(columns);
    for (std::size_t at = 0; at < kRows; at += kBatch) builder.add(batch_of(flights, at));
    benchmark::DoNotOptimize(builder.finish());
  }
  state.counters["values_per_s"] = rate(19);
}
BENCHMARK(whole_table)->Unit(benchmark::kMillisecond);

void comoments_of_20_columns(benchmark::State& state) {
  const Flights flights = make_flights();
  std::vector<std::int64_t> index;
  for (std::int64_t i = 0; i < 20; ++i) index.push_back(i);
  for (auto _ : state) {
    CoMomentMatrix matrix(index);
    for (std::size_t at = 0; at < kRows; at += kBatch) {
      auto spans = batch_of(flights, at);
      spans.resize(14);
      for (std::size_t c = 0; c < 6; ++c) spans.push_back(spans[c + 3]);
      matrix.add(spans);
    }
    benchmark::DoNotOptimize(matrix.pairs());
  }
  state.counters["row_pairs_per_s"] = rate(190);
}
BENCHMARK(comoments_of_20_columns)->Unit(benchmark::kMillisecond);

void distinct_reals(benchmark::State& state) {
  SeededRandom random(1);
  std::vector<double> values;
  for (std::size_t i = 0; i < kRows; ++i)
    values.push_back(static_cast<double>(random.next() >> 11));
  for (auto _ : state) {
    ProfileBuilder builder({{"c", ColumnType::kReal}});
    for (std::size_t at = 0; at < kRows; at += kBatch) {
      const ColumnSpan span{.type = ColumnType::kReal,
                            .reals = std::span(values).subspan(at, std::min(kBatch, kRows - at))};
      builder.add({&span, 1});
    }
    benchmark::DoNotOptimize(builder.finish());
  }
}
BENCHMARK(distinct_reals)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace solvent::profile
