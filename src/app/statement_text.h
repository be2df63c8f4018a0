/// The few results that people read often enough to deserve a layout of their own: the statement,
/// an audit, a debt, a fix. Everything else is rendered from its spec. Pure.
#pragma once

#include <optional>
#include <string>

#include "op/operation.h"
#include "op/render.h"

namespace solvent::app {

/// Nothing when the operation has no layout of its own. `brief` leaves lists of findings out.
Result<std::optional<std::string>> text_of(const op::OperationSpec& spec, const Json& result,
                                           const op::RenderOptions& options, bool brief);

}  // namespace solvent::app
