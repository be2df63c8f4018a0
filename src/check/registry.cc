#include "check/registry.h"

#include <algorithm>

#include "base/text.h"
#include "check/command.h"
#include "check/measured.h"

namespace solvent::check {
namespace {

bool is_id(std::string_view id) {
  const auto slash = id.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == id.size()) return false;
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '/';
  });
  return plain && id.find('/', slash + 1) == std::string_view::npos;
}

bool ordered(const LabourPrior& prior) {
  return prior.p10_s >= 0 && prior.p10_s <= prior.p50_s && prior.p50_s <= prior.p90_s;
}

bool zero_or_positive(const LabourPrior& prior) {
  return ordered(prior) && (prior.p90_s == 0 || prior.p10_s > 0);
}

}  // namespace

std::string problem_of(const CheckSpec& spec) {
  if (!is_id(spec.id)) return "id must be lower-case words as in \"code/unpinned-dependencies\"";
  if (spec.version < 1) return "version must be 1 or more";
  if (trim(spec.title).empty()) return "title is missing";
  if (!trim(spec.question).ends_with('?')) return "question must end in a question mark";
  if (trim(spec.source).empty()) return "source is missing: paper, specification or post-mortem";
  if (trim(spec.debt_kind).empty()) return "debt kind is missing";
  if (!ordered(spec.principal) || spec.principal.p10_s <= 0) {
    return "principal must be priced: 0 < P10 <= P50 <= P90, in labour seconds";
  }
  if (!zero_or_positive(spec.principal_each))
    return "principal of further findings is out of order";
  if (!zero_or_positive(spec.interest_month)) return "monthly interest is out of order";
  if (trim(spec.prior_source).empty()) return "prior source is missing: where its prices come from";
  if (spec.precision && !(*spec.precision >= 0 && *spec.precision <= 1)) {
    return "precision must lie between 0 and 1";
  }
  if (spec.precision.has_value() != (spec.precision_n > 0)) {
    return "precision and the number of findings it was measured on go together";
  }
  if (!spec.fix.empty()) {
    const std::string wrong = problem_of_command(spec.fix);
    if (!wrong.empty()) return "fix is no command to run as it stands: " + wrong;
  }
  if (trim(spec.advice).empty()) return "advice is missing";
  for (const std::string& member : spec.meaning) {
    if (member != "target" && member != "sliced_by" && member != "keys")
      return "no such part of a data set's meaning: " + member;
  }
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const ParameterSpec& parameter = spec.parameters[i];
    if (parameter.name.empty() || trim(parameter.doc).empty())
      return "a parameter has no name or doc";
    if (parameter.default_value.is_null()) return "a parameter has no default: " + parameter.name;
    for (std::size_t j = 0; j < i; ++j) {
      if (spec.parameters[j].name == parameter.name) return "parameter twice: " + parameter.name;
    }
  }
  return {};
}

Result<Registry> Registry::create(std::vector<Check> checks) {
  std::sort(checks.begin(), checks.end(),
            [](const Check& a, const Check& b) { return a.spec.id < b.spec.id; });
  for (Check& check : checks) {
    if (check.spec.precision) continue;
    if (const auto measured = measured_precision(check.spec.id)) {
      check.spec.precision = measured->low;
      check.spec.precision_n = measured->findings;
    }
  }
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const CheckSpec& spec = checks[i].spec;
    std::string problem = problem_of(spec);
    if (problem.empty() && !checks[i].run) problem = "it has no function to run";
    if (problem.empty() && i > 0 && checks[i - 1].spec.id == spec.id) problem = "id is taken";
    if (!problem.empty()) {
      return fail(Code::kInvalidArgument, "check is not whole: " + spec.id + ": " + problem,
                  "complete its CheckSpec", spec.id);
    }
  }
  return Registry(std::move(checks));
}

const Check* Registry::find(std::string_view id) const {
  const auto at = std::lower_bound(
      checks_.begin(), checks_.end(), id,
      [](const Check& check, std::string_view key) { return check.spec.id < key; });
  return at != checks_.end() && at->spec.id == id ? &*at : nullptr;
}

Result<std::vector<const Check*>> Registry::select(std::span<const std::string> globs) const {
  std::vector<bool> used(globs.size(), false);
  std::vector<const Check*> out;
  for (const Check& check : checks_) {
    bool wanted = globs.empty();
    for (std::size_t i = 0; i < globs.size(); ++i) {
      if (!glob_match(globs[i], check.spec.id)) continue;
      used[i] = true;
      wanted = true;
    }
    if (wanted) out.push_back(&check);
  }
  const auto unused = std::find(used.begin(), used.end(), false);
  if (unused == used.end()) return out;
  std::vector<std::string> ids;
  for (const Check& check : checks_) ids.push_back(check.spec.id);
  const std::string& glob = globs[static_cast<std::size_t>(unused - used.begin())];
  const auto near = nearest(glob, ids);
  return fail(Code::kInvalidArgument, "no such check: " + glob,
              near ? "did you mean " + *near + "?" : "solvent check list shows them", "checks");
}

Result<Json> parameters_of(const CheckSpec& spec, const Json& given) {
  Json out = JsonObject{};
  for (const ParameterSpec& parameter : spec.parameters) {
    out.set(parameter.name, parameter.default_value);
  }
  if (given.is_null()) return out;
  if (!given.is_object()) {
    return fail(Code::kInvalidArgument, "parameters must be an object",
                "solvent check show " + spec.id + " lists them", spec.id);
  }
  for (const auto& [name, value] : given.object()) {
    const Json* known = out.find(name);
    const std::string hint = "solvent check show " + spec.id + " lists its parameters";
    if (known == nullptr) {
      return fail(Code::kInvalidArgument, "no such parameter of " + spec.id + ": " + name, hint,
                  name);
    }
    const bool numbers = known->is_number() && value.is_number();
    if (!numbers && to_text(*known).front() != to_text(value).front() &&
        !(known->is_bool() && value.is_bool())) {
      return fail(Code::kInvalidArgument, "parameter is of another kind than its default: " + name,
                  hint, name);
    }
    out.set(name, value);
  }
  return out;
}

Digest result_key(const CheckSpec& spec, const Json& parameters,
                  std::span<const Digest> input_digests) {
  Hasher hasher;
  hasher.field("solvent result v1").field(spec.id).field(std::to_string(spec.version));
  if (spec.made_of != Digest()) hasher.field(as_text(spec.made_of.view()));
  hasher.field(to_canonical_text(parameters));
  for (const Digest& digest : input_digests) hasher.field(as_text(digest.view()));
  return hasher.finish();
}

std::string_view input_kind_name(InputKind kind) {
  switch (kind) {
    case InputKind::kSourceTree: return "source tree";
    case InputKind::kProfile: return "profile";
    case InputKind::kVersionPair: return "version pair";
    case InputKind::kColumnScan: return "column scan";
    case InputKind::kGraph: return "graph";
  }
  return "unknown";
}

std::string_view standing_name(Standing standing) {
  switch (standing) {
    case Standing::kProven: return "proven";
    case Standing::kUnproven: return "unproven";
    case Standing::kRefuted: return "refuted";
  }
  return "";
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kExamined: return "examined";
    case Outcome::kFailed: return "failed";
    case Outcome::kSkipped: return "skipped";
  }
  return "unknown";
}

}  // namespace solvent::check
