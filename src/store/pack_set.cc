#include "store/pack_set.h"

#include <set>

namespace solvent::store {
namespace {

constexpr std::size_t kHandlesMax = 64;
constexpr std::string_view kRepairHint =
    "run `solvent store verify`, then restore the pack from a backup";

Unexpected damaged(const std::string& pack, std::string_view what, std::uint64_t offset) {
  return fail(Code::kDataLoss,
              "stored bytes are damaged: " + std::string(what) + ": pack " + pack + " offset " +
                  std::to_string(offset),
              std::string(kRepairHint), pack);
}

Result<std::string> read_exactly(File& file, std::uint64_t offset, std::uint64_t length,
                                 const std::string& pack) {
  std::string bytes(length, '\0');
  const std::size_t got =
      TRY(file.read_at(offset, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
  if (got != length) return damaged(pack, "cut short", offset + got);
  return bytes;
}

/// The parser's error, with the pack it is about.
Unexpected of_pack(Error error, const std::string& pack) {
  error.message += ": pack " + pack;
  error.subject = pack;
  return Unexpected(std::move(error));
}

}  // namespace

Result<std::vector<PackEntry>> read_pack_entries(File& file, const PackRow& row) {
  const std::uint64_t size = TRY(file.size());
  if (size != row.bytes || size < kPackHeaderBytes + kPackFooterBytes)
    return damaged(row.id, "size is not " + std::to_string(row.bytes), size);
  const std::string head = TRY(read_exactly(file, 0, kPackHeaderBytes, row.id));
  if (auto checked = check_pack_header(as_bytes(head)); !checked)
    return of_pack(std::move(checked).error(), row.id);
  const std::string last =
      TRY(read_exactly(file, size - kPackFooterBytes, kPackFooterBytes, row.id));
  const auto footer = parse_pack_footer(as_bytes(last), size);
  if (!footer) return of_pack(footer.error(), row.id);
  if (footer->index_digest != row.index_digest || footer->entries != row.entries)
    return damaged(row.id, "footer is another pack's", size - kPackFooterBytes);
  const std::string index = TRY(read_exactly(
      file, footer->index_offset, size - kPackFooterBytes - footer->index_offset, row.id));
  auto entries = parse_pack_index(as_bytes(index), *footer);
  if (!entries) return of_pack(entries.error(), row.id);
  return entries;
}

Result<std::string> read_record(File& file, const Location& at) {
  const PackEntry& entry = at.entry;
  std::string bytes = TRY(read_exactly(file, entry.offset, entry.length, at.pack));
  switch (entry.kind) {
    case Kind::kChunk:
      if (digest_of(bytes) != entry.digest)
        return damaged(at.pack, "chunk does not match its digest", entry.offset);
      break;
    case Kind::kRecipe:
      if (const auto parsed = parse_recipe(as_bytes(bytes)); !parsed)
        return damaged(at.pack, parsed.error().message, entry.offset);
      break;
    case Kind::kTreeMark: break;
  }
  return bytes;
}

std::string PackFiles::path_of(const std::string& pack) const {
  return join_path(directory_, pack + std::string(kPackSuffix));
}

Result<std::shared_ptr<File>> PackFiles::open(const std::string& pack) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = by_pack_.find(pack); it != by_pack_.end()) {
      handles_.splice(handles_.begin(), handles_, it->second);
      return it->second->file;
    }
  }
  std::shared_ptr<File> file = TRY(files_.open(path_of(pack), OpenMode::kRead));
  const std::lock_guard lock(mutex_);
  if (const auto it = by_pack_.find(pack); it != by_pack_.end()) return it->second->file;
  handles_.push_front({pack, file});
  by_pack_[pack] = handles_.begin();
  if (handles_.size() > kHandlesMax) {
    by_pack_.erase(handles_.back().pack);
    handles_.pop_back();
  }
  return file;
}

void PackFiles::forget(const std::string& pack) {
  const std::lock_guard lock(mutex_);
  const auto it = by_pack_.find(pack);
  if (it == by_pack_.end()) return;
  handles_.erase(it->second);
  by_pack_.erase(it);
}

