#include "base/sim_disk.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace solvent {
namespace {

constexpr std::uint64_t kSector = SimDisk::kSector;
constexpr std::uint64_t kSimFileBytesMax = 1ull << 32;

/// One write or resize that no sync covers yet.
struct Change {
  /// Whole sectors as they stood right after the change, so that a sector kept from it also holds
  /// what earlier writes left in it, as a page cache would write it out.
  std::vector<std::pair<std::uint64_t, std::array<std::uint8_t, kSector>>> sectors;
  std::uint64_t size_after = 0;
  bool resized = false;
};

struct Node {
  std::uint64_t id = 0;
  bool directory = false;
  bool counted = true;  ///< in State::used; false once it has no name
  TimeUs modified = 0;
  // A file: what its readers see, what is on the disk for certain, and what lies between.
  Bytes data, durable;
  std::vector<Change> changes;
  // A directory, likewise; what lies between is in State::links.
  std::map<std::string, std::shared_ptr<Node>, std::less<>> entries, durable_entries;
};
using NodePtr = std::shared_ptr<Node>;  // open files keep a node whose name is gone

/// One create, rename, exchange or remove: its assignments happen together or not at all.
struct Link {
  struct Entry {
    NodePtr directory;
    std::string name;
    NodePtr target;  ///< null: the name goes
  };
  std::vector<Entry> entries;
};

void assign(std::map<std::string, NodePtr, std::less<>>& entries, const std::string& name,
            const NodePtr& target) {
  if (target)
    entries[name] = target;
  else
    entries.erase(name);
}

/// True when `node` is `top` or below it.
bool holds(const Node& top, const Node& node) {
  if (&top == &node) return true;
  return std::ranges::any_of(top.entries,
                             [&](const auto& entry) { return holds(*entry.second, node); });
}

void put_sector(Bytes& bytes, std::uint64_t sector, ByteView image) {
  const std::uint64_t from = sector * kSector;
  if (bytes.size() < from + kSector) bytes.resize(from + kSector);
  std::ranges::copy(image, bytes.begin() + static_cast<std::ptrdiff_t>(from));
}

/// The sectors that [from, to) touches, as they stand in `data`.
Change change_of(const Bytes& data, std::uint64_t from, std::uint64_t to, std::uint64_t old_size) {
  Change change;
  change.size_after = data.size();
  change.resized = data.size() != old_size;
  for (std::uint64_t sector = from / kSector; from < to && sector * kSector < to; ++sector) {
    auto& [at, image] = change.sectors.emplace_back();
    at = sector;
    image.fill(0);
    const std::uint64_t begin = sector * kSector;
    if (begin >= data.size()) continue;
    const std::uint64_t count = std::min<std::uint64_t>(kSector, data.size() - begin);
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(begin), count, image.begin());
  }
  return change;
}

void make_durable(Node& file) {
  for (const Change& change : file.changes) {
    for (const auto& [sector, image] : change.sectors) put_sector(file.durable, sector, image);
    file.durable.resize(change.size_after);
  }
  file.changes.clear();
  ASSERT(file.durable.size() == file.data.size());
}

/// How a crash treats what was not synced; most draws mix, some are the extremes.
enum class Mood : std::uint8_t { kLoseAll, kKeepAll, kMix };

Mood draw_mood(Random& random) {
  const std::uint64_t die = random.below(8);
  return die == 0 ? Mood::kLoseAll : die == 1 ? Mood::kKeepAll : Mood::kMix;
}

bool draw_kept(Random& random, Mood mood) {
  return mood == Mood::kKeepAll || (mood == Mood::kMix && random.below(2) == 0);
}

void apply_torn(Bytes& bytes, const Change& change, Random& random, Mood mood) {
  const std::uint64_t fate = mood == Mood::kMix ? random.below(3) : mood == Mood::kKeepAll ? 0 : 1;
  if (fate == 1) return;
  for (const auto& [sector, image] : change.sectors)
    if (fate == 0 || random.below(2) == 0) put_sector(bytes, sector, image);
}

/// Writes between two shrinks may land in any order.
void apply_unordered(Bytes& bytes, std::vector<const Change*>& writes, Random& random, Mood mood) {
  if (mood == Mood::kMix && random.below(2) == 0)
    for (std::size_t i = writes.size(); i > 1; --i)
      std::swap(writes[i - 1], writes[random.below(i)]);
  for (const Change* change : writes) apply_torn(bytes, *change, random, mood);
  writes.clear();
}

