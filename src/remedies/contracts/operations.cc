#include "remedies/contracts/service.h"

namespace solvent::remedies::contracts {
namespace {

std::vector<op::OperationSpec> operations() {
  return {
      {.noun = "contract",
       .verb = "set",
       .method = "PUT",
       .path = "/api/contracts/{dataset}",
       .role = op::Role::kEditor,
       .summary = "Declare what a data set means: target, keys, slicing column",
       .examples = {{"solvent contract set hdma --target deny", "deny is what is to be predicted"},
                    {"solvent contract set flights --sliced-by month",
                     "versions of flights are cut by month, so month itself does not drift"}},
       .request = &spec_of<SetRequest>(),
       .result = &spec_of<Contract>(),
       .positional = {"dataset"}},
      {.noun = "contract",
       .verb = "show",
       .method = "GET",
       .path = "/api/contracts/{dataset}",
       .summary = "Show what a data set is declared to mean",
       .examples = {{"solvent contract show hdma", "target, keys and slicing column of hdma"}},
       .request = &spec_of<ShowRequest>(),
       .result = &spec_of<Contract>(),
       .positional = {"dataset"}},
      {.noun = "contract",
       .verb = "list",
       .method = "GET",
       .path = "/api/contracts",
       .summary = "List what the data sets are declared to mean",
       .examples = {{"solvent contract list", "one line a data set"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<ContractList>(),
       .default_verb = true},
  };
}

}  // namespace

extern "C" const char solvent_remedies_contracts_schema_sql[];

const Specs& specs() {
  static const Specs all{.operations = operations(),
                         .migrations = {{.module = "contracts",
                                         .number = 1,
                                         .name = "declared meanings",
                                         .statements = solvent_remedies_contracts_schema_sql}}};
  return all;
}

std::vector<op::Handler> bind(Service& service) {
  return {
      op::handler<SetRequest, Contract>(
          "contract set", [&](const SetRequest& request, const op::Request&,
                              const op::Caller& caller) { return service.set(caller, request); }),
      op::handler<ShowRequest, Contract>(
          "contract show",
          [&](const ShowRequest& request, const op::Request&, const op::Caller& caller) {
            return service.show(caller, request.dataset);
          }),
      op::handler<Empty, ContractList>(
          "contract list",
          [&](const Empty&, const op::Request&, const op::Caller& caller) -> Result<ContractList> {
            return ContractList{TRY(service.list(caller))};
          }),
  };
}

}  // namespace solvent::remedies::contracts
