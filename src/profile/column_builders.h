/// Streaming state of one column, by kind of value. Inside of profile; belongs to one thread.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "profile/distinct.h"
#include "profile/frequent.h"
#include "profile/hash.h"
#include "profile/profile.h"
#include "profile/quantile_sketch.h"
#include "profile/text_shape.h"

namespace solvent::profile {

/// Entries kept by Misra–Gries once a column is over its exact limit: a count is short by at most
/// 2 / kFrequentEntries of the rows.
inline constexpr std::size_t kFrequentEntries = 8'192;

bool is_text(ColumnType type);
/// How a number of a column is written in `top`.
std::string number_text(ColumnType type, std::int64_t integer, double real);
/// Integers up to 2^53 keep their identity as doubles.
bool is_exact_double(double value);

/// Bool, int, real, time and date columns.
class NumberColumn {
 public:
  NumberColumn(ColumnType type, std::size_t exact_max) : type_(type), exact_max_(exact_max) {}
  void add(const ColumnSpan& span);
  void finish(ColumnProfile& out, const Limits& limits) const;

 private:
  void gather(const ColumnSpan& span);
  void count_keys();
  void add_run(std::uint64_t key, std::int64_t count);
  void become_sketched();
  std::uint64_t hash_of(std::uint64_t key) const { return hash_bits(key); }
  double value_of(std::uint64_t key) const;

  ColumnType type_;
  std::size_t exact_max_;
  std::int64_t rows_ = 0, nulls_ = 0, nans_ = 0, infinities_ = 0, zeros_ = 0, negatives_ = 0;
  double min_ = 0, max_ = 0;
  Moments moments_;
  KeyCounts counts_;
  bool exact_ = true;
  std::int64_t offset_ = 0;  // Misra–Gries' subtracted count
  QuantileSketch quantiles_;
  HyperLogLog distinct_;
  std::vector<double> finite_;       // this batch
  std::vector<std::uint64_t> keys_;  // this batch
};

/// Text columns and others, which come as text.
class TextColumn {
 public:
  TextColumn(std::size_t exact_max, std::size_t bytes_max)
      : exact_max_(exact_max), bytes_max_(bytes_max) {}
  void add(const ColumnSpan& span);
  void finish(ColumnProfile& out, const Limits& limits) const;

 private:
  TextEntry& entry_of(std::string_view text);
  TextEntry& add_new(std::string_view text, std::uint64_t hash);
  std::int32_t pattern_of(std::string_view text);
  void see_extremes(std::string_view text);
  void finish_distinct(ColumnProfile& out, bool top_complete) const;

  std::size_t exact_max_, bytes_max_;
  std::int64_t rows_ = 0, nulls_ = 0, empty_ = 0;
  bool any_ = false;
  std::string min_, max_;
  TextCounts counts_;
  bool exact_ = true;
  std::int64_t offset_ = 0;
  HyperLogLog distinct_;
  std::vector<ValueCount> patterns_;
  std::unordered_map<std::string, std::int32_t> pattern_index_;
  std::int64_t other_patterns_ = 0;
  std::int64_t kinds_[kTextKinds] = {};
  Moments length_;
  std::vector<double> lengths_;  // this batch
};

}  // namespace solvent::profile
