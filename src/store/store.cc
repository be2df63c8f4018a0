#include "store/store.h"

#include <mutex>

#include "base/sync_site.h"
#include "store/collect.h"
#include "store/lease.h"
#include "store/pack_set.h"
#include "store/putter.h"
#include "store/reader.h"
#include "store/tree.h"
#include "store/verify.h"

namespace solvent::store {
namespace {

constexpr std::size_t kReadBytes = 4u << 20;

class DiskStore final : public Store {
 public:
  DiskStore(std::string directory, FileSystem& files, sql::Database& database, Clock& clock,
            Random& random, const StoreOptions& options)
      : directory_(std::move(directory)),
        files_(files),
        database_(database),
        clock_(clock),
        options_(options),
        packs_(files, database, join_path(directory_, "packs")),
        leases_(database, clock, random, options.lease_for) {}

  Result<Blob> put(Lease& lease, const std::function<Result<std::string>()>& next) override {
    const auto putter = TRY(begin(lease));
    for (;;) {
      const std::string piece = TRY(next());
      if (piece.empty()) break;
      TRY(putter->feed(as_bytes(piece)));
    }
    return finish(*putter);
  }

  Result<Blob> put_bytes(Lease& lease, ByteView bytes) override {
    const auto putter = TRY(begin(lease));
    TRY(putter->feed(bytes));
    return finish(*putter);
  }

  Result<Blob> put_file(Lease& lease, const std::string& path) override {
    const auto putter = TRY(begin(lease));
    std::vector<std::uint8_t> buffer;
    TRY(feed_file(*putter, path, buffer));
    return finish(*putter);
  }

  Result<std::vector<Blob>> put_files(Lease& lease, std::span<const std::string> paths) override {
    const auto putter = TRY(begin(lease));
    std::vector<Blob> blobs;
    blobs.reserve(paths.size());
    std::vector<std::uint8_t> buffer;
    for (const std::string& path : paths) {
      TRY(feed_file(*putter, path, buffer));
      blobs.push_back(TRY(putter->finish_file()));
    }
    TRY(putter->publish());
    return blobs;
  }

  Result<std::unique_ptr<Reader>> open(const Digest& digest) override {
    return open_blob(packs_, digest);
  }

  Result<bool> contains(const Digest& digest) override {
    const auto reader = open_blob(packs_, digest);
    if (reader) return true;
    if (reader.error().code == Code::kNotFound) return false;
    return Unexpected(reader.error());
  }

  Result<std::string> read_all(const Digest& digest, std::uint64_t bytes_max) override {
    return read_blob(packs_, digest, bytes_max);
  }

  Result<Digest> put_tree(Lease& lease, std::vector<TreeEntry> entries) override {
    const std::string bytes = TRY(encode_tree(entries));
    const auto putter = TRY(begin(lease));
    for (const TreeEntry& entry : entries) TRY(putter->keep(entry.blob));
    TRY(putter->feed(as_bytes(bytes)));
    const Blob blob = TRY(putter->finish_file());
    TRY(putter->mark_tree(blob.digest));
    TRY(putter->publish());
    return blob.digest;
  }

  Result<std::vector<TreeEntry>> read_tree(const Digest& tree) override {
    return load_tree(packs_, tree);
  }

  Result<std::unique_ptr<Lease>> lease() override { return TRY(leases_.take()); }

  Result<VerifyReport> verify(const std::function<void(double)>& progress) override {
    return verify_packs(packs_, progress);
  }

  Result<CollectReport> collect(std::span<const BlobRoot> roots, bool dry_run,
                                const std::function<Result<void>(sql::Tx&)>& effect) override {
    const auto lock = files_.lock(join_path(directory_, "collect.lock"), true);
    if (!lock && lock.error().code == Code::kUnavailable)
      return fail(Code::kUnavailable, "another collection of this store is running",
                  "wait for it to end", directory_);
    if (!lock) return Unexpected(lock.error());
    const auto lease = TRY(leases_.take());
    return Collection(packs_, *lease, clock_, options_, roots).run(dry_run, effect);
  }

  Result<StoreStat> stat() override {
    StoreStat stat;
    TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
      const auto packs = TRY(tx.query("SELECT bytes, entries FROM store_packs"));
      stat = {};
      stat.packs = static_cast<std::int64_t>(packs.size());
      for (const sql::Row& row : packs) {
        stat.bytes += row.integer(0);
        stat.records += row.integer(1);
      }
      stat.leases = TRY(tx.query("SELECT COUNT(*) FROM store_leases"))[0].integer(0);
      stat.refs = TRY(tx.query("SELECT COUNT(*) FROM store_refs"))[0].integer(0);
      return {};
    }));
    return stat;
  }

 private:
  Result<std::unique_ptr<Putter>> begin(Lease& lease);
  Result<void> settle_directories();
  static Result<Blob> finish(Putter& putter) {
    const Blob blob = TRY(putter.finish_file());
    TRY(putter.publish());
    return blob;
  }
  Result<void> feed_file(Putter& putter, const std::string& path,
                         std::vector<std::uint8_t>& buffer);

  std::string directory_;
  FileSystem& files_;
  sql::Database& database_;
  Clock& clock_;
  StoreOptions options_;
  PackSet packs_;
  LeaseKeeper leases_;
  std::mutex settling_;
  bool settled_ = false;
};

Result<std::unique_ptr<Putter>> DiskStore::begin(Lease& lease) {
  auto* handle = dynamic_cast<LeaseHandle*>(&lease);
  if (handle == nullptr)
    return fail(Code::kInvalidArgument, "this lease was not taken from this store",
                "take one with lease()");
  TRY(settle_directories());
  TRY(packs_.refresh());
  return std::make_unique<Putter>(packs_, *handle, clock_, options_);
}

/// Once in each process: the one that made the directories may have died before it synced them.
Result<void> DiskStore::settle_directories() {
  const std::lock_guard lock(settling_);
  if (settled_) return {};
  TRY(sync_directory(files_, directory_, "store/packs_directory"));
  TRY(sync_directory(files_, std::string(parent_path(directory_)), "store/directory"));
  settled_ = true;
  return {};
}

Result<void> DiskStore::feed_file(Putter& putter, const std::string& path,
                                  std::vector<std::uint8_t>& buffer) {
  const auto file = TRY(files_.open(path, OpenMode::kRead));
  if (buffer.empty()) buffer.resize(kReadBytes);
  for (std::uint64_t offset = 0;;) {
    const std::size_t got = TRY(file->read_at(offset, buffer));
    TRY(putter.feed(ByteView(buffer).first(got)));
    if (got < buffer.size()) return {};
    offset += got;
  }
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& directory, FileSystem& files,
                                          sql::Database& database, Clock& clock, Random& random,
                                          const StoreOptions& options) {
  if (options.pack_bytes_max < kPackBytesFloor || options.pack_bytes_max > kPackBytesCeiling)
    return fail(Code::kInvalidArgument,
                "pack size is out of range: " + std::to_string(options.pack_bytes_max),
                "choose 2 MiB to 4 GiB", "store.pack_bytes_max");
  const std::string packs = join_path(directory, "packs");
  // An existing store opens on a read-only disk.
  if (const auto there = files.stat(packs); !there) {
    if (there.error().code != Code::kNotFound) return Unexpected(there.error());
    TRY(files.make_directories(packs));
  }
  return std::make_unique<DiskStore>(directory, files, database, clock, random, options);
}

}  // namespace solvent::store
