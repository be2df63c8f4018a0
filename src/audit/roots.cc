#include "audit/roots.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/files.h"
#include "base/text.h"

namespace solvent::audit {
namespace {

constexpr std::size_t kTellingFiles = 8;  ///< so many files cannot all change by chance
constexpr double kAlike = 0.5;

std::string resolved(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return {};
  std::string out(real);
  std::free(real);
  return out;
}

/// "./a//b/" → "a/b"; what leads out of where it was typed says nothing.
std::string plain_path(std::string_view path) {
  std::string out = path.starts_with('/') ? "/" : "";
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") continue;
    if (!out.empty() && !out.ends_with('/')) out += '/';
    out += part;
  }
  return out;
}

/// Equal, or one as typed and the other in full.
bool same_place(const std::string& a, const std::string& b) {
  if (a == b) return true;
  if (a.empty() || b.empty() || a.starts_with('/') == b.starts_with('/')) return false;
  const std::string& full = a.starts_with('/') ? a : b;
  const std::string& typed = a.starts_with('/') ? b : a;
  return full.ends_with("/" + typed);
}

Result<std::optional<Root>> recorded_root(sql::Tx& tx, const std::string& asset) {
  const auto rows = TRY(
      tx.query("SELECT kind, place, history, sketch FROM audit_root WHERE asset = $1", {asset}));
  if (rows.empty()) return std::optional<Root>();
  Root root{.kind = rows[0].text(0), .place = rows[0].text(1), .history = rows[0].text(2)};
  for (const auto part : split(rows[0].text(3), ' '))
    if (!part.empty()) root.sketch.emplace_back(part);
  return std::optional(std::move(root));
}

Result<void> record_root(sql::Tx& tx, const std::string& asset, const Root& root) {
  std::string sketch;
  for (const auto& digest : root.sketch) sketch += (sketch.empty() ? "" : " ") + digest;
  TRY(
      tx.execute("INSERT INTO audit_root (asset, kind, place, history, sketch) VALUES ($1, $2, $3, "
                 "$4, $5) ON CONFLICT (asset) DO UPDATE SET kind = excluded.kind, place = "
                 "excluded.place, history = excluded.history, sketch = excluded.sketch",
                 {asset, root.kind, root.place, root.history, sketch}));
  return {};
}

Unexpected taken(const std::string& asset, const Root& recorded, const Root& now) {
  const std::string what = recorded.kind == "dataset" ? "data set" : recorded.kind;
  const std::string where = recorded.place.empty() ? "" : ", at " + recorded.place;
  const bool nameable = now.kind == "tree" || now.kind == "file";
  const bool may_move = nameable && recorded.kind == now.kind;
  return fail(Code::kAlreadyExists,
              "the books have another " + what + " under this name: " + asset + where,
              std::string(nameable ? "give this one a name of its own with --asset"
                                   : "audit the other one under another name, with --asset") +
                  (may_move ? ", or say --moved if the " + what + " is here from now on" : ""),
              nameable ? "asset" : asset);
}

}  // namespace

const char kRootTable[] =
    "CREATE TABLE audit_root (asset TEXT PRIMARY KEY, kind TEXT NOT NULL, place TEXT NOT NULL, "
    "history TEXT NOT NULL, sketch TEXT NOT NULL)";

std::string place_of(const std::string& given, const std::string& root) {
  const std::string real = resolved(root);
  if (given.empty() || resolved(given) == real) return sanitize_utf8(real);
  return sanitize_utf8(plain_path(given));
}

std::vector<std::string> sketch_of(std::span<const check::SourceFile> files) {
  std::vector<std::string> sketch;
  for (const auto& file : files) {
    if (file.size == 0 || file.digest == Digest{}) continue;
    Hasher hasher;
    hasher.field("solvent sketch v1").field(file.path).field(as_text(file.digest.view()));
    sketch.push_back(hasher.finish().hex().substr(0, 16));
  }
  const std::size_t kept = std::min(sketch.size(), kSketch);
  std::partial_sort(sketch.begin(), sketch.begin() + static_cast<std::ptrdiff_t>(kept),
                    sketch.end());
  sketch.resize(kept);
  return sketch;
}

double likeness(std::span<const std::string> a, std::span<const std::string> b) {
  if (a.empty() || b.empty()) return 0;
  const std::set<std::string> in_a(a.begin(), a.end()), in_b(b.begin(), b.end());
  std::set<std::string> both = in_a;
  both.insert(in_b.begin(), in_b.end());
  std::size_t seen = 0, equal = 0;
  for (const auto& digest : both) {
    if (seen++ == kSketch) break;
    equal += in_a.contains(digest) && in_b.contains(digest) ? 1 : 0;
  }
  return static_cast<double>(equal) / static_cast<double>(std::min(both.size(), kSketch));
}

bool same_root(const Root& recorded, const Root& now) {
  if (recorded.kind != now.kind) return false;
  if (recorded.kind != "tree") return same_place(recorded.place, now.place);
  if (!recorded.history.empty() && !now.history.empty()) return recorded.history == now.history;
  const double alike = likeness(recorded.sketch, now.sketch);
  if (!same_place(recorded.place, now.place)) return alike >= kAlike;
  const bool telling =
      recorded.sketch.size() >= kTellingFiles && now.sketch.size() >= kTellingFiles;
  return alike > 0 || !telling;
}

Result<void> check_roots(sql::Tx& tx, const std::map<std::string, Root>& roots, bool moved) {
  for (const auto& [asset, root] : roots) {
    const auto recorded = TRY(recorded_root(tx, asset));
    const bool may_move = moved && recorded && recorded->kind == root.kind;
    if (recorded && !same_root(*recorded, root) && !may_move) return taken(asset, *recorded, root);
  }
  return {};
}

Result<void> bind_roots(sql::Tx& tx, const std::map<std::string, Root>& roots, bool moved) {
  TRY(check_roots(tx, roots, moved));
  for (const auto& [asset, root] : roots) TRY(record_root(tx, asset, root));
  return {};
}

}  // namespace solvent::audit
