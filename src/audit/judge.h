/// What today's answers mean for the debts on the books: matches findings, groups them into debts
/// and decides what is new, moved, paid, retired or stale. Pure: no clock, no file, no SQL.
#pragma once

#include <deque>
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
  /// The only subject that this look is about, where it is about one: findings of another are not
  /// its findings moved or renamed.
  std::string subject;
  /// Why a debt that it did not examine is not paid.
  std::string uncovered = "the check no longer covers it";
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
  /// Whether the caller sees it at all; what nobody sees is left alone.
  std::function<bool(const check::CheckSpec& spec, const std::string& subject)> sees;
  std::function<ledger::Owner(const check::CheckSpec& spec, const std::string& subject)> owner_of;
  std::function<std::int64_t(const check::CheckSpec& spec, const std::string& subject)> exposure_of;
};

struct Judgement {
  std::vector<ledger::News> news;
  /// Specs without their fix, for debts that it would not pay; `news` points here.
  std::deque<check::CheckSpec> specs;
  /// Parallel to the findings of `heard`, in their order: true for one that the books did not have.
  std::vector<std::vector<bool>> fresh;
};

Judgement judge(const Case& about);

/// Digest of a check's parameters, and of what it reads of the data's meaning, as the books keep
/// it.
std::string parameters_digest(const Json& parameters, const Json& meaning = {});

/// Fills what checks may leave out: fingerprints from item or message, ordinals of equal
/// fingerprints within a subject, foreign bytes replaced. Findings come back in order of place.
void complete(check::Answer& answer, const std::string& check);

}  // namespace solvent::audit
