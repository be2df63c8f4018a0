#include <utility>

#include "identity/state.h"

namespace solvent::identity {

Result<AccessLog> Identity::access_log(const op::Caller& caller, const AccessLogRequest& request) {
  TRY(must_be_admin(caller, "reading the access log"));
  // Ids are UUIDv7: their order is that of time.
  Uuid before;
  before.bytes.fill(0xff);
  if (!request.before.empty()) {
    const auto given = parse_uuid(request.before);
    if (!given)
      return fail(Code::kInvalidArgument, "before is not a cursor of this list",
                  "give the `next` of the page before", "before");
    before = *given;
  }
  const std::int64_t limit =
      std::min<std::int64_t>(std::max<std::int64_t>(request.limit, 1), 1'000);
  std::vector<sql::Value> params = {Bytes(before.bytes.begin(), before.bytes.end()), limit + 1};
  std::string where = "id < $1";
  if (!request.principal.empty()) {
    params.push_back(request.principal);
    where += " AND principal = $3";
  }
  AccessLog log;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    log = {};
    for (const sql::Row& row :
         TRY(tx.query("SELECT id, at, principal, action, subject, detail, token, request "
                      "FROM identity_audit WHERE " +
                          where + " ORDER BY id DESC LIMIT $2",
                      params))) {
      if (std::ssize(log.entries) == limit) {
        log.next = log.entries.back().id;
        break;
      }
      Uuid id;
      ASSERT(row.blob(0).size() == id.bytes.size());
      std::ranges::copy(row.blob(0), id.bytes.begin());
      auto detail = parse_json(row.text(5));
      log.entries.push_back({.id = id.text(),
                             .principal = row.text(2),
                             .action = row.text(3),
                             .subject = row.text(4),
                             .token = row.text(6),
                             .request = row.text(7),
                             .time = row.integer(1),
                             .detail = detail ? *std::move(detail) : Json()});
    }
    return {};
  }));
  return log;
}

}  // namespace solvent::identity
