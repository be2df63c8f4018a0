/// The inside of Catalog, shared by its source files only.
#pragma once

#include <condition_variable>
#include <mutex>

#include "catalog/catalog.h"
#include "catalog/sight.h"
#include "catalog/view_tables.h"

namespace solvent::catalog {

struct Catalog::State {
  sql::Database& database;
  Clock& clock;
  Random& random;
  std::vector<Subscription> subscriptions;
  Limits limits;

  std::mutex mutex;
  std::condition_variable grown;
  std::int64_t committed_seq = 0;  ///< greatest seq that this process has committed

  void committed(std::int64_t seq);
};

/// An event that passed every check, ready to be written.
struct PreparedEvent {
  const Event* event = nullptr;
  Fact fact;
  Digest digest;
};

/// A batch that passed every check, with all of it made that does not depend on what the log holds:
/// the single writer only puts in the positions.
struct PreparedBatch {
  std::vector<PreparedEvent> events;
  std::vector<std::vector<sql::Value>> log_rows;  ///< of catalog_events; seq, the first, is open
  std::vector<sql::Value> ids;
  bool distinct = true;  ///< no id is there twice
  Fold fold;             ///< the first event at position 1
};

/// Every check that needs no database. The error names the event and the field.
Result<PreparedBatch> prepare(const op::Caller& caller, std::span<const Event> events,
                              const Limits& limits, TimeUs now);

/// An event as the log keeps it: seq, id, type, type_version, event_time, received_at, producer,
/// body, caller.
inline constexpr std::string_view kEventColumns =
    "seq, id, type, type_version, event_time, received_at, producer, body, caller";
LoggedEvent logged_event_from(const sql::Row& row);

Result<std::int64_t> last_seq_in(sql::Tx& tx);

/// A limit as given, clipped to 1 … `max`.
inline std::int64_t clip(std::int64_t limit, std::int64_t max) {
  return std::min(std::max<std::int64_t>(limit, 1), max);
}

}  // namespace solvent::catalog
