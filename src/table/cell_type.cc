#include "table/cell_type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace solvent::table {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view without_plus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' ? text.substr(1) : text;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_number_word(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const std::string low = text.size() <= 8 ? lower_ascii(text) : "";
  return low == "inf" || low == "infinity" || low == "nan";
}

bool is_bool_field(std::string_view text) {
  if (text.size() != 4 && text.size() != 5) return false;
  const std::string low = lower_ascii(text);
  return low == "true" || low == "false";
}

/// Exactly `count` digits off the front, or -1.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

/// yyyy-mm-dd off the front; years from 1, the calendar's own days.
bool take_date(std::string_view& text) {
  const int year = take_digits(text, 4);
  if (year < 1 || !take(text, '-')) return false;
  const int month = take_digits(text, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return false;
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
  const int day = take_digits(text, 2);
  return day >= 1 && day <= days;
}

/// hh:mm[:ss[.f…]] with at most six digits of fraction, off the front.
bool take_clock(std::string_view& text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return false;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return false;
  if (!take(text, ':')) return true;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 59) return false;
  if (!take(text, '.')) return true;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  text.remove_prefix(digits);
  return digits >= 1 && digits <= 6;
}

enum class Stamp : std::uint8_t { kNone, kDate, kTime, kZoned };

Stamp stamp_of(std::string_view text) {
  if (text.size() < 10 || !take_date(text)) return Stamp::kNone;
  if (text.empty()) return Stamp::kDate;
  if (!take(text, ' ') && !take(text, 'T')) return Stamp::kNone;
  if (!take_clock(text)) return Stamp::kNone;
  if (text.empty()) return Stamp::kTime;
  if (text == "Z") return Stamp::kZoned;
  if (!take(text, '+') && !take(text, '-')) return Stamp::kNone;
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 14) return Stamp::kNone;
  if (text.empty()) return Stamp::kZoned;
  take(text, ':');
  const int minutes = take_digits(text, 2);
  return minutes >= 0 && minutes <= 59 && text.empty() ? Stamp::kZoned : Stamp::kNone;
}

}  // namespace

bool is_null_spelling(std::string_view field) {
  static constexpr std::array<std::string_view, 5> kSpellings = {"", "NA", "NaN", "null", "N/A"};
  return field.size() <= 4 &&
         std::find(kSpellings.begin(), kSpellings.end(), field) != kSpellings.end();
}

bool is_int_field(std::string_view field) {
  field = without_plus(trim_blanks(field));
  std::int64_t value = 0;
  const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
  return read.ec == std::errc() && read.ptr == field.data() + field.size();
}

bool is_real_field(std::string_view field) {
  field = without_plus(trim_blanks(field));
  if (field.empty()) return false;
  const bool plain = std::all_of(field.begin(), field.end(), [](char c) {
    return is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
  });
  if (!plain) return is_number_word(field);
  double value = 0;
  const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
  return read.ec == std::errc() && read.ptr == field.data() + field.size();
}

/// Joins two types: int in real, date in time, all else in text.
void ColumnGuess::widen(ColumnType seen) {
  auto either = [&](ColumnType a, ColumnType b) {
    return (type_ == a && seen == b) || (type_ == b && seen == a);
  };
  if (type_ == ColumnType::kUnknown || type_ == seen) {
    type_ = seen;
  } else if (either(ColumnType::kInt, ColumnType::kReal)) {
    type_ = ColumnType::kReal;
  } else if (either(ColumnType::kDate, ColumnType::kTime)) {
    type_ = ColumnType::kTime;
  } else {
    type_ = ColumnType::kText;
  }
}

void ColumnGuess::see(std::string_view field, bool long_field) {
  if (type_ == ColumnType::kText) return;
  if (long_field) return widen(ColumnType::kText);
  if (is_int_field(field)) return widen(ColumnType::kInt);
  if (is_real_field(field)) return widen(ColumnType::kReal);
  if (is_bool_field(field)) return widen(ColumnType::kBool);
  const Stamp stamp = stamp_of(field);
  zone_ = zone_ || stamp == Stamp::kZoned;
  if (stamp == Stamp::kDate) return widen(ColumnType::kDate);
  widen(stamp == Stamp::kNone ? ColumnType::kText : ColumnType::kTime);
}

ColumnType ColumnGuess::type() const {
  return type_ == ColumnType::kUnknown ? ColumnType::kText : type_;
}

}  // namespace solvent::table
