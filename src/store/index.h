/// Where every record lies, in memory: the entries of each pack, and one hash table over them.
/// About 60 bytes a record. Thread-compatible: PackSet guards it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "store/pack.h"

namespace solvent::store {

/// A pack as its row in store_packs says.
struct PackRow {
  std::string id;  ///< file name without ".pack"
  std::int64_t seq = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  Digest index_digest;
  TimeUs created = 0;
};

struct Location {
  std::string pack;
  PackEntry entry;
};

class Index {
 public:
  struct Pack {
    PackRow row;
    std::vector<PackEntry> entries;
  };

  void add(PackRow row, std::vector<PackEntry> entries);
  bool has_pack(const std::string& id) const { return by_id_.contains(id); }
  std::optional<Location> find(const Digest& digest, Kind kind) const;
  const Pack* find_pack(const std::string& id) const {
    const auto it = by_id_.find(id);
    return it == by_id_.end() ? nullptr : &packs_[it->second];
  }
  const std::vector<Pack>& packs() const { return packs_; }
  std::size_t records() const { return used_; }

 private:
  /// Slot of the record, or of the empty place where it belongs.
  std::size_t slot_of(const Digest& digest, Kind kind) const;
  void place(std::uint32_t pack, std::uint32_t entry);
  void grow(std::size_t records);

  std::vector<Pack> packs_;
  std::unordered_map<std::string, std::uint32_t> by_id_;
  /// Open addressing, size a power of two; pack and entry number, or kEmpty.
  std::vector<std::uint64_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace solvent::store
