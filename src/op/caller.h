/// Who asks. Made by the connection layer or the command line, never by a handler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace solvent::op {

enum class Role : std::uint8_t { kNone, kReader, kEditor, kAdmin };

struct Caller {
  std::string principal;  ///< "user:ada", "service:ci", "local:root" (embedded, owner of the disk)
  Role role = Role::kNone;
  std::vector<std::string> teams;
  /// Asset name globs this caller is limited to ("*" is all); empty means nothing.
  std::vector<std::string> scopes;
  std::string token_id;    ///< empty when embedded
  std::string request_id;  ///< in logs, audit rows and error replies

  bool may(Role needed) const { return role >= needed; }
  /// Whether some assets may be hidden from it.
  bool limited() const;
};

/// The owner of the disk, running embedded: admin over everything.
Caller local_owner();

}  // namespace solvent::op
