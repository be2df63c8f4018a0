/// Gathers what checks receive: one Unit for each input of a request. A Unit owns its input and
/// everything that the input borrows.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "audit/columns.h"
#include "audit/owners.h"
#include "audit/roots.h"
#include "audit/tree.h"

namespace solvent::audit {

struct Unit {
  std::string asset, system;
  check::InputKind kind = check::InputKind::kSourceTree;
  check::Input input;
  Digest digest;         ///< of the input: part of the key under which answers are reused
  bool reusable = true;  ///< false where the answer depends on the date
  /// Put behind the subject where another than the current version is looked at: "@month=7".
  std::string scope;
  /// What the request says of the data's meaning against what is declared: member → value.
  std::map<std::string, std::string> overridden;
  std::function<bool(const std::string& subject)> present;
  /// Whether the caller sees what a debt is about; another's debts are not judged.
  std::function<bool(const std::string& subject)> sees = [](const std::string&) { return true; };
  /// Of a subject with findings on these lines; of a tree as a whole for an empty subject.
  std::function<ledger::Owner(const std::string& subject, std::span<const std::int64_t> lines)>
      owner_of;
  std::shared_ptr<void> keep;  ///< what `input` points into
};

struct Inputs {
  std::vector<Unit> units;
  std::vector<std::string> assets;          ///< in the order of the request
  std::vector<std::string> removed_assets;  ///< gone from the catalog: their debts are retired
  std::vector<std::string> notes;
  std::map<std::string, Root> roots;  ///< what each asset's name stands for
};

/// What gathering uses; borrowed.
struct Gathering {
  const Estate& estate;
  const Settings& settings;
  FileSystem& files;
  TimeUs as_of = 0;
  /// Subjects of the debts that an asset owes.
  std::function<Result<std::vector<std::string>>(const std::string& asset)> owed;
};

/// What an audit calls a tree that is given so, when it is not told.
std::string tree_name(const LocalTree& tree, const std::string& root);

/// One asset is about to be read.
struct ReadStep {
  std::string_view phase;  ///< "read" or "profile"
  std::string asset;
  std::int64_t done = 0, total = 0;
};
using ReadStepFn = std::function<Result<void>(const ReadStep&)>;

/// kInvalidArgument for a request that asks for nothing, names two things alike or cannot be read.
Result<Inputs> gather(const Gathering& with, const AuditRequest& request, const op::Caller& caller,
                      const ReadStepFn& step, const CancelToken& cancel);

}  // namespace solvent::audit
