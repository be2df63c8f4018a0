#include "app/backup.h"

#include "base/sync_site.h"
#include "base/text.h"

namespace solvent::app {
namespace {

constexpr std::string_view kSnapshot = "database.snapshot";
constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kSettings = "solvent.toml";
constexpr std::size_t kPiece = 1u << 20;

/// Digest and size of a file, read piece by piece; copies it when `to` is given.
Result<BackupFile> digest_file(FileSystem& files, const std::string& from, File* to) {
  const auto file = TRY(files.open(from, OpenMode::kRead));
  Hasher hasher;
  std::vector<std::uint8_t> buffer(kPiece);
  std::uint64_t offset = 0;
  for (;;) {
    const std::size_t count = TRY(file->read_at(offset, buffer));
    if (count == 0) break;
    const ByteView piece = ByteView(buffer).first(count);
    hasher.update(piece);
    if (to != nullptr) TRY(to->write_at(offset, piece));
    offset += count;
  }
  return BackupFile{
      .path = {}, .digest = hasher.finish().hex(), .size = static_cast<std::int64_t>(offset)};
}

Result<BackupFile> copy_durably(FileSystem& files, const std::string& from, const std::string& to) {
  TRY(files.make_directories(std::string(parent_path(to))));
  const auto target = TRY(files.open(to, OpenMode::kCreateNew));
  auto copied = TRY(digest_file(files, from, target.get()));
  TRY(sync_file(*target, "app/copied_bytes"));
  return copied;
}

/// Makes the names of everything below `root` durable; the bytes are already.
Result<void> sync_folders(FileSystem& files, const std::string& root) {
  for (const auto& name : TRY(files.list(root))) {
    const std::string path = join_path(root, name);
    if (TRY(files.stat(path)).kind == FileInfo::Kind::kDirectory) TRY(sync_folders(files, path));
  }
  return sync_directory(files, root, "app/copied_names");
}

/// Copies the store's files; lock and temporary files stay behind.
Result<void> copy_store(FileSystem& files, const std::string& store, const std::string& target,
                        BackupManifest& manifest) {
  if (!files.stat(store)) return {};
  return walk(files, store, [&](const std::string& path, const FileInfo& info) -> Result<void> {
    if (info.kind != FileInfo::Kind::kFile || path.starts_with("tmp") || contains(path, ".tmp"))
      return {};
    auto copied =
        copy_durably(files, join_path(store, path), join_path(target, join_path("store", path)));
    if (!copied && copied.error().code == Code::kNotFound)
      return fail(Code::kDataLoss, "a pack was collected while the backup ran",
                  "run the backup again", path);
    auto entry = TRY(std::move(copied));
    entry.path = join_path("store", path);
    manifest.files.push_back(std::move(entry));
    return {};
  });
}

Result<void> fill(const Surroundings& with, const std::string& folder, const std::string& making,
                  BackupManifest& manifest, const SnapshotSource& snapshot) {
  const std::string snapshot_path = join_path(making, kSnapshot);
  TRY(snapshot(snapshot_path));
  auto entry = TRY(digest_file(with.files, snapshot_path, nullptr));
  entry.path = kSnapshot;
  manifest.files.push_back(std::move(entry));
  auto settings =
      copy_durably(with.files, join_path(folder, kSettings), join_path(making, kSettings));
  if (settings) {
    settings->path = kSettings;
    manifest.files.push_back(*std::move(settings));
  } else if (settings.error().code != Code::kNotFound) {
    return Unexpected(std::move(settings).error());
  }
  TRY(copy_store(with.files, join_path(folder, "store"), making, manifest));
  TRY(sync_folders(with.files, making));
  return write_file_durably(with.files, join_path(making, kManifest),
                            as_bytes(to_pretty_text(to_json(manifest))));
}

}  // namespace

Result<BackupManifest> make_backup(const Surroundings& with, const std::string& folder,
                                   const std::string& target, std::string_view engine,
                                   const SnapshotSource& snapshot) {
  if (with.files.stat(target))
    return fail(Code::kAlreadyExists, "there is something at the backup's place",
                "name a folder that does not exist yet", target);
  const std::string making = target + ".making-" + unique_suffix(with);
  TRY(with.files.make_directories(making));
  BackupManifest manifest{
      .program = "solvent", .engine = std::string(engine), .made = with.clock.now()};
  if (auto filled = fill(with, folder, making, manifest, snapshot); !filled) {
    (void)remove_tree(with.files, making);  // the first error is what matters
    return Unexpected(std::move(filled).error());
  }
  if (auto named = with.files.rename(making, target); !named) {
    (void)remove_tree(with.files, making);
    return Unexpected(std::move(named).error());
  }
  TRY(sync_directory(with.files, std::string(parent_path(target)), "app/backup_name"));
  return manifest;
}

Result<BackupManifest> check_backup(const Surroundings& with, const std::string& source) {
  auto text = read_file(with.files, join_path(source, kManifest));
  if (!text)
    return fail(Code::kInvalidArgument, "this is not a whole backup: it has no manifest",
                "name a folder that `solvent backup` made", source);
  const auto manifest = TRY(from_json<BackupManifest>(TRY(parse_json(*text))));
  if (manifest.version != 1)
    return fail(Code::kFailedPrecondition, "the backup is of a newer program",
                "restore it with the program that made it", source);
  for (const auto& file : manifest.files) {
    const std::string path = TRY(path_below(source, file.path));
    const auto found = digest_file(with.files, path, nullptr);
    if (!found || found->digest != file.digest || found->size != file.size)
      return fail(Code::kDataLoss, "a file of the backup is missing or changed",
                  "use another backup", path);
  }
  return manifest;
}

namespace {

/// A database server's tables that a restore has filled: taken back unless the restore is done.
class Loaded {
 public:
  Loaded(std::unique_ptr<sql::Database> database, std::string schema)
      : database_(std::move(database)), schema_(std::move(schema)) {}

