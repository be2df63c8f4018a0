// Putting a large incompressible file, beside writing and syncing the same bytes to a plain file.
#include <benchmark/benchmark.h>

#include <cstring>

#include "base/files.h"
#include "base/random.h"
#include "sql/database.h"
#include "store/store.h"

namespace solvent::store {
namespace {

constexpr std::size_t kBlockBytes = 16u << 20;
constexpr std::size_t kBlocks = 64;  // 1 GiB

/// Block `number` of an endless incompressible file without repeats.
void make_block(std::uint64_t number, const std::string& base, std::string& out) {
  out.resize(base.size());
  const std::uint64_t mask = (number + 1) * 0x9e3779b97f4a7c15;
  for (std::size_t at = 0; at < base.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, base.data() + at, 8);
    word = (word ^ mask) * (mask | 1);
    std::memcpy(out.data() + at, &word, 8);
  }
}

std::string base_block() {
  std::string base(kBlockBytes, '\0');
  SeededRandom random(1);
  random.fill({reinterpret_cast<std::uint8_t*>(base.data()), base.size()});
  return base;
}

void BM_BareWriteAndSync(benchmark::State& state) {
  const std::string base = base_block();
  std::string block;
  for (auto _ : state) {
    const auto directory = MUST(TempDirectory::create("bench"));
    const auto file = MUST(posix_files().open(directory.path() + "/plain", OpenMode::kCreateNew));
    for (std::size_t i = 0; i < kBlocks; ++i) {
      make_block(i, base, block);
      MUST(file->write_at(i * kBlockBytes, as_bytes(block)));
    }
    MUST(file->sync());
    MUST(posix_files().sync_directory(directory.path()));
    state.PauseTiming();
    MUST(posix_files().remove(directory.path() + "/plain"));
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBlocks * kBlockBytes));
}

struct Bench {
  TempDirectory directory = fresh();
  std::unique_ptr<sql::Database> database = opened(directory.path() + "/catalog.db");
  std::unique_ptr<Store> store;

  Bench() {
    MUST(database->migrate(specs().migrations, {}));
    store = MUST(open_store(directory.path() + "/store", posix_files(), *database, system_clock(),
                            system_random()));
  }
  static TempDirectory fresh() { return MUST(TempDirectory::create("bench")); }
  static std::unique_ptr<sql::Database> opened(const std::string& path) {
    return MUST(sql::open_sqlite(path));
  }
};

void BM_PutIncompressible(benchmark::State& state) {
  const std::string base = base_block();
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>();
    state.ResumeTiming();
    {
      const auto lease = MUST(bench->store->lease());
      std::size_t i = 0;
      const Blob blob = MUST(bench->store->put(*lease, [&]() -> Result<std::string> {
        std::string block;
        if (i < kBlocks) make_block(i++, base, block);
        return block;
      }));
      if (blob.size != kBlocks * kBlockBytes) state.SkipWithError("wrong size");
    }
    state.PauseTiming();
    bench.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBlocks * kBlockBytes));
}

void BM_PutManySmallFiles(benchmark::State& state) {
  const auto inputs = MUST(TempDirectory::create("bench-in"));
  std::vector<std::string> paths;
  SeededRandom random(2);
  std::string bytes(2'000, '\0');
  for (int i = 0; i < 25'000; ++i) {
    random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    paths.push_back(inputs.path() + "/" + std::to_string(i));
    const auto file = MUST(posix_files().open(paths.back(), OpenMode::kCreateNew));
    MUST(file->write_at(0, as_bytes(bytes)));
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>();
    state.ResumeTiming();
    {
      const auto lease = MUST(bench->store->lease());
      benchmark::DoNotOptimize(MUST(bench->store->put_files(*lease, paths)));
    }
    state.PauseTiming();
    bench.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * paths.size()));
}

void wall_time(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(5)->UseRealTime();
}
BENCHMARK(BM_BareWriteAndSync)->Apply(wall_time);
BENCHMARK(BM_PutIncompressible)->Apply(wall_time);
BENCHMARK(BM_PutManySmallFiles)->Apply(wall_time);

}  // namespace
}  // namespace solvent::store
