#include "app/workspace.h"

#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include "base/sync_site.h"
#include "base/text.h"
#include "net/client_socket.h"

namespace solvent::app {
namespace {

constexpr std::string_view kFolder = ".solvent";
constexpr std::string_view kSettingsFile = "solvent.toml";

constexpr std::string_view kFirstSettings =
    "# Settings of this workspace. `solvent settings list` shows every key with its meaning.\n"
    "\n"
    "# What an hour of labour costs, so that the ledger can speak of money:\n"
    "#   solvent rate set 90 --currency EUR\n"
    "\n"
    "# Who owns what (globs over asset names and paths; CODEOWNERS and git come after these):\n"
    "[owners]\n"
    "# \"hdma\" = \"team-risk\"\n";

bool is_postgres(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

}  // namespace

std::string unique_suffix(const Surroundings& with) {
  std::array<std::uint8_t, 8> bits;
  with.random.fill(bits);
  return to_hex(bits);
}

Result<void> remove_tree(FileSystem& files, const std::string& root) {
  for (const auto& name : TRY(files.list(root))) {
    const std::string path = join_path(root, name);
    if (TRY(files.stat(path)).kind == FileInfo::Kind::kDirectory)
      TRY(remove_tree(files, path));
    else
      TRY(files.remove(path));
  }
  return files.remove(root);
}

std::map<std::string, std::string> settings_environment(const Surroundings& with) {
  static constexpr std::array<std::string_view, 8> kOthers = {
      "SOLVENT_TOKEN", "SOLVENT_DUCKDB", "SOLVENT_CACHE",   "SOLVENT_TEST_POSTGRES",
      "SOLVENT_SEED",  "SOLVENT_SINCE",  "SOLVENT_PROGRAM", "SOLVENT_DISABLE_SYNC"};
  auto out = with.environment;
  for (const auto name : kOthers) out.erase(std::string(name));
  std::erase_if(out, [](const auto& pair) { return pair.first.starts_with("SOLVENT_SCENARIO_"); });
  return out;
}

std::span<const Setting> workspace_settings() {
  static const std::array<Setting, 4> settings = {
      Setting{.key = "database.url",
              .type = SettingType::kText,
              .default_value = "",
              .doc = "postgresql://… for a shared database; empty keeps catalog.db in .solvent",
              .secret = true},
      Setting{.key = "database.schema",
              .type = SettingType::kText,
              .default_value = "solvent",
              .doc = "PostgreSQL schema of this workspace"},
      integer_setting("workspace.wait_s", 10, 0, 3'600,
                      "seconds that a server that starts waits for commands that run, and commands "
                      "for a server that starts or stops"),
      integer_setting("report.debts_max", 2'000, 1, 1e6,
                      "debts that a report shows; more are counted"),
  };
  return settings;
}

std::optional<std::string> Workspace::find(FileSystem& files, const std::string& start) {
  for (std::string at = start; !at.empty(); at = std::string(parent_path(at))) {
    std::string candidate = join_path(at, kFolder);
    if (const auto info = files.stat(candidate); info && info->kind == FileInfo::Kind::kDirectory)
      return candidate;
    if (at == "/") break;
  }
  return std::nullopt;
}

Unexpected no_workspace(FileSystem& files, const std::string& start) {
  const std::string prefix = std::string(kFolder) + std::string(kPutAside);
  for (std::string at = start; !at.empty(); at = std::string(parent_path(at))) {
    const auto names = files.list(at);
    for (const auto& name : names ? *names : std::vector<std::string>())
      if (name.starts_with(prefix))
        return fail(Code::kFailedPrecondition, "a restore was cut off: the workspace is put aside",
                    "restore again, or: mv " + join_path(at, name) + " " + join_path(at, kFolder),
                    start);
    if (at == "/") break;
  }
  return fail(Code::kFailedPrecondition, "there is no workspace here or above",
              "solvent init makes one here", start);
}

Result<void> Workspace::create(const Surroundings& with, const std::string& directory,
                               std::span<const Setting> settings,
                               std::span<const sql::Migration> migrations) {
  const std::string folder = join_path(directory, kFolder);
  if (with.files.stat(folder))
    return fail(Code::kAlreadyExists, "there is a workspace here already",
                "solvent ledger shows what it owes", folder);
  // Made under another name and renamed, so that a crash leaves no half workspace.
  const std::string making = folder + ".making-" + unique_suffix(with);
  const auto make = [&]() -> Result<void> {
    TRY(with.files.make_directories(making));
    TRY(write_file_durably(with.files, join_path(making, kSettingsFile), as_bytes(kFirstSettings)));
    TRY(open(with, making, Sharing::kServer, settings, migrations));
    return with.files.rename(making, folder);
  };
  if (auto made = make(); !made) {
    (void)remove_tree(with.files, making);  // the first error is what matters
    return made;
  }
  return sync_directory(with.files, directory, "app/init_name");
}

Result<std::unique_ptr<Workspace>> Workspace::open(const Surroundings& with,
                                                   const std::string& folder, Sharing sharing,
                                                   std::span<const Setting> settings,
                                                   std::span<const sql::Migration> migrations) {
  std::unique_ptr<Workspace> workspace(new Workspace(with));
  workspace->folder_ = folder;
  TRY(workspace->take_lock(sharing, settings));
  TRY(workspace->open_parts(settings, migrations));
  return workspace;
}

namespace {

constexpr std::chrono::milliseconds kLook{2};

/// What one opening of a workspace may wait in all. The limit is read only by who has to wait.
class Patience {
 public:
  explicit Patience(std::function<std::chrono::milliseconds()> limit) : limit_(std::move(limit)) {}

