#include "store/pack_writer.h"

#include "base/sync_site.h"

namespace solvent::store {
namespace {

/// Small records are gathered into writes of this size.
constexpr std::size_t kWriteBytes = 1u << 20;
/// Packs at least this big are synced while the next one is being filled.
constexpr std::uint64_t kBackgroundBytes = 8u << 20;

/// Makes a finished pack durable under its final name, except for the directory.
Result<void> settle(FileSystem& files, File& file, const std::string& temporary,
                    const std::string& path) {
  TRY(sync_file(file, "store-pack"));
  return files.rename(temporary, path);
}

}  // namespace

PackWriter::PackWriter(FileSystem& files, std::string directory, std::string lease,
                       std::atomic<std::uint64_t>& numbers, std::uint64_t pack_bytes_max)
    : files_(files),
      directory_(std::move(directory)),
      lease_(std::move(lease)),
      numbers_(numbers),
      pack_bytes_max_(pack_bytes_max) {}

PackWriter::~PackWriter() {
  (void)wait();
  if (file_) {
    file_.reset();
    (void)files_.remove(path_of(id_, kTemporarySuffix));
  }
  for (const SealedPack& pack : sealed_) {
    // One of the two is there; a failed rename leaves the first.
    (void)files_.remove(path_of(pack.id, kTemporarySuffix));
    (void)files_.remove(path_of(pack.id, kPackSuffix));
  }
}

bool PackWriter::has(const Digest& digest, Kind kind) const {
  return added_.contains({digest, kind});
}

Result<void> PackWriter::add(const Digest& digest, Kind kind, ByteView payload) {
  if (has(digest, kind)) return {};
  const std::uint64_t tail = (entries_.size() + 1) * kPackEntryBytes + kPackFooterBytes;
  if (file_ && written_ + buffer_.size() + payload.size() + tail > pack_bytes_max_)
    TRY(finish_pack());
  if (!file_) TRY(begin_pack());
  entries_.push_back(
      {digest, kind, static_cast<std::uint32_t>(payload.size()), written_ + buffer_.size()});
  buffer_.append(as_text(payload));
  added_.insert({digest, kind});
  if (buffer_.size() >= kWriteBytes) TRY(flush());
  return {};
}

Result<std::span<const SealedPack>> PackWriter::seal() {
  if (file_) TRY(finish_pack());
  TRY(wait());
  if (!names_synced_) {
    TRY(sync_directory(files_, directory_, "store-pack-names"));
    names_synced_ = true;
  }
  return std::span<const SealedPack>(sealed_);
}

Result<void> PackWriter::begin_pack() {
  ASSERT(!file_ && buffer_.empty() && entries_.empty());
  id_ = lease_ + "-" + std::to_string(numbers_.fetch_add(1));
  file_ = TRY(files_.open(path_of(id_, kTemporarySuffix), OpenMode::kCreateNew));
  written_ = 0;
  buffer_ = pack_header();
  return {};
}

Result<void> PackWriter::flush() {
  TRY(file_->write_at(written_, as_bytes(buffer_)));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> PackWriter::finish_pack() {
  TRY(wait());
  SealedPack pack{.id = id_};
  buffer_ += pack_tail(entries_, written_ + buffer_.size(), pack.index_digest);
  TRY(flush());
  pack.bytes = written_;
  pack.entries = std::move(entries_);
  entries_.clear();
  names_synced_ = false;
  sealed_.push_back(std::move(pack));
  const std::string temporary = path_of(id_, kTemporarySuffix);
  const std::string path = path_of(id_, kPackSuffix);
  std::unique_ptr<File> file = std::move(file_);
  if (written_ < kBackgroundBytes) return settle(files_, *file, temporary, path);
  syncing_ = std::async(std::launch::async, [this, file = std::move(file), temporary, path] {
    return settle(files_, *file, temporary, path);
  });
  return {};
}

Result<void> PackWriter::wait() {
  if (!syncing_.valid()) return {};
  return syncing_.get();
}

std::string PackWriter::path_of(const std::string& id, std::string_view suffix) const {
  return join_path(directory_, id + std::string(suffix));
}

}  // namespace solvent::store
