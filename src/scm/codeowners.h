/// CODEOWNERS as GitHub reads it: gitignore-like patterns, the last match wins, a pattern without
/// owners takes them away. Pure but for `find_codeowners`. Thread-safe after construction.
/// Source: docs.github.com, "About code owners".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace solvent::scm {

class Codeowners {
 public:
  struct Rule {
    std::string pattern;
    std::vector<std::string> owners;  ///< without a leading '@'; empty takes ownership away
    std::int64_t line = 0;
  };

  /// Lines that are no rule (negations, character ranges) are skipped, as GitHub does.
  static Codeowners parse(std::string_view text);
  /// Owners of a path relative to the root; empty for nobody.
  std::vector<std::string> owners_of(std::string_view path) const;
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  std::vector<Rule> rules_;
};

/// Whether one pattern covers a path; exposed for tests.
bool codeowners_match(std::string_view pattern, std::string_view path);

/// The first of .github/CODEOWNERS, CODEOWNERS and docs/CODEOWNERS; none gives no rules. Over 3 MB
/// is ignored, as on GitHub.
Result<Codeowners> find_codeowners(FileSystem& files, const std::string& root);

}  // namespace solvent::scm
