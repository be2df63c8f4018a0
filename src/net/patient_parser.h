/// Boost.Beast's parser of heads and bodies, fed as bytes come off a wire: however they are cut, it
/// is asked again only when it can go on. Beast 1.74 asserts that a last chunk which it has seen
/// the beginning of is offered in five bytes or more; "0\r\n\r" are four. Needs what derives from
/// it to set the limits.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string_view>

namespace solvent::net {

template <bool is_request>
class PatientParser : public boost::beast::http::basic_parser<is_request> {
 public:
  /// Takes bytes off the front; returns how many. What is not taken must be offered again with more
  /// behind it, then at least `kEnd` in all: neither a head nor a chunked body ends in less.
  std::size_t offer(std::string_view bytes, boost::beast::error_code& error) {
    error = {};
    if (bytes.size() < kEnd && starved_) return 0;
    const std::size_t used = this->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    starved_ = error == boost::beast::http::error::need_more;
    if (starved_) error = {};
    return used;
  }

 private:
  static constexpr std::size_t kEnd = std::string_view("0\r\n\r\n").size();
  bool starved_ = false;  ///< what came last was not enough to go on
};

}  // namespace solvent::net
