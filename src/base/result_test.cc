#include "base/result.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0)
    return fail(Code::kInvalidArgument, "odd: " + std::to_string(value), "halve an even one",
                "value");
  return value / 2;
}

Result<int> quarter(int value) {
  return TRY(half(TRY(half(value))));
}

Result<void> check(int value) {
  TRY(half(value));
  return {};
}

TEST(Result, TryPropagatesAndNests) {
  EXPECT_EQ(MUST(quarter(12)), 3);
  const auto inner = quarter(6);
  ASSERT_FALSE(inner);
  EXPECT_EQ(inner.error().message, "odd: 3");
  EXPECT_EQ(inner.error().subject, "value");
  EXPECT_FALSE(check(1));
  EXPECT_TRUE(check(2));
}

TEST(Result, HintAndSubjectFillOnlyGaps) {
  Error error{Code::kNotFound, "m", "", "s"};
  error = std::move(error).with_hint("h").with_subject("other");
  EXPECT_EQ(error.hint, "h");
  EXPECT_EQ(error.subject, "s");
}

TEST(Result, CodesAreGooglesByNumberAndName) {
  EXPECT_EQ(static_cast<int>(Code::kUnauthenticated), 16);
  EXPECT_EQ(static_cast<int>(Code::kDataLoss), 15);
  EXPECT_EQ(code_name(Code::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_EQ(code_name(Code::kUnauthenticated), "UNAUTHENTICATED");
}

TEST(Result, ExitCodes) {
  EXPECT_EQ(exit_code(Code::kOk), 0);
  EXPECT_EQ(exit_code(Code::kInvalidArgument), 2);
  EXPECT_EQ(exit_code(Code::kNotFound), 2);
  EXPECT_EQ(exit_code(Code::kPermissionDenied), 3);
  EXPECT_EQ(exit_code(Code::kUnavailable), 3);
  EXPECT_EQ(exit_code(Code::kInternal), 4);
}

TEST(ResultDeathTest, BrokenInvariantsEndTheProcess) {
  EXPECT_DEATH(MUST(half(1)), "result_test.cc.*half\\(1\\) failed: INVALID_ARGUMENT: odd: 1");
  EXPECT_DEATH(ASSERT(1 == 2), "invariant broken: 1 == 2");
}

}  // namespace
}  // namespace solvent
