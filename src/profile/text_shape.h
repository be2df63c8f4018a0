/// What a text looks like: its folded shape and what it parses as. Pure; total over any bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace solvent::profile {

/// Digits become 9, letters and all bytes outside ASCII become a, white space becomes a blank,
/// control characters ?; runs fold: "2013-01-05 Café" becomes "9-9-9 a". Cut at 64 bytes.
std::string folded_shape(std::string_view text);

/// Code points of valid UTF-8; bytes that start nothing are not counted.
std::int64_t characters(std::string_view text);

enum class TextKind : std::uint8_t {
  kEmpty,          ///< no characters, or white space only
  kInt,            ///< 12, -7
  kReal,           ///< 1.5, 2e-3
  kGrouped,        ///< 1,234,567.8
  kDecimalComma,   ///< 3,14
  kPercent,        ///< 12.5%
  kBool,           ///< true false yes no t f y n on off, any case
  kSentinel,       ///< words for a missing value: NA, null, none, unknown, -, ?, #N/A …
  kDateYmdDash,    ///< 2013-01-31
  kDateYmdSlash,   ///< 2013/01/31
  kDateDmyDot,     ///< 31.01.2013
  kDateDmySlash,   ///< 31/01/2013: the first number is over 12
  kDateMdySlash,   ///< 01/31/2013: the second number is over 12
  kDateAmbiguous,  ///< 01/02/2013
  kDateNamed,      ///< 31 Jan 2013, January 31, 2013, 31-Jan-13
  kTimeOfDay,      ///< 5:00, 05:00:30.5
  kTimestamp,      ///< 2013-01-31 05:00:00Z, 2013-01-31T05:00+01:00
  kText,
};
inline constexpr int kTextKinds = static_cast<int>(TextKind::kText) + 1;

TextKind classify(std::string_view text);
/// "int", "real", "date:yyyy-mm-dd", … as in ColumnProfile::parsed_types.
std::string_view text_kind_name(TextKind kind);

}  // namespace solvent::profile
