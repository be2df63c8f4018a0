/// The request head, checked strictly before anything acts on it: what two parsers could read in
/// two ways is refused (RFC 9112 §2.2, §5, §6). Pure functions over text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/message.h"

namespace solvent::net {

/// What is wrong with a head, and the HTTP status that says so; 0 when nothing is.
struct HeadProblem {
  int status = 0;
  std::string message;
  explicit operator bool() const { return status != 0; }
};

/// `head` runs from the request line to the empty line, both included. Refused: bare LF or CR, NUL
/// and other controls, obs-fold, space before ':', names that are no token, more than `fields_max`
/// fields, Content-Length with Transfer-Encoding, repeated or malformed Content-Length, any
/// transfer coding but one `chunked` (501), transfer coding in HTTP/1.0, versions but 1.0 and 1.1
/// (505), none or several Host in 1.1.
HeadProblem check_head(std::string_view head, std::size_t fields_max);

/// Splits a target in origin form ("/a/b%20c?x=1&y") into a decoded path and decoded query.
/// Refused: absolute and authority form, bad percent, encoded '/' or NUL, invalid UTF-8 in the
/// path, empty,
/// "." and ".." segments, fragments. '+' means a space in the query only.
HeadProblem parse_target(std::string_view target, std::string& path, Fields& query);

/// A client's id is kept when it is 1 to 64 of [A-Za-z0-9._-].
bool is_sane_request_id(std::string_view id);

}  // namespace solvent::net
