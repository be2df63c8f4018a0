#include <algorithm>

#include "base/text.h"
#include "remedies/estate/service.h"

namespace solvent::remedies::estate {
namespace {

using check::AssetFact;

constexpr std::string_view kNoOwner = "estate/no-owner";
constexpr std::string_view kUnread = "estate/unread";
constexpr std::string_view kStale = "estate/stale";

/// What a debt calls the asset: its name where that says enough, else namespace/name. Never the
/// same for two assets, so that whoever may see one is not shown another.
std::string subject_of(const AssetFact& asset) {
  const bool at_home = asset.name_space.empty() || asset.name_space == "workspace";
  if (at_home && asset.name.find('/') == std::string::npos) return asset.name;
  return (asset.name_space.empty() ? "workspace" : asset.name_space) + "/" + asset.name;
}

check::Finding finding_of(std::string_view check, const AssetFact& asset, std::string message,
                          Json evidence) {
  return {.check = std::string(check),
          .subject = subject_of(asset),
          .message = std::move(message),
          .evidence = std::move(evidence),
          .fingerprint = check::content_fingerprint(check, asset.id)};
}

std::string days(TimeUs span) {
  const auto count = span / kDayUs;
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

Result<check::Answer> run_no_owner(const check::Input& input, const Json&, TimeUs) {
  check::Answer answer;
  for (const auto& asset : std::get<check::GraphInput>(input).assets) {
    answer.examinations.push_back({.subject = subject_of(asset)});
    if (!trim(asset.owner).empty()) continue;
    Json evidence;
    evidence.set("kind", asset.kind);
    evidence.set("readers", asset.readers);
    answer.findings.push_back(
        finding_of(kNoOwner, asset, "nobody answers for this " + asset.kind, std::move(evidence)));
  }
  return answer;
}

Result<check::Answer> run_unread(const check::Input& input, const Json& parameters, TimeUs as_of) {
  const TimeUs limit = std::max<std::int64_t>(1, parameters.int_or("days", 30)) * kDayUs;
  check::Answer answer;
  for (const auto& asset : std::get<check::GraphInput>(input).assets) {
    if (asset.kind != "dataset" || asset.last_version == 0) continue;
    answer.examinations.push_back({.subject = subject_of(asset)});
    const TimeUs age = as_of - asset.last_version;
    if (age < limit || asset.last_read >= asset.last_version) continue;
    Json evidence;
    evidence.set("newest_version", format_time(asset.last_version));
    if (asset.last_read > 0) evidence.set("last_read", format_time(asset.last_read));
    evidence.set("days", age / kDayUs);
    answer.findings.push_back(finding_of(
        kUnread, asset, "no run has read the newest version in " + days(age), std::move(evidence)));
  }
  return answer;
}

Result<check::Answer> run_stale(const check::Input& input, const Json& parameters, TimeUs as_of) {
  constexpr std::int64_t kVersionsForInterval = 4;  // three intervals make a habit
  const TimeUs limit = std::max<std::int64_t>(1, parameters.int_or("days", 90)) * kDayUs;
  const double factor = parameters.number_or("intervals", 3);
  check::Answer answer;
  for (const auto& asset : std::get<check::GraphInput>(input).assets) {
    if (asset.kind != "dataset" || asset.last_version == 0) continue;
    answer.examinations.push_back({.subject = subject_of(asset)});
    if (asset.versions < 2) continue;
    const TimeUs age = as_of - asset.last_version;
    const TimeUs interval = (asset.last_version - asset.created) / (asset.versions - 1);
    const bool habit = asset.versions >= kVersionsForInterval && interval >= kDayUs;
    const bool late = habit && static_cast<double>(age) > factor * static_cast<double>(interval);
    if (age <= limit && !late) continue;
    Json evidence;
    evidence.set("newest_version", format_time(asset.last_version));
    evidence.set("versions", asset.versions);
    evidence.set("age_days", age / kDayUs);
    if (habit) evidence.set("usual_interval_days", interval / kDayUs);
    answer.findings.push_back(
        finding_of(kStale, asset,
                   "the newest version is " + days(age) + " old" +
                       (habit ? ", a new one used to come every " + days(interval) : std::string()),
                   std::move(evidence)));
  }
  return answer;
}

}  // namespace

std::vector<check::Check> checks() {
  std::vector<check::Check> out;
  out.push_back(
      {.spec = {.id = std::string(kNoOwner),
                .input = check::InputKind::kGraph,
                .title = "Asset without owner",
                .question = "Does nobody answer for this asset?",
                .source = "Sculley et al., Hidden Technical Debt in Machine Learning Systems, "
                          "NIPS 2015 (undeclared consumers); Gebru et al., Datasheets for "
                          "Datasets, CACM 2021 (maintenance)",
                .debt_kind = "ownership",
                .principal = {.p10_s = 120, .p50_s = 600, .p90_s = 3'600},
                .principal_each = {.p10_s = 120, .p50_s = 600, .p90_s = 3'600},
                .interest_month = {.p10_s = 20, .p50_s = 180, .p90_s = 1'800},
                .prior_source = "our estimate: asking around once; interest is the same search "
                                "at every incident; nothing is measured yet",
                .advice = "Name the team that would be called if it broke: solvent asset own "
                          "NAME TEAM; or a glob in the settings under owners."},
       .run = run_no_owner});
  out.push_back(
      {.spec = {.id = std::string(kUnread),
                .input = check::InputKind::kGraph,
                .title = "Data set that nobody reads",
                .question = "Has no run read the newest version of this data set, though it has "
                            "been there for a while?",
                .source = "Sculley et al., Hidden Technical Debt in Machine Learning Systems, "
                          "NIPS 2015 (underutilised data dependencies)",
                .debt_kind = "ownership",
                .principal = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
                .principal_each = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
                .interest_month = {.p10_s = 20, .p50_s = 180, .p90_s = 1'800},
                .prior_source = "our estimate: finding out whether anything needs it, then "
                                "retiring it; nothing is measured yet",
                .advice = "Retire it and what makes it (solvent asset remove NAME), or record the "
                          "runs that read it.",
                .parameters = {{"days", "days since the newest version", 30}}},
       .run = run_unread});
  out.push_back(
      {.spec = {.id = std::string(kStale),
                .input = check::InputKind::kGraph,
                .title = "Data set that nobody refreshes",
                .question = "Is the newest version of this data set older than its kind of use "
                            "or its own habit allows?",
                .source = "Breck et al., The ML Test Score, IEEE Big Data 2017 (Monitor 4: models "
                          "are not too stale)",
                .debt_kind = "drift",
                .principal = {.p10_s = 600, .p50_s = 3'600, .p90_s = 14'400},
                .principal_each = {.p10_s = 600, .p50_s = 3'600, .p90_s = 14'400},
                .interest_month = {.p10_s = 60, .p50_s = 600, .p90_s = 5'400},
                .prior_source = "our estimate: running or repairing what makes it; nothing is "
                                "measured yet",
                .advice = "Refresh it (solvent data put FILE --name NAME), or say that it is final "
                          "and retire it (solvent asset remove NAME).",
                .parameters = {{"days", "age from which any data set is stale", 90},
                               {"intervals",
                                "age from which it is, in its usual intervals "
                                "(from four versions on)",
                                3.0}}},
       .run = run_stale});
  return out;
}

}  // namespace solvent::remedies::estate
