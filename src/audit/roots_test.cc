#include "audit/roots.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"

namespace solvent::audit {
namespace {

std::vector<std::string> names(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) {
    std::string digits = std::to_string(i);
    out.push_back(std::string(16 - digits.size(), '0') + digits);
  }
  return out;
}

TEST(Roots, LikenessIsTheShareOfTheSmallestDigests) {
  EXPECT_EQ(likeness(names(0, 10), names(0, 10)), 1);
  EXPECT_EQ(likeness(names(0, 10), names(10, 20)), 0);
  EXPECT_EQ(likeness({}, names(0, 1)), 0);
  // 5 of 15 in all: Jaccard 1/3.
  EXPECT_DOUBLE_EQ(likeness(names(0, 10), names(5, 15)), 1.0 / 3);
}

TEST(Roots, SketchesLeaveOutEmptyAndUnreadFilesAndTellPathsApart) {
  const Digest one = digest_of("one");
  const std::vector<check::SourceFile> files = {{.path = "a", .size = 3, .digest = one},
                                                {.path = "b", .size = 3, .digest = one},
                                                {.path = "c", .size = 0, .digest = digest_of("")},
                                                {.path = "d", .size = 9}};
  const auto sketch = sketch_of(files);
  ASSERT_EQ(sketch.size(), 2u);
  EXPECT_LT(sketch[0], sketch[1]);
}

TEST(Roots, HistoryDecidesThenPlaceThenContent) {
  const Root here{.kind = "tree", .place = "/a/api", .history = "f00:", .sketch = names(0, 20)};
  Root other = here;
  EXPECT_TRUE(same_root(here, other));
  other.place = "/b/api";  // a clone
  EXPECT_TRUE(same_root(here, other));
  other.history = "f00:sub/";  // another folder of one repository
  EXPECT_FALSE(same_root(here, other));
  other.history.clear();  // a copy without git: as it was, elsewhere
  EXPECT_TRUE(same_root(here, other));
  other.sketch = names(100, 120);
  EXPECT_FALSE(same_root(here, other));
  other.place = "/a/api";  // one place, and nothing in it is as it was: a container's /app
  EXPECT_FALSE(same_root(here, other));
  other.sketch = names(100, 103);  // a few files can all have changed
  EXPECT_TRUE(same_root(here, other));
  other.kind = "file";
  EXPECT_FALSE(same_root(here, other));
}

TEST(Roots, PlacesAreInFullOrAsTyped) {
  const TempDirectory directory = MUST(TempDirectory::create("roots"));
  const std::string folder = directory.path() + "/api";
  ASSERT_TRUE(posix_files().make_directories(folder));
  char* real = ::realpath(folder.c_str(), nullptr);
  EXPECT_EQ(place_of(folder + "/", folder), real);
  EXPECT_EQ(place_of("", folder), real);
  std::free(real);
  // Uploaded: the server's copy lies where the client never was.
  EXPECT_EQ(place_of("./x//api/", folder), "x/api");
  EXPECT_EQ(place_of("../api", folder), "api");
  const Root typed{.kind = "file", .place = "x/api"}, full{.kind = "file", .place = "/home/x/api"};
  EXPECT_TRUE(same_root(typed, full));
  EXPECT_FALSE(same_root({.kind = "file", .place = "y/api"}, full));
}

}  // namespace
}  // namespace solvent::audit
