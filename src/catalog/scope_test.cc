// A caller limited to some assets: what lies outside is invisible, and no count, walk, error or
// write tells whether it is there.
#include <algorithm>

#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ScopeTest : public CatalogFixture {
 protected:
  /// lab/raw → secret/mid → lab/model, and lab/raw → lab/report; secret/alone beside them.
  void fill() {
    append({declared("lab", "raw", "dataset", at(1)), declared("lab", "model", "model", at(1)),
            declared("lab", "report", "dataset", at(1)),
            declared("secret", "mid", "dataset", at(1)),
            declared("secret", "alone", "dataset", at(1))});
    const Uuid one = uuid_of("one"), two = uuid_of("two"), three = uuid_of("three"),
               hidden = uuid_of("hidden");
    append({state(one, "COMPLETE", at(2)), read(one, "lab", "raw", at(2), 'a'),
            wrote(one, "secret", "mid", at(2), 'b'), state(two, "COMPLETE", at(3)),
            read(two, "secret", "mid", at(3), 'b'), wrote(two, "lab", "model", at(3), 'c'),
            state(three, "COMPLETE", at(4)), read(three, "lab", "raw", at(4), 'a'),
            wrote(three, "lab", "report", at(4), 'd'), state(hidden, "COMPLETE", at(5)),
            read(hidden, "secret", "mid", at(5), 'b'), wrote(hidden, "secret", "alone", at(5))});
  }
  static std::string id(const char* name_space, const char* name) {
    return asset_id_of({name_space, name});
  }
  const op::Caller ada_ = limited({"lab/**"});
};
SOLVENT_CATALOG_ON_BOTH(ScopeTest);

TEST_P(ScopeTest, ListsAndTotalsHoldVisibleAssetsOnly) {
  fill();
  const AssetPage page = MUST(catalog().assets(ada_, {.limit = 2}));
  EXPECT_EQ(page.total, 3);
  EXPECT_EQ(page.assets.size(), 2u);
  const AssetPage rest = MUST(catalog().assets(ada_, {.after = page.next, .limit = 2}));
  EXPECT_EQ(rest.total, 3);
  EXPECT_EQ(rest.assets.size(), 1u);
  EXPECT_EQ(rest.next, "");
  EXPECT_EQ(MUST(catalog().assets(ada_, {.kind = "dataset"})).total, 2);
  EXPECT_EQ(MUST(catalog().assets(ada_, {.text = "secret"})).total, 0);
  EXPECT_EQ(MUST(catalog().assets(limited({}), {})).total, 0);
  op::Caller nobody = limited({"*"});
  nobody.role = op::Role::kNone;
  EXPECT_EQ(MUST(catalog().assets(nobody, {})).total, 0);
  EXPECT_EQ(MUST(catalog().assets(owner(), {})).total, 5);
}

TEST_P(ScopeTest, AHiddenAssetAnswersExactlyLikeNone) {
  fill();
  const auto same = [](auto hidden, auto none, const std::string& hidden_name,
                       const std::string& none_name) {
    ASSERT_FALSE(hidden);
    ASSERT_FALSE(none);
    const auto shape = [](const Error& error, const std::string& name) {
      return replace_all(error.message + "|" + error.hint + "|" + error.subject, name, "X");
    };
    EXPECT_EQ(hidden.error().code, none.error().code);
    EXPECT_EQ(shape(hidden.error(), hidden_name), shape(none.error(), none_name));
  };
  same(catalog().asset(ada_, "secret/alone"), catalog().asset(ada_, "secret/other"), "secret/alone",
       "secret/other");
  same(catalog().asset(ada_, "alone"), catalog().asset(ada_, "other"), "alone", "other");
  const std::string there = id("secret", "alone"), nowhere = id("secret", "nowhere");
  same(catalog().asset(ada_, there), catalog().asset(ada_, nowhere), there, nowhere);
  same(catalog().versions(ada_, there, 5), catalog().versions(ada_, nowhere, 5), there, nowhere);
  same(catalog().version(ada_, there, "b"), catalog().version(ada_, nowhere, "b"), there, nowhere);
  same(catalog().graph(ada_, {.root = there}), catalog().graph(ada_, {.root = nowhere}), there,
       nowhere);
  const std::string mid = id("secret", "mid");
  same(catalog().version_graph(ada_, {.root = {mid, digest_text('b')}}),
       catalog().version_graph(ada_, {.root = {nowhere, digest_text('b')}}), mid, nowhere);
}

