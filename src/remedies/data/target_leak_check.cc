#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.h"
#include "base/text.h"
#include "remedies/data/data_checks.h"
#include "stats/association.h"

namespace solvent::remedies::data {
namespace {

constexpr std::string_view kId = "data/target-leak";
constexpr std::size_t kClassesMax = 50;  ///< more values of a numeric target make it a number
constexpr std::size_t kCategoriesMax = 4'096;
constexpr std::size_t kBins = 64;
constexpr double kAreaMin = 0.995, kAreaLowMin = 0.95;
constexpr std::size_t kColumnsAtOnce = 16;
constexpr std::int64_t kRowsMin = 50;
constexpr std::uint64_t kSampleSeed = 20'261'124;

using Cells = std::vector<std::optional<std::string>>;

/// Category numbers by value, in order of first sight; missing is a category of its own.
struct Categories {
  std::vector<std::size_t> of_row;
  std::size_t count = 0;
};

Categories categories_of(const Cells& cells) {
  Categories out;
  std::map<std::optional<std::string>, std::size_t> index;
  for (const auto& cell : cells) {
    const auto [at, fresh] = index.try_emplace(cell, index.size());
    out.of_row.push_back(at->second);
  }
  out.count = index.size();
  return out;
}

/// Every value as a number, or nothing when one is none; missing is NaN.
std::optional<std::vector<double>> numbers_of(const Cells& cells) {
  std::vector<double> out;
  for (const auto& cell : cells) {
    if (!cell) {
      out.push_back(NAN);
      continue;
    }
    const auto value = parse_double(*cell);
    if (!value) return {};
    out.push_back(*value);
  }
  return out;
}

Categories bins_of(const std::vector<double>& numbers) {
  std::vector<double> sorted;
  for (const double x : numbers)
    if (std::isfinite(x)) sorted.push_back(x);
  std::ranges::sort(sorted);
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  for (const double x : sorted) {
    if (values.empty() || values.back() != x) {
      values.push_back(x);
      counts.push_back(0);
    }
    ++counts.back();
  }
  const auto edges = stats::quantile_edges({values, counts}, kBins);
  Categories out{.count = edges.size() + 2};
  for (const double x : numbers)
    out.of_row.push_back(std::isfinite(x) ? stats::bin_of(x, edges) : edges.size() + 1);
  return out;
}

/// Lower bound of the gain over guessing the commonest class, judged leave-one-out.
struct Verdict {
  double gain_low = 0, gain = 0, accuracy = 0, baseline = 0;
};

Verdict judge(const Categories& column, const Categories& target) {
  std::vector<std::int64_t> table(column.count * target.count, 0);
  for (std::size_t row = 0; row < column.of_row.size(); ++row)
    ++table[column.of_row[row] * target.count + target.of_row[row]];
  const auto rule = stats::majority_rule({table, column.count, target.count});
  Verdict out{.gain = rule.gain, .accuracy = rule.accuracy.value, .baseline = rule.baseline};
  out.gain_low = (rule.accuracy.low - rule.baseline) / (1 - rule.baseline);
  return out;
}

/// Share of the target's variance that bin means explain, each row judged by the others of its bin.
double explained(const Categories& bins, const std::vector<double>& target) {
  std::vector<double> sum(bins.count, 0), n(bins.count, 0);
  double total = 0, rows = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!std::isfinite(target[i])) continue;
    sum[bins.of_row[i]] += target[i];
    n[bins.of_row[i]] += 1;
    total += target[i];
    rows += 1;
  }
  double residual = 0, variance = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!std::isfinite(target[i])) continue;
    const std::size_t bin = bins.of_row[i];
    const double others = n[bin] > 1 ? (sum[bin] - target[i]) / (n[bin] - 1) : total / rows;
    residual += (target[i] - others) * (target[i] - others);
    variance += (target[i] - total / rows) * (target[i] - total / rows);
  }
  return variance > 0 ? 1 - residual / variance : NAN;
}

