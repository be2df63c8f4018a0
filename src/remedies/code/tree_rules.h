/// All rules over one source tree, in one pass over its programs that every check of a rule shares.
/// Thread-safe: whoever asks while the pass runs takes part in it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "check/check.h"
#include "remedies/code/declared.h"
#include "remedies/code/rules/rule.h"

namespace solvent::remedies::code {

class TreeRules {
 public:
  /// `rules` outlives it.
  TreeRules(const RuleSet& rules, const check::SourceTree& tree);

  /// Takes part until the pass is done. `tree` has the digest of the one it was made for.
  /// kCancelled when the tree may no longer be read; others go on.
  Result<void> finish(const check::SourceTree& tree);

  /// Once it is done.
  const std::vector<check::Finding>& findings(std::size_t rule) const { return findings_[rule]; }
  std::shared_ptr<const check::Coverage> coverage() const { return coverage_; }

 private:
  struct Worker;
  Result<void> look_at(const check::SourceTree& tree, std::size_t file, Worker& worker);
  void merge(Worker& worker);
  void end_if_all_seen();

  const RuleSet& rules_;
  std::vector<std::size_t> files_;  ///< places in the tree's files
  const Declared declared_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> waiting_;  ///< places in files_
  std::size_t under_way_ = 0;
  bool done_ = false;
  std::vector<std::vector<check::Finding>> findings_;  ///< by rule
  std::vector<check::Examination> examinations_;
  std::shared_ptr<const check::Coverage> coverage_;
};

/// One check for each of the program's rules.
std::vector<check::Check> rule_checks();

}  // namespace solvent::remedies::code