/// Nothing when the pack was collected between its row and its file.
Result<std::optional<PackSet::Loaded>> PackSet::load(const PackRow& row) {
  const auto file = handles_.open(row.id);
  if (!file) {
    if (file.error().code != Code::kNotFound) return Unexpected(file.error());
    bool still_named = false;
    TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
      still_named = TRY(pack_exists(tx, row.id));
      return {};
    }));
    if (!still_named) return std::optional<Loaded>();
    return damaged(row.id, "the file is missing", 0);
  }
  return Loaded{row, TRY(read_pack_entries(**file, row))};
}

Result<void> PackSet::refresh() {
  const std::lock_guard one(refreshing_);
  StoreState now;
  StoreState known;
  {
    const std::shared_lock lock(mutex_);
    known = state_;
  }
  std::vector<PackRow> rows;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    rows.clear();
    now = TRY(read_state(tx));
    if (now == known) return {};
    rows = TRY(list_packs(tx, now.collections == known.collections ? known.pack_seq : 0));
    return {};
  }));
  if (now == known) return {};

  std::vector<Loaded> loaded;
  std::vector<Error> damage;
  const bool rebuild = now.collections != known.collections;
  std::set<std::string> wanted;
  for (const PackRow& row : rows) {
    wanted.insert(row.id);
    {
      const std::shared_lock lock(mutex_);
      if (index_.has_pack(row.id)) continue;
    }
    auto one_pack = load(row);
    if (!one_pack)
      damage.push_back(std::move(one_pack).error());
    else if (*one_pack)
      loaded.push_back(*std::move(*one_pack));
  }
  const std::unique_lock lock(mutex_);
  if (rebuild) {
    Index fresh;
    for (const Index::Pack& pack : index_.packs()) {
      if (wanted.contains(pack.row.id))
        fresh.add(pack.row, pack.entries);
      else
        handles_.forget(pack.row.id);
    }
    index_ = std::move(fresh);
    damaged_.clear();
  }
  for (Loaded& pack : loaded)
    if (!index_.has_pack(pack.row.id)) index_.add(std::move(pack.row), std::move(pack.entries));
  damaged_.insert(damaged_.end(), damage.begin(), damage.end());
  state_ = now;
  return {};
}

std::optional<Location> PackSet::find(const Digest& digest, Kind kind) const {
  const std::shared_lock lock(mutex_);
  return index_.find(digest, kind);
}

Result<std::optional<Found>> PackSet::locate(const Digest& digest, Kind kind, bool look_again) {
  // A pack may vanish under each look; each time the rows say where its records went.
  for (int looks = 0; looks < 8; ++looks) {
    const auto at = find(digest, kind);
    if (at) {
      auto file = handles_.open(at->pack);
      if (file) return Found{*at, *std::move(file)};
      if (file.error().code != Code::kNotFound) return Unexpected(file.error());
    } else if (!look_again || looks > 0) {
      if (look_again) TRY(refuse_if_damaged());
      return std::optional<Found>();
    }
    TRY(refresh());
    if (const auto again = find(digest, kind); at && again && again->pack == at->pack) {
      bool still_named = false;
      TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
        still_named = TRY(pack_exists(tx, at->pack));
        return {};
      }));
      if (still_named) return damaged(at->pack, "the file is missing", 0);
    }
  }
  return fail(Code::kUnavailable, "the store's packs keep changing",
              "run it again when collection has ended");
}

Result<std::string> PackSet::read(const Digest& digest, Kind kind) {
  const auto found = TRY(locate(digest, kind, true));
  if (!found)
    return fail(Code::kNotFound, "not in the store: " + digest.hex(),
                "`solvent store verify` tells whether something is missing", digest.hex());
  return read_record(*found->file, found->at);
}

Result<void> PackSet::refuse_if_damaged() const {
  const std::shared_lock lock(mutex_);
  if (damaged_.empty()) return {};
  return Unexpected(damaged_.front());
}

void PackSet::added(const std::vector<PackRow>& rows, std::vector<std::vector<PackEntry>> entries) {
  ASSERT(rows.size() == entries.size());
  const std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (!index_.has_pack(rows[i].id)) index_.add(rows[i], std::move(entries[i]));
}

Result<std::vector<PackEntry>> PackSet::entries_of(const PackRow& row) {
  {
    const std::shared_lock lock(mutex_);
    if (const Index::Pack* pack = index_.find_pack(row.id)) return pack->entries;
  }
  const auto file = TRY(handles_.open(row.id));
  return read_pack_entries(*file, row);
}

}  // namespace solvent::store
