#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include <boost/json/basic_parser_impl.hpp>

#include "base/text.h"

namespace solvent {

Json::Json(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX))
    value_ = static_cast<std::int64_t>(value);
  else
    value_ = static_cast<double>(value);
}

bool Json::boolean() const {
  ASSERT(is_bool());
  return std::get<bool>(value_);
}
std::int64_t Json::integer() const {
  ASSERT(is_int());
  return std::get<std::int64_t>(value_);
}
double Json::number() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(value_));
  ASSERT(is_double());
  return std::get<double>(value_);
}
const std::string& Json::string() const {
  ASSERT(is_string());
  return std::get<std::string>(value_);
}
const JsonArray& Json::array() const {
  ASSERT(is_array());
  return std::get<JsonArray>(value_);
}
JsonArray& Json::array() {
  ASSERT(is_array());
  return std::get<JsonArray>(value_);
}
const JsonObject& Json::object() const {
  ASSERT(is_object());
  return std::get<JsonObject>(value_);
}
JsonObject& Json::object() {
  ASSERT(is_object());
  return std::get<JsonObject>(value_);
}

const Json* Json::find(std::string_view name) const {
  if (!is_object()) return nullptr;
  for (const auto& [key, value] : object())
    if (key == name) return &value;
  return nullptr;
}

std::string Json::text_or(std::string_view name, std::string_view fallback) const {
  const Json* member = find(name);
  return member != nullptr && member->is_string() ? member->string() : std::string(fallback);
}
std::int64_t Json::int_or(std::string_view name, std::int64_t fallback) const {
  const Json* member = find(name);
  return member != nullptr && member->is_int() ? member->integer() : fallback;
}
double Json::number_or(std::string_view name, double fallback) const {
  const Json* member = find(name);
  return member != nullptr && member->is_number() ? member->number() : fallback;
}
bool Json::bool_or(std::string_view name, bool fallback) const {
  const Json* member = find(name);
  return member != nullptr && member->is_bool() ? member->boolean() : fallback;
}

Json& Json::set(std::string name, Json value) {
  if (is_null()) value_ = JsonObject();
  for (auto& [key, old] : object()) {
    if (key == name) {
      old = std::move(value);
      return *this;
    }
  }
  object().emplace_back(std::move(name), std::move(value));
  return *this;
}

void Json::push(Json value) {
  if (is_null()) value_ = JsonArray();
  array().push_back(std::move(value));
}

namespace {

/// Keeps the first place and the last value of each member name.
void drop_duplicates(JsonObject& members) {
  std::unordered_map<std::string_view, std::size_t> first;
  first.reserve(members.size());
  std::vector<bool> dropped(members.size());
  bool any = false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto [at, fresh] = first.emplace(members[i].first, i);
    if (fresh) continue;
    members[at->second].second = std::move(members[i].second);
    dropped[i] = any = true;
  }
  if (!any) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (dropped[i]) continue;
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.resize(kept);
}

/// Events of Boost.JSON's parser, built into a Json. Numbers are read again from their text: the
/// parser's own doubles are not always the nearest ones.
struct Builder {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  using Error = boost::json::error_code;
  using View = boost::json::string_view;

  std::vector<Json> open;  ///< containers being filled, outermost first
  std::vector<std::string> names;
  std::string text;  ///< of the key, string or number being read
  Json root;

  bool add(Json value) {
    if (open.empty()) {
      root = std::move(value);
    } else if (open.back().is_array()) {
      open.back().array().push_back(std::move(value));
    } else {
      open.back().object().emplace_back(std::move(names.back()), std::move(value));
      names.pop_back();
    }
    return true;
  }
  bool close() {
    Json done = std::move(open.back());
    open.pop_back();
    return add(std::move(done));
  }
  bool append(View part) {
    text.append(part.data(), part.size());
    return true;
  }
  std::string take(View part) {
    append(part);
    return std::exchange(text, {});
  }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return open.emplace_back(JsonObject()), true; }
  bool on_object_end(std::size_t, Error&) {
    drop_duplicates(open.back().object());
    return close();
  }
  bool on_array_begin(Error&) { return open.emplace_back(JsonArray()), true; }
  bool on_array_end(std::size_t, Error&) { return close(); }
  bool on_key_part(View part, std::size_t, Error&) { return append(part); }
  bool on_key(View part, std::size_t, Error&) { return names.push_back(take(part)), true; }
  bool on_string_part(View part, std::size_t, Error&) { return append(part); }
  bool on_string(View part, std::size_t, Error&) { return add(take(part)); }
  bool on_number_part(View part, Error&) { return append(part); }
  bool on_int64(std::int64_t value, View, Error&) { return text.clear(), add(value); }
  bool on_uint64(std::uint64_t value, View, Error&) { return text.clear(), add(value); }
  bool on_double(double value, View part, Error& error) {
    const std::string digits = take(part);
    double exact = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    if (read.ec == std::errc()) value = exact;
    if (!std::isfinite(value)) {
      error = boost::json::error::exponent_overflow;
      return false;
    }
    return add(value);
  }
  bool on_bool(bool value, Error&) { return add(value); }
  bool on_null(Error&) { return add(nullptr); }
  bool on_comment_part(View, Error&) { return true; }
  bool on_comment(View, Error&) { return true; }
};

