/// Python versions and version specifiers, per PEP 440. Pure; total over any bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace solvent::syntax {

/// A parsed version. Numbers beyond int64 do not parse.
struct Version {
  std::int64_t epoch = 0;
  std::vector<std::int64_t> release;
  /// Phase of a pre-release: 0 alpha, 1 beta, 2 candidate.
  std::optional<std::pair<int, std::int64_t>> pre;
  std::optional<std::int64_t> post, dev;
  std::vector<std::string> local;  ///< parts, lower case
};

/// Accepts what PEP 440's appendix B accepts, normal form or not ("v1.0-RC1").
std::optional<Version> parse_version(std::string_view text);
/// PEP 440's total order; trailing zeros of a release do not count.
std::strong_ordering compare(const Version& a, const Version& b);

/// One clause, e.g. ">= 1.0"; `op` is one of ~= == != <= >= < > ===.
struct Specifier {
  std::string op, version;
  bool operator==(const Specifier&) const = default;
};

/// "==1.2" and "===1.2" fix a version; "==1.*" does not.
bool is_exact(const Specifier& specifier);
/// Whether a version fulfils a clause, pre-releases included; nullopt when either does not parse.
std::optional<bool> satisfies(std::string_view version, const Specifier& specifier);

}  // namespace solvent::syntax