  sql::Database& database() { return *database_; }
  bool is_file() const { return schema_.empty(); }
  /// The error of the restore, with what is left where that could not be taken back.
  Error take_back(Error error) && {
    if (const auto cleared = database_->clear(); !cleared) {
      error.hint += (error.hint.empty() ? "" : "; ") + std::string("first empty the schema, ") +
                    "which holds what the restore loaded: DROP SCHEMA " + schema_ + " CASCADE (" +
                    cleared.error().message + ")";
    }
    return error;
  }

 private:
  std::unique_ptr<sql::Database> database_;
  std::string schema_;  ///< empty for a database that is a file
};

/// The backup's files as a workspace's folder that nobody knows yet.
Result<void> copy_restored(const Surroundings& with, const BackupManifest& manifest,
                           const std::string& source, const std::string& making) {
  auto& files = with.files;
  TRY(files.make_directories(making));
  for (const auto& file : manifest.files) {
    if (file.path == kSnapshot) continue;
    const auto copied = TRY(copy_durably(files, TRY(path_below(source, file.path)),
                                         TRY(path_below(making, file.path))));
    if (copied.digest != file.digest)
      return fail(Code::kDataLoss, "the backup changed while it was read", "run it again",
                  file.path);
  }
  return {};
}

/// The backup's database. Migrating first would make tables that the snapshot brings itself, so it
/// is loaded bare.
Result<Loaded> load_database(const Surroundings& with, const std::string& source,
                             const std::string& making, std::span<const Setting> settings) {
  const auto restored = TRY(Settings::load(settings, with.files, join_path(making, kSettings),
                                           settings_environment(with), with.flags));
  const std::string url = restored.text("database.url");
  const std::string schema = url.empty() ? "" : restored.text("database.schema");
  auto database =
      url.empty() ? TRY(sql::open_sqlite(join_path(making, "catalog.db"), {.vfs = with.sqlite_vfs}))
                  : TRY(sql::open_postgres(url, {.schema = schema}));
  auto loaded = database->load_snapshot(join_path(source, kSnapshot));
  if (!loaded && !url.empty() && loaded.error().code == Code::kFailedPrecondition)
    loaded.error().hint = "restore into another schema (SOLVENT_DATABASE_SCHEMA=…); if a restore " +
                          ("into this one was cut off: DROP SCHEMA " + schema + " CASCADE");
  TRY(std::move(loaded));
  return Loaded(std::move(database), schema);
}

/// Gives `making` the workspace's name; what had it is put aside. At every moment there is a whole
/// workspace of that name, but where the file system cannot exchange two names (NFS, old kernels):
/// there it is gone between two renames, and whoever looks for it is told where it is.
Result<void> put_in_place(const Surroundings& with, const std::string& making,
                          const std::string& folder, std::string& aside) {
  auto& files = with.files;
  if (!files.stat(folder)) return files.rename(making, folder);
  aside = folder + std::string(kPutAside) + unique_suffix(with);
  const auto exchanged = files.exchange(making, folder);
  if (exchanged) {
    auto named = files.rename(making, aside);
    if (!named) (void)files.exchange(making, folder);  // the first error is what matters
    return named;
  }
  if (exchanged.error().code != Code::kUnimplemented) return exchanged;
  TRY(files.rename(folder, aside));
  auto named = files.rename(making, folder);
  if (!named) (void)files.rename(aside, folder);
  return named;
}

}  // namespace

Result<Restored> restore_backup(const Surroundings& with, const std::string& source,
                                const std::string& directory, std::span<const Setting> settings,
                                std::span<const sql::Migration> migrations) {
  auto& files = with.files;
  const auto manifest = TRY(check_backup(with, source));
  const std::string folder = join_path(directory, ".solvent");
  std::unique_ptr<FileLock> held;
  if (files.stat(folder)) {
    auto lock = files.lock(join_path(folder, "lock"), true);
    if (!lock && lock.error().code == Code::kUnavailable)
      return fail(Code::kUnavailable, "a server or a command has this workspace open",
                  "stop it, then restore", folder);
    held = TRY(std::move(lock));
  }
  const std::string making = folder + ".making-" + unique_suffix(with);
  std::string aside;
  std::optional<Loaded> loaded;
  const auto restore = [&]() -> Result<void> {
    TRY(copy_restored(with, manifest, source, making));
    loaded.emplace(TRY(load_database(with, source, making, settings)));
    auto& database = loaded->database();
    TRY(database.migrate(migrations, [] { return Result<void>(); }, sql::Modules::kAll));
    TRY(database.verify());
    // A file must be closed before its folder gets another name; it goes with its folder.
    if (loaded->is_file()) loaded.reset();
    TRY(sync_folders(files, making));
    return put_in_place(with, making, folder, aside);
  };
  if (auto done = restore(); !done) {
    Error error = std::move(done).error();
    if (loaded && !loaded->is_file()) error = std::move(*loaded).take_back(std::move(error));
    loaded.reset();
    (void)remove_tree(files, making);  // the first error is what matters
    return Unexpected(std::move(error));
  }
  loaded.reset();
  TRY(sync_directory(files, directory, "app/restore_name"));
  return Restored{.folder = folder, .aside = aside};
}

}  // namespace solvent::app