/// One state that the file may be found in.
Bytes crash_image(const Node& file, Random& random) {
  const Mood mood = draw_mood(random);
  std::uint64_t resizes = 0;
  for (const Change& change : file.changes) resizes += change.resized ? 1 : 0;
  const std::uint64_t kept = mood == Mood::kKeepAll   ? resizes
                             : mood == Mood::kLoseAll ? 0
                                                      : random.below(resizes + 1);
  Bytes bytes = file.durable;
  std::uint64_t size = bytes.size(), before = size, seen = 0;
  std::vector<const Change*> writes;
  for (const Change& change : file.changes) {
    const bool resize_kept = change.resized && seen++ < kept;
    if (resize_kept && change.size_after < before) {
      // A kept shrink frees the blocks behind it: nothing older can reappear there.
      apply_unordered(bytes, writes, random, mood);
      if (bytes.size() > change.size_after) bytes.resize(change.size_after);
    } else {
      writes.push_back(&change);
    }
    if (resize_kept) size = change.size_after;
    before = change.size_after;
  }
  apply_unordered(bytes, writes, random, mood);
  bytes.resize(size);
  return bytes;
}

}  // namespace

struct SimDisk::State {
  struct Held {
    int shared = 0;
    bool exclusive = false;
  };
  /// What the power cut leaves of the present operation.
  enum class Step : std::uint8_t { kGo, kLast };
  enum class Kind : std::uint8_t { kWrite, kSync, kOther };

  explicit State(Plan from) : plan(from) { root = new_node(true); }

  NodePtr new_node(bool directory) {
    auto node = std::make_shared<Node>();
    node->id = next_id++;
    node->directory = directory;
    node->modified = static_cast<TimeUs>(counts.operations);
    return node;
  }

  static Unexpected power_gone() {
    return fail(Code::kUnavailable, "the simulated disk has lost power");
  }
  Result<void> alive() const {
    if (crashed) return power_gone();
    return {};
  }

  Result<Step> step(Kind kind) {
    TRY(alive());
    ++counts.operations;
    if (kind == Kind::kWrite) ++counts.writes;
    if (kind == Kind::kSync) ++counts.syncs;
    crashed = counts.operations == plan.crash_at_operation ||
              (kind == Kind::kWrite && counts.writes == plan.crash_at_write) ||
              (kind == Kind::kSync && counts.syncs == plan.crash_at_sync);
    return crashed ? Step::kLast : Step::kGo;
  }
  static Result<void> end(Step step) {
    if (step == Step::kLast) return power_gone();
    return {};
  }

