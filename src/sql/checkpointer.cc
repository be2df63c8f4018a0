#include "sql/checkpointer.h"

#include <sqlite3.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "sql/sqlite_connection.h"

namespace solvent::sql {

Checkpointer::Checkpointer(std::string path, SqliteOptions options)
    : path_(std::move(path)), options_(std::move(options)) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::watch(sqlite3* writer) {
  sqlite3_wal_hook(writer, &Checkpointer::on_commit, this);
}

int Checkpointer::on_commit(void* self, sqlite3* writer, const char*, int pages) {
  static_cast<Checkpointer*>(self)->committed(writer, pages);
  return SQLITE_OK;
}

void Checkpointer::committed(sqlite3* writer, int pages) {
  if (pages >= options_.log_pages_max) {
    // Busy while the thread moves pages: then the next commit tries again.
    sqlite3_wal_checkpoint_v2(writer, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    return;
  }
  const std::lock_guard lock(mutex_);
  if (pages < log_pages_) moved_ = 0;  // the log has begun anew
  log_pages_ = pages;
  if (due_ || stop_ || pages - moved_ < options_.checkpoint_pages) return;
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return;  // no thread to be had: at log_pages_max the writer does it all
  }
  due_ = true;
  wake_.notify_one();
}

void Checkpointer::run() {
  auto connection = SqliteConnection::open(path_, options_, SqliteConnection::Mode::kReadWrite);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return due_ || stop_; });
    if (stop_) return;
    // Without a connection (no memory, too many files) it is left to the writer, too.
    int moved = 0;
    if (connection) {
      lock.unlock();
      sqlite3_wal_checkpoint_v2((*connection)->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                nullptr, &moved);
      lock.lock();
    }
    // The log may have begun anew meanwhile; and what failed is not tried again at once.
    moved_ = moved > 0 ? std::min(moved, log_pages_) : log_pages_;
    due_ = false;
  }
}

}  // namespace solvent::sql