  /// Waits a little; false, at once, when all has been waited.
  bool look_again() {
    if (!ends_) ends_ = begun_ + limit_();
    if (std::chrono::steady_clock::now() >= *ends_) return false;
    std::this_thread::sleep_for(kLook);
    return true;
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  const std::function<std::chrono::milliseconds()> limit_;
  const Time begun_ = std::chrono::steady_clock::now();
  std::optional<Time> ends_;
};

/// Takes a lock that others hold for a while. None: it is still held after all that may be waited,
/// or it is `hopeless`.
Result<std::unique_ptr<FileLock>> lock_within(FileSystem& files, const std::string& path,
                                              bool exclusive, Patience& patience,
                                              const std::function<bool()>& hopeless) {
  for (;;) {
    auto lock = files.lock(path, exclusive);
    if (lock || lock.error().code != Code::kUnavailable) return lock;
    if ((hopeless && hopeless()) || !patience.look_again()) return std::unique_ptr<FileLock>();
  }
}

bool answers(const std::string& socket) {
  constexpr std::int64_t kAnswerMs = 1'000;
  const auto endpoint = net::parse_endpoint("unix:" + socket);
  return endpoint && net::ClientSocket::connect(*endpoint, kAnswerMs);
}

}  // namespace

std::chrono::milliseconds Workspace::wait_of(std::span<const Setting> settings) const {
  const auto read = Settings::load(settings, with_.files, join_path(folder_, kSettingsFile),
                                   settings_environment(with_), with_.flags);
  return std::chrono::seconds(read ? read->integer("workspace.wait_s") : 0);
}

/// Commands hold `lock` together, a server alone. Commands that come without pause would never
/// leave it free, so a server first takes `lock.turn`, which each command passes on its way in.
Result<void> Workspace::take_lock(Sharing sharing, std::span<const Setting> settings) {
  return sharing == Sharing::kEmbedded ? join_commands(settings) : become_server(settings);
}

Result<void> Workspace::join_commands(std::span<const Setting> settings) {
  auto& files = with_.files;
  const std::string turn_path = join_path(folder_, "lock.turn");
  Patience patience([&] { return wait_of(settings); });
  for (;;) {
    // A folder of an older program has none until it is served.
    if (files.stat(turn_path)) {
      const auto turn = TRY(lock_within(files, turn_path, false, patience, {}));
      if (!turn)
        return fail(Code::kUnavailable, "a server that starts waits for this workspace",
                    "try again when it is up, or stop it", "turn");
    }
    auto lock = files.lock(join_path(folder_, "lock"), false);
    if (lock) {
      lock_ = *std::move(lock);
      return {};
    }
    if (lock.error().code != Code::kUnavailable) return Unexpected(std::move(lock).error());
    if (answers(socket_path()))
      return fail(Code::kUnavailable, "a server holds this workspace",
                  "it answers on the workspace's socket", "lock");
    if (!patience.look_again())
      return fail(Code::kUnavailable, "a process that answers nobody holds this workspace",
                  "wait until the server has stopped or the restore is done, then try again",
                  "holder");
  }
}

Result<void> Workspace::become_server(std::span<const Setting> settings) {
  auto& files = with_.files;
  const std::string path = join_path(folder_, "lock");
  const auto taken = [&] {  // by a server, or a restore: one that holds it alone
    const auto shared = files.lock(path, false);
    return !shared && shared.error().code == Code::kUnavailable;
  };
  Patience patience([&] { return wait_of(settings); });
  turn_ = TRY(lock_within(files, join_path(folder_, "lock.turn"), true, patience, taken));
  if (turn_) lock_ = TRY(lock_within(files, path, true, patience, taken));
  if (lock_) return {};
  return fail(Code::kUnavailable, "another process has this workspace open",
              "stop it first, or use it through its socket", "lock");
}

Result<std::unique_ptr<Workspace>> Workspace::open_transient(
    const Surroundings& with, std::span<const Setting> settings,
    std::span<const sql::Migration> migrations) {
  std::unique_ptr<Workspace> workspace(new Workspace(with));
  workspace->temporary_.emplace(TRY(TempDirectory::create("solvent-audit-")));
  workspace->folder_ = workspace->temporary_->path();
  TRY(workspace->open_parts(settings, migrations));
  return workspace;
}

Result<void> Workspace::open_parts(std::span<const Setting> settings,
                                   std::span<const sql::Migration> migrations) {
  settings_.emplace(TRY(Settings::load(settings, with_.files, join_path(folder_, kSettingsFile),
                                       settings_environment(with_), with_.flags)));
  TRY(open_database());
  TRY(database_->migrate(
      migrations, [this] { return backup_before_migration(); }, sql::Modules::kAll));
  store_ = TRY(store::open_store(join_path(folder_, "store"), with_.files, *database_, with_.clock,
                                 with_.random, store::options_of(*settings_)));
  return {};
}

Result<void> Workspace::open_database() {
  const std::string url = settings_->text("database.url");
  if (transient()) {
    database_ = TRY(sql::open_sqlite(":memory:"));
  } else if (url.empty()) {
    database_ = TRY(sql::open_sqlite(join_path(folder_, "catalog.db"), {.vfs = with_.sqlite_vfs}));
  } else if (is_postgres(url)) {
    database_ = TRY(sql::open_postgres(url, {.schema = settings_->text("database.schema")}));
  } else {
    return fail(Code::kInvalidArgument, "not a database this program knows: " + url,
                "give postgresql://user@host/name, or leave it empty", "database.url");
  }
  return {};
}

Result<void> Workspace::backup_before_migration() {
  if (transient()) return {};
  const std::string directory = join_path(folder_, "backups");
  TRY(with_.files.make_directories(directory));
  const std::string name =
      "before-migration-" + format_date(with_.clock.now()) + "-" + unique_suffix(with_);
  with_.log.write(LogLevel::kInfo, "backup_before_migration", {{"file", name}});
  return database_->snapshot(join_path(directory, name));
}

std::string Workspace::name() const {
  if (transient()) return "this audit";
  return std::string(base_name(parent_path(folder_)));
}

}  // namespace solvent::app