  static std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= path.size();) {
      const std::size_t at = std::min(path.find('/', from), path.size());
      const std::string part = path.substr(from, at - from);
      from = at + 1;
      if (part == ".." && !parts.empty()) parts.pop_back();
      if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    }
    return parts;
  }

  Result<NodePtr> find(const std::string& path) const {
    NodePtr node = root;
    for (const std::string& part : parts_of(path)) {
      if (!node->directory)
        return fail(Code::kFailedPrecondition, "not a directory on the way to: " + path, {}, path);
      const auto entry = node->entries.find(part);
      if (entry == node->entries.end())
        return fail(Code::kNotFound, "no such file or directory: " + path, {}, path);
      node = entry->second;
    }
    return node;
  }

  Result<NodePtr> find_directory(const std::string& path) const {
    NodePtr node = TRY(find(path));
    if (!node->directory)
      return fail(Code::kFailedPrecondition, "not a directory: " + path, {}, path);
    return node;
  }

  struct Place {
    NodePtr directory;
    std::string name;
    NodePtr target;  ///< null when the name is free
  };
  Result<Place> place_of(const std::string& path) const {
    std::vector<std::string> parts = parts_of(path);
    if (parts.empty() || path.find('\0') != std::string::npos)
      return fail(Code::kInvalidArgument, "not a path below the root: " + path, {}, path);
    Place place;
    place.name = std::move(parts.back());
    parts.pop_back();
    std::string parent;
    for (const std::string& part : parts) parent += "/" + part;
    place.directory = TRY(find_directory(parent));
    const auto entry = place.directory->entries.find(place.name);
    if (entry != place.directory->entries.end()) place.target = entry->second;
    return place;
  }

  void link(std::vector<Link::Entry> entries) {
    for (const Link::Entry& entry : entries) {
      assign(entry.directory->entries, entry.name, entry.target);
      entry.directory->modified = static_cast<TimeUs>(counts.operations);
    }
    links.push_back({std::move(entries)});
  }

  /// Makes every link that touches `directory` durable. A rename between directories is durable in
  /// both, and what it overwrote in the other one can no longer come back.
  void commit_links(const NodePtr& directory) {
    std::vector<Link> pending;
    for (Link& link : links) {
      const bool covered = std::ranges::any_of(
          link.entries, [&](const Link::Entry& entry) { return entry.directory == directory; });
      if (!covered) {
        pending.push_back(std::move(link));
        continue;
      }
      for (const Link::Entry& entry : link.entries) {
        assign(entry.directory->durable_entries, entry.name, entry.target);
        for (Link& earlier : pending)
          std::erase_if(earlier.entries, [&](const Link::Entry& old) {
            return old.directory == entry.directory && old.name == entry.name;
          });
      }
    }
    links = std::move(pending);
  }

  void count_bytes(const Node& file, std::uint64_t old_size) {
    if (file.counted) used = used - old_size + file.data.size();
  }
  void uncount(Node& file) {
    if (file.counted) used -= file.data.size();
    file.counted = false;
  }

  Result<void> resize(Node& file, std::uint64_t size) {
    const std::uint64_t old_size = file.data.size();
    if (size > old_size && size - old_size > room())
      return fail(Code::kResourceExhausted, "the simulated disk is full");
    file.data.resize(size);
    count_bytes(file, old_size);
    // A sector that is cut is written out again with zeros behind the cut; growing writes nothing.
    const bool cuts = size < old_size && size % kSector != 0;
    file.changes.push_back(change_of(file.data, size, cuts ? size + 1 : size, old_size));
    file.modified = static_cast<TimeUs>(counts.operations);
    return {};
  }

  std::uint64_t room() const { return used >= plan.bytes_max ? 0 : plan.bytes_max - used; }

  mutable std::mutex mutex;
  Plan plan;
  Counts counts;
  bool crashed = false;
  std::uint64_t used = 0;
  std::uint64_t next_id = 1;
  NodePtr root;
  std::vector<Link> links;  ///< not yet covered by sync_directory, oldest first
  std::map<std::string, Held> locks;
};

namespace {

template <class State>
class SimFile final : public File {
 public:
  SimFile(std::shared_ptr<State> state, NodePtr node, bool writable)
      : state_(std::move(state)), node_(std::move(node)), writable_(writable) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const std::lock_guard lock(state_->mutex);
    TRY(state_->alive());
    if (offset >= node_->data.size()) return 0;
    const std::size_t count = std::min<std::uint64_t>(out.size(), node_->data.size() - offset);
    std::copy_n(node_->data.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    const std::lock_guard lock(state_->mutex);
    TRY(check_writable(offset, bytes.size()));
    const auto step = TRY(state_->step(State::Kind::kWrite));
    const std::uint64_t old_size = node_->data.size();
    std::uint64_t end = offset + bytes.size();
    if (end > old_size) end = std::max(old_size, std::min(end, old_size + state_->room()));
    const std::uint64_t fitting =
        end > offset ? std::min<std::uint64_t>(end - offset, bytes.size()) : 0;
    if (fitting > 0) {
      if (end > old_size) {
        node_->data.resize(end);
        state_->count_bytes(*node_, old_size);
      }
      std::copy_n(bytes.begin(), fitting,
                  node_->data.begin() + static_cast<std::ptrdiff_t>(offset));
      node_->changes.push_back(change_of(node_->data, offset, offset + fitting, old_size));
      node_->modified = static_cast<TimeUs>(state_->counts.operations);
    }
    TRY(State::end(step));
    if (fitting < bytes.size())
      return fail(Code::kResourceExhausted, "the simulated disk is full",
                  "free some space and run it again");
    return {};
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard lock(state_->mutex);
    TRY(state_->alive());
    return node_->data.size();
  }

  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(state_->mutex);
    TRY(check_writable(size, 0));
    const auto step = TRY(state_->step(State::Kind::kOther));
    TRY(state_->resize(*node_, size));
    return State::end(step);
  }

