/// People who own things and are no principals, as git or CODEOWNERS name them. What never changes
/// (the event log) says "person:…", and only this module's table knows the name, so that a person
/// can be forgotten. Functions of a Tx.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/random.h"
#include "sql/database.h"

namespace solvent::identity {

/// The reference of this name; made of `fresh` where there is none.
Result<std::string> person_of(sql::Tx& tx, const std::string& name, const Uuid& fresh);
/// The reference, where there is one.
Result<std::optional<std::string>> find_person(sql::Tx& tx, const std::string& name);
/// The name behind a reference; anything else, and a reference whose person was forgotten, is
/// itself.
Result<std::string> person_name(sql::Tx& tx, const std::string& reference);

/// A module that keeps names of owners in tables of its own. `forget` puts the reference in the
/// name's place, in the transaction that forgets.
struct PersonKeeper {
  std::function<Result<bool>(sql::Tx& tx, const std::string& name)> knows;
  std::function<Result<void>(sql::Tx& tx, const std::string& name, const std::string& reference)>
      forget;
};

}  // namespace solvent::identity
