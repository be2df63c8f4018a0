#include "catalog/fact.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "catalog/body_json.h"
#include "catalog/event_types.h"
#include "catalog/upcast.h"

namespace solvent::catalog {
namespace {

/// 9999-12-31T23:59:59Z: later times cannot be written in RFC 3339.
constexpr TimeUs kTimeMax = 253'402'300'799 * kSecondUs;

struct KnownType {
  std::string_view type;
  FactKind kind;
  std::int64_t version;
};
constexpr std::array kKnown = std::to_array<KnownType>({
    {AssetDeclared::kType, FactKind::kAssetDeclared, AssetDeclared::kTypeVersion},
    {AssetRenamed::kType, FactKind::kAssetRenamed, AssetRenamed::kTypeVersion},
    {AssetOwner::kType, FactKind::kAssetOwner, AssetOwner::kTypeVersion},
    {AssetRemoved::kType, FactKind::kAssetRemoved, AssetRemoved::kTypeVersion},
    {VersionCreated::kType, FactKind::kVersionCreated, VersionCreated::kTypeVersion},
    {VersionCurrent::kType, FactKind::kVersionCurrent, VersionCurrent::kTypeVersion},
    {RunEvent::kType, FactKind::kRunEvent, RunEvent::kTypeVersion},
    {RunIo::kRead, FactKind::kRunRead, RunIo::kTypeVersion},
    {RunIo::kWrote, FactKind::kRunWrote, RunIo::kTypeVersion},
    {DependencyBody::kDeclared, FactKind::kDependencyDeclared, DependencyBody::kTypeVersion},
    {DependencyBody::kInferred, FactKind::kDependencyInferred, DependencyBody::kTypeVersion},
});

const KnownType* known(std::string_view type) {
  const auto at = std::ranges::find(kKnown, type, &KnownType::type);
  return at == kKnown.end() ? nullptr : &*at;
}

/// Printable ASCII is its own NFC; most names are.
constexpr std::size_t kPlainNameMax = 512;
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// Fills one Fact from one body; the first problem is kept and named by its field.
class BodyReader {
 public:
  BodyReader(Fact& fact, const Limits& limits) : fact_(fact), limits_(limits) {}

  Result<void> read(const AssetDeclared& body) {
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    if (fact_.asset_name.name.empty()) return bad("asset.name", "is required in a declaration");
    fact_.asset_kind = TRY(text(body.kind, "kind", true));
    fact_.system = TRY(text(body.system, "system", false));
    return {};
  }
  Result<void> read(const AssetRenamed& body) {
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    fact_.to = TRY(name(body.to.name_space, body.to.name, "to"));
    return {};
  }
  Result<void> read(const AssetOwner& body) {
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    fact_.owner = TRY(text(body.owner, "owner", false));
    fact_.origin = TRY(text(body.origin, "origin", false));
    return {};
  }
  Result<void> read(const AssetRemoved& body) {
    return asset(body.asset, "asset", fact_.asset, fact_.asset_name);
  }
  Result<void> read(const VersionCreated& body) {
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    fact_.version = TRY(digest(body.digest, "digest", true));
    fact_.content = TRY(digest(body.content, "content", false));
    fact_.run = TRY(uuid(body.run, "run", false));
    fact_.slice = TRY(text(body.slice, "slice", false));
    fact_.size = body.size;
    fact_.rows = body.rows;
    return {};
  }
  Result<void> read(const VersionCurrent& body) {
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    fact_.version = TRY(digest(body.digest, "digest", true));
    return {};
  }
  Result<void> read(const RunEvent& body) {
    TRY(run_and_job(body.run, body.job));
    fact_.parent_run = TRY(uuid(body.parent_run, "parent_run", false));
    static constexpr std::array kStates = {RunState::kOther,   RunState::kStart,
                                           RunState::kRunning, RunState::kComplete,
                                           RunState::kFail,    RunState::kAbort};
    for (const RunState state : kStates)
      if (body.state == run_state_name(state)) fact_.state = state;
    if (fact_.state == RunState::kNone) return bad("state", "is required");
    return {};
  }
  Result<void> read(const RunIo& body) {
    TRY(run_and_job(body.run, body.job));
    TRY(asset(body.asset, "asset", fact_.asset, fact_.asset_name));
    fact_.version = TRY(digest(body.version, "version", false));
    return {};
  }
  Result<void> read(const DependencyBody& body) {
    TRY(asset(body.consumer, "consumer", fact_.asset, fact_.asset_name));
    TRY(asset(body.producer, "producer", fact_.producer, fact_.producer_name));
    TRY(text(body.by, "by", false));
    return {};
  }

