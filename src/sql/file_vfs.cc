#include "sql/file_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/sync_site.h"

namespace solvent::sql {
namespace {

constexpr int kPathMax = 4096;

struct Handle;

/// What the connections to one path share: file locks, and the log's index in memory.
struct Node {
  int handles = 0;
  int shared = 0;
  const Handle* reserved = nullptr;
  const Handle* pending = nullptr;
  const Handle* exclusive = nullptr;
  std::vector<std::unique_ptr<std::uint8_t[]>> regions;
  std::array<int, SQLITE_SHM_NLOCK> shm_shared{};
  std::array<const Handle*, SQLITE_SHM_NLOCK> shm_exclusive{};
};

/// SQLite's temporary files have no name and need no disk.
class MemoryFile final : public File {
 public:
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, count);
    return count;
  }
  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    if (offset + bytes.size() > bytes_.size()) bytes_.resize(offset + bytes.size());
    std::memcpy(bytes_.data() + offset, bytes.data(), bytes.size());
    return {};
  }
  Result<std::uint64_t> size() override { return bytes_.size(); }
  Result<void> truncate(std::uint64_t size) override {
    bytes_.resize(size);
    return {};
  }
  Result<void> sync() override { return {}; }

 private:
  Bytes bytes_;
};

struct Handle {
  FileVfs::State* state = nullptr;
  std::unique_ptr<File> file;
  std::string path;  ///< empty for a temporary file
  Node* node = nullptr;
  int level = SQLITE_LOCK_NONE;
  unsigned shm_shared = 0;
  unsigned shm_exclusive = 0;
  int kind = SQLITE_OPEN_MAIN_DB;  ///< or SQLITE_OPEN_WAL, SQLITE_OPEN_MAIN_JOURNAL
  bool sync_name = false;
  bool delete_on_close = false;
};

/// What SQLite allocates for an open file.
struct SqliteFile {
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<SqliteFile*>(file)->handle;
}

}  // namespace

struct FileVfs::State {
  std::string name;
  FileSystem* files = nullptr;
  sqlite3_vfs vfs{};
  std::mutex mutex;
  std::map<std::string, Node> nodes;
};

namespace {

int vfs_close(sqlite3_file* file) {
  Handle* handle = &handle_of(file);
  handle->file.reset();
  {
    const std::lock_guard lock(handle->state->mutex);
    if (handle->node != nullptr && --handle->node->handles == 0) {
      handle->state->nodes.erase(handle->path);
    }
  }
  if (handle->delete_on_close) (void)handle->state->files->remove(handle->path);
  delete handle;
  return SQLITE_OK;
}

int vfs_read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  auto* bytes = static_cast<std::uint8_t*>(out);
  const auto read = handle_of(file).file->read_at(static_cast<std::uint64_t>(offset),
                                                  {bytes, static_cast<std::size_t>(count)});
  if (!read) return SQLITE_IOERR_READ;
  if (*read == static_cast<std::size_t>(count)) return SQLITE_OK;
  std::memset(bytes + *read, 0, static_cast<std::size_t>(count) - *read);
  return SQLITE_IOERR_SHORT_READ;
}

int vfs_write(sqlite3_file* file, const void* in, int count, sqlite3_int64 offset) {
  const auto written = handle_of(file).file->write_at(
      static_cast<std::uint64_t>(offset),
      {static_cast<const std::uint8_t*>(in), static_cast<std::size_t>(count)});
  if (written) return SQLITE_OK;
  return written.error().code == Code::kResourceExhausted ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int vfs_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return handle_of(file).file->truncate(static_cast<std::uint64_t>(size)) ? SQLITE_OK
                                                                          : SQLITE_IOERR_TRUNCATE;
}

Result<void> sync_content(const Handle& handle) {
  switch (handle.kind) {
    case SQLITE_OPEN_WAL: return sync_file(*handle.file, "sql/wal");
    case SQLITE_OPEN_MAIN_JOURNAL: return sync_file(*handle.file, "sql/journal");
    default: return sync_file(*handle.file, "sql/database");
  }
}

