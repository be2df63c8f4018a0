#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "check/registry.h"
#include "remedies/data/data_checks.h"
#include "remedies/data/service.h"

namespace solvent::remedies::data {
namespace {

using Items = std::set<std::string>;
using Text = std::optional<std::string>;

/// A table of texts, with the types that a reader would give its columns.
struct TestTable final : check::ColumnSource {
  struct Column {
    std::string name;
    ColumnType type;
    std::vector<Text> cells;
  };
  std::vector<Column> all;

  TestTable& add(std::string name, ColumnType type, std::vector<Text> cells) {
    all.push_back({std::move(name), type, std::move(cells)});
    return *this;
  }
  TestTable& numbers(std::string name, const std::vector<double>& values, bool whole = false) {
    std::vector<Text> cells;
    for (const double v : values) cells.push_back(std::isnan(v) ? Text() : Text(format_double(v)));
    return add(std::move(name), whole ? ColumnType::kInt : ColumnType::kReal, std::move(cells));
  }

  std::vector<std::string> columns() const override {
    std::vector<std::string> out;
    for (const auto& column : all) out.push_back(column.name);
    return out;
  }
  std::int64_t rows() const override { return static_cast<std::int64_t>(all[0].cells.size()); }
  Result<std::int64_t> duplicate_rows(std::span<const std::string> names) const override {
    if (broken) return fail(Code::kUnavailable, "no engine");
    std::set<std::vector<Text>> seen;
    for (std::int64_t i = 0; i < rows(); ++i) {
      std::vector<Text> row;
      for (const auto& column : all)
        if (std::find(names.begin(), names.end(), column.name) != names.end())
          row.push_back(column.cells[static_cast<std::size_t>(i)]);
      seen.insert(row);
    }
    return rows() - static_cast<std::int64_t>(seen.size());
  }
  Result<void> each_row(
      std::span<const std::string> names, std::int64_t rows_max,
      const std::function<Result<void>(std::span<const Text>)>& visit) const override {
    for (std::int64_t i = 0; i < std::min(rows_max, rows()); ++i) {
      std::vector<Text> row;
      for (const auto& name : names)
        for (const auto& column : all)
          if (column.name == name) row.push_back(column.cells[static_cast<std::size_t>(i)]);
      TRY(visit(row));
    }
    return {};
  }

  profile::TableProfile profile() const {
    std::vector<profile::ProfileBuilder::Column> columns;
    std::vector<std::vector<std::int64_t>> whole(all.size());
    std::vector<std::vector<double>> real(all.size());
    std::vector<std::vector<std::string_view>> texts(all.size());
    std::vector<std::vector<std::uint8_t>> valid(all.size());
    std::vector<ColumnSpan> spans;
    for (std::size_t c = 0; c < all.size(); ++c) {
      columns.push_back({all[c].name, all[c].type});
      for (const auto& cell : all[c].cells) {
        valid[c].push_back(cell.has_value());
        texts[c].push_back(cell ? std::string_view(*cell) : std::string_view());
        if (all[c].type == ColumnType::kReal) real[c].push_back(cell ? *parse_double(*cell) : 0);
        if (all[c].type != ColumnType::kReal && all[c].type != ColumnType::kText)
          whole[c].push_back(cell ? *parse_int(*cell) : 0);
      }
      spans.push_back(
          {.type = all[c].type, .integers = whole[c], .reals = real[c], .valid = valid[c]});
      if (all[c].type == ColumnType::kText) spans.back().texts = texts[c];
    }
    profile::ProfileBuilder builder(columns);
    builder.add(spans);
    return builder.finish();
  }

