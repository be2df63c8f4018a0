/// HTTP's name for an error code, and back. Pure.
#pragma once

#include "base/result.h"

namespace solvent::op {

/// After google.rpc.Code's mapping, with 412 for a failed precondition.
int http_status(Code code);
/// The code of a reply without our error body; kUnknown for what is no error.
Code code_of_status(int status);

}  // namespace solvent::op