  Result<void> sync() override {
    const std::lock_guard lock(state_->mutex);
    const auto step = TRY(state_->step(State::Kind::kSync));
    TRY(State::end(step));
    make_durable(*node_);
    return {};
  }

 private:
  Result<void> check_writable(std::uint64_t offset, std::uint64_t count) const {
    TRY(state_->alive());
    if (!writable_) return fail(Code::kPermissionDenied, "the file was opened for reading");
    if (offset > kSimFileBytesMax || count > kSimFileBytesMax - offset)
      return fail(Code::kResourceExhausted, "a simulated file holds at most 4 GiB");
    return {};
  }

  std::shared_ptr<State> state_;
  NodePtr node_;
  bool writable_;
};

template <class State>
class SimLock final : public FileLock {
 public:
  SimLock(std::shared_ptr<State> state, std::string path, bool exclusive)
      : state_(std::move(state)), path_(std::move(path)), exclusive_(exclusive) {}
  ~SimLock() override {
    const std::lock_guard lock(state_->mutex);
    auto& held = state_->locks[path_];
    if (exclusive_)
      held.exclusive = false;
    else
      --held.shared;
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  bool exclusive_;
};

}  // namespace

SimDisk::SimDisk(Plan plan) : state_(std::make_shared<State>(plan)) {}
SimDisk::SimDisk(std::shared_ptr<State> state) : state_(std::move(state)) {}
SimDisk::~SimDisk() = default;

Result<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  auto place = TRY(state_->place_of(path));
  if (place.target && place.target->directory)
    return fail(Code::kFailedPrecondition, "is a directory: " + path, {}, path);
  if (place.target && mode == OpenMode::kCreateNew)
    return fail(Code::kAlreadyExists, "file exists: " + path, {}, path);
  if (!place.target) {
    if (mode == OpenMode::kRead || mode == OpenMode::kReadWrite)
      return fail(Code::kNotFound, "no such file or directory: " + path, {}, path);
    const auto step = TRY(state_->step(State::Kind::kOther));
    place.target = state_->new_node(false);
    state_->link({{place.directory, place.name, place.target}});
    TRY(State::end(step));
  } else if (mode == OpenMode::kTruncate && !place.target->data.empty()) {
    const auto step = TRY(state_->step(State::Kind::kOther));
    TRY(state_->resize(*place.target, 0));
    TRY(State::end(step));
  }
  return std::make_unique<SimFile<State>>(state_, place.target, mode != OpenMode::kRead);
}

Result<FileInfo> SimDisk::stat(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  const NodePtr node = TRY(state_->find(path));
  FileInfo info;
  info.kind = node->directory ? FileInfo::Kind::kDirectory : FileInfo::Kind::kFile;
  info.size = node->data.size();
  info.modified = node->modified;
  info.inode = node->id;
  return info;
}

Result<std::vector<std::string>> SimDisk::list(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  std::vector<std::string> names;
  for (const auto& [name, node] : TRY(state_->find_directory(directory))->entries)
    names.push_back(name);
  return names;
}

Result<void> SimDisk::make_directories(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  NodePtr node = state_->root;
  for (const std::string& part : State::parts_of(path)) {
    NodePtr next;
    if (const auto entry = node->entries.find(part); entry != node->entries.end()) {
      next = entry->second;
      if (!next->directory)
        return fail(Code::kFailedPrecondition, "not a directory: " + path, {}, path);
    } else {
      const auto step = TRY(state_->step(State::Kind::kOther));
      next = state_->new_node(true);
      state_->link({{node, part, next}});
      TRY(State::end(step));
    }
    node = next;
  }
  return {};
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  const auto source = TRY(state_->place_of(from));
  const auto goal = TRY(state_->place_of(to));
  if (!source.target) return fail(Code::kNotFound, "no such file or directory: " + from, {}, from);
  if (source.target == goal.target) return {};
  if (goal.target &&
      (goal.target->directory != source.target->directory || !goal.target->entries.empty()))
    return fail(Code::kFailedPrecondition, "cannot be replaced: " + to, {}, to);
  if (holds(*source.target, *goal.directory))
    return fail(Code::kInvalidArgument, "cannot move below itself: " + from, {}, from);
  const auto step = TRY(state_->step(State::Kind::kOther));
  if (goal.target) state_->uncount(*goal.target);
  state_->link(
      {{source.directory, source.name, nullptr}, {goal.directory, goal.name, source.target}});
  return State::end(step);
}

