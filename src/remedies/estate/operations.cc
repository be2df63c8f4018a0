#include "remedies/estate/service.h"

namespace solvent::remedies::estate {

const Specs& specs() {
  static const Specs all{
      .operations = {
          {.noun = "estate",
           .verb = "show",
           .method = "GET",
           .path = "/api/estate",
           .summary = "Count what there is, what nobody owns and what nobody reads",
           .examples = {{"solvent estate", "one line a kind of asset"}},
           .request = &spec_of<Empty>(),
           .result = &spec_of<Overview>(),
           .default_verb = true},
          {.noun = "asset",
           .verb = "remove",
           .method = "POST",
           .path = "/api/assets/{asset}/removal",
           .role = op::Role::kEditor,
           .summary = "Say that an asset is gone, and retire what was owed for it",
           .description = "Nothing is deleted: its history, versions and books stay, and "
                          "declaring it again brings it back.",
           .examples = {{"solvent asset remove scores-2019 --reason 'nobody reads it'",
                         "its debts are retired, not paid"}},
           .request = &spec_of<RemoveRequest>(),
           .result = &spec_of<Removed>(),
           .positional = {"asset"}}}};
  return all;
}

std::vector<op::Handler> bind(Service& service) {
  return {op::handler<Empty, Overview>(
              "estate show", [&](const Empty&, const op::Request&,
                                 const op::Caller& caller) { return service.overview(caller); }),
          op::handler<RemoveRequest, Removed>(
              "asset remove",
              [&](const RemoveRequest& request, const op::Request&, const op::Caller& caller) {
                return service.remove(caller, request);
              })};
}

}  // namespace solvent::remedies::estate
