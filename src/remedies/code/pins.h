/// The fix for unpinned requirements: exact pins out of versions that are known, never guessed.
/// Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace solvent::remedies::code {

/// Name normalised per PEP 503 → version.
using KnownVersions = std::map<std::string, std::string>;

/// Versions out of the text of `pip freeze` (name==version lines; others are passed over).
/// kInvalidArgument when no line is one.
Result<KnownVersions> versions_of_freeze(std::string_view text);

struct Pinned {
  std::string name, version;
};
struct NotPinned {
  std::string name, reason;  ///< "no known version", "2.0 does not satisfy <2", …
};
struct PinOutcome {
  std::string text;  ///< the file as it should become; equal to the input when nothing changed
  std::vector<Pinned> pinned;
  std::vector<NotPinned> left;
};

/// Rewrites each requirement that may change into `name==version`, keeping order, comments,
/// markers, extras, options, line ends and continuation lines; what is pinned already stays. A
/// version that does not satisfy what is written (PEP 440) is not used. Applying it twice changes
/// nothing.
Result<PinOutcome> pin_requirements(std::string_view text, const KnownVersions& versions);

}  // namespace solvent::remedies::code
