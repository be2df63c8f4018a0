/// JSON Schema (2020-12) of described structs. Pure.
#pragma once

#include "base/describe.h"

namespace solvent::op {

/// A request says what is accepted; a result says what may come.
enum class Direction : std::uint8_t { kRequest, kResult };

Json schema_of(const StructSpec& spec, Direction direction);
Json schema_of(const FieldSpec& field, Direction direction);

}  // namespace solvent::op
