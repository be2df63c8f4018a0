#include "base/describe.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace solvent {

const FieldSpec* StructSpec::find(std::string_view field) const {
  for (const FieldSpec& spec : fields)
    if (spec.name == field) return &spec;
  return nullptr;
}

namespace detail {

bool read_scalar(const Json& from, bool& to) {
  if (!from.is_bool()) return false;
  to = from.boolean();
  return true;
}

bool read_scalar(const Json& from, std::int64_t& to) {
  if (from.is_int()) {
    to = from.integer();
    return true;
  }
  // JSON Schema counts 5.0 as an integer; doubles are exact up to 2^53.
  if (!from.is_double()) return false;
  const double value = from.number();
  if (std::trunc(value) != value || std::abs(value) > 9007199254740992.0) return false;
  to = static_cast<std::int64_t>(value);
  return true;
}

bool read_scalar(const Json& from, double& to) {
  if (!from.is_number() || !std::isfinite(from.number())) return false;
  to = from.number();
  return true;
}

bool read_scalar(const Json& from, std::string& to) {
  if (!from.is_string()) return false;
  to = from.string();
  return true;
}

const char* type_name(bool) {
  return "true or false";
}
const char* type_name(std::int64_t) {
  return "an integer";
}
const char* type_name(double) {
  return "a number";
}
const char* type_name(const std::string&) {
  return "a text";
}

std::string constraint_problem(const Json& value, const FieldOptions& options) {
  if (value.is_number()) {
    const double number = value.number();
    if (number < options.min) return "must be at least " + format_double(options.min);
    if (number > options.max) return "must be at most " + format_double(options.max);
  }
  // An empty text is one left out; op refuses it where a text is required.
  if (value.is_string() && !value.string().empty() && !options.choices.empty() &&
      std::ranges::find(options.choices, value.string()) == options.choices.end())
    return "must be one of " + join(options.choices, ", ");
  return {};
}

void JsonReader::finish() {
  if (failed()) return;
  for (const auto& [name, value] : from_.object()) {
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::string why = "is not a known field";
    if (const auto near = nearest(name, known_)) why += "; did you mean " + *near + "?";
    return reject(path_.empty() ? name : path_ + "." + name, why);
  }
}

}  // namespace detail
}  // namespace solvent
