/// One workspace, opened: settings, lock, database, store. A process opens exactly one. Thread-safe
/// once open.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "sql/database.h"
#include "store/store.h"

namespace solvent::app {

/// What the process was started with; lives as long as the process.
struct Surroundings {
  Clock& clock;
  Random& random;
  FileSystem& files;
  Log& log;
  std::map<std::string, std::string> environment;  ///< SOLVENT_*
  std::map<std::string, std::string> flags;        ///< settings given on the command line
  std::string sqlite_vfs;                          ///< over `files`, where they are simulated
};

/// What of the environment is meant for settings: the rest (SOLVENT_TOKEN, SOLVENT_DUCKDB and what
/// developers' scripts use) is no typing error.
std::map<std::string, std::string> settings_environment(const Surroundings& with);

enum class Sharing : std::uint8_t {
  kEmbedded,  ///< shared lock: any number of commands at once
  kServer,    ///< exclusive lock
};

class Workspace {
 public:
  /// The `.solvent` folder of `start` or of the nearest parent that has one.
  static std::optional<std::string> find(FileSystem& files, const std::string& start);
  /// Creates `directory`/.solvent. kAlreadyExists when there is one; nothing is left half made.
  static Result<void> create(const Surroundings& with, const std::string& directory,
                             std::span<const Setting> settings,
                             std::span<const sql::Migration> migrations);
  /// `folder` is the .solvent folder. kUnavailable (subject "lock") while a server holds it. A
  /// server that starts is next in line: it waits for the commands that run, and those that come
  /// meanwhile for it, until `admit`; both for workspace.wait_s at most.
  static Result<std::unique_ptr<Workspace>> open(const Surroundings& with,
                                                 const std::string& folder, Sharing sharing,
                                                 std::span<const Setting> settings,
                                                 std::span<const sql::Migration> migrations);
  /// In memory and under $TMPDIR, gone when closed: `audit` where there is no workspace.
  static Result<std::unique_ptr<Workspace>> open_transient(
      const Surroundings& with, std::span<const Setting> settings,
      std::span<const sql::Migration> migrations);

  /// The server answers now: whoever waits for the workspace may go to its socket.
  void admit() { turn_.reset(); }

  const Settings& settings() const { return *settings_; }
  sql::Database& database() { return *database_; }
  store::Store& store() { return *store_; }
  const Surroundings& with() const { return with_; }
  const std::string& folder() const { return folder_; }  ///< …/.solvent
  std::string name() const;                              ///< last component of the estate's path
  std::string scratch() const { return join_path(folder_, "tmp"); }
  std::string socket_path() const { return join_path(folder_, "socket"); }
  std::string token_path() const { return join_path(folder_, "token"); }  ///< the owner's, 0600
  bool transient() const { return temporary_.has_value(); }

 private:
  explicit Workspace(const Surroundings& with) : with_(with) {}
  Result<void> take_lock(Sharing sharing, std::span<const Setting> settings);
  Result<void> join_commands(std::span<const Setting> settings);
  Result<void> become_server(std::span<const Setting> settings);
  std::chrono::milliseconds wait_of(std::span<const Setting> settings) const;
  Result<void> open_parts(std::span<const Setting> settings,
                          std::span<const sql::Migration> migrations);
  Result<void> open_database();
  Result<void> backup_before_migration();

  Surroundings with_;
  std::string folder_;
  std::optional<TempDirectory> temporary_;
  std::unique_ptr<FileLock> turn_;  ///< a server's, while it starts
  std::unique_ptr<FileLock> lock_;
  std::optional<Settings> settings_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<store::Store> store_;
};

/// Behind ".solvent": what a restore replaced.
inline constexpr std::string_view kPutAside = ".before-restore-";
/// kFailedPrecondition: none at `start` or above. Names what a restore that was cut off left there.
Unexpected no_workspace(FileSystem& files, const std::string& start);

/// What tells two folders apart that are made at one moment.
std::string unique_suffix(const Surroundings& with);
/// Removes a folder with all that is in it; does not follow links.
Result<void> remove_tree(FileSystem& files, const std::string& root);

/// Settings that belong to the workspace itself.
std::span<const Setting> workspace_settings();

}  // namespace solvent::app