int vfs_sync(sqlite3_file* file, int) {
  Handle& handle = handle_of(file);
  if (!sync_content(handle)) return SQLITE_IOERR_FSYNC;
  if (!handle.sync_name) return SQLITE_OK;
  if (!sync_directory(*handle.state->files, std::string(parent_path(handle.path)),
                      "sql/new_name")) {
    return SQLITE_IOERR_DIR_FSYNC;
  }
  handle.sync_name = false;
  return SQLITE_OK;
}

int vfs_size(sqlite3_file* file, sqlite3_int64* size) {
  const auto found = handle_of(file).file->size();
  if (!found) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*found);
  return SQLITE_OK;
}

int vfs_lock(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  if (handle.level >= level || handle.node == nullptr) return SQLITE_OK;
  const std::lock_guard lock(handle.state->mutex);
  Node& node = *handle.node;
  const auto other = [&](const Handle* holder) { return holder != nullptr && holder != &handle; };
  if (other(node.exclusive) || other(node.pending)) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_SHARED) {
    ++node.shared;
  } else {
    if (other(node.reserved)) return SQLITE_BUSY;
    node.reserved = &handle;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    node.pending = &handle;
    if (node.shared > 1) {
      handle.level = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
    node.exclusive = &handle;
  }
  handle.level = level;
  return SQLITE_OK;
}

int vfs_unlock(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  if (handle.level <= level || handle.node == nullptr) return SQLITE_OK;
  const std::lock_guard lock(handle.state->mutex);
  Node& node = *handle.node;
  for (const Handle** holder : {&node.reserved, &node.pending, &node.exclusive}) {
    if (*holder == &handle) *holder = nullptr;
  }
  if (level == SQLITE_LOCK_NONE) --node.shared;
  handle.level = level;
  return SQLITE_OK;
}

int vfs_check_reserved(sqlite3_file* file, int* reserved) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  *reserved = handle.node != nullptr && handle.node->reserved != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int vfs_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int vfs_sector_size(sqlite3_file*) {
  return 4096;
}
/// As the unix VFS says by default; the simulated disk tears inside what was written only.
int vfs_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int vfs_shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  auto& regions = handle.node->regions;
  const auto index = static_cast<std::size_t>(region);
  while (regions.size() <= index && extend != 0) {
    regions.push_back(std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(size)));
  }
  *out = index < regions.size() ? regions[index].get() : nullptr;
  return SQLITE_OK;
}

int vfs_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  Node& node = *handle.node;
  for (int slot = offset; slot < offset + count && (flags & SQLITE_SHM_LOCK) != 0; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    const Handle* owner = node.shm_exclusive[at];
    if (owner != nullptr && owner != &handle) return SQLITE_BUSY;
    const int own = (handle.shm_shared >> slot & 1u) != 0 ? 1 : 0;
    if ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && node.shm_shared[at] > own) return SQLITE_BUSY;
  }
  for (int slot = offset; slot < offset + count; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    const unsigned bit = 1u << slot;
    if ((flags & SQLITE_SHM_LOCK) != 0) {
      if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
        node.shm_exclusive[at] = &handle;
        handle.shm_exclusive |= bit;
      } else if ((handle.shm_shared & bit) == 0) {
        ++node.shm_shared[at];
        handle.shm_shared |= bit;
      }
      continue;
    }
    if ((handle.shm_exclusive & bit) != 0) node.shm_exclusive[at] = nullptr;
    if ((handle.shm_shared & bit) != 0) --node.shm_shared[at];
    handle.shm_exclusive &= ~bit;
    handle.shm_shared &= ~bit;
  }
  return SQLITE_OK;
}

void vfs_shm_barrier(sqlite3_file* file) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::lock_guard lock(handle_of(file).state->mutex);
}

