#include "remedies/contracts/service.h"

namespace solvent::remedies::contracts {
namespace {

constexpr std::string_view kSelect =
    "SELECT dataset, target, sliced_by, keys, changed FROM contracts_contract WHERE asset_id = $1";

Result<Contract> contract_of(const sql::Row& row) {
  Contract contract{.dataset = row.text(0), .target = row.text(1), .sliced_by = row.text(2)};
  const auto keys = TRY(parse_json(row.text(3)));
  for (const auto& key : keys.array()) contract.keys.push_back(key.string());
  contract.changed = row.integer(4);
  return contract;
}

Result<Contract> read(sql::Tx& tx, const std::string& asset_id, const std::string& dataset) {
  const auto rows = TRY(tx.query(kSelect, {asset_id}));
  if (rows.empty()) return Contract{.dataset = dataset};
  return contract_of(rows.front());
}

}  // namespace

Service::Service(sql::Database& database, catalog::Catalog& catalog, Clock& clock)
    : database_(database), catalog_(catalog), clock_(clock) {}

Result<Contract> Service::set(const op::Caller& caller, const SetRequest& request) {
  const auto asset = TRY(catalog_.asset(caller, request.dataset));
  const catalog::Deed deed{.action = "contract set",
                           .subject = asset.name_space + "/" + asset.name};
  Contract contract;
  TRY(database_.write([&](sql::Tx& tx) -> Result<void> {
    contract = TRY(read(tx, asset.id, asset.name));
    if (request.target) contract.target = *request.target;
    if (request.sliced_by) contract.sliced_by = *request.sliced_by;
    if (!request.keys.empty()) contract.keys = request.keys;
    contract.changed = clock_.now();
    TRY(
        tx.execute("INSERT INTO contracts_contract (asset_id, dataset, target, sliced_by, keys, "
                   "changed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (asset_id) DO UPDATE SET "
                   "dataset = excluded.dataset, target = excluded.target, sliced_by = "
                   "excluded.sliced_by, keys = excluded.keys, changed = excluded.changed",
                   {asset.id, contract.dataset, contract.target, contract.sliced_by,
                    to_text(to_json(contract.keys)), contract.changed}));
    Json body = to_json(contract);
    body.set("asset_id", asset.id);
    const catalog::Event event =
        catalog_.make_event("contract.declared", body, "solvent contract set");
    TRY(catalog_.append(tx, caller, std::span(&event, 1), deed));
    return {};
  }));
  return contract;
}

Result<Contract> Service::show(const op::Caller& caller, const std::string& dataset) {
  const auto asset = TRY(catalog_.asset(caller, dataset));
  Contract contract;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    contract = TRY(read(tx, asset.id, asset.name));
    return {};
  }));
  return contract;
}

Result<std::vector<Contract>> Service::list(const op::Caller& caller) {
  std::vector<Contract> contracts;
  catalog::AssetQuery query{.kind = "dataset", .limit = 1000};
  do {
    const auto page = TRY(catalog_.assets(caller, query));
    TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
      for (const auto& asset : page.assets)
        contracts.push_back(TRY(read(tx, asset.id, asset.name)));
      return {};
    }));
    query.after = page.next;
  } while (!query.after.empty());
  return contracts;
}

Result<check::DataMeaning> Service::meaning(const std::string& asset_id,
                                            const std::string& dataset) {
  Contract contract;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    contract = TRY(read(tx, asset_id, dataset));
    return {};
  }));
  return check::DataMeaning{.dataset = dataset,
                            .target = contract.target,
                            .sliced_by = contract.sliced_by,
                            .keys = contract.keys};
}

}  // namespace solvent::remedies::contracts
