#include "catalog/upcast.h"

#include <string>
#include <utility>

#include "catalog/event_types.h"

namespace solvent::catalog {
namespace {

/// "team-risk (CODEOWNERS)" → owner and origin apart; an owner without brackets has no origin.
Json asset_owner_1_to_2(Json body) {
  if (!body.is_object()) return body;
  const Json* owner = body.find("owner");
  if (owner == nullptr || !owner->is_string()) return body;
  std::string text = owner->string(), origin;
  const std::size_t open = text.rfind(" (");
  if (open != std::string::npos && text.ends_with(')')) {
    origin = text.substr(open + 2, text.size() - open - 3);
    text.resize(open);
  }
  body.set("owner", std::move(text));
  body.set("origin", std::move(origin));
  return body;
}

}  // namespace

Result<Json> upcast(std::string_view type, std::int64_t from_version, Json body) {
  const std::int64_t newest = current_type_version(type);
  if (newest == 0) return body;
  if (from_version < 1)
    return fail(Code::kInvalidArgument, "type versions start at 1", "", "type_version");
  if (from_version > newest)
    return fail(Code::kFailedPrecondition,
                "the event was written by a newer version of this program: " + std::string(type) +
                    " version " + std::to_string(from_version) + ", known up to " +
                    std::to_string(newest),
                "install the newer version, then try again", "type_version");
  if (type == AssetOwner::kType && from_version == 1) return asset_owner_1_to_2(std::move(body));
  return body;
}

}  // namespace solvent::catalog
