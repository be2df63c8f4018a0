#include "ledger/states.h"

#include <array>
#include <string>
#include <vector>

#include "base/text.h"

namespace solvent::ledger {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"open",    "accepted",    "paid",
                                                    "retired", "written off", "relapsed"};

}  // namespace

std::string_view state_name(State state) {
  return kNames.at(static_cast<std::size_t>(state));
}

Result<State> parse_state(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<State>(i);
  }
  const std::vector<std::string> names(kNames.begin(), kNames.end());
  const auto near = nearest(name, names);
  return fail(Code::kInvalidArgument, "no such state: " + std::string(name),
              near ? "did you mean " + *near + "?" : "states are: " + join(names, ", "), "state");
}

bool is_owed(State state) {
  return state == State::kOpen || state == State::kAccepted || state == State::kRelapsed;
}

bool may_become(State from, State to) {
  switch (from) {
    case State::kOpen:
    case State::kRelapsed:
      return to == State::kAccepted || to == State::kPaid || to == State::kRetired ||
             to == State::kWrittenOff;
    case State::kAccepted:
      return to == State::kOpen || to == State::kPaid || to == State::kRetired ||
             to == State::kWrittenOff;
    case State::kPaid: return to == State::kRelapsed;
    case State::kRetired:
    case State::kWrittenOff: return to == State::kOpen;
  }
  return false;
}

}  // namespace solvent::ledger
