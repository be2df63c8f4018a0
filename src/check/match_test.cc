#include "check/match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "check/check.h"

namespace solvent::check {
namespace {

/// Sightings that own their texts.
struct Seen {
  std::string subject, fingerprint, context, item;
  std::int64_t line = 0;
};

Sighting view(const Seen& s) {
  return {.subject = s.subject,
          .path = s.subject,
          .item = s.item,
          .fingerprint = s.fingerprint,
          .context = s.context,
          .line = s.line};
}

std::vector<std::optional<std::size_t>> run(const std::vector<Seen>& old_ones,
                                            const std::vector<Seen>& new_ones) {
  std::vector<Sighting> a, b;
  for (const auto& s : old_ones) a.push_back(view(s));
  for (const auto& s : new_ones) b.push_back(view(s));
  return match(a, b);
}

using Matched = std::vector<std::optional<std::size_t>>;

TEST(Match, NothingChangedIsTheIdentity) {
  const std::vector<Seen> ones = {
      {"a.py", "f1", "c1", "", 1}, {"a.py", "f1", "c2", "", 9}, {"b.py", "f2", "c3", "", 4}};
  EXPECT_EQ(run(ones, ones), (Matched{0, 1, 2}));
}

TEST(Match, LinesInsertedAboveMoveNothing) {
  EXPECT_EQ(run({{"a.py", "f1", "c1", "", 1}, {"a.py", "f2", "c2", "", 2}},
                {{"a.py", "f1", "c1", "", 101}, {"a.py", "f2", "c2", "", 102}}),
            (Matched{0, 1}));
}

TEST(Match, TwoFindingsThatSwapPlacesFollowTheirContent) {
  EXPECT_EQ(run({{"a.py", "f1", "", "", 1}, {"a.py", "f2", "", "", 2}},
                {{"a.py", "f2", "", "", 1}, {"a.py", "f1", "", "", 2}}),
            (Matched{1, 0}));
}

TEST(Match, OfIdenticalCopiesTheSurroundingsSayWhichOneWent) {
  EXPECT_EQ(
      run({{"a.py", "f", "top", "", 1}, {"a.py", "f", "mid", "", 50}, {"a.py", "f", "end", "", 90}},
          {{"a.py", "f", "mid", "", 48}, {"a.py", "f", "end", "", 88}}),
      (Matched{1, 2}));
}

TEST(Match, IdenticalCopiesInIdenticalSurroundingsStayApartInOrder) {
  EXPECT_EQ(
      run({{"a.py", "f", "c", "", 1}, {"a.py", "f", "c", "", 50}},
          {{"a.py", "f", "c", "", 3}, {"a.py", "f", "c", "", 52}, {"a.py", "f", "c", "", 99}}),
      (Matched{0, 1, std::nullopt}));
}

TEST(Match, ARenamedFileTakesItsFindingsAlong) {
  EXPECT_EQ(run({{"src/a.py", "f", "c", "", 7}}, {{"lib/b.py", "f", "c", "", 7}}), (Matched{0}));
}

TEST(Match, ACopyToAnotherFileIsNewAndTheOriginalStays) {
  EXPECT_EQ(
      run({{"a.py", "f", "c", "", 7}}, {{"A_copy.py", "f", "c", "", 7}, {"a.py", "f", "c", "", 7}}),
      (Matched{std::nullopt, 0}));
}

TEST(Match, AMovedLineIsTakenFromTheFileThatLostItNotFromTheOneThatKeepsIt) {
  EXPECT_EQ(run({{"a.py", "f", "x", "", 1}, {"b.py", "f", "x", "", 1}},
                {{"b.py", "f", "x", "", 1}, {"c.py", "f", "x", "", 1}}),
            (Matched{1, 0}));
}

TEST(Match, AWholeFileRenamedGoesBeforeALineMoved) {
  // old.py is gone; b.py is still there (another finding keeps it) but lost its copy.
  EXPECT_EQ(run({{"b.py", "f", "x", "", 1}, {"b.py", "g", "y", "", 9}, {"old.py", "f", "x", "", 1}},
                {{"b.py", "g", "y", "", 9}, {"new.py", "f", "x", "", 1}}),
            (Matched{1, 2}));
}

TEST(Match, ChangedContentInTheSameSurroundingsIsTheSameFinding) {
  EXPECT_EQ(run({{"a.py", "f1", "c", "", 10}}, {{"a.py", "f2", "c", "", 40}}), (Matched{0}));
}

TEST(Match, ChangedContentOfTheSameItemIsTheSameFinding) {
  EXPECT_EQ(run({{"flights", "f1", "", "dep_delay", 0}, {"flights", "f2", "", "arr_delay", 0}},
                {{"flights", "g2", "", "arr_delay", 0}, {"flights", "g3", "", "distance", 0}}),
            (Matched{1, std::nullopt}));
}

TEST(Match, ChangedContentFarAwayIsAnotherFinding) {
  EXPECT_EQ(run({{"a.py", "f1", "c1", "", 10}}, {{"a.py", "f2", "c2", "", 200}}),
            (Matched{std::nullopt}));
  EXPECT_EQ(run({{"a.py", "f1", "c1", "", 10}}, {{"b.py", "f2", "c1", "", 10}}),
            (Matched{std::nullopt}));
}

TEST(Match, NearestLineWinsWhenSurroundingsChangedToo) {
  EXPECT_EQ(run({{"a.py", "f1", "c1", "", 10}, {"a.py", "f2", "c2", "", 12}},
                {{"a.py", "g", "d", "", 12}}),
            (Matched{1}));
}

class MatchProperty : public testing::TestWithParam<std::uint64_t> {};

/// Random findings with many equal contents, so that every stage is exercised.
std::vector<Seen> random_findings(SeededRandom& random, std::size_t count) {
  std::vector<Seen> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back({"f" + std::to_string(random.below(6)), "p" + std::to_string(random.below(8)),
                   "c" + std::to_string(random.below(5)),
                   random.below(3) == 0 ? "i" + std::to_string(random.below(4)) : "",
                   static_cast<std::int64_t>(random.below(60)) + 1});
  }
  return out;
}

void shuffle(SeededRandom& random, std::vector<std::size_t>& order) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

TEST(Match, WithinAFewLinesAsManyPairAsCan) {
  // Nearest first would pair 13 with 12 and leave 10 and 15 as one gone and one new.
  EXPECT_EQ(run({{"a.py", "f1", "", "", 10}, {"a.py", "f2", "", "", 13}},
                {{"a.py", "g1", "", "", 12}, {"a.py", "g2", "", "", 15}}),
            (Matched{0, 1}));
  // As many either way: the least total distance decides, 1 + 1 against 3 + 1.
  EXPECT_EQ(run({{"a.py", "f1", "", "", 10}, {"a.py", "f2", "", "", 12}},
                {{"a.py", "g1", "", "", 11}, {"a.py", "g2", "", "", 13}}),
            (Matched{0, 1}));
}

TEST(Match, ACrowdedNeighbourhoodIsPairedNearestFirst) {
  std::vector<Seen> olds, news;
  for (std::int64_t i = 0; i < 200; ++i) {
    olds.push_back({"a.py", "f" + std::to_string(i), "", "", 10 + i});
    news.push_back({"a.py", "g" + std::to_string(i), "", "", 10 + i});
  }
  const auto answer = run(olds, news);
  for (std::size_t i = 0; i < answer.size(); ++i) EXPECT_EQ(answer[i], std::optional(i));
}

TEST_P(MatchProperty, IsOneToOneAndLosesNoEqualContent) {
  SeededRandom random(GetParam());
  const auto old_ones = random_findings(random, 1 + random.below(60));
  const auto new_ones = random_findings(random, 1 + random.below(60));
  const auto answer = run(old_ones, new_ones);
  ASSERT_EQ(answer.size(), new_ones.size());
  std::set<std::size_t> used;
  std::map<std::string, std::int64_t> had, have, matched;
  for (const auto& s : old_ones) ++had[s.fingerprint];
  for (std::size_t j = 0; j < answer.size(); ++j) {
    ++have[new_ones[j].fingerprint];
    if (!answer[j]) continue;
    ASSERT_LT(*answer[j], old_ones.size());
    EXPECT_TRUE(used.insert(*answer[j]).second) << "old finding used twice";
    if (old_ones[*answer[j]].fingerprint == new_ones[j].fingerprint)
      ++matched[new_ones[j].fingerprint];
  }
  // Every content that is there on both sides is paired as often as both sides have it.
  for (const auto& [fingerprint, count] : had) {
    EXPECT_EQ(matched[fingerprint], std::min(count, have[fingerprint])) << fingerprint;
  }
}

TEST_P(MatchProperty, DoesNotDependOnTheOrderOfTheLists) {
  SeededRandom random(GetParam() + 1000);
  auto old_ones = random_findings(random, 40);
  auto new_ones = random_findings(random, 40);
  // All distinct, or equal sightings could rightly change places.
  for (std::size_t i = 0; i < 40; ++i) {
    old_ones[i].line = static_cast<std::int64_t>(i) * 2 + 1;
    new_ones[i].line = static_cast<std::int64_t>((i * 7) % 40) * 2 + 2;
  }
  const auto straight = run(old_ones, new_ones);
  std::vector<std::size_t> a(40), b(40);
  for (std::size_t i = 0; i < 40; ++i) a[i] = b[i] = i;
  shuffle(random, a);
  shuffle(random, b);
  std::vector<Seen> old_shuffled, new_shuffled;
  for (const auto i : a) old_shuffled.push_back(old_ones[i]);
  for (const auto j : b) new_shuffled.push_back(new_ones[j]);
  const auto shuffled = run(old_shuffled, new_shuffled);
  for (std::size_t j = 0; j < 40; ++j) {
    const auto expected = straight[b[j]];
    ASSERT_EQ(shuffled[j].has_value(), expected.has_value());
    if (expected) {
      EXPECT_EQ(a[*shuffled[j]], *expected);
    }
  }
}

TEST_P(MatchProperty, RenamingEveryFileLosesNothing) {
  SeededRandom random(GetParam() + 2000);
  auto old_ones = random_findings(random, 40);
  for (std::size_t i = 0; i < old_ones.size(); ++i)
    old_ones[i].fingerprint = "u" + std::to_string(i);
  auto new_ones = old_ones;
  for (auto& s : new_ones) s.subject = "moved/" + s.subject;
  const auto answer = run(old_ones, new_ones);
  for (std::size_t j = 0; j < answer.size(); ++j) EXPECT_EQ(answer[j], j);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MatchProperty, testing::Range<std::uint64_t>(1, 60));

TEST(Match, AHundredThousandCopiesInOneFileStayFast) {
  std::vector<Seen> ones;
  for (int i = 0; i < 100'000; ++i) ones.push_back({"a.py", "f", "", "", i + 1});
  const auto answer = run(ones, ones);
  for (std::size_t j = 0; j < answer.size(); ++j) ASSERT_EQ(answer[j], j);
}

TEST(Fingerprint, SurvivesReformattingAndTellsWordsApart) {
  EXPECT_EQ(content_fingerprint("code/x", "a = f( 1,\n   2 )"),
            content_fingerprint("code/x", "a=f(1, 2)"));
  EXPECT_NE(content_fingerprint("code/x", "import os"), content_fingerprint("code/x", "importos"));
  EXPECT_NE(content_fingerprint("code/x", "a"), content_fingerprint("code/y", "a"));
  EXPECT_TRUE(content_fingerprint("code/x", "a").starts_with("v1:"));
  EXPECT_EQ(content_fingerprint("code/x", "a").size(), 3u + 32u);
}

TEST(Context, LeavesOutTheLineItselfAndBlankLines) {
  const std::string before = "one\ntwo\nTHIS\nthree\nfour\n";
  EXPECT_EQ(context_digest(before, 3),
            context_digest("one\n\n  two\nchanged\n\nthree \nfour\n", 4));
  EXPECT_NE(context_digest(before, 3), context_digest("one\nTWO\nTHIS\nthree\nfour\n", 3));
  // What stands above is not what stands below.
  EXPECT_NE(context_digest("x\nTHIS\n", 2), context_digest("THIS\nx\n", 1));
}

TEST(Context, LinesThatAreNotThereAreNoError) {
  for (const std::int64_t line : {-5, 0, 1, 2, 99}) {
    EXPECT_EQ(context_digest("", line).size(), 16u);
    EXPECT_EQ(context_digest("only", line).size(), 16u);
  }
}

}  // namespace
}  // namespace solvent::check
