#include "catalog/catalog.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "catalog/operations.h"
#include "catalog/schema.h"
#include "catalog/state.h"

namespace solvent::catalog {

Catalog::Catalog(sql::Database& database, Clock& clock, Random& random,
                 std::vector<Subscription> subscriptions, Limits limits)
    : state_(new State{.database = database,
                       .clock = clock,
                       .random = random,
                       .subscriptions = std::move(subscriptions),
                       .limits = limits,
                       .mutex = {},
                       .grown = {}}) {}

Catalog::~Catalog() = default;

void Catalog::State::committed(std::int64_t seq) {
  {
    const std::lock_guard lock(mutex);
    committed_seq = std::max(committed_seq, seq);
  }
  grown.notify_all();
}

LoggedEvent logged_event_from(const sql::Row& row) {
  LoggedEvent line;
  line.seq = row.integer(0);
  line.event.id = uuid_from(row.blob(1));
  line.event.type = row.text(2);
  line.event.type_version = row.integer(3);
  line.event.event_time = row.integer(4);
  line.received_at = row.integer(5);
  line.event.producer = row.text(6);
  line.event.body = row.text(7);
  line.caller = row.text(8);
  return line;
}

Result<std::int64_t> last_seq_in(sql::Tx& tx) {
  const sql::Rows rows = TRY(tx.query("SELECT seq FROM catalog_counter WHERE id = 1"));
  if (rows.size() != 1)
    return fail(Code::kDataLoss, "the catalog's counter row is missing",
                "solvent verify, then restore the newest backup", "catalog_counter");
  return rows[0].integer(0);
}

Result<std::int64_t> Catalog::last_seq() {
  std::int64_t seq = 0;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    seq = TRY(last_seq_in(tx));
    return {};
  }));
  return seq;
}

Result<void> Catalog::wait_for(std::int64_t seq, TimeUs timeout) {
  // Another process may be the one that appends, so the row is looked at now and then.
  static constexpr auto kLook = std::chrono::milliseconds(10);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout);
  for (;;) {
    if (TRY(last_seq()) >= seq) return {};
    std::unique_lock lock(state_->mutex);
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(Code::kDeadlineExceeded,
                  "the catalog has not reached this position in time: " + std::to_string(seq),
                  "try again, or wait longer");
    state_->grown.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + kLook),
                             [&] { return state_->committed_seq >= seq; });
  }
}

const Specs& specs() {
  static const Specs all = {.migrations = catalog_migrations(),
                            .operations = operation_specs(),
                            .settings = catalog_settings()};
  return all;
}

}  // namespace solvent::catalog
