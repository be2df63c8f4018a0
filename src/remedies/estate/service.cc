#include "remedies/estate/service.h"

#include <algorithm>

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

}  // namespace solvent::remedies::estate
