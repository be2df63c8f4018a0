/// The client's half of uploads: local files and trees become a manifest, then the contents that
/// the server says are missing. Free functions; sizes are bytes.
#pragma once

#include <functional>

#include "base/describe.h"
#include "base/files.h"
#include "base/threads.h"
#include "net/http.h"
#include "op/operation.h"

namespace solvent::app {

/// Replaces each {"root", "given"} of a local file or tree in `params`, nested ones included, by
/// {"upload", "given"}. Symbolic links and what is neither file nor folder stay behind, and so does
/// `.solvent`. kAborted when a file changes while it is read.
Result<void> upload_locals(net::Client& client, FileSystem& files, const StructSpec& spec,
                           Json& params, const std::function<void(const op::Progress&)>& progress,
                           const CancelToken& cancel);

}  // namespace solvent::app
