// Written by tests/truth/run --write out of the labels in tests/truth; verified by each run of it.

#include "check/measured.h"

namespace solvent::check {

std::span<const Measurement> measurements() {
  static constexpr Measurement kAll[] = {
      {"code/data-in-git", 12, 12},
      {"code/notebook-installs-packages", 7, 7},
      {"code/notebook-never-run", 1, 1},
      {"code/notebook-out-of-order", 3, 3},
      {"code/secret-in-code", 2, 2},
      {"code/unpinned-dependencies", 28, 28},
      {"contracts/distribution-shift", 1, 1},
      {"contracts/missing-values-jump", 5, 5},
      {"data/constant-column", 1, 1},
      {"data/duplicate-rows", 1, 1},
      {"data/impossible-values", 2, 2},
      {"data/near-identical-columns", 2, 2},
      {"estate/no-owner", 5, 5},
  };
  return kAll;
}

}  // namespace solvent::check
