#include "store/index.h"

#include <bit>

namespace solvent::store {
namespace {

constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

}  // namespace

void Index::add(PackRow row, std::vector<PackEntry> entries) {
  ASSERT(!has_pack(row.id));
  const auto pack = static_cast<std::uint32_t>(packs_.size());
  by_id_.emplace(row.id, pack);
  packs_.push_back({std::move(row), std::move(entries)});
  const std::size_t count = packs_.back().entries.size();
  grow(used_ + count);
  for (std::size_t i = 0; i < count; ++i) place(pack, static_cast<std::uint32_t>(i));
}

std::optional<Location> Index::find(const Digest& digest, Kind kind) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint64_t slot = slots_[slot_of(digest, kind)];
  if (slot == kEmpty) return std::nullopt;
  const Pack& pack = packs_[slot >> 32];
  return Location{pack.row.id, pack.entries[slot & 0xffffffff]};
}

std::size_t Index::slot_of(const Digest& digest, Kind kind) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = DigestHash()(digest) & mask;; at = (at + 1) & mask) {
    if (slots_[at] == kEmpty) return at;
    const PackEntry& entry = packs_[slots_[at] >> 32].entries[slots_[at] & 0xffffffff];
    if (entry.digest == digest && entry.kind == kind) return at;
  }
}

void Index::place(std::uint32_t pack, std::uint32_t entry) {
  const PackEntry& record = packs_[pack].entries[entry];
  const std::size_t at = slot_of(record.digest, record.kind);
  if (slots_[at] == kEmpty) ++used_;
  slots_[at] = std::uint64_t{pack} << 32 | entry;  // the newest copy wins
}

void Index::grow(std::size_t records) {
  const std::size_t wanted = std::bit_ceil(std::max<std::size_t>(16, records * 3 / 2));
  if (wanted <= slots_.size()) return;
  slots_.assign(wanted, kEmpty);
  used_ = 0;
  // The last pack is not placed yet; add does it.
  for (std::uint32_t p = 0; p + 1 < packs_.size(); ++p)
    for (std::uint32_t e = 0; e < packs_[p].entries.size(); ++e) place(p, e);
}

}  // namespace solvent::store
