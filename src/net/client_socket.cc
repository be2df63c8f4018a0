#include "net/client_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/text.h"

namespace solvent::net {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;

Unexpected unavailable(std::string what, const Endpoint& to) {
  return fail(Code::kUnavailable, std::move(what), "check the address, and that solvent serve runs",
              to.kind == Endpoint::Kind::kUnix ? to.path : to.authority);
}

Unexpected late() {
  return fail(Code::kDeadlineExceeded, "the server did not answer in time", "try again");
}

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// False after the timeout.
bool wait_for(int fd, short what, std::int64_t timeout_ms) {
  pollfd watch{fd, what, 0};
  for (;;) {
    const int ready =
        ::poll(&watch, 1, static_cast<int>(std::min<std::int64_t>(timeout_ms, INT32_MAX)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

Result<void> finish_connect(int fd, const sockaddr* to, socklen_t size, std::int64_t timeout_ms,
                            const Endpoint& endpoint) {
  if (::connect(fd, to, size) == 0) return {};
  if (errno != EINPROGRESS && errno != EAGAIN)
    return unavailable(std::string("cannot connect: ") + std::strerror(errno), endpoint);
  if (!wait_for(fd, POLLOUT, timeout_ms)) return late();
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0)
    return unavailable(std::string("cannot connect: ") + std::strerror(error), endpoint);
  return {};
}

Result<Descriptor> connect_unix(const Endpoint& to, std::int64_t timeout_ms) {
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (to.path.size() >= sizeof address.sun_path)
    return fail(Code::kInvalidArgument, "the socket's path is longer than the system allows",
                "use a shorter path", to.path);
  std::memcpy(address.sun_path, to.path.data(), to.path.size());
  TRY(finish_connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address,
                     timeout_ms, to));
  return fd;
}

Result<Descriptor> connect_tcp(const Endpoint& to, std::int64_t timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &list);
  if (code != 0) return unavailable(std::string("cannot find the host: ") + gai_strerror(code), to);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
  Result<Descriptor> last = unavailable("the host has no address", to);
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    Descriptor fd(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd.get() < 0) continue;
    if (auto made = finish_connect(fd.get(), one->ai_addr, one->ai_addrlen, timeout_ms, to);
        !made) {
      last = Unexpected(std::move(made).error());
      continue;
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  return last;
}

bool readable_now(int fd) {
  pollfd watch{fd, POLLIN, 0};
  return ::poll(&watch, 1, 0) != 0;
}

class PlainSocket final : public ClientSocket {
 public:
  explicit PlainSocket(Descriptor fd) : fd_(std::move(fd)), buffer_(kReadBytes) {}

  Result<void> write(std::string_view bytes, std::int64_t timeout_ms) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        if (!wait_for(fd_.get(), POLLOUT, timeout_ms)) return late();
      } else if (errno != EINTR) {
        return fail(Code::kUnavailable,
                    std::string("the connection broke: ") + std::strerror(errno), "try again");
      }
    }
    return {};
  }
  Result<std::string_view> read(std::int64_t timeout_ms) override {
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
      if (count >= 0) return std::string_view(buffer_.data(), static_cast<std::size_t>(count));
      if (errno == EAGAIN) {
        if (!wait_for(fd_.get(), POLLIN, timeout_ms)) return late();
      } else if (errno != EINTR) {
        return fail(Code::kUnavailable,
                    std::string("the connection broke: ") + std::strerror(errno), "try again");
      }
    }
  }
  bool stale() const override { return readable_now(fd_.get()); }

 private:
  Descriptor fd_;
  std::vector<char> buffer_;
};