 private:
  static Unexpected bad(const std::string& field, const std::string& why) {
    return fail(Code::kInvalidArgument, "body." + field + " " + why, {}, "body." + field);
  }
  Result<std::string> text(const std::string& value, const std::string& field, bool required) {
    if (value.empty() && required) return bad(field, "is required");
    if (std::ssize(value) > limits_.text_bytes_max)
      return bad(field, "is longer than " + std::to_string(limits_.text_bytes_max) + " bytes");
    for (const char c : value)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        return bad(field, "has a control character");
    return value;
  }
  Result<AssetName> name(const std::string& name_space, const std::string& name,
                         const std::string& field) {
    const auto part = [&](const std::string& value, const char* member) -> Result<std::string> {
      const std::string path = field + "." + member;
      if (value.empty()) return bad(path, "is required");
      if (value.size() <= kPlainNameMax && is_plain(value)) return value;
      auto normal = normalize_name(value, "body." + path);
      if (!normal) return bad(path, "is no name: " + normal.error().message);
      return normal;
    };
    AssetName result;
    result.name_space = TRY(part(name_space, "namespace"));
    result.name = TRY(part(name, "name"));
    return result;
  }
  Result<void> asset(const AssetRef& ref, const std::string& field, std::optional<Uuid>& id,
                     AssetName& as_named) {
    if (ref.id.empty() && ref.name_space.empty() && ref.name.empty())
      return bad(field, "must name an asset: give id, or namespace and name");
    if (!ref.name_space.empty() || !ref.name.empty())
      as_named = TRY(name(ref.name_space, ref.name, field));
    if (ref.id.empty()) {
      id = derived_asset_id(as_named);
      return {};
    }
    id = TRY(uuid(ref.id, field + ".id", true));
    return {};
  }
  Result<std::optional<Uuid>> uuid(const std::string& value, const std::string& field,
                                   bool required) {
    if (value.empty()) {
      if (required) return bad(field, "is required");
      return std::optional<Uuid>();
    }
    auto parsed = parse_uuid(value);
    if (!parsed || *parsed == Uuid{}) return bad(field, "must be a UUID");
    return std::optional<Uuid>(*parsed);
  }
  Result<std::optional<Digest>> digest(const std::string& value, const std::string& field,
                                       bool required) {
    if (value.empty()) {
      if (required) return bad(field, "is required");
      return std::optional<Digest>();
    }
    auto parsed = parse_digest(value);
    if (!parsed) return bad(field, "must be 64 hexadecimal digits");
    return std::optional<Digest>(*parsed);
  }
  Result<void> run_and_job(const std::string& run, const JobRef& job) {
    fact_.run = TRY(uuid(run, "run", true));
    fact_.job = TRY(name(job.name_space, job.name, "job"));
    return {};
  }

