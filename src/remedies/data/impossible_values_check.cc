#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

#include "base/text.h"
#include "remedies/data/data_checks.h"

namespace solvent::remedies::data {
namespace {

using profile::ColumnProfile;

constexpr std::string_view kId = "data/impossible-values";
constexpr std::string_view kWhole = "int";

/// A meaning that a name alone settles, and the values which it excludes.
struct Meaning {
  std::string_view names;  ///< globs over the lower-case name, parted by blanks
  bool whole_only = false;
  std::string_view excludes;       ///< "ages over 120"
  std::string_view justification;  ///< why the name settles it
  bool (*impossible)(double value);
};

bool is_clock_hhmm(double v) {
  return v >= 0 && v <= 2400 && std::fmod(v, 100) < 60;  // 2400 is midnight
}

constexpr std::string_view kPhysical = "a physical quantity of this name is never negative";
constexpr Meaning kMeanings[] = {
    {"dep_time arr_time sched_dep_time sched_arr_time crs_dep_time crs_arr_time crsdeptime "
     "crsarrtime deptime arrtime departure_time arrival_time wheels_on wheels_off",
     true, "clock times with minutes of 60 or more, or beyond 2400",
     "flight tables write the local clock as hhmm (US Bureau of Transportation Statistics)",
     [](double v) { return !is_clock_hhmm(v); }},
    {"age *_age age_years", false, "ages below 0 or above 120",
     "the column's name is an age in years, and hardly a value exceeds a human life",
     [](double v) { return v < 0 || v > 120; }},
    {"n_* num_* *_count count number_of_* *_counts", true, "negative counts",
     "the name says that things are counted, and the values are whole",
     [](double v) { return v < 0; }},
    {"hour", true, "hours outside 0 to 24", "the name is the hour of a day",
     [](double v) { return v < 0 || v > 24; }},
    {"minute", true, "minutes outside 0 to 59", "the name is the minute of an hour",
     [](double v) { return v < 0 || v > 59; }},
    {"month", true, "months outside 1 to 12", "the name is the month of a year",
     [](double v) { return v < 1 || v > 12; }},
    {"day_of_month dayofmonth", true, "days outside 1 to 31", "the name is the day of a month",
     [](double v) { return v < 1 || v > 31; }},
    {"probability prob *_probability *_prob prob_*", false, "probabilities outside 0 to 1",
     "the name is a probability, and hardly a value lies outside",
     [](double v) { return v < 0 || v > 1; }},
    {"share *_share", false, "shares outside 0 to 1",
     "the name is a share, and hardly a value lies outside",
     [](double v) { return v < 0 || v > 1; }},
    {"humid humidity relative_humidity", false, "humidity outside 0 to 100 %",
     "relative humidity is a percentage", [](double v) { return v < 0 || v > 100; }},
    {"lat latitude *_lat *_latitude", false, "latitudes beyond 90 degrees",
     "latitudes end at the poles", [](double v) { return v < -90 || v > 90; }},
    {"lon lng longitude *_lon *_lng *_longitude", false, "longitudes beyond 360 degrees",
     "longitudes go once around", [](double v) { return v < -360 || v > 360; }},
    {"distance air_time elapsed_time duration weight height wind_speed seats population", false,
     "negative values", kPhysical, [](double v) { return v < 0; }},
};

bool has_name(std::string_view globs, std::string_view name) {
  const std::string low = lower_ascii(name);
  for (const auto glob : split(globs, ' '))
    if (!glob.empty() && glob_match(glob, low)) return true;
  return false;
}

struct Found {
  std::int64_t count = 0;
  std::vector<std::string> examples;
  bool exact = true;  ///< false: counted from a summary of the values
};

/// Rows whose value is impossible, by the profile's distinct values.
Found count_impossible(const ColumnProfile& column, const std::function<bool(double)>& impossible) {
  constexpr std::size_t kExamples = 5;
  Found out;
  const auto& q = column.quantiles;
  for (std::size_t i = 0; i < q.values.size(); ++i) {
    if (!impossible(q.values[i])) continue;
    out.count += q.counts[i];
    if (out.examples.size() < kExamples) out.examples.push_back(format_double(q.values[i]));
  }
  out.exact = q.exact;
  // A summary may have lost them; the ends are known exactly.
  if (out.count == 0 && !q.exact && column.moments.n > 0) {
    for (const double end : {column.min, column.max}) {
      if (!impossible(end)) continue;
      ++out.count;
      out.examples.push_back(format_double(end));
    }
  }
  return out;
}

/// Values that are the mean of the others, written with so many digits that chance is out, in a
/// column whose other values are few and whole: codes, whose gaps somebody filled with a mean.
/// Nobody needs to know what the codes mean for that.
Found count_filled_means(const ColumnProfile& column) {
  constexpr std::size_t kCodesMax = 50;
  constexpr int kDigitsMin = 4;  // one chance in 10,000 at most that a value looks so
  Found out;
  const auto& q = column.quantiles;
  if (!q.exact || q.values.size() > kCodesMax) return out;
  double sum = 0, n = 0;
  std::size_t codes = 0;
  for (std::size_t i = 0; i < q.values.size(); ++i) {
    if (q.values[i] != std::floor(q.values[i])) continue;
    sum += q.values[i] * static_cast<double>(q.counts[i]);
    n += static_cast<double>(q.counts[i]);
    ++codes;
  }
  if (codes < 2) return out;
  for (std::size_t i = 0; i < q.values.size(); ++i) {
    if (q.values[i] == std::floor(q.values[i])) continue;
    const std::string written = format_double(q.values[i]);
    const auto point = written.find('.');
    const bool plain = point != std::string::npos && written.find('e') == std::string::npos;
    const int digits = plain ? static_cast<int>(written.size() - point - 1) : 0;
    const double unit = std::max(std::pow(10.0, -digits), 1e-12 * std::abs(sum / n));
    if (digits < kDigitsMin || std::abs(q.values[i] - sum / n) > unit) return Found{};
    out.count += q.counts[i];
    out.examples.push_back(written);
  }
  return out;
}

bool is_numeric(const ColumnProfile& column) {
  return column.type == kWhole || column.type == "real";
}

/// All values of a real column may still be whole: a column with nulls is often read so.
bool is_whole(const ColumnProfile& column) {
  if (column.type == kWhole) return true;
  return std::ranges::all_of(column.quantiles.values, [](double v) { return v == std::floor(v); });
}

/// The past only: what was born, created, measured or sold cannot lie ahead.
bool is_past_name(std::string_view name) {
  return has_name(
      "birth* dob date_of_birth created* *_created recorded* *_recorded observed* "
      "*_observed measured* signup* registered* *_registered purchased* sold* "
      "*_purchased order_date sale_date admission* death*",
      name);
}

void add(check::Answer& answer, const std::string& dataset, const ColumnProfile& column,
         const Found& found, std::string_view excludes, std::string_view justification) {
  std::int64_t values = 0;
  for (const auto count : column.quantiles.counts) values += count;
  Json evidence, examples = JsonArray{};
  for (const auto& example : found.examples) examples.push(example);
  evidence.set("excluded", excludes);
  evidence.set("justification", justification);
  evidence.set("rows", found.count);
  evidence.set("share", static_cast<double>(found.count) / static_cast<double>(values));
  evidence.set("examples", examples);
  evidence.set("exact", found.exact);
  answer.findings.push_back(
      column_finding(kId, dataset, column.name,
                     (found.exact ? "" : "about ") + with_thousands(found.count) +
                         (found.count == 1 ? " row holds " : " rows hold ") +
                         std::string(excludes) + ", e.g. " + found.examples.front(),
                     std::move(evidence)));
}

Result<check::Answer> run(const check::Input& input, const Json& parameters, TimeUs as_of) {
  const auto& given = std::get<check::ProfileInput>(input);
  const std::string& dataset = given.meaning.dataset;
  const double share_max = parameters.number_or("share_max", 0.05);
  check::Answer answer{.examinations = {{.subject = dataset}}};
  std::string summarised;
  for (const auto& column : given.profile->columns) {
    const double values = static_cast<double>(column.quantiles.n());
    if (!(values > 0)) continue;
    // Where many values are excluded, the name means something else here.
    const auto plausible = [&](const Found& found) {
      return found.count > 0 && static_cast<double>(found.count) <= share_max * values;
    };
    if (is_numeric(column)) {
      const Found means = count_filled_means(column);
      if (plausible(means)) {
        add(answer, dataset, column, means, "fractions among whole codes, the mean of the others",
            "every other value is one of a few whole numbers, and a code has no mean");
        continue;
      }
      for (const auto& meaning : kMeanings) {
        if (!has_name(meaning.names, column.name)) continue;
        if (meaning.whole_only && !is_whole(column)) break;
        if (!column.quantiles.exact) summarised += (summarised.empty() ? "" : ", ") + column.name;
        const Found found = count_impossible(column, meaning.impossible);
        if (plausible(found))
          add(answer, dataset, column, found, meaning.excludes, meaning.justification);
        break;
      }
    } else if ((column.type == "time" || column.type == "date") && as_of > 0 &&
               is_past_name(column.name)) {
      Found found = count_impossible(
          column, [&](double v) { return v > static_cast<double>(as_of + kDayUs); });
      for (auto& example : found.examples)
        if (const auto time = parse_double(example))
          example = format_date(static_cast<TimeUs>(std::min(*time, 9.2e18)));
      if (plausible(found))
        add(answer, dataset, column, found, "dates in the future",
            "the name says that it has happened");
    }
  }
  if (!summarised.empty())
    answer.examinations[0].reason =
        "judged by the ends and a summary of their many values: " + summarised;
  return answer;
}

}  // namespace

check::Check impossible_values() {
  return {
      .spec = {.id = std::string(kId),
               .version = 2,
               .input = check::InputKind::kProfile,
               .title = "Impossible values",
               .question = "Does this column hold values that its own meaning excludes?",
               .source =
                   "Breck et al., Data Validation for Machine Learning, MLSys 2019; van der Loo, "
                   "de Jonge, Statistical Data Cleaning, 2018",
               .debt_kind = "data quality",
               .principal = {.p10_s = 600, .p50_s = 2'400, .p90_s = 14'400},
               .principal_each = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
               .interest_month = {.p10_s = 30, .p50_s = 300, .p90_s = 3'600},
               .prior_source =
                   "our estimate: finding the source of the values and correcting or dropping "
                   "the rows; nothing is measured yet",
               .advice =
                   "Trace a few of the rows to their source and correct them where the data are "
                   "made; make them missing if the true value is lost. Then version the new file: "
                   "solvent data put FILE --name NAME.",
               .parameters = {{"share_max",
                               "largest share of impossible values; above it the name is "
                               "taken to mean something else",
                               0.05}}},
      .run = run};
}

}  // namespace solvent::remedies::data
