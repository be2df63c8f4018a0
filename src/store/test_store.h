/// For tests of this folder: a store on a disk of its choice, with its database beside it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/random.h"
#include "sql/database.h"
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

/// On the real disk, in a directory of its own.
class TestStore {
 public:
  explicit TestStore(StoreOptions options = {}) : options_(options) {
    database_ = MUST(sql::open_sqlite(join_path(path(), "catalog.db")));
    MUST(database_->migrate(specs().migrations, {}));
    store_ = open(posix_files());
  }
  /// Another Store on the same directory and database, as another process would have it.
  std::unique_ptr<Store> open(FileSystem& files) {
    return MUST(
        open_store(join_path(path(), "store"), files, *database_, clock_, random_, options_));
  }
  Store* operator->() { return store_.get(); }
  Store& operator*() { return *store_; }
  const std::string& path() const { return directory_.path(); }
  std::string packs() const { return join_path(path(), "store/packs"); }
  sql::Database& database() { return *database_; }
  FakeClock& clock() { return clock_; }
  void reopen() {
    store_.reset();
    store_ = open(posix_files());
  }

 private:
  static TempDirectory fresh_directory() { return MUST(TempDirectory::create("store")); }

  StoreOptions options_;
  TempDirectory directory_ = fresh_directory();
  FakeClock clock_{kTestNow};
  SeededRandom random_{11};
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Store> store_;
};

}  // namespace solvent::store
