// 8 writers × batches of 100 events of about 1 KB through Catalog::append: views updated and synced
// before each call returns. See README.md.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "base/files.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "estate.h"
#include "identity/schema.h"

namespace solvent::bench {
namespace {

constexpr int kWriters = 8;
constexpr std::size_t kBatch = 100;
constexpr double kBar = 20'000;
constexpr TimeUs kStart = 1'790'000'000 * kSecondUs;

struct Options {
  std::int64_t preload = 1'000'000;
  int rounds = 5;
  int batches = 100;  ///< of one writer in one round
  int jobs = 500;     ///< of one writer
  bool small = false;
  std::string directory;
};

std::int64_t now_ns() {
  return system_clock().monotonic_ns();
}

/// Bytes handed to the operating system for writing so far: log, database file, everything.
double written_bytes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  for (double value = 0; io >> name >> value;)
    if (name == "wchar:") return value;
  return 0;
}

/// Processor time of all threads so far, in µs.
double cpu_us() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

[[noreturn]] void wrong(const std::string& what) {
  std::fprintf(stderr, "catalog_append: wrong answer: %s\n", what.c_str());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    auto made = TempDirectory::create("catalog-append");
    directory_.emplace(MUST(std::move(made)));
    if (options_.directory.empty()) options_.directory = directory_->path();
    database_ = MUST(sql::open_sqlite(options_.directory + "/catalog.db"));
    std::vector<sql::Migration> steps = identity::identity_migrations();
    for (const auto& step : catalog::specs().migrations) steps.push_back(step);
    MUST(database_->migrate(steps, [] { return Result<void>(); }));
    catalog_ = std::make_unique<catalog::Catalog>(*database_, system_clock(), system_random(),
                                                  std::vector<catalog::Subscription>());
    for (int i = 0; i < kWriters; ++i) estates_.emplace_back(i, options_.jobs, 1, kStart);
  }

  int run() {
    preload();
    std::vector<double> rates;
    for (int i = 0; i < options_.rounds; ++i) {
      rates.push_back(round());
      std::printf(
          "catalog_append: round %d: %.0f events/s; an event: %.1f us of processor, %.1f KB "
          "written\n",
          i + 1, rates.back(), event_cpu_us_, event_written_kb_);
      std::fflush(stdout);
    }
    singles();
    bare();
    check();
    double bytes = 0, events = 0;
    for (const Estate& estate : estates_) {
      bytes += static_cast<double>(estate.body_bytes);
      events += static_cast<double>(estate.events);
    }
    database_.reset();  // what the log still holds goes into the file
    const auto file = MUST(posix_files().stat(options_.directory + "/catalog.db"));
    std::printf(
        "catalog_append: %.0f events in the log, bodies of %.0f bytes on average, %d assets "
        "checked; "
        "the database has %.0f MB, %.2f KB an event\n",
        events, bytes / events, checked_, static_cast<double>(file.size) / 1e6,
        static_cast<double>(file.size) / 1e3 / events);
    std::printf(
        "BENCH name=catalog_append value=%.0f unit=events/s bar=%.0f better=higher runs=%d\n",
        median(rates), kBar, options_.rounds);
    return 0;
  }

 private:
  using Batches = std::vector<std::vector<catalog::Event>>;

  void write(const Batches& batches) {
    for (const auto& batch : batches) MUST(catalog_->append(op::local_owner(), batch));
  }

  /// Every writer's batches, all made before the clock starts. Events a second.
  double write_all(const std::vector<Batches>& work) {
    std::size_t events = 0;
    for (const Batches& batches : work)
      for (const auto& batch : batches) events += batch.size();
    const std::int64_t start = now_ns();
    const double cpu_start = cpu_us(), written_start = written_bytes();
    {
      std::vector<std::jthread> threads;
      for (const Batches& batches : work) threads.emplace_back([&] { write(batches); });
    }
    const std::int64_t end = now_ns();
    event_cpu_us_ = (cpu_us() - cpu_start) / static_cast<double>(events);
    event_written_kb_ = (written_bytes() - written_start) / 1e3 / static_cast<double>(events);
    return static_cast<double>(events) * 1e9 / static_cast<double>(end - start);
  }

