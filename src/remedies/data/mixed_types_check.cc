#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/text.h"
#include "profile/text_shape.h"
#include "remedies/data/data_checks.h"

namespace solvent::remedies::data {
namespace {

using profile::ColumnProfile;

constexpr std::string_view kId = "data/mixed-types";

/// Values of a text column by what they parse as.
struct Tally {
  std::int64_t numbers = 0, words = 0, sentinels = 0, usual_nulls = 0, times = 0;
  std::map<std::string, std::int64_t> dates;  ///< by format
  std::vector<std::string> sentinel_words;
  std::int64_t values() const {
    std::int64_t all = numbers + words + sentinels + times;
    for (const auto& [format, count] : dates) all += count;
    return all;
  }
  std::int64_t dated() const {
    std::int64_t all = 0;
    for (const auto& [format, count] : dates) all += count;
    return all;
  }
};

bool is_usual_null(std::string_view value) {
  const std::string low = lower_ascii(trim(value));
  return low.empty() || low == "na" || low == "nan" || low == "null" || low == "<na>";
}

Tally tally_of(const ColumnProfile& column) {
  Tally out;
  for (const auto& [kind, count] : column.parsed_types) {
    if (kind == "int" || kind == "real" || kind.starts_with("number:")) {
      out.numbers += count;
    } else if (kind.starts_with("date:") || kind == "timestamp") {
      out.dates[kind] += count;
    } else if (kind == "time") {
      out.times += count;
    } else if (kind == "sentinel") {
      out.sentinels += count;
    } else if (kind != "empty") {
      out.words += count;
    }
  }
  // 01/02/2013 is written as either of its neighbours is.
  if (const auto at = out.dates.find("date:ambiguous"); at != out.dates.end()) {
    for (const char* clear : {"date:dd/mm/yyyy", "date:mm/dd/yyyy"}) {
      if (const auto other = out.dates.find(clear); other != out.dates.end()) {
        other->second += at->second;
        out.dates.erase("date:ambiguous");
        break;
      }
    }
  }
  for (const auto& [value, count] : column.top) {
    if (profile::classify(value) != profile::TextKind::kSentinel) continue;
    if (is_usual_null(value)) {
      out.usual_nulls += count;
    } else {
      out.sentinel_words.push_back(value);
    }
  }
  out.sentinels -= std::min(out.sentinels, out.usual_nulls);
  // A word that no listed value shows may be a usual spelling of null: it is not held against it.
  if (out.sentinel_words.empty()) out.sentinels = 0;
  return out;
}

/// Letters and digits in one word: codes such as N14228, 3B or 12-A, not words among numbers.
bool is_code_shape(std::string_view shape) {
  return shape.find('9') != std::string_view::npos && shape.find('a') != std::string_view::npos &&
         shape.find(' ') == std::string_view::npos && shape.find('<') == std::string_view::npos &&
         shape.find('>') == std::string_view::npos && shape.find('~') == std::string_view::npos;
}

bool holds_codes(const ColumnProfile& column) {
  return std::ranges::any_of(column.patterns,
                             [](const auto& shape) { return is_code_shape(shape.value); });
}

std::string share_text(std::int64_t part, std::int64_t whole) {
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return format_double(std::round(percent * 100) / 100) + " %";
}

std::string words_of(const ColumnProfile& column) {
  std::string out;
  int shown = 0;
  for (const auto& [value, count] : column.top) {
    const auto kind = profile::classify(value);
    const bool word = kind == profile::TextKind::kText || kind == profile::TextKind::kBool ||
                      (kind == profile::TextKind::kSentinel && !is_usual_null(value));
    if (!word || ++shown > 3) continue;
    out += (out.empty() ? "" : ", ") + ("\"" + sanitize_utf8(value).substr(0, 40) + "\" ") +
           with_thousands(count) + " times";
  }
  return out;
}

/// What is mixed, as a sentence; empty when nothing is.
std::string mixture_of(const ColumnProfile& column, const Tally& tally, double minority_min) {
  const std::int64_t values = tally.values();
  if (values == 0) return {};
  const auto enough = [&](std::int64_t count) {
    return count > 0 && static_cast<double>(count) >= minority_min * static_cast<double>(values);
  };
  const std::int64_t words = tally.words + tally.sentinels, dated = tally.dated();
  if (2 * tally.numbers >= values) {
    if (words > 0 && !(tally.words > 0 && holds_codes(column))) {
      const std::string shown = words_of(column);
      return "numbers in " + share_text(tally.numbers, values) + " of the values, words in " +
             share_text(words, values) + (shown.empty() ? "" : ": " + shown);
    }
    if (enough(dated)) return "numbers and dates: " + share_text(dated, values) + " are dates";
    return {};
  }
  if (2 * dated < values) return {};
  std::string formats;
  int count = 0;
  for (const auto& [format, rows] : tally.dates) {
    if (!enough(rows)) continue;
    ++count;
    const std::string name = format == "timestamp" ? format : format.substr(5);
    formats += (formats.empty() ? "" : ", ") + name + " " + share_text(rows, values);
  }
  if (count > 1) return "dates are written in " + std::to_string(count) + " ways: " + formats;
  if (words > 0 && !(tally.words > 0 && holds_codes(column)))
    return "dates in " + share_text(dated, values) + " of the values, words in " +
           share_text(words, values) + ": " + words_of(column);
  if (enough(tally.numbers))
    return "dates and numbers: " + share_text(tally.numbers, values) + " are numbers";
  return {};
}

Result<check::Answer> run(const check::Input& input, const Json& parameters, TimeUs) {
  const auto& given = std::get<check::ProfileInput>(input);
  const double minority_min = parameters.number_or("minority_min", 0.001);
  check::Answer answer{.examinations = {{.subject = given.meaning.dataset}}};
  for (const auto& column : given.profile->columns) {
    if (column.type != "text") continue;
    const Tally tally = tally_of(column);
    std::string mixture = mixture_of(column, tally, minority_min);
    if (mixture.empty()) continue;
    Json evidence, kinds;
    for (const auto& [kind, count] : column.parsed_types) kinds.set(kind, count);
    evidence.set("kinds", kinds);
    evidence.set("values", tally.values());
    answer.findings.push_back(column_finding(kId, given.meaning.dataset, column.name,
                                             std::move(mixture), std::move(evidence)));
  }
  return answer;
}

}  // namespace

check::Check mixed_types() {
  return {
      .spec =
          {.id = std::string(kId),
           .input = check::InputKind::kProfile,
           .title = "Mixed types in a column",
           .question = "Are values of different types mixed in this column: numbers among words, "
                       "several date formats, words for missing values beyond the usual ones?",
           .source = "Hynes, Sculley, Terry, The Data Linter, NIPS ML Systems Workshop 2017; "
                     "Wickham, Tidy Data, Journal of Statistical Software 59(10), 2014",
           .debt_kind = "data quality",
           .principal = {.p10_s = 300, .p50_s = 1'200, .p90_s = 5'400},
           .principal_each = {.p10_s = 120, .p50_s = 600, .p90_s = 3'600},
           .interest_month = {.p10_s = 30, .p50_s = 300, .p90_s = 2'400},
           .prior_source =
               "our estimate: one conversion in the code that makes the table, and every "
               "reader's own work-around until then; nothing is measured yet",
           .advice =
               "Convert it where the data are made: missing values empty, one type a column, one "
               "date format (ISO 8601). Then version the new file: solvent data put FILE --name "
               "NAME.",
           .parameters = {{"minority_min", "smallest share that counts as a second kind", 0.001}}},
      .run = run};
}

}  // namespace solvent::remedies::data
