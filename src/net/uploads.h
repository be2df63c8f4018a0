/// Local files and trees on their way to a handler: a manifest first, then the contents that are
/// missing, each verified by its BLAKE3 digest, staged in a private folder. A client's path is a
/// name below that folder and nothing else. Thread-safe; sizes are bytes.
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

namespace solvent::net {

struct UploadLimits {
  std::size_t files_max = 200'000;               ///< in one manifest
  std::uint64_t bytes_max = 16ull << 30;         ///< of one upload
  std::uint64_t staged_bytes_max = 64ull << 30;  ///< of all uploads together
  std::size_t uploads_max = 64;                  ///< at once
  std::int64_t expiry_ms = 3'600'000;            ///< after the last use
};

/// What a handler gets; the folder is removed when the last holder and the upload are gone.
struct StagedUpload {
  std::string tree;                ///< folder that holds the files
  std::vector<std::string> files;  ///< relative paths, in byte order
};

class Uploads {
 public:
  /// `folder` is emptied: what an earlier process left there has no owner.
  static Result<std::unique_ptr<Uploads>> create(FileSystem& files, Clock& clock, Random& random,
                                                 std::string folder, UploadLimits limits);
  ~Uploads();

  /// {"files": [{"path", "size", "digest", "executable"}]} → {"upload", "missing": [digest…]}.
  Result<Json> begin(std::string_view owner, const Json& manifest);
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
  Result<void> stage_empty_files(Upload& upload);
  Uploads(FileSystem& files, Clock& clock, Random& random, std::string folder, UploadLimits limits);
  Result<std::shared_ptr<Upload>> find(std::string_view owner, std::string_view id);

  FileSystem& files_;
  Clock& clock_;
  Random& random_;
  const std::string folder_;
  const UploadLimits limits_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Upload>, std::less<>> uploads_;
};

/// POST /api/uploads and PUT /api/uploads/{upload}/{digest}; `caller` names who asks.
class Access;
std::vector<Route> upload_routes(Access& access, Uploads& uploads, const UploadLimits& limits);

}  // namespace solvent::net
