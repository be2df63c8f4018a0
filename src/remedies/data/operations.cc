#include "remedies/data/service.h"

namespace solvent::remedies::data {
namespace {

std::vector<op::OperationSpec> operations() {
  return {
      {.noun = "data",
       .verb = "put",
       .method = "POST",
       .path = "/api/data",
       .role = op::Role::kEditor,
       .summary = "Version a data file and profile it",
       .description = "Stores the bytes once, whatever the number of versions; the same file and "
                      "slice put again is the same version.",
       .examples = {{"solvent data put Hdma.csv --name hdma", "version the whole file"},
                    {"solvent data put flights.csv --name flights --slice month=1",
                     "version January's rows of it"}},
       .request = &spec_of<PutRequest>(),
       .result = &spec_of<PutResult>(),
       .positional = {"file"},
       .progress = true},
      {.noun = "data",
       .verb = "show",
       .method = "GET",
       .path = "/api/data/{dataset}",
       .summary = "Show one version's profile, column by column",
       .examples = {{"solvent data show hdma", "the newest version"},
                    {"solvent data show flights --version month=7", "July's rows"}},
       .request = &spec_of<ShowRequest>(),
       .result = &spec_of<DatasetView>(),
       .positional = {"dataset"}},
      {.noun = "data",
       .verb = "list",
       .method = "GET",
       .path = "/api/data",
       .summary = "List the versions of every data set",
       .examples = {{"solvent data list", "one line a version"}},
       .request = &spec_of<Empty>(),
       .result = &spec_of<VersionList>(),
       .default_verb = true},
      {.noun = "data",
       .verb = "get",
       .method = "GET",
       .path = "/api/data/{dataset}/content",
       .summary = "Write what a version holds to a file",
       .description =
           "A whole file comes byte for byte; of a slice come its rows, with the header, "
           "in the file's format.",
       .examples = {{"solvent data get hdma --output Hdma.csv", "the newest version's file"},
                    {"solvent data get flights --version month=7 --output july.csv",
                     "July's rows"}},
       .request = &spec_of<GetRequest>(),
       .result = &spec_of<Empty>(),
       .positional = {"dataset"}},
      {.noun = "data",
       .verb = "compare",
       .method = "GET",
       .path = "/api/data/{dataset}/compare",
       .summary = "Compare two versions: effect sizes with intervals",
       .examples = {{"solvent data compare flights month=1 month=7", "January against July"}},
       .request = &spec_of<CompareRequest>(),
       .result = &spec_of<Comparison>(),
       .positional = {"dataset", "before", "after"}},
  };
}

}  // namespace

extern "C" const char solvent_remedies_data_schema_sql[];

const Specs& specs() {
  static const Specs all{.operations = operations(),
                         .migrations = {{.module = "data",
                                         .number = 1,
                                         .name = "versions and profiles",
                                         .statements = solvent_remedies_data_schema_sql}}};
  return all;
}

std::vector<op::Handler> bind(Service& service) {
  return {
      op::handler<PutRequest, PutResult>(
          "data put",
          [&](const PutRequest& request, const op::Request& progress, const op::Caller& caller) {
            return service.put(caller, request, progress);
          }),
      op::handler<ShowRequest, DatasetView>(
          "data show", [&](const ShowRequest& request, const op::Request&,
                           const op::Caller& caller) { return service.show(caller, request); }),
      op::handler<Empty, VersionList>(
          "data list",
          [&](const Empty&, const op::Request&, const op::Caller& caller) -> Result<VersionList> {
            VersionList list;
            for (const auto& version : TRY(service.versions(caller)))
              list.versions.push_back({.asset = version.asset,
                                       .version = version.digest,
                                       .slice = version.slice,
                                       .rows = version.rows,
                                       .size = version.size,
                                       .created = version.created});
            return list;
          }),
      {.id = "data get",
       .call = [&](const op::Request& request, const op::Caller& caller) -> Result<op::Reply> {
         return op::Reply(TRY(service.get(caller, TRY(from_json<GetRequest>(request.params)))));
       }},
      op::handler<CompareRequest, Comparison>(
          "data compare",
          [&](const CompareRequest& request, const op::Request&, const op::Caller& caller) {
            return service.compare(caller, request);
          }),
  };
}

}  // namespace solvent::remedies::data
