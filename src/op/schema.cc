#include "op/schema.h"

#include <cmath>

#include "base/text.h"
#include "op/operation.h"

namespace solvent::op {
namespace {

/// What JSON numbers keep exactly everywhere, JavaScript included.
constexpr double kExactMax = 9007199254740991.0;

Unexpected refuse(const std::string& where, const std::string& why, const FieldSpec* field) {
  return fail(Code::kInvalidArgument, where + " " + why, field != nullptr ? field->doc : "", where);
}

Result<void> validate_object(const Json& params, const StructSpec& spec, const std::string& path);

/// The form that local_file and local_tree take once the command line or the HTTP layer has put the
/// path in its place, or the text as typed.
bool is_local(const Json& value) {
  if (value.is_string()) return !value.string().empty();
  if (!value.is_object()) return false;
  const Json* root = value.find("root");
  return root != nullptr && root->is_string() && !root->string().empty();
}

const char* wanted(FieldType type) {
  switch (type) {
    case FieldType::kBool: return "must be true or false";
    case FieldType::kInt: return "must be an integer";
    case FieldType::kNumber: return "must be a number";
    case FieldType::kString: return "must be a text";
    case FieldType::kJson: return "must be JSON";
    case FieldType::kStruct: return "must be an object";
    case FieldType::kLocalFile:
    case FieldType::kLocalTree: return "must be a path";
  }
  return "is of another kind";
}

bool has_type(const Json& value, FieldType type) {
  std::int64_t integer = 0;
  double number = 0;
  switch (type) {
    case FieldType::kBool: return value.is_bool();
    case FieldType::kInt: return detail::read_scalar(value, integer);
    case FieldType::kNumber: return detail::read_scalar(value, number);
    case FieldType::kString: return value.is_string();
    case FieldType::kJson: return true;
    case FieldType::kStruct: return value.is_object();
    case FieldType::kLocalFile:
    case FieldType::kLocalTree: return is_local(value);
  }
  return false;
}

/// Texts reach databases and paths, where a NUL would end them early.
bool has_nul(const Json& value) {
  return value.is_string() && value.string().find('\0') != std::string::npos;
}

Result<void> validate_value(const Json& value, const FieldSpec& field, const std::string& where) {
  if (!has_type(value, field.type)) return refuse(where, wanted(field.type), &field);
  if (has_nul(value)) return refuse(where, "must not contain a NUL character", &field);
  if (field.type == FieldType::kStruct) return validate_object(value, *field.nested, where);
  if (field.type == FieldType::kString && !field.optional && value.string().empty())
    return refuse(where, "must not be empty", &field);
  // An optional text left empty is a text left out.
  if (value.is_string() && value.string().empty() && field.optional) return {};
  if (auto why = detail::constraint_problem(value, field.options); !why.empty())
    return refuse(where, why, &field);
  return {};
}

Result<void> validate_field(const Json& value, const FieldSpec& field, const std::string& where) {
  if (!field.list) return validate_value(value, field, where);
  if (!value.is_array()) return refuse(where, "must be a list", &field);
  for (std::size_t i = 0; i < value.array().size(); ++i)
    TRY(validate_value(value.array()[i], field, where + "[" + std::to_string(i) + "]"));
  return {};
}

Result<void> validate_object(const Json& params, const StructSpec& spec, const std::string& path) {
  const auto below = [&](const std::string& name) {
    return path.empty() ? name : path + "." + name;
  };
  for (const auto& [name, value] : params.object()) {
    const FieldSpec* field = spec.find(name);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (const FieldSpec& known : spec.fields) names.push_back(known.name);
      const auto near = nearest(name, names);
      return fail(Code::kInvalidArgument, "no such field: " + below(sanitize_utf8(name)),
                  near            ? "did you mean " + *near + "?"
                  : names.empty() ? "this takes no fields"
                                  : "the fields are: " + join(names, ", "),
                  below(name));
    }
    TRY(validate_field(value, *field, below(name)));
  }
  for (const FieldSpec& field : spec.fields)
    if (!field.optional && params.find(field.name) == nullptr)
      return refuse(below(field.name), "is required", &field);
  return {};
}

/// A client's path means nothing to a server: it is uploaded first and then named.
Json upload_schema(bool tree) {
  Json text{JsonObject()}, properties{JsonObject()}, schema{JsonObject()};
  text.set("type", "string").set("minLength", 1).set("pattern", "^[^\\u0000]*$");
  properties.set("upload", text).set("given", text);
  if (tree) properties.set("below", text);  // the folder of the upload that the tree is
  schema.set("type", "object").set("properties", std::move(properties));
  schema.set("required", JsonArray{Json("upload")}).set("additionalProperties", false);
  return schema;
}

Json type_schema(const FieldSpec& field, Direction direction) {
  Json schema{JsonObject()};
  switch (field.type) {
    case FieldType::kBool: schema.set("type", "boolean"); break;
    case FieldType::kInt: schema.set("type", "integer").set("format", "int64"); break;
    case FieldType::kNumber: schema.set("type", "number").set("format", "double"); break;
    case FieldType::kString: schema.set("type", "string"); break;
    case FieldType::kJson: return schema;  // anything
    case FieldType::kStruct: return schema_of(*field.nested, direction);
    case FieldType::kLocalFile:
    case FieldType::kLocalTree:
      if (direction == Direction::kRequest)
        return upload_schema(field.type == FieldType::kLocalTree);
      schema.set("type", "string");
      break;
  }
  return schema;
}

std::string_view unit_text(Unit unit) {
  switch (unit) {
    case Unit::kTime: return "UTC microseconds since 1970";
    case Unit::kLabourSeconds: return "seconds of labour";
    case Unit::kMoneyMinor: return "minor units of the currency";
    case Unit::kBytes: return "bytes";
    case Unit::kRatio: return "a fraction of one";
    case Unit::kDurationUs: return "microseconds";
    default: return "";
  }
}

Json bound(double value, FieldType type) {
  if (type == FieldType::kInt) return static_cast<std::int64_t>(value);
  return value;
}

/// The schema of one value of the field, without list, description and default.
Json value_schema(const FieldSpec& field, Direction direction) {
  Json schema = type_schema(field, direction);
  const bool request = direction == Direction::kRequest;
  const FieldOptions& options = field.options;
  if (field.type == FieldType::kInt || field.type == FieldType::kNumber) {
    double low = options.min, high = options.max;
    if (field.type == FieldType::kInt && request) {
      low = std::max(low, -kExactMax);
      high = std::min(high, kExactMax);
    }
    if (std::isfinite(low)) schema.set("minimum", bound(low, field.type));
    if (std::isfinite(high)) schema.set("maximum", bound(high, field.type));
  }
  if (field.type == FieldType::kString && !options.choices.empty()) {
    Json choices{JsonArray()};
    for (const std::string& choice : options.choices) choices.push(choice);
    // What was left out is told as an empty text.
    if (!request) choices.push("");
    schema.set("enum", std::move(choices));
  } else if (field.type == FieldType::kString && request) {
    if (!field.optional) schema.set("minLength", 1);
    schema.set("pattern", "^[^\\u0000]*$");
  }
  return schema;
}

}  // namespace

