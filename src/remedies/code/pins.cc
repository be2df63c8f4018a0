#include "remedies/code/pins.h"

#include <algorithm>

#include "base/text.h"
#include "syntax/requirements.h"

namespace solvent::remedies::code {
namespace {

using syntax::EntryKind;
using syntax::Requirement;

/// A change of one stretch of the text.
struct Edit {
  std::size_t begin = 0, end = 0;
  std::string text;
};

std::string written(const syntax::Specifier& s) {
  return s.op + s.version;
}

/// Empty when `version` may become the pin, else why not.
std::string objection(const Requirement& r, const std::string& version) {
  if (!syntax::parse_version(version)) return "the known version " + version + " is no version";
  for (const auto& specifier : r.specifiers) {
    const auto fits = syntax::satisfies(version, specifier);
    if (!fits) return written(specifier) + " cannot be compared with " + version;
    if (!*fits) return version + " does not satisfy " + written(specifier);
  }
  return {};
}

bool is_pinned(const Requirement& r) {
  return !r.hashes.empty() || std::ranges::any_of(r.specifiers, syntax::is_exact) ||
         (!r.url.empty() && syntax::is_fixed_reference(r.url));
}

std::string shown_name(const Requirement& r) {
  return r.normalized.empty() ? r.url : r.normalized;
}

}  // namespace

Result<KnownVersions> versions_of_freeze(std::string_view text) {
  KnownVersions out;
  for (const auto& entry : syntax::parse_requirements(text).entries) {
    const auto& r = entry.requirement;
    if (entry.kind != EntryKind::kRequirement || r.normalized.empty() || !r.url.empty()) continue;
    const auto pin = std::ranges::find_if(r.specifiers, syntax::is_exact);
    if (pin != r.specifiers.end()) out[r.normalized] = pin->version;
  }
  if (out.empty())
    return fail(Code::kInvalidArgument, "this is no output of pip freeze: no line is name==version",
                "run `pip freeze > environment.txt` where the project runs");
  return out;
}

Result<PinOutcome> pin_requirements(std::string_view text, const KnownVersions& versions) {
  const auto file = syntax::parse_requirements(text);
  if (!file.utf8)
    return fail(Code::kInvalidArgument, "the requirements file is not UTF-8",
                "save it as UTF-8 and try again");
  PinOutcome out;
  std::vector<Edit> edits;
  for (const auto& entry : file.entries) {
    const auto& r = entry.requirement;
    if (entry.kind == EntryKind::kInvalid) {
      out.left.push_back({entry.text, "pip does not read this line: " + entry.problem});
      continue;
    }
    if (entry.kind != EntryKind::kRequirement || is_pinned(r)) continue;
    if (!r.url.empty()) {
      if (!syntax::is_local_reference(r.url))
        out.left.push_back({shown_name(r), "it comes from a URL; name a commit or a digest there"});
      continue;
    }
    const auto known = versions.find(r.normalized);
    if (known == versions.end()) {
      out.left.push_back({r.normalized, "no known version"});
      continue;
    }
    if (std::string why = objection(r, known->second); !why.empty()) {
      out.left.push_back({r.normalized, std::move(why)});
      continue;
    }
    out.pinned.push_back({r.normalized, known->second});
    edits.push_back({r.specifiers_begin, r.specifiers_end, "==" + known->second});
  }
  // The parser leaves a byte order mark out; it stays where it was.
  const std::size_t mark = text.size() - file.text.size();
  out.text = std::string(text.substr(0, mark));
  std::size_t at = 0;
  for (const auto& edit : edits) {
    out.text += file.text.substr(at, edit.begin - at);
    out.text += edit.text;
    at = edit.end;
  }
  out.text += file.text.substr(at);
  return out;
}

}  // namespace solvent::remedies::code
