#include "net/api.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "op/parameters.h"

namespace solvent::net {
namespace {

/// Staged uploads that the parameters of one call name.
using Held = std::vector<std::shared_ptr<const StagedUpload>>;

class Staging {
 public:
  Staging(Uploads& uploads, const op::Caller& caller) : uploads_(uploads), caller_(caller) {}

  /// Replaces {"upload", "given", "below"} by {"root", "given"} wherever the spec has a local file
  /// or tree, nested ones included, and refuses any other form.
  Result<void> apply(Json& params, const StructSpec& spec) {
    if (!params.is_object()) return {};
    for (auto& [name, value] : params.object()) {
      const FieldSpec* field = spec.find(name);
      if (field == nullptr) continue;  // validation names it
      if (field->list && value.is_array()) {
        for (Json& item : value.array()) TRY(apply_field(item, *field));
      } else {
        TRY(apply_field(value, *field));
      }
    }
    return {};
  }
  Held held;

 private:
  Result<void> apply_field(Json& value, const FieldSpec& field) {
    if (field.type == FieldType::kStruct && field.nested != nullptr)
      return apply(value, *field.nested);
    const bool is_file = field.type == FieldType::kLocalFile;
    if (!is_file && field.type != FieldType::kLocalTree) return {};
    if (value.is_null()) return {};
    const Json* id = value.find("upload");
    if (id == nullptr || !id->is_string() || value.find("root") != nullptr)
      return fail(Code::kInvalidArgument,
                  field.name + " must be an upload: a server opens no path of a client's",
                  "POST /api/uploads first, then send {\"upload\": id}", field.name);
    auto staged = TRY(uploads_.take(caller_.principal, id->string()));
    std::string root = staged->tree;
    std::string below = is_file ? "" : value.text_or("below", "");
    if (is_file) {
      if (staged->files.size() != 1)
        return fail(Code::kInvalidArgument, field.name + " must be an upload of one file",
                    "upload that file alone", field.name);
      root = join_path(root, staged->files.front());
    } else if (!below.empty()) {
      root = TRY(path_below(root, below));
      below =
          root.substr(std::min(root.size(), staged->tree.size() + 1));  // as it is, without ".."
      std::error_code error;
      if (!std::filesystem::is_directory(root, error))
        return fail(Code::kInvalidArgument, field.name + ".below is no folder of the upload",
                    "name one of its folders, or leave it out", field.name);
    }
    JsonObject local;
    local.emplace_back("root", std::move(root));
    local.emplace_back("given", value.text_or("given", is_file ? staged->files.front() : "."));
    if (!below.empty()) local.emplace_back("below", below);
    value = Json(std::move(local));
    held.push_back(std::move(staged));
    return {};
  }