/// The same for a straight line: fitted on even rows and judged on odd ones.
double explained_by_line(const std::vector<double>& x, const std::vector<double>& y) {
  double n = 0, mx = 0, my = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    n += 1;
    const double dx = x[i] - mx, dy = y[i] - my;
    mx += dx / n;
    my += dy / n;
    xx += dx * (x[i] - mx);
    xy += dx * (y[i] - my);
  }
  if (!(xx > 0)) return NAN;
  const double slope = xy / xx;
  double residual = 0, variance = 0;
  for (std::size_t i = 1; i < x.size(); i += 2) {
    if (!std::isfinite(y[i])) continue;
    const double guess = std::isfinite(x[i]) ? my + slope * (x[i] - mx) : my;
    residual += (y[i] - guess) * (y[i] - guess);
    variance += (y[i] - my) * (y[i] - my);
  }
  return variance > 0 ? 1 - residual / variance : NAN;
}

/// Area under the ROC curve, whichever way round, for a target of two classes: a threshold needs no
/// fitting, so no rows are held out. 0 where a tenth of the rows has no number, or where so few
/// rows leave it in doubt.
double area_of(const std::vector<double>& numbers, const Categories& target) {
  if (target.count != 2) return 0;
  std::vector<std::uint8_t> labels;
  for (const auto category : target.of_row) labels.push_back(category == 1);
  const auto finite = std::ranges::count_if(numbers, [](double x) { return std::isfinite(x); });
  if (static_cast<double>(finite) < 0.9 * static_cast<double>(numbers.size())) return 0;
  const auto auc = stats::auc_of_rows(numbers, labels);
  if (!(std::max(auc.low, 1 - auc.high) >= kAreaLowMin)) return 0;
  return std::max(auc.value, 1 - auc.value);
}

/// The target in the two ways it may be read.
struct Target {
  Categories classes;
  std::optional<std::vector<double>> numbers;  ///< set when it is a quantity
};

void look_at(const std::string& dataset, const std::string& name, const Cells& cells,
             const Target& target, double gain_min, check::Answer& answer) {
  const auto numbers = numbers_of(cells);
  const auto rows = static_cast<std::int64_t>(cells.size());
  Json evidence;
  evidence.set("rows", rows);
  if (target.numbers) {
    if (!numbers) return;
    const double share = std::max(explained(bins_of(*numbers), *target.numbers),
                                  explained_by_line(*numbers, *target.numbers));
    if (!(share >= 0.99)) return;
    evidence.set("explained_variance", share);
    evidence.set("method",
                 "bin means judged leave-one-out, or a line fitted on even rows and "
                 "judged on odd ones");
    answer.findings.push_back(
        column_finding(kId, dataset, name,
                       name + " alone explains " + format_double(std::round(share * 1000) / 10) +
                           " % of the target's variance on rows it was not fitted on",
                       std::move(evidence)));
    return;
  }
  Verdict best;
  const Categories categories = categories_of(cells);
  if (categories.count <= kCategoriesMax) best = judge(categories, target.classes);
  if (numbers && categories.count > kBins) {
    const Verdict binned = judge(bins_of(*numbers), target.classes);
    if (binned.gain_low > best.gain_low) best = binned;
  }
  const double area = numbers ? area_of(*numbers, target.classes) : 0;
  const bool ranked = area >= kAreaMin;
  if (!ranked && !(best.gain_low >= gain_min)) return;
  evidence.set("accuracy", best.accuracy);
  evidence.set("baseline", best.baseline);
  evidence.set("gain", best.gain);
  evidence.set("gain_low", best.gain_low);
  evidence.set("auc", area);
  evidence.set("method", ranked ? "area under the ROC curve of the column itself"
                                : "commonest class by value, judged leave-one-out");
  const auto percent = [](double share) {
    return format_double(std::round(share * 1000) / 10) + " %";
  };
  answer.findings.push_back(column_finding(
      kId, dataset, name,
      name + " alone gives the target right in " + percent(best.accuracy) + " of unseen rows (" +
          percent(best.baseline) + " by always guessing the same)" +
          (ranked ? ", and a threshold on it parts the classes" : ""),
      std::move(evidence)));
}

/// Which rows are kept: all, or `rows_max` of them, drawn evenly over the whole table (Knuth, The
/// Art of Computer Programming 2, 3.4.2, algorithm S). The same ones in every pass.
class Sample {
 public:
  Sample(std::int64_t rows, std::int64_t rows_max)
      : left_(rows), wanted_(std::min(rows, rows_max)) {}

  bool take() {
    if (left_ <= 0) return false;  // more rows than the profile counted
    const bool taken =
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(left_))) < wanted_;
    --left_;
    wanted_ -= taken;
    return taken;
  }

 private:
  std::int64_t left_, wanted_;
  SeededRandom random_{kSampleSeed};
};

