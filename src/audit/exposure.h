/// How many live models lie downstream of what is judged. A model is live while an endpoint depends
/// on it. Prices grow with it, so it is counted over the whole estate, whoever asks.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/threads.h"
#include "catalog/catalog.h"

namespace solvent::audit {

/// Asset names → live models downstream, at least 1. Names that the catalog does not know, or knows
/// twice, are 1. `catalog` may be null.
Result<std::map<std::string, std::int64_t>> exposures(catalog::Catalog* catalog,
                                                      const std::set<std::string>& names,
                                                      const CancelToken& cancel);

}  // namespace solvent::audit