  Fact& fact_;
  const Limits& limits_;
};

template <class Body>
Result<void> read_as(const Json& json, BodyReader& reader) {
  auto body = from_json<Body>(json);
  if (!body)
    return fail(Code::kInvalidArgument, "body." + body.error().message, {},
                "body." + body.error().subject);
  return reader.read(*body);
}

Result<void> read_body(const Json& json, Fact& fact, const Limits& limits) {
  BodyReader reader(fact, limits);
  switch (fact.kind) {
    case FactKind::kUnknown: return {};
    case FactKind::kAssetDeclared: return read_as<AssetDeclared>(json, reader);
    case FactKind::kAssetRenamed: return read_as<AssetRenamed>(json, reader);
    case FactKind::kAssetOwner: return read_as<AssetOwner>(json, reader);
    case FactKind::kAssetRemoved: return read_as<AssetRemoved>(json, reader);
    case FactKind::kVersionCreated: return read_as<VersionCreated>(json, reader);
    case FactKind::kVersionCurrent: return read_as<VersionCurrent>(json, reader);
    case FactKind::kRunEvent: return read_as<RunEvent>(json, reader);
    case FactKind::kRunRead:
    case FactKind::kRunWrote: return read_as<RunIo>(json, reader);
    case FactKind::kDependencyDeclared:
    case FactKind::kDependencyInferred: return read_as<DependencyBody>(json, reader);
  }
  return {};
}

Result<void> check_envelope(const Event& event, const Limits& limits) {
  const auto bad = [](const char* field, const std::string& why) {
    return fail(Code::kInvalidArgument, std::string(field) + " " + why, {}, field);
  };
  if (event.id == Uuid{}) return bad("id", "is required");
  if (event.type.empty() || event.type.size() > 100) return bad("type", "has 1 to 100 characters");
  for (const char c : event.type) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!fine) return bad("type", "is made of a-z, 0-9, '.', '_' and '-'");
  }
  if (event.type_version < 1) return bad("type_version", "starts at 1");
  if (event.event_time <= 0 || event.event_time > kTimeMax)
    return bad("event_time", "must lie between 1970 and 9999");
  if (std::ssize(event.producer) > limits.text_bytes_max || !is_valid_utf8(event.producer) ||
      event.producer.find('\0') != std::string::npos)
    return bad("producer",
               "is UTF-8 of at most " + std::to_string(limits.text_bytes_max) + " bytes");
  return {};
}

Result<Fact> unnamed_fact_of(const Event& event, const Limits& limits) {
  TRY(check_envelope(event, limits));
  const KnownType* type = known(event.type);
  auto json = read_body_json(event.body, limits, type != nullptr);
  if (!json)
    return fail(json.error().code, "body: " + json.error().message, json.error().hint, "body");
  Fact fact;
  fact.event = event.id;
  fact.time = event.event_time;
  if (type == nullptr) return fact;
  fact.kind = type->kind;
  const Json body = TRY(upcast(event.type, event.type_version, *std::move(json)));
  TRY(read_body(body, fact, limits));
  return fact;
}

}  // namespace

std::string_view run_state_name(RunState state) {
  switch (state) {
    case RunState::kNone: return "";
    case RunState::kOther: return "OTHER";
    case RunState::kStart: return "START";
    case RunState::kRunning: return "RUNNING";
    case RunState::kComplete: return "COMPLETE";
    case RunState::kFail: return "FAIL";
    case RunState::kAbort: return "ABORT";
  }
  return "";
}

std::int64_t current_type_version(std::string_view type) {
  const KnownType* found = known(type);
  return found == nullptr ? 0 : found->version;
}

std::vector<std::string_view> known_types() {
  std::vector<std::string_view> types;
  for (const KnownType& type : kKnown) types.push_back(type.type);
  return types;
}

Result<Fact> fact_of(const Event& event, const Limits& limits) {
  auto fact = unnamed_fact_of(event, limits);
  if (fact) return fact;
  Error error = std::move(fact).error();
  error.message = "event " + event.id.text() + " (" + sanitize_utf8(event.type).substr(0, 100) +
                  "): " + error.message;
  if (error.hint.empty()) error.hint = "correct the event and send the whole batch again";
  return Unexpected(std::move(error));
}

Digest content_digest(const Event& event) {
  Hasher hasher;
  hasher.field(event.type);
  hasher.field(std::to_string(event.type_version));
  hasher.field(std::to_string(event.event_time));
  hasher.field(event.producer);
  hasher.field(event.body);
  return hasher.finish();
}

Uuid derived_asset_id(const AssetName& first_name) {
  // A length in front keeps ("a/b", "c") and ("a", "b/c") apart.
  return uuid_of("asset:" + std::to_string(first_name.name_space.size()) + ":" +
                 first_name.name_space + "/" + first_name.name);
}

std::string asset_id_of(const AssetName& first_name) {
  return derived_asset_id(first_name).text();
}

}  // namespace solvent::catalog
