/// Who owns a subject: settings, then CODEOWNERS, then git authorship, else nobody; and how that is
/// known. Authorship is read only when it is needed. An instance belongs to one thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ledger/ledger.h"
#include "scm/codeowners.h"
#include "scm/git.h"

namespace solvent::audit {

class Owners {
 public:
  /// `settings`: glob over asset names and paths → team. `repository` may be null.
  Owners(std::map<std::string, std::string> settings, scm::Codeowners codeowners,
         const scm::Repository* repository);

  /// Of a file of a source tree.
  ledger::Owner of_path(const std::string& asset, const std::string& path);
  /// Of anything with a name; `declared` is what the catalog says, if it says anything.
  ledger::Owner of_name(const std::string& name, const ledger::Owner& declared) const;

 private:
  /// The longest glob that matches any of `names`.
  std::optional<std::string> from_settings(std::initializer_list<std::string> names) const;

  std::map<std::string, std::string> settings_;
  scm::Codeowners codeowners_;
  const scm::Repository* repository_;
  std::optional<scm::Authorship> authorship_;
};

}  // namespace solvent::audit
