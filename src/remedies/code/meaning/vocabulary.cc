#include "remedies/code/meaning/vocabulary.h"

#include <algorithm>
#include <cstring>

namespace solvent::remedies::code {
namespace {

constexpr std::size_t kBlock = 64u << 10;

std::uint32_t hash_of(std::string_view text) {
  std::uint64_t hash = text.size() * 0x9e3779b97f4a7c15u;
  while (text.size() >= 8) {
    std::uint64_t piece;
    std::memcpy(&piece, text.data(), 8);
    hash = (hash ^ piece) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
    text.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  hash = (hash ^ rest) * 0xc4ceb9fe1a85ec53u;
  return static_cast<std::uint32_t>(hash >> 29);
}

}  // namespace

std::uint32_t& NumberMap::operator[](std::uint64_t key) {
  for (std::size_t at = start(key);; at = (at + 1) & mask_) {
    if (slots_[at].key == key) return slots_[at].value;
    if (slots_[at].key != 0) continue;
    if ((used_ + 1) * 4 > slots_.size() * 3) {
      grow();
      return (*this)[key];
    }
    ++used_;
    slots_[at].key = key;
    return slots_[at].value;
  }
}

void NumberMap::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.size() * 2, Slot());
  mask_ = slots_.size() - 1;
  used_ = 0;
  for (const Slot& slot : old)
    if (slot.key != 0) (*this)[slot.key] = slot.value;
}

void NumberMap::clear() {
  if (used_ == 0) return;
  std::ranges::fill(slots_, Slot());
  used_ = 0;
}

Vocabulary::Vocabulary() : words_(1), hashes_(1), table_(1024), paths_(1) {}

std::string_view Vocabulary::keep(std::string_view text) {
  if (text.size() > cursor_.left) {
    cursor_.left = std::max(kBlock, text.size());
    blocks_.push_back(std::shared_ptr<char[]>(new char[cursor_.left]));
    cursor_.at = blocks_.back().get();
  }
  std::memcpy(cursor_.at, text.data(), text.size());
  const std::string_view kept(cursor_.at, text.size());
  cursor_.at += text.size();
  cursor_.left -= text.size();
  return kept;
}

std::size_t Vocabulary::place(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Word word = table_[at];
    if (word == 0 || (hashes_[word] == hash && words_[word] == text)) return at;
  }
}

Word Vocabulary::find_word(std::string_view text) const {
  return text.empty() ? 0 : table_[place(text, hash_of(text))];
}

Word Vocabulary::word(std::string_view text) {
  if (text.empty()) return 0;
  const std::uint32_t hash = hash_of(text);
  const std::size_t at = place(text, hash);
  if (table_[at] != 0) return table_[at];
  const Word word = static_cast<Word>(words_.size());
  words_.push_back(keep(text));
  hashes_.push_back(hash);
  table_[at] = word;
  if (words_.size() * 2 > table_.size()) grow();
  return word;
}

void Vocabulary::grow() {
  table_.assign(table_.size() * 2, 0);
  for (Word word = 1; word < words_.size(); ++word)
    table_[place(words_[word], hashes_[word])] = word;
}

Path Vocabulary::path(Path parent, Word last) {
  if (last == 0) return 0;
  std::uint32_t& path = paths_by_key_[key(parent, last)];
  if (path == 0) {
    path = static_cast<Path>(paths_.size());
    paths_.push_back({parent, last});
  }
  return path;
}

Path Vocabulary::path_of(std::string_view dotted) {
  Path path = 0;
  while (!dotted.empty()) {
    const std::size_t dot = dotted.find('.');
    path = this->path(path, word(dotted.substr(0, dot)));
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return path;
}

std::string Vocabulary::dotted(Path path) const {
  if (path == 0) return {};
  std::string out(text(last(path)));
  for (Path at = parent(path); at != 0; at = parent(at))
    out = std::string(text(last(at))) + "." + out;
  return out;
}

}  // namespace solvent::remedies::code
