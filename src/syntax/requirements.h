/// pip's requirements files: requirements per PEP 508, options, comments, continuation lines, in
/// any encoding that pip reads. Pure; total over any bytes: a line that pip would refuse becomes an
/// entry that says so. Lines are 1-based; offsets are bytes of `RequirementsFile::text`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "syntax/version.h"

namespace solvent::syntax {

/// "Foo.Bar_baz" → "foo-bar-baz" (PEP 503).
std::string normalize_package_name(std::string_view name);

struct Requirement {
  std::string name;        ///< as written; empty for a path or URL that names none
  std::string normalized;  ///< per PEP 503
  std::vector<std::string> extras;
  std::vector<Specifier> specifiers;
  std::string url;                  ///< direct reference, version-control reference, or local path
  std::string marker;               ///< environment marker, without the ';'
  std::vector<std::string> hashes;  ///< "sha256:…"
  bool editable = false;
  /// Where the specifiers stand; empty at the place where they would stand when there are none.
  std::size_t specifiers_begin = 0, specifiers_end = 0;
};

enum class EntryKind : std::uint8_t {
  kRequirement,
  kInclude,     ///< -r FILE
  kConstraint,  ///< -c FILE
  kOption,      ///< any other option
  kInvalid,
};

struct Entry {
  EntryKind kind = EntryKind::kInvalid;
  std::int64_t line = 0, end_line = 0;
  std::string text;   ///< the logical line, comments removed
  std::string value;  ///< file of -r and -c
  std::string problem;
  Requirement requirement;
};

struct RequirementsFile {
  std::string text;  ///< UTF-8 without byte order mark
  bool utf8 = true;  ///< false: the bytes were in another encoding, `text` is converted
  std::vector<Entry> entries;
};

/// https://pip.pypa.io/en/stable/reference/requirements-file-format/
RequirementsFile parse_requirements(std::string_view bytes);

/// What a direct reference holds fast: a commit of a version-control URL ("git+…@<7 to 40 hex
/// digits>"), or a digest of a file ("…#sha256=…").
bool is_fixed_reference(std::string_view url);
/// A path on this machine or a file: URL; nothing that an index or a remote could change.
bool is_local_reference(std::string_view url);

}  // namespace solvent::syntax