Result<void> SimDisk::exchange(const std::string& a, const std::string& b) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  const auto one = TRY(state_->place_of(a));
  const auto other = TRY(state_->place_of(b));
  for (const auto* place : {&one, &other})
    if (!place->target) return fail(Code::kNotFound, "no such file or directory to exchange: " + a);
  if (one.target == other.target) return {};
  if (holds(*one.target, *other.directory) || holds(*other.target, *one.directory))
    return fail(Code::kUnimplemented, "cannot exchange what is below the other: " + a, {}, a);
  const auto step = TRY(state_->step(State::Kind::kOther));
  state_->link(
      {{one.directory, one.name, other.target}, {other.directory, other.name, one.target}});
  return State::end(step);
}

Result<void> SimDisk::remove(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  const auto place = TRY(state_->place_of(path));
  if (!place.target) return fail(Code::kNotFound, "no such file or directory: " + path, {}, path);
  if (!place.target->entries.empty())
    return fail(Code::kFailedPrecondition, "directory not empty: " + path, {}, path);
  const auto step = TRY(state_->step(State::Kind::kOther));
  state_->uncount(*place.target);
  state_->link({{place.directory, place.name, nullptr}});
  return State::end(step);
}

Result<void> SimDisk::sync_directory(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  TRY(state_->alive());
  const NodePtr directory = TRY(state_->find_directory(path));
  const auto step = TRY(state_->step(State::Kind::kSync));
  TRY(State::end(step));
  state_->commit_links(directory);
  return {};
}

Result<std::unique_ptr<FileLock>> SimDisk::lock(const std::string& path, bool exclusive) {
  // Created when absent, as a real lock file is.
  TRY(open(path, OpenMode::kCreate));
  const std::lock_guard lock(state_->mutex);
  State::Held& held = state_->locks[path];
  if (held.exclusive || (exclusive && held.shared > 0))
    return fail(Code::kUnavailable, "the lock is held: " + path, {}, path);
  if (exclusive)
    held.exclusive = true;
  else
    ++held.shared;
  return std::make_unique<SimLock<State>>(state_, path, exclusive);
}

std::unique_ptr<SimDisk> SimDisk::crash(Random& random, Plan plan) const {
  const std::lock_guard lock(state_->mutex);
  // Entries as found, by node; then the links that happened to be kept, in order.
  const Mood mood = draw_mood(random);
  std::map<const Node*, std::map<std::string, NodePtr, std::less<>>> found;
  for (const Link& link : state_->links) {
    if (!draw_kept(random, mood)) continue;
    for (const Link::Entry& entry : link.entries) {
      const auto [at, fresh] = found.try_emplace(entry.directory.get());
      if (fresh) at->second = entry.directory->durable_entries;
      assign(at->second, entry.name, entry.target);
    }
  }
  const auto entries_of = [&](const Node& node) -> const auto& {
    const auto at = found.find(&node);
    return at != found.end() ? at->second : node.durable_entries;
  };
  // Copies are made in the order of creation, never of names: names may hold real randomness.
  std::map<std::uint64_t, const Node*> reached{{state_->root->id, state_->root.get()}};
  std::vector<const Node*> queue{state_->root.get()};
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (const auto& [name, node] : entries_of(*queue[i]))
      if (reached.emplace(node->id, node.get()).second) queue.push_back(node.get());

  auto state = std::make_shared<State>(plan);
  state->next_id = state_->next_id;
  std::map<std::uint64_t, NodePtr> copies;
  for (const auto& [id, node] : reached) {
    const NodePtr copy = node == state_->root.get() ? state->root : std::make_shared<Node>();
    copy->id = id;
    copy->directory = node->directory;
    if (!node->directory) copy->durable = copy->data = crash_image(*node, random);
    state->used += copy->data.size();
    copies.emplace(id, copy);
  }
  for (const auto& [id, node] : reached)
    for (const auto& [name, target] : entries_of(*node))
      copies.at(id)->entries.emplace(name, copies.at(target->id));
  for (const auto& [id, copy] : copies) copy->durable_entries = copy->entries;
  return std::unique_ptr<SimDisk>(new SimDisk(std::move(state)));
}

bool SimDisk::crashed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->crashed;
}

SimDisk::Counts SimDisk::counts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counts;
}

}  // namespace solvent
