#include "audit/exposure.h"

#include <algorithm>

namespace solvent::audit {
namespace {

Result<std::set<std::string>> ids_of_kind(catalog::Catalog& catalog, const std::string& kind,
                                          const CancelToken& cancel) {
  std::set<std::string> ids;
  catalog::AssetQuery query{.kind = kind, .limit = 1'000};
  do {
    TRY(cancel.check());
    const auto page = TRY(catalog.assets(op::local_owner(), query));
    for (const auto& asset : page.assets) ids.insert(asset.id);
    query.after = page.next;
  } while (!query.after.empty());
  return ids;
}

}  // namespace

Result<std::map<std::string, std::int64_t>> exposures(catalog::Catalog* catalog,
                                                      const std::set<std::string>& names,
                                                      const CancelToken& cancel) {
  std::map<std::string, std::int64_t> out;
  for (const auto& name : names) out[name] = 1;
  if (catalog == nullptr || names.empty()) return out;
  const auto endpoints = TRY(ids_of_kind(*catalog, "endpoint", cancel));
  if (endpoints.empty()) return out;
  const auto models = TRY(ids_of_kind(*catalog, "model", cancel));
  for (auto& [name, live] : out) {
    TRY(cancel.check());
    const auto asset = catalog->asset(op::local_owner(), name);
    if (!asset) continue;
    const auto graph =
        TRY(catalog->graph(op::local_owner(), {.root = asset->id,
                                               .depth_max = 1'000,
                                               .nodes_max = 100'000}));  // the catalog's own limits
    std::set<std::string> served;
    for (const auto& edge : graph.edges)
      if (endpoints.contains(edge.consumer_id) && models.contains(edge.producer_id))
        served.insert(edge.producer_id);
    live = std::max<std::int64_t>(1, static_cast<std::int64_t>(served.size()));
  }
  return out;
}

}  // namespace solvent::audit
