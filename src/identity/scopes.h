/// Globs over "namespace/name" that limit what a principal or token may see. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "op/caller.h"

namespace solvent::identity {

/// Whether every name that `inner` matches is certainly matched by `outer`. Answers no where it
/// cannot tell, so a limit is never widened.
bool covers(std::string_view outer, std::string_view inner);
/// What both lists allow: the globs of each that some glob of the other covers.
std::vector<std::string> both_allow(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b);
inline op::Role lower_role(op::Role a, op::Role b) {
  return a < b ? a : b;
}

std::string_view role_name(op::Role role);
/// kNone for anything but reader, editor and admin.
op::Role role_of(std::string_view name);

}  // namespace solvent::identity
