#include "identity/scopes.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::identity {
namespace {

bool is_all(std::string_view glob) {
  return glob == "*" || glob == "**";
}
bool is_literal(std::string_view text) {
  return text.find_first_of("*?[\\") == std::string_view::npos;
}

}  // namespace

bool covers(std::string_view outer, std::string_view inner) {
  if (is_all(outer) || outer == inner) return true;
  if (is_all(inner)) return false;
  if (is_literal(inner)) return glob_match(outer, inner);
  // "a/b/**" covers whatever starts with "a/b/" literally.
  if (!outer.ends_with("/**")) return false;
  const std::string_view folder = outer.substr(0, outer.size() - 2);
  return is_literal(folder) && inner.starts_with(folder);
}

std::vector<std::string> both_allow(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b) {
  std::vector<std::string> allowed;
  const auto add = [&](const std::vector<std::string>& from, const std::vector<std::string>& by) {
    for (const std::string& glob : from) {
      const bool covered =
          std::ranges::any_of(by, [&](const auto& outer) { return covers(outer, glob); });
      if (covered && std::ranges::find(allowed, glob) == allowed.end()) allowed.push_back(glob);
    }
  };
  add(a, b);
  add(b, a);
  return allowed;
}

std::string_view role_name(op::Role role) {
  switch (role) {
    case op::Role::kNone: return "none";
    case op::Role::kReader: return "reader";
    case op::Role::kEditor: return "editor";
    case op::Role::kAdmin: return "admin";
  }
  return "none";
}

op::Role role_of(std::string_view name) {
  for (const op::Role role : {op::Role::kReader, op::Role::kEditor, op::Role::kAdmin})
    if (name == role_name(role)) return role;
  return op::Role::kNone;
}

}  // namespace solvent::identity
