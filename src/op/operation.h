/// An operation is declared once and is thereby an HTTP route, a command, an OpenAPI entry, a help
/// line, a completion and a button's target. Specs are static data; handlers are bound by name.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/describe.h"
#include "base/threads.h"
#include "op/caller.h"

namespace solvent::op {

struct Example {
  std::string command, what;
};

struct OperationSpec {
  std::string noun, verb;    ///< `solvent <noun> <verb>`
  std::string method, path;  ///< "GET", "/api/debts/{id}"; {x} names a request field
  Role role = Role::kReader;
  std::string summary;      ///< one line, no full stop
  std::string description;  ///< paragraphs; may be empty
  std::vector<Example> examples;
  const StructSpec* request = nullptr;
  const StructSpec* result = nullptr;
  std::vector<std::string> positional;  ///< request fields given without a flag, in order
  bool default_verb = false;            ///< the noun alone means this
  bool destructive = false;             ///< has a `dry_run` field; the command line asks first
  bool progress = false;                ///< may emit progress events while it runs
  bool follows = false;                 ///< answers with events, whose data are results
  bool quick = false;                   ///< answers from memory within microseconds, never waits

  std::string id() const { return noun + " " + verb; }
};

/// Progress of a long operation. `fraction` is in [0,1], or negative when unknown.
struct Progress {
  std::string stage;
  double fraction = -1;
  std::string detail;
};

/// A body of bytes made piece by piece; `next` yields an empty piece at the end.
struct ByteStream {
  std::string content_type = "application/octet-stream";
  std::string file_name;  ///< offered name; the client writes it (`local_file` results)
  std::optional<std::uint64_t> size;
  std::function<Result<std::string>()> next;
  /// Optional: the next piece begins at this offset. Without it a range is served by skipping.
  std::function<Result<void>(std::uint64_t offset)> seek;
};

/// Held by the connection layer, costs no worker: `subscribe` is called once with a sink, which may
/// be called from any thread and never blocks. The subscription ends when the returned object dies
/// or the sink returns false; the stream ends when the last copy of the sink dies.
struct EventStream {
  using Sink = std::function<bool(std::string_view event, const Json& data)>;
  std::function<std::shared_ptr<void>(Sink)> subscribe;
};

using Reply = std::variant<Json, ByteStream, EventStream>;

/// What a handler receives. `params` already meets the request's StructSpec (names, types,
/// constraints, required ones present).
struct Request {
  Json params;
  std::function<void(const Progress&)> progress;  ///< never null
  const CancelToken* cancel = nullptr;            ///< never null
};

using HandlerFn = std::function<Result<Reply>(const Request&, const Caller&)>;

struct Handler {
  std::string id;  ///< "ledger show"
  HandlerFn call;
};

/// Typed handler: fn(const Req&, const Request&, const Caller&) -> Result<Res>.
template <class Req, class Res, class Fn>
Handler handler(std::string id, Fn fn) {
  return {std::move(id),
          [fn = std::move(fn)](const Request& request, const Caller& caller) -> Result<Reply> {
            auto typed = TRY(from_json<Req>(request.params));
            return Reply(to_json<Res>(TRY(fn(typed, request, caller))));
          }};
}

/// Validates params against a request spec: unknown, missing, mistyped or out-of-range fields are
/// kInvalidArgument with the field as subject.
Result<void> validate(const Json& params, const StructSpec& spec);

/// JSON Schema (2020-12) of a described struct.
Json schema_of(const StructSpec& spec);

}  // namespace solvent::op
