// The peer: Boost.Beast answering a constant, as lean as its own examples get: no timeouts, no
// router, one response object a connection. Standard input, to its end, is the constant; prints its
// port, then serves until it is terminated.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, const std::string& constant) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    response_.result(http::status::ok);
    response_.version(11);
    response_.set(http::field::server, "bare");
    response_.set(http::field::content_type, "application/json");
    response_.body() = constant;
    response_.prepare_payload();
  }
  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

 private:
  void write() {
    response_.keep_alive(request_.keep_alive());
    http::async_write(socket_, response_,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }
  Tcp::socket socket_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(Tcp::acceptor& acceptor, const std::string& constant) {
  acceptor.async_accept([&](error_code error, Tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), constant)->read();
    accept(acceptor, constant);
  });
}

}  // namespace

int main() {
  const std::string constant{std::istreambuf_iterator<char>(std::cin), {}};
  asio::io_context context{1};
  Tcp::acceptor acceptor(context, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  accept(acceptor, constant);
  std::cout << acceptor.local_endpoint().port() << std::endl;
  context.run();
}
