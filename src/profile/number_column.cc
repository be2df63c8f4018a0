#include <algorithm>
#include <bit>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"
#include "profile/column_builders.h"

namespace solvent::profile {

bool is_text(ColumnType type) {
  return type == ColumnType::kText || type == ColumnType::kOther || type == ColumnType::kUnknown;
}

bool is_exact_double(double value) {
  return std::abs(value) <= 9'007'199'254'740'992.0;
}

std::string number_text(ColumnType type, std::int64_t integer, double real) {
  switch (type) {
    case ColumnType::kBool: return integer != 0 ? "true" : "false";
    case ColumnType::kDate: return format_date(integer);
    case ColumnType::kTime: return format_time(integer);
    case ColumnType::kReal: return format_double(real);
    default: return std::to_string(integer);
  }
}

double NumberColumn::value_of(std::uint64_t key) const {
  return type_ == ColumnType::kReal ? std::bit_cast<double>(key)
                                    : static_cast<double>(static_cast<std::int64_t>(key));
}

void NumberColumn::gather(const ColumnSpan& span) {
  const bool real = type_ == ColumnType::kReal;
  const std::size_t rows = real ? span.reals.size() : span.integers.size();
  finite_.clear();
  keys_.clear();
  finite_.reserve(rows);
  keys_.reserve(rows);
  rows_ += static_cast<std::int64_t>(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    if (!span.valid.empty() && span.valid[row] == 0) {
      ++nulls_;
    } else if (!real) {
      keys_.push_back(static_cast<std::uint64_t>(span.integers[row]));
      finite_.push_back(static_cast<double>(span.integers[row]));
    } else if (const double value = span.reals[row]; std::isfinite(value)) {
      keys_.push_back(real_key(value));
      finite_.push_back(value == 0 ? 0.0 : value);
    } else {
      ++(std::isnan(value) ? nans_ : infinities_);
    }
  }
}

void NumberColumn::add(const ColumnSpan& span) {
  gather(span);
  if (finite_.empty()) return;
  if (moments_.n == 0) min_ = max_ = finite_[0];
  for (double value : finite_) {
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    zeros_ += value == 0;
    negatives_ += value < 0;
  }
  moments_.add_all(finite_);
  count_keys();
}

void NumberColumn::count_keys() {
  std::size_t sketched_from = exact_ ? keys_.size() : 0;
  for (std::size_t at = 0; at < keys_.size();) {
    std::size_t end = at + 1;
    while (end < keys_.size() && keys_[end] == keys_[at]) ++end;
    const auto run = static_cast<std::int64_t>(end - at);
    if (exact_ && !counts_.add(keys_[at], run, exact_max_)) {
      become_sketched();
      sketched_from = at;
    }
    if (!exact_) add_run(keys_[at], run);
    at = end;
  }
  quantiles_.add(std::span<const double>(finite_).subspan(sketched_from));
}

void NumberColumn::add_run(std::uint64_t key, std::int64_t count) {
  distinct_.add(hash_of(key));
  while (!counts_.add(key, count, kFrequentEntries)) offset_ += counts_.shrink();
}

/// Carries the exact counts over into the three bounded summaries.
void NumberColumn::become_sketched() {
  exact_ = false;
  std::vector<KeyCounts::Entry> all = counts_.entries();
  std::sort(all.begin(), all.end(),
            [this](const auto& a, const auto& b) { return value_of(a.key) < value_of(b.key); });
  WeightedPoints points;
  for (const auto& entry : all) {
    distinct_.add(hash_of(entry.key));
    const double value = value_of(entry.key);
    if (!points.values.empty() && points.values.back() == value) {
      points.counts.back() += entry.count;
    } else {
      points.values.push_back(value);
      points.counts.push_back(entry.count);
    }
  }
  quantiles_.add(std::move(points));
  while (counts_.size() >= kFrequentEntries) offset_ += counts_.shrink();
}

void NumberColumn::finish(ColumnProfile& out, const Limits& limits) const {
  out.rows = rows_;
  out.nulls = nulls_;
  out.nans = nans_;
  out.infinities = infinities_;
  out.zeros = zeros_;
  out.negatives = negatives_;
  out.min = min_;
  out.max = max_;
  out.moments = moments_;

  std::vector<KeyCounts::Entry> all = counts_.entries();
  std::vector<ValueCount> named;
  named.reserve(all.size());
  for (const auto& [key, count] : all)
    named.push_back({number_text(type_, static_cast<std::int64_t>(key), value_of(key)), count});
  TopList top = top_list(std::move(named), offset_, static_cast<std::size_t>(limits.top_values));
  out.top = std::move(top.values);
  out.top_complete = top.complete && exact_;
  out.top_error = top.error;
  out.top_floor = top.floor;

  if (!exact_) {
    out.quantiles = quantiles_.finish(static_cast<std::size_t>(limits.summary_values));
    const DistinctState state(distinct_);
    out.distinct = state.count();
    out.distinct_exact = false;
    out.distinct_error = HyperLogLog::kError;
    out.distinct_state = state.text();
    return;
  }
  std::sort(all.begin(), all.end(),
            [this](const auto& a, const auto& b) { return value_of(a.key) < value_of(b.key); });
  std::vector<std::uint64_t> hashes;
  for (const auto& entry : all) {
    const double value = value_of(entry.key);
    hashes.push_back(hash_of(entry.key));
    if (!out.quantiles.values.empty() && out.quantiles.values.back() == value) {
      out.quantiles.counts.back() += entry.count;  // integers beyond 2^53 that share a double
    } else {
      out.quantiles.values.push_back(value);
      out.quantiles.counts.push_back(entry.count);
    }
  }
  out.distinct = static_cast<std::int64_t>(all.size());
  if (type_ != ColumnType::kReal && !(is_exact_double(min_) && is_exact_double(max_)))
    out.distinct_state = DistinctState(std::move(hashes)).text();
}

}  // namespace solvent::profile
