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

/// Subjects of the debts that a tree owes: an audit looks at them even where git ignores them.
using OwedFn = std::function<Result<std::vector<std::string>>(const LocalTree& tree)>;

/// Replaces each {"root", "given"} of a local file or tree in `params`, nested ones included, by
/// {"upload", "given"}. Of a tree goes what an audit in this process would read, git's own files
/// included, and nothing else: the server then answers the same. `owed` may be empty. kAborted when
/// a file changes while it is read.
Result<void> upload_locals(net::Client& client, FileSystem& files, const StructSpec& spec,
                           Json& params, const std::function<void(const op::Progress&)>& progress,
                           const CancelToken& cancel, const OwedFn& owed = {});

}  // namespace solvent::app
