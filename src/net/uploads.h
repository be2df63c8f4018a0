/// Local files and trees on their way to a handler: a manifest first, then the contents that are
/// missing, each verified by its BLAKE3 digest, staged in a private folder. Nothing is missing that
/// the caller may read here or has sent before; of anything else nobody learns that it is here. A
/// client's path is a name below that folder and nothing else. Thread-safe; sizes are bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "net/http.h"
#include "net/kept_contents.h"
#include "op/caller.h"

namespace solvent::net {

struct UploadLimits {
  std::size_t files_max = 200'000;               ///< in one manifest
  std::uint64_t bytes_max = 16ull << 30;         ///< of one upload
  std::uint64_t staged_bytes_max = 64ull << 30;  ///< of all uploads together
  std::size_t uploads_max = 64;                  ///< at once
  std::int64_t expiry_ms = 3'600'000;            ///< after the last use
  std::uint64_t kept_bytes_max = 8ull << 30;     ///< of contents that need not be sent again
  std::int64_t kept_expiry_ms = 86'400'000;      ///< after their last use
};

/// What the workspace holds already. Thread-safe.
class StoredContents {
 public:
  virtual ~StoredContents() = default;
  /// Digest → size of every whole file that this caller may read, and of nothing else.
  virtual Result<std::map<Digest, std::uint64_t>> readable(const op::Caller& caller) = 0;
  /// Writes one of them to a new file.
  virtual Result<void> copy(const Digest& digest, const std::string& path) = 0;
};

/// What a handler gets; the folder is removed when the last holder and the upload are gone.
struct StagedUpload {
  std::string tree;                ///< folder that holds the files
  std::vector<std::string> files;  ///< relative paths, in byte order
};

class Uploads {
 public:
  /// `folder` is emptied: what an earlier process left there has no owner. `stored` may be null.
  static Result<std::unique_ptr<Uploads>> create(FileSystem& files, Clock& clock, Random& random,
                                                 std::string folder, UploadLimits limits,
                                                 StoredContents* stored = nullptr);
  ~Uploads();

  /// {"files": [{"path", "size", "digest", "executable"}], "folders": [{"path"}]} → {"upload",
  /// "missing": [digest…]}; the folders are made, whatever is in them.
  /// The caller's principal owns the upload. Contents are kept for the very token they came with,
  /// as another token of the same principal may be worth less; for nobody in particular, none are.
  Result<Json> begin(const op::Caller& caller, const Json& manifest);
  /// Bytes of one digest. kInvalidArgument when they are not what the digest says; a repeat is
  /// fine.
  Result<void> put(std::string_view owner, std::string_view upload, std::string_view digest,
                   const BodyReader& body);
  /// Hands the upload over, once: it lives as long as what is returned. kFailedPrecondition while
  /// contents are missing, kNotFound for another owner's.
  Result<std::shared_ptr<const StagedUpload>> take(std::string_view owner, std::string_view upload);
  /// Drops what expired; called now and then by whoever owns the clock.
  void sweep();

 private:
  struct Upload;
  Result<void> stage_held(Upload& upload);
  Result<void> stage_stored(Upload& upload, const op::Caller& caller);
  Uploads(FileSystem& files, Clock& clock, Random& random, std::string folder, UploadLimits limits,
          StoredContents* stored);
  Result<std::shared_ptr<Upload>> find(std::string_view owner, std::string_view id);

  FileSystem& files_;
  Clock& clock_;
  Random& random_;
  const std::string folder_;
  const UploadLimits limits_;
  StoredContents* const stored_;
  KeptContents kept_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Upload>, std::less<>> uploads_;
};

/// POST /api/uploads and PUT /api/uploads/{upload}/{digest}; `caller` names who asks.
class Access;
std::vector<Route> upload_routes(Access& access, Uploads& uploads, const UploadLimits& limits);

}  // namespace solvent::net
