#include "net/message.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "op/http_status.h"

namespace solvent::net {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::uint32_t narrow(std::size_t size) {
  ASSERT(size <= UINT32_MAX);
  return static_cast<std::uint32_t>(size);
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (same_name(trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

void Headers::add(std::string_view name, std::string_view value) {
  const std::uint32_t start = narrow(text_.size());
  text_.append(name).append(value);
  places_.push_back(
      {start, narrow(name.size()), narrow(start + name.size()), narrow(value.size())});
}

void Headers::set(std::string_view name, std::string_view value) {
  // `value` may be a view into this very buffer, which add() would move.
  const std::string kept(value);
  remove(name);
  add(name, kept);
}

void Headers::remove(std::string_view name) {
  std::erase_if(places_, [&](const Place& place) {
    return same_name(std::string_view(text_).substr(place.name, place.name_size), name);
  });
}

void Headers::clear() {
  text_.clear();
  places_.clear();
}

Headers::Field Headers::at(std::size_t index) const {
  ASSERT(index < places_.size());
  const Place& place = places_[index];
  const std::string_view text = text_;
  return {text.substr(place.name, place.name_size), text.substr(place.value, place.value_size)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (const Field field = at(i); same_name(field.name, name)) return field.value;
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) found += same_name(at(i).name, name);
  return found;
}

std::optional<std::string> HttpRequest::query_value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::string_view HttpRequest::capture(std::string_view name) const {
  for (const auto& [key, value] : captures)
    if (key == name) return value;
  return {};
}

HttpReply text_reply(int status, std::string_view content_type, std::string body) {
  HttpReply reply{.status = status, .headers = {}, .body = std::move(body)};
  reply.headers.add("Content-Type", content_type);
  return reply;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
  }
}

HttpReply error_reply(const Error& error, std::string_view request_id) {
  return error_reply(op::http_status(error.code), error, request_id);
}

HttpReply error_reply(int status, const Error& error, std::string_view request_id) {
  // Errors quote what was sent to us, and JSON must be UTF-8 whatever that was.
  const auto text = [](const std::string& value) { return Json(sanitize_utf8(value)); };
  JsonObject inner;
  inner.emplace_back("code", code_name(error.code));
  inner.emplace_back("message", text(error.message));
  inner.emplace_back("hint", text(error.hint));
  inner.emplace_back("subject", text(error.subject));
  inner.emplace_back("request_id", request_id);
  JsonObject outer;
  outer.emplace_back("error", std::move(inner));
  HttpReply reply = text_reply(status, "application/json", to_text(outer));
  if (status == 401) reply.headers.set("WWW-Authenticate", "Bearer realm=\"solvent\"");
  if (status == 503 || status == 429) reply.headers.set("Retry-After", "1");
  return reply;
}

}  // namespace solvent::net
