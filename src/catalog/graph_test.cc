#include <algorithm>

#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GraphTest : public CatalogFixture {
 protected:
  static std::string id(const std::string& name) { return asset_id_of({"g", name}); }
  Event edge(const std::string& consumer, const std::string& producer) {
    return depends(DependencyBody::kDeclared, by_name("g", consumer), by_name("g", producer),
                   at(1));
  }
  GraphAnswer down(const std::string& root, std::int64_t depth = 20, std::int64_t nodes = 1'000) {
    return MUST(catalog().graph(owner(), {id(root), Direction::kDownstream, depth, nodes}));
  }
};
SOLVENT_CATALOG_ON_BOTH(GraphTest);

TEST_P(GraphTest, WalksBreadthFirstInBothDirections) {
  append({edge("b", "a"), edge("c", "b"), edge("d", "c"), edge("d", "a")});
  const GraphAnswer walk = down("a");
  ASSERT_EQ(walk.nodes.size(), 4u);
  EXPECT_EQ(walk.nodes[0], id("a"));
  EXPECT_EQ(walk.nodes[3], id("c"));  // b and d are one step away, c is two
  EXPECT_EQ(walk.edges.size(), 4u);
  EXPECT_FALSE(walk.truncated);
  const GraphAnswer up =
      MUST(catalog().graph(owner(), {.root = id("d"), .direction = Direction::kUpstream}));
  EXPECT_EQ(up.nodes.size(), 4u);
  EXPECT_EQ(up.edges.size(), 4u);
}

TEST_P(GraphTest, EndsOnCyclesAndSelfLoops) {
  append({edge("b", "a"), edge("c", "b"), edge("a", "c"), edge("b", "b")});
  const GraphAnswer walk = down("a");
  EXPECT_THAT(walk.nodes, ElementsAre(id("a"), id("b"), id("c")));
  EXPECT_EQ(walk.edges.size(), 4u);
  EXPECT_FALSE(walk.truncated);
}

TEST_P(GraphTest, SaysWhenABoundWasHit) {
  append({edge("b", "a"), edge("c", "b"), edge("d", "c")});
  EXPECT_THAT(down("a", 2).nodes, ElementsAre(id("a"), id("b"), id("c")));
  EXPECT_TRUE(down("a", 2).truncated);
  EXPECT_FALSE(down("a", 3).truncated);
  EXPECT_THAT(down("a", 0).nodes, ElementsAre(id("a")));
  EXPECT_TRUE(down("a", 0).truncated);
  EXPECT_THAT(down("a", 20, 2).nodes, ElementsAre(id("a"), id("b")));
  EXPECT_TRUE(down("a", 20, 2).truncated);
  EXPECT_EQ(down("a", 20, 2).edges.size(), 1u);  // no edge to a node that is not in the answer
  EXPECT_FALSE(down("d").truncated);
  EXPECT_EQ(down("a", -5, -5).nodes.size(), 1u);
  EXPECT_EQ(down("a", INT64_MAX, INT64_MAX).nodes.size(), 4u);
}

TEST_P(GraphTest, EachKindOfEvidenceIsAnEdgeOfItsOwn) {
  append({edge("b", "a"), edge("b", "a"),
          depends(DependencyBody::kInferred, by_name("g", "b"), by_name("g", "a"), at(5)),
          read(uuid_of("r"), "g", "a", at(7)), wrote(uuid_of("r"), "g", "b", at(8))});
  const GraphAnswer walk = down("a");
  ASSERT_EQ(walk.edges.size(), 3u);
  EXPECT_EQ(walk.edges[0].evidence, "declared");
  EXPECT_EQ(walk.edges[0].times, 2);
  EXPECT_EQ(walk.edges[1].evidence, "observed");
  EXPECT_EQ(walk.edges[1].first_seen, at(7));
  EXPECT_EQ(walk.edges[1].last_seen, at(8));
  EXPECT_EQ(walk.edges[2].evidence, "inferred");
  EXPECT_EQ(walk.nodes.size(), 2u);
}

TEST_P(GraphTest, AWideLevelIsOneLevel) {
  std::vector<Event> events;
  for (int i = 0; i < 700; ++i) events.push_back(edge("leaf-" + std::to_string(i), "hub"));
  for (int i = 0; i < 700; ++i) events.push_back(edge("end", "leaf-" + std::to_string(i)));
  append(events);
  const GraphAnswer walk = down("hub");
  EXPECT_EQ(walk.nodes.size(), 702u);
  EXPECT_EQ(walk.edges.size(), 1'400u);
  EXPECT_EQ(walk.nodes.back(), id("end"));
}

TEST_P(GraphTest, VersionsLeadExactlyWhereTheyWent) {
  const Uuid jan = uuid_of("january"), feb = uuid_of("february");
  append({read(jan, "g", "data", at(1), 'a'), wrote(jan, "g", "model", at(2), 'b'),
          read(feb, "g", "data", at(3), 'c'), read(feb, "g", "model", at(3), 'b'),
          wrote(feb, "g", "model", at(4), 'd')});
  const VersionRef a{id("data"), digest_text('a')}, b{id("model"), digest_text('b')},
      c{id("data"), digest_text('c')}, d{id("model"), digest_text('d')};
  const VersionGraph from_a = MUST(catalog().version_graph(owner(), {.root = a}));
  EXPECT_THAT(from_a.nodes, ElementsAre(a, b, d));
  ASSERT_EQ(from_a.edges.size(), 2u);
  EXPECT_EQ(from_a.edges[0].run_id, jan.text());
  EXPECT_EQ(from_a.edges[1].consumer, d);
  EXPECT_EQ(from_a.edges[1].producer, b);
  const VersionGraph from_c = MUST(catalog().version_graph(owner(), {.root = c}));
  EXPECT_THAT(from_c.nodes, ElementsAre(c, d));  // not b: January's model never saw c
  const VersionGraph to_d =
      MUST(catalog().version_graph(owner(), {.root = d, .direction = Direction::kUpstream}));
  EXPECT_EQ(to_d.nodes.size(), 4u);
  EXPECT_EQ(MUST(catalog().version_graph(owner(), {.root = a, .depth_max = 1})).nodes.size(), 2u);
  EXPECT_TRUE(MUST(catalog().version_graph(owner(), {.root = a, .depth_max = 1})).truncated);
}

TEST_P(GraphTest, VersionCyclesEnd) {
  // A → B → A: the run that writes A back was made from what A made.
  const Uuid one = uuid_of("one"), two = uuid_of("two");
  append({read(one, "g", "x", at(1), 'a'), wrote(one, "g", "y", at(2), 'b'),
          read(two, "g", "y", at(3), 'b'), wrote(two, "g", "x", at(4), 'a')});
  const VersionGraph walk =
      MUST(catalog().version_graph(owner(), {.root = {id("x"), digest_text('a')}}));
  EXPECT_EQ(walk.nodes.size(), 2u);
  EXPECT_EQ(walk.edges.size(), 2u);
}

TEST_P(GraphTest, BadRootsAreNotFound) {
  for (const char* root :
       {"", "x", "'; DROP TABLE catalog_assets", "00000000-0000-0000-0000-000000000000"})
    EXPECT_EQ(catalog().graph(owner(), {.root = root}).error().code, Code::kNotFound);
  append({edge("b", "a")});
  EXPECT_EQ(catalog().version_graph(owner(), {.root = {id("a"), "zz"}}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(catalog().version_graph(owner(), {.root = {id("a"), digest_text('a')}}).error().code,
            Code::kNotFound);
}

}  // namespace
}  // namespace solvent::catalog
