#include "remedies/estate/service.h"

namespace solvent::remedies::estate {

const Specs& specs() {
  static const Specs all{
      .operations = {{.noun = "estate",
                      .verb = "show",
                      .method = "GET",
                      .path = "/api/estate",
                      .summary = "Count what there is, what nobody owns and what nobody reads",
                      .examples = {{"solvent estate", "one line a kind of asset"}},
                      .request = &spec_of<Empty>(),
                      .result = &spec_of<Overview>(),
                      .default_verb = true}}};
  return all;
}

std::vector<op::Handler> bind(Service& service) {
  return {op::handler<Empty, Overview>(
      "estate show", [&](const Empty&, const op::Request&, const op::Caller& caller) {
        return service.overview(caller);
      })};
}

}  // namespace solvent::remedies::estate
