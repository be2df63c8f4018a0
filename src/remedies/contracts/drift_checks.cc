#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "profile/profile.h"
#include "remedies/contracts/service.h"
#include "stats/association.h"
#include "stats/effect_sizes.h"

namespace solvent::remedies::contracts {
namespace {

using profile::ColumnProfile;

constexpr std::string_view kMissing = "contracts/missing-values-jump";
constexpr std::string_view kShift = "contracts/distribution-shift";
/// |delta| from which an effect is more than negligible (Romano et al. 2006).
constexpr double kDeltaBar = 0.147;
/// KS distance between a normal distribution and one with twice its spread: where delta is blind.
constexpr double kKsBar = 0.16;
/// For two categories total variation is |delta|, so it has the same bar.
constexpr double kVariationBar = 0.147;
constexpr double kRowsMin = 30;

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}
std::string number(double value) {
  return format_double(rounded(value));
}

check::Finding finding_of(std::string_view check, const check::VersionPairInput& pair,
                          const std::string& item, std::string message, Json evidence) {
  evidence.set("before", pair.before_version);
  evidence.set("after", pair.after_version);
  return {.check = std::string(check),
          .subject = pair.meaning.dataset,
          .item = item,
          .message = std::move(message),
          .evidence = std::move(evidence),
          .fingerprint = check::content_fingerprint(
              check, pair.meaning.dataset + "\n" + item + "\n" + pair.after_version)};
}

double missing_of(const ColumnProfile& c) {
  return static_cast<double>(c.nulls + c.nans + c.empty_texts);
}

Result<check::Answer> run_missing(const check::Input& input, const Json& parameters, TimeUs) {
  const auto& pair = std::get<check::VersionPairInput>(input);
  const double rise_min = parameters.number_or("rise_min", 0.01);
  check::Answer answer{.examinations = {{.subject = pair.meaning.dataset}}};
  for (const auto& after : pair.after->columns) {
    const auto* before = pair.before->find(after.name);
    if (before == nullptr || before->rows == 0 || after.rows == 0) continue;
    const auto rows_before = static_cast<double>(before->rows);
    const auto rows_after = static_cast<double>(after.rows);
    const auto rise = stats::proportion_difference(missing_of(after), rows_after,
                                                   missing_of(*before), rows_before);
    if (!(rise.value >= rise_min) || !(rise.low > 0)) continue;
    Json evidence;
    evidence.set("share_before", missing_of(*before) / rows_before);
    evidence.set("share_after", missing_of(after) / rows_after);
    evidence.set("rise", rise.value);
    evidence.set("low", rise.low);
    evidence.set("high", rise.high);
    const auto points = [](double share) { return format_double(std::round(share * 1000) / 10); };
    answer.findings.push_back(finding_of(
        kMissing, pair, after.name,
        "missing in " + points(missing_of(after) / rows_after) + " % of rows, before in " +
            points(missing_of(*before) / rows_before) + " %: " + points(rise.value) +
            " points more (95 % interval " + points(rise.low) + " to " + points(rise.high) + ")",
        std::move(evidence)));
  }
  return answer;
}

bool is_ordered(const ColumnProfile& c) {
  return c.type == "int" || c.type == "real" || c.type == "time" || c.type == "date";
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, lower_ascii(name)) != names.end();
}

bool is_calendar(std::string_view name) {
  return is_one_of(
      name, {"year",      "quarter",     "month", "week", "weekofyear", "week_of_year", "day",
             "dayofyear", "day_of_year", "yday",  "doy",  "dayofmonth", "day_of_month", "weekday",
             "dayofweek", "day_of_week", "dow",   "date", "season",     "time_hour",    "yearmonth",
             "year_month"});
}

/// Lower and upper end of a column's values.
struct Range {
  double low = 0, high = 0;
  bool known = false;
};
Range range_of(const ColumnProfile& c) {
  return {c.min, c.max, c.moments.n > 0};
}

/// -1, 0 or 1: whether all values after lie below, neither, or above all values before.
int moved(const ColumnProfile& before, const ColumnProfile& after) {
  const Range a = range_of(before), b = range_of(after);
  if (!a.known || !b.known) return 0;
  if (b.low > a.high) return 1;
  return b.high < a.low ? -1 : 0;
}

