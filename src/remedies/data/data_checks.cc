#include "remedies/data/data_checks.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "remedies/data/service.h"

namespace solvent::remedies::data {
namespace {

using profile::ColumnProfile;
using profile::TableProfile;

constexpr std::string_view kDuplicates = "data/duplicate-rows";
constexpr std::string_view kConstant = "data/constant-column";
constexpr std::string_view kNearIdentical = "data/near-identical-columns";
constexpr std::string_view kSmells =
    "Foidl, Felderer, Ramler, Data Smells: Categories, Causes and Consequences, CAIN 2022";

std::string percent(double share) {
  const double value = share * 100;
  const double scale = value >= 10 ? 10 : value >= 1 ? 100 : 10'000;
  return format_double(std::round(value * scale) / scale) + " %";
}

/// P(X ≥ k) for a Poisson law, summed downward from 1 or upward over the tail, whichever is exact.
double poisson_tail(std::int64_t k, double mean) {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  // Chernoff: P(X ≥ k) ≤ e^(k − mean)·(mean/k)^k for k > mean; enough to decide far out.
  const auto kd = static_cast<double>(k);
  if (kd <= mean) return 1;
  return std::exp(kd - mean + kd * std::log(mean / kd));
}

Result<check::Answer> run_duplicates(const check::Input& input, const Json& parameters, TimeUs) {
  const auto& given = std::get<check::ColumnScanInput>(input);
  const std::string& dataset = given.meaning.dataset;
  const double p_max = parameters.number_or("p_max", 0.001);
  const double factor_min = parameters.number_or("factor_min", 3);
  check::Answer answer;
  const auto columns = case_columns(*given.profile, given.meaning.keys);
  if (columns.empty()) {
    answer.examinations.push_back({.subject = dataset,
                                   .outcome = check::Outcome::kSkipped,
                                   .reason = "there is no column but keys and row numbers"});
    return answer;
  }
  const auto repeats = given.source->duplicate_rows(columns);
  if (!repeats) {
    answer.examinations.push_back({.subject = dataset,
                                   .outcome = check::Outcome::kFailed,
                                   .reason = repeats.error().message});
    return answer;
  }
  answer.examinations.push_back({.subject = dataset});
  const double rows = std::max<double>(1, static_cast<double>(given.profile->rows));
  const double chance = std::min(expected_chance_repeats(*given.profile, columns), rows);
  const auto count = static_cast<double>(*repeats);
  const double p = poisson_tail(*repeats, chance);
  if (*repeats == 0 || p > p_max || count < factor_min * chance) return answer;
  Json evidence;
  evidence.set("surplus_rows", *repeats);
  evidence.set("share", count / rows);
  evidence.set("expected_by_chance", chance);
  evidence.set("p_bound", p);
  evidence.set("method",
               "expected pairs of equal rows if columns were independent; Chernoff bound "
               "of the Poisson tail");
  answer.findings.push_back(column_finding(
      kDuplicates, dataset, "",
      with_thousands(*repeats) + (*repeats == 1 ? " row repeats" : " rows repeat") +
          " an earlier row in every column" +
          (columns.size() < given.profile->columns.size() ? " but keys and row numbers (" : " (") +
          percent(count / rows) + "); chance alone would give about " +
          format_double(std::round(chance * 1000) / 1000),
      std::move(evidence)));
  return answer;
}

bool is_constant(const ColumnProfile& column) {
  if (column.infinities > 0) {
    return column.distinct == 0 && column.infinities + column.nans + column.nulls == column.rows &&
           column.nans + column.nulls == 0;
  }
  return column.distinct_exact && column.distinct <= 1;
}

Result<check::Answer> run_constant(const check::Input& input, const Json&, TimeUs) {
  const auto& given = std::get<check::ProfileInput>(input);
  const std::string& dataset = given.meaning.dataset;
  check::Answer answer;
  if (given.profile->rows < 2) {
    answer.examinations.push_back({.subject = dataset,
                                   .outcome = check::Outcome::kSkipped,
                                   .reason = "fewer than two rows: every column is constant"});
    return answer;
  }
  answer.examinations.push_back({.subject = dataset});
  for (const auto& column : given.profile->columns) {
    if (column.name == given.meaning.sliced_by || !is_constant(column)) continue;
    const std::string value = column.top.empty() ? "" : sanitize_utf8(column.top.front().value);
    Json evidence;
    evidence.set("rows", column.rows);
    evidence.set("nulls", column.nulls + column.nans);
    evidence.set("value", value);
    std::string message = column.distinct == 0 && column.infinities == 0
                              ? "no row has a value"
                              : "every value is " + (value.empty() ? "the same" : value);
    if (column.distinct > 0 && column.nulls + column.nans > 0)
      message += ", or missing in " + with_thousands(column.nulls + column.nans) + " rows";
    answer.findings.push_back(column_finding(
        kConstant, dataset, column.name, message + " (" + with_thousands(column.rows) + " rows)",
        std::move(evidence)));
  }
  return answer;
}

Result<check::Answer> run_near_identical(const check::Input& input, const Json& parameters,
                                         TimeUs) {
  const auto& given = std::get<check::ProfileInput>(input);
  const double r_min = parameters.number_or("r_min", 0.98);
  const std::int64_t rows_min = parameters.int_or("rows_min", 30);
  check::Answer answer{.examinations = {{.subject = given.meaning.dataset}}};
  const auto& columns = given.profile->columns;
  for (const auto& pair : given.profile->comoments) {
    if (pair.n < rows_min || !(pair.m2_a > 0) || !(pair.m2_b > 0)) continue;
    const double r = pair.correlation();
    if (!(std::abs(r) > r_min)) continue;
    std::string first = columns[static_cast<std::size_t>(pair.a)].name;
    std::string second = columns[static_cast<std::size_t>(pair.b)].name;
    if (second < first) std::swap(first, second);
    Json evidence;
    evidence.set("r", r);
    evidence.set("rows", pair.n);
    answer.findings.push_back(
        column_finding(kNearIdentical, given.meaning.dataset, first + "," + second,
                       first + " and " + second +
                           " say the same: r = " + format_double(std::round(r * 10'000) / 10'000) +
                           " over " + with_thousands(pair.n) + " rows with both",
                       std::move(evidence)));
  }
  return answer;
}

}  // namespace

check::Finding column_finding(std::string_view check, const std::string& dataset,
                              const std::string& item, std::string message, Json evidence) {
  return {.check = std::string(check),
          .subject = dataset,
          .item = item,
          .message = std::move(message),
          .evidence = std::move(evidence),
          .fingerprint = check::content_fingerprint(check, dataset + "\n" + item)};
}

double chance_of_equal_values(const ColumnProfile& column) {
  const auto rows = static_cast<double>(column.rows);
  if (column.rows < 2) return 1;
  const auto pairs = [](double count) { return count > 1 ? count * (count - 1) : 0.0; };
  const auto missing = static_cast<double>(column.nulls + column.nans);
  double equal = pairs(missing) + pairs(static_cast<double>(column.infinities));
  if (!column.quantiles.values.empty() && column.quantiles.exact) {
    for (const auto count : column.quantiles.counts) equal += pairs(static_cast<double>(count));
  } else {
    double listed = missing + static_cast<double>(column.infinities), values = 0;
    for (const auto& value : column.top) {
      equal += pairs(static_cast<double>(value.count));
      listed += static_cast<double>(value.count);
      ++values;
    }
    const double kinds = std::max(1.0, static_cast<double>(column.distinct) - values);
    equal += kinds * pairs(std::max(0.0, rows - listed) / kinds);
  }
  return std::min(1.0, equal / (rows * (rows - 1)));
}

double expected_chance_repeats(const TableProfile& table, std::span<const std::string> columns) {
  const auto rows = static_cast<double>(table.rows);
  double pairs = rows * (rows - 1) / 2;
  for (const auto& column : table.columns)
    if (std::ranges::find(columns, column.name) != columns.end())
      pairs *= chance_of_equal_values(column);
  return std::max(0.0, pairs);
}

std::vector<std::string> case_columns(const TableProfile& table,
                                      std::span<const std::string> keys) {
  std::vector<std::string> out;
  for (const auto& column : table.columns) {
    const bool counter = column.type == "int" && column.nulls == 0 &&
                         column.distinct == column.rows && (column.min == 0 || column.min == 1) &&
                         column.max - column.min == static_cast<double>(column.rows - 1);
    const bool key = std::ranges::find(keys, column.name) != keys.end();
    if (!(counter && column.rows > 2) && !key) out.push_back(column.name);
  }
  return out;
}

check::Check duplicate_rows() {
  return {
      .spec =
          {.id = std::string(kDuplicates),
           .input = check::InputKind::kColumnScan,
           .title = "Duplicate rows",
           .question = "Are there rows that repeat others in every column, more than chance would "
                       "give, so that a model sees the same case twice?",
           .source = "Lee et al., Deduplicating Training Data Makes Language Models Better, ACL "
                     "2022; " +
                     std::string(kSmells),
           .debt_kind = "data quality",
           .principal = {.p10_s = 600, .p50_s = 1'800, .p90_s = 7'200},
           .principal_each = {.p10_s = 600, .p50_s = 1'800, .p90_s = 7'200},
           .interest_month = {.p10_s = 60, .p50_s = 600, .p90_s = 5'400},
           .prior_source = "our estimate: finding where they come from, dropping them, retraining; "
                           "interest is a wrong evaluation once a year; nothing is measured yet",
           .advice =
               "Find the join or the export that repeats them, and drop them there; if they are "
               "real, keep one and a weight, and never split equal rows between training and test. "
               "Then version the new file: solvent data put FILE --name NAME.",
           .meaning = {"keys"},
           .parameters = {{"p_max", "largest probability that chance alone gives so many", 0.001},
                          {"factor_min",
                           "how many times more than chance at least: columns are "
                           "not independent",
                           3.0}}},
      .run = run_duplicates};
}

check::Check constant_column() {
  return {
      .spec = {.id = std::string(kConstant),
               .input = check::InputKind::kProfile,
               .title = "Constant column",
               .question = "Does this column have one distinct value, or none?",
               .source = "Hynes, Sculley, Terry, The Data Linter, NIPS ML Systems Workshop 2017; " +
                         std::string(kSmells),
               .debt_kind = "data quality",
               .principal = {.p10_s = 180, .p50_s = 600, .p90_s = 3'600},
               .principal_each = {.p10_s = 30, .p50_s = 120, .p90_s = 900},
               .interest_month = {.p10_s = 10, .p50_s = 60, .p90_s = 600},
               .prior_source =
                   "our estimate: dropping the column or asking why it stopped varying; "
                   "nothing is measured yet",
               .advice =
                   "Drop it where the data are made, or find out why it stopped varying: a broken "
                   "join looks the same. Then version the new file: solvent data put FILE --name "
                   "NAME.",
               .meaning = {"sliced_by"}},
      .run = run_constant};
}

check::Check near_identical_columns() {
  return {
      .spec =
          {.id = std::string(kNearIdentical),
           .input = check::InputKind::kProfile,
           .title = "Near-identical columns",
           .question = "Do these two columns say the same, |r| over 0.98?",
           .source = "Sculley et al., Hidden Technical Debt in Machine Learning Systems, NIPS 2015 "
                     "(underutilised data dependencies: bundled and correlated features)",
           .debt_kind = "data dependencies",
           .principal = {.p10_s = 600, .p50_s = 1'800, .p90_s = 7'200},
           .principal_each = {.p10_s = 180, .p50_s = 600, .p90_s = 3'600},
           .interest_month = {.p10_s = 20, .p50_s = 120, .p90_s = 1'200},
           .prior_source = "our estimate: choosing one, dropping the other, retraining and "
                           "comparing; nothing is measured yet",
           .advice =
               "Keep the one that is known earlier or measured better, and drop the other where "
               "the data are made. Then version the new file: solvent data put FILE --name NAME.",
           .parameters = {{"r_min", "smallest |r| that counts", 0.98},
                          {"rows_min", "fewest rows with both values", 30}}},
      .run = run_near_identical};
}

std::vector<check::Check> checks() {
  std::vector<check::Check> out;
  for (auto make : {duplicate_rows, constant_column, near_identical_columns, target_leak,
                    mixed_types, impossible_values})
    out.push_back(make());
  return out;
}

}  // namespace solvent::remedies::data
