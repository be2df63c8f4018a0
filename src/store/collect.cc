#include "store/collect.h"

#include <algorithm>
#include <map>

#include "store/rows.h"

namespace solvent::store {
namespace {

/// Packs below this share of the largest are joined once there are so many of them.
constexpr std::uint64_t kSmallShare = 16;
constexpr std::size_t kSmallPacksMin = 8;

std::uint64_t bytes_of(std::span<const PackEntry> entries) {
  std::uint64_t bytes = 0;
  for (const PackEntry& entry : entries) bytes += entry.length;
  return bytes;
}

/// The lease that a pack's or temporary's file name begins with; empty for foreign files.
std::string lease_of(std::string_view name) {
  std::string_view stem = name;
  if (stem.ends_with(kPackSuffix))
    stem.remove_suffix(kPackSuffix.size());
  else if (stem.ends_with(kTemporarySuffix))
    stem.remove_suffix(kTemporarySuffix.size());
  else
    return {};
  constexpr std::size_t kUuidText = 36;
  if (stem.size() < kUuidText + 2 || stem[kUuidText] != '-') return {};
  return std::string(stem.substr(0, kUuidText));
}

}  // namespace

Collection::Collection(PackSet& packs, LeaseHandle& lease, Clock& clock,
                       const StoreOptions& options, std::span<const BlobRoot> roots)
    : packs_(packs),
      clock_(clock),
      options_(options),
      roots_(roots),
      marker_(packs.handles()),
      writer_(packs.files(), packs.handles().directory(), lease.id(), lease.numbers(),
              options.pack_bytes_max) {}

Result<Collection::Picture> Collection::look(sql::Tx& tx) const {
  Picture picture;
  const TimeUs now = clock_.now();
  const auto held_list = TRY(list_held(tx, now));
  const std::set<std::string> held(held_list.begin(), held_list.end());
  picture.packs = TRY(list_packs(tx, 0));
  for (const PackRow& pack : picture.packs)
    if (held.contains(pack.id) || pack.created + options_.grace > now)
      picture.spared.insert(pack.id);
  picture.roots = TRY(list_ref_targets(tx));
  for (const BlobRoot& root : roots_)
    TRY(root.mark(tx, [&](const Digest& digest) { picture.roots.push_back(digest); }));
  return picture;
}

Result<void> Collection::mark(const Picture& picture) {
  marker_.restart();
  for (const PackRow& pack : picture.packs) marker_.know(pack, TRY(packs_.entries_of(pack)));
  for (const Digest& root : picture.roots) TRY(marker_.mark(root));
  // A spared pack keeps all it has, so what its recipes and trees need is needed too.
  for (const PackRow& pack : picture.packs) {
    if (!picture.spared.contains(pack.id)) continue;
    for (const PackEntry& entry : marker_.index().find_pack(pack.id)->entries)
      TRY(marker_.mark(entry.digest));
  }
  return {};
}

Result<std::vector<Collection::Doomed>> Collection::choose(const Picture& picture) {
  std::vector<Doomed> doomed;
  std::vector<Doomed> small;
  for (const PackRow& row : picture.packs) {
    if (picture.spared.contains(row.id)) continue;
    Doomed pack{.row = row};
    bool dead_needs_others = false;
    for (const PackEntry& entry : marker_.index().find_pack(row.id)->entries) {
      const bool live = marker_.live(entry.digest);
      (live ? pack.live : pack.dead).push_back(entry);
      dead_needs_others |= !live && entry.kind != Kind::kChunk;
    }
    const bool is_small = row.bytes < options_.pack_bytes_max / kSmallShare;
    if (pack.dead.empty()) {
      if (is_small) small.push_back(std::move(pack));
      continue;
    }
    const auto live = static_cast<double>(bytes_of(pack.live));
    const auto dead = static_cast<double>(bytes_of(pack.dead));
    // A dead recipe or tree never stays: what it needs goes, and it would dangle.
    if (!pack.live.empty() && !dead_needs_others &&
        live >= options_.rewrite_below * (live + dead)) {
      continue;
    }
    doomed.push_back(std::move(pack));
  }
  // Many small puts make many small packs, which every process opens once: join them.
  if (small.size() >= kSmallPacksMin)
    doomed.insert(doomed.end(), std::make_move_iterator(small.begin()),
                  std::make_move_iterator(small.end()));
  return doomed;
}

Result<void> Collection::copy_live(const std::vector<Doomed>& doomed) {
  for (const Doomed& pack : doomed) {
    if (pack.live.empty()) continue;
    const auto file = TRY(packs_.handles().open(pack.row.id));
    for (const PackEntry& entry : pack.live) {
      const std::string bytes = TRY(read_record(*file, {pack.row.id, entry}));
      TRY(writer_.add(entry.digest, entry.kind, as_bytes(bytes)));
    }
  }
  return {};
}

Result<std::vector<const Collection::Doomed*>> Collection::confirm(
    sql::Tx& tx, const std::vector<Doomed>& doomed) {
  TRY(delete_expired_leases(tx, clock_.now()));
  Picture now = TRY(look(tx));
  // Published since the first look: not planned for, so kept whole.
  for (const PackRow& pack : now.packs)
    if (!planned_.contains(pack.id)) now.spared.insert(pack.id);
  std::map<std::string, const Doomed*> left;
  for (const Doomed& pack : doomed) left.emplace(pack.row.id, &pack);
  for (bool changed = true; changed;) {
    changed = false;
    TRY(mark(now));
    for (auto it = left.begin(); it != left.end();) {
      const Doomed& pack = *it->second;
      const bool wanted = now.spared.contains(it->first) ||
                          std::any_of(pack.dead.begin(), pack.dead.end(),
                                      [&](const PackEntry& e) { return marker_.live(e.digest); });
      if (!wanted) {
        ++it;
        continue;
      }
      changed |= now.spared.insert(it->first).second;
      it = left.erase(it);
    }
  }
  std::vector<const Doomed*> confirmed;
  for (const auto& [id, pack] : left) confirmed.push_back(pack);
  return confirmed;
}

/// Copies are durable before the transaction; the packs that went are returned.
Result<std::vector<const Collection::Doomed*>> Collection::replace(
    const std::vector<Doomed>& doomed, const Effect& effect) {
  TRY(copy_live(doomed));
  const auto copies = TRY(writer_.seal());
  std::vector<const Doomed*> gone;
  const auto done = packs_.database().write([&](sql::Tx& tx) -> Result<void> {
    gone = TRY(confirm(tx, doomed));
    std::vector<std::string> ids;
    TimeUs created = 0;
    for (const Doomed* pack : gone) {
      ids.push_back(pack->row.id);
      created = std::max(created, pack->row.created);
    }
    if (effect) TRY(effect(tx));
    if (gone.empty()) return {};
    TRY(delete_packs(tx, ids));
    return insert_packs(tx, copies, created);
  });
  if (!done) {
    writer_.abandon();
    return Unexpected(done.error());
  }
  if (!gone.empty()) writer_.published();
  return gone;
}

Result<CollectReport> Collection::run(bool dry_run, const Effect& effect) {
  TRY(packs_.refresh());
  Picture picture;
  TRY(packs_.database().read([&](sql::Tx& tx) -> Result<void> {
    picture = TRY(look(tx));
    return {};
  }));
  for (const PackRow& pack : picture.packs) planned_.insert(pack.id);
  TRY(mark(picture));
  const std::vector<Doomed> doomed = TRY(choose(picture));
  std::vector<const Doomed*> gone;
  if (dry_run) {
    for (const Doomed& pack : doomed) gone.push_back(&pack);
  } else {
    gone = TRY(replace(doomed, effect));
    TRY(packs_.refresh());
    for (const Doomed* pack : gone) {
      packs_.handles().forget(pack->row.id);
      // What cannot be removed now is a dead file, and goes with the next collection.
      (void)packs_.files().remove(packs_.handles().path_of(pack->row.id));
    }
    TRY(remove_dead_files());
  }
  CollectReport report;
  for (const Doomed* pack : gone) {
    report.chunks_dropped += std::count_if(pack->dead.begin(), pack->dead.end(),
                                           [](const auto& e) { return e.kind == Kind::kChunk; });
    report.bytes_freed +=
        static_cast<std::int64_t>(bytes_of(pack->dead) + pack->dead.size() * kPackEntryBytes);
    report.packs_rewritten += pack->live.empty() ? 0 : 1;
  }
  return report;
}

Result<void> Collection::remove_dead_files() {
  // Files first, rows second: a file whose lease is gone by then can never be published.
  const auto names = TRY(packs_.files().list(packs_.handles().directory()));
  std::set<std::string> packs, leases;
  TRY(packs_.database().read([&](sql::Tx& tx) -> Result<void> {
    packs.clear();
    leases.clear();
    for (const PackRow& pack : TRY(list_packs(tx, 0))) packs.insert(pack.id);
    for (const LeaseRow& lease : TRY(list_leases(tx))) leases.insert(lease.id);
    return {};
  }));
  for (const std::string& name : names) {
    const std::string lease = lease_of(name);
    if (lease.empty() || leases.contains(lease)) continue;
    if (name.ends_with(kPackSuffix) &&
        packs.contains(name.substr(0, name.size() - kPackSuffix.size())))
      continue;
    TRY(packs_.files().remove(join_path(packs_.handles().directory(), name)));
  }
  return {};
}

}  // namespace solvent::store