Json schema_of(const FieldSpec& field, Direction direction) {
  Json schema = value_schema(field, direction);
  if (field.list) {
    Json list{JsonObject()};
    list.set("type", "array").set("items", std::move(schema));
    schema = std::move(list);
  }
  std::string doc = field.doc;
  if (const std::string_view unit = unit_text(field.options.unit); !unit.empty())
    doc += (doc.empty() ? "" : "; ") + std::string(unit);
  if (!doc.empty()) schema.set("description", doc);
  if (!field.default_value.is_null() && !field.list) schema.set("default", field.default_value);
  return schema;
}

Json schema_of(const StructSpec& spec, Direction direction) {
  Json properties{JsonObject()}, required{JsonArray()};
  for (const FieldSpec& field : spec.fields) {
    properties.set(field.name, schema_of(field, direction));
    if (!field.optional) required.push(field.name);
  }
  Json schema{JsonObject()};
  schema.set("type", "object").set("properties", std::move(properties));
  if (!required.array().empty()) schema.set("required", std::move(required));
  schema.set("additionalProperties", false);
  return schema;
}

Json schema_of(const StructSpec& spec) {
  return schema_of(spec, Direction::kRequest);
}

Result<void> validate(const Json& params, const StructSpec& spec) {
  if (!params.is_object()) return fail(Code::kInvalidArgument, "the request must be a JSON object");
  return validate_object(params, spec, "");
}

}  // namespace solvent::op
