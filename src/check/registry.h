/// Every check of the program, validated once: documented, priced, sourced, with advice, and with a
/// fix only where a command pays. What tests/truth measured of its precision is filled in.
/// Immutable after construction, hence thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"

namespace solvent::check {

class Registry {
 public:
  /// Sorted by id. kInvalidArgument names the check and what it lacks; see `problem_of`.
  static Result<Registry> create(std::vector<Check> checks);

  std::span<const Check> all() const { return checks_; }
  /// Null when there is none of that id.
  const Check* find(std::string_view id) const;
  /// Checks whose id matches any of `globs` ("code/*"); all when there are none. kInvalidArgument
  /// with the nearest id when a glob matches nothing.
  Result<std::vector<const Check*>> select(std::span<const std::string> globs) const;

 private:
  explicit Registry(std::vector<Check> checks) : checks_(std::move(checks)) {}
  std::vector<Check> checks_;
};

/// Empty when the spec is whole, else what is missing or wrong, as a phrase.
std::string problem_of(const CheckSpec& spec);

/// The spec's defaults with `given` over them. kInvalidArgument for a parameter that the spec does
/// not have or of another kind than its default.
Result<Json> parameters_of(const CheckSpec& spec, const Json& given);

/// Key under which an answer is cached: check id and version, canonical parameters, input digests.
Digest result_key(const CheckSpec& spec, const Json& parameters,
                  std::span<const Digest> input_digests);

std::string_view input_kind_name(InputKind kind);   ///< "source tree", "profile", …
std::string_view standing_name(Standing standing);  ///< "proven", "unproven", "refuted"
std::string_view outcome_name(Outcome outcome);     ///< "examined", "failed", "skipped"

}  // namespace solvent::check
