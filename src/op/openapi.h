/// The OpenAPI 3.1 document of a table of operations. Pure.
#pragma once

#include <string_view>

#include "op/registry.h"

namespace solvent::op {

/// Parameters in the path and, for GET and DELETE, in the query; else a JSON body without what the
/// path holds. `operationId` is noun_verb.
Json openapi_of(const Operations& operations, std::string_view version);

}  // namespace solvent::op
