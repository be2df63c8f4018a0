/// Money as people read it. Amounts are minor units of an ISO 4217 currency. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace solvent {

/// Digits after the point in `currency`: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217 minor units).
int minor_digits(std::string_view currency);

/// "€37,080" from 3708000 EUR: whole units, rounded half away from zero, with the currency's sign
/// where it has a common one, else its code. Below 10 units the minor digits are shown.
std::string format_money(std::int64_t minor, std::string_view currency);

}  // namespace solvent
