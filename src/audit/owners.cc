#include "audit/owners.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::audit {
namespace {

constexpr std::size_t kBlamedLines = 5;  ///< of one subject
/// What CODEOWNERS says of the tree as a whole is what it says of a file that no rule singles out.
constexpr std::string_view kAnyFile = "\x01";

}  // namespace

Owners::Owners(std::map<std::string, std::string> settings, scm::Codeowners codeowners,
               const scm::Repository* repository)
    : settings_(std::move(settings)), codeowners_(std::move(codeowners)), repository_(repository) {}

std::optional<std::string> Owners::from_settings(std::initializer_list<std::string> names) const {
  std::optional<std::string> team;
  std::size_t longest = 0;
  for (const auto& [glob, owner] : settings_) {
    if (team && glob.size() <= longest) continue;
    for (const std::string& name : names) {
      if (!glob_match(glob, name)) continue;
      team = owner;
      longest = glob.size();
    }
  }
  return team;
}

void Owners::blame_with(ReadFn read, std::int64_t blames_max) {
  read_ = std::move(read);
  blames_left_ = blames_max;
}

const scm::Authorship& Owners::authorship() {
  if (!authorship_) {
    auto read = repository_->authorship();
    authorship_ = read ? std::move(*read) : scm::Authorship{};
  }
  return *authorship_;
}

std::string Owners::by_blame(const std::string& path, std::span<const std::int64_t> lines) {
  if (!read_ || lines.empty() || blames_left_ <= 0) return {};
  const auto bytes = read_(path);
  if (!bytes || !repository_->in_head(path, *bytes)) return {};
  std::map<std::string, std::int64_t> wrote;
  for (const std::int64_t line : lines.first(std::min(lines.size(), kBlamedLines))) {
    if (line < 1 || blames_left_ <= 0) continue;
    --blames_left_;
    const auto blame = repository_->blame(path, line, authorship().oldest);
    if (blame && !blame->author.name.empty()) ++wrote[blame->author.name];
  }
  const auto most =
      std::ranges::max_element(wrote, {}, [](const auto& author) { return author.second; });
  return most == wrote.end() ? std::string() : most->first;
}

ledger::Owner Owners::of_path(const std::string& asset, const std::string& path,
                              std::span<const std::int64_t> lines) {
  if (const auto team =
          path.empty() ? from_settings({asset}) : from_settings({asset, path, asset + "/" + path}))
    return {*team, "settings"};
  const auto owners = codeowners_.owners_of(path.empty() ? kAnyFile : std::string_view(path));
  if (!owners.empty()) return {owners.front(), "CODEOWNERS"};
  if (repository_ == nullptr) return {};
  std::string name = by_blame(path, lines);
  if (name.empty()) {
    const auto& known = authorship();
    const auto at = known.by_path.find(path);
    const auto* shares = path.empty()                ? &known.all
                         : at != known.by_path.end() ? &at->second
                                                     : nullptr;
    if (shares != nullptr && !shares->empty()) name = shares->front().author.name;
  }
  return name.empty() ? ledger::Owner{} : ledger::Owner{name, "git"};
}

ledger::Owner Owners::of_name(const std::string& name, const ledger::Owner& declared) const {
  if (const auto team = from_settings({name})) return {*team, "settings"};
  return declared.name.empty() ? ledger::Owner{} : declared;
}

}  // namespace solvent::audit