  bool broken = false;
};

check::Answer run(const check::Check& check, const TestTable& table,
                  check::DataMeaning meaning = {}, TimeUs as_of = 0) {
  meaning.dataset = "d";
  const auto profile = table.profile();
  const Json parameters = MUST(check::parameters_of(check.spec, JsonObject{}));
  const check::Input input = check.spec.input == check::InputKind::kProfile
                                 ? check::Input(check::ProfileInput{meaning, &profile})
                                 : check::Input(check::ColumnScanInput{meaning, &profile, &table});
  return MUST(check.run(input, parameters, as_of));
}

Items items(const check::Check& check, const TestTable& table, check::DataMeaning meaning = {},
            TimeUs as_of = 0) {
  Items out;
  for (const auto& finding : run(check, table, std::move(meaning), as_of).findings) {
    EXPECT_EQ(finding.check, check.spec.id);
    EXPECT_EQ(finding.subject, "d");
    EXPECT_FALSE(finding.message.empty());
    EXPECT_TRUE(finding.evidence.is_object());
    out.insert(finding.item);
  }
  return out;
}

std::vector<double> uniform(std::size_t count, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<double>(random.below(1u << 30)) / (1u << 30));
  return out;
}

std::vector<double> mapped(std::vector<double> values, const std::function<double(double)>& f) {
  for (double& v : values) v = f(v);
  return values;
}

TEST(DataChecks, AreWhole) {
  EXPECT_EQ(MUST(check::Registry::create(checks())).all().size(), 6u);
  for (const auto& check : checks())
    for (const auto& prior : {check.spec.principal, check.spec.interest_month})
      EXPECT_GE(prior.p90_s, 4 * prior.p10_s) << check.spec.id;
}

TEST(DuplicateRows, CountsWhatChanceDoesNotExplain) {
  // 200 rows of two continuous columns, of which 3 are there again.
  TestTable table, once;
  for (std::uint64_t seed : {1, 2}) {
    auto values = uniform(200, seed);
    once.numbers("x" + std::to_string(seed), values);
    for (std::size_t i = 0; i < 3; ++i) values.push_back(values[i]);
    table.numbers("x" + std::to_string(seed), values);
  }
  const auto answer = run(duplicate_rows(), table);
  ASSERT_EQ(answer.findings.size(), 1u);
  EXPECT_EQ(answer.findings[0].evidence.int_or("surplus_rows", 0), 3);
  EXPECT_EQ(answer.findings[0].item, "");
  EXPECT_TRUE(items(duplicate_rows(), once).empty());
}

TEST(DuplicateRows, IsSilentAboutFewDiscreteColumns) {
  // Two fair coins and a die: 24 cells, so of 1,000 rows 976 repeat by chance alone.
  const auto coin = [](double v) { return std::floor(v * 2); };
  TestTable table;
  table.numbers("a", mapped(uniform(1000, 3), coin), true);
  table.numbers("b", mapped(uniform(1000, 4), coin), true);
  table.numbers("c", mapped(uniform(1000, 5), [](double v) { return std::floor(v * 6); }), true);
  EXPECT_TRUE(items(duplicate_rows(), table).empty());
  // The same with 100 faces on four dice: 10⁸ cells, one pair in 200; twenty repeats are no chance.
  TestTable wide;
  for (std::uint64_t i = 0; i < 4; ++i) {
    auto die = mapped(uniform(1000, 10 + i), [](double v) { return std::floor(v * 100); });
    for (std::size_t j = 0; j < 20; ++j) die.push_back(die[j]);
    wide.numbers("d" + std::to_string(i), die, true);
  }
  EXPECT_EQ(items(duplicate_rows(), wide), (Items{""}));
}

TEST(DuplicateRows, ChanceIsTheProductOverColumns) {
  // {a, a, b, null}: one of six pairs agrees; 6 pairs · (1/6)² = 1/6.
  TestTable table;
  table.add("t", ColumnType::kText, {"a", "a", "b", {}});
  table.numbers("n", {1, 1, 2, NAN});
  const auto profile = table.profile();
  EXPECT_DOUBLE_EQ(chance_of_equal_values(profile.columns[0]), 1.0 / 6);
  EXPECT_DOUBLE_EQ(chance_of_equal_values(profile.columns[1]), 1.0 / 6);
  EXPECT_DOUBLE_EQ(expected_chance_repeats(profile, table.columns()), 1.0 / 6);
}

TEST(DuplicateRows, LooksBehindRowNumbersAndKeys) {
  TestTable table;
  std::vector<double> row, key;
  for (int i = 0; i < 200; ++i) {
    row.push_back(i);
    key.push_back(7'000 - i * i);
  }
  table.numbers("unnamed", row, true).numbers("case", key, true);
  for (std::uint64_t seed : {1, 2}) {
    auto values = uniform(199, seed);
    values.push_back(values[0]);
    table.numbers("x" + std::to_string(seed), values);
  }
  EXPECT_TRUE(items(duplicate_rows(), table).empty());
  EXPECT_EQ(items(duplicate_rows(), table, {.keys = {"case"}}), (Items{""}));
  const auto only = run(duplicate_rows(), TestTable().numbers("n", {0, 1, 2, 3}, true));
  EXPECT_EQ(only.examinations[0].outcome, check::Outcome::kSkipped);
}

TEST(DuplicateRows, SaysWhenItCannotLook) {
  TestTable table;
  table.numbers("x", {1, 2});
  table.broken = true;
  const auto answer = run(duplicate_rows(), table);
  ASSERT_EQ(answer.examinations.size(), 1u);
  EXPECT_EQ(answer.examinations[0].outcome, check::Outcome::kFailed);
}

TEST(ConstantColumn, FindsOneValueOrNone) {
  TestTable table;
  table.numbers("one", {7, 7, 7}).numbers("none", {NAN, NAN, NAN}).numbers("two", {1, 1, 2});
  table.numbers("gaps", {7, NAN, 7}).add("text", ColumnType::kText, {"a", "a", "a"});
  table.add("empty", ColumnType::kText, {"", "x", "x"}).numbers("month", {1, 1, 1}, true);
  EXPECT_EQ(items(constant_column(), table), (Items{"one", "none", "gaps", "text", "month"}));
  EXPECT_EQ(items(constant_column(), table, {.sliced_by = "month"}),
            (Items{"one", "none", "gaps", "text"}));
  const auto answer = run(constant_column(), TestTable().numbers("x", {1}));
  EXPECT_TRUE(answer.findings.empty());
  EXPECT_EQ(answer.examinations[0].outcome, check::Outcome::kSkipped);
}

TEST(NearIdentical, NeedsCorrelationAndRows) {
  const auto x = uniform(100, 7), noise = uniform(100, 8);
  auto near = x, far = x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    near[i] = 3 - 2 * x[i] + 0.01 * noise[i];
    far[i] = x[i] + 0.3 * noise[i];  // r = 1/√1.09 = 0.958
  }
  TestTable table;
  table.numbers("z", x).numbers("a", near).numbers("far", far).numbers("c", mapped(x, [](double) {
                                                                         return 1.0;
                                                                       }));
  const auto answer = run(near_identical_columns(), table);
  ASSERT_EQ(answer.findings.size(), 1u);
  EXPECT_EQ(answer.findings[0].item, "a,z");
  EXPECT_LT(answer.findings[0].evidence.number_or("r", 0), -0.98);
  const std::vector<double> few(x.begin(), x.begin() + 29);
  EXPECT_TRUE(
      items(near_identical_columns(), TestTable().numbers("a", few).numbers("b", few)).empty());
}

TEST(TargetLeak, NeedsNearPerfectPredictionOfUnseenRows) {
  const auto x = uniform(400, 20), y = uniform(400, 21);
  std::vector<double> target, strong, id, missing;
  for (std::size_t i = 0; i < x.size(); ++i) {
    target.push_back(x[i] < 0.2);
    strong.push_back(y[i] < 0.1 ? y[i] < 0.05 : x[i] < 0.2);  // right in about 93 % of rows
    id.push_back(static_cast<double>(i));
    missing.push_back(x[i] < 0.2 ? NAN : y[i]);
  }
  TestTable table;
  table.numbers("deny", target, true).numbers("score", x).numbers("noise", y);
  table.numbers("strong", strong, true).numbers("id", id, true).numbers("missing", missing);
  table.numbers("copy", mapped(target, [](double v) { return 5 - v; }), true);
  EXPECT_EQ(items(target_leak(), table, {.target = "deny"}), (Items{"copy", "score", "missing"}));
  for (const auto& meaning : {check::DataMeaning{}, check::DataMeaning{.target = "nowhere"}}) {
    const auto answer = run(target_leak(), table, meaning);
    EXPECT_TRUE(answer.findings.empty());
    EXPECT_EQ(answer.examinations[0].outcome, check::Outcome::kSkipped);
  }
}

TEST(TargetLeak, LooksAtAllOfALargerTableAndSaysHowMuch) {
  // The first tenth, as if sorted by month, says the target; the rest does not. And the other way.
  const auto target = mapped(uniform(2'000, 60), [](double v) { return v < 0.5 ? 0.0 : 1.0; });
  auto early = mapped(uniform(2'000, 61), [](double v) { return v < 0.5 ? 0.0 : 1.0; });
  std::vector<double> late = target;
  for (std::size_t i = 0; i < 200; ++i) std::swap(early[i], late[i]);
  for (std::size_t i = 0; i < 200; ++i) early[i] = target[i];
  for (std::size_t i = 200; i < 2'000; ++i) late[i] = target[i];
  TestTable table;
  table.numbers("y", target, true).numbers("early", early, true).numbers("late", late, true);
  const auto check = target_leak();
  const auto profile = table.profile();
  Json given;
  given.set("rows_max", 200);
  const auto answer =
      MUST(check.run(check::ColumnScanInput{{.dataset = "d", .target = "y"}, &profile, &table},
                     MUST(check::parameters_of(check.spec, given)), 0));
  EXPECT_EQ(answer.examinations[0].outcome, check::Outcome::kExamined);
  EXPECT_EQ(answer.examinations[0].reason,
            "judged by 200 of 2,000 rows, drawn evenly over all of them");
  // Of 200 rows drawn evenly about 20 are of the first tenth: `late` is right in 95 %, `early` in
  // 55 %; with the first 200 rows alone `early` would be right in all of them.
  for (const auto& finding : answer.findings) {
    EXPECT_NE(finding.item, "early");
    EXPECT_EQ(finding.evidence.int_or("rows", 0), 200);
  }
  // The whole table needs no such words.
  EXPECT_EQ(run(target_leak(), table, {.target = "y"}).examinations[0].reason, "");
}

TEST(TargetLeak, JudgesQuantitiesByVariance) {
  const auto x = uniform(500, 30), y = uniform(500, 31);
  std::vector<double> target, parts;
  for (std::size_t i = 0; i < x.size(); ++i) {
    target.push_back(x[i]);
    parts.push_back(x[i] + y[i]);
  }
  TestTable table;
  table.numbers("price", target).numbers("cents", mapped(x, [](double v) { return 100 * v; }));
  table.numbers("square", mapped(x, [](double v) { return v * v; })).numbers("parts", parts);
  table.numbers("noise", y);
  EXPECT_EQ(items(target_leak(), table, {.target = "price"}), (Items{"cents", "square"}));
}

TestTable texts(const std::vector<std::pair<const char*, int>>& values) {
  std::vector<Text> cells;
  for (const auto& [value, count] : values)
    for (int i = 0; i < count; ++i) cells.emplace_back(value);
  return TestTable().add("x", ColumnType::kText, cells);
}

TEST(MixedTypes, FindsMixtures) {
  for (const auto& values : std::vector<std::vector<std::pair<const char*, int>>>{
           {{"1", 50}, {"2.5", 40}, {"?", 3}},
           {{"1", 50}, {"unknown", 2}},
           {{"1", 60}, {"high", 30}},
           {{"12", 60}, {"12 kg", 5}},
           {{"1", 60}, {"N/A", 5}, {"NA", 5}},
           {{"2013-01-05", 50}, {"05.01.2013", 50}},
           {{"31/01/2013", 50}, {"01/31/2013", 50}},
           {{"2013-01-05", 50}, {"soon", 5}},
           {{"2013-01-05", 90}, {"20130106", 10}}}) {
    EXPECT_EQ(items(mixed_types(), texts(values)), (Items{"x"})) << values.back().first;
  }
}

TEST(MixedTypes, PassesOverPureColumnsCodesAndUsualNulls) {
  for (const auto& values : std::vector<std::vector<std::pair<const char*, int>>>{
           {{"1", 50}, {"NA", 4}, {"", 4}, {"NaN", 2}, {"null", 1}},
           {{"N14228", 50}, {"N24211", 50}},
           {{"2", 60}, {"3B", 30}, {"12-A", 5}},
           {{"red", 50}, {"unknown", 5}},
           {{"A", 50}, {"F", 40}, {"T", 40}},
           {{"yes", 50}, {"no", 50}},
           {{"01/02/2013", 50}, {"13/02/2013", 50}},
           {{"2013-01-05", 50}, {"2013-01-06", 50}},
           {{"apple", 90}, {"7", 5}},
           {{"", 5}}}) {
    EXPECT_TRUE(items(mixed_types(), texts(values)).empty()) << values.back().first;
  }
  EXPECT_TRUE(items(mixed_types(), TestTable().numbers("x", {1, 2, NAN})).empty());
}

std::vector<double> with(std::vector<double> rare, double usual) {
  rare.resize(200, usual);
  return rare;
}

TEST(ImpossibleValues, ReadsMeaningFromClearNames) {
  TestTable table;
  table.numbers("dep_time", with({1, 2400, 2359, 1260, 517}, 900), true);
  table.numbers("arr_time", with({2400, 0, 2359}, 900), true);
  table.numbers("age", with({130}, 40), true).numbers("n_rooms", with({-1}, 3), true);
  table.numbers("month", with({13}, 7), true).numbers("probability", with({1.5}, 0.5));
  table.numbers("distance", with({-3}, 20)).numbers("humid", with({100}, 40));
  EXPECT_EQ(items(impossible_values(), table),
            (Items{"dep_time", "age", "n_rooms", "month", "probability", "distance"}));
  for (const auto& finding : run(impossible_values(), table).findings) {
    if (finding.item != "dep_time") continue;
    EXPECT_EQ(finding.evidence.int_or("rows", 0), 1);
    EXPECT_EQ(finding.evidence.find("examples")->array().front().string(), "1260");
  }
}

TEST(ImpossibleValues, IsSilentWhereANameIsAmbiguous) {
  TestTable table;
  table.numbers("air_time", with({160, 199}, 90), true).numbers("time", with({1299}, 10), true);
  table.numbers("dep_delay", with({-43}, 5), true).numbers("rate", with({-2}, 5));
  table.numbers("lvr", with({1.9}, 0.8)).numbers("balance", with({-5}, 100));
  table.numbers("age", mapped(uniform(200, 40), [](double v) { return v * 3000; }));     // days
  table.numbers("share", mapped(uniform(200, 41), [](double v) { return v * 100; }));    // percent
  table.numbers("n_score", mapped(uniform(200, 42), [](double v) { return v - 0.5; }));  // scaled
  EXPECT_TRUE(items(impossible_values(), table).empty());
}

TEST(ImpossibleValues, KnowsMeansThatFilledGapsAmongCodes) {
  // 390 codes of 1 to 5, whose mean has no end as a decimal, and that mean to nine digits.
  std::vector<double> codes;
  for (int i = 0; i < 390; ++i) codes.push_back(1 + (i * i) % 4 + (i % 7 == 0 ? 1 : 0));
  double sum = 0;
  for (const double code : codes) sum += code;
  const double mean = std::round(sum / 390 * 1e9) / 1e9;
  ASSERT_NE(mean, std::round(mean * 1e6) / 1e6);
  const auto with_last = [&](std::vector<double> last) {
    std::vector<double> out = codes;
    out.insert(out.end(), last.begin(), last.end());
    return out;
  };
  TestTable table;
  table.numbers("filled", with_last({mean, mean})).numbers("near", with_last({mean + 1e-6, 1}));
  table.numbers("coarse", with_last({2.5, 2.5})).numbers("codes", with_last({3, 2}));
  table.numbers("measured", with_last({mean, 2.25}));
  EXPECT_EQ(items(impossible_values(), table), (Items{"filled"}));
}

TEST(ImpossibleValues, SaysWhenItSawASummaryOnly) {
  auto ages = mapped(uniform(1'000, 70), [](double v) { return 20 + 60 * v; });
  ages[500] = 190;
  TestTable table;
  table.numbers("age", ages);
  auto profile = table.profile();
  auto& quantiles = profile.columns[0].quantiles;
  // As a profile of more values than are kept has it: every tenth value stands for ten.
  profile::Quantiles summary{.exact = false, .rank_error = 0.01};
  for (std::size_t i = 4; i < 1'000; i += 10) {
    summary.values.push_back(quantiles.values[i]);
    summary.counts.push_back(10);
  }
  quantiles = summary;
  const auto check = impossible_values();
  const auto answer = MUST(check.run(check::ProfileInput{{.dataset = "d"}, &profile},
                                     MUST(check::parameters_of(check.spec, JsonObject{})), 0));
  ASSERT_EQ(answer.findings.size(), 1u);
  EXPECT_EQ(answer.findings[0].message, "about 1 row holds ages below 0 or above 120, e.g. 190");
  EXPECT_EQ(answer.examinations[0].reason,
            "judged by the ends and a summary of their many values: age");
}

TEST(ImpossibleValues, KnowsThePast) {
  const TimeUs now = MUST(parse_time("2026-11-24"));
  const auto at = [](const char* date) { return std::to_string(MUST(parse_time(date))); };
  std::vector<Text> cells(100, at("2020-01-01"));
  cells[3] = at("2031-05-06");
  TestTable table;
  table.add("created_at", ColumnType::kTime, cells).add("expires_at", ColumnType::kTime, cells);
  EXPECT_EQ(items(impossible_values(), table, {}, now), (Items{"created_at"}));
  EXPECT_TRUE(items(impossible_values(), table, {}, 0).empty());
}

TEST(DataChecks, SurviveEmptyTables) {
  TestTable table;
  table.numbers("x", {}).add("t", ColumnType::kText, {});
  for (const auto& check : checks())
    EXPECT_TRUE(items(check, table, {.target = "x"}).empty()) << check.spec.id;
}

}  // namespace
}  // namespace solvent::remedies::data
