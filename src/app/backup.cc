#include "app/backup.h"

#include "base/sync_site.h"
#include "base/text.h"

namespace solvent::app {
namespace {

constexpr std::string_view kSnapshot = "database.snapshot";
constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kSettings = "solvent.toml";
constexpr std::string_view kAside = ".before-restore-";
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

/// The backup's files and its database as a workspace's folder that nobody knows yet.
Result<void> fill_restored(const Surroundings& with, const BackupManifest& manifest,
                           const std::string& source, const std::string& making,
                           std::span<const Setting> settings,
                           std::span<const sql::Migration> migrations) {
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
  {
    // Migrating first would make tables that the snapshot brings itself, so it is loaded bare.
    const auto restored = Settings::load(settings, files, join_path(making, kSettings),
                                         settings_environment(with), with.flags);
    const std::string url = restored ? restored->text("database.url") : "";
    auto database =
        url.empty()
            ? TRY(sql::open_sqlite(join_path(making, "catalog.db"), {.vfs = with.sqlite_vfs}))
            : TRY(sql::open_postgres(url, {.schema = restored->text("database.schema")}));
    TRY(database->load_snapshot(join_path(source, kSnapshot)));
    TRY(database->migrate(migrations, [] { return Result<void>(); }, sql::Modules::kAll));
    TRY(database->verify());
  }
  return sync_folders(files, making);
}

/// Gives `making` the workspace's name; what had it is put aside, and back when that fails.
Result<void> put_in_place(const Surroundings& with, const std::string& making,
                          const std::string& folder) {
  auto& files = with.files;
  if (!files.stat(folder)) return files.rename(making, folder);
  const std::string aside = folder + std::string(kAside) + unique_suffix(with);
  TRY(files.rename(folder, aside));
  auto named = files.rename(making, folder);
  if (!named) (void)files.rename(aside, folder);
  return named;
}

}  // namespace

Result<std::string> restore_backup(const Surroundings& with, const std::string& source,
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
  auto done = fill_restored(with, manifest, source, making, settings, migrations);
  if (done) done = put_in_place(with, making, folder);
  if (!done) {
    (void)remove_tree(files, making);  // the first error is what matters
    return Unexpected(std::move(done).error());
  }
  TRY(sync_directory(files, directory, "app/restore_name"));
  return folder;
}

}  // namespace solvent::app
