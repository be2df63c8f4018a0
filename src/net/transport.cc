#include "net/transport.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <ctime>
#include <future>
#include <thread>

namespace solvent::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr auto kTick = std::chrono::milliseconds(250);

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Plain sockets: writes go straight to the kernel, and wait only when its buffer is full.
template <class Socket>
class PlainTransport final : public Transport {
 public:
  PlainTransport(Socket socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    if constexpr (std::is_same_v<Socket, Tcp::socket>)
      socket_.set_option(Tcp::no_delay(true), ignored);
  }

  void read(std::span<char> into, std::shared_ptr<TransportUser> user) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [user = std::move(user)](error_code error, std::size_t size) {
                              user->on_read(error ? 0 : size);
                            });
  }

  Written write(std::string_view first, std::string_view second,
                std::shared_ptr<TransportUser> user) override {
    std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    const std::size_t total = first.size() + second.size();
    std::size_t sent = 0;
    while (sent < total) {
      error_code error;
      const std::size_t count = second.empty() ? socket_.write_some(buffers[0], error)
                                               : socket_.write_some(buffers, error);
      if (error == asio::error::would_block) break;
      if (error) return Written::kFailed;
      sent += count;
      const std::size_t from_first = std::min(count, buffers[0].size());
      buffers[0] += from_first;
      buffers[1] += count - from_first;
      if (buffers[0].size() == 0 && !second.empty()) {
        buffers[0] = buffers[1];
        buffers[1] = asio::const_buffer();
        second = {};
      }
    }
    if (sent == total) return Written::kAll;
    asio::async_write(socket_, buffers, [user = std::move(user)](error_code error, std::size_t) {
      user->on_written(!error);
    });
    return Written::kLater;
  }

  void shutdown_send() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  std::string peer() const override { return peer_; }
  bool is_socket() const override { return std::is_same_v<Socket, Local::socket>; }
  bool is_tls() const override { return false; }

 private:
  Socket socket_;
  std::string peer_;
};

/// TLS. The handshake happens on the first read, under the caller's timeouts. Writes always wait
/// for the library, since a half-written record cannot be taken back.
class TlsTransport final : public Transport {
 public:
  TlsTransport(Tcp::socket socket, asio::ssl::context& context, std::string peer)
      : stream_(std::make_shared<Stream>(std::move(socket), context)), peer_(std::move(peer)) {
    error_code ignored;
    stream_->next_layer().set_option(Tcp::no_delay(true), ignored);
  }

  void read(std::span<char> into, std::shared_ptr<TransportUser> user) override {
    if (greeted_) return read_some(stream_, into, std::move(user));
    greeted_ = true;
    stream_->async_handshake(
        asio::ssl::stream_base::server,
        [stream = stream_, into, user = std::move(user)](error_code error) mutable {
          if (error) return user->on_read(0);
          read_some(stream, into, std::move(user));
        });
  }

  Written write(std::string_view first, std::string_view second,
                std::shared_ptr<TransportUser> user) override {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    asio::async_write(*stream_, buffers,
                      [stream = stream_, user = std::move(user)](error_code error, std::size_t) {
                        user->on_written(!error);
                      });
    return Written::kLater;
  }

  void shutdown_send() override {
    // close_notify; whether the peer answers is no concern of ours, the reader sees the end.
    stream_->async_shutdown([stream = stream_](error_code) {
      error_code ignored;
      stream->next_layer().shutdown(Tcp::socket::shutdown_send, ignored);
    });
  }
  void close() override {
    error_code ignored;
    stream_->next_layer().close(ignored);
  }
  std::string peer() const override { return peer_; }
  bool is_socket() const override { return false; }
  bool is_tls() const override { return true; }

 private:
  using Stream = asio::ssl::stream<Tcp::socket>;

  static void read_some(const std::shared_ptr<Stream>& stream, std::span<char> into,
                        std::shared_ptr<TransportUser> user) {
    stream->async_read_some(asio::buffer(into.data(), into.size()),
                            [stream, user = std::move(user)](error_code error, std::size_t size) {
                              user->on_read(error ? 0 : size);
                            });
  }

