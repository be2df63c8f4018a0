/// The content-addressed store: bytes live once, in packs, found by digest. Writers never block
/// readers; a crash at any instruction loses nothing acknowledged and shows nothing partial.
/// Thread-safe; several processes may share one store directory. (Chunks will become Xet's;
/// this interface stays.)
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/random.h"
#include "base/result.h"
#include "base/settings.h"
#include "op/operation.h"
#include "sql/database.h"

namespace solvent::store {

/// A stored file: BLAKE3 of its whole content, and its size in bytes.
struct Blob {
  Digest digest;
  std::uint64_t size = 0;
};

/// Sequential and ranged reads; every read is verified against chunk digests. Thread-compatible.
/// Readers and leases must not outlive their store.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::uint64_t size() const = 0;
  /// Fewer bytes only at the end. kDataLoss when stored bytes do not match their digest.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

/// Keeps what was put under it from being collected until released or expired.
class Lease {
 public:
  virtual ~Lease() = default;
  virtual const std::string& id() const = 0;
};

/// A tree entry: path bytes → blob, in byte order of path.
struct TreeEntry {
  std::string path;
  Blob blob;
  bool executable = false;
};

struct VerifyReport {
  std::int64_t chunks = 0, packs = 0, bytes = 0;
  std::vector<std::string> problems;  ///< one sentence each; empty means sound
};

struct CollectReport {
  std::int64_t chunks_dropped = 0, bytes_freed = 0, packs_rewritten = 0;
};

/// Contributed by modules: yields every digest they still need.
struct BlobRoot {
  std::string module;
  std::function<Result<void>(sql::Tx&, const std::function<void(const Digest&)>&)> mark;
};

struct StoreOptions {
  std::uint64_t pack_bytes_max = 64u << 20;
  TimeUs grace = 24 * kHourUs;  ///< younger chunks are spared by collect
  TimeUs lease_for = kHourUs;
  /// Packs whose live share of bytes falls below this are rewritten by collect.
  double rewrite_below = 0.8;
};

/// From the `store.*` settings.
StoreOptions options_of(const Settings& settings);

struct StoreStat {
  std::int64_t packs = 0, bytes = 0, records = 0, leases = 0, refs = 0;
};

class Store {
 public:
  virtual ~Store() = default;
  /// Streams bytes in; durable when it returns. `next` yields an empty piece at the end.
  virtual Result<Blob> put(Lease& lease, const std::function<Result<std::string>()>& next) = 0;
  virtual Result<Blob> put_bytes(Lease& lease, ByteView bytes) = 0;
  virtual Result<Blob> put_file(Lease& lease, const std::string& path) = 0;
  /// Many small files with one sync.
  virtual Result<std::vector<Blob>> put_files(Lease& lease, std::span<const std::string> paths) = 0;
  virtual Result<std::unique_ptr<Reader>> open(const Digest& digest) = 0;
  /// Protects nothing: what is to be named later must be put, or listed in a tree, under a lease.
  virtual Result<bool> contains(const Digest& digest) = 0;
  virtual Result<std::string> read_all(const Digest& digest, std::uint64_t bytes_max) = 0;
  /// Canonical, content-addressed list of entries; the digest identifies the tree. Every blob must
  /// be stored already (kFailedPrecondition); from then on the lease keeps the blobs too.
  virtual Result<Digest> put_tree(Lease& lease, std::vector<TreeEntry> entries) = 0;
  virtual Result<std::vector<TreeEntry>> read_tree(const Digest& tree) = 0;
  /// Renewed by a heartbeat while the object lives; a put under a lease that was taken away after
  /// its expiry is kAborted.
  virtual Result<std::unique_ptr<Lease>> lease() = 0;
  /// Reads everything back and compares digests.
  virtual Result<VerifyReport> verify(const std::function<void(double)>& progress) = 0;
  /// Drops what no root, ref, lease or grace keeps. One at a time: kUnavailable while another runs.
  /// A dry run reports and changes nothing.
  /// `effect` is part of the transaction that drops.
  virtual Result<CollectReport> collect(
      std::span<const BlobRoot> roots, bool dry_run = false,
      const std::function<Result<void>(sql::Tx&)>& effect = {}) = 0;
  virtual Result<StoreStat> stat() = 0;
};

/// `directory` is .solvent/store. Leases, refs and the pack list are rows in `database`.
Result<std::unique_ptr<Store>> open_store(const std::string& directory, FileSystem& files,
                                          sql::Database& database, Clock& clock, Random& random,
                                          const StoreOptions& options = {});

/// To be called in the transaction that names what was put under the lease: kAborted when the lease
/// was taken away after its expiry, so that nothing collected can be named.
Result<void> require_lease(sql::Tx& tx, const Lease& lease);

/// Refs (branches, tags): rows moved by compare-and-swap inside the caller's transaction.
/// `expected` empty means "must not exist". kAborted when another writer was first.
Result<void> move_ref(sql::Tx& tx, std::string_view name, std::optional<Digest> expected,
                      const Digest& target, TimeUs now);
Result<std::optional<Digest>> read_ref(sql::Tx& tx, std::string_view name);

struct Specs {
  std::vector<sql::Migration> migrations;
  std::vector<op::OperationSpec> operations;
  std::vector<Setting> settings;
};
const Specs& specs();

}  // namespace solvent::store
