/// Time, injected. Times are UTC int64 microseconds since 1970. Implementations are thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace solvent {

using TimeUs = std::int64_t;
inline constexpr TimeUs kSecondUs = 1'000'000;
inline constexpr TimeUs kHourUs = 3'600 * kSecondUs;
inline constexpr TimeUs kDayUs = 24 * kHourUs;
/// The ledger's month: interest is a rate per 30 days.
inline constexpr TimeUs kMonthUs = 30 * kDayUs;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimeUs now() = 0;
  /// Monotonic nanoseconds for durations; never goes back.
  virtual std::int64_t monotonic_ns() = 0;
};

/// The machine's clock; lives as long as the process.
Clock& system_clock();

/// A clock that moves only when told.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimeUs start) : now_(start) {}
  TimeUs now() override { return now_; }
  std::int64_t monotonic_ns() override { return now_ * 1000; }
  void advance(TimeUs by) { now_ += by; }

 private:
  std::atomic<TimeUs> now_;
};

/// "2026-11-24T02:07:27.000000Z"
std::string format_time(TimeUs time);
/// "2026-11-24"
std::string format_date(TimeUs time);
/// RFC 3339 with any offset, or a bare date (midnight UTC); kInvalidArgument otherwise.
Result<TimeUs> parse_time(std::string_view text);

}  // namespace solvent
