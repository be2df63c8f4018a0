#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "catalog/event_types.h"
#include "catalog/state.h"
#include "identity/audit.h"

namespace solvent::catalog {
namespace {

using sql::Value;
using Values = std::vector<Value>;

/// One append inside its transaction.
class Appender {
 public:
  Appender(sql::Tx& tx, const op::Caller& caller, const Limits& limits)
      : tx_(tx), caller_(caller), limits_(limits) {}

  Result<AppendResult> run(PreparedBatch& batch, std::span<const Subscription> subscriptions) {
    TRY(set_aside_known(batch));
    TRY(check_scopes(batch.events));
    if (fresh_.empty()) return result_;
    TRY(take_seqs());
    if (fresh_.size() == batch.events.size()) {
      TRY(write(batch.log_rows, batch.fold));
    } else {
      std::vector<Values> rows;
      Fold fold;
      for (const std::size_t i : fresh_) {
        rows.push_back(batch.log_rows[i]);
        fold.add(batch.events[i].fact, std::ssize(rows));
      }
      TRY(write(rows, fold));
    }
    TRY(tell(batch.events, subscriptions));
    return result_;
  }

 private:
  std::int64_t seq_of(std::size_t index) const {
    return first_new_seq_ + static_cast<std::int64_t>(index);
  }
  void see(std::int64_t seq) {
    if (result_.first_seq == 0 || seq < result_.first_seq) result_.first_seq = seq;
    result_.last_seq = std::max(result_.last_seq, seq);
  }

  Result<void> set_aside_known(const PreparedBatch& batch);
  Result<void> check_scopes(std::span<const PreparedEvent> events);
  Result<void> take_seqs();
  Result<void> write(std::span<Values> log_rows, const Fold& fold);
  Result<void> tell(std::span<const PreparedEvent> events,
                    std::span<const Subscription> subscriptions);

