/// Trees: path → file maps with one canonical encoding, so that the digest of the encoding
/// identifies the tree. Pure; bytes handed to the parser may be hostile. Sizes are bytes.
///
///   "SLVTREE1", entries u64, then for each entry in strictly ascending byte order of path:
///   path length u32, path, flags u8 (1: executable), size u64, digest 32
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace solvent::store {

inline constexpr std::size_t kTreePathBytesMax = 4096;
/// What one tree's encoding may take: some ten million short paths.
inline constexpr std::uint64_t kTreeBytesMax = std::uint64_t{1} << 30;

/// kInvalidArgument unless `path` is relative, without empty, "." or ".." components, without NUL,
/// and at most kTreePathBytesMax long. Any other bytes are allowed, UTF-8 or not.
Result<void> check_tree_path(std::string_view path);

/// Sorts. kInvalidArgument names a bad path, a repeated one, or a file used as a directory.
Result<std::string> encode_tree(std::vector<TreeEntry>& entries);
/// kDataLoss unless the bytes are exactly what encode_tree writes.
Result<std::vector<TreeEntry>> parse_tree(ByteView bytes);

}  // namespace solvent::store
