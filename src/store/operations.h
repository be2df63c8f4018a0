/// What people do to the store itself: `store verify`, `store collect`, `store stat`.
#pragma once

#include <vector>

#include "op/operation.h"
#include "store/store.h"

namespace solvent::store {

/// Static data; part of specs().
std::vector<op::OperationSpec> operation_specs();

/// `store` outlives the handlers. `roots` are what the other modules still need: without every
/// module's root, collection would drop what is needed.
std::vector<op::Handler> bind(Store& store, std::vector<BlobRoot> roots);

}  // namespace solvent::store
