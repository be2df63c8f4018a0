/// When to ask Boost.Beast's parser again that has wanted more than it was offered. Beast 1.74
/// asserts that a last chunk whose beginning it has seen is offered in five bytes or more;
/// "0\r\n\r" are four. To wait for five costs nothing: neither a head nor a chunked body ends in
/// less.
#pragma once

#include <cstddef>
#include <string_view>

namespace solvent::net {

class Appetite {
 public:
  /// Whether the parser can go on with so many bytes, those that it left included.
  bool is_met_by(std::size_t bytes) const { return !wants_more_ || bytes >= kEnd; }
  /// What it said of the last offer.
  void set(bool wants_more) { wants_more_ = wants_more; }

 private:
  static constexpr std::size_t kEnd = std::string_view("0\r\n\r\n").size();
  bool wants_more_ = false;
};

}  // namespace solvent::net
