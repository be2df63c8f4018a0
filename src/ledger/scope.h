/// What of the books a caller may see: the debts of assets that its scopes name, by the catalog's
/// rule (globs over "namespace/name"). Totals, trends and acts go by it too; what lies outside
/// answers exactly like what is not there. Thread-compatible value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/sight.h"
#include "ledger/ledger.h"

namespace solvent::ledger {

/// Debts of this asset are about other assets, which their subjects name: "name" in the namespace
/// kNamespace, "namespace/name" in another.
inline constexpr std::string_view kEstateAsset = "estate";
/// Where the assets of audits live.
inline constexpr std::string_view kNamespace = "workspace";

class Scope {
 public:
  explicit Scope(const op::Caller& caller) : sight_(caller) {}

  bool all() const { return sight_.all(); }
  /// Everything of an asset. What is said about the estate as a whole is for callers without limit.
  bool sees_asset(std::string_view asset) const;
  bool sees(std::string_view asset, std::string_view check, std::string_view subject) const;
  bool sees(const KnownDebt& debt) const { return sees(debt.asset, debt.check, debt.subject); }

  /// A condition over rows of debts, named `d`, that holds for those that are seen; its parameters
  /// are appended to `values`, which holds those before it. kResourceExhausted when more than
  /// `names_max` names would have to be listed.
  Result<std::string> condition(sql::Tx& tx, std::vector<sql::Value>& values,
                                std::int64_t names_max) const;

 private:
  bool sees_path(std::string_view name) const;
  catalog::Sight sight_;
};

/// The debt, or kNotFound as for none when the caller may not see it.
Result<KnownDebt> load_debt(sql::Tx& tx, const Scope& scope, std::int64_t number);

/// kPermissionDenied to callers who see a part only: for answers about the whole workspace.
Result<void> must_see_all(const op::Caller& caller, std::string_view what);

}  // namespace solvent::ledger
