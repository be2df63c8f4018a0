#include "base/money.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace solvent {
namespace {

constexpr std::array<std::string_view, 17> kNoMinor = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                       "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                       "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kThreeMinor = {"BHD", "IQD", "JOD", "KWD",
                                                         "LYD", "OMR", "TND"};

std::string sign_of(std::string_view currency) {
  if (currency == "EUR") return "€";
  if (currency == "USD") return "$";
  if (currency == "GBP") return "£";
  if (currency == "JPY") return "¥";
  return std::string(currency) + " ";
}

}  // namespace

int minor_digits(std::string_view currency) {
  if (std::ranges::find(kNoMinor, currency) != kNoMinor.end()) return 0;
  if (std::ranges::find(kThreeMinor, currency) != kThreeMinor.end()) return 3;
  return 2;
}

std::string format_money(std::int64_t minor, std::string_view currency) {
  const int digits = minor_digits(currency);
  std::uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  const bool negative = minor < 0;
  const std::uint64_t size =
      negative ? ~static_cast<std::uint64_t>(minor) + 1 : static_cast<std::uint64_t>(minor);
  std::string out = (negative ? "-" : "") + sign_of(currency);
  if (digits > 0 && size < 10 * unit && size % unit != 0) {
    std::string rest = std::to_string(size % unit);
    rest.insert(0, static_cast<std::size_t>(digits) - rest.size(), '0');
    return out + std::to_string(size / unit) + "." + rest;
  }
  const std::uint64_t whole = size / unit + (2 * (size % unit) >= unit && unit > 1 ? 1 : 0);
  return out + with_thousands(static_cast<std::int64_t>(whole));
}

}  // namespace solvent
