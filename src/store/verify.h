/// Reads every pack back and holds every byte against a digest or a fixed value.
#pragma once

#include <functional>

#include "store/pack_set.h"
#include "store/store.h"

namespace solvent::store {

Result<VerifyReport> verify_packs(PackSet& packs, const std::function<void(double)>& progress);

}  // namespace solvent::store
