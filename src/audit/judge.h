/// What today's answers mean for the debts on the books: matches findings, groups them into debts
/// and decides what is new, moved, paid, retired or stale. Pure: no clock, no file, no SQL.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "check/check.h"
#include "ledger/ledger.h"

namespace solvent::audit {

/// One check's answer about one asset.
struct Heard {
  const check::CheckSpec* spec = nullptr;
  std::string parameters;                 ///< digest of the parameters it ran with
  const check::Answer* answer = nullptr;  ///< null when the check failed as a whole
  std::string problem;                    ///< why it failed
};

/// What is to be judged about one asset. Everything borrowed outlives the answer.
struct Case {
  std::string asset, system;
  std::span<const ledger::KnownDebt> known;  ///< every debt of the asset
  std::span<const Heard> heard;
  /// Whether a check of that id exists at all.
  std::function<bool(const std::string& check)> registered;
  /// Whether a subject of this check is still there.
  std::function<bool(const check::CheckSpec& spec, const std::string& subject)> present;
  std::function<ledger::Owner(const check::CheckSpec& spec, const std::string& subject)> owner_of;
};

struct Judgement {
  std::vector<ledger::News> news;
  /// Parallel to the findings of `heard`, in their order: true for one that the books did not have.
  std::vector<std::vector<bool>> fresh;
};

Judgement judge(const Case& about);

/// Digest of a check's parameters, as the books keep it.
std::string parameters_digest(const Json& parameters);

/// Fills what checks may leave out: fingerprints from item or message, ordinals of equal
/// fingerprints within a subject, foreign bytes replaced. Findings come back in order of place.
void complete(check::Answer& answer, const std::string& check);

}  // namespace solvent::audit
