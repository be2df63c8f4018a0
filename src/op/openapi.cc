#include "op/openapi.h"

#include <algorithm>

#include "base/text.h"
#include "op/http_status.h"
#include "op/schema.h"

namespace solvent::op {
namespace {

Json object() {
  return JsonObject();
}

Json reference(std::string_view path) {
  Json out = object();
  out.set("$ref", path);
  return out;
}

Json json_content(Json schema) {
  Json media = object(), content = object();
  media.set("schema", std::move(schema));
  content.set("application/json", std::move(media));
  return content;
}

/// "/t/{path*}" is written "/t/{path}": OpenAPI has no capture that spans slashes.
std::string open_path(std::string_view path) {
  return replace_all(std::string(path), "*}", "}");
}

bool in_path(const OperationSpec& spec, std::string_view field) {
  return contains(open_path(spec.path), "{" + std::string(field) + "}");
}

bool has_body(const OperationSpec& spec) {
  return spec.method != "GET" && spec.method != "DELETE";
}

Json parameter_of(const OperationSpec& spec, const FieldSpec& field) {
  const bool path = in_path(spec, field.name);
  Json parameter = object();
  parameter.set("name", field.name).set("in", path ? "path" : "query");
  parameter.set("required", path || !field.optional);
  if (!field.doc.empty()) parameter.set("description", field.doc);
  Json schema = schema_of(field, Direction::kRequest);
  if (path && field.type == FieldType::kString) schema.set("minLength", 1);
  if (field.type == FieldType::kStruct || field.type == FieldType::kJson) {
    parameter.set("content", json_content(std::move(schema)));
  } else {
    parameter.set("schema", std::move(schema));
  }
  return parameter;
}

Json body_of(const OperationSpec& spec) {
  StructSpec body{.name = spec.request->name, .fields = {}};
  bool required = false;
  for (const FieldSpec& field : spec.request->fields) {
    if (in_path(spec, field.name)) continue;
    body.fields.push_back(field);
    required = required || !field.optional;
  }
  if (body.fields.empty()) return {};
  Json out = object();
  out.set("required", required);
  out.set("content", json_content(schema_of(body, Direction::kRequest)));
  return out;
}

Json error_schema() {
  Json codes{JsonArray()};
  for (int code = 1; code <= 16; ++code) codes.push(code_name(static_cast<Code>(code)));
  Json code = object(), text = object(), fields = object(), error = object(), outer = object();
  code.set("type", "string").set("enum", std::move(codes));
  code.set("description", "a google.rpc.Code by name");
  text.set("type", "string");
  fields.set("code", std::move(code));
  for (const char* name : {"message", "hint", "subject", "request_id"}) fields.set(name, text);
  error.set("type", "object").set("properties", std::move(fields));
  error.set("required", JsonArray{Json("code"), Json("message")});
  Json properties = object();
  properties.set("error", std::move(error));
  outer.set("type", "object").set("properties", std::move(properties));
  outer.set("required", JsonArray{Json("error")});
  return outer;
}

std::string status_text(int status) {
  switch (status) {
    case 400: return "a parameter is missing, unknown or wrong; subject names it";
    case 401: return "no token, or one that is not known";
    case 403: return "the caller's role or scope does not suffice";
    case 404: return "there is no such thing";
    case 409: return "it exists already, or changed meanwhile";
    case 412: return "the workspace is not in a state that allows this";
    case 429: return "over a limit";
    case 500: return "our bug";
    case 503: return "not now; try again";
    default: return "any other error";
  }
}

Json responses_of(const OperationSpec& spec) {
  Json responses = object(), done = object();
  done.set("description", spec.summary);
  Json content = json_content(schema_of(*spec.result, Direction::kResult));
  // A result without fields may be bytes, of the type that the reply says.
  if (spec.result->fields.empty()) content.set("*/*", object());
  if (spec.follows) content = object();
  if (spec.follows || (spec.progress && !spec.result->fields.empty())) {
    // One event: its name, and its data as JSON text.
    Json text = object(), fields = object(), event = object(), media = object();
    text.set("type", "string");
    fields.set("event", text).set("data", text);
    event.set("type", "object").set("properties", std::move(fields));
    content.set("text/event-stream", std::move(media.set("schema", std::move(event))));
  }
  done.set("content", std::move(content));
  responses.set("200", std::move(done));
  const auto add = [&](const std::string& name, int status) {
    Json response = object();
    response.set("description", status_text(status));
    response.set("content", json_content(reference("#/components/schemas/Error")));
    responses.set(name, std::move(response));
  };
  for (const int status : {400, 401, 403, 404, 409, 412, 429, 500, 503})
    add(std::to_string(status), status);
  add("default", 0);
  return responses;
}

Json operation_of(const OperationSpec& spec) {
  Json operation = object();
  operation.set("operationId", replace_all(spec.noun + "_" + spec.verb, "-", "_"));
  operation.set("summary", spec.summary);
  std::string text = spec.description;
  for (const Example& example : spec.examples)
    text += (text.empty() ? "" : "\n\n") + example.what + ": `" + example.command + "`";
  operation.set("description", text);
  operation.set("tags", JsonArray{Json(spec.noun)});
  JsonArray parameters;
  for (const FieldSpec& field : spec.request->fields)
    if (in_path(spec, field.name) || !has_body(spec))
      parameters.push_back(parameter_of(spec, field));
  if (!parameters.empty()) operation.set("parameters", std::move(parameters));
  if (has_body(spec))
    if (Json body = body_of(spec); !body.is_null()) operation.set("requestBody", std::move(body));
  operation.set("responses", responses_of(spec));
  return operation;
}

}  // namespace

Json openapi_of(const Operations& operations, std::string_view version, const Json& routes) {
  Json info = object();
  info.set("title", "Solvent").set("version", version);
  info.set("license", object().set("name", "Apache-2.0").set("identifier", "Apache-2.0"));

  Json paths = object();
  for (const OperationSpec& spec : operations.specs()) {
    const std::string path = open_path(spec.path);
    Json item = paths.find(path) != nullptr ? *paths.find(path) : object();
    item.set(lower_ascii(spec.method), operation_of(spec));
    paths.set(path, std::move(item));
  }

  for (const auto& [path, item] : routes.object()) paths.set(path, item);

  Json error = object(), responses = object();
  error.set("description", status_text(0));
  error.set("content", json_content(reference("#/components/schemas/Error")));
  responses.set("Error", std::move(error));
  Json bearer = object(), schemes = object(), schemas = object(), components = object();
  bearer.set("type", "http").set("scheme", "bearer");
  schemes.set("token", std::move(bearer));
  schemas.set("Error", error_schema());
  components.set("schemas", std::move(schemas)).set("responses", std::move(responses));
  components.set("securitySchemes", std::move(schemes));

  Json document = object();
  document.set("openapi", "3.1.0").set("info", std::move(info));
  document.set("servers", JsonArray{object().set("url", "/")});
  // Reads on loopback may be open; then no token is as good as one.
  document.set("security", JsonArray{object().set("token", JsonArray()), object()});
  document.set("paths", std::move(paths)).set("components", std::move(components));
  return document;
}

}  // namespace solvent::op
