#include "profile/frequent.h"

#include <algorithm>

#include "base/text.h"
#include "profile/hash.h"

namespace solvent::profile {
namespace {

constexpr std::size_t kShownBytes = 256;
constexpr std::size_t kPrefixBytes = 200;

template <class Entry>
std::int64_t median_count(const std::vector<Entry>& entries) {
  std::vector<std::int64_t> counts;
  counts.reserve(entries.size());
  for (const auto& entry : entries) counts.push_back(entry.count);
  auto middle = counts.begin() + static_cast<long>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  return *middle;
}

}  // namespace

bool KeyCounts::add(std::uint64_t key, std::int64_t count, std::size_t size_max) {
  if (slots_.empty()) rebuild(64, {});
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_bits(key) & mask;
  while (slots_[at].count != 0) {
    if (slots_[at].key == key) {
      slots_[at].count += count;
      return true;
    }
    at = (at + 1) & mask;
  }
  if (size_ >= size_max) return false;
  slots_[at] = {key, count};
  if (++size_ * 2 > slots_.size()) rebuild(slots_.size() * 2, entries());
  return true;
}

std::vector<KeyCounts::Entry> KeyCounts::entries() const {
  std::vector<Entry> out;
  out.reserve(size_);
  for (const auto& slot : slots_)
    if (slot.count != 0) out.push_back(slot);
  return out;
}

void KeyCounts::rebuild(std::size_t slots, const std::vector<Entry>& entries) {
  slots_.assign(slots, {});
  size_ = entries.size();
  for (const auto& entry : entries) {
    std::size_t at = hash_bits(entry.key) & (slots - 1);
    while (slots_[at].count != 0) at = (at + 1) & (slots - 1);
    slots_[at] = entry;
  }
}

std::int64_t KeyCounts::shrink() {
  std::vector<Entry> all = entries();
  if (all.empty()) return 0;
  const std::int64_t cut = median_count(all);
  std::erase_if(all, [&](const Entry& e) { return e.count <= cut; });
  for (auto& entry : all) entry.count -= cut;
  rebuild(slots_.size(), all);
  return cut;
}

std::string shown_text(std::string_view text, std::uint64_t hash) {
  if (text.size() <= kShownBytes && is_valid_utf8(text)) return std::string(text);
  std::string_view prefix = text.substr(0, kPrefixBytes);
  while (prefix.size() < text.size() && !prefix.empty() &&
         (static_cast<unsigned char>(text[prefix.size()]) & 0xc0) == 0x80)
    prefix.remove_suffix(1);  // not in the middle of a character
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = sanitize_utf8(prefix) + "…#";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[hash >> shift & 15];
  return out;
}

TextEntry* TextCounts::find(std::string_view text, std::uint64_t hash) {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    TextEntry& entry = entries_[slots_[at] - 1];
    if (entry.hash != hash || entry.bytes != text.size()) continue;
    // A cut text is recognised by its hash alone.
    if (entry.shown.size() != text.size() || entry.shown == text) return &entry;
  }
  return nullptr;
}

TextEntry& TextCounts::insert(TextEntry entry) {
  if ((entries_.size() + 1) * 2 > slots_.size())
    rebuild(std::max<std::size_t>(64, slots_.size() * 2));
  std::size_t at = entry.hash & (slots_.size() - 1);
  while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
  bytes_ += entry.shown.size() + sizeof(TextEntry);
  entries_.push_back(std::move(entry));
  slots_[at] = static_cast<std::uint32_t>(entries_.size());
  return entries_.back();
}

void TextCounts::rebuild(std::size_t slots) {
  slots_.assign(slots, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t at = entries_[i].hash & (slots - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots - 1);
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::int64_t TextCounts::shrink() {
  if (entries_.empty()) return 0;
  const std::int64_t cut = median_count(entries_);
  std::erase_if(entries_, [&](const TextEntry& e) { return e.count <= cut; });
  bytes_ = 0;
  for (auto& entry : entries_) {
    entry.count -= cut;
    bytes_ += entry.shown.size() + sizeof(TextEntry);
  }
  rebuild(slots_.size());
  return cut;
}

TopList top_list(std::vector<ValueCount> all, std::int64_t offset, std::size_t count_max) {
  TopList out;
  const std::size_t kept = std::min(all.size(), count_max);
  auto more = [](const ValueCount& a, const ValueCount& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  };
  std::partial_sort(all.begin(), all.begin() + static_cast<long>(kept), all.end(), more);
  out.floor = offset;
  for (std::size_t i = kept; i < all.size(); ++i)
    out.floor = std::max(out.floor, all[i].count + offset);
  out.complete = offset == 0 && kept == all.size();
  out.error = offset;
  all.resize(kept);
  out.values = std::move(all);
  return out;
}

}  // namespace solvent::profile
