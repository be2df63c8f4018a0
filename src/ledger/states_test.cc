#include "ledger/states.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "ledger/ledger.h"

namespace solvent::ledger {
namespace {

using enum State;

TEST(States, ExactlyTheseChangesAreLegal) {
  const std::set<std::pair<State, State>> legal = {
      {kOpen, kAccepted},     {kOpen, kPaid},     {kOpen, kRetired},     {kOpen, kWrittenOff},
      {kRelapsed, kAccepted}, {kRelapsed, kPaid}, {kRelapsed, kRetired}, {kRelapsed, kWrittenOff},
      {kAccepted, kOpen},     {kAccepted, kPaid}, {kAccepted, kRetired}, {kAccepted, kWrittenOff},
      {kPaid, kRelapsed},     {kRetired, kOpen},  {kWrittenOff, kOpen}};
  for (const State from : {kOpen, kAccepted, kPaid, kRetired, kWrittenOff, kRelapsed}) {
    for (const State to : {kOpen, kAccepted, kPaid, kRetired, kWrittenOff, kRelapsed}) {
      EXPECT_EQ(may_become(from, to), legal.contains({from, to}))
          << state_name(from) << " to " << state_name(to);
    }
  }
}

TEST(States, NamesReadBack) {
  for (const State state : {kOpen, kAccepted, kPaid, kRetired, kWrittenOff, kRelapsed}) {
    EXPECT_EQ(*parse_state(state_name(state)), state);
  }
  const auto typo = parse_state("acepted");
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().hint, "did you mean accepted?");
  EXPECT_TRUE(is_owed(kOpen) && is_owed(kAccepted) && is_owed(kRelapsed));
  EXPECT_FALSE(is_owed(kPaid) || is_owed(kRetired) || is_owed(kWrittenOff));
}

TEST(DebtId, IsOneToOneShortAndReadsBack) {
  std::set<std::string> seen;
  for (std::int64_t n = 1; n <= 200'000; ++n) {
    const std::string id = debt_id(n);
    ASSERT_EQ(id.size(), 8u);
    ASSERT_TRUE(seen.insert(id).second) << id;
    ASSERT_EQ(parse_debt_id(id).value_or(0), n) << id;
  }
  for (const std::int64_t n : {(1l << 30) - 1, 1l << 30, (1l << 30) + 7, 1l << 40, INT64_MAX}) {
    EXPECT_EQ(parse_debt_id(debt_id(n)).value_or(0), n) << n;
  }
}

TEST(DebtId, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "d-", "d-1", "e-000000", "d-00000l", "d-0000000", "d-zzzzzzzzzzzzzzzzz", "d-00000O",
        "d- 00000", "d-\xff\xff\xff\xff\xff\xff"}) {
    EXPECT_FALSE(parse_debt_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace solvent::ledger