/// Whether a column only says again where the versions were cut: it is the slicing column, or it
/// is a part of the calendar as that is, or its values are disjoint and ordered as the slices are.
bool derives_from_slice(const check::VersionPairInput& pair, const ColumnProfile& before,
                        const ColumnProfile& after) {
  const std::string& slice = pair.meaning.sliced_by;
  if (slice.empty()) return false;
  if (before.name == slice) return true;
  if (is_calendar(slice) && is_calendar(before.name)) return true;
  const auto* slice_before = pair.before->find(slice);
  const auto* slice_after = pair.after->find(slice);
  if (slice_before == nullptr || slice_after == nullptr || !is_ordered(before)) return false;
  const int direction = moved(*slice_before, *slice_after);
  return direction != 0 && moved(before, after) == direction;
}

/// Names and texts that tell rows or things apart rather than describe them.
bool is_identifier(const check::DataMeaning& meaning, const ColumnProfile& c) {
  if (std::ranges::find(meaning.keys, c.name) != meaning.keys.end()) return true;
  const std::string name = lower_ascii(c.name);
  if (is_one_of(name,
                {"id", "index", "rownames", "uuid", "guid", "key", "unnamed: 0", "column0"}) ||
      name.ends_with("_id") || name.ends_with("_uuid") || name.ends_with("_key"))
    return true;
  const double values = static_cast<double>(c.rows - c.nulls);
  const auto distinct = static_cast<double>(c.distinct);
  return !is_ordered(c) && (distinct > 1'000 || (values > kRowsMin && distinct > 0.5 * values));
}

void look_at_numbers(const check::VersionPairInput& pair, const ColumnProfile& before,
                     const ColumnProfile& after, check::Answer& answer) {
  const stats::Sample a{before.quantiles.values, before.quantiles.counts,
                        before.quantiles.rank_error};
  const stats::Sample b{after.quantiles.values, after.quantiles.counts, after.quantiles.rank_error};
  if (a.n() < kRowsMin || b.n() < kRowsMin) return;
  const auto delta = stats::cliffs_delta(b, a);
  const auto ks = stats::ks_distance(a, b);
  const bool moves = delta.low >= kDeltaBar || delta.high <= -kDeltaBar;
  const bool spreads = ks.low >= kKsBar;
  if (!moves && !spreads) return;
  Json evidence;
  evidence.set("cliffs_delta", delta.value);
  evidence.set("delta_low", delta.low);
  evidence.set("delta_high", delta.high);
  evidence.set("ks_distance", ks.value);
  evidence.set("ks_low", ks.low);
  evidence.set("median_before", before.quantiles.quantile(0.5));
  evidence.set("median_after", after.quantiles.quantile(0.5));
  evidence.set("rule", moves ? "|Cliff's delta| >= 0.147 with its whole 95 % interval"
                             : "KS distance >= 0.16 with its whole 95 % interval");
  const std::string effect = moves ? "Cliff's delta " + number(delta.value) + " (95 % interval " +
                                         number(delta.low) + " to " + number(delta.high) + ")"
                                   : "the spread changed: KS distance " + number(ks.value) +
                                         " (at least " + number(ks.low) + ")";
  answer.findings.push_back(finding_of(kShift, pair, after.name,
                                       "median " + number(before.quantiles.quantile(0.5)) +
                                           " before, " + number(after.quantiles.quantile(0.5)) +
                                           " after; " + effect,
                                       std::move(evidence)));
}

/// Counts over the values that either profile lists, and the rest. Joining categories can only
/// lessen the distance, and a count that is not listed is taken as near to the other side's as its
/// bound allows: the distance found is a lower bound.
void paired_counts(const ColumnProfile& before, const ColumnProfile& after,
                   std::vector<std::int64_t>& a, std::vector<std::int64_t>& b) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
  for (const auto& value : before.top) counts[value.value].first = value.count;
  for (const auto& value : after.top) counts[value.value].second = value.count;
  const std::int64_t all_a = before.rows - before.nulls, all_b = after.rows - after.nulls;
  std::int64_t left_a = all_a, left_b = all_b;
  const auto nearest = [](std::int64_t seen, std::int64_t of, std::int64_t whole,
                          const ColumnProfile& c, std::int64_t left) {
    if (c.top_complete || of == 0) return std::int64_t{0};
    const double share = static_cast<double>(seen) / static_cast<double>(of);
    const auto like = static_cast<std::int64_t>(share * static_cast<double>(whole));
    return std::min({like, c.top_floor, left});
  };
  for (auto& [value, pair] : counts) {
    if (pair.first == 0) pair.first = nearest(pair.second, all_b, all_a, before, left_a);
    if (pair.second == 0) pair.second = nearest(pair.first, all_a, all_b, after, left_b);
    left_a = std::max<std::int64_t>(0, left_a - pair.first);
    left_b = std::max<std::int64_t>(0, left_b - pair.second);
    a.push_back(pair.first);
    b.push_back(pair.second);
  }
  a.push_back(left_a);
  b.push_back(left_b);
}