  std::shared_ptr<Stream> stream_;  // shared with operations that outlive the connection
  std::string peer_;
  bool greeted_ = false;
};

class AsioLoop final : public Loop {
 public:
  AsioLoop() : timer_(context) { refresh(); }

  void post(std::function<void()> work) override { asio::post(context, std::move(work)); }
  std::int64_t now_ms() const override { return now_ms_; }
  std::string_view date() const override { return date_; }

  void start(std::function<void(Loop&)> on_tick) {
    on_tick_ = std::move(on_tick);
    schedule();
    thread_ = std::thread([this] { context.run(); });
  }
  void stop() {
    context.stop();
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context context{1};

 private:
  void schedule() {
    timer_.expires_after(kTick);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      refresh();
      on_tick_(*this);
      schedule();
    });
  }
  void refresh() {
    now_ms_ = steady_ms();
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> text;
    // The C locale's names, which is what a program that never calls setlocale has.
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_.assign(text.data(), size);
  }

  asio::steady_timer timer_;
  std::function<void(Loop&)> on_tick_;
  std::int64_t now_ms_ = 0;
  std::string date_;
  std::thread thread_;
};

/// A socket file left by a dead server is removed; one that answers is not ours to take.
Result<void> clear_stale_socket(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  if (!S_ISSOCK(info.st_mode))
    return fail(Code::kFailedPrecondition, "something that is no socket is in the way",
                "remove it, or name another socket", path);
  asio::io_context context;
  Local::socket probe(context);
  error_code error;
  probe.connect(Local::endpoint(path), error);
  if (!error)
    return fail(Code::kUnavailable, "another server listens on this socket",
                "stop it, or use another workspace", path);
  ::unlink(path.c_str());
  return {};
}

class AsioListeners final : public Listeners {
 public:
  AsioListeners(LoopEvents events, Log& log) : events_(std::move(events)), log_(log) {}
  ~AsioListeners() override { stop(); }

