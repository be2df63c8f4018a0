#include "net/head.h"

#include <array>

#include "base/text.h"

namespace solvent::net {
namespace {

constexpr std::size_t kQueryFieldsMax = 256;

/// RFC 9110 §5.6.2.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kToken = make_token_table();

bool is_token(std::string_view text) {
  for (const char c : text)
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  return !text.empty();
}

/// Field values: visible bytes, spaces, tabs, and obs-text above 0x7f.
bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

HeadProblem bad(std::string message) {
  return {400, std::move(message)};
}

HeadProblem check_request_line(std::string_view line, bool& is_http_10) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return bad("the request line is not METHOD SP target SP version");
  if (!is_token(line.substr(0, first))) return bad("the method is not a token");
  for (const char c : line.substr(first + 1, last - first - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f) return bad("the target has a byte that must be encoded");
  }
  const std::string_view version = line.substr(last + 1);
  is_http_10 = version == "HTTP/1.0";
  if (is_http_10 || version == "HTTP/1.1") return {};
  if (version.starts_with("HTTP/")) return {505, "this server speaks HTTP/1.0 and HTTP/1.1"};
  return bad("the request line does not end in an HTTP version");
}

/// What is counted while the fields go by.
struct Framing {
  int lengths = 0, codings = 0, hosts = 0;
};

HeadProblem check_field(std::string_view line, Framing& framing) {
  if (line.front() == ' ' || line.front() == '\t') return bad("a header field is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header line has no colon");
  const std::string_view name = line.substr(0, colon);
  if (!is_token(name)) return bad("a header name is not a token");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return bad("a header value has a control character");
  if (same_name(name, "content-length")) {
    ++framing.lengths;
    if (value.empty() || value.size() > 18) return bad("Content-Length is not a length");
    for (const char c : value)
      if (c < '0' || c > '9') return bad("Content-Length is not a length");
  } else if (same_name(name, "transfer-encoding")) {
    ++framing.codings;
    if (!same_name(value, "chunked")) return {501, "the only transfer coding here is chunked"};
  } else if (same_name(name, "host")) {
    ++framing.hosts;
    for (const char c : value)
      if (c == '/' || c == '@' || c == ' ' || c == ',' || c == '?' || c == '#' || c == '\\')
        return bad("Host is not host:port");
  }
  return {};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Appends the decoded text; false on a bad escape.
bool decode(std::string_view from, bool plus_is_space, std::string& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == '%') {
      if (from.size() - i < 3) return false;
      const int high = hex_value(from[i + 1]);
      const int low = hex_value(from[i + 2]);
      if (high < 0 || low < 0) return false;
      to.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      to.push_back(plus_is_space && from[i] == '+' ? ' ' : from[i]);
    }
  }
  return true;
}

HeadProblem check_segment(std::string_view segment, bool is_last) {
  if (segment.empty() && !is_last) return bad("the path has an empty segment");
  if (segment == "." || segment == "..") return bad("the path has a dot segment");
  for (const char c : segment)
    if (c == '/' || c == '\0' || c == '\\')
      return bad("the path has an encoded slash, backslash or NUL");
  return {};
}

HeadProblem parse_path(std::string_view raw, std::string& path) {
  std::size_t at = 1;  // after the leading '/'
  path.assign(1, '/');
  for (;;) {
    const std::size_t slash = raw.find('/', at);
    const bool is_last = slash == std::string_view::npos;
    const std::size_t start = path.size();
    const std::string_view segment = is_last ? raw.substr(at) : raw.substr(at, slash - at);
    if (!decode(segment, false, path)) return bad("the path has a bad percent escape");
    if (auto problem = check_segment(std::string_view(path).substr(start), is_last)) return problem;
    if (is_last) break;
    path.push_back('/');
    at = slash + 1;
  }
  if (!is_valid_utf8(path)) return bad("the path is not UTF-8");
  return {};
}

}  // namespace

HeadProblem check_head(std::string_view head, std::size_t fields_max) {
  Framing framing;
  bool is_http_10 = false;
  std::size_t lines = 0;
  while (true) {
    const std::size_t end = head.find_first_of("\r\n");
    if (end == std::string_view::npos || head[end] == '\n' || end + 1 >= head.size() ||
        head[end + 1] != '\n')
      return bad("a line does not end in CR LF");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty()) break;
    if (lines++ == 0) {
      if (auto problem = check_request_line(line, is_http_10)) return problem;
      continue;
    }
    if (lines - 1 > fields_max) return {431, "too many header fields"};
    if (auto problem = check_field(line, framing)) return problem;
  }
  if (lines == 0) return bad("the request line is missing");
  if (!head.empty()) return bad("the head goes on after its empty line");
  if (framing.lengths > 1) return bad("Content-Length is given twice");
  if (framing.codings > 1) return bad("Transfer-Encoding is given twice");
  if (framing.lengths > 0 && framing.codings > 0)
    return bad("Content-Length and Transfer-Encoding together");
  if (framing.codings > 0 && is_http_10) return bad("HTTP/1.0 has no transfer coding");
  if (framing.hosts > 1) return bad("Host is given twice");
  if (framing.hosts == 0 && !is_http_10) return bad("Host is missing");
  return {};
}

HeadProblem parse_target(std::string_view target, std::string& path, Fields& query) {
  query.clear();
  if (target.empty() || target.front() != '/')
    return bad("the target must be a path that begins with '/'");
  if (target.find('#') != std::string_view::npos) return bad("the target has a fragment");
  const std::size_t question = target.find('?');
  if (auto problem = parse_path(target.substr(0, question), path)) return problem;
  if (question == std::string_view::npos) return {};
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty()) continue;
    if (query.size() >= kQueryFieldsMax) return bad("the query has too many parameters");
    const std::size_t equals = pair.find('=');
    auto& [name, value] = query.emplace_back();
    const bool fine =
        decode(pair.substr(0, equals), true, name) &&
        (equals == std::string_view::npos || decode(pair.substr(equals + 1), true, value));
    if (!fine) return bad("the query has a bad percent escape");
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) return bad("the query is not UTF-8");
  }
  return {};
}

bool is_sane_request_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (const char c : id) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace solvent::net
