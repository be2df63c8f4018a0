#include "identity/people.h"

#include "identity/state.h"

namespace solvent::identity {
namespace {

constexpr std::string_view kPerson = "person:";

/// How an act's detail says who owns something from then on.
std::string owner_member(const std::string& name) {
  return "\"owner\":" + to_text(Json(name));
}

}  // namespace

Result<std::optional<std::string>> find_person(sql::Tx& tx, const std::string& name) {
  const auto rows = TRY(tx.query("SELECT reference FROM identity_people WHERE name = $1", {name}));
  return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
}

Result<std::string> person_of(sql::Tx& tx, const std::string& name, const Uuid& fresh) {
  const std::string reference = std::string(kPerson) + fresh.text();
  TRY(tx.execute(
      "INSERT INTO identity_people (name, reference) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      {name, reference}));
  return TRY(find_person(tx, name)).value_or(reference);
}

Result<std::string> person_name(sql::Tx& tx, const std::string& reference) {
  if (!reference.starts_with(kPerson)) return reference;
  const auto rows =
      TRY(tx.query("SELECT name FROM identity_people WHERE reference = $1", {reference}));
  return rows.empty() ? reference : rows[0].text(0);
}

Result<PersonForgotten> Identity::forget_person(const op::Caller& caller,
                                                const PersonForget& request) {
  TRY(must_be_admin(caller, "forgetting a person"));
  const AuditStamp stamp = audit_stamp(state_->clock, state_->random);
  const std::string fresh = std::string(kPerson) + make_uuid(state_->clock, state_->random).text();
  PersonForgotten forgotten;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    const auto reference = TRY(find_person(tx, request.name));
    bool known = reference.has_value();
    for (const PersonKeeper& keeper : state_->keepers)
      known = known || TRY(keeper.knows(tx, request.name));
    if (!known)
      return fail(Code::kNotFound, "no owner is known by this name: " + request.name,
                  "solvent asset list and solvent debt list show owners; principals go with "
                  "solvent principal remove",
                  "name");
    forgotten.reference = reference.value_or(fresh);
    if (request.dry_run) return {};
    TRY(tx.execute("DELETE FROM identity_people WHERE name = $1", {request.name}));
    for (const PersonKeeper& keeper : state_->keepers)
      TRY(keeper.forget(tx, request.name, forgotten.reference));
    // The log of acts must not keep what is forgotten.
    TRY(
        tx.execute("UPDATE identity_audit SET detail = REPLACE(detail, $1, $2) "
                   "WHERE REPLACE(detail, $1, '') <> detail",
                   {owner_member(request.name), owner_member(forgotten.reference)}));
    return audit_row(tx, stamp, caller, "person forget", forgotten.reference, JsonObject());
  }));
  return forgotten;
}

}  // namespace solvent::identity
