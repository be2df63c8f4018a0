/// Words of the data remedy: what `solvent data …` asks and answers. Described structs, values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "profile/profile.h"

namespace solvent::remedies::data {

struct PutRequest {
  LocalFile file;
  std::string name;
  std::string slice;
  std::string owner;
  static constexpr std::string_view kName = "DataPutRequest";
  template <class V>
  void describe(V& v) {
    v.field("file", file, "CSV, Parquet or JSON file");
    v.field("name", name, "name of the data set");
    v.field("slice", slice, "keep only rows where column=value, e.g. month=1", {.optional = true});
    v.field("owner", owner, "team that answers for it", {.optional = true});
  }
};

struct PutResult {
  std::string asset, version, content, slice;
  bool created = false;
  std::int64_t rows = 0, columns = 0, size = 0;
  static constexpr std::string_view kName = "DataPutResult";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "data set");
    v.field("version", version, "version", {.unit = Unit::kDigest});
    v.field("content", content, "stored content", {.unit = Unit::kDigest, .wide = true});
    v.field("slice", slice, "part of the file");
    v.field("created", created, "false when this very version was already there");
    v.field("rows", rows, "rows");
    v.field("columns", columns, "columns");
    v.field("size", size, "bytes stored", {.unit = Unit::kBytes});
  }
};

/// What the page and the terminal show of one column.
struct HistogramBin {
  double low = 0, high = 0;
  std::int64_t count = 0;
  static constexpr std::string_view kName = "HistogramBin";
  template <class V>
  void describe(V& v) {
    v.field("low", low, "lower edge, included");
    v.field("high", high, "upper edge, included only in the last bin");
    v.field("count", count, "rows");
  }
};

struct ColumnView {
  std::string name, type;
  std::int64_t rows = 0, nulls = 0, distinct = 0;
  bool distinct_exact = true;
  double null_share = 0;
  std::optional<double> mean, standard_deviation, min, q25, median, q75, max;
  bool quantiles_exact = true;
  double rank_error = 0;
  std::string most_frequent;
  std::int64_t most_frequent_count = 0;
  std::vector<HistogramBin> histogram;
  std::vector<profile::ValueCount> top;
  static constexpr std::string_view kName = "ColumnView";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "column");
    v.field("type", type, "type");
    v.field("rows", rows, "rows", {.wide = true});
    v.field("nulls", nulls, "rows without a value");
    v.field("null_share", null_share, "share without a value", {.unit = Unit::kRatio});
    v.field("distinct", distinct, "distinct values");
    v.field("distinct_exact", distinct_exact, "false when estimated", {.wide = true});
    v.field("mean", mean, "mean");
    v.field("standard_deviation", standard_deviation, "sample standard deviation");
    v.field("min", min, "smallest");
    v.field("q25", q25, "lower quartile", {.wide = true});
    v.field("median", median, "median");
    v.field("q75", q75, "upper quartile", {.wide = true});
    v.field("max", max, "largest");
    v.field("quantiles_exact", quantiles_exact, "false when summarised", {.wide = true});
    v.field("rank_error", rank_error, "largest error of a quantile's rank", {.wide = true});
    v.field("most_frequent", most_frequent, "most frequent value");
    v.field("most_frequent_count", most_frequent_count, "its rows", {.wide = true});
    v.field("histogram", histogram, "equal-width bins of the numbers", {.wide = true});
    v.field("top", top, "most frequent values", {.wide = true});
  }
};

struct ShowRequest {
  std::string dataset, version;
  static constexpr std::string_view kName = "DataShowRequest";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
    v.field("version", version, "digest, a prefix of it, or slice; default the current one",
            {.optional = true});
  }
};

struct DatasetView {
  std::string asset, version, slice;
  TimeUs created = 0;
  std::int64_t rows = 0, size = 0;
  std::vector<ColumnView> columns;
  static constexpr std::string_view kName = "DatasetView";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "data set");
    v.field("version", version, "version", {.unit = Unit::kDigest});
    v.field("slice", slice, "part of the source");
    v.field("created", created, "when it was versioned", {.unit = Unit::kTime});
    v.field("rows", rows, "rows");
    v.field("size", size, "bytes", {.unit = Unit::kBytes});
    v.field("columns", columns, "one a column");
  }
};

struct VersionRow {
  std::string asset, version, slice;
  std::int64_t rows = 0, size = 0;
  TimeUs created = 0;
  static constexpr std::string_view kName = "DataVersion";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "data set");
    v.field("version", version, "version", {.unit = Unit::kDigest});
    v.field("slice", slice, "part of the source");
    v.field("rows", rows, "rows");
    v.field("size", size, "bytes", {.unit = Unit::kBytes});
    v.field("created", created, "when", {.unit = Unit::kTime});
  }
};

struct VersionList {
  std::vector<VersionRow> versions;
  static constexpr std::string_view kName = "DataVersionList";
  template <class V>
  void describe(V& v) {
    v.field("versions", versions, "oldest first within a data set");
  }
};

struct GetRequest {
  std::string dataset, version;
  static constexpr std::string_view kName = "DataGetRequest";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
    v.field("version", version, "digest, a prefix of it, or slice; default the current one",
            {.optional = true});
  }
};

struct CompareRequest {
  std::string dataset, before, after;
  static constexpr std::string_view kName = "DataCompareRequest";
  template <class V>
  void describe(V& v) {
    v.field("dataset", dataset, "data set");
    v.field("before", before, "earlier version: digest, prefix or slice");
    v.field("after", after, "later version: digest, prefix or slice");
  }
};

struct ColumnComparison {
  std::string name, type, effect_name;
  std::optional<double> effect, low, high;
  double nulls_before = 0, nulls_after = 0;
  static constexpr std::string_view kName = "ColumnComparison";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "column");
    v.field("type", type, "type");
    v.field("effect_name", effect_name, "what the effect size is");
    v.field("effect", effect, "effect size; absent where it is undefined");
    v.field("low", low, "lower end of its 95 % interval");
    v.field("high", high, "upper end of its 95 % interval");
    v.field("nulls_before", nulls_before, "share without a value before", {.unit = Unit::kRatio});
    v.field("nulls_after", nulls_after, "share without a value after", {.unit = Unit::kRatio});
  }
};

struct Comparison {
  std::string asset, before, after;
  std::int64_t rows_before = 0, rows_after = 0;
  std::vector<ColumnComparison> columns;
  static constexpr std::string_view kName = "DataComparison";
  template <class V>
  void describe(V& v) {
    v.field("asset", asset, "data set");
    v.field("before", before, "earlier version", {.unit = Unit::kDigest});
    v.field("after", after, "later version", {.unit = Unit::kDigest});
    v.field("rows_before", rows_before, "rows before");
    v.field("rows_after", rows_after, "rows after");
    v.field("columns", columns, "largest effect first");
  }
};

}  // namespace solvent::remedies::data
