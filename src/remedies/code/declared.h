/// The versions of packages that a project declares: in requirements files, pyproject.toml,
/// setup.py, setup.cfg. Pure; thread-safe once made.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"
#include "syntax/requirements.h"

namespace solvent::remedies::code {

class Declared {
 public:
  Declared() = default;
  explicit Declared(const check::SourceTree& tree);

  /// Whether the project may run with a version for which `requirement` ("numpy>=2.0") holds. True
  /// where nothing is declared; where several files declare, one that allows it is enough.
  bool admits(std::string_view requirement) const;

 private:
  using Specifiers = std::vector<syntax::Specifier>;
  /// Requirements as pip reads them, one or many.
  void add(const std::string& file, std::string_view text);
  void add_pyproject(const std::string& file, std::string_view text);
  void add_setup(const std::string& file, std::string_view text);
  void add_setup_cfg(const std::string& file, std::string_view text);

  /// package → file → what it asks of the version; files that ask nothing are left out.
  std::map<std::string, std::map<std::string, Specifiers>> by_package_;
};

}  // namespace solvent::remedies::code
