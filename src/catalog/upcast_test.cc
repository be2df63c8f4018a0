#include "catalog/upcast.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "catalog/event_types.h"
#include "catalog/fact.h"

namespace solvent::catalog {
namespace {

Json golden(const std::string& name) {
  const std::string path = std::string(CATALOG_GOLDEN) + "/" + name;
  return MUST(parse_json(MUST(read_file(posix_files(), path))));
}

TEST(Upcast, ReadsTheFirstAssetOwnerAsTheSecond) {
  EXPECT_EQ(MUST(upcast("asset.owner", 1, golden("asset.owner.1.json"))),
            golden("asset.owner.1.to.2.json"));
  EXPECT_EQ(MUST(upcast("asset.owner", 1, golden("asset.owner.1.bare.json"))),
            golden("asset.owner.1.bare.to.2.json"));
}

TEST(Upcast, EveryGoldenResultIsAValidBodyOfTheNewestVersion) {
  for (const char* name : {"asset.owner.1.to.2.json", "asset.owner.1.bare.to.2.json"})
    EXPECT_TRUE(from_json<AssetOwner>(golden(name))) << name;
}

TEST(Upcast, LeavesTheNewestAndTheUnknownAlone) {
  const Json body = golden("asset.owner.1.json");
  EXPECT_EQ(MUST(upcast("asset.owner", 2, body)), body);
  EXPECT_EQ(MUST(upcast("weather.changed", 7, body)), body);
}

TEST(Upcast, RefusesVersionsItCannotKnow) {
  EXPECT_EQ(upcast("asset.owner", 3, Json(JsonObject())).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(upcast("asset.owner", 0, Json(JsonObject())).error().code, Code::kInvalidArgument);
}

TEST(Upcast, TakesHostileOldBodiesAsTheyAre) {
  for (const char* text : {"{}", "{\"owner\":7}", "{\"owner\":\" (\"}", "{\"owner\":\" ()\"}",
                           "{\"owner\":\")\"}", "{\"owner\":null}"})
    EXPECT_TRUE(upcast("asset.owner", 1, MUST(parse_json(text)))) << text;
  const Json odd = MUST(upcast("asset.owner", 1, MUST(parse_json("{\"owner\":\"a (b) (c)\"}"))));
  EXPECT_EQ(odd.text_or("owner", ""), "a (b)");
  EXPECT_EQ(odd.text_or("origin", ""), "c");
}

}  // namespace
}  // namespace solvent::catalog
