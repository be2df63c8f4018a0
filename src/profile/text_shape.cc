#include "profile/text_shape.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace solvent::profile {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  const char low = static_cast<char>(c | 0x20);
  return (low >= 'a' && low <= 'z') || (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

char shape_of(char c) {
  if (is_digit(c)) return '9';
  if (is_letter(c)) return 'a';
  if (is_blank(c)) return ' ';
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
}

/// Reads 1 to `digits_max` digits off the front; -1 when there are none or more.
int take_number(std::string_view& text, std::size_t digits_min, std::size_t digits_max) {
  std::size_t count = 0;
  int value = 0;
  while (count < text.size() && is_digit(text[count])) {
    if (++count > digits_max) return -1;
    value = value * 10 + (text[count - 1] - '0');
  }
  if (count < digits_min) return -1;
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

bool is_day(int year, int month, int day) {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (month == 2) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= (leap ? 29 : 28);
  }
  return day <= 30 || !(month == 4 || month == 6 || month == 9 || month == 11);
}

/// h:mm, hh:mm:ss, fraction; advances past it.
bool take_clock(std::string_view& text) {
  const int hour = take_number(text, 1, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return false;
  const int minute = take_number(text, 2, 2);
  if (minute < 0 || minute > 59) return false;
  if (!take(text, ':')) return true;
  const int second = take_number(text, 2, 2);
  if (second < 0 || second > 60) return false;  // 60: a leap second
  if (take(text, '.') && take_number(text, 1, 9) < 0) return false;
  return true;
}

/// Nothing, Z, +hh, +hhmm or +hh:mm.
bool is_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return true;
  if (!take(text, '+') && !take(text, '-')) return false;
  if (text.size() == 4 && text.find(':') == std::string_view::npos)
    return take_number(text, 4, 4) >= 0 && text.empty();
  if (take_number(text, 2, 2) < 0) return false;
  return text.empty() || (take(text, ':') && take_number(text, 2, 2) >= 0 && text.empty());
}

bool is_month_name(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  const std::string low = lower_ascii(word);
  return std::any_of(kMonths.begin(), kMonths.end(), [&](std::string_view month) {
    return low == month || low == month.substr(0, 3) || (low == "sept" && month[0] == 's');
  });
}

/// Day, month name and year in either order, parted by blanks, dashes, dots or commas.
bool is_named_date(std::string_view text) {
  std::array<std::string_view, 3> words;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at]) || text[at] == '-' || text[at] == ',' || text[at] == '.') {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && (is_digit(text[end]) || is_letter(text[end]))) ++end;
    if (end == at || count == 3) return false;
    words[count++] = text.substr(at, end - at);
    at = end;
  }
  if (count != 3) return false;
  const bool month_first = is_month_name(words[0]);
  if (!month_first && !is_month_name(words[1])) return false;
  std::string_view day = words[month_first ? 1 : 0], year = words[2];
  const int d = take_number(day, 1, 2);
  const bool year_ok = (year.size() == 4 || year.size() == 2) && take_number(year, 2, 4) >= 0;
  return d >= 1 && d <= 31 && day.empty() && year_ok && year.empty();
}

/// kText when it is no date or timestamp.
TextKind classify_date(std::string_view text) {
  std::string_view rest = text;
  int first = take_number(rest, 1, 4);
  if (first < 0 || rest.empty()) return TextKind::kText;
  const char separator = rest[0];
  if (separator != '-' && separator != '/' && separator != '.') return TextKind::kText;
  const bool year_first = text.size() - rest.size() == 4;
  rest.remove_prefix(1);
  const int second = take_number(rest, 1, 2);
  if (second < 0 || !take(rest, separator)) return TextKind::kText;
  if (!year_first) {
    const int year = take_number(rest, 2, 4);
    if (year < 0 || !rest.empty() || separator == '-') return TextKind::kText;
    const bool day_first = is_day(year, second, first), month_first = is_day(year, first, second);
    if (separator == '.') return day_first ? TextKind::kDateDmyDot : TextKind::kText;
    if (day_first && month_first) return TextKind::kDateAmbiguous;
    if (day_first) return TextKind::kDateDmySlash;
    return month_first ? TextKind::kDateMdySlash : TextKind::kText;
  }
  const int day = take_number(rest, 1, 2);
  if (day < 0 || !is_day(first, second, day) || separator == '.') return TextKind::kText;
  if (rest.empty()) return separator == '-' ? TextKind::kDateYmdDash : TextKind::kDateYmdSlash;
  if (rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ') return TextKind::kText;
  rest.remove_prefix(1);
  return take_clock(rest) && is_zone(trim(rest)) ? TextKind::kTimestamp : TextKind::kText;
}

/// 1,234,567.8: groups of three after the first.
bool is_grouped(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (take_number(text, 1, 3) < 0 || text.empty() || text[0] != ',') return false;
  while (take(text, ','))
    if (take_number(text, 3, 3) < 0) return false;
  if (text.empty()) return true;
  return take(text, '.') && !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_decimal_comma(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos || text.find(',', comma + 1) != std::string_view::npos)
    return false;
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  return text.size() >= 3 && is_digit(text.front()) && is_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == ','; });
}

