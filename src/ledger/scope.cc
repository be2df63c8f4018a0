#include "ledger/scope.h"

#include "ledger/rows.h"

namespace solvent::ledger {
namespace {

constexpr std::string_view kEstateChecks = "estate/";

bool is_of_estate(std::string_view asset, std::string_view check) {
  return asset == kEstateAsset && check.starts_with(kEstateChecks);
}

/// "($3, $4)", the values appended.
std::string list_of(const std::vector<std::string>& names, std::vector<sql::Value>& values) {
  std::string list;
  for (const std::string& name : names) {
    values.emplace_back(name);
    list += (list.empty() ? "($" : ", $") + std::to_string(values.size());
  }
  return list + ")";
}

}  // namespace

bool Scope::sees_path(std::string_view name) const {
  return sight_.sees({std::string(kNamespace), std::string(name)});
}

bool Scope::sees_asset(std::string_view asset) const {
  return all() || (asset != kEstateAsset && sees_path(asset));
}

bool Scope::sees(std::string_view asset, std::string_view check, std::string_view subject) const {
  if (all()) return true;
  if (!is_of_estate(asset, check)) return sees_path(asset);
  const auto slash = subject.rfind('/');
  if (slash == std::string_view::npos) return sees_path(subject);
  return sight_.sees(
      {std::string(subject.substr(0, slash)), std::string(subject.substr(slash + 1))});
}

Result<std::string> Scope::condition(sql::Tx& tx, std::vector<sql::Value>& values,
                                     std::int64_t names_max) const {
  if (all()) return std::string("d.num > 0");
  std::vector<std::string> assets, subjects;
  for (const auto& row : TRY(tx.query("SELECT DISTINCT asset FROM ledger_debt"))) {
    if (sees_path(row.text(0))) assets.push_back(row.text(0));
  }
  for (const auto& row :
       TRY(tx.query("SELECT check_id, subject FROM ledger_debt WHERE asset = $1 "
                    "UNION SELECT check_id, subject FROM ledger_debt_past WHERE asset = $1",
                    {std::string(kEstateAsset)}))) {
    if (is_of_estate(kEstateAsset, row.text(0)) && sees(kEstateAsset, row.text(0), row.text(1)))
      subjects.push_back(row.text(1));
  }
  if (static_cast<std::int64_t>(assets.size() + subjects.size()) > names_max) {
    return fail(Code::kResourceExhausted,
                "more assets lie in these scopes than ledger.scope_names_max allows: " +
                    std::to_string(assets.size() + subjects.size()),
                "use a token of narrower scopes, or one without limits", "scopes");
  }
  const std::string estate =
      "(d.asset = '" + std::string(kEstateAsset) + "' AND d.check_id LIKE 'estate/%')";
  std::string seen = "1 = 0";
  if (!assets.empty())
    seen += " OR (d.asset IN " + list_of(assets, values) + " AND NOT " + estate + ")";
  if (!subjects.empty())
    seen += " OR (" + estate + " AND d.subject IN " + list_of(subjects, values) + ")";
  return "(" + seen + ")";
}

Result<KnownDebt> load_debt(sql::Tx& tx, const Scope& scope, std::int64_t number) {
  auto debt = load_debt(tx, number);
  if (debt && !scope.sees(*debt)) return no_such_debt(number);
  return debt;
}

Result<void> must_see_all(const op::Caller& caller, std::string_view what) {
  if (Scope(caller).all()) return {};
  return fail(Code::kPermissionDenied,
              std::string(what) + " is about the whole workspace, and your scopes are a part of it",
              "use a token whose scopes are *", caller.principal);
}

}  // namespace solvent::ledger
