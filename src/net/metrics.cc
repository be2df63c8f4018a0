#include "net/metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/text.h"

namespace solvent::net {
namespace {

std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n')
      out += "\\n";
    else
      out.push_back(c);
  }
  return out;
}

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  out.append(name).append(" ").append(type).append("\n");
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            const std::string& value) {
  family(out, name, type, help);
  out.append(name).append(" ").append(value).append("\n");
}

std::string seconds(std::int64_t us) {
  return format_double(static_cast<double>(us) / 1e6);
}

void process_text(std::string& out) {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  statm >> pages >> resident;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  single(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
         std::to_string(resident * page));
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& t) {
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000 + t.tv_usec;
  };
  single(out, "process_cpu_seconds_total", "counter", "User and system time.",
         seconds(us(used.ru_utime) + us(used.ru_stime)));
  std::size_t open = 0;
  if (DIR* directory = ::opendir("/proc/self/fd")) {
    while (::readdir(directory) != nullptr) ++open;
    ::closedir(directory);
  }
  single(out, "process_open_fds", "gauge", "Open file descriptors.",
         std::to_string(open > 3 ? open - 3 : 0));
}

bool is_known_method(std::string_view method) {
  return has_token("GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS", method);
}

}  // namespace

void Metrics::observe(const Observation& seen) {
  const KeyView key{is_known_method(seen.method) ? seen.method : std::string_view("other"),
                    seen.pattern.empty() ? std::string_view("(none)") : seen.pattern};
  const auto bucket = static_cast<std::size_t>(
      std::ranges::lower_bound(kBucketsUs, seen.duration_us) - kBucketsUs.begin());
  const std::lock_guard lock(mutex_);
  auto found = series_.find(key);
  if (found == series_.end())
    found = series_.emplace(Key{std::string(key.method), std::string(key.pattern)}, Series{}).first;
  Series& series = found->second;
  ++series.by_status[seen.status];
  ++series.buckets[bucket];
  series.bytes_out += seen.bytes_out;
  series.duration_us += seen.duration_us;
}

std::string Metrics::text(const ServerGauges& gauges) const {
  std::string out;
  family(out, "solvent_build_info", "gauge", "The version that runs.");
  out += "solvent_build_info{version=\"" + label(version_) + "\"} 1\n";
  single(out, "solvent_connections", "gauge", "Open connections.",
         std::to_string(gauges.connections));
  single(out, "solvent_connections_total", "counter", "Connections accepted.",
         std::to_string(gauges.connections_total));
  single(out, "solvent_connections_shed_total", "counter", "Connections refused, being too many.",
         std::to_string(gauges.connections_shed_total));
  single(out, "solvent_event_streams", "gauge", "Listeners to events.",
         std::to_string(gauges.event_streams));
  family(out, "solvent_queue_depth", "gauge", "Requests waiting for a worker.");
  out += "solvent_queue_depth{pool=\"ordinary\"} " + std::to_string(gauges.workers_queued) + "\n";
  out += "solvent_queue_depth{pool=\"long\"} " + std::to_string(gauges.long_queued) + "\n";
  out += "solvent_queue_depth{pool=\"body\"} " + std::to_string(gauges.body_queued) + "\n";
  process_text(out);

  const std::lock_guard lock(mutex_);
  const auto labels = [](const Key& key) {
    return "method=\"" + label(key.method) + "\",route=\"" + label(key.pattern) + "\"";
  };
  family(out, "solvent_http_requests_total", "counter", "Requests answered.");
  for (const auto& [key, series] : series_)
    for (const auto& [status, count] : series.by_status)
      out += "solvent_http_requests_total{" + labels(key) + ",status=\"" + std::to_string(status) +
             "\"} " + std::to_string(count) + "\n";
  family(out, "solvent_http_response_bytes_total", "counter", "Bytes sent.");
  for (const auto& [key, series] : series_)
    out += "solvent_http_response_bytes_total{" + labels(key) + "} " +
           std::to_string(series.bytes_out) + "\n";
  family(out, "solvent_http_request_duration_seconds", "histogram", "From head to last byte.");
  for (const auto& [key, series] : series_) {
    const std::string name = "solvent_http_request_duration_seconds";
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= kBucketsUs.size(); ++i) {
      total += series.buckets[i];
      const std::string edge = i < kBucketsUs.size() ? seconds(kBucketsUs[i]) : "+Inf";
      out +=
          name + "_bucket{" + labels(key) + ",le=\"" + edge + "\"} " + std::to_string(total) + "\n";
    }
    out += name + "_sum{" + labels(key) + "} " + seconds(series.duration_us) + "\n";
    out += name + "_count{" + labels(key) + "} " + std::to_string(total) + "\n";
  }
  return out;
}

std::vector<Route> health_routes(const Metrics& metrics, std::function<ServerGauges()> gauges) {
  std::vector<Route> routes;
  routes.push_back({.method = "GET",
                    .pattern = "/healthz",
                    .handle = [](HttpRequest&) { return text_reply(200, "text/plain", "ok"); },
                    .lane = Lane::kInline});
  // Inline too: a scrape must work while every worker is busy, that being what it should show.
  routes.push_back({.method = "GET",
                    .pattern = "/metrics",
                    .handle =
                        [&metrics, gauges = std::move(gauges)](HttpRequest&) {
                          return text_reply(200, "text/plain; version=0.0.4; charset=utf-8",
                                            metrics.text(gauges()));
                        },
                    .lane = Lane::kInline});
  return routes;
}

}  // namespace solvent::net
