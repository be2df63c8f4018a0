#include "audit/telling.h"

#include <algorithm>
#include <set>

namespace solvent::audit {

void show_finding(const std::string& asset, const check::Finding& finding, std::string change,
                  std::int64_t shown_max, AuditReport& report) {
  ++report.findings_total;
  if (static_cast<std::int64_t>(report.findings.size()) >= shown_max) return;
  report.findings.push_back({.check = finding.check,
                             .asset = asset,
                             .subject = finding.subject,
                             .item = finding.item,
                             .path = finding.location.path,
                             .message = finding.message,
                             .change = std::move(change),
                             .line = finding.location.line,
                             .cell = finding.location.cell,
                             .confidence = finding.confidence,
                             .evidence = finding.evidence});
}

namespace {

/// One note for all that could not be looked at, or in part only.
void note_unread(const std::string& asset, const check::Coverage& coverage, AuditReport& report) {
  const auto unread = [](const check::Examination& one) {
    return one.outcome == check::Outcome::kFailed;
  };
  const auto count = std::ranges::count_if(coverage.examinations, unread);
  if (count == 0) return;
  const auto first = std::ranges::find_if(coverage.examinations, unread);
  std::string note =
      asset + ": " + std::to_string(count) + " of " + std::to_string(coverage.examinations.size()) +
      " programs could not be read whole, as " + first->subject + ": " + first->reason;
  if (std::ranges::find(report.notes, note) == report.notes.end())
    report.notes.push_back(std::move(note));
}

}  // namespace

void tell_of_unproven(std::span<const Told> all, bool show, std::int64_t shown_max,
                      AuditReport& report) {
  report.unproven.clear();
  std::set<std::pair<std::string, const check::Coverage*>> noted;
  for (const Told& one : all) {
    if (const auto& together = one.answer->together;
        together && noted.emplace(one.asset, together.get()).second)
      note_unread(one.asset, *together, report);
    if (one.spec->standing == check::Standing::kProven || one.answer->findings.empty()) continue;
    std::set<std::string_view> subjects;
    for (const check::Finding& finding : one.answer->findings) {
      subjects.insert(finding.subject);
      if (show) show_finding(one.asset, finding, "unproven", shown_max, report);
    }
    report.unproven.push_back({.check = one.spec->id,
                               .title = one.spec->title,
                               .asset = one.asset,
                               .findings = static_cast<std::int64_t>(one.answer->findings.size()),
                               .subjects = static_cast<std::int64_t>(subjects.size())});
  }
  std::ranges::stable_sort(report.unproven, std::ranges::greater(), &Unproven::findings);
}

}  // namespace solvent::audit
