#include "net/api.h"

namespace solvent::net {
namespace {

Setting text(std::string key, std::string doc) {
  return {.key = std::move(key),
          .type = SettingType::kText,
          .default_value = Json(std::string()),
          .doc = std::move(doc)};
}

std::size_t count(const Settings& settings, std::string_view key) {
  return static_cast<std::size_t>(settings.integer(key));
}

void add_upload_settings(std::vector<Setting>& all) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  all.push_back(integer_setting("server.upload_files_max", 200'000, 1, 1e7, "files of one upload"));
  all.push_back(integer_setting("server.upload_bytes_max", 16ll << 30, 1, 1024 * kGiB,
                                "bytes of one upload"));
  all.push_back(integer_setting("server.uploads_bytes_max", 64ll << 30, 1, 4096 * kGiB,
                                "bytes of all uploads"));
  all.push_back(integer_setting("server.uploads_max", 64, 1, 10'000, "uploads at once"));
  all.push_back(integer_setting("server.upload_expiry_ms", 3'600'000, 1'000, 86'400'000,
                                "after an upload's last use"));
  all.push_back(integer_setting("server.upload_kept_bytes_max", 8ll << 30, 0, 4096 * kGiB,
                                "bytes that are kept so that nobody has to send them twice"));
  all.push_back(integer_setting("server.upload_kept_ms", 86'400'000, 1'000, 30 * 86'400'000.0,
                                "for which they are kept after their last use"));
}

}  // namespace

Specs specs() {
  Specs out;
  auto& all = out.settings;
  all.push_back(
      {.key = "server.address",
       .type = SettingType::kText,
       .default_value = Json("127.0.0.1"),
       .doc = "IP address to listen on; others than loopback need somebody who can sign in"});
  all.push_back(integer_setting("server.port", 8700, 0, 65'535, "TCP port; 0 takes any free one"));
  all.push_back({.key = "server.hosts",
                 .type = SettingType::kList,
                 .default_value = Json(JsonArray{}),
                 .doc = "names that the server goes by, beside the loopback ones"});
  all.push_back({.key = "server.open_loopback",
                 .type = SettingType::kBool,
                 .default_value = Json(false),
                 .doc = "let programs on this machine write without a token"});
  all.push_back(
      text("server.tls_certificate", "PEM file with the certificate chain; empty: no TLS"));
  all.push_back(text("server.tls_key", "PEM file with the certificate's private key"));
  all.push_back(integer_setting("server.io_threads", 1, 1, 64, "threads that watch connections"));
  all.push_back(
      integer_setting("server.workers", 4, 1, 256, "threads that answer ordinary requests"));
  all.push_back(integer_setting("server.workers_queue_max", 256, 1, 100'000,
                                "requests that may wait for one"));
  all.push_back(
      integer_setting("server.long_workers", 2, 1, 64, "threads for operations with progress"));
  all.push_back(
      integer_setting("server.long_queue_max", 16, 1, 10'000, "such operations that may wait"));
  all.push_back(integer_setting("server.body_workers", 4, 1, 256, "threads that receive uploads"));
  all.push_back(
      integer_setting("server.body_queue_max", 256, 1, 100'000, "uploads that may wait for one"));
  all.push_back(
      integer_setting("server.connections_max", 1'024, 1, 1'000'000, "connections at once"));
  all.push_back(integer_setting("server.header_bytes_max", 32 << 10, 1'024, 1 << 20,
                                "bytes of a request's head"));
  all.push_back(
      integer_setting("server.header_fields_max", 100, 8, 1'000, "fields of a request's head"));
  all.push_back(
      integer_setting("server.header_timeout_ms", 10'000, 100, 600'000, "time for a whole head"));
  all.push_back(
      integer_setting("server.idle_timeout_ms", 60'000, 100, 3'600'000, "between two requests"));
  all.push_back(integer_setting("server.body_rate_min", 1'024, 0, 1e9,
                                "bytes a second that an upload must keep up"));
  all.push_back(integer_setting("server.body_window_ms", 10'000, 100, 600'000,
                                "over which that rate is averaged"));
  all.push_back(integer_setting("server.body_timeout_ms", 3'600'000, 1'000, 86'400'000,
                                "for one whole upload"));
  all.push_back(integer_setting("server.drain_timeout_ms", 10'000, 0, 600'000,
                                "for work under way at the end"));
  all.push_back(integer_setting("server.event_heartbeat_ms", 15'000, 1'000, 600'000,
                                "between signs of life"));
  all.push_back(integer_setting("server.event_bytes_max", 1 << 20, 4'096, 1 << 30,
                                "unsent events of one listener"));
  all.push_back(
      integer_setting("server.pipelined_max", 16, 1, 1'000, "replies gathered into one write"));
  all.push_back(integer_setting("server.token_cache_ms", 2'000, 0, 60'000,
                                "for which a verified token is believed"));
  add_upload_settings(all);
  return out;
}

ServerOptions server_options(const Settings& settings) {
  ServerOptions options;
  options.address = settings.text("server.address");
  options.port = static_cast<int>(settings.integer("server.port"));
  if (const std::string certificate = settings.text("server.tls_certificate"); !certificate.empty())
    options.tls = TlsOptions{certificate, settings.text("server.tls_key")};
  options.io_threads = count(settings, "server.io_threads");
  options.workers = count(settings, "server.workers");
  options.workers_queue_max = count(settings, "server.workers_queue_max");
  options.long_workers = count(settings, "server.long_workers");
  options.long_queue_max = count(settings, "server.long_queue_max");
  options.body_workers = count(settings, "server.body_workers");
  options.body_queue_max = count(settings, "server.body_queue_max");
  options.connections_max = count(settings, "server.connections_max");
  options.header_bytes_max = count(settings, "server.header_bytes_max");
  options.header_fields_max = count(settings, "server.header_fields_max");
  options.header_timeout_ms = settings.integer("server.header_timeout_ms");
  options.idle_timeout_ms = settings.integer("server.idle_timeout_ms");
  options.body_rate_min = settings.integer("server.body_rate_min");
  options.body_window_ms = settings.integer("server.body_window_ms");
  options.body_timeout_ms = settings.integer("server.body_timeout_ms");
  options.drain_timeout_ms = settings.integer("server.drain_timeout_ms");
  options.event_heartbeat_ms = settings.integer("server.event_heartbeat_ms");
  options.event_bytes_max = count(settings, "server.event_bytes_max");
  options.pipelined_max = count(settings, "server.pipelined_max");
  return options;
}

AccessOptions access_options(const Settings& settings) {
  return {.address = settings.text("server.address"),
          .hosts = settings.list("server.hosts"),
          .open_loopback = settings.boolean("server.open_loopback"),
          .token_cache_ms = settings.integer("server.token_cache_ms")};
}

UploadLimits upload_limits(const Settings& settings) {
  return {
      .files_max = count(settings, "server.upload_files_max"),
      .bytes_max = static_cast<std::uint64_t>(settings.integer("server.upload_bytes_max")),
      .staged_bytes_max = static_cast<std::uint64_t>(settings.integer("server.uploads_bytes_max")),
      .uploads_max = count(settings, "server.uploads_max"),
      .expiry_ms = settings.integer("server.upload_expiry_ms"),
      .kept_bytes_max =
          static_cast<std::uint64_t>(settings.integer("server.upload_kept_bytes_max")),
      .kept_expiry_ms = settings.integer("server.upload_kept_ms")};
}

}  // namespace solvent::net
