#include "scm/codeowners.h"

#include "base/text.h"

namespace solvent::scm {
namespace {

constexpr std::uint64_t kBytesMax = 3'000'000;

/// Splits at blanks that no backslash precedes; a comment ends the line.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size() && (line[i + 1] == ' ' || line[i + 1] == '#')) {
      word += line[++i];
    } else if (c == '#' && word.empty()) {
      break;
    } else if (c == ' ' || c == '\t') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace

bool codeowners_match(std::string_view pattern, std::string_view path) {
  const bool folder = pattern.ends_with('/');
  std::string_view core = pattern;
  if (folder) core.remove_suffix(1);
  const bool anchored = core.find('/') != std::string_view::npos;
  if (core.starts_with('/')) core.remove_prefix(1);
  if (core.empty()) return folder;  // "/" is the root and all below it
  std::string glob = anchored ? std::string(core) : "**/" + std::string(core);
  if (!folder && glob_match(glob, path)) return true;
  // What names a folder covers all below it; "docs/*" names the files of docs, not its folders.
  const bool names_children = core.ends_with("/*");
  return !names_children && glob_match(glob + "/**", path);
}

Codeowners Codeowners::parse(std::string_view text) {
  Codeowners out;
  std::int64_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('!') || words[0].find('[') != std::string::npos)
      continue;
    Rule rule{.pattern = words[0], .line = number};
    for (std::size_t i = 1; i < words.size(); ++i) {
      const bool address =
          words[i].starts_with('@') ? words[i].size() > 1 : contains(words[i], "@");
      if (!address) continue;
      rule.owners.push_back(
          sanitize_utf8(words[i].starts_with('@') ? words[i].substr(1) : words[i]));
    }
    out.rules_.push_back(std::move(rule));
  }
  return out;
}

std::vector<std::string> Codeowners::owners_of(std::string_view path) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (codeowners_match(rule->pattern, path)) return rule->owners;
  }
  return {};
}

Result<Codeowners> find_codeowners(FileSystem& files, const std::string& root) {
  for (const char* place : {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}) {
    const std::string path = join_path(root, place);
    const auto info = files.stat(path);
    if (!info || info->kind != FileInfo::Kind::kFile || info->size > kBytesMax) continue;
    return Codeowners::parse(TRY(read_file(files, path, kBytesMax)));
  }
  return Codeowners{};
}

}  // namespace solvent::scm
