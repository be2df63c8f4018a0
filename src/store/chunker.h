/// Content-defined chunking: cut points depend on the bytes near them, so an insertion moves only
/// the cuts beside it. Pure; offsets and sizes are bytes.
/// Gear hashing after Xia et al., "FastCDC" (USENIX ATC 2016), without its normalisation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace solvent::store {

inline constexpr std::size_t kChunkMin = 64u << 10;
inline constexpr std::size_t kChunkMax = 1u << 20;
/// A cut is taken where the top bits of the hash are zero: one place in 2^18 on random bytes, so
/// chunks average kChunkMin + 256 KiB, less what kChunkMax cuts short.
inline constexpr std::uint64_t kCutMask = ~std::uint64_t{0} << (64 - 18);

/// Length of the first chunk of `bytes`, in [1, kChunkMax] for non-empty input. Unless `last`, the
/// answer is 0 while more bytes could still move the cut.
std::size_t next_cut(ByteView bytes, bool last);

}  // namespace solvent::store
