/// Operations as HTTP routes: captures, query or JSON body become parameters; the reply is JSON,
/// bytes, or server-sent events. Routes only borrow: everything named here must outlive them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/settings.h"
#include "net/access.h"
#include "net/http.h"
#include "net/metrics.h"
#include "net/uploads.h"
#include "op/registry.h"

namespace solvent::net {

/// One route for each operation. A client that sends `Accept: text/event-stream` to an operation
/// with progress gets events: any number of `progress` {stage, fraction, detail}, then one `result`
/// or `error` (as in error replies). Parameters of kind local_file and local_tree must be
/// {"upload": id, "given": text}; no other form is taken from outside.
std::vector<Route> api_routes(const op::Operations& operations, Access& access, Uploads& uploads);

/// GET /openapi.json.
Route openapi_route(std::string document);

/// A page's file, compressed at build time.
struct Asset {
  std::string_view path;  ///< "/index.html", "/assets/app-3f2a.js"
  std::string_view content_type;
  std::string_view gzip_bytes;
  std::string_view etag;  ///< quoted
};
/// Each asset at its path, "/index.html" also at "/" and at every other path that names no file and
/// no API (the page's own views). Strict content security policy; hashed names never expire.
std::vector<Route> asset_routes(std::span<const Asset> assets);

struct Specs {
  std::vector<Setting> settings;
};
/// The settings of the HTTP layer: `server.*`.
Specs specs();
ServerOptions server_options(const Settings& settings);
AccessOptions access_options(const Settings& settings);
UploadLimits upload_limits(const Settings& settings);

}  // namespace solvent::net
