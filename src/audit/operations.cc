/// The audit's operations, tables and settings.

#include "audit/audit.h"
#include "audit/roots.h"
#include "audit/task.h"
#include "base/text.h"
#include "ledger/price.h"

extern "C" const char solvent_audit_schema_sql[];

namespace solvent::audit {
namespace {

CheckView view_of(const check::CheckSpec& spec) {
  Json parameters{JsonObject{}};
  for (const auto& parameter : spec.parameters) {
    parameters.set(parameter.name,
                   JsonObject{{"default", parameter.default_value}, {"doc", parameter.doc}});
  }
  return {.id = spec.id,
          .title = spec.title,
          .question = spec.question,
          .kind = spec.debt_kind,
          .input = std::string(check::input_kind_name(spec.input)),
          .source = spec.source,
          .advice = spec.advice,
          .fix = spec.fix,
          .prior_source = spec.prior_source,
          .version = spec.version,
          .principal = ledger::principal_price(spec, 1, 1),
          .interest = ledger::interest_price(spec, 1),
          .precision = spec.precision,
          .precision_n = spec.precision_n,
          .standing = std::string(check::standing_name(spec.standing)),
          .parameters = std::move(parameters)};
}

std::vector<op::OperationSpec> operations() {
  return {
      {.noun = "audit",
       .verb = "run",
       .method = "POST",
       .path = "/api/audits",
       .role = op::Role::kEditor,
       .summary = "Look at code, data and the estate, and book what is found",
       .description =
           "A debt is paid when the check that found it looks again and no longer finds it; "
           "retired when its subject is gone; otherwise it stays open. Without a workspace "
           "nothing is written. On a server it is a task: it goes on when you leave "
           "(solvent task list), survives a restart, and can be cancelled.",
       .examples = {{"solvent audit .", "this project"},
                    {"solvent audit . --datasets hdma --compare flights@month=1..month=7 --graph",
                     "code, data, a pair of versions and the estate in one go"},
                    {"solvent audit . --checks 'code/*' --dry_run", "only look"}},
       .request = &spec_of<AuditRequest>(),
       .result = &spec_of<AuditReport>(),
       .positional = {"trees"},
       .default_verb = true,
       .progress = true},
      {.noun = "audit",
       .verb = "list",
       .method = "GET",
       .path = "/api/audits",
       .summary = "List audits, newest first",
       .examples = {{"solvent audit list", "when, what, and what came of it"}},
       .request = &spec_of<AuditListQuery>(),
       .result = &spec_of<AuditPage>()},
      {.noun = "audit",
       .verb = "show",
       .method = "GET",
       .path = "/api/audits/{id}",
       .summary = "Show one audit's report as it was",
       .examples = {{"solvent audit show latest", "the newest"}},
       .request = &spec_of<AuditShowRequest>(),
       .result = &spec_of<AuditReport>(),
       .positional = {"id"}},
      {.noun = "check",
       .verb = "list",
       .method = "GET",
       .path = "/api/checks",
       .summary = "List every check with its question and price",
       .examples = {{"solvent check", "one line a check"}},
       .request = &spec_of<ledger::Nothing>(),
       .result = &spec_of<CheckList>(),
       .default_verb = true},
      {.noun = "check",
       .verb = "show",
       .method = "GET",
       .path = "/api/check",  // an id has a slash, which no path may carry encoded
       .summary = "Show one check: question, source, price, fix, parameters",
       .examples = {{"solvent check show code/unpinned-dependencies", "everything about it"}},
       .request = &spec_of<CheckShowRequest>(),
       .result = &spec_of<CheckView>(),
       .positional = {"id"}},
  };
}

std::vector<Setting> settings() {
  using enum SettingType;
  return {
      {.key = "owners",
       .type = kMap,
       .default_value = JsonObject{},
       .doc = "who owns what: glob over asset names and paths to a team; the longest glob wins"},
      {.key = "parameters",
       .type = kMap,
       .default_value = JsonObject{},
       .doc = "parameters of checks, as in \"code/unpinned-dependencies.limit\" = \"10\""},
      {.key = "audit.checks_off",
       .type = kList,
       .default_value = JsonArray{},
       .doc = "checks that do not run: ids or globs, as in code/* (their debts become stale)"},
      integer_setting("audit.threads", 2, 1, 256, "checks that run at once"),
      integer_setting("audit.files_max", 200'000, 1, 1e8,
                      "files of a source tree; larger trees are refused"),
      integer_setting("audit.file_bytes_max", 4 << 20, 1, 1e9,
                      "bytes of a source file that checks may read"),
      integer_setting("audit.depth_max", 64, 1, 1'000, "folders below each other that are entered"),
      integer_setting(
          "audit.files_per_s", 0, 0, 1e6,
          "source files that an audit looks at in a second, each check's look counted, so that "
          "it leaves disk and processor to others; 0: as many as it can"),
      integer_setting("audit.git_commits_max", 500, 0, 1e6,
                      "newest commits that tell who works on a file"),
      integer_setting("audit.blames_max", 200, 0, 1e6,
                      "lines of a tree whose last author is looked up to name an owner"),
      integer_setting("audit.findings_max", 200'000, 1, 1e7,
                      "findings of one check on one asset; more is a failed check"),
  };
}

/// What an audit tells, and when it exits with 1.
std::vector<Setting> report_settings() {
  using enum SettingType;
  return {
      integer_setting("audit.findings_shown", 1'000, 0, 1e5,
                      "findings kept in an audit's report; more are counted"),
      integer_setting("audit.debts_shown", 500, 0, 1e5,
                      "debts kept in an audit's report; more are counted"),
      integer_setting(
          "policy.new_debts_max", -1, -1, 1e9,
          "debts that an audit may find new or relapsed; more and it exits with 1; -1: any"),
      {.key = "policy.interest_hours_max",
       .type = kNumber,
       .default_value = -1.0,
       .doc =
           "hours a month that open debts of what was audited may cost, those accepted left out; "
           "more and it exits with 1; -1: any",
       .min = -1,
       .max = 1e9},
  };
}

Result<CheckView> show_check(const check::Registry& registry, const std::string& id) {
  if (const check::Check* check = registry.find(id)) return view_of(check->spec);
  std::vector<std::string> ids;
  for (const auto& check : registry.all()) ids.push_back(check.spec.id);
  const auto near = nearest(id, ids);
  return fail(Code::kNotFound, "no such check: " + sanitize_utf8(id),
              near ? "did you mean " + *near + "?" : "solvent check list shows them", "id");
}

}  // namespace

const Specs& specs() {
  static const Specs all = [] {
    Specs specs = {.operations = operations(),
                   .migrations = {{.module = "audit",
                                   .number = 1,
                                   .name = "first tables",
                                   .statements = solvent_audit_schema_sql},
                                  {.module = "audit",
                                   .number = 2,
                                   .name = "what an asset's name stands for",
                                   .statements = kRootTable}},
                   .settings = settings()};
    for (auto& setting : report_settings()) specs.settings.push_back(std::move(setting));
    return specs;
  }();
  return all;
}

std::vector<op::Handler> bind(Auditor& auditor, AuditTask& task, const check::Registry& registry) {
  using op::Caller;
  using op::handler;
  using op::Request;
  return {
      handler<AuditRequest, AuditReport>(
          "audit run", [&](const AuditRequest& asked, const Request& request,
                           const Caller& caller) { return task.run(asked, request, caller); }),
      handler<AuditListQuery, AuditPage>("audit list",
                                         [&](const auto& query, const Request&, const Caller& who) {
                                           return auditor.list(who, query);
                                         }),
      handler<AuditShowRequest, AuditReport>(
          "audit show", [&](const auto& asked, const Request&,
                            const Caller& who) { return auditor.show(who, asked.id); }),
      handler<ledger::Nothing, CheckList>(
          "check list",
          [&](const auto&, const Request&, const Caller&) -> Result<CheckList> {
            CheckList list;
            for (const auto& check : registry.all()) list.checks.push_back(view_of(check.spec));
            return list;
          }),
      handler<CheckShowRequest, CheckView>("check show",
                                           [&](const auto& asked, const Request&, const Caller&) {
                                             return show_check(registry, asked.id);
                                           }),
  };
}

}  // namespace solvent::audit
