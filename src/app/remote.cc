#include "app/remote.h"

#include <algorithm>

#include "app/remote_files.h"
#include "audit/inputs.h"
#include "base/text.h"
#include "net/http.h"
#include "op/http_status.h"
#include "op/parameters.h"

namespace solvent::app {
namespace {

bool body_carries_params(const op::OperationSpec& spec) {
  return spec.method != "GET" && spec.method != "DELETE";
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.string() : to_text(value);
}

/// Segments of a {name*} keep their slashes.
std::string encode_capture(std::string_view text, bool spans) {
  if (!spans) return percent_encode(text);
  std::string out;
  for (const std::string_view segment : split(text, '/'))
    out.append(out.empty() ? "" : "/").append(percent_encode(segment));
  return out;
}

struct Target {
  std::string path;  ///< with the query
  std::string body;  ///< JSON, or empty
};

/// Splits parameters over path, query and body, as the operation declares.
Result<Target> target_of(const op::OperationSpec& spec, const Json& params) {
  Target target;
  std::vector<std::string> in_path;
  for (const std::string_view segment : split(std::string_view(spec.path).substr(1), '/')) {
    target.path += '/';
    if (!segment.starts_with('{')) {
      target.path += segment;
      continue;
    }
    const bool spans = segment.ends_with("*}");
    const std::string name(segment.substr(1, segment.size() - (spans ? 3 : 2)));
    const Json* value = params.find(name);
    if (value == nullptr || text_of(*value).empty())
      return fail(Code::kInvalidArgument, name + " is missing", "solvent " + spec.id() + " --help",
                  name);
    target.path += encode_capture(text_of(*value), spans);
    in_path.push_back(name);
  }
  JsonObject body;
  std::string query;
  if (params.is_object()) {
    for (const auto& [name, value] : params.object()) {
      if (std::ranges::find(in_path, name) != in_path.end() || value.is_null()) continue;
      if (body_carries_params(spec)) {
        body.emplace_back(name, value);
        continue;
      }
      const JsonArray one{value};
      for (const Json& item : value.is_array() ? value.array() : one)
        query.append(query.empty() ? "?" : "&")
            .append(percent_encode(name))
            .append("=")
            .append(percent_encode(text_of(item)));
    }
  }
  target.path += query;
  if (body_carries_params(spec)) target.body = to_text(Json(std::move(body)));
  return target;
}

Code code_named(std::string_view name, int status) {
  for (int i = 1; i <= 16; ++i)
    if (code_name(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  const Code code = op::code_of_status(status);
  return code == Code::kOk ? Code::kUnknown : code;
}

/// The server's own error, with its code, hint and subject.
Unexpected error_of(const Json& body, int status) {
  const Json* inner = body.find("error");
  if (inner == nullptr)
    return fail(code_named("", status), "the server answered " + std::to_string(status),
                "check that the address is a Solvent server's");
  return fail(code_named(inner->text_or("code", ""), status), inner->text_or("message", ""),
              inner->text_or("hint", ""), inner->text_or("subject", ""));
}

std::string file_name_of(std::string_view disposition) {
  constexpr std::string_view kMark = "filename*=UTF-8''";
  const std::size_t at = disposition.find(kMark);
  if (at == std::string_view::npos) return {};
  const auto name = percent_decode(disposition.substr(at + kMark.size()));
  return name ? std::string(base_name(*name)) : std::string();
}

class Remote final : public Executor {
 public:
  Remote(std::unique_ptr<net::Client> client, FileSystem& files)
      : client_(std::move(client)), files_(files) {}

  Result<op::Reply> call(const op::OperationSpec& spec, Json params,
                         const std::function<void(const op::Progress&)>& progress,
                         const CancelToken& cancel) override {
    const Json as_given = params;
    const auto owed = [&](const LocalTree& tree) {
      return spec.id() == "audit run" ? owed_by(tree, as_given)
                                      : Result<std::vector<std::string>>();
    };
    if (auto sent = upload_locals(*client_, files_, *spec.request, params, progress, cancel, owed);
        !sent)
      return Unexpected(op::named_as_given(std::move(sent).error(), as_given, *spec.request));
    const Target target = TRY(target_of(spec, params));
    net::Headers headers;
    const bool follows = spec.progress && !spec.result->fields.empty();
    headers.set("Accept", follows ? "text/event-stream, application/json" : "*/*");
    if (!target.body.empty()) headers.set("Content-Type", "application/json");
    auto reply = TRY(client_->open(spec.method, target.path, headers, target.body));
    const std::string_view type = reply.headers.find("content-type").value_or("");
    const bool is_json = type.starts_with("application/json");
    if (reply.status >= 300) {
      const std::string text = TRY(whole(reply.body));
      const auto json = parse_json(text);
      return error_of(json ? *json : Json(), reply.status);
    }
    if (type.starts_with("text/event-stream"))
      return follows ? follow(reply.body, progress, cancel) : events(std::move(reply.body));
    if (is_json && !reply.headers.has("content-disposition"))
      return op::Reply(TRY(parse_json(TRY(whole(reply.body)))));
    return bytes(std::move(reply));
  }

 private:
  /// Subjects of the debts that this tree owes on the server, as far as the caller may see them.
  Result<std::vector<std::string>> owed_by(const LocalTree& tree, const Json& params) {
    const std::string said = params.text_or("asset", "");
    const std::string asset = said.empty() ? audit::tree_name(tree, tree.root) : said;
    std::vector<std::string> subjects;
    for (const char* state : {"open", "accepted", "relapsed"}) {
      std::string after;
      do {
        const auto reply = TRY(client_->send("GET",
                                             "/api/debts?limit=1000&state=" + std::string(state) +
                                                 "&asset=" + percent_encode(asset) +
                                                 "&after=" + percent_encode(after),
                                             {}, ""));
        if (reply.status != 200) break;  // who may not see them has none
        const Json page = TRY(parse_json(reply.body));
        const Json* debts = page.find("debts");
        if (debts == nullptr || !debts->is_array()) break;
        for (const Json& debt : debts->array()) subjects.push_back(debt.text_or("subject", ""));
        after = page.text_or("next", "");
      } while (!after.empty());
    }
    return subjects;
  }

  static Result<std::string> whole(const net::BodyReader& body) {
    std::string text;
    for (;;) {
      const std::string piece = TRY(body());
      if (piece.empty()) return text;
      text += piece;
    }
  }

  /// Progress until the one result or error.
  static Result<op::Reply> follow(const net::BodyReader& body,
                                  const std::function<void(const op::Progress&)>& progress,
                                  const CancelToken& cancel) {
    std::optional<Result<op::Reply>> outcome;
    TRY(net::read_events(body, [&](std::string_view event, std::string_view data) {
      auto json = parse_json(data);
      if (!json)
        outcome = Unexpected(std::move(json).error());
      else if (event == "result")
        outcome = op::Reply(std::move(*json));
      else if (event == "error")
        outcome = error_of(*json, 500);
      else if (event == "progress" && progress)
        progress({.stage = json->text_or("stage", ""),
                  .fraction = json->number_or("fraction", -1),
                  .detail = json->text_or("detail", "")});
      if (auto live = cancel.check(); !live && !outcome)
        outcome = Unexpected(std::move(live).error());
      return !outcome;
    }));
    if (outcome) return std::move(*outcome);
    return fail(Code::kUnavailable, "the server stopped before it had a result",
                "run it again to resume");
  }

  static op::Reply events(net::BodyReader body) {
    op::EventStream stream;
    stream.subscribe = [body = std::move(body)](const op::EventStream::Sink& sink) {
      // An end of the connection is the end of the stream.
      (void)net::read_events(body, [&](std::string_view event, std::string_view data) {
        const auto json = parse_json(data);
        return sink(event, json ? *json : Json(data));
      });
      return std::shared_ptr<void>();
    };
    return stream;
  }

  static op::Reply bytes(net::ClientStream reply) {
    op::ByteStream stream;
    stream.content_type = reply.headers.find("content-type").value_or("application/octet-stream");
    stream.file_name = file_name_of(reply.headers.find("content-disposition").value_or(""));
    if (const auto length = reply.headers.find("content-length");
        length && !reply.headers.has("content-encoding"))
      if (const auto size = parse_int(*length)) stream.size = static_cast<std::uint64_t>(*size);
    stream.next = std::move(reply.body);
    return stream;
  }

  std::unique_ptr<net::Client> client_;
  FileSystem& files_;
};

}  // namespace

Result<std::unique_ptr<Executor>> open_remote(const std::string& server, const std::string& token,
                                              const Surroundings& with) {
  auto client = TRY(net::open_client({.base = server, .bearer = token}));
  return std::make_unique<Remote>(std::move(client), with.files);
}

}  // namespace solvent::app
