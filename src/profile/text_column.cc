#include <algorithm>

#include "base/text.h"
#include "profile/column_builders.h"

namespace solvent::profile {
namespace {

constexpr std::size_t kPatternsMax = 4'096;
constexpr std::size_t kExtremeBytes = 64;
constexpr std::size_t kShapedBytes = 4'096;  // a shape is cut at 64 bytes anyway

/// Cut at 64 bytes, at a character's edge; foreign bytes replaced.
std::string cut(std::string_view text) {
  if (text.size() > kExtremeBytes) {
    std::size_t end = kExtremeBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end);
  }
  return sanitize_utf8(text);
}

}  // namespace

std::int32_t TextColumn::pattern_of(std::string_view text) {
  std::string shape = folded_shape(text.substr(0, kShapedBytes));
  if (!is_valid_utf8(shape)) shape = sanitize_utf8(shape);
  if (const auto found = pattern_index_.find(shape); found != pattern_index_.end())
    return found->second;
  if (patterns_.size() == kPatternsMax) return -1;
  const auto index = static_cast<std::int32_t>(patterns_.size());
  pattern_index_.emplace(shape, index);
  patterns_.push_back({std::move(shape), 0});
  return index;
}

void TextColumn::see_extremes(std::string_view text) {
  // Compared on the whole prefix that is kept, so that a cut text orders as its start.
  const std::string_view start = text.substr(0, kExtremeBytes);
  if (!any_) {
    min_ = max_ = std::string(start);
    any_ = true;
  }
  if (start < min_) min_ = std::string(start);
  if (start > max_) max_ = std::string(start);
}

TextEntry& TextColumn::add_new(std::string_view text, std::uint64_t hash) {
  const std::size_t bytes = counts_.bytes();
  if (exact_ && (counts_.size() >= exact_max_ || bytes >= bytes_max_)) {
    exact_ = false;
    for (const auto& entry : counts_.entries()) distinct_.add(entry.hash);
  }
  if (!exact_) {
    distinct_.add(hash);
    const std::size_t size_max = std::min(kFrequentEntries, exact_max_);
    while (counts_.size() > 0 && (counts_.size() >= size_max || counts_.bytes() >= bytes_max_))
      offset_ += counts_.shrink();
  }
  see_extremes(text);
  TextEntry entry;
  entry.hash = hash;
  entry.bytes = text.size();
  entry.shown = shown_text(text, hash);
  entry.length = static_cast<std::int32_t>(std::min<std::int64_t>(characters(text), INT32_MAX));
  entry.pattern = pattern_of(text);
  entry.kind = static_cast<std::int32_t>(classify(text));
  return counts_.insert(std::move(entry));
}

TextEntry& TextColumn::entry_of(std::string_view text) {
  const std::uint64_t hash = hash_text(text);
  if (TextEntry* entry = counts_.find(text, hash)) return *entry;
  return add_new(text, hash);
}

void TextColumn::add(const ColumnSpan& span) {
  lengths_.clear();
  rows_ += static_cast<std::int64_t>(span.texts.size());
  for (std::size_t row = 0; row < span.texts.size(); ++row) {
    if (!span.valid.empty() && span.valid[row] == 0) {
      ++nulls_;
      continue;
    }
    const std::string_view text = span.texts[row];
    TextEntry& entry = entry_of(text);
    ++entry.count;
    empty_ += text.empty();
    ++kinds_[entry.kind];
    ++(entry.pattern < 0 ? other_patterns_
                         : patterns_[static_cast<std::size_t>(entry.pattern)].count);
    lengths_.push_back(entry.length);
  }
  length_.add_all(lengths_);
}

void TextColumn::finish_distinct(ColumnProfile& out, bool top_complete) const {
  if (!exact_) {
    const DistinctState state(distinct_);
    out.distinct = state.count();
    out.distinct_exact = false;
    out.distinct_error = HyperLogLog::kError;
    out.distinct_state = state.text();
    return;
  }
  out.distinct = static_cast<std::int64_t>(counts_.size());
  std::vector<std::uint64_t> hashes;
  bool shown_whole = true;
  for (const auto& entry : counts_.entries()) {
    hashes.push_back(entry.hash);
    shown_whole = shown_whole && hash_text(entry.shown) == entry.hash;
  }
  if (!top_complete || !shown_whole) out.distinct_state = DistinctState(std::move(hashes)).text();
}

void TextColumn::finish(ColumnProfile& out, const Limits& limits) const {
  out.rows = rows_;
  out.nulls = nulls_;
  out.empty_texts = empty_;
  out.min_text = cut(min_);
  out.max_text = cut(max_);
  out.text_length = length_;

  std::vector<ValueCount> named;
  named.reserve(counts_.size());
  for (const auto& entry : counts_.entries()) named.push_back({entry.shown, entry.count});
  TopList top = top_list(std::move(named), offset_, static_cast<std::size_t>(limits.top_values));
  out.top = std::move(top.values);
  out.top_complete = top.complete && exact_;
  out.top_error = top.error;
  out.top_floor = top.floor;
  finish_distinct(out, out.top_complete);

  TopList shapes = top_list(patterns_, 0, static_cast<std::size_t>(limits.pattern_values));
  std::erase_if(shapes.values, [](const ValueCount& shape) { return shape.count == 0; });
  out.patterns = std::move(shapes.values);
  out.patterns_complete = shapes.complete && other_patterns_ == 0;

  std::vector<ValueCount> kinds;
  for (int kind = 0; kind < kTextKinds; ++kind)
    if (kinds_[kind] > 0)
      kinds.push_back({std::string(text_kind_name(static_cast<TextKind>(kind))), kinds_[kind]});
  out.parsed_types = top_list(std::move(kinds), 0, kTextKinds).values;
}

}  // namespace solvent::profile
