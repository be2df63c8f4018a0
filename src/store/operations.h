/// What people do to the store itself: `store verify`, `store collect`, `store stat`.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "op/operation.h"
#include "store/store.h"

namespace solvent::store {

/// Static data; part of specs().
std::vector<op::OperationSpec> operation_specs();

/// Writes the access log's row in the transaction of a write: who did what to which.
using AuditFn = std::function<Result<void>(sql::Tx&, const op::Caller&, std::string_view action,
                                           std::string_view subject)>;

/// `store` outlives the handlers. `roots` are what the other modules still need: without every
/// module's root, collection would drop what is needed.
std::vector<op::Handler> bind(Store& store, std::vector<BlobRoot> roots, AuditFn audit);

}  // namespace solvent::store
