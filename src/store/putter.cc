#include "store/putter.h"

#include <algorithm>

#include "store/chunker.h"

namespace solvent::store {
namespace {

/// Reused packs kept open before they are held by a transaction of their own.
constexpr std::size_t kReusedPacksMax = 48;
/// Collection would have to take the same records away each time; it runs one at a time.
constexpr int kPublishTries = 8;

}  // namespace

Putter::Putter(PackSet& packs, LeaseHandle& lease, Clock& clock, const StoreOptions& options)
    : packs_(packs),
      lease_(lease),
      clock_(clock),
      options_(options),
      writer_(packs.files(), packs.handles().directory(), lease.id(), lease.numbers(),
              options.pack_bytes_max) {}

Result<void> Putter::feed(ByteView bytes) {
  while (!bytes.empty()) {
    // Whole chunks are cut straight from the caller's bytes; only rests are copied.
    if (pending_.empty()) {
      const std::size_t cut = next_cut(bytes, false);
      if (cut > 0) {
        TRY(take_chunk(bytes.first(cut)));
        bytes = bytes.subspan(cut);
        continue;
      }
    }
    const std::size_t part = std::min(bytes.size(), 2 * kChunkMax - pending_.size());
    pending_.insert(pending_.end(), bytes.begin(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(part));
    bytes = bytes.subspan(part);
    std::size_t done = 0;
    for (;;) {
      const std::size_t cut = next_cut(ByteView(pending_).subspan(done), false);
      if (cut == 0) break;
      TRY(take_chunk(ByteView(pending_).subspan(done, cut)));
      done += cut;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
  }
  return {};
}

Result<Blob> Putter::finish_file() {
  ByteView rest(pending_);
  if (recipe_.pieces.empty() && next_cut(rest, true) == rest.size()) {
    // One chunk is the whole file: its digest is the file's, and no recipe is needed.
    Blob blob{digest_of(rest), rest.size()};
    TRY(put_record(blob.digest, Kind::kChunk, rest));
    pending_.clear();
    return blob;
  }
  while (!rest.empty()) {
    const std::size_t cut = next_cut(rest, true);
    TRY(take_chunk(rest.first(cut)));
    rest = rest.subspan(cut);
  }
  pending_.clear();
  Blob blob{file_hash_.finish(), recipe_.size};
  const Recipe recipe = std::exchange(recipe_, {});
  file_hash_ = Hasher();
  if (recipe.pieces.size() > 1)
    TRY(put_record(blob.digest, Kind::kRecipe, as_bytes(encode_recipe(recipe))));
  return blob;
}

Result<void> Putter::take_chunk(ByteView chunk) {
  const Digest digest = digest_of(chunk);
  TRY(put_record(digest, Kind::kChunk, chunk));
  file_hash_.update(chunk);
  recipe_.size += chunk.size();
  recipe_.pieces.push_back({digest, static_cast<std::uint32_t>(chunk.size())});
  if ((recipe_.pieces.size() + 2) * sizeof(Recipe::Piece) > kRecipeBytesMax)
    return fail(
        Code::kResourceExhausted,
        "file is too large for the store: beyond " + std::to_string(recipe_.size) + " bytes",
        "split it into several files");
  return {};
}

Result<void> Putter::put_record(const Digest& digest, Kind kind, ByteView payload) {
  if (writer_.has(digest, kind)) return {};
  if (TRY(reuse(digest, kind, false))) return {};
  return writer_.add(digest, kind, payload);
}

Result<bool> Putter::reuse(const Digest& digest, Kind kind, bool look_again) {
  auto found = TRY(packs_.locate(digest, kind, look_again));
  if (!found) return false;
  Reused& reused = reused_[found->at.pack];
  reused.file = std::move(found->file);
  reused.entries.push_back(found->at.entry);
  if (reused_.size() > kReusedPacksMax) TRY(hold_reused());
  return true;
}

Result<void> Putter::keep(const Blob& blob) {
  if (writer_.has(blob.digest, Kind::kChunk)) return {};
  const auto wrong_size = [&](std::uint64_t stored) {
    return fail(Code::kInvalidArgument,
                "the size given is not the stored file's, " + std::to_string(stored) +
                    " bytes: " + std::to_string(blob.size),
                "give what put returned", blob.digest.hex());
  };
  if (TRY(reuse(blob.digest, Kind::kChunk, true))) {
    const auto at = packs_.find(blob.digest, Kind::kChunk);
    return at && at->entry.length != blob.size ? wrong_size(at->entry.length) : Result<void>();
  }
  const auto record = packs_.read(blob.digest, Kind::kRecipe);
  if (!record && record.error().code == Code::kNotFound)
    return fail(Code::kFailedPrecondition,
                "a tree names a file that is not stored: " + blob.digest.hex(),
                "put the file first", blob.digest.hex());
  const Recipe recipe = TRY(parse_recipe(as_bytes(TRY(record))));
  if (recipe.size != blob.size) return wrong_size(recipe.size);
  TRY(put_record(blob.digest, Kind::kRecipe, as_bytes(*record)));
  for (const Recipe::Piece& piece : recipe.pieces)
    if (!TRY(reuse(piece.chunk, Kind::kChunk, true)))
      return fail(Code::kDataLoss, "a chunk of a stored file is missing: " + piece.chunk.hex(),
                  "run `solvent store verify`", blob.digest.hex());
  return {};
}

Result<void> Putter::mark_tree(const Digest& digest) {
  return put_record(digest, Kind::kTreeMark, {});
}

Result<void> Putter::hold_reused() {
  std::vector<std::string> vanished;
  TRY(packs_.database().write([&](sql::Tx& tx) -> Result<void> {
    vanished = TRY(try_publish(tx, {}, clock_.now()));
    return {};
  }));
  if (vanished.empty())
    reused_.clear();
  else
    TRY(rescue(vanished));
  return {};
}

Result<void> Putter::rescue(const std::vector<std::string>& vanished) {
  TRY(packs_.refresh());
  for (const std::string& pack : vanished) {
    const auto node = reused_.extract(pack);
    for (const PackEntry& entry : node.mapped().entries) {
      if (writer_.has(entry.digest, entry.kind)) continue;
      if (const auto moved = TRY(packs_.locate(entry.digest, entry.kind, false))) {
        Reused& reused = reused_[moved->at.pack];
        reused.file = moved->file;
        reused.entries.push_back(moved->at.entry);
        continue;
      }
      const std::string bytes = TRY(read_record(*node.mapped().file, {pack, entry}));
      TRY(writer_.add(entry.digest, entry.kind, as_bytes(bytes)));
    }
  }
  return {};
}

Result<std::vector<std::string>> Putter::try_publish(sql::Tx& tx,
                                                     std::span<const SealedPack> sealed,
                                                     TimeUs now) {
  TRY(renew_lease(tx, {lease_.id(), now + options_.lease_for}));
  std::vector<std::string> vanished;
  std::vector<std::string> held;
  for (const auto& [pack, reused] : reused_) {
    if (TRY(pack_exists(tx, pack)))
      held.push_back(pack);
    else
      vanished.push_back(pack);
  }
  if (!vanished.empty()) return vanished;
  for (const SealedPack& pack : sealed) held.push_back(pack.id);
  TRY(insert_packs(tx, sealed, now));
  TRY(hold_packs(tx, lease_.id(), held));
  return vanished;
}

Result<void> Putter::publish() {
  for (int tries = 0; tries < kPublishTries; ++tries) {
    const auto sealed = TRY(writer_.seal());
    if (sealed.empty() && reused_.empty()) return {};
    const TimeUs now = clock_.now();
    std::vector<std::string> vanished;
    const auto done = packs_.database().write([&](sql::Tx& tx) -> Result<void> {
      vanished = TRY(try_publish(tx, sealed, now));
      return {};
    });
    if (!done) {
      // Only these codes promise that nothing was committed.
      const Code code = done.error().code;
      if (code != Code::kResourceExhausted && code != Code::kAborted &&
          code != Code::kPermissionDenied)
        writer_.abandon();
      return done;
    }
    if (!vanished.empty()) {
      TRY(rescue(vanished));
      continue;
    }
    std::vector<PackRow> rows;
    std::vector<std::vector<PackEntry>> entries;
    for (const SealedPack& pack : sealed) {
      rows.push_back({pack.id, 0, pack.bytes, pack.entries.size(), pack.index_digest, now});
      entries.push_back(pack.entries);
    }
    packs_.added(rows, std::move(entries));
    writer_.published();
    reused_.clear();
    return {};
  }
  return fail(Code::kAborted, "collection kept taking chunks that this put reuses",
              "run it again when collection has ended");
}

}  // namespace solvent::store
