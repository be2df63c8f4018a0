/// What /metrics shows, in the Prometheus text format 0.0.4. Thread-safe.
/// Durations are microseconds inside, seconds in the text, as Prometheus has it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/log.h"
#include "net/http.h"

namespace solvent::net {

class Metrics {
 public:
  explicit Metrics(std::string version) : version_(std::move(version)) {}

  void observe(const Observation& seen);
  std::string text(const ServerGauges& gauges) const;

  static constexpr std::array<std::int64_t, 12> kBucketsUs = {
      500,    1'000,   2'500,   5'000,     10'000,    25'000,
      50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000};

 private:
  /// By method and route pattern: a foreign path must not make a new series.
  struct Series {
    std::map<int, std::uint64_t> by_status;
    std::array<std::uint64_t, kBucketsUs.size() + 1> buckets{};
    std::uint64_t bytes_out = 0;
    std::int64_t duration_us = 0;
  };
  struct Key {
    std::string method, pattern;
    auto operator<=>(const Key&) const = default;
  };
  struct KeyView {
    std::string_view method, pattern;
  };
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const int order = std::string_view(a.pattern).compare(b.pattern);
      return order != 0 ? order < 0 : std::string_view(a.method) < std::string_view(b.method);
    }
  };

  const std::string version_;
  mutable std::mutex mutex_;
  std::map<Key, Series, Less> series_;
};

/// GET /metrics and GET /healthz ("ok"), both inline. `gauges` is asked at each scrape.
std::vector<Route> health_routes(const Metrics& metrics, std::function<ServerGauges()> gauges);

}  // namespace solvent::net
