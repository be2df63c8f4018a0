/// A small invented estate of operations, for the tests of this folder.
#pragma once

#include "op/registry.h"

namespace solvent::op::sample {

struct Cargo {
  std::string name;
  std::int64_t kilos = 0;
  static constexpr std::string_view kName = "Cargo";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "what it is");
    v.field("kilos", kilos, "weight", {.min = 0});
  }
};

struct ListRequest {
  std::string port;
  std::int64_t limit = 50;
  bool late = false;
  std::optional<std::int64_t> since;
  std::vector<std::string> tags;
  static constexpr std::string_view kName = "ShipListRequest";
  template <class V>
  void describe(V& v) {
    v.field("port", port, "only ships in this port",
            {.choices = {"Oslo", "Genoa"}, .optional = true});
    v.field("limit", limit, "rows a page", {.min = 1, .max = 100});
    v.field("late", late, "only late ones");
    v.field("since", since, "arrived after this", {.unit = Unit::kTime});
    v.field("tags", tags, "with all of these tags");
  }
};

struct ShipRow {
  std::string name, owner;
  std::int64_t tons = 0, arrived = 0, price = 0;
  double full = 0;
  template <class V>
  void describe(V& v) {
    v.field("name", name, "");
    v.field("tons", tons, "");
    v.field("arrived", arrived, "", {.unit = Unit::kTime});
    v.field("full", full, "", {.unit = Unit::kRatio});
    v.field("price", price, "", {.unit = Unit::kMoneyMinor});
    v.field("owner", owner, "", {.wide = true});
  }
};

struct ShipList {
  std::int64_t total = 0;
  std::string currency;
  std::vector<ShipRow> ships;
  static constexpr std::string_view kName = "ShipList";
  template <class V>
  void describe(V& v) {
    v.field("total", total, "how many there are");
    v.field("currency", currency, "of prices");
    v.field("ships", ships, "");
  }
};

struct LoadRequest {
  std::string ship_name;
  Cargo cargo;
  bool dry_run = false;
  std::optional<double> insured_share;
  static constexpr std::string_view kName = "LoadRequest";
  template <class V>
  void describe(V& v) {
    v.field("ship_name", ship_name, "the ship");
    v.field("cargo", cargo, "what to load");
    v.field("dry_run", dry_run, "only say what would be done");
    v.field("insured_share", insured_share, "share insured",
            {.unit = Unit::kRatio, .min = 0, .max = 1});
  }
};

struct PlanRequest {
  LocalFile file;
  std::vector<std::string> stops;
  template <class V>
  void describe(V& v) {
    v.field("file", file, "the plan");
    v.field("stops", stops, "ports on the way");
  }
};

inline std::vector<OperationSpec> specs() {
  return {
      {.noun = "ship",
       .verb = "list",
       .method = "GET",
       .path = "/api/ships",
       .summary = "List ships",
       .examples = {{"solvent ship list --port Oslo", "those in Oslo"}},
       .request = &spec_of<ListRequest>(),
       .result = &spec_of<ShipList>(),
       .default_verb = true},
      {.noun = "ship",
       .verb = "load",
       .method = "POST",
       .path = "/api/ships/{ship_name}/load",
       .role = Role::kEditor,
       .summary = "Load cargo",
       .description = "Checks the weight first.",
       .examples = {{"solvent ship load Ada --cargo '{\"name\":\"tea\"}'", "load tea"}},
       .request = &spec_of<LoadRequest>(),
       .result = &spec_of<Cargo>(),
       .positional = {"ship_name"},
       .destructive = true},
      {.noun = "route",
       .verb = "plan",
       .method = "POST",
       .path = "/api/routes",
       .role = Role::kEditor,
       .summary = "Plan a route",
       .examples = {{"solvent route plan map.csv Oslo Genoa", "from Oslo to Genoa"}},
       .request = &spec_of<PlanRequest>(),
       .result = &spec_of<Empty>(),
       .positional = {"file", "stops"}},
  };
}

inline std::vector<Handler> handlers() {
  return {
      handler<ListRequest, ShipList>(
          "ship list",
          [](const ListRequest& request, const Request&, const Caller&) -> Result<ShipList> {
            return ShipList{.total = request.limit, .currency = "EUR", .ships = {}};
          }),
      handler<LoadRequest, Cargo>("ship load",
                                  [](const LoadRequest& request, const Request&,
                                     const Caller&) -> Result<Cargo> { return request.cargo; }),
      handler<PlanRequest, Empty>("route plan",
                                  [](const PlanRequest&, const Request&,
                                     const Caller&) -> Result<Empty> { return Empty{}; }),
  };
}

inline Operations operations() {
  return MUST(Operations::create(specs(), handlers()));
}

}  // namespace solvent::op::sample
