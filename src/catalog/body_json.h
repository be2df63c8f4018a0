/// Bodies as the views read them: checked whole, kept without the members that only travel along
/// (facets, manifest). Pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "catalog/types.h"

namespace solvent::catalog {

/// Members of known bodies that no view looks into.
inline bool is_opaque_member(std::string_view name) {
  return name == "facets" || name == "manifest";
}

/// The body's object; opaque members are null. With `keep` false it is only checked, and empty.
/// Verdict and error are parse_json's.
Result<Json> read_body_json(std::string_view body, const Limits& limits, bool keep);

/// The fast way for the plain bodies that producers send: the same value as parse_json's but for
/// opaque members, or nothing where it is not certain at once (escapes, big numbers, errors).
std::optional<Json> scan_plain_body(std::string_view body, std::int64_t depth_max, bool keep);

}  // namespace solvent::catalog