void look_at_categories(const check::VersionPairInput& pair, const ColumnProfile& before,
                        const ColumnProfile& after, check::Answer& answer) {
  if (static_cast<double>(before.rows - before.nulls) < kRowsMin ||
      static_cast<double>(after.rows - after.nulls) < kRowsMin)
    return;
  std::vector<std::int64_t> a, b;
  paired_counts(before, after, a, b);
  const auto variation = stats::total_variation(a, b);
  if (!(variation.low >= kVariationBar)) return;
  Json evidence;
  evidence.set("total_variation", variation.value);
  evidence.set("low", variation.low);
  evidence.set("high", variation.high);
  evidence.set("categories", static_cast<std::int64_t>(a.size()) - 1);
  evidence.set("rule", "total variation distance >= 0.147 with its whole 95 % interval");
  answer.findings.push_back(finding_of(
      kShift, pair, after.name,
      number(100 * variation.value) + " % of the rows would have to change their value (at least " +
          number(100 * variation.low) + " %)",
      std::move(evidence)));
}

Result<check::Answer> run_shift(const check::Input& input, const Json&, TimeUs) {
  const auto& pair = std::get<check::VersionPairInput>(input);
  check::Answer answer{.examinations = {{.subject = pair.meaning.dataset}}};
  for (const auto& after : pair.after->columns) {
    const auto* before = pair.before->find(after.name);
    if (before == nullptr || is_ordered(*before) != is_ordered(after)) continue;
    if (derives_from_slice(pair, *before, after)) continue;
    if (is_identifier(pair.meaning, *before) || is_identifier(pair.meaning, after)) continue;
    if (is_ordered(after)) {
      look_at_numbers(pair, *before, after, answer);
    } else {
      look_at_categories(pair, *before, after, answer);
    }
  }
  return answer;
}

}  // namespace

std::vector<check::Check> checks() {
  std::vector<check::Check> out;
  out.push_back(
      {.spec =
           {.id = std::string(kMissing),
            .input = check::InputKind::kVersionPair,
            .title = "Missing values jump",
            .question = "Did the share of missing values of this column rise between the two "
                        "versions, by more than chance and by at least one percentage point?",
            .source = "Newcombe, Interval Estimation for the Difference Between Independent "
                      "Proportions, Statistics in Medicine 17, 1998; Breck et al., Data Validation "
                      "for Machine Learning, MLSys 2019",
            .debt_kind = "drift",
            .principal = {.p10_s = 900, .p50_s = 3'600, .p90_s = 14'400},
            .principal_each = {.p10_s = 300, .p50_s = 900, .p90_s = 3'600},
            .interest_month = {.p10_s = 60, .p50_s = 900, .p90_s = 7'200},
            .prior_source = "our estimate: tracing one column to what feeds it and repairing or "
                            "declaring it; nothing is measured yet",
            .advice =
                "Find what stopped filling the column (solvent data compare shows every column) "
                "and version what it should have been; if that is how it is now, retrain and write "
                "the debt off with the reason.",
            .parameters = {{"rise_min", "smallest rise that counts, as a share of rows", 0.01}}},
       .run = run_missing});
  out.push_back(
      {.spec =
           {.id = std::string(kShift),
            .input = check::InputKind::kVersionPair,
            .title = "Distribution shift",
            .question = "Did the distribution of this column change between the two versions by an "
                        "effect that matters, not merely by one that is significant?",
            .source = "Romano, Kromrey, Coraggio, Skowronek, Appropriate statistics for ordinal "
                      "level data, FAIR 2006 (|delta| >= 0.147); Rabanser, Guennemann, Lipton, "
                      "Failing Loudly, NeurIPS 2019",
            .debt_kind = "drift",
            .principal = {.p10_s = 1'800, .p50_s = 7'200, .p90_s = 28'800},
            .principal_each = {.p10_s = 300, .p50_s = 1'200, .p90_s = 7'200},
            .interest_month = {.p10_s = 120, .p50_s = 1'800, .p90_s = 14'400},
            .prior_source = "our estimate: explaining the change, retraining and evaluating on the "
                            "new version; nothing is measured yet",
            .advice = "Explain the change first (season, source, unit; solvent data compare shows "
                      "every column), then retrain or slice the model by what moved, and write the "
                      "debt off with the reason.",
            .meaning = {"sliced_by", "keys"}},
       .run = run_shift});
  return out;
}

}  // namespace solvent::remedies::contracts