  Result<void> open(const ServerOptions& options) {
    const std::size_t count = std::max<std::size_t>(options.io_threads, 1);
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<AsioLoop>());
    if (options.tls) TRY(load_tls(*options.tls));
    if (options.port >= 0) TRY(listen_tcp(options));
    if (!options.socket_path.empty()) TRY(listen_socket(options.socket_path));
    if (tcp_) accept_tcp();
    if (local_) accept_local();
    for (auto& loop : loops_) loop->start(events_.tick);
    return {};
  }

  int port() const override { return port_; }

  void close_listeners() override {
    loops_[0]->post([this] {
      error_code ignored;
      closing_ = true;
      if (tcp_) tcp_->close(ignored);
      if (local_) local_->close(ignored);
      if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
      socket_path_.clear();
    });
  }

  void stop() override {
    for (auto& loop : loops_) loop->stop();
    if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
    socket_path_.clear();
  }

 private:
  Result<void> load_tls(const TlsOptions& files) {
    tls_.emplace(asio::ssl::context::tls_server);
    error_code error;
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION);
    tls_->use_certificate_chain_file(files.certificate_file, error);
    if (error)
      return fail(Code::kInvalidArgument, "cannot use the TLS certificate: " + error.message(),
                  "set server.tls_certificate to a PEM chain", files.certificate_file);
    tls_->use_private_key_file(files.key_file, asio::ssl::context::pem, error);
    if (error)
      return fail(Code::kInvalidArgument, "cannot use the TLS key: " + error.message(),
                  "set server.tls_key to the certificate's PEM key", files.key_file);
    return {};
  }

  Result<void> listen_tcp(const ServerOptions& options) {
    const std::string where = options.address + ":" + std::to_string(options.port);
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error)
      return fail(Code::kInvalidArgument, "not an address to listen on",
                  "set server.address to an IP address", options.address);
    const Tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
    tcp_.emplace(loops_[0]->context);
    tcp_->open(endpoint.protocol(), error);
    if (!error) tcp_->set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) tcp_->bind(endpoint, error);
    if (!error) tcp_->listen(1024, error);
    if (error)
      return fail(Code::kUnavailable, "cannot listen: " + error.message(),
                  "choose another server.port, or stop what holds this one", where);
    port_ = tcp_->local_endpoint().port();
    return {};
  }

  Result<void> listen_socket(const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
      return fail(Code::kInvalidArgument, "the socket's path is longer than the system allows",
                  "set server.socket to a shorter path", path);
    TRY(clear_stale_socket(path));
    error_code error;
    local_.emplace(loops_[0]->context);
    local_->open(Local(), error);
    // Born closed to others: a chmod afterwards would leave a moment in which anyone may connect.
    const mode_t before = ::umask(0177);
    if (!error) local_->bind(Local::endpoint(path), error);
    ::umask(before);
    if (!error) local_->listen(1024, error);
    if (error)
      return fail(Code::kUnavailable, "cannot listen on the socket: " + error.message(),
                  "check the directory's permissions", path);
    socket_path_ = path;
    return {};
  }

  AsioLoop& next_loop() { return *loops_[next_++ % loops_.size()]; }

  /// Gives the socket to a loop, on that loop's thread.
  void hand_over(AsioLoop& loop, std::unique_ptr<Transport> transport) {
    if (&loop == loops_[0].get()) return events_.accepted(loop, std::move(transport));
    auto shared = std::make_shared<std::unique_ptr<Transport>>(std::move(transport));
    loop.post([this, &loop, shared] { events_.accepted(loop, std::move(*shared)); });
  }

  /// Out of descriptors or memory: wait a moment rather than spin.
  template <class Again>
  void retry(Again again) {
    log_.write(LogLevel::kWarning, "accept_failed");
    auto timer = std::make_shared<asio::steady_timer>(loops_[0]->context);
    timer->expires_after(std::chrono::milliseconds(50));
    timer->async_wait([timer, again](error_code error) {
      if (!error) again();
    });
  }

  void accept_tcp() {
    AsioLoop& loop = next_loop();
    tcp_->async_accept(loop.context, [this, &loop](error_code error, Tcp::socket socket) {
      if (closing_ || error == asio::error::operation_aborted) return;
      if (error) return retry([this] { accept_tcp(); });
      error_code gone;
      const auto remote = socket.remote_endpoint(gone);
      if (!gone) {
        const std::string host = remote.address().to_string();
        std::string peer = (remote.address().is_v6() ? "[" + host + "]" : host) + ":" +
                           std::to_string(remote.port());
        std::unique_ptr<Transport> transport;
        if (tls_)
          transport = std::make_unique<TlsTransport>(std::move(socket), *tls_, std::move(peer));
        else
          transport =
              std::make_unique<PlainTransport<Tcp::socket>>(std::move(socket), std::move(peer));
        hand_over(loop, std::move(transport));
      }
      accept_tcp();
    });
  }

  void accept_local() {
    AsioLoop& loop = next_loop();
    local_->async_accept(loop.context, [this, &loop](error_code error, Local::socket socket) {
      if (closing_ || error == asio::error::operation_aborted) return;
      if (error) return retry([this] { accept_local(); });
      hand_over(loop, std::make_unique<PlainTransport<Local::socket>>(std::move(socket), "unix"));
      accept_local();
    });
  }

  LoopEvents events_;
  Log& log_;
  std::vector<std::unique_ptr<AsioLoop>> loops_;
  std::optional<asio::ssl::context> tls_;
  std::optional<Tcp::acceptor> tcp_;
  std::optional<Local::acceptor> local_;
  std::string socket_path_;
  int port_ = -1;
  std::size_t next_ = 0;
  bool closing_ = false;
};

}  // namespace

Result<std::unique_ptr<Listeners>> open_listeners(const ServerOptions& options, LoopEvents events,
                                                  Log& log) {
  auto listeners = std::make_unique<AsioListeners>(std::move(events), log);
  TRY(listeners->open(options));
  return std::unique_ptr<Listeners>(std::move(listeners));
}

}  // namespace solvent::net
