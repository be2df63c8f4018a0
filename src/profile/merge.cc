#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/clock.h"
#include "profile/column_builders.h"
#include "profile/comoments.h"

namespace solvent::profile {
namespace {

constexpr std::int64_t kRowsMax = std::int64_t{1} << 53;

Unexpected malformed(const ColumnProfile& column, std::string_view what) {
  return fail(Code::kInvalidArgument,
              "the profile of column " + column.name + " is malformed: " + std::string(what),
              "profile the data again", column.name);
}

bool in_range(std::initializer_list<std::int64_t> counts) {
  return std::all_of(counts.begin(), counts.end(),
                     [](std::int64_t count) { return count >= 0 && count <= kRowsMax; });
}

bool counts_are_sound(std::span<const ValueCount> values) {
  std::int64_t total = 0;
  for (const auto& value : values) {
    if (!in_range({value.count})) return false;
    total += value.count;
    if (total > kRowsMax) return false;
  }
  return true;
}

Result<void> check_column(const ColumnProfile& c) {
  if (!in_range({c.rows, c.nulls, c.nans, c.infinities, c.empty_texts, c.zeros, c.negatives,
                 c.distinct, c.top_error, c.top_floor, c.moments.n, c.text_length.n}))
    return malformed(c, "a count is negative or over 2^53");
  const Quantiles& q = c.quantiles;
  if (q.values.size() != q.counts.size()) return malformed(c, "quantile values without counts");
  std::int64_t total = 0;
  for (std::size_t i = 0; i < q.values.size(); ++i) {
    if (q.counts[i] < 1 || q.counts[i] > kRowsMax || (total += q.counts[i]) > kRowsMax)
      return malformed(c, "a quantile count is out of range");
    if (!std::isfinite(q.values[i]) || (i > 0 && !(q.values[i - 1] < q.values[i])))
      return malformed(c, "quantile values are not ascending");
  }
  if (!(q.rank_error >= 0 && q.rank_error <= 1)) return malformed(c, "rank error outside [0, 1]");
  if (!counts_are_sound(c.top) || !counts_are_sound(c.patterns) ||
      !counts_are_sound(c.parsed_types))
    return malformed(c, "a value's count is out of range");
  return {};
}

/// A real column's values hash by their bits, all others as integers; see hash.h.
DistinctState state_of_numbers(const ColumnProfile& c) {
  std::vector<std::uint64_t> hashes;
  for (double value : c.quantiles.values)
    hashes.push_back(c.type == "real" ? hash_real(value)
                                      : hash_int(static_cast<std::int64_t>(value)));
  return DistinctState(std::move(hashes));
}

bool is_number(const ColumnProfile& c) {
  return c.type != "text" && c.type != "other" && c.type != "unknown";
}

/// The doubles in `quantiles` tell the column's values apart.
bool values_are_whole(const ColumnProfile& c) {
  const auto& v = c.quantiles.values;
  if (!is_number(c) || !c.quantiles.exact) return false;
  if (v.empty() || c.type == "real") return true;
  return is_exact_double(v.front()) && is_exact_double(v.back());
}

Result<DistinctState> state_of(const ColumnProfile& c) {
  if (!c.distinct_state.empty()) return DistinctState::parse(c.distinct_state);
  if (values_are_whole(c)) return state_of_numbers(c);
  if (is_number(c) || !c.top_complete) return malformed(c, "no state of its distinct values");
  std::vector<std::uint64_t> hashes;
  for (const auto& value : c.top) hashes.push_back(hash_text(value.value));
  return DistinctState(std::move(hashes));
}

Quantiles merge_quantiles(const Quantiles& a, const Quantiles& b, const Limits& limits) {
  const auto na = static_cast<double>(a.n()), nb = static_cast<double>(b.n());
  WeightedPoints points = merge_points({a.values, a.counts, a.rank_error * na},
                                       {b.values, b.counts, b.rank_error * nb});
  Quantiles out;
  const auto distinct = static_cast<std::int64_t>(points.values.size());
  out.exact = a.exact && b.exact && distinct <= limits.exact_values_max;
  // Compressing only at twice the size halves how often an error is added.
  const auto summary = static_cast<std::size_t>(std::max<std::int64_t>(1, limits.summary_values));
  if (!out.exact && points.values.size() > 2 * summary) points = compress(points, summary);
  if (!out.exact && na + nb > 0) out.rank_error = std::min(1.0, points.error / (na + nb));
  out.values = std::move(points.values);
  out.counts = std::move(points.counts);
  return out;
}

/// Exact quantiles of numbers that keep their identity as doubles hold every value's count.
TopList top_of_numbers(const ColumnProfile& c, const Limits& limits) {
  std::vector<ValueCount> all;
  const auto type = c.type == "bool"   ? ColumnType::kBool
                    : c.type == "date" ? ColumnType::kDate
                    : c.type == "time" ? ColumnType::kTime
                    : c.type == "real" ? ColumnType::kReal
                                       : ColumnType::kInt;
  for (std::size_t i = 0; i < c.quantiles.values.size(); ++i) {
    const double value = c.quantiles.values[i];
    const auto integer = type == ColumnType::kReal ? 0 : static_cast<std::int64_t>(value);
    all.push_back({number_text(type, integer, value), c.quantiles.counts[i]});
  }
  return top_list(std::move(all), 0, static_cast<std::size_t>(limits.top_values));
}

TopList merge_tops(const ColumnProfile& a, const ColumnProfile& b, const Limits& limits) {
  struct Sum {
    std::int64_t count = 0, error = 0;
    bool in_a = false, in_b = false;
  };
  std::map<std::string, Sum> sums;
  for (const auto& v : a.top) {
    Sum& sum = sums[v.value];
    sum.count += v.count;
    sum.in_a = true;
  }
  for (const auto& v : b.top) {
    Sum& sum = sums[v.value];
    sum.count += v.count;
    sum.in_b = true;
  }
  std::vector<ValueCount> all;
  for (auto& [value, sum] : sums) {
    sum.error = (sum.in_a ? a.top_error : a.top_floor) + (sum.in_b ? b.top_error : b.top_floor);
    all.push_back({value, sum.count});
  }
  TopList out = top_list(std::move(all), 0, static_cast<std::size_t>(limits.top_values));
  out.complete = out.complete && a.top_complete && b.top_complete;
  for (const auto& value : out.values) {
    const auto kept = sums.find(value.value);
    out.error = std::max(out.error, kept->second.error);
    sums.erase(kept);
  }
  out.floor = a.top_floor + b.top_floor;
  for (const auto& [value, sum] : sums) out.floor = std::max(out.floor, sum.count + sum.error);
  return out;
}

std::vector<ValueCount> merge_counts(const std::vector<ValueCount>& a,
                                     const std::vector<ValueCount>& b, std::size_t count_max,
                                     bool* complete) {
  std::map<std::string, std::int64_t> sums;
  for (const auto* side : {&a, &b})
    for (const auto& value : *side) sums[value.value] += value.count;
  std::vector<ValueCount> all;
  for (const auto& [value, count] : sums) all.push_back({value, count});
  TopList out = top_list(std::move(all), 0, count_max);
  if (complete != nullptr) *complete = *complete && out.complete;
  return std::move(out.values);
}

Result<void> merge_distinct(ColumnProfile& out, const ColumnProfile& a, const ColumnProfile& b) {
  DistinctState state = TRY(state_of(a));
  state.merge(TRY(state_of(b)));
  out.distinct_exact = true;
  if (values_are_whole(out)) {
    out.distinct = static_cast<std::int64_t>(out.quantiles.values.size());
    return {};
  }
  const bool by_top = !is_number(out) && out.top_complete;
  out.distinct = by_top ? static_cast<std::int64_t>(out.top.size()) : state.count();
  out.distinct_exact = by_top || state.exact();
  out.distinct_error = out.distinct_exact ? 0 : HyperLogLog::kError;
  // A state that was given is passed on: shown texts may not hash to their originals.
  if (!by_top || !a.distinct_state.empty() || !b.distinct_state.empty())
    out.distinct_state = state.text();
  return {};
}

void merge_extremes(ColumnProfile& out, const ColumnProfile& a, const ColumnProfile& b) {
  if (a.moments.n == 0 || b.moments.n == 0) {
    out.min = a.moments.n == 0 ? b.min : a.min;
    out.max = a.moments.n == 0 ? b.max : a.max;
  } else {
    out.min = std::min(a.min, b.min);
    out.max = std::max(a.max, b.max);
  }
  if (a.text_length.n == 0 || b.text_length.n == 0) {
    out.min_text = a.text_length.n == 0 ? b.min_text : a.min_text;
    out.max_text = a.text_length.n == 0 ? b.max_text : a.max_text;
  } else {
    out.min_text = std::min(a.min_text, b.min_text);
    out.max_text = std::max(a.max_text, b.max_text);
  }
}

Result<ColumnProfile> merge_columns(const ColumnProfile& a, const ColumnProfile& b,
                                    const Limits& limits) {
  TRY(check_column(a));
  TRY(check_column(b));
  ColumnProfile out;
  out.name = a.name;
  out.type = a.type;
  out.rows = a.rows + b.rows;
  out.nulls = a.nulls + b.nulls;
  out.nans = a.nans + b.nans;
  out.infinities = a.infinities + b.infinities;
  out.empty_texts = a.empty_texts + b.empty_texts;
  out.zeros = a.zeros + b.zeros;
  out.negatives = a.negatives + b.negatives;
  merge_extremes(out, a, b);
  out.moments = a.moments;
  out.moments.merge(b.moments);
  out.text_length = a.text_length;
  out.text_length.merge(b.text_length);
  out.quantiles = merge_quantiles(a.quantiles, b.quantiles, limits);

  TopList top = values_are_whole(out) ? top_of_numbers(out, limits) : merge_tops(a, b, limits);
  out.top = std::move(top.values);
  out.top_complete = top.complete;
  out.top_error = top.error;
  out.top_floor = top.floor;
  TRY(merge_distinct(out, a, b));

  out.patterns_complete = a.patterns_complete && b.patterns_complete;
  const auto pattern_max = static_cast<std::size_t>(limits.pattern_values);
  out.patterns = merge_counts(a.patterns, b.patterns, pattern_max, &out.patterns_complete);
  out.parsed_types = merge_counts(a.parsed_types, b.parsed_types, kTextKinds, nullptr);
  return out;
}

}  // namespace

Result<TableProfile> merge(const TableProfile& a, const TableProfile& b, const Limits& limits) {
  if (a.version != b.version || a.version != 1)
    return fail(Code::kInvalidArgument, "profiles of an unknown or different format version",
                "profile the data again with this program");
  if (a.schema_digest != b.schema_digest || a.columns.size() != b.columns.size())
    return fail(Code::kInvalidArgument, "profiles of different schemas cannot be merged",
                "compare the columns' names and types");
  if (a.comoments.size() != b.comoments.size())
    return fail(Code::kInvalidArgument, "profiles with different pairs cannot be merged",
                "profile both with the same limits");
  if (!in_range({a.rows, b.rows, a.rows + (b.rows > kRowsMax ? 0 : b.rows)}))
    return fail(Code::kInvalidArgument, "a profile's row count is negative or over 2^53");
  TableProfile out;
  out.rows = a.rows + b.rows;
  out.schema_digest = a.schema_digest;
  for (std::size_t i = 0; i < a.columns.size(); ++i) {
    if (a.columns[i].name != b.columns[i].name || a.columns[i].type != b.columns[i].type)
      return fail(Code::kInvalidArgument, "profiles of different schemas cannot be merged",
                  "compare the columns' names and types", a.columns[i].name);
    out.columns.push_back(TRY(merge_columns(a.columns[i], b.columns[i], limits)));
  }
  out.comoments = a.comoments;
  for (std::size_t i = 0; i < out.comoments.size(); ++i) {
    const CoMoment& other = b.comoments[i];
    if (out.comoments[i].a != other.a || out.comoments[i].b != other.b)
      return fail(Code::kInvalidArgument, "profiles with different pairs cannot be merged",
                  "profile both with the same limits");
    if (!in_range({out.comoments[i].n, other.n}))
      return fail(Code::kInvalidArgument, "a pair's row count is negative or over 2^53");
    merge_comoment(out.comoments[i], other);
  }
  return out;
}

}  // namespace solvent::profile
