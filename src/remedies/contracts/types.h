/// Words of the contracts remedy: what a data set is declared to mean. Described structs, values.
#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::remedies::contracts {

/// Declared by people, read by every check of data.
struct Contract {
  std::string dataset;
  std::string target;
  std::string sliced_by;
  std::vector<std::string> keys;
  TimeUs changed = 0;
  static constexpr std::string_view kName = "Contract";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
    v.field("target", target, "column to be predicted; empty when none is declared",
            {.optional = true});
    v.field("sliced_by", sliced_by, "column by which versions are cut", {.optional = true});
    v.field("keys", keys, "columns that together identify a row");
    v.field("changed", changed, "last declaration", {.unit = Unit::kTime});
  }
};

struct SetRequest {
  std::string dataset;
  std::optional<std::string> target, sliced_by;
  std::vector<std::string> keys;
  static constexpr std::string_view kName = "ContractSetRequest";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
    v.field("target", target, "column to be predicted; \"\" takes it back");
    v.field("sliced_by", sliced_by, "column by which versions are cut; \"\" takes it back");
    v.field("keys", keys, "columns that together identify a row; kept when not given");
  }
};

struct ShowRequest {
  std::string dataset;
  static constexpr std::string_view kName = "ContractShowRequest";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
  }
};

struct ContractList {
  std::vector<Contract> contracts;
  static constexpr std::string_view kName = "ContractList";
  template <class V>
  void describe(V& v) {
    v.field("contracts", contracts, "one a data set");
  }
};

}  // namespace solvent::remedies::contracts
