/// Raw sockets for tests that must send what no client library would. Test code only.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace solvent::net::testing {

class RawSocket {
 public:
  explicit RawSocket(int port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) shut();
  }
  explicit RawSocket(const std::string& path) {
    fd_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, path.c_str(), sizeof to.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) shut();
  }
  RawSocket(RawSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), buffered_(std::move(other.buffered_)) {}
  ~RawSocket() { shut(); }

  bool connected() const { return fd_ >= 0; }
  void shut() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void half_close() const { ::shutdown(fd_, SHUT_WR); }
  /// Small, so that a test can fill it.
  void set_receive_buffer(int bytes) const {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Some bytes; empty at the end or after the timeout (then `timed_out` is true).
  std::string some(int timeout_ms = 5'000) {
    if (!buffered_.empty()) return std::exchange(buffered_, {});
    pollfd watch{fd_, POLLIN, 0};
    timed_out = ::poll(&watch, 1, timeout_ms) == 0;
    if (timed_out) return {};
    std::string out(64 << 10, '\0');
    const ssize_t count = ::recv(fd_, out.data(), out.size(), 0);
    out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return out;
  }

  std::string until(std::string_view end, int timeout_ms = 5'000) {
    std::string all;
    for (;;) {
      if (const std::size_t at = all.find(end); at != std::string::npos) {
        buffered_ = all.substr(at + end.size());
        all.resize(at + end.size());
        return all;
      }
      const std::string more = some(timeout_ms);
      if (more.empty()) return all;
      all += more;
    }
  }

  /// Everything until the server closes.
  std::string rest(int timeout_ms = 5'000) {
    std::string all;
    for (;;) {
      const std::string more = some(timeout_ms);
      if (more.empty()) return all;
      all += more;
    }
  }

  struct Reply {
    int status = 0;
    std::string head, body;
    bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
  };
  /// One reply framed by Content-Length or chunks (which are undone).
  Reply reply(bool has_body = true, int timeout_ms = 5'000) {
    Reply out;
    out.head = until("\r\n\r\n", timeout_ms);
    if (out.head.size() < 12) return out;
    out.status = std::stoi(out.head.substr(9, 3));
    if (!has_body) return out;
    if (const std::size_t at = out.head.find("Content-Length: "); at != std::string::npos) {
      const std::size_t size = std::stoul(out.head.substr(at + 16));
      while (out.body.size() < size) {
        const std::string more = some(timeout_ms);
        if (more.empty()) return out;
        out.body += more;
      }
      buffered_ = out.body.substr(size);
      out.body.resize(size);
    } else if (out.has("Transfer-Encoding: chunked")) {
      for (;;) {
        const std::string line = until("\r\n", timeout_ms);
        if (line.empty()) return out;
        const std::size_t size = std::stoul(line, nullptr, 16);
        std::string piece;
        while (piece.size() < size + 2) {
          const std::string more = some(timeout_ms);
          if (more.empty()) return out;
          piece += more;
        }
        buffered_ = piece.substr(size + 2);
        out.body += piece.substr(0, size);
        if (size == 0) break;
      }
    }
    return out;
  }
  Reply ask(std::string_view request) {
    send(request);
    return reply(!request.starts_with("HEAD"));
  }

  bool timed_out = false;

 private:
  int fd_ = -1;
  std::string buffered_;
};

inline std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace solvent::net::testing
