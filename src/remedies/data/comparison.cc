#include <algorithm>
#include <cmath>
#include <map>

#include "remedies/data/service.h"
#include "stats/effect_sizes.h"

namespace solvent::remedies::data {
namespace {

bool has_order(const profile::ColumnProfile& column) {
  return column.type == "int" || column.type == "real" || column.type == "time" ||
         column.type == "date";
}

stats::Sample sample_of(const profile::Quantiles& quantiles) {
  return {quantiles.values, quantiles.counts, quantiles.rank_error};
}

double null_share(const profile::ColumnProfile& column) {
  return column.rows == 0 ? 0
                          : static_cast<double>(column.nulls) / static_cast<double>(column.rows);
}

/// Counts of the union of both columns' frequent values; what neither names is one last category.
struct Categories {
  std::vector<std::int64_t> before, after;
};

Categories categories_of(const profile::ColumnProfile& before,
                         const profile::ColumnProfile& after) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
  std::int64_t rest_before = before.rows - before.nulls, rest_after = after.rows - after.nulls;
  for (const auto& value : before.top) counts[value.value].first = value.count;
  for (const auto& value : after.top) counts[value.value].second = value.count;
  Categories out;
  for (const auto& [value, both] : counts) {
    out.before.push_back(both.first);
    out.after.push_back(both.second);
    rest_before -= both.first;
    rest_after -= both.second;
  }
  out.before.push_back(std::max<std::int64_t>(0, rest_before));
  out.after.push_back(std::max<std::int64_t>(0, rest_after));
  return out;
}

void fill(ColumnComparison& out, const std::optional<stats::Estimate>& estimate) {
  if (!estimate || !std::isfinite(estimate->value)) return;
  out.effect = estimate->value;
  out.low = estimate->low;
  out.high = estimate->high;
}

ColumnComparison compare_columns(const profile::ColumnProfile& before,
                                 const profile::ColumnProfile& after) {
  ColumnComparison out{.name = before.name,
                       .type = before.type,
                       .nulls_before = null_share(before),
                       .nulls_after = null_share(after)};
  if (before.nulls == before.rows || after.nulls == after.rows) return out;
  if (has_order(before) && has_order(after)) {
    out.effect_name = "Cliff's delta";
    // Positive when values went up.
    fill(out, stats::cliffs_delta(sample_of(after.quantiles), sample_of(before.quantiles)));
  } else {
    out.effect_name = "total variation distance";
    const Categories counts = categories_of(before, after);
    fill(out, stats::total_variation(counts.before, counts.after));
  }
  return out;
}

}  // namespace

std::vector<ColumnComparison> compare_profiles(const profile::TableProfile& before,
                                               const profile::TableProfile& after) {
  std::vector<ColumnComparison> out;
  for (const auto& column : before.columns) {
    if (const auto* other = after.find(column.name)) out.push_back(compare_columns(column, *other));
  }
  std::ranges::stable_sort(out, std::ranges::greater(), [](const ColumnComparison& column) {
    return std::abs(column.effect.value_or(0));
  });
  return out;
}

}  // namespace solvent::remedies::data
