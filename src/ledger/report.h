/// The statement as one HTML file: no network, no script, prints well. Pure.
#pragma once

#include <span>
#include <string>

#include "ledger/types.h"

namespace solvent::ledger {

/// Who and what the report is about, shown in its head and foot.
struct ReportContext {
  std::string workspace;         ///< name shown in the title
  std::string program;           ///< "solvent 0.1.0"
  std::int64_t debts_total = 0;  ///< debts there are; those not shown are counted
};

/// `debts` in the order to be shown, each with findings, prices and history. Every foreign text is
/// escaped.
std::string render_report(const ReportContext& context, const Statement& statement,
                          std::span<const DebtDetail> debts);

}  // namespace solvent::ledger
