/// TOML 1.0 documents as JSON. Total over any bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"

namespace solvent {

struct Toml {
  Json document{JsonObject{}};  ///< tables by key; dates and times are texts
  /// Dotted key → the line where it is written, from 1. Arrays are not entered.
  std::map<std::string, std::int64_t, std::less<>> lines;
};

/// kInvalidArgument names the file, the line and what is wrong there; kResourceExhausted for a
/// document with more dots than any real one has.
Result<Toml> parse_toml(std::string_view text, const std::string& name);

}  // namespace solvent
