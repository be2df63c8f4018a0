/// What a report tells of findings beside what is booked. Pure.
#pragma once

#include <span>
#include <string>

#include "audit/types.h"
#include "check/check.h"

namespace solvent::audit {

/// Adds a finding to the report, of which `shown_max` are kept; the others are counted.
void show_finding(const std::string& asset, const check::Finding& finding, std::string change,
                  std::int64_t shown_max, AuditReport& report);

/// One check's answer about one asset. Borrowed.
struct Told {
  const check::CheckSpec* spec = nullptr;
  std::string asset;
  const check::Answer* answer = nullptr;
};

/// What rules found that are not proven, each finding if `show`; and a note for each coverage in
/// which something could not be looked at whole.
void tell_of_unproven(std::span<const Told> all, bool show, std::int64_t shown_max,
                      AuditReport& report);

}  // namespace solvent::audit
