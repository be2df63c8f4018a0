/// Running what a caller hands in as a unit of work.
#pragma once

#include <functional>
#include <new>
#include <string>

#include "sql/database.h"

namespace solvent::sql {

using Work = std::function<Result<void>(Tx&)>;

/// A throw becomes this unit's error: it must not unwind through the other callers of a group.
inline Result<void> call(const Work& work, Tx& tx) {
  try {
    return work(tx);
  } catch (const std::bad_alloc&) {
    return fail(Code::kResourceExhausted, "out of memory in a unit of work");
  } catch (const std::exception& error) {
    return fail(Code::kInternal, std::string("a unit of work threw: ") + error.what());
  }
}

}  // namespace solvent::sql
