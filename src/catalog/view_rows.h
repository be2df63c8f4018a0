/// The rows of the views as join-semilattices: `join` is commutative and associative, and what it
/// folds depends only on the set of events, never on their order. Counts (versions, readers, times)
/// are added where a row is first seen, so they count distinct things. Pure values.
#pragma once

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "base/digest.h"
#include "base/random.h"
#include "catalog/fact.h"

namespace solvent::catalog {

/// When, and by which event, something was said. A higher rank outweighs any time.
struct Stamp {
  std::int64_t rank = 0;
  TimeUs at = 0;
  Uuid event{};
  auto operator<=>(const Stamp&) const = default;
};

/// The value with the greatest stamp; the value of an unset one is its default.
template <class T>
struct Latest {
  Stamp stamp;
  T value{};
  void offer(const Stamp& other, T candidate) {
    if (!(stamp < other)) return;
    stamp = other;
    value = std::move(candidate);
  }
  void join(const Latest& other) { offer(other.stamp, other.value); }
  bool operator==(const Latest&) const = default;
};

/// The lesser of two times of which 0 means never.
inline TimeUs earliest(TimeUs a, TimeUs b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

/// Ranks of the ways an asset gets a name.
enum class NameRank : std::uint8_t { kMentioned = 1, kDeclared = 2, kRenamed = 3 };

struct AssetRow {
  std::int64_t key = 0;  ///< local to this database; the first event that named it decides
  Uuid id{};
  Latest<AssetName> name;
  Latest<std::string> kind, system;
  Latest<std::pair<std::string, std::string>> owner;  ///< owner, origin
  Latest<bool> standing;                              ///< declared later than removed
  Latest<Digest> current;
  TimeUs created = 0, last_version_at = 0, last_read_at = 0, last_written_at = 0;
  std::int64_t versions = 0, readers = 0;  ///< of a batch: what it adds
  void join(const AssetRow& other);
  bool operator==(const AssetRow&) const = default;
};

/// A name an asset has or had; former names still lead to it.
struct NameRow {
  TimeUs first_at = 0, last_at = 0;
  void join(const NameRow& other);
};

struct VersionFacts {
  std::optional<Digest> content;
  std::int64_t size = 0, rows = -1;
  std::string slice;
  std::int64_t manifest_seq = 0;  ///< log line that holds the manifest; not part of the view
  bool operator==(const VersionFacts&) const = default;
};

struct VersionRow {
  std::int64_t key = 0;
  TimeUs created = 0;
  Latest<VersionFacts> facts;
  Latest<Uuid> run;
  void join(const VersionRow& other);
  bool operator==(const VersionRow&) const = default;
};

struct RunRow {
  std::int64_t key = 0;
  Latest<AssetName> job;
  Latest<RunState> state;  ///< terminal states rank above the others
  TimeUs first_start = 0;  ///< earliest START
  TimeUs first_seen = 0;   ///< earliest anything
  Latest<Uuid> parent;
  TimeUs started() const { return first_start != 0 ? first_start : first_seen; }
  TimeUs ended() const { return is_terminal(state.value) ? state.stamp.at : 0; }
  void join(const RunRow& other);
};

/// One run reading or writing one version (or an unknown version) of one asset.
struct IoRow {
  TimeUs first_at = 0, last_at = 0;
  std::int64_t times = 0;
  void join(const IoRow& other);
};

enum class IoMode : std::uint8_t { kRead = 0, kWrote = 1 };
enum class Evidence : std::uint8_t { kDeclared = 0, kObserved = 1, kInferred = 2 };
std::string_view evidence_name(Evidence evidence);

struct DependencyRow {
  TimeUs first_seen = 0, last_seen = 0;
  std::int64_t times = 0;
  void join(const DependencyRow& other);
};

struct VersionKey {
  Uuid asset{};
  Digest digest;
  auto operator<=>(const VersionKey&) const = default;
};
struct IoKey {
  Uuid run{};
  IoMode mode = IoMode::kRead;
  Uuid asset{};
  Digest version;  ///< all zero: unknown
  auto operator<=>(const IoKey&) const = default;
};
struct NameKey {
  Uuid asset{};
  AssetName name;
  auto operator<=>(const NameKey&) const = default;
};
struct ReaderKey {
  Uuid asset{}, job{};  ///< job: derived id of its name
  auto operator<=>(const ReaderKey&) const = default;
};
struct DependencyKey {
  Uuid consumer{}, producer{};
  Evidence evidence = Evidence::kDeclared;
  auto operator<=>(const DependencyKey&) const = default;
};

/// What a batch of events says, folded: one row per thing touched. Keys of new things are taken
/// from the log position of the event that first names them here, so a rebuild gives the same ones.
/// Positions start at 1 and may be relative to a log line that is known only later (see `apply`).
struct Fold {
  std::map<Uuid, AssetRow> assets;
  std::map<NameKey, NameRow> names;
  std::map<VersionKey, VersionRow> versions;
  std::map<Uuid, RunRow> runs;
  std::map<IoKey, IoRow> io;
  std::map<ReaderKey, TimeUs> readers;
  std::map<DependencyKey, DependencyRow> dependencies;

  void add(const Fact& fact, std::int64_t seq);

 private:
  AssetRow& asset(const Fact& fact, const Uuid& id, const AssetName& name, std::int64_t key);
  void add_asset(const Fact& fact, std::int64_t seq);
  void add_version(const Fact& fact, std::int64_t seq);
  void add_run(const Fact& fact, std::int64_t seq);
  void add_dependency(const Fact& fact, std::int64_t seq);
  VersionRow& version(const Fact& fact, std::int64_t seq);
};

}  // namespace solvent::catalog