  sql::Tx& tx_;
  const op::Caller& caller_;
  const Limits& limits_;
  std::vector<std::size_t> fresh_;  ///< which events of the batch are not in the log yet
  std::int64_t first_new_seq_ = 0;
  AppendResult result_;
};

/// Equal events that are there keep their seq; an id with other content refuses the whole batch.
Result<void> Appender::set_aside_known(const PreparedBatch& batch) {
  std::map<Uuid, Digest> seen;
  TRY(select_in(tx_, "SELECT id, digest, seq FROM catalog_events WHERE id IN (%)", batch.ids,
                [&](const sql::Row& row) -> Result<void> {
                  seen.emplace(uuid_from(row.blob(0)), digest_from(row.blob(1)));
                  see(row.integer(2));
                  return {};
                }));
  fresh_.reserve(batch.events.size());
  const bool all_fresh = seen.empty() && batch.distinct;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (all_fresh) {
      fresh_.push_back(i);
      continue;
    }
    const PreparedEvent& one = batch.events[i];
    const auto [at, fresh] = seen.emplace(one.event->id, one.digest);
    if (fresh) {
      fresh_.push_back(i);
    } else if (at->second == one.digest) {
      ++result_.duplicates;
    } else {
      return fail(Code::kAlreadyExists,
                  "an event with this id and other content is in the log: " + one.event->id.text(),
                  "give the changed event an id of its own", "id");
    }
  }
  return {};
}

/// A caller limited to some assets writes about those only. The answer is the same whether an asset
/// outside is there or not.
Result<void> Appender::check_scopes(std::span<const PreparedEvent> events) {
  const Sight sight(caller_);
  if (sight.all()) return {};
  const auto deny = [](const PreparedEvent& one) {
    return fail(Code::kPermissionDenied,
                "event names an asset outside the caller's scopes: " + one.event->id.text(),
                "ask an administrator for a token with a wider scope", "body");
  };
  std::set<Uuid> ids;
  for (const PreparedEvent& one : events) {
    if (one.fact.kind == FactKind::kUnknown) return deny(one);
    for (const auto& id : {one.fact.asset, one.fact.producer})
      if (id) ids.insert(*id);
  }
  Values keys;
  for (const Uuid& id : ids) keys.push_back(blob_of(id));
  std::map<Uuid, AssetName> names;
  TRY(select_in(tx_, "SELECT id, namespace, name FROM catalog_assets WHERE id IN (%)", keys,
                [&](const sql::Row& row) -> Result<void> {
                  names[uuid_from(row.blob(0))] = {row.text(1), row.text(2)};
                  return {};
                }));
  const auto may = [&](const std::optional<Uuid>& id, const AssetName& said) {
    if (!id) return true;
    if (!said.name.empty() && !sight.sees(said)) return false;
    const auto at = names.find(*id);
    return sight.sees(at == names.end() ? said : at->second);
  };
  for (const PreparedEvent& one : events) {
    const Fact& fact = one.fact;
    const bool renames = fact.kind == FactKind::kAssetRenamed;
    if (!may(fact.asset, fact.asset_name) || !may(fact.producer, fact.producer_name) ||
        (renames && !sight.sees(fact.to)))
      return deny(one);
  }
  return {};
}

Result<void> Appender::take_seqs() {
  const auto count = static_cast<std::int64_t>(fresh_.size());
  const sql::Rows rows = TRY(tx_.query(
      "UPDATE catalog_counter SET seq = seq + $1 WHERE id = 1 RETURNING seq", {Value(count)}));
  ASSERT(rows.size() == 1);
  first_new_seq_ = rows[0].integer(0) - count + 1;
  see(first_new_seq_);
  see(rows[0].integer(0));
  return {};
}

/// The rows and the fold of the fresh events, which learn here where in the log they stand.
Result<void> Appender::write(std::span<Values> log_rows, const Fold& fold) {
  for (std::size_t i = 0; i < log_rows.size(); ++i) log_rows[i][0] = seq_of(i);
  TRY(tx_.execute_many(
      "INSERT INTO catalog_events (seq, id, type, type_version, event_time, received_at, producer, "
      "body, digest, caller) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      log_rows));
  return apply(tx_, fold, first_new_seq_ - 1, limits_);
}

Result<void> Appender::tell(std::span<const PreparedEvent> events,
                            std::span<const Subscription> subscriptions) {
  for (const Subscription& subscription : subscriptions) {
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
      const Event& event = *events[fresh_[i]].event;
      if (std::ranges::find(subscription.event_types, event.type) == subscription.event_types.end())
        continue;
      TRY(subscription.inline_apply(tx_, seq_of(i), event));
    }
  }
  return {};
}

Result<void> may_append(const op::Caller& caller) {
  if (caller.may(op::Role::kEditor)) return {};
  return fail(Code::kPermissionDenied, "appending events needs the role editor",
              "sign in as an editor, or use a token of one", caller.principal);
}

/// One audit row an append. A batch that was there already is no write.
Result<void> audit_append(sql::Tx& tx, const op::Caller& caller, const identity::AuditStamp& stamp,
                          const Deed& deed, const AppendResult& result, std::int64_t count) {
  if (count == result.duplicates) return {};
  Json detail;
  detail.set("events", count - result.duplicates);
  detail.set("last_seq", result.last_seq);
  return identity::audit_row(tx, stamp, caller, deed.action, deed.subject, detail);
}

}  // namespace

Result<PreparedBatch> prepare(const op::Caller& caller, std::span<const Event> events,
                              const Limits& limits, TimeUs now) {
  if (events.empty())
    return fail(Code::kInvalidArgument, "a batch holds at least one event", {}, "events");
  if (std::ssize(events) > limits.batch_events_max)
    return fail(Code::kResourceExhausted,
                "a batch holds at most " + std::to_string(limits.batch_events_max) + " events",
                "send several batches", "events");
  std::int64_t bytes = 0;
  for (const Event& event : events) bytes += std::ssize(event.body);
  if (bytes > limits.batch_bytes_max)
    return fail(Code::kResourceExhausted,
                "the bodies of a batch are limited to " +
                    format_bytes(static_cast<std::uint64_t>(limits.batch_bytes_max)),
                "send several batches", "events");
  PreparedBatch batch;
  batch.events.reserve(events.size());
  batch.log_rows.reserve(events.size());
  batch.ids.reserve(events.size());
  std::set<Uuid> ids;
  for (const Event& event : events) {
    batch.events.push_back({&event, TRY(fact_of(event, limits)), content_digest(event)});
    if (event.event_time - now > limits.clock_skew_max)
      return fail(Code::kInvalidArgument,
                  "event " + event.id.text() +
                      ": event_time lies in the future: " + format_time(event.event_time),
                  "set the producer's clock right", "event_time");
    const PreparedEvent& one = batch.events.back();
    batch.fold.add(one.fact, std::ssize(batch.events));
    batch.ids.push_back(blob_of(event.id));
    ids.insert(event.id);
    batch.log_rows.push_back({Value(), batch.ids.back(), event.type, event.type_version,
                              event.event_time, now, event.producer, event.body,
                              blob_of(one.digest), caller.principal});
  }
  batch.distinct = ids.size() == events.size();
  return batch;
}

Result<AppendResult> Catalog::append(const op::Caller& caller, std::span<const Event> events,
                                     const Deed& deed) {
  TRY(may_append(caller));
  const TimeUs now = state_->clock.now();
  auto prepared = TRY(prepare(caller, events, state_->limits, now));
  const Uuid audit_id = make_uuid(state_->clock, state_->random);
  AppendResult result;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    result = TRY(Appender(tx, caller, state_->limits).run(prepared, state_->subscriptions));
    tx.after_commit([this, seq = result.last_seq] { state_->committed(seq); });
    return audit_append(tx, caller, {audit_id, now}, deed, result, std::ssize(events));
  }));
  return result;
}

Result<AppendResult> Catalog::append(sql::Tx& tx, const op::Caller& caller,
                                     std::span<const Event> events,
                                     const std::optional<Deed>& deed) {
  TRY(may_append(caller));
  const TimeUs now = state_->clock.now();
  auto prepared = TRY(prepare(caller, events, state_->limits, now));
  const auto result =
      TRY(Appender(tx, caller, state_->limits).run(prepared, state_->subscriptions));
  tx.after_commit([this, seq = result.last_seq] { state_->committed(seq); });
  const identity::AuditStamp stamp{make_uuid(state_->clock, state_->random), now};
  if (deed) TRY(audit_append(tx, caller, stamp, *deed, result, std::ssize(events)));
  return result;
}

Event Catalog::make_event(std::string type, const Json& body, std::string producer) {
  Event event;
  event.id = make_uuid(state_->clock, state_->random);
  event.type_version = std::max<std::int64_t>(1, current_type_version(type));
  event.type = std::move(type);
  event.event_time = state_->clock.now();
  event.producer = std::move(producer);
  event.body = to_text(body);
  return event;
}

}  // namespace solvent::catalog