std::string_view strip_space(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

void write_escape(std::string& out, char c) {
  static constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      out += "\\u00";
      out.push_back(kDigits[c >> 4]);
      out.push_back(kDigits[c & 15]);
  }
}

/// Runs of plain bytes are copied whole: most texts are one run.
void write_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, begin, i - begin);
    write_escape(out, c);
    begin = i + 1;
  }
  out.append(text, begin);
  out.push_back('"');
}

/// Bytes that are no UTF-8 would make the whole document unreadable to others.
void write_text(std::string& out, std::string_view text) {
  if (is_valid_utf8(text))
    write_string(out, text);
  else
    write_string(out, sanitize_utf8(text));
}

/// "1.0", not "1": a double stays a double when read again.
void write_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const std::string text = format_double(value);
  out += text;
  if (text.find_first_of(".e") == std::string::npos) out += ".0";
}

/// ECMAScript's Number::toString, which RFC 8785 prescribes.
void write_canonical_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {
    out += "0";
    return;
  }
  if (value < 0) out.push_back('-');
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view all(text, static_cast<std::size_t>(end - text));
  const std::size_t e = all.find('e');
  int exponent = 0;
  const char* from = text + e + 1 + (all[e + 1] == '+' ? 1 : 0);
  std::from_chars(from, end, exponent);
  std::string digits(1, all[0]);
  if (e > 2) digits += all.substr(2, e - 2);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // the decimal point stands after this many digits
  if (point >= count && point <= 21) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else if (point > 0 && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." +
           digits.substr(static_cast<std::size_t>(point));
  } else if (point > -6 && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    out.push_back(digits[0]);
    if (count > 1) out += "." + digits.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  }
}

/// RFC 8785 sorts member names by UTF-16 code units: code points above U+FFFF come before
/// U+E000..U+FFFF. In UTF-8 that is lead byte F0..F4 before EE..EF.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0xf0) return byte - 2;
    if (byte >= 0xee) return byte + 16;
    return static_cast<int>(byte);
  };
  return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

enum class Layout : std::uint8_t { kCompact, kPretty, kCanonical };

void write(std::string& out, const Json& value, Layout layout, std::size_t depth);

void write_gap(std::string& out, Layout layout, std::size_t depth) {
  if (layout != Layout::kPretty) return;
  out.push_back('\n');
  out.append(2 * depth, ' ');
}

void write_member(std::string& out, const std::pair<std::string, Json>& member, Layout layout,
                  std::size_t depth) {
  write_text(out, member.first);
  out += layout == Layout::kPretty ? ": " : ":";
  write(out, member.second, layout, depth);
}

void write_object(std::string& out, const JsonObject& members, Layout layout, std::size_t depth) {
  std::vector<const JsonObject::value_type*> order;
  order.reserve(members.size());
  for (const auto& member : members) order.push_back(&member);
  if (layout == Layout::kCanonical)
    std::ranges::sort(order, [](const auto* a, const auto* b) {
      return a->first == b->first ? a < b : utf16_less(a->first, b->first);
    });
  out.push_back('{');
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0) out.push_back(',');
    write_gap(out, layout, depth + 1);
    write_member(out, *order[i], layout, depth + 1);
  }
  if (!order.empty()) write_gap(out, layout, depth);
  out.push_back('}');
}

void write_array(std::string& out, const JsonArray& items, Layout layout, std::size_t depth) {
  out.push_back('[');
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    write_gap(out, layout, depth + 1);
    write(out, items[i], layout, depth + 1);
  }
  if (!items.empty()) write_gap(out, layout, depth);
  out.push_back(']');
}

void write(std::string& out, const Json& value, Layout layout, std::size_t depth) {
  if (value.is_null())
    out += "null";
  else if (value.is_bool())
    out += value.boolean() ? "true" : "false";
  else if (value.is_int())
    out += std::to_string(value.integer());
  else if (value.is_string())
    write_text(out, value.string());
  else if (value.is_array())
    write_array(out, value.array(), layout, depth);
  else if (value.is_object())
    write_object(out, value.object(), layout, depth);
  else if (layout == Layout::kCanonical)
    write_canonical_double(out, value.number());
  else
    write_double(out, value.number());
}

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes_max)
    return fail(Code::kResourceExhausted,
                "JSON text is larger than the limit: " + std::to_string(text.size()) + " > " +
                    std::to_string(limits.bytes_max) + " bytes");
  text = strip_space(text);
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  boost::json::basic_parser<Builder> parser(options);
  boost::json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (error == boost::json::error::too_deep)
    return fail(Code::kResourceExhausted, "JSON nests deeper than the limit: " +
                                              std::to_string(limits.depth_max) + " levels");
  if (error)
    return fail(Code::kInvalidArgument,
                "not JSON: " + error.message() + " at byte " + std::to_string(used));
  return std::move(parser.handler().root);
}

std::string to_text(const Json& value) {
  std::string out;
  write(out, value, Layout::kCompact, 0);
  return out;
}

std::string to_pretty_text(const Json& value) {
  std::string out;
  write(out, value, Layout::kPretty, 0);
  return out;
}

std::string to_canonical_text(const Json& value) {
  std::string out;
  write(out, value, Layout::kCanonical, 0);
  return out;
}

}  // namespace solvent
