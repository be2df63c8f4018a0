/// Verified ranged reads of one stored file. Thread-compatible; must not outlive the PackSet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/pack_set.h"
#include "store/store.h"

namespace solvent::store {

/// kNotFound when the store does not have the file.
Result<std::unique_ptr<Reader>> open_blob(PackSet& packs, const Digest& digest);
/// The whole file, checked against `digest` itself. kResourceExhausted beyond `bytes_max`.
Result<std::string> read_blob(PackSet& packs, const Digest& digest, std::uint64_t bytes_max);
Result<std::vector<TreeEntry>> load_tree(PackSet& packs, const Digest& tree);

}  // namespace solvent::store
