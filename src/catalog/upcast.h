/// Pure upcasters: the body of an event as an old version of its type wrote it, read as the newest
/// version says it. The log keeps what was received; golden/ holds one pair of bodies per step.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace solvent::catalog {

/// kFailedPrecondition when `from_version` is newer than this program knows, kInvalidArgument when
/// it is below 1. Unknown types pass unchanged.
Result<Json> upcast(std::string_view type, std::int64_t from_version, Json body);

}  // namespace solvent::catalog