TEST_P(ScopeTest, SuggestionsComeFromVisibleNamesOnly) {
  append({declared("secret", "mortgage", "dataset", at(1))});
  const auto missing = catalog().asset(ada_, "mortgag");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().hint, Not(HasSubstr("mortgage")));
}

TEST_P(ScopeTest, AUniqueNameIsUniqueAmongWhatIsVisible) {
  append({declared("lab", "data", "dataset", at(1)), declared("secret", "data", "dataset", at(1))});
  EXPECT_EQ(MUST(catalog().asset(ada_, "data")).name_space, "lab");
  EXPECT_EQ(catalog().asset(owner(), "data").error().code, Code::kFailedPrecondition);
}

TEST_P(ScopeTest, WalksDoNotPassThroughHiddenAssets) {
  fill();
  const GraphAnswer walk = MUST(catalog().graph(ada_, {.root = id("lab", "raw")}));
  EXPECT_THAT(walk.nodes, ElementsAre(id("lab", "raw"), id("lab", "report")));
  EXPECT_EQ(walk.edges.size(), 1u);
  EXPECT_FALSE(walk.truncated);  // a bound that only hidden assets would hit is not hit
  const GraphAnswer up =
      MUST(catalog().graph(ada_, {.root = id("lab", "model"), .direction = Direction::kUpstream}));
  EXPECT_THAT(up.nodes, ElementsAre(id("lab", "model")));
  EXPECT_THAT(up.edges, IsEmpty());
  const GraphAnswer stopped =
      MUST(catalog().graph(ada_, {.root = id("lab", "model"), .depth_max = 0}));
  EXPECT_FALSE(stopped.truncated);
  EXPECT_EQ(MUST(catalog().graph(owner(), {.root = id("lab", "raw")})).nodes.size(), 5u);
}

TEST_P(ScopeTest, VersionWalksDoNotPassThroughHiddenAssets) {
  fill();
  const VersionGraph walk =
      MUST(catalog().version_graph(ada_, {.root = {id("lab", "raw"), digest_text('a')}}));
  ASSERT_EQ(walk.nodes.size(), 2u);
  EXPECT_EQ(walk.nodes[1].asset_id, id("lab", "report"));
  EXPECT_EQ(walk.edges.size(), 1u);
  EXPECT_EQ(MUST(catalog().version_graph(owner(), {.root = {id("lab", "raw"), digest_text('a')}}))
                .nodes.size(),
            4u);
}

TEST_P(ScopeTest, RunsAreSeenByWhoSeesWhatTheyTouched) {
  fill();
  EXPECT_EQ(MUST(catalog().runs(ada_, 10)).size(), 3u);
  EXPECT_EQ(MUST(catalog().runs(owner(), 10)).size(), 4u);
  EXPECT_THAT(MUST(catalog().runs(limited({"none/**"}), 10)), IsEmpty());
  EXPECT_EQ(MUST(catalog().runs(ada_, 1)).size(), 1u);
}

TEST_P(ScopeTest, TheLogShowsEventsOfVisibleAssetsOnly) {
  fill();
  append({event("unknown.kind", Json(JsonObject{}), at(6)),
          depends(DependencyBody::kDeclared, by_name("lab", "report"), by_name("secret", "mid"),
                  at(7))});
  for (const LoggedEvent& line : MUST(catalog().events(ada_, 0, 100))) {
    EXPECT_THAT(line.event.body, Not(HasSubstr("secret")));
    EXPECT_NE(line.event.type, "unknown.kind");
  }
  // Three declarations, two reads and two writes in lab, three runs that touched it.
  EXPECT_EQ(MUST(catalog().events(ada_, 0, 100)).size(), 10u);
  const auto first = MUST(catalog().events(ada_, 0, 4));
  EXPECT_EQ(first.size(), 4u);
  EXPECT_EQ(MUST(catalog().events(ada_, first.back().seq, 100)).size(), 6u);
}

