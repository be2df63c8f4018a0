/// Where a running audit stands: what its task shows, and what it resumes from. Described structs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::audit {

/// One check over everything that it looks at.
struct CheckProgress {
  std::string check, title;
  std::int64_t done = 0, total = 0, findings = 0, failed = 0;
  static constexpr std::string_view kName = "CheckProgress";
  template <class V>
  void describe(V& v) {
    v.field("check", check, "check");
    v.field("title", title, "what it looks for");
    v.field("done", done, "assets it has looked at");
    v.field("total", total, "assets it looks at in all");
    v.field("findings", findings, "findings so far");
    v.field("failed", failed, "assets that it could not look at");
  }
};

struct AuditProgress {
  std::string phase;   ///< "read", "profile", "check", "book", then "done" or "failed"
  std::string detail;  ///< the asset or check it is at
  std::int64_t assets_done = 0, assets = 0;  ///< read, of those asked for
  std::int64_t checks_done = 0, checks = 0;  ///< checks on assets, each pair counted once
  std::vector<CheckProgress> by_check;
  std::string audit;          ///< once booked: the audit's id
  std::string code, subject;  ///< once failed: of the error

  /// Of the phase; negative while nothing can be said.
  double fraction() const {
    if (phase == "check" && checks > 0)
      return static_cast<double>(checks_done) / static_cast<double>(checks);
    if (phase == "done") return 1;
    return -1;
  }
  static constexpr std::string_view kName = "AuditProgress";
  template <class V>
  void describe(V& v) {
    v.field("phase", phase, "what it is doing");
    v.field("detail", detail, "the asset or check it is at");
    v.field("assets_done", assets_done, "assets read");
    v.field("assets", assets, "assets to read");
    v.field("checks_done", checks_done, "checks that have looked at an asset");
    v.field("checks", checks, "checks of assets in all");
    v.field("by_check", by_check, "each check");
    v.field("audit", audit, "the audit, once it is booked");
    v.field("code", code, "kind of the error, once it failed");
    v.field("subject", subject, "what the error is about, once it failed");
  }
};

}  // namespace solvent::audit
