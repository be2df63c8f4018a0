/// The OpenAPI descriptions of the routes that are no operations: uploads and the page's sign-in.
/// Pure.
#pragma once

#include "base/json.h"

namespace solvent::net {

/// Path → path item, for op::openapi_of. What upload_routes and session_routes make, all of it.
Json described_routes();

}  // namespace solvent::net
