#include <gtest/gtest.h>

#include <set>

#include "check/registry.h"
#include "remedies/estate/service.h"

namespace solvent::remedies::estate {
namespace {

using Items = std::set<std::string>;
constexpr TimeUs kNow = 1'000 * kDayUs;

Items subjects(std::string_view id, std::vector<check::AssetFact> assets,
               const Json& given = JsonObject{}) {
  const auto registry = MUST(check::Registry::create(checks()));
  const auto* check = registry.find(id);
  const auto answer = MUST(check->run(check::GraphInput{std::move(assets)},
                                      MUST(check::parameters_of(check->spec, given)), kNow));
  Items out;
  for (const auto& finding : answer.findings) out.insert(finding.subject);
  return out;
}

check::AssetFact data(const std::string& name, int newest_age_days, int versions = 1,
                      int read_age_days = -1, int created_age_days = 900) {
  return {.id = name,
          .name = name,
          .kind = "dataset",
          .owner = "team",
          .created = kNow - created_age_days * kDayUs,
          .last_version = kNow - newest_age_days * kDayUs,
          .last_read = read_age_days < 0 ? 0 : kNow - read_age_days * kDayUs,
          .versions = versions};
}

TEST(Estate, ASubjectNamesOneAssetOnly) {
  EXPECT_EQ(
      subjects("estate/no-owner", {{.name_space = "workspace", .name = "raw", .kind = "code"},
                                   {.name_space = "lab", .name = "raw", .kind = "code"},
                                   {.name_space = "workspace", .name = "lab/raw", .kind = "code"}}),
      (Items{"raw", "lab/raw", "workspace/lab/raw"}));
}

TEST(EstateChecks, AreWhole) {
  EXPECT_EQ(MUST(check::Registry::create(checks())).all().size(), 3u);
}

TEST(NoOwner, LooksAtEveryKind) {
  EXPECT_EQ(subjects("estate/no-owner", {{.name = "a", .kind = "code"},
                                         {.name = "b", .kind = "dataset", .owner = "team"},
                                         {.name = "c", .kind = "dataset", .owner = " "}}),
            (Items{"a", "c"}));
  EXPECT_TRUE(subjects("estate/no-owner", {}).empty());
}

TEST(Unread, CountsFromTheNewestVersion) {
  auto never = data("none", 0);
  never.last_version = 0;
  auto code = data("code", 100);
  code.kind = "code";
  const std::vector<check::AssetFact> assets = {data("old", 30),
                                                data("young", 29),
                                                data("read", 50, 1, 49),
                                                data("before", 50, 2, 51),
                                                never,
                                                code};
  EXPECT_EQ(subjects("estate/unread", assets), (Items{"old", "before"}));
  Json ten;
  ten.set("days", 10);
  EXPECT_EQ(subjects("estate/unread", assets, ten), (Items{"old", "before", "young"}));
}

TEST(Stale, ByAgeOrByHabit) {
  // 7 versions from 140 to 80 days ago: one every 10 days, so late after 30
  EXPECT_EQ(subjects("estate/stale", {data("once", 400), data("twice", 91, 2), data("fresh", 90, 2),
                                      data("habit", 80, 7, -1, 140), data("slow", 80, 7, -1, 800),
                                      data("burst", 5, 9, -1, 5)}),
            (Items{"twice", "habit"}));
}

}  // namespace
}  // namespace solvent::remedies::estate
