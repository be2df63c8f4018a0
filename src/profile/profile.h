/// Profiles: mergeable summaries of a table's columns over a partition. Pure values, so
/// thread-compatible; merging is associative and commutative to the stated error. Every figure says
/// exact or sketched. Numbers are in the column's own unit, times in UTC microseconds.
/// Inside may change (sketches come later); this interface stays.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/columns.h"
#include "base/describe.h"
#include "base/result.h"

namespace solvent::profile {

std::string_view column_type_name(ColumnType type);

/// Central moments to order four of the finite values; merged by Chan (1983) and Pébay
/// (SAND2008-6212), never raw sums. What exceeds a double's range saturates at its largest value.
struct Moments {
  std::int64_t n = 0;
  double mean = 0, m2 = 0, m3 = 0, m4 = 0;
  void add(double value);
  /// Two passes over a batch of finite values, then one merge: the fast way.
  void add_all(std::span<const double> values);
  void merge(const Moments& other);
  double variance() const;  ///< sample (n − 1); NaN below two values
  double skewness() const;  ///< population g1 = m3/n / (m2/n)^1.5; NaN without spread
  double kurtosis() const;  ///< population excess g2; NaN without spread
  static constexpr std::string_view kName = "Moments";
  template <class V>
  void describe(V& v) {
    v.field("n", n, "finite values");
    v.field("mean", mean, "arithmetic mean");
    v.field("m2", m2, "sum of squared deviations");
    v.field("m3", m3, "sum of cubed deviations");
    v.field("m4", m4, "sum of fourth powers of deviations");
  }
};

struct ValueCount {
  std::string value;
  std::int64_t count = 0;
  static constexpr std::string_view kName = "ValueCount";
  template <class V>
  void describe(V& v) {
    v.field("value", value, "value as text");
    v.field("count", count, "rows");
  }
};

/// Quantile state of numbers (times as microseconds): sorted distinct values with their counts.
/// Exact while at most `limit` distinct values were seen, then a summary with a rank error.
struct Quantiles {
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  bool exact = true;
  double rank_error = 0;  ///< of any quantile or rank, as a share of n; 0 when exact
  std::int64_t n() const;
  double quantile(double q) const;  ///< inverse CDF, q in [0,1]; NaN when empty
  double cdf(double x) const;       ///< share ≤ x; NaN when empty
  static constexpr std::string_view kName = "Quantiles";
  template <class V>
  void describe(V& v) {
    v.field("values", values, "distinct values, ascending");
    v.field("counts", counts, "rows of each");
    v.field("exact", exact, "false once values were merged");
    v.field("rank_error", rank_error, "largest error of a rank, as a share of n");
  }
};

struct ColumnProfile {
  std::string name;
  std::string type;  ///< column_type_name
  std::int64_t rows = 0, nulls = 0, nans = 0, infinities = 0;
  std::int64_t empty_texts = 0;
  std::int64_t zeros = 0, negatives = 0;
  double min = 0, max = 0;         ///< of finite numbers; times in µs
  std::string min_text, max_text;  ///< of texts, cut at 64 bytes
  std::int64_t distinct = 0;       ///< of non-null values (finite ones, for numbers)
  bool distinct_exact = true;
  double distinct_error = 0;   ///< relative standard error when not exact
  std::string distinct_state;  ///< what merging needs; empty when values or top say it
  Moments moments;
  Quantiles quantiles;
  /// Most frequent (finite) values, descending, then by value. A value's true count lies in
  /// [count, count + top_error]; a value that is not listed occurs at most top_floor times.
  /// Texts over 256 bytes are shown as their start and a hash.
  std::vector<ValueCount> top;
  bool top_complete = false;  ///< every distinct value is in `top`
  std::int64_t top_error = 0, top_floor = 0;
  Moments text_length;                   ///< UTF-8 characters
  std::vector<ValueCount> patterns;      ///< texts with digits → 9, letters → a, runs folded
  bool patterns_complete = true;         ///< false: further shapes exist, counts are "at least"
  std::vector<ValueCount> parsed_types;  ///< of text columns: what each value parses as
  static constexpr std::string_view kName = "ColumnProfile";
  template <class V>
  void describe(V& v) {
    v.field("name", name, "column");
    v.field("type", type, "bool, int, real, text, time, date or other");
    v.field("rows", rows, "rows seen");
    v.field("nulls", nulls, "nulls");
    v.field("nans", nans, "not-a-number values");
    v.field("infinities", infinities, "infinite values");
    v.field("empty_texts", empty_texts, "texts of no characters");
    v.field("zeros", zeros, "zeros");
    v.field("negatives", negatives, "negative numbers");
    v.field("min", min, "smallest finite value");
    v.field("max", max, "largest finite value");
    v.field("min_text", min_text, "smallest text");
    v.field("max_text", max_text, "largest text");
    v.field("distinct", distinct, "distinct non-null values");
    v.field("distinct_exact", distinct_exact, "false when estimated");
    v.field("distinct_error", distinct_error, "relative standard error of the estimate");
    v.field("moments", moments, "central moments");
    v.field("quantiles", quantiles, "quantile state");
    v.field("distinct_state", distinct_state, "hashes or registers, for merging", {.wide = true});
    v.field("top", top, "most frequent values");
    v.field("top_complete", top_complete, "true when `top` holds every distinct value");
    v.field("top_error", top_error, "most that a count in `top` may be short of");
    v.field("top_floor", top_floor, "most rows that a value outside `top` may have");
    v.field("text_length", text_length, "moments of text length in characters");
    v.field("patterns", patterns, "shapes of texts");
    v.field("patterns_complete", patterns_complete, "false when further shapes exist");
    v.field("parsed_types", parsed_types, "what texts parse as");
  }
};

/// Pairwise state of two numeric columns (bool, int, real) over rows where both are finite.
struct CoMoment {
  std::int64_t a = 0, b = 0;  ///< column indices, a < b
  std::int64_t n = 0;
  double mean_a = 0, mean_b = 0, m2_a = 0, m2_b = 0, c_ab = 0;
  double correlation() const;  ///< Pearson r; NaN when undefined
  static constexpr std::string_view kName = "CoMoment";
  template <class V>
  void describe(V& v) {
    v.field("a", a, "first column's index");
    v.field("b", b, "second column's index");
    v.field("n", n, "rows with both");
    v.field("mean_a", mean_a, "mean of the first over those rows");
    v.field("mean_b", mean_b, "mean of the second");
    v.field("m2_a", m2_a, "squared deviations of the first");
    v.field("m2_b", m2_b, "squared deviations of the second");
    v.field("c_ab", c_ab, "co-deviations");
  }
};

struct TableProfile {
  std::int64_t version = 1;  ///< of this format
  std::int64_t rows = 0;
  std::string schema_digest;
  std::vector<ColumnProfile> columns;
  std::vector<CoMoment> comoments;
  static constexpr std::string_view kName = "TableProfile";
  const ColumnProfile* find(std::string_view column) const;
  template <class V>
  void describe(V& v) {
    v.field("version", version, "format version");
    v.field("rows", rows, "rows");
    v.field("schema_digest", schema_digest, "digest of names and types", {.unit = Unit::kDigest});
    v.field("columns", columns, "one a column, in order");
    v.field("comoments", comoments, "one a pair of numeric columns");
  }
};

struct Limits {
  std::int64_t exact_values_max = 65'536;  ///< distinct values kept exactly per column
  std::int64_t summary_values = 2'048;     ///< kept once over it
  std::int64_t top_values = 128;
  std::int64_t pattern_values = 20;
  std::int64_t comoment_columns_max = 256;  ///< of the numeric columns, the first so many
  std::int64_t text_bytes_max = 16 << 20;   ///< of distinct texts kept per column
  /// For a whole builder: wide tables get proportionally fewer exact values a column.
  std::int64_t memory_bytes_max = std::int64_t{1} << 30;
};

/// Profile of the rows of both. kInvalidArgument when the schemas differ or a state is malformed.
Result<TableProfile> merge(const TableProfile& a, const TableProfile& b, const Limits& limits = {});
/// Digest of column names and types in order.
std::string schema_digest_of(std::span<const ColumnProfile> columns);

/// Streaming builder: memory is bounded by the limits whatever the rows. Cost is O(values) for the
/// columns plus O(rows × pairs) for the co-moments, about 1 ns each. Belongs to one thread.
class ProfileBuilder {
 public:
  struct Column {
    std::string name;
    ColumnType type = ColumnType::kUnknown;
  };
  ProfileBuilder(std::vector<Column> columns, Limits limits = {});
  ~ProfileBuilder();
  ProfileBuilder(ProfileBuilder&&) noexcept;
  /// One span a column, of the column's type, equal lengths (asserted). No columns: no rows.
  void add(std::span<const ColumnSpan> columns);
  TableProfile finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace solvent::profile
