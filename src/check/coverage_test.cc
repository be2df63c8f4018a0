#include <gtest/gtest.h>

#include "check/check.h"

namespace solvent::check {
namespace {

TEST(Coverage, IsSortedAndKnownByItsContent) {
  const auto a = make_coverage("x", {{.subject = "b"}, {.subject = "a"}});
  const auto b = make_coverage("x", {{.subject = "a"}, {.subject = "b"}});
  EXPECT_EQ(a->examinations[0].subject, "a");
  EXPECT_EQ(a->digest, b->digest);
  const auto c =
      make_coverage("x", {{.subject = "a", .outcome = Outcome::kFailed}, {.subject = "b"}});
  EXPECT_NE(a->digest, c->digest);
}

TEST(Coverage, StandsBesideACheckOwnExaminations) {
  const Answer answer{.examinations = {{.subject = "own", .outcome = Outcome::kSkipped}},
                      .together = make_coverage("x", {{.subject = "own"}, {.subject = "shared"}})};
  EXPECT_EQ(examination_of(answer, "own")->outcome, Outcome::kSkipped);
  EXPECT_EQ(examination_of(answer, "shared")->outcome, Outcome::kExamined);
  EXPECT_EQ(examination_of(answer, "another"), nullptr);
  EXPECT_EQ(examination_of({}, "own"), nullptr);
}

}  // namespace
}  // namespace solvent::check