  void preload() {
    const std::int64_t start = now_ns();
    for (std::int64_t left = options_.preload; left > 0;) {
      std::vector<Batches> work;
      for (Estate& estate : estates_) {
        const auto count = std::min<std::int64_t>(left, 5'000);
        left -= count;
        if (count > 0) work.push_back({estate.next(static_cast<std::size_t>(count))});
      }
      write_all(work);
    }
    std::printf("catalog_append: preloaded %lld events in %.1f s\n",
                static_cast<long long>(options_.preload),
                static_cast<double>(now_ns() - start) / 1e9);
    std::fflush(stdout);
  }

  double round() {
    bare_events_.clear();
    std::vector<Batches> work(kWriters);
    for (int writer = 0; writer < kWriters; ++writer)
      for (int i = 0; i < options_.batches; ++i)
        work[static_cast<std::size_t>(writer)].push_back(
            estates_[static_cast<std::size_t>(writer)].next(kBatch));
    for (const Batches& batches : work) bare_events_.push_back(batches.back());
    return write_all(work);
  }

  /// One event a call from one thread, beside what one fdatasync of the same disk takes.
  void singles() {
    std::vector<double> append_us, sync_us;
    for (int i = 0; i < 200; ++i) {
      const auto one = estates_[0].next(1);
      const std::int64_t start = now_ns();
      MUST(catalog_->append(op::local_owner(), one));
      append_us.push_back(static_cast<double>(now_ns() - start) / 1e3);
    }
    auto file = MUST(posix_files().open(options_.directory + "/sync", OpenMode::kCreate));
    const Bytes page(4'096, 7);
    for (std::uint64_t i = 0; i < 200; ++i) {
      const std::int64_t start = now_ns();
      MUST(file->write_at(i * page.size(), page));
      MUST(file->sync());
      sync_us.push_back(static_cast<double>(now_ns() - start) / 1e3);
    }
    std::printf(
        "catalog_append: single append %.0f us, 4 KiB write and fdatasync %.0f us (medians)\n",
        median(append_us), median(sync_us));
  }

  /// The floor under the claim: the bytes of the same events into a table with nothing but a key,
  /// no check, no view, no id, by as many writers with the same sync before each call returns.
  void bare() {
    const auto database = MUST(sql::open_sqlite(options_.directory + "/bare.db"));
    MUST(database->migrate(
        std::vector<sql::Migration>{{.module = "bare",
                                     .number = 1,
                                     .name = "rows",
                                     .statements = "CREATE TABLE bare (key BIGINT PRIMARY KEY, "
                                                   "producer TEXT NOT NULL, body TEXT NOT NULL)"}},
        [] { return Result<void>(); }));
    using Rows = std::vector<std::vector<sql::Value>>;
    std::vector<std::vector<Rows>> work(kWriters);
    std::int64_t key = 0;
    for (int writer = 0; writer < kWriters; ++writer) {
      const auto at = static_cast<std::size_t>(writer);
      for (int i = 0; i < options_.batches; ++i) {
        Rows& rows = work[at].emplace_back();
        for (const catalog::Event& event : bare_events_[at])
          rows.push_back({++key, event.producer, event.body});
      }
    }
    const std::int64_t start = now_ns();
    {
      std::vector<std::jthread> threads;
      for (const auto& batches : work)
        threads.emplace_back([&] {
          for (const Rows& rows : batches)
            MUST(database->write([&](sql::Tx& tx) {
              return tx.execute_many("INSERT INTO bare VALUES ($1, $2, $3)", rows);
            }));
        });
    }
    const double seconds = static_cast<double>(now_ns() - start) / 1e9;
    std::printf("catalog_append: bare inserts of the same bytes: %.0f rows/s\n",
                static_cast<double>(key) / seconds);
  }

  /// The views against the model, asset by asset; in the small mode also against a rebuild.
  void check() {
    // Events the estates have made but nobody has appended yet are no part of the truth.
    for (Estate& estate : estates_) {
      std::vector<catalog::Event> rest = estate.drain();
      if (!rest.empty()) MUST(catalog_->append(op::local_owner(), rest));
    }
    std::int64_t events = 0;
    for (Estate& estate : estates_) {
      events += estate.events;
      for (const auto& [id, expected] : estate.expected) check_asset(id, expected);
    }
    if (MUST(catalog_->last_seq()) != events) wrong("length of the log");
    if (!options_.small) return;
    const std::string before = MUST(catalog_->dump_views());
    MUST(catalog_->rebuild());
    if (MUST(catalog_->dump_views()) != before) wrong("views after a rebuild");
  }

  void check_asset(const std::string& id, const Expected& expected) {
    const catalog::Asset asset = MUST(catalog_->asset(op::local_owner(), id));
    const bool same =
        asset.last_read_at == expected.last_read_at &&
        asset.last_written_at == expected.last_written_at &&
        asset.last_version_at == expected.last_version_at && asset.versions == expected.versions &&
        asset.readers == std::ssize(expected.readers) && asset.current_version == expected.current;
    if (!same) wrong("asset " + asset.name);
    ++checked_;
  }

  Options options_;
  std::optional<TempDirectory> directory_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::deque<Estate> estates_;
  int checked_ = 0;
  std::vector<std::vector<catalog::Event>> bare_events_;  ///< a batch of each writer
  double event_cpu_us_ = 0, event_written_kb_ = 0;
};

int usage() {
  std::fprintf(stderr,
               "bench_catalog_append [--preload N] [--rounds N] [--small] [--directory D]\n");
  return 2;
}

int main_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    const auto number = value ? parse_int(value) : std::nullopt;
    if (flag == "--small") {
      options.small = true;
      options.preload = 4'000;
      options.rounds = 2;
      options.batches = 4;
      options.jobs = 20;
    } else if (flag == "--preload" && number && *number >= 0) {
      options.preload = *number;
      ++i;
    } else if (flag == "--rounds" && number && *number > 0) {
      options.rounds = static_cast<int>(*number);
      ++i;
    } else if (flag == "--directory" && value) {
      options.directory = value;
      ++i;
    } else {
      return usage();
    }
  }
  return Bench(std::move(options)).run();
}

}  // namespace
}  // namespace solvent::bench

int main(int argc, char** argv) {
  return solvent::bench::main_of(argc, argv);
}
