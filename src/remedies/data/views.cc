#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "remedies/data/service.h"

namespace solvent::remedies::data {
namespace {

constexpr std::size_t kBinsMax = 20;
constexpr std::size_t kTopShown = 10;

bool has_order(std::string_view type) {
  return type == "int" || type == "real" || type == "time" || type == "date" || type == "bool";
}

/// Bins of equal width over [min, max]; one bin a value where there are few distinct integers.
std::vector<HistogramBin> histogram_of(const profile::ColumnProfile& column) {
  const auto& state = column.quantiles;
  if (state.values.empty()) return {};
  const double low = state.values.front(), high = state.values.back();
  const std::size_t bins =
      low == high ? 1 : std::min(kBinsMax, std::max<std::size_t>(2, state.values.size()));
  std::vector<HistogramBin> out(bins);
  const double width = (high - low) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    out[i].low = low + width * static_cast<double>(i);
    out[i].high = i + 1 == bins ? high : low + width * static_cast<double>(i + 1);
  }
  for (std::size_t i = 0; i < state.values.size(); ++i) {
    const double place = width > 0 ? (state.values[i] - low) / width : 0;
    const auto bin = std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, place)));
    out[bin].count += state.counts[i];
  }
  return out;
}

}  // namespace

ColumnView view_of(const profile::ColumnProfile& column) {
  ColumnView view{.name = column.name,
                  .type = column.type,
                  .rows = column.rows,
                  .nulls = column.nulls,
                  .distinct = column.distinct,
                  .distinct_exact = column.distinct_exact};
  if (column.rows > 0)
    view.null_share = static_cast<double>(column.nulls) / static_cast<double>(column.rows);
  if (has_order(column.type) && column.moments.n > 0) {
    view.mean = column.moments.mean;
    if (column.moments.n > 1) view.standard_deviation = std::sqrt(column.moments.variance());
    view.min = column.min;
    view.max = column.max;
    view.q25 = column.quantiles.quantile(0.25);
    view.median = column.quantiles.quantile(0.5);
    view.q75 = column.quantiles.quantile(0.75);
    view.quantiles_exact = column.quantiles.exact;
    view.rank_error = column.quantiles.rank_error;
    view.histogram = histogram_of(column);
  }
  if (!column.top.empty()) {
    view.most_frequent = sanitize_utf8(column.top.front().value);
    view.most_frequent_count = column.top.front().count;
    view.top.assign(column.top.begin(), column.top.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                 kTopShown, column.top.size())));
  }
  return view;
}

}  // namespace solvent::remedies::data
