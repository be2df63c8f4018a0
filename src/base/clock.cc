#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace solvent {
namespace {

class SystemClock final : public Clock {
 public:
  TimeUs now() override { return read(CLOCK_REALTIME) / 1000; }
  std::int64_t monotonic_ns() override { return read(CLOCK_MONOTONIC); }

 private:
  static std::int64_t read(clockid_t id) {
    timespec at{};
    ::clock_gettime(id, &at);
    return static_cast<std::int64_t>(at.tv_sec) * 1'000'000'000 + at.tv_nsec;
  }
};

struct Date {
  std::int64_t year;
  unsigned month, day;
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

/// Proleptic Gregorian date of a day number since 1970 (Howard Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", civil_from_days).
Date date_of(std::int64_t day) {
  day += 719468;
  const std::int64_t era = floor_div(day, 146097);
  const auto of_era = static_cast<unsigned>(day - era * 146097);
  const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          of_year - (153 * shifted + 2) / 5 + 1};
}

/// The inverse (days_from_civil, same source).
std::int64_t day_of(const Date& date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400);
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned shifted = date.month > 2 ? date.month - 3 : date.month + 9;
  const unsigned of_year = (153 * shifted + 2) / 5 + date.day - 1;
  const unsigned of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
  return era * 146097 + static_cast<std::int64_t>(of_era) - 719468;
}

unsigned days_in(std::int64_t year, unsigned month) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

/// Reads left to right; any mismatch sets `bad` and later reads do nothing.
struct Reader {
  std::string_view rest;
  bool bad = false;

  std::int64_t digits(std::size_t count) {
    if (bad || rest.size() < count) return bad = true, 0;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return bad = true, 0;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  bool take(char c) {
    if (bad || rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char c) { bad = bad || !take(c); }
};

/// Microseconds of ".123456789"; digits past the sixth are cut.
std::int64_t read_fraction(Reader& in) {
  std::int64_t value = 0;
  int digits = 0;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    const std::int64_t digit = in.digits(1);
    if (++digits <= 6) value = value * 10 + digit;
  }
  if (digits == 0) in.bad = true;
  for (; digits < 6; ++digits) value *= 10;
  return value;
}

/// Offset from UTC in microseconds: "Z", "+02:00", "-05:30".
TimeUs read_offset(Reader& in) {
  if (in.take('Z') || in.take('z')) return 0;
  const bool minus = in.take('-');
  if (!minus) in.need('+');
  const std::int64_t hours = in.digits(2);
  in.need(':');
  const std::int64_t minutes = in.digits(2);
  if (hours > 23 || minutes > 59) in.bad = true;
  const TimeUs offset = hours * kHourUs + minutes * 60 * kSecondUs;
  return minus ? -offset : offset;
}

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string format_date(TimeUs time) {
  const Date date = date_of(floor_div(time, kDayUs));
  char text[48];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02u", static_cast<long long>(date.year),
                date.month, date.day);
  return text;
}

std::string format_time(TimeUs time) {
  const std::int64_t of_day = time - floor_div(time, kDayUs) * kDayUs;
  const auto second = static_cast<int>(of_day / kSecondUs);
  char text[32];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d.%06dZ", second / 3600, second / 60 % 60,
                second % 60, static_cast<int>(of_day % kSecondUs));
  return format_date(time) + text;
}

Result<TimeUs> parse_time(std::string_view text) {
  const auto bad = [&] {
    return fail(Code::kInvalidArgument, "not a time: \"" + std::string(text.substr(0, 64)) + "\"",
                "write 2026-11-24 or 2026-11-24T02:07:27Z");
  };
  Reader in{text};
  Date date{};
  date.year = in.digits(4);
  in.need('-');
  date.month = static_cast<unsigned>(in.digits(2));
  in.need('-');
  date.day = static_cast<unsigned>(in.digits(2));
  if (in.bad || date.month < 1 || date.month > 12 || date.day < 1 ||
      date.day > days_in(date.year, date.month))
    return bad();
  TimeUs time = day_of(date) * kDayUs;
  if (in.rest.empty()) return time;

  if (!in.take('T') && !in.take('t')) in.need(' ');
  const std::int64_t hour = in.digits(2);
  in.need(':');
  const std::int64_t minute = in.digits(2);
  in.need(':');
  const std::int64_t second = in.digits(2);
  // RFC 3339 allows a leap second; it is counted as the next second.
  if (hour > 23 || minute > 59 || second > 60) in.bad = true;
  time += hour * kHourUs + minute * 60 * kSecondUs + second * kSecondUs;
  if (in.take('.')) time += read_fraction(in);
  time -= read_offset(in);
  if (in.bad || !in.rest.empty()) return bad();
  return time;
}

}  // namespace solvent
