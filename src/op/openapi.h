/// The OpenAPI 3.1 document of a table of operations. Pure.
#pragma once

#include <string_view>

#include "op/registry.h"

namespace solvent::op {

/// Parameters in the path and, for GET and DELETE, in the query; else a JSON body without what the
/// path holds. `operationId` is noun_verb. `routes`: path items of what is no operation; they may
/// refer to #/components/responses/Error.
Json openapi_of(const Operations& operations, std::string_view version,
                const Json& routes = Json(JsonObject()));

}  // namespace solvent::op
