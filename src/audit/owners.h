/// Who owns a subject: settings, then CODEOWNERS, then git authorship, else nobody; and how that is
/// known. Authorship is whoever last wrote the lines that findings stand on, as far as a bounded
/// blame tells, else whoever committed most to the file (of a whole tree: to any of it). Git is
/// read only when it is needed. An instance belongs to one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
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

  /// Reads a file of the tree, for blame; at most `blames_max` lines are blamed in all.
  using ReadFn = std::function<Result<std::string_view>(const std::string& path)>;
  void blame_with(ReadFn read, std::int64_t blames_max);

  /// Of a file of a source tree with findings on these lines; of the tree itself for an empty path.
  ledger::Owner of_path(const std::string& asset, const std::string& path,
                        std::span<const std::int64_t> lines = {});
  /// Of anything with a name; `declared` is what the catalog says, if it says anything.
  ledger::Owner of_name(const std::string& name, const ledger::Owner& declared) const;

 private:
  /// The longest glob that matches any of `names`.
  std::optional<std::string> from_settings(std::initializer_list<std::string> names) const;

  const scm::Authorship& authorship();
  /// Who last wrote most of the lines; empty where blame does not tell.
  std::string by_blame(const std::string& path, std::span<const std::int64_t> lines);

  std::map<std::string, std::string> settings_;
  scm::Codeowners codeowners_;
  const scm::Repository* repository_;
  std::optional<scm::Authorship> authorship_;
  ReadFn read_;
  std::int64_t blames_left_ = 0;
};

}  // namespace solvent::audit
