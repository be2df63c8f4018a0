#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"
#include "check/registry.h"
#include "profile/profile.h"
#include "remedies/contracts/service.h"

namespace solvent::remedies::contracts {
namespace {

using Items = std::set<std::string>;

/// Grows a profile column by column; NaN is null.
class Rows {
 public:
  Rows& add(std::string name, std::vector<double> values, ColumnType type = ColumnType::kReal) {
    names_.push_back({std::move(name), type});
    numbers_.push_back(std::move(values));
    texts_.emplace_back();
    return *this;
  }
  Rows& add(std::string name, std::vector<std::string> values) {
    names_.push_back({std::move(name), ColumnType::kText});
    numbers_.emplace_back();
    texts_.push_back(std::move(values));
    return *this;
  }
  profile::TableProfile profile() const {
    const std::size_t count = names_.size();
    std::vector<std::vector<std::int64_t>> whole(count);
    std::vector<std::vector<std::string_view>> views(count);
    std::vector<std::vector<std::uint8_t>> valid(count);
    std::vector<ColumnSpan> spans;
    for (std::size_t c = 0; c < count; ++c) {
      for (const double v : numbers_[c]) {
        valid[c].push_back(!std::isnan(v));
        whole[c].push_back(std::isnan(v) ? 0 : static_cast<std::int64_t>(v));
      }
      views[c].assign(texts_[c].begin(), texts_[c].end());
      const ColumnType type = names_[c].type;
      ColumnSpan span{.type = type, .valid = valid[c]};
      if (type == ColumnType::kText) span.texts = views[c];
      if (type == ColumnType::kReal) span.reals = numbers_[c];
      if (type == ColumnType::kInt || type == ColumnType::kTime) span.integers = whole[c];
      spans.push_back(span);
    }
    profile::ProfileBuilder builder(names_);
    builder.add(spans);
    return builder.finish();
  }

