#include "identity/people.h"

#include "identity/state.h"

namespace solvent::identity {
namespace {

constexpr std::string_view kPerson = "person:";

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
  PersonForgotten forgotten;
  TRY(state_->database.write([&](sql::Tx& tx) -> Result<void> {
    const auto reference = TRY(find_person(tx, request.name));
    if (!reference)
      return fail(Code::kNotFound, "no owner of assets is known by this name: " + request.name,
                  "solvent asset list shows owners; principals go with solvent principal remove",
                  "name");
    forgotten.reference = *reference;
    if (request.dry_run) return {};
    TRY(tx.execute("DELETE FROM identity_people WHERE name = $1", {request.name}));
    // The log of acts must not keep what is forgotten.
    return audit_row(tx, stamp, caller, "person forget", *reference, JsonObject());
  }));
  return forgotten;
}

}  // namespace solvent::identity
