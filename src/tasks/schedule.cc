#include "tasks/rows.h"

namespace solvent::tasks {

TimeUs next_time(const std::optional<TimeUs>& every, const std::optional<TimeUs>& daily_at,
                 TimeUs previous, TimeUs now) {
  ASSERT(every.has_value() != daily_at.has_value());
  if (daily_at) {
    const TimeUs today = now - now % kDayUs + *daily_at;
    return today > now ? today : today + kDayUs;
  }
  if (previous == 0) return now + *every;
  // Keeps the beat of the times before, so that a late run does not push all later ones.
  const TimeUs missed = (now - previous) / *every;
  return previous + (missed + 1) * *every;
}

}  // namespace solvent::tasks
