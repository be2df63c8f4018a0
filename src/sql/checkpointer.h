/// Moves an SQLite log into its database file behind the writer's back, on a thread and a
/// connection of its own, so that commits do not wait for it. SQLite reuses a log from its start
/// only when all of it has been moved, which under steady writing it never is: at `log_pages_max`
/// the writer moves what is left itself, and that is little. Losing a checkpoint loses nothing: the
/// log has it. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "sql/database.h"

struct sqlite3;

namespace solvent::sql {

class Checkpointer {
 public:
  /// Starts no thread before there is something to move. `path` is of a database in WAL.
  Checkpointer(std::string path, SqliteOptions options);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Told by `writer` after each commit how many pages its log holds; instead of the engine's own
  /// checkpoint at commit.
  void watch(sqlite3* writer);

 private:
  static int on_commit(void* self, sqlite3* writer, const char* schema, int pages);
  void committed(sqlite3* writer, int pages);
  void run();

  const std::string path_;
  const SqliteOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int log_pages_ = 0;  ///< in the log after the last commit
  int moved_ = 0;      ///< of these, when the last checkpoint here ended
  bool due_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace solvent::sql
