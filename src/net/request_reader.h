/// One request at a time off the wire: the head as a whole, then the body piece by piece. Wraps
/// Boost.Beast's parser behind our own strict checks. Thread-compatible; knows no socket.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/head.h"
#include "net/message.h"

namespace solvent::net {

class RequestReader {
 public:
  RequestReader(std::size_t header_bytes_max, std::size_t header_fields_max);
  ~RequestReader();

  /// `head` ends with its empty line. Fills method, path, query and headers of `into`, clearing
  /// what an earlier request left there.
  HeadProblem read_head(std::string_view head, HttpRequest& into);

  struct Fed {
    std::size_t consumed = 0;
    HeadProblem problem;
  };
  /// Takes body bytes off the front of `bytes`, appending what they carry to `body`. What is not
  /// consumed must be offered again with more behind it.
  Fed feed(std::string_view bytes, std::string& body);

  bool done() const;  ///< head and body were read whole
  bool keep_alive() const;
  bool is_http_10() const;
  bool expects_continue() const { return expects_continue_; }
  std::optional<std::uint64_t> content_length() const;  ///< absent when chunked or without body

 private:
  struct Parser;
  std::size_t header_bytes_max_, header_fields_max_;
  std::unique_ptr<Parser> parser_;
  bool expects_continue_ = false;
};

}  // namespace solvent::net
