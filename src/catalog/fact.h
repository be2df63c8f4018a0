/// What one event says to the views: its body upcast, checked and resolved to ids. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/random.h"
#include "base/result.h"
#include "catalog/types.h"

namespace solvent::catalog {

enum class FactKind : std::uint8_t {
  kUnknown,  ///< a type the views do not know: kept in the log only
  kAssetDeclared,
  kAssetRenamed,
  kAssetOwner,
  kAssetRemoved,
  kVersionCreated,
  kVersionCurrent,
  kRunEvent,
  kRunRead,
  kRunWrote,
  kDependencyDeclared,
  kDependencyInferred,
};

/// OpenLineage's states; the order of the last three means nothing.
enum class RunState : std::uint8_t { kNone, kOther, kStart, kRunning, kComplete, kFail, kAbort };
std::string_view run_state_name(RunState state);
inline bool is_terminal(RunState state) {
  return state >= RunState::kComplete;
}

/// Which member means what depends on the kind; what a kind does not use stays empty.
struct Fact {
  FactKind kind = FactKind::kUnknown;
  Uuid event{};
  TimeUs time = 0;
  std::optional<Uuid> asset, producer;  ///< of a dependency, `asset` is the consumer
  AssetName asset_name, producer_name;  ///< as the event says it; empty when it gives only an id
  AssetName to;                         ///< asset.renamed
  std::string asset_kind, system, owner, origin;
  std::optional<Digest> version, content;
  std::int64_t size = 0, rows = -1;
  std::string slice;
  std::optional<Uuid> run, parent_run;
  AssetName job;  ///< namespace and name of the run's job
  RunState state = RunState::kNone;
};

/// Checks the event itself and its body. kInvalidArgument or kResourceExhausted names the event and
/// the field.
Result<Fact> fact_of(const Event& event, const Limits& limits);

/// Digest over type, type version, event time, producer and body: two events with one id and one
/// digest are the same event.
Digest content_digest(const Event& event);

/// The id of the asset first declared under this name.
Uuid derived_asset_id(const AssetName& first_name);

}  // namespace solvent::catalog
