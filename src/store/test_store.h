/// For tests of this folder: a store in a directory of its own, with its database beside it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "sql/test_engines.h"
#include "store/store.h"

namespace solvent::store {

/// Incompressible bytes, the same for one seed.
inline std::string random_bytes(std::uint64_t seed, std::size_t size) {
  std::string bytes(size, '\0');
  SeededRandom random(seed);
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

inline constexpr TimeUs kTestNow = 1'795'000'000 * kSecondUs;

class TestStore {
 public:
  explicit TestStore(const std::string& engine = "sqlite", StoreOptions options = {},
                     FileSystem& files = posix_files())
      : options_(options), files_(files) {
    database_.make(engine);
    MUST(database_->migrate(specs().migrations, {}));
    if (&files_ != &posix_files()) MUST(files_.make_directories(path()));
    store_ = open();
  }
  /// Another Store on the same directory and database, as another process would have it.
  std::unique_ptr<Store> open() { return open(files_); }
  std::unique_ptr<Store> open(FileSystem& files) {
    return MUST(
        open_store(join_path(path(), "store"), files, *database_, clock_, random_, options_));
  }
  void reopen() {
    store_.reset();
    store_ = open();
  }

  Store* operator->() { return store_.get(); }
  Store& operator*() { return *store_; }
  const std::string& path() const { return directory_.path(); }
  std::string packs() const { return join_path(path(), "store/packs"); }
  std::vector<std::string> pack_files() { return MUST(files_.list(packs())); }
  sql::Database& database() { return *database_; }
  FakeClock& clock() { return clock_; }

  Blob put(std::string_view bytes) {
    const auto lease = MUST(store_->lease());
    return MUST(store_->put_bytes(*lease, as_bytes(bytes)));
  }
  /// Collects with `needed` as the only roots.
  Result<CollectReport> collect(const std::set<Digest>& needed, bool dry_run = false) {
    const BlobRoot root{"test", [&](sql::Tx&, const auto& yield) -> Result<void> {
                          for (const Digest& digest : needed) yield(digest);
                          return {};
                        }};
    return store_->collect({&root, 1}, dry_run);
  }
  std::vector<std::string> problems() { return MUST(store_->verify({})).problems; }

 private:
  static TempDirectory fresh_directory() { return MUST(TempDirectory::create("store")); }

  StoreOptions options_;
  FileSystem& files_;
  TempDirectory directory_ = fresh_directory();
  FakeClock clock_{kTestNow};
  SeededRandom random_{11};
  sql::TestDatabase database_;
  std::unique_ptr<Store> store_;
};

}  // namespace solvent::store
