/// JSON values, and described structs: the one source of JSON, schema, table columns and forms.
/// Values are thread-compatible. Parsing has limits on depth and size; see JsonLimits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace solvent {

class Json;
using JsonArray = std::vector<Json>;
/// Members keep the order they were given in.
using JsonObject = std::vector<std::pair<std::string, Json>>;

class Json {
 public:
  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value);  ///< above INT64_MAX becomes a double
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(JsonArray value) : value_(std::move(value)) {}
  Json(JsonObject value) : value_(std::move(value)) {}

  bool is_null() const { return value_.index() == 0; }
  bool is_bool() const { return value_.index() == 1; }
  bool is_int() const { return value_.index() == 2; }
  bool is_double() const { return value_.index() == 3; }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return value_.index() == 4; }
  bool is_array() const { return value_.index() == 5; }
  bool is_object() const { return value_.index() == 6; }

  /// Each asserts its kind; test first when the value is foreign.
  bool boolean() const;
  std::int64_t integer() const;
  double number() const;  ///< int or double
  const std::string& string() const;
  const JsonArray& array() const;
  JsonArray& array();
  const JsonObject& object() const;
  JsonObject& object();

  /// Member by name, or null when absent or not an object.
  const Json* find(std::string_view name) const;
  /// Lenient reads for foreign documents: the fallback where absent or of another kind.
  std::string text_or(std::string_view name, std::string_view fallback) const;
  std::int64_t int_or(std::string_view name, std::int64_t fallback) const;
  double number_or(std::string_view name, double fallback) const;
  bool bool_or(std::string_view name, bool fallback) const;
  /// Adds or replaces a member; a null value becomes an object.
  Json& set(std::string name, Json value);
  void push(Json value);  ///< a null value becomes an array

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, JsonArray, JsonObject>
      value_;
};

struct JsonLimits {
  std::size_t depth_max = 64;
  std::size_t bytes_max = 64u << 20;
};

/// kInvalidArgument with the byte offset; kResourceExhausted over a limit. Duplicate members: the
/// last wins. Invalid UTF-8 is refused.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});
/// Compact. Doubles are shortest round-trip; NaN and infinities become null.
std::string to_text(const Json& value);
/// Indented by two, for people.
std::string to_pretty_text(const Json& value);
/// RFC 8785 (JCS) canonical form: members sorted, for digests.
std::string to_canonical_text(const Json& value);

}  // namespace solvent
