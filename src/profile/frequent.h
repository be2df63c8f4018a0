/// Counting tables for values: exact while they fit, then Misra-Gries (1982) in the batched form
/// of Agarwal et al. ("Mergeable summaries", 2012): when the table is full the median count is
/// taken from every entry. Counts are then lower bounds, short by at most the sum of what was
/// taken. Inside of profile; a table belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profile/profile.h"

namespace solvent::profile {

/// 64-bit keys → counts; open addressing. Not hardened against chosen keys: a run of collisions
/// costs at most the table's size a value.
class KeyCounts {
 public:
  struct Entry {
    std::uint64_t key = 0;
    std::int64_t count = 0;  // 0: free
  };
  /// Adds to a key that is there, or to a new one while fewer than `size_max` are; else false.
  bool add(std::uint64_t key, std::int64_t count, std::size_t size_max);
  std::size_t size() const { return size_; }
  std::vector<Entry> entries() const;
  /// Subtracts the median count, drops what reaches zero, returns what was subtracted.
  std::int64_t shrink();

 private:
  void rebuild(std::size_t slots, const std::vector<Entry>& entries);
  std::vector<Entry> slots_;
  std::size_t size_ = 0;
};

/// What is worth knowing of a text once, however often it occurs.
struct TextEntry {
  std::uint64_t hash = 0;
  std::uint64_t bytes = 0;
  std::string shown;  ///< the text itself, or its start and its hash: see shown_text
  std::int64_t count = 0;
  std::int32_t length = 0;   ///< characters, saturating
  std::int32_t pattern = 0;  ///< index of its shape
  std::int32_t kind = 0;     ///< TextKind
};

/// Texts up to 256 bytes of valid UTF-8 are shown whole; others as a prefix, "…#" and the hash.
std::string shown_text(std::string_view text, std::uint64_t hash);

class TextCounts {
 public:
  /// The entry of a text, or nullptr. `hash` is hash_text(text).
  TextEntry* find(std::string_view text, std::uint64_t hash);
  TextEntry& insert(TextEntry entry);
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }
  const std::vector<TextEntry>& entries() const { return entries_; }
  std::int64_t shrink();

 private:
  void rebuild(std::size_t slots);
  std::vector<std::uint32_t> slots_;  // index + 1 into entries_; 0: free
  std::vector<TextEntry> entries_;
  std::size_t bytes_ = 0;
};

/// Top list as profiles state it.
struct TopList {
  std::vector<ValueCount> values;
  bool complete = true;
  std::int64_t error = 0, floor = 0;
};
/// Orders by count, then value; keeps `count_max`. `offset` is the table's.
TopList top_list(std::vector<ValueCount> all, std::int64_t offset, std::size_t count_max);

}  // namespace solvent::profile