int vfs_shm_unmap(sqlite3_file* file, int remove) {
  vfs_shm_lock(file, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  if (remove != 0) handle.node->regions.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {2,
                                         vfs_close,
                                         vfs_read,
                                         vfs_write,
                                         vfs_truncate,
                                         vfs_sync,
                                         vfs_size,
                                         vfs_lock,
                                         vfs_unlock,
                                         vfs_check_reserved,
                                         vfs_control,
                                         vfs_sector_size,
                                         vfs_characteristics,
                                         vfs_shm_map,
                                         vfs_shm_lock,
                                         vfs_shm_barrier,
                                         vfs_shm_unmap,
                                         nullptr,
                                         nullptr};

FileVfs::State& state_of(sqlite3_vfs* vfs) {
  return *static_cast<FileVfs::State*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  FileVfs::State& state = state_of(vfs);
  auto* opened = reinterpret_cast<SqliteFile*>(file);
  opened->base.pMethods = nullptr;
  auto handle = std::make_unique<Handle>();
  handle->state = &state;
  if (name == nullptr) {
    handle->file = std::make_unique<MemoryFile>();
  } else {
    handle->path = name;
    const OpenMode mode = (flags & SQLITE_OPEN_READONLY) != 0    ? OpenMode::kRead
                          : (flags & SQLITE_OPEN_EXCLUSIVE) != 0 ? OpenMode::kCreateNew
                          : (flags & SQLITE_OPEN_CREATE) != 0    ? OpenMode::kCreate
                                                                 : OpenMode::kReadWrite;
    auto found = state.files->open(handle->path, mode);
    if (!found) return SQLITE_CANTOPEN;
    handle->file = std::move(*found);
    constexpr int kJournals =
        SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    // Whether or not it was there: as the unix VFS, which cannot know either if its name is synced.
    handle->sync_name = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
    handle->kind = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
      const std::lock_guard lock(state.mutex);
      handle->node = &state.nodes[handle->path];
      ++handle->node->handles;
    }
  }
  if (out_flags != nullptr) *out_flags = flags;
  opened->handle = handle.release();
  opened->base.pMethods = &kMethods;
  return SQLITE_OK;
}

/// SQLite asks for a sync of the directory here. It gets none: the next sync of the log or of the
/// snapshot's name covers that directory before anything is acknowledged, as the crash tests show.
int vfs_delete(sqlite3_vfs* vfs, const char* name, int) {
  FileVfs::State& state = state_of(vfs);
  if (auto gone = state.files->remove(name); !gone) {
    return gone.error().code == Code::kNotFound ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  }
  return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* vfs, const char* name, int, int* found) {
  const auto info = state_of(vfs).files->stat(name);
  *found = info ? 1 : 0;
  return info || info.error().code == Code::kNotFound ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

int vfs_full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  if (std::strlen(name) + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, std::strlen(name) + 1);
  return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs*, int count, char* out) {
  system_random().fill({reinterpret_cast<std::uint8_t*>(out), static_cast<std::size_t>(count)});
  return count;
}

int vfs_sleep(sqlite3_vfs*, int microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  return microseconds;
}

int vfs_time(sqlite3_vfs*, sqlite3_int64* julian_ms) {
  constexpr sqlite3_int64 kUnixEpochMs = 210866760000000;
  *julian_ms = kUnixEpochMs + system_clock().now() / 1000;
  return SQLITE_OK;
}

int vfs_day(sqlite3_vfs* vfs, double* julian_days) {
  sqlite3_int64 milliseconds = 0;
  vfs_time(vfs, &milliseconds);
  *julian_days = static_cast<double>(milliseconds) / 86'400'000.0;
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

FileVfs::FileVfs(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<FileVfs>> FileVfs::create(const std::string& name, FileSystem& files) {
  if (sqlite3_vfs_find(name.c_str()) != nullptr) {
    return fail(Code::kAlreadyExists, "there is such a VFS", "choose another name", name);
  }
  auto state = std::make_unique<State>();
  state->name = name;
  state->files = &files;
  sqlite3_vfs& vfs = state->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(SqliteFile);
  vfs.mxPathname = kPathMax;
  vfs.zName = state->name.c_str();
  vfs.pAppData = state.get();
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xFullPathname = vfs_full_path;
  vfs.xRandomness = vfs_randomness;
  vfs.xSleep = vfs_sleep;
  vfs.xCurrentTime = vfs_day;
  vfs.xGetLastError = vfs_last_error;
  vfs.xCurrentTimeInt64 = vfs_time;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) {
    return fail(Code::kInternal, "SQLite refused the VFS", {}, name);
  }
  return std::unique_ptr<FileVfs>(new FileVfs(std::move(state)));
}

FileVfs::~FileVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
}

FileSystem* file_system_of(const std::string& name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(name.c_str());
  return vfs != nullptr && vfs->xOpen == vfs_open ? state_of(vfs).files : nullptr;
}

}  // namespace solvent::sql
