/// The audit log: one row for every write, in the transaction of that write. Functions of a Tx.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "op/caller.h"
#include "sql/database.h"

namespace solvent::identity {

/// Drawn outside the unit of work, which may run more than once.
struct AuditStamp {
  Uuid id{};
  TimeUs at = 0;
};
inline AuditStamp audit_stamp(Clock& clock, Random& random) {
  return {make_uuid(clock, random), clock.now()};
}

/// Who (the caller) did what (`action`: "debt accept") to what (`subject`), with `detail`. No
/// secrets and no personal data in any of them.
Result<void> audit_row(sql::Tx& tx, const AuditStamp& stamp, const op::Caller& caller,
                       std::string_view action, std::string_view subject, const Json& detail);

}  // namespace solvent::identity