  Uploads& uploads_;
  const op::Caller& caller_;
};

bool body_carries_params(const op::OperationSpec& spec) {
  return spec.method != "GET" && spec.method != "DELETE";
}

Result<Json> read_params(const op::OperationSpec& spec, const HttpRequest& request) {
  Json params = TRY(op::params_from_texts(*spec.request, request.captures));
  if (!request.query.empty()) {
    Json query = TRY(op::params_from_texts(*spec.request, request.query));
    for (auto& [name, value] : query.object()) {
      if (params.find(name) != nullptr)
        return fail(Code::kInvalidArgument, name + " is in the path and in the query",
                    "give it once", name);
      params.set(name, std::move(value));
    }
  }
  if (!body_carries_params(spec) || trim(request.body).empty()) {
    if (!body_carries_params(spec) && !request.body.empty())
      return fail(Code::kInvalidArgument, "this operation takes no body",
                  "put parameters in the query");
    return params;
  }
  const std::string_view type = request.headers.find("content-type").value_or("");
  if (!same_name(trim(type.substr(0, type.find(';'))), "application/json"))
    return fail(Code::kInvalidArgument, "the body must be JSON",
                "send Content-Type: application/json", "content-type");
  auto parsed = parse_json(request.body);
  // Too deep is bad input here, not a server that has had enough.
  if (!parsed)
    return fail(Code::kInvalidArgument, parsed.error().message,
                "send one JSON object; /openapi.json describes it", "body");
  const Json& body = *parsed;
  if (!body.is_object())
    return fail(Code::kInvalidArgument, "the body must be a JSON object",
                "send one JSON object; /openapi.json describes it", "body");
  for (const auto& [name, value] : body.object()) {
    if (params.find(name) != nullptr)
      return fail(Code::kInvalidArgument, name + " is given twice", "give it once", name);
    params.set(name, value);
  }
  return params;
}

/// An operation whose result has no fields answers with bytes, which are no event's data.
bool wants_events(const op::OperationSpec& spec, const HttpRequest& request) {
  if (!spec.progress || spec.result->fields.empty()) return false;
  const auto accept = request.headers.find("accept");
  return accept && contains(lower_ascii(*accept), "text/event-stream");
}

Json progress_json(const op::Progress& progress) {
  JsonObject out;
  out.emplace_back("stage", progress.stage);
  if (progress.fraction >= 0) out.emplace_back("fraction", progress.fraction);
  out.emplace_back("detail", progress.detail);
  return out;
}

HttpReply json_reply(const Json& value) {
  HttpReply reply = text_reply(200, "application/json", to_text(value));
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("X-Content-Type-Options", "nosniff");
  return reply;
}

HttpReply to_http(op::Reply reply, Held held) {
  if (const auto* value = std::get_if<Json>(&reply)) return json_reply(*value);
  HttpReply out;
  out.headers.set("Cache-Control", "no-store");
  out.headers.set("X-Content-Type-Options", "nosniff");
  if (auto* bytes = std::get_if<op::ByteStream>(&reply)) {
    // By this a client tells a file that happens to be JSON from a result.
    if (bytes->file_name.empty()) out.headers.set("Content-Disposition", "inline");
    // The bytes may be read from what was uploaded, long after this call.
    bytes->next = [next = std::move(bytes->next), held = std::move(held)] { return next(); };
    out.body = std::move(*bytes);
  } else {
    out.body = std::get<op::EventStream>(std::move(reply));
  }
  return out;
}

/// A call whose parameters were read and staged.
struct Call {
  const op::Operations* operations;
  const op::OperationSpec* spec;
  op::Caller caller;
  Json params;
  Held held;
  const CancelToken* cancel;
};

Json error_json(const Error& error, std::string_view request_id) {
  const HttpReply reply = error_reply(error, request_id);
  return MUST(parse_json(std::get<std::string>(reply.body)));
}

/// Runs the operation inside `subscribe`, on the worker that answers the request.
HttpReply as_events(Call call) {
  op::EventStream stream;
  stream.subscribe = [call = std::move(call)](op::EventStream::Sink sink) -> std::shared_ptr<void> {
    op::Request request{
        .params = call.params,
        .progress =
            [&sink](const op::Progress& progress) { sink("progress", progress_json(progress)); },
        .cancel = call.cancel};
    auto reply = call.operations->call(*call.spec, std::move(request), call.caller);
    if (!reply) {
      sink("error", error_json(reply.error(), call.caller.request_id));
    } else if (const auto* value = std::get_if<Json>(&*reply)) {
      sink("result", *value);
    } else {
      sink("error", error_json(Error{Code::kUnimplemented, "this operation's result is no JSON",
                                     "ask without Accept: text/event-stream", call.spec->id()},
                               call.caller.request_id));
    }
    return nullptr;
  };
  return HttpReply{.status = 200, .headers = {}, .body = std::move(stream)};
}

Result<HttpReply> answer(const op::Operations& operations, const op::OperationSpec& spec,
                         Access& access, Uploads& uploads, HttpRequest& request) {
  auto known = access.caller(request);
  // Nobody needs a token, or a session that is still good, to sign in.
  if (!known && spec.role == op::Role::kNone) {
    known = op::Caller{};
    known->request_id = request.request_id;
  }
  op::Caller caller = TRY(std::move(known));
  // Before anything is read or staged for somebody who may not ask.
  if (!caller.may(spec.role)) {
    auto refused = operations.call(spec, {}, caller);
    if (!refused) return Unexpected(std::move(refused).error());
    return fail(Code::kInternal, "a role was refused here and accepted there", {}, spec.id());
  }
  Json params = TRY(read_params(spec, request));
  Staging staging(uploads, caller);
  TRY(staging.apply(params, *spec.request));
  if (wants_events(spec, request))
    return as_events({&operations, &spec, std::move(caller), std::move(params),
                      std::move(staging.held), request.cancel});
  op::Request made{.params = std::move(params), .progress = nullptr, .cancel = request.cancel};
  auto reply = TRY(operations.call(spec, std::move(made), caller));
  return to_http(std::move(reply), std::move(staging.held));
}

}  // namespace

std::vector<Route> api_routes(const op::Operations& operations, Access& access, Uploads& uploads) {
  std::vector<Route> routes;
  for (const op::OperationSpec& spec : operations.specs()) {
    Route route{.method = spec.method, .pattern = spec.path};
    route.handle = [&operations, &spec, &access, &uploads](HttpRequest& request) {
      auto made = answer(operations, spec, access, uploads, request);
      return made ? std::move(*made) : error_reply(made.error(), request.request_id);
    };
    if (spec.progress) route.lane = Lane::kLong;
    if (spec.quick) {
      route.lane = Lane::kInline;
      route.at_hand = [&access](const HttpRequest& request) { return access.at_hand(request); };
    }
    routes.push_back(std::move(route));
  }
  return routes;
}

Route openapi_route(std::string document) {
  return {.method = "GET",
          .pattern = "/openapi.json",
          .handle = [document = std::move(document)](HttpRequest&) {
            return text_reply(200, "application/json", document);
          }};
}

std::vector<Route> asset_routes(std::span<const Asset> assets) {
  const auto reply = [](const Asset& asset) {
    HttpReply made{.status = 200, .headers = {}, .body = StaticBody{asset.gzip_bytes, true}};
    made.headers.set("Content-Type", asset.content_type);
    made.headers.set("ETag", asset.etag);
    made.headers.set("Cache-Control", asset.path.starts_with("/assets/")
                                          ? "public, max-age=31536000, immutable"
                                          : "no-cache");
    made.headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'");
    made.headers.set("X-Content-Type-Options", "nosniff");
    made.headers.set("X-Frame-Options", "DENY");
    made.headers.set("Referrer-Policy", "no-referrer");
    made.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    made.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    made.headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    return made;
  };
  std::vector<Route> routes;
  const Asset* index = nullptr;
  for (const Asset& asset : assets) {
    routes.push_back({.method = "GET",
                      .pattern = std::string(asset.path),
                      .handle = [asset, reply](HttpRequest&) { return reply(asset); }});
    if (asset.path == "/index.html") index = &asset;
  }
  if (index == nullptr) return routes;
  const auto page = [view = *index, reply](HttpRequest& request) {
    const std::string& path = request.path;
    const bool names_file = base_name(path).find('.') != std::string_view::npos;
    if (names_file || path.starts_with("/api/") || path == "/api")
      return error_reply(
          Error{Code::kNotFound, "no such page", "/openapi.json lists every route", path},
          request.request_id);
    return reply(view);
  };
  routes.push_back({.method = "GET", .pattern = "/", .handle = page});
  routes.push_back({.method = "GET", .pattern = "/{path*}", .handle = page});
  return routes;
}

}  // namespace solvent::net
