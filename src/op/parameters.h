/// Parameters as text, from a command line or a query string, to JSON by the request's spec. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/describe.h"

namespace solvent::op {

/// One value of the field (one item, for a list). Times also as 2026-11-24, labour also as "45 min"
/// or "3.5h", texts as they are, JSON and objects as JSON text. A path becomes {"given", "root"}
/// with `directory` in front of a relative one; an empty `directory` leaves it as typed.
Result<Json> value_from_text(const FieldSpec& field, std::string_view text,
                             std::string_view directory = {});

/// Names to values; a list's name may come again. kInvalidArgument names the field, and the nearest
/// one for an unknown name. Does not look for what is missing: validate does.
Result<Json> params_from_texts(const StructSpec& spec,
                               std::span<const std::pair<std::string, std::string>> texts);

/// The error with every local file and tree of `params` named as it was given: the place where a
/// handler reads it, perhaps a server's upload, tells nobody anything.
Error named_as_given(Error error, const Json& params, const StructSpec& spec);

}  // namespace solvent::op
