/// Contents that a caller has sent once, so that the next manifest which lists them finds nothing
/// missing. Each is known only to who sent it, whole and verified: to everybody else it is as if it
/// were not there. Bounded; the least recently used goes first. Thread-safe; sizes are bytes.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace solvent::net {

/// `from` under another name, by a hard link where the disk has them, else by a copy.
Result<void> link_or_copy(const std::string& from, const std::string& to);

class KeptContents {
 public:
  /// `folder` must be there, and empty.
  KeptContents(Clock& clock, std::string folder, std::uint64_t bytes_max, std::int64_t expiry_ms);

  /// Remembers the file at `path`, whose digest and size have been verified, for `owner`; makes it
  /// read-only. What cannot be kept must be sent again, which is no error.
  void keep(std::string_view owner, const Digest& digest, std::uint64_t size,
            const std::string& path);
  /// Puts the content at `path`. False unless this owner has sent just that.
  bool place(std::string_view owner, const Digest& digest, std::uint64_t size,
             const std::string& path);
  /// Forgets what was not used for the expiry.
  void sweep();

 private:
  using Key = std::pair<std::string, Digest>;
  struct Entry {
    Key key;
    std::string path;
    std::uint64_t size = 0;
    std::int64_t used_ns = 0;
  };
  using Entries = std::list<Entry>;
  void forget_oldest();

  Clock& clock_;
  const std::string folder_;
  const std::uint64_t bytes_max_;
  const std::int64_t expiry_ns_;
  std::mutex mutex_;  ///< guards what follows
  Entries entries_;   ///< least recently used first
  std::map<Key, Entries::iterator> by_key_;
  std::uint64_t bytes_ = 0, count_ = 0;
};

}  // namespace solvent::net
