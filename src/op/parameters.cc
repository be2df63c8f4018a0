#include "op/parameters.h"

#include <cmath>

#include "base/files.h"
#include "base/text.h"

namespace solvent::op {
namespace {

std::optional<bool> parse_bool(std::string_view text) {
  const std::string low = lower_ascii(text);
  if (low == "true" || low == "yes" || low == "1") return true;
  if (low == "false" || low == "no" || low == "0") return false;
  return std::nullopt;
}

/// "90", "90 s", "45min", "3.5 h", in seconds.
std::optional<std::int64_t> parse_labour(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && (text[digits] == '.' || text[digits] == '-' ||
                                  (text[digits] >= '0' && text[digits] <= '9')))
    ++digits;
  const auto number = parse_double(text.substr(0, digits));
  const std::string unit = lower_ascii(trim(text.substr(digits)));
  double scale;
  if (unit.empty() || unit == "s")
    scale = 1;
  else if (unit == "min" || unit == "m")
    scale = 60;
  else if (unit == "h")
    scale = 3600;
  else
    return std::nullopt;
  if (!number || std::abs(*number * scale) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*number * scale));
}

std::optional<std::int64_t> parse_integer(std::string_view text, Unit unit) {
  if (const auto value = parse_int(text)) return value;
  if (unit == Unit::kTime) {
    const auto time = parse_time(text);
    return time ? std::optional<std::int64_t>(*time) : std::nullopt;
  }
  if (unit == Unit::kLabourSeconds) return parse_labour(text);
  return std::nullopt;
}

/// " from 1 to 1000", where there are bounds.
std::string bounds_of(const FieldOptions& options) {
  const bool low = std::isfinite(options.min), high = std::isfinite(options.max);
  if (low && high)
    return " from " + format_double(options.min) + " to " + format_double(options.max);
  if (low) return " of at least " + format_double(options.min);
  return high ? " of at most " + format_double(options.max) : "";
}

}  // namespace

Result<Json> value_from_text(const FieldSpec& field, std::string_view text,
                             std::string_view directory) {
  const auto refuse = [&](const std::string& why) {
    return fail(Code::kInvalidArgument, field.name + " " + why, field.doc, field.name);
  };
  const auto refuse_number = [&](const std::string& why, const std::string& kind) {
    return fail(Code::kInvalidArgument, field.name + " " + why,
                "give " + kind + bounds_of(field.options) + " (" + field.doc + ")", field.name);
  };
  if (!is_valid_utf8(text) && field.type != FieldType::kLocalFile &&
      field.type != FieldType::kLocalTree)
    return refuse("must be UTF-8 text");
  switch (field.type) {
    case FieldType::kBool:
      if (const auto value = parse_bool(text)) return Json(*value);
      return refuse("must be true or false");
    case FieldType::kInt:
      if (const auto value = parse_integer(trim(text), field.options.unit)) return Json(*value);
      if (field.options.unit == Unit::kTime)
        return refuse("must be a time: 2026-11-24 or 2026-11-24T02:07:27Z");
      if (field.options.unit == Unit::kLabourSeconds)
        return refuse("must be labour: seconds, 45min or 3.5h");
      return refuse_number("must be an integer", "a whole number");
    case FieldType::kNumber:
      if (const auto value = parse_double(trim(text)); value && std::isfinite(*value))
        return Json(*value);
      return refuse_number("must be a number", "a number");
    case FieldType::kString: return Json(text);
    case FieldType::kJson:
    case FieldType::kStruct: {
      auto value = parse_json(text);
      if (!value) return refuse("must be JSON: " + value.error().message);
      return std::move(*value);
    }
    case FieldType::kLocalFile:
    case FieldType::kLocalTree: {
      if (text.empty()) return refuse("must be a path");
      if (directory.empty()) return Json(text);
      Json path{JsonObject()};
      path.set("given", text);
      path.set("root", text.starts_with('/') ? std::string(text) : join_path(directory, text));
      return path;
    }
  }
  return refuse("is of an unknown kind");
}

Result<Json> params_from_texts(const StructSpec& spec,
                               std::span<const std::pair<std::string, std::string>> texts) {
  Json params{JsonObject()};
  for (const auto& [name, text] : texts) {
    const FieldSpec* field = spec.find(name);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const FieldSpec& known : spec.fields) names.push_back(known.name);
      const auto near = nearest(name, names);
      return fail(Code::kInvalidArgument, "no such parameter: " + sanitize_utf8(name),
                  near ? "did you mean " + *near + "?" : "", name);
    }
    Json value = TRY(value_from_text(*field, text));
    if (!field->list) {
      if (params.find(name) != nullptr)
        return fail(Code::kInvalidArgument, name + " is given twice", field->doc, name);
      params.set(name, std::move(value));
      continue;
    }
    if (params.find(name) == nullptr) params.set(name, JsonArray());
    for (auto& [member, list] : params.object()) {
      if (member != name) continue;
      list.push(std::move(value));
      break;
    }
  }
  return params;
}

Error named_as_given(Error error, const Json& params, const StructSpec& spec) {
  if (!params.is_object()) return error;
  const auto one = [&](const Json& value, const FieldSpec& field) {
    if (field.type == FieldType::kStruct && field.nested != nullptr) {
      error = named_as_given(std::move(error), value, *field.nested);
      return;
    }
    if (field.type != FieldType::kLocalFile && field.type != FieldType::kLocalTree) return;
    const std::string root = value.text_or("root", ""), given = value.text_or("given", "");
    if (root.size() < 2 || given.empty()) return;
    for (std::string* text : {&error.message, &error.hint, &error.subject}) {
      *text = replace_all(std::move(*text), root, given);
      *text = replace_all(std::move(*text), sanitize_utf8(root), sanitize_utf8(given));
    }
  };
  for (const auto& [name, value] : params.object()) {
    const FieldSpec* field = spec.find(name);
    if (field == nullptr) continue;
    if (field->list && value.is_array()) {
      for (const Json& item : value.array()) one(item, *field);
    } else {
      one(value, *field);
    }
  }
  return error;
}

}  // namespace solvent::op
