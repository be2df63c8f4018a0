/// The states of a debt and which may follow which. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace solvent::ledger {

enum class State : std::uint8_t { kOpen, kAccepted, kPaid, kRetired, kWrittenOff, kRelapsed };

/// "open", "accepted", "paid", "retired", "written off", "relapsed".
std::string_view state_name(State state);
/// kInvalidArgument with the nearest state.
Result<State> parse_state(std::string_view name);

/// Whether principal stands on the books: open, accepted and relapsed.
bool is_owed(State state);

/// Legal changes: open and relapsed may be accepted, paid, retired or written off; accepted may
/// expire or be reopened (open), be paid, retired or written off; paid may relapse; retired may
/// come back (open); written off may be reopened (open). A state never follows itself.
bool may_become(State from, State to);

}  // namespace solvent::ledger
