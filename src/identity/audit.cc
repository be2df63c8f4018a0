#include "identity/audit.h"

namespace solvent::identity {

Result<void> audit_row(sql::Tx& tx, const AuditStamp& stamp, const op::Caller& caller,
                       std::string_view action, std::string_view subject, const Json& detail) {
  TRY(tx.execute(
      "INSERT INTO identity_audit (id, at, principal, action, subject, detail, token, request) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {Bytes(stamp.id.bytes.begin(), stamp.id.bytes.end()), stamp.at, caller.principal,
       std::string(action), std::string(subject), to_text(detail), caller.token_id,
       caller.request_id}));
  return {};
}

}  // namespace solvent::identity
