/// Words and dotted paths as small numbers, equal exactly when the texts are. A copy goes on from
/// what the original had: numbers given before are the same in both. Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace solvent::remedies::code {

using Word = std::uint32_t;  ///< 0 is no word
using Path = std::uint32_t;  ///< 0 is no path; a path is its parent's and one word more

/// Numbers to numbers, by open addressing. Keys are not 0.
class NumberMap {
 public:
  /// 0 where there is none.
  std::uint32_t find(std::uint64_t key) const {
    for (std::size_t at = start(key);; at = (at + 1) & mask_) {
      if (slots_[at].key == key) return slots_[at].value;
      if (slots_[at].key == 0) return 0;
    }
  }
  /// The value of a key, 0 when it is new.
  std::uint32_t& operator[](std::uint64_t key);
  void clear();

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t value = 0;
  };
  std::size_t start(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15u) >> 20) & mask_;
  }
  void grow();

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  std::size_t mask_ = 15, used_ = 0;
};

class Vocabulary {
 public:
  Vocabulary();

  Word word(std::string_view text);             ///< 0 for the empty text
  Word find_word(std::string_view text) const;  ///< 0 when nobody has asked for it
  std::string_view text(Word word) const { return words_[word]; }

  /// `parent` may be 0: a module, a built-in name.
  Path path(Path parent, Word last);
  Path find_path(Path parent, Word last) const { return paths_by_key_.find(key(parent, last)); }
  /// "sklearn.metrics.f1_score"; 0 for the empty text.
  Path path_of(std::string_view dotted);
  Path parent(Path path) const { return paths_[path].parent; }
  Word last(Path path) const { return paths_[path].last; }
  std::string dotted(Path path) const;

 private:
  struct Step {
    Path parent = 0;
    Word last = 0;
  };
  static std::uint64_t key(Path parent, Word last) {
    return (std::uint64_t{parent} << 32 | last) + (std::uint64_t{1} << 63);
  }
  std::string_view keep(std::string_view text);
  std::size_t place(std::string_view text, std::uint32_t hash) const;
  void grow();

  /// Where the next word's text goes. A copy begins a block of its own.
  struct Cursor {
    Cursor() = default;
    Cursor(const Cursor&) {}
    Cursor(Cursor&&) = default;
    Cursor& operator=(const Cursor& other) {
      if (this != &other) *this = Cursor();
      return *this;
    }
    Cursor& operator=(Cursor&&) = default;
    char* at = nullptr;
    std::size_t left = 0;
  };

  std::vector<std::shared_ptr<char[]>> blocks_;
  Cursor cursor_;
  std::vector<std::string_view> words_;
  std::vector<std::uint32_t> hashes_;  ///< of the words
  std::vector<Word> table_;
  std::vector<Step> paths_;
  NumberMap paths_by_key_;
};

}  // namespace solvent::remedies::code