TextKind classify_number(std::string_view text) {
  if (parse_int(text)) return TextKind::kInt;
  if (text.back() == '%' && parse_double(trim(text.substr(0, text.size() - 1))))
    return TextKind::kPercent;
  if (is_grouped(text)) return TextKind::kGrouped;
  if (is_decimal_comma(text)) return TextKind::kDecimalComma;
  return parse_double(text) ? TextKind::kReal : TextKind::kText;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TextKind classify_word(std::string_view text) {
  static constexpr std::array<std::string_view, 10> kBools = {"true", "false", "yes", "no", "t",
                                                              "f",    "y",     "n",   "on", "off"};
  static constexpr std::array<std::string_view, 22> kSentinels = {
      "na",   "n/a",       "nan",   "null", "none",  "nil",     "missing", "unknown",
      "unk",  "undefined", "undef", "#n/a", "#ref!", "#value!", "#div/0!", "#name?",
      "<na>", "-",         "--",    "?",    ".",     "tbd"};
  if (text.size() > 9) return TextKind::kText;
  const std::string low = lower_ascii(text);
  if (is_one_of(low, kBools)) return TextKind::kBool;
  return is_one_of(low, kSentinels) ? TextKind::kSentinel : TextKind::kText;
}

}  // namespace

std::string folded_shape(std::string_view text) {
  constexpr std::size_t kShapeBytes = 64;
  std::string out;
  for (char c : text) {
    const char shape = shape_of(c);
    if (!out.empty() && out.back() == shape) continue;
    if (out.size() == kShapeBytes) return out + "…";
    out += shape;
  }
  return out;
}

std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

TextKind classify(std::string_view text) {
  constexpr std::size_t kLongest = 64;  // nothing longer is a number, date or word of ours
  text = trim(text);
  if (text.empty()) return TextKind::kEmpty;
  if (text.size() > kLongest) return TextKind::kText;
  const char c = text[0];
  if (is_digit(c) || c == '-' || c == '+' || c == '.') {
    if (const TextKind kind = classify_number(text); kind != TextKind::kText) return kind;
  }
  if (is_digit(c)) {
    if (const TextKind kind = classify_date(text); kind != TextKind::kText) return kind;
    std::string_view clock = text;
    if (take_clock(clock) && clock.empty()) return TextKind::kTimeOfDay;
  }
  if (const TextKind kind = classify_word(text); kind != TextKind::kText) return kind;
  return is_named_date(text) ? TextKind::kDateNamed : TextKind::kText;
}

std::string_view text_kind_name(TextKind kind) {
  static constexpr std::array<std::string_view, kTextKinds> kNames = {"empty",
                                                                      "int",
                                                                      "real",
                                                                      "number:grouped",
                                                                      "number:comma",
                                                                      "number:percent",
                                                                      "bool",
                                                                      "sentinel",
                                                                      "date:yyyy-mm-dd",
                                                                      "date:yyyy/mm/dd",
                                                                      "date:dd.mm.yyyy",
                                                                      "date:dd/mm/yyyy",
                                                                      "date:mm/dd/yyyy",
                                                                      "date:ambiguous",
                                                                      "date:named",
                                                                      "time",
                                                                      "timestamp",
                                                                      "text"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace solvent::profile
