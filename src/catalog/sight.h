/// What a caller may see: asset names by the globs of Caller::scopes over "namespace/name". Thread-
/// compatible value.
#pragma once

#include <string>
#include <vector>

#include "catalog/types.h"
#include "op/caller.h"

namespace solvent::catalog {

class Sight {
 public:
  explicit Sight(const op::Caller& caller);
  /// No limit at all; totals may then be counted by the engine.
  bool all() const { return all_; }
  /// An asset of unknown name is seen only by callers without limit.
  bool sees(const AssetName& name) const;

 private:
  bool all_ = false;
  std::vector<std::string> globs_;
};

}  // namespace solvent::catalog
