#include "remedies/estate/service.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/event_types.h"

namespace solvent::remedies::estate {

Result<Overview> Service::overview(const op::Caller& caller) {
  Overview overview;
  catalog::AssetQuery query{.limit = 1000};
  do {
    const auto page = TRY(catalog_.assets(caller, query));
    for (const auto& asset : page.assets) {
      auto row = std::ranges::find(overview.kinds, asset.kind, &KindRow::kind);
      if (row == overview.kinds.end())
        row = overview.kinds.insert(overview.kinds.end(), KindRow{.kind = asset.kind});
      ++row->assets;
      row->unowned += asset.owner.empty() ? 1 : 0;
      row->unread += asset.last_read_at == 0 ? 1 : 0;
      row->versions += asset.versions;
      ++overview.assets;
      overview.unowned += asset.owner.empty() ? 1 : 0;
    }
    query.after = page.next;
  } while (!query.after.empty());
  std::ranges::stable_sort(overview.kinds, std::ranges::greater(), &KindRow::assets);
  return overview;
}

/// The books know assets by name; what another one of that name owes stays.
Result<bool> Service::is_only_one(const catalog::Asset& asset) {
  catalog::AssetQuery query{.text = asset.name, .limit = 1000};
  do {
    const auto page = TRY(catalog_.assets(op::local_owner(), query));
    for (const auto& other : page.assets)
      if (other.name == asset.name && other.id != asset.id) return false;
    query.after = page.next;
  } while (!query.after.empty());
  return true;
}

Result<Removed> Service::remove(const op::Caller& caller, const RemoveRequest& request) {
  const auto asset = TRY(catalog_.asset(caller, request.asset));
  if (asset.removed != 0)
    return fail(Code::kNotFound, "this asset is gone already: " + asset.name,
                "solvent asset list --removed shows what is", "asset");
  if (trim(request.reason).empty())
    return fail(Code::kInvalidArgument, "an asset is removed for a reason", "say it with --reason",
                "reason");
  const catalog::AssetRemoved body{.asset = {.id = asset.id, .name_space = {}, .name = {}},
                                   .reason = request.reason};
  const catalog::Event event = catalog_.make_event(std::string(catalog::AssetRemoved::kType),
                                                   to_json(body), "solvent asset remove");
  Removed out{.asset = asset.name, .kind = asset.kind};
  const bool alone = TRY(is_only_one(asset));
  const catalog::Deed deed{.action = "asset remove",
                           .subject = asset.name_space + "/" + asset.name};
  TRY(database_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(catalog_.append(tx, caller, std::span(&event, 1), deed));
    const auto own = TRY(ledger_.known_debts(tx, asset.name));
    const auto estate = TRY(ledger_.known_debts(tx, "estate"));
    std::vector<ledger::News> news;
    const auto retire = [&](const ledger::KnownDebt& debt) {
      if (ledger::is_owed(debt.state))
        news.push_back({.what = ledger::News::What::kRetired,
                        .known = &debt,
                        .reason = "its asset was removed: " + request.reason});
    };
    for (const auto& debt : own)
      if (alone) retire(debt);
    for (const auto& debt : estate)
      if ((alone && debt.subject == asset.name) ||
          debt.subject == asset.name_space + "/" + asset.name)
        retire(debt);
    const auto booked = TRY(ledger_.book(tx, {.effective_at = clock_.now(),
                                              .actor = caller.principal,
                                              .source = "asset remove " + asset.name,
                                              .news = news,
                                              .looked_at = {}}));
    out.retired = booked.retired;
    return {};
  }));
  return out;
}

}  // namespace solvent::remedies::estate
