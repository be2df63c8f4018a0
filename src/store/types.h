/// Described requests and results of the store's operations. Sizes are bytes.
#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::store {

struct CollectRequest {
  bool dry_run = false;
  static constexpr std::string_view kName = "StoreCollectRequest";
  template <class V>
  void describe(V& v) {
    v.field("dry_run", dry_run, "report what would go, and change nothing");
  }
};

struct CollectResult {
  std::int64_t chunks_dropped = 0, bytes_freed = 0, packs_rewritten = 0;
  bool dry_run = false;
  static constexpr std::string_view kName = "StoreCollectResult";
  template <class V>
  void describe(V& v) {
    v.field("chunks_dropped", chunks_dropped, "pieces that nothing needs any more");
    v.field("bytes_freed", bytes_freed, "disk space given back", {.unit = Unit::kBytes});
    v.field("packs_rewritten", packs_rewritten, "packs copied without their dead pieces");
    v.field("dry_run", dry_run, "nothing was changed");
  }
};

struct VerifyResult {
  bool sound = true;
  std::int64_t packs = 0, chunks = 0, bytes = 0;
  std::vector<std::string> problems;
  static constexpr std::string_view kName = "StoreVerifyResult";
  template <class V>
  void describe(V& v) {
    v.field("sound", sound, "every stored byte matches its digest");
    v.field("packs", packs, "pack files read");
    v.field("chunks", chunks, "pieces read");
    v.field("bytes", bytes, "bytes read", {.unit = Unit::kBytes});
    v.field("problems", problems, "one sentence each");
  }
};

struct StatResult {
  std::int64_t packs = 0, bytes = 0, records = 0, leases = 0, refs = 0;
  static constexpr std::string_view kName = "StoreStatResult";
  template <class V>
  void describe(V& v) {
    v.field("packs", packs, "pack files");
    v.field("bytes", bytes, "disk space taken", {.unit = Unit::kBytes});
    v.field("records", records, "pieces and file recipes stored");
    v.field("leases", leases, "puts under way, or left by a process that died");
    v.field("refs", refs, "branches and tags");
  }
};

}  // namespace solvent::store