TEST_P(ScopeTest, AnAssetRenamedOutOfSightIsGone) {
  append({declared("lab", "data", "dataset", at(1)),
          event(AssetRenamed::kType,
                to_json(AssetRenamed{.asset = by_name("lab", "data"), .to = {"secret", "data"}}),
                at(2))});
  EXPECT_FALSE(catalog().asset(ada_, "lab/data"));
  EXPECT_FALSE(catalog().asset(ada_, "data"));
  EXPECT_EQ(MUST(catalog().assets(ada_, {})).total, 0);
  EXPECT_TRUE(catalog().asset(owner(), "lab/data"));  // its former name leads to it
}

TEST_P(ScopeTest, WritesOutsideAreRefusedWhetherTheAssetIsThereOrNot) {
  fill();
  const std::string before = MUST(catalog().dump_views());
  const auto refused = [&](const Event& one) {
    const std::vector<Event> batch = {declared("lab", "innocent", "dataset", at(9)), one};
    const auto done = catalog().append(ada_, batch);
    EXPECT_FALSE(done);
    return done ? std::string()
                : replace_all(done.error().message, one.id.text(), "ID") + done.error().hint +
                      std::string(code_name(done.error().code));
  };
  const std::string there = refused(owned("secret", "alone", "eve", "person", at(9)));
  const std::string none = refused(owned("secret", "nowhere", "eve", "person", at(9)));
  const AssetRef by_there = by_id(id("secret", "alone")), by_none = by_id(id("secret", "nowhere"));
  EXPECT_EQ(there, none);
  EXPECT_EQ(there, refused(event(AssetRemoved::kType, to_json(AssetRemoved{by_there, ""}), at(9))));
  EXPECT_EQ(there, refused(event(AssetRemoved::kType, to_json(AssetRemoved{by_none, ""}), at(9))));
  EXPECT_EQ(there,
            refused(depends(DependencyBody::kDeclared, by_name("lab", "raw"), by_there, at(9))));
  EXPECT_EQ(there,
            refused(event(AssetRenamed::kType,
                          to_json(AssetRenamed{by_name("lab", "raw"), {"secret", "x"}}), at(9))));
  // A visible name beside a hidden id does not open the door.
  AssetRef mixed = by_there;
  mixed.name_space = "lab";
  mixed.name = "raw";
  EXPECT_EQ(there, refused(event(AssetOwner::kType, to_json(AssetOwner{mixed, "eve", ""}), at(9))));
  EXPECT_EQ(there, refused(event("unknown.kind", Json(JsonObject{}), at(9))));
  EXPECT_EQ(MUST(catalog().dump_views()), before);
  const std::vector<Event> allowed = {
      owned("lab", "raw", "ada", "person", at(9)),
      event(AssetOwner::kType, to_json(AssetOwner{by_id(id("lab", "raw")), "ada", ""}), at(10))};
  EXPECT_TRUE(catalog().append(ada_, allowed));
}

TEST_P(ScopeTest, AGlobOfOneLevelStaysOnItsLevel) {
  append({declared("lab", "a", "dataset", at(1)), declared("lab", "deep/b", "dataset", at(1))});
  EXPECT_EQ(MUST(catalog().assets(limited({"lab/*"}), {})).total, 1);
  EXPECT_EQ(MUST(catalog().assets(limited({"lab/**"}), {})).total, 2);
  EXPECT_EQ(MUST(catalog().assets(limited({"lab/a", "lab/deep/*"}), {})).total, 2);
}

}  // namespace
}  // namespace solvent::catalog