std::string tls_error() {
  const unsigned long code = ERR_get_error();
  std::array<char, 200> text{};
  if (code == 0) return "connection closed";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

class TlsSocket final : public ClientSocket {
 public:
  static Result<std::unique_ptr<ClientSocket>> greet(Descriptor fd, const Endpoint& to,
                                                     std::int64_t timeout_ms) {
    std::unique_ptr<TlsSocket> made(new TlsSocket(std::move(fd)));
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    ASSERT(made->context_ != nullptr);
    SSL_CTX_set_min_proto_version(made->context_.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(made->context_.get());  // SSL_CERT_FILE adds a private one
    SSL_CTX_set_verify(made->context_.get(), SSL_VERIFY_PEER, nullptr);
    made->ssl_.reset(SSL_new(made->context_.get()));
    ASSERT(made->ssl_ != nullptr);
    SSL* ssl = made->ssl_.get();
    X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(verify, to.host.c_str()) != 1) {
      SSL_set1_host(ssl, to.host.c_str());
      SSL_set_tlsext_host_name(ssl, to.host.c_str());
    }
    SSL_set_fd(ssl, made->fd_.get());
    for (;;) {
      ERR_clear_error();
      const int code = SSL_connect(ssl);
      if (code == 1) return std::unique_ptr<ClientSocket>(std::move(made));
      auto waited = made->wait(code, timeout_ms);
      if (waited) continue;
      const long verified = SSL_get_verify_result(ssl);
      if (verified != X509_V_OK)
        return fail(Code::kUnavailable,
                    std::string("the server's certificate is not trusted: ") +
                        X509_verify_cert_error_string(verified),
                    "set SSL_CERT_FILE to the authority's PEM file", to.authority);
      return Unexpected(std::move(waited).error());
    }
  }

  Result<void> write(std::string_view bytes, std::int64_t timeout_ms) override {
    while (!bytes.empty()) {
      ERR_clear_error();
      std::size_t count = 0;
      const int code = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
      if (code == 1)
        bytes.remove_prefix(count);
      else
        TRY(wait(code, timeout_ms));
    }
    return {};
  }
  Result<std::string_view> read(std::int64_t timeout_ms) override {
    for (;;) {
      ERR_clear_error();
      std::size_t count = 0;
      const int code = SSL_read_ex(ssl_.get(), buffer_.data(), buffer_.size(), &count);
      if (code == 1) return std::string_view(buffer_.data(), count);
      if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_ZERO_RETURN) return std::string_view();
      TRY(wait(code, timeout_ms));
    }
  }
  bool stale() const override { return readable_now(fd_.get()); }

 private:
  explicit TlsSocket(Descriptor fd)
      : fd_(std::move(fd)),
        buffer_(kReadBytes),
        context_(nullptr, SSL_CTX_free),
        ssl_(nullptr, SSL_free) {}

  Result<void> wait(int code, std::int64_t timeout_ms) {
    const int why = SSL_get_error(ssl_.get(), code);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
      if (wait_for(fd_.get(), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, timeout_ms)) return {};
      return late();
    }
    return fail(Code::kUnavailable, "the TLS connection failed: " + tls_error(), "try again");
  }

  Descriptor fd_;
  std::vector<char> buffer_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view base) {
  const auto refuse = [&] {
    return fail(Code::kInvalidArgument, "not an address of a server",
                "write http://host:port, https://host or unix:/path/to/socket", std::string(base));
  };
  Endpoint to;
  if (base.starts_with("unix:")) {
    to.kind = Endpoint::Kind::kUnix;
    to.path = base.substr(5);
    to.authority = "localhost";
    if (to.path.empty()) return refuse();
    return to;
  }
  std::string_view rest = base;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    to.port = "80";
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    to.kind = Endpoint::Kind::kTls;
    to.port = "443";
  } else {
    return refuse();
  }
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) to.prefix = rest.substr(slash);
  while (to.prefix.ends_with('/')) to.prefix.pop_back();
  to.authority = rest.substr(0, slash);
  std::string_view host = to.authority;
  for (const char c : host)
    if (static_cast<unsigned char>(c) <= ' ' || c == '@' || c == '?' || c == '#') return refuse();
  const std::size_t bracket = host.find(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    to.port = host.substr(colon + 1);
    if (!parse_int(to.port)) return refuse();
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return refuse();
  to.host = host;
  return to;
}

Result<std::unique_ptr<ClientSocket>> ClientSocket::connect(const Endpoint& to,
                                                            std::int64_t timeout_ms) {
  if (to.kind == Endpoint::Kind::kUnix)
    return std::make_unique<PlainSocket>(TRY(connect_unix(to, timeout_ms)));
  Descriptor fd = TRY(connect_tcp(to, timeout_ms));
  if (to.kind == Endpoint::Kind::kTls) return TlsSocket::greet(std::move(fd), to, timeout_ms);
  return std::make_unique<PlainSocket>(std::move(fd));
}

}  // namespace solvent::net