Result<std::vector<Cells>> read(const check::ColumnSource& source,
                                std::span<const std::string> columns, std::int64_t rows_max) {
  std::vector<Cells> out(columns.size());
  Sample sample(source.rows(), rows_max);
  TRY(source.each_row(columns, source.rows(),
                      [&](std::span<const std::optional<std::string>> row) -> Result<void> {
                        if (!sample.take()) return {};
                        for (std::size_t i = 0; i < row.size(); ++i) out[i].push_back(row[i]);
                        return {};
                      }));
  return out;
}

Result<check::Answer> run(const check::Input& input, const Json& parameters, TimeUs) {
  const auto& given = std::get<check::ColumnScanInput>(input);
  const std::string& dataset = given.meaning.dataset;
  const std::string& target_name = given.meaning.target;
  const std::int64_t rows_max = parameters.int_or("rows_max", 200'000);
  const double gain_min = parameters.number_or("gain_min", 0.9);
  auto skipped = [&](std::string reason) {
    return check::Answer{.examinations = {{.subject = dataset,
                                           .outcome = check::Outcome::kSkipped,
                                           .reason = std::move(reason)}}};
  };
  if (target_name.empty()) return skipped("no target is declared");
  const auto columns = given.source->columns();
  if (std::ranges::find(columns, target_name) == columns.end())
    return skipped("there is no column " + target_name + ", the declared target");
  auto target_cells = TRY(read(*given.source, std::span(&target_name, 1), rows_max));
  if (static_cast<std::int64_t>(target_cells[0].size()) < kRowsMin)
    return skipped("fewer than " + std::to_string(kRowsMin) + " rows");
  Target target{.classes = categories_of(target_cells[0])};
  if (target.classes.count > kClassesMax) {
    target.numbers = numbers_of(target_cells[0]);
    if (!target.numbers) return skipped("the target has more values than classes can have");
  }
  check::Answer answer{.examinations = {{.subject = dataset}}};
  const auto seen = static_cast<std::int64_t>(target_cells[0].size());
  if (seen < given.source->rows())
    answer.examinations[0].reason = "judged by " + with_thousands(seen) + " of " +
                                    with_thousands(given.source->rows()) +
                                    " rows, drawn evenly over all of them";
  std::vector<std::string> others;
  for (const auto& column : columns)
    if (column != target_name) others.push_back(column);
  for (std::size_t at = 0; at < others.size(); at += kColumnsAtOnce) {
    const auto batch = std::span(others).subspan(at, std::min(kColumnsAtOnce, others.size() - at));
    const auto cells = TRY(read(*given.source, batch, rows_max));
    for (std::size_t i = 0; i < batch.size(); ++i)
      look_at(dataset, batch[i], cells[i], target, gain_min, answer);
  }
  return answer;
}

}  // namespace

check::Check target_leak() {
  return {
      .spec =
          {.id = std::string(kId),
           .version = 2,
           .input = check::InputKind::kColumnScan,
           .title = "Target leak",
           .question = "Does this column alone give the declared target away, on rows it has not "
                       "seen?",
           .source =
               "Kaufman, Rosset, Perlich, Leakage in Data Mining, KDD 2011; Kapoor, Narayanan, "
               "Leakage and the Reproducibility Crisis, Patterns 2023",
           .debt_kind = "leakage",
           .principal = {.p10_s = 1'800, .p50_s = 7'200, .p90_s = 28'800},
           .principal_each = {.p10_s = 600, .p50_s = 1'800, .p90_s = 7'200},
           .interest_month = {.p10_s = 300, .p50_s = 3'600, .p90_s = 28'800},
           .prior_source = "our estimate: finding out when the column is known, dropping it, "
                           "retraining and correcting what was reported; nothing is measured yet",
           .advice =
               "Ask when the column becomes known. If that is with the target or after it, no "
               "model can have it: drop it where the data are made, retrain, and correct what was "
               "reported. Then version the new file: solvent data put FILE --name NAME.",
           .meaning = {"target"},
           .parameters = {{"gain_min",
                           "smallest lower bound of the gain over always guessing the "
                           "commonest class",
                           0.9},
                          {"rows_max", "rows kept of a larger table, drawn evenly", 200'000}}},
      .run = run};
}

}  // namespace solvent::remedies::data