 private:
  std::vector<profile::ProfileBuilder::Column> names_;
  std::vector<std::vector<double>> numbers_;
  std::vector<std::vector<std::string>> texts_;
};

Items items(std::string_view id, const Rows& before, const Rows& after,
            check::DataMeaning meaning = {}) {
  const auto registry = MUST(check::Registry::create(checks()));
  const auto* check = registry.find(id);
  const auto a = before.profile(), b = after.profile();
  meaning.dataset = "d";
  const auto answer = MUST(check->run(check::VersionPairInput{meaning, "aa", "bb", &a, &b},
                                      MUST(check::parameters_of(check->spec, JsonObject{})), 0));
  EXPECT_EQ(answer.examinations.size(), 1u);
  Items out;
  for (const auto& finding : answer.findings) {
    EXPECT_EQ(finding.evidence.text_or("after", ""), "bb");
    out.insert(finding.item);
  }
  return out;
}

constexpr std::string_view kMissing = "contracts/missing-values-jump";
constexpr std::string_view kShift = "contracts/distribution-shift";

std::vector<double> values(std::size_t count, std::size_t missing) {
  std::vector<double> out(count, 1);
  for (std::size_t i = 0; i < missing; ++i) out[i] = NAN;
  return out;
}

std::vector<double> uniform(std::size_t count, double low, double high) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(low + (high - low) * (static_cast<double>(i) + 0.5) / static_cast<double>(count));
  return out;
}

std::vector<std::string> words(std::initializer_list<std::pair<const char*, int>> counts) {
  std::vector<std::string> out;
  for (const auto& [word, count] : counts)
    out.insert(out.end(), static_cast<std::size_t>(count), word);
  return out;
}

TEST(ContractChecks, AreWhole) {
  EXPECT_EQ(MUST(check::Registry::create(checks())).all().size(), 2u);
}

TEST(MissingValuesJump, NeedsAPointAndMoreThanChance) {
  // By Newcombe's method 10: 10/1000 → 40/1000 rises by 3 points, 1.7 to 4.5.
  EXPECT_EQ(items(kMissing, Rows().add("x", values(1000, 10)), Rows().add("x", values(1000, 40))),
            (Items{"x"}));
  // 0.9 points on a million rows is beyond chance, and too little
  EXPECT_TRUE(
      items(kMissing, Rows().add("x", values(100'000, 0)), Rows().add("x", values(100'000, 900)))
          .empty());
  // 1/50 → 3/50 rises by 4 points; the interval reaches below 0
  EXPECT_TRUE(
      items(kMissing, Rows().add("x", values(50, 1)), Rows().add("x", values(50, 3))).empty());
  // a fall, a new column, no rows
  EXPECT_TRUE(items(kMissing, Rows().add("x", values(1000, 400)), Rows().add("x", values(1000, 4)))
                  .empty());
  EXPECT_TRUE(
      items(kMissing, Rows().add("y", values(10, 0)), Rows().add("x", values(10, 9))).empty());
  EXPECT_TRUE(
      items(kMissing, Rows().add("x", std::vector<double>()), Rows().add("x", values(10, 9)))
          .empty());
  // empty texts are missing too
  EXPECT_EQ(items(kMissing, Rows().add("x", words({{"a", 500}})),
                  Rows().add("x", words({{"a", 400}, {"", 100}}))),
            (Items{"x"}));
}

TEST(DistributionShift, SeesLocationSpreadAndCategories) {
  Rows before, after;
  // Uniform on [0,1] against [0.2,1.2]: P(b>a) − P(a>b) = 1 − 0.8² = 0.36.
  before.add("moved", uniform(2000, 0, 1));
  after.add("moved", uniform(2000, 0.2, 1.2));
  // [0.05,1.05]: 1 − 0.95² = 0.0975, under the bar
  before.add("little", uniform(2000, 0, 1));
  after.add("little", uniform(2000, 0.05, 1.05));
  // [−1,1] against [−3,3]: delta 0, KS distance 1/3
  before.add("wider", uniform(2000, -1, 1));
  after.add("wider", uniform(2000, -3, 3));
  before.add("same", uniform(2000, 0, 1));
  after.add("same", uniform(2000, 0, 1));
  EXPECT_EQ(items(kShift, before, after), (Items{"moved", "wider"}));

  Rows a, b;
  a.add("mix", words({{"x", 1000}, {"y", 1000}})).add("calm", words({{"x", 1000}, {"y", 1000}}));
  b.add("mix", words({{"x", 1500}, {"y", 500}})).add("calm", words({{"x", 1100}, {"y", 900}}));
  EXPECT_EQ(items(kShift, a, b), (Items{"mix"}));
}

TEST(DistributionShift, NeedsTheWholeIntervalBeyondTheBar) {
  // delta 0.36 on 30 rows a side: the interval reaches to about 0.05
  EXPECT_TRUE(
      items(kShift, Rows().add("x", uniform(30, 0, 1)), Rows().add("x", uniform(30, 0.2, 1.2)))
          .empty());
  EXPECT_TRUE(items(kShift, Rows().add("x", uniform(20, 0, 1)), Rows().add("x", uniform(20, 5, 6)))
                  .empty());
}

TEST(DistributionShift, LeavesTheSliceAndIdentifiersAlone) {
  Rows before, after;
  const std::vector<double> one(500, 1), seven(500, 7);
  before.add("month", one, ColumnType::kInt).add("day", uniform(500, 1, 10), ColumnType::kInt);
  after.add("month", seven, ColumnType::kInt).add("day", uniform(500, 20, 31), ColumnType::kInt);
  before.add("logged", uniform(500, 1e9, 2e9), ColumnType::kTime);
  after.add("logged", uniform(500, 7e9, 8e9), ColumnType::kTime);
  before.add("row_id", uniform(500, 0, 500), ColumnType::kInt);
  after.add("row_id", uniform(500, 9000, 9500), ColumnType::kInt);
  before.add("temp", uniform(500, -5, 5));
  after.add("temp", uniform(500, 4, 30));
  std::vector<std::string> names, others;
  for (int i = 0; i < 500; ++i) {
    names.push_back("N" + std::to_string(i));
    others.push_back("M" + std::to_string(i));
  }
  before.add("tail", names);
  after.add("tail", others);
  EXPECT_EQ(items(kShift, before, after, {.sliced_by = "month"}), (Items{"temp"}));
  EXPECT_EQ(items(kShift, before, after, {.sliced_by = "month", .keys = {"temp"}}), (Items{}));
  // without a declared slice, everything that moved moved
  EXPECT_EQ(items(kShift, before, after), (Items{"month", "day", "logged", "temp"}));
}

TEST(DistributionShift, SurvivesOtherColumnsAndTypes) {
  EXPECT_TRUE(
      items(kShift, Rows().add("x", std::vector<double>()), Rows().add("y", std::vector<double>()))
          .empty());
  EXPECT_TRUE(items(kShift, Rows().add("x", uniform(50, 0, 1)), Rows().add("x", words({{"a", 50}})))
                  .empty());
  EXPECT_TRUE(
      items(kShift, Rows().add("x", values(50, 50)), Rows().add("x", values(50, 0))).empty());
}

}  // namespace
}  // namespace solvent::remedies::contracts
