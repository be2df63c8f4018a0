/// Joins a scan to a profile: the one place where rows become a TableProfile. Thread-compatible.
#pragma once

#include "base/threads.h"
#include "profile/profile.h"
#include "table/table.h"

namespace solvent::audit {

/// Profiles every column of a table in one scan.
Result<profile::TableProfile> profile_table(table::Table& table, const profile::Limits& limits = {},
                                            const CancelToken* cancel = nullptr);

}  // namespace solvent::audit
