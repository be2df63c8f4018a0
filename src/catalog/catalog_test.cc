#include "catalog/catalog.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class CatalogTest : public CatalogFixture {};
SOLVENT_CATALOG_ON_BOTH(CatalogTest);

TEST_P(CatalogTest, KnowsADeclaredAsset) {
  append({declared("lab", "mortgage", "dataset", at(1))});
  const Asset asset = MUST(catalog().asset(owner(), "mortgage"));
  EXPECT_EQ(asset.id, asset_id_of({"lab", "mortgage"}));
  EXPECT_EQ(asset.name_space, "lab");
  EXPECT_EQ(asset.kind, "dataset");
  EXPECT_EQ(asset.created, at(1));
  EXPECT_EQ(asset.owner, "");
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/mortgage")).id, asset.id);
  EXPECT_EQ(MUST(catalog().asset(owner(), asset.id)).name, "mortgage");
}

TEST_P(CatalogTest, SuggestsTheNearestName) {
  append({declared("lab", "mortgage", "dataset", at(1))});
  const auto missing = catalog().asset(owner(), "mortgag");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().hint, HasSubstr("mortgage"));
}

TEST_P(CatalogTest, NumbersTheLogWithoutGapsAndKeepsEventsAsReceived) {
  Event odd = declared("lab", "a", "dataset", at(1));
  odd.body = "{ \"asset\" :{\"name\":\"a\",\"namespace\":\"lab\"}, \"kind\":\"dataset\" }";
  Event unknown = event("weather.changed", Json(JsonObject{{"rain", Json(true)}}), at(2));
  const AppendResult first = append({odd, unknown});
  EXPECT_EQ(first.first_seq, 1);
  EXPECT_EQ(first.last_seq, 2);
  const AppendResult second = append({declared("lab", "b", "dataset", at(3))});
  EXPECT_EQ(second.first_seq, 3);
  EXPECT_EQ(MUST(catalog().last_seq()), 3);
  const auto lines = MUST(catalog().events(owner(), 0, 10));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].event.body, odd.body);
  EXPECT_EQ(lines[1].event.type, "weather.changed");
  EXPECT_EQ(lines[1].event.id, unknown.id);
  EXPECT_EQ(lines[2].caller, "local:owner");
}

TEST_P(CatalogTest, TakesTheSameEventOnce) {
  const Event one = declared("lab", "a", "dataset", at(1));
  append({one});
  const AppendResult again = append({one, declared("lab", "b", "dataset", at(2)), one});
  EXPECT_EQ(again.duplicates, 2);
  EXPECT_EQ(again.first_seq, 1);
  EXPECT_EQ(again.last_seq, 2);
  EXPECT_EQ(MUST(catalog().last_seq()), 2);
}

TEST_P(CatalogTest, RefusesAnIdWithOtherContentAndAllOfItsBatch) {
  const Event one = declared("lab", "a", "dataset", at(1));
  append({one});
  const std::string before = MUST(catalog().dump_views());
  Event other = one;
  other.body = declared("lab", "a", "model", at(1)).body;
  const Event innocent = declared("lab", "b", "dataset", at(2));
  const auto refused = try_append({innocent, other});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
  EXPECT_THAT(refused.error().message, HasSubstr(one.id.text()));
  EXPECT_EQ(MUST(catalog().dump_views()), before);
  EXPECT_EQ(MUST(catalog().last_seq()), 1);
}

TEST_P(CatalogTest, EveryPartOfAnEventIsItsContent) {
  const Event one = declared("lab", "a", "dataset", at(1));
  append({one});
  std::vector<Event> others(4, one);
  others[0].event_time += 1;
  others[1].producer += "x";
  others[2].type = "asset.other";
  others[3].body += " ";
  for (const Event& other : others) {
    const auto refused = try_append({other});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
  }
}

TEST_P(CatalogTest, ARenameOutranksDeclarationsAndFormerNamesStillLead) {
  const std::string id = asset_id_of({"lab", "old"});
  append({event(AssetRenamed::kType,
                to_json(AssetRenamed{.asset = by_id(id), .to = {"lab", "new"}}), at(5)),
          declared("lab", "old", "dataset", at(9))});
  EXPECT_EQ(MUST(catalog().asset(owner(), "new")).id, id);
  EXPECT_EQ(MUST(catalog().asset(owner(), id)).name, "new");
  EXPECT_EQ(MUST(catalog().asset(owner(), "old")).id, id);
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/old")).id, id);
}

TEST_P(CatalogTest, ANewAssetMayTakeAFormerName) {
  const std::string first = asset_id_of({"lab", "data"});
  const std::string second = make_uuid(clock_, random_).text();
  append(
      {declared("lab", "data", "dataset", at(1)),
       event(AssetRenamed::kType,
             to_json(AssetRenamed{.asset = by_id(first), .to = {"lab", "archive"}}), at(2)),
       event(AssetDeclared::kType,
             to_json(AssetDeclared{
                 .asset = {second, "lab", "data"}, .kind = "dataset", .system = "", .facets = {}}),
             at(3))});
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/data")).id, second);
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/archive")).id, first);
}

TEST_P(CatalogTest, TheLatestOwnerHoldsAndRemovalEndsListing) {
  append({declared("lab", "a", "dataset", at(1)), declared("lab", "b", "dataset", at(1)),
          owned("lab", "a", "team-late", "person", at(8)),
          owned("lab", "a", "team-early", "git", at(3)),
          event(AssetRemoved::kType,
                to_json(AssetRemoved{.asset = by_name("lab", "b"), .reason = ""}), at(7))});
  const AssetPage standing = MUST(catalog().assets(owner(), {}));
  ASSERT_EQ(standing.assets.size(), 1u);
  EXPECT_EQ(standing.total, 1);
  EXPECT_EQ(standing.assets[0].owner, "team-late");
  EXPECT_EQ(standing.assets[0].owner_origin, "person");
  const AssetPage removed = MUST(catalog().assets(owner(), {.removed = true}));
  ASSERT_EQ(removed.assets.size(), 1u);
  EXPECT_EQ(removed.assets[0].name, "b");
  EXPECT_EQ(removed.assets[0].removed, at(7));
  append({declared("lab", "b", "dataset", at(6))});  // earlier than the removal: still gone
  EXPECT_EQ(MUST(catalog().assets(owner(), {})).total, 1);
  append({declared("lab", "b", "dataset", at(9))});
  EXPECT_EQ(MUST(catalog().assets(owner(), {})).total, 2);
}

TEST_P(CatalogTest, VersionsComeBackAndCurrentIsARef) {
  append({created("lab", "a", 'a', at(1), 100), created("lab", "a", 'b', at(2), 200),
          current("lab", "a", 'b', at(2)), created("lab", "a", 'a', at(3), 100),
          current("lab", "a", 'a', at(3))});
  const Asset asset = MUST(catalog().asset(owner(), "lab/a"));
  EXPECT_EQ(asset.versions, 2);  // A → B → A is the same version again
  EXPECT_EQ(asset.current_version, std::string(64, 'a'));
  EXPECT_EQ(asset.last_version_at, at(3));
  const auto versions = MUST(catalog().versions(owner(), asset.id, 10));
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0].digest, std::string(64, 'b'));
  EXPECT_EQ(versions[0].size, 200);
  EXPECT_EQ(versions[1].created, at(1));
  EXPECT_EQ(versions[1].manifest.text_or("made", ""), "a");
  EXPECT_EQ(MUST(catalog().version(owner(), asset.id, "bb")).size, 200);
  EXPECT_EQ(catalog().version(owner(), asset.id, "cc").error().code, Code::kNotFound);
  EXPECT_EQ(catalog().version(owner(), asset.id, "").error().code, Code::kFailedPrecondition);
  EXPECT_EQ(catalog().version(owner(), asset.id, "xy").error().code, Code::kInvalidArgument);
}

TEST_P(CatalogTest, RunsAccumulateLateRepeatedAndOutOfOrder) {
  const Uuid run = uuid_of("run"), parent = uuid_of("parent");
  append({state(run, "COMPLETE", at(9))});
  append({state(run, "RUNNING", at(10)), state(run, "START", at(2), parent),
          state(run, "OTHER", at(30)), state(run, "START", at(3))});
  const auto runs = MUST(catalog().runs(owner(), 10));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].state, "COMPLETE");
  EXPECT_EQ(runs[0].started, at(2));
  EXPECT_EQ(runs[0].ended, at(9));
  EXPECT_EQ(runs[0].parent_run, parent.text());
  EXPECT_EQ(runs[0].job, "train");
  append({state(run, "FAIL", at(11))});  // the later of two terminal states
  EXPECT_EQ(MUST(catalog().runs(owner(), 10))[0].state, "FAIL");
}

TEST_P(CatalogTest, ReadsAndWritesOfARunAreObservedDependencies) {
  const Uuid one = uuid_of("one"), two = uuid_of("two");
  append({wrote(one, "lab", "model", at(5))});
  append({read(one, "lab", "data", at(3)), read(one, "lab", "data", at(7)),
          read(two, "lab", "data", at(11)), wrote(two, "lab", "model", at(12))});
  const std::string data = asset_id_of({"lab", "data"}), model = asset_id_of({"lab", "model"});
  const GraphAnswer down =
      MUST(catalog().graph(owner(), {.root = data, .direction = Direction::kDownstream}));
  EXPECT_THAT(down.nodes, ElementsAre(data, model));
  ASSERT_EQ(down.edges.size(), 1u);
  EXPECT_EQ(down.edges[0].consumer, "lab/model");
  EXPECT_EQ(down.edges[0].producer, "lab/data");
  EXPECT_EQ(down.edges[0].evidence, "observed");
  EXPECT_EQ(down.edges[0].times, 2);
  EXPECT_EQ(down.edges[0].first_seen, at(3));
  EXPECT_EQ(down.edges[0].last_seen, at(12));
  const Asset read_asset = MUST(catalog().asset(owner(), data));
  EXPECT_EQ(read_asset.last_read_at, at(11));
  EXPECT_EQ(read_asset.readers, 1);  // two runs of one job
  EXPECT_EQ(MUST(catalog().asset(owner(), model)).last_written_at, at(12));
}

TEST_P(CatalogTest, AConflictInOneBatchLeavesThoseBesideItAlone) {
  constexpr int kWriters = 6, kRounds = 8;
  Catalog shared(database(), clock_, system_random(), {});
  Event taken = declared("lab", "taken", "dataset", at(1));
  MUST(shared.append(owner(), std::vector<Event>{taken}));
  taken.event_time = at(2);  // the same id with other content
  std::vector<std::vector<std::vector<Event>>> work(kWriters);
  for (int writer = 0; writer < kWriters; ++writer)
    for (int round = 0; round < kRounds; ++round) {
      const std::string name = std::to_string(writer) + "-" + std::to_string(round);
      const bool bad = writer == 0;
      std::vector<Event> batch = {declared("lab", name, "dataset", at(10)),
                                  wrote(uuid_of(name), "lab", "shared", at(11 + round), 'a')};
      if (bad) batch.push_back(taken);
      work[static_cast<std::size_t>(writer)].push_back(std::move(batch));
    }
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> threads;
    for (const auto& batches : work)
      threads.emplace_back([&] {
        for (const auto& batch : batches)
          if (const auto done = shared.append(owner(), batch); !done) {
            EXPECT_EQ(done.error().code, Code::kAlreadyExists) << done.error().message;
            ++refused;
          }
      });
  }
  EXPECT_EQ(refused, kRounds);
  EXPECT_EQ(MUST(shared.last_seq()), 1 + (kWriters - 1) * kRounds * 2);
  EXPECT_EQ(MUST(shared.assets(owner(), {})).total, 2 + (kWriters - 1) * kRounds);
  EXPECT_EQ(shared.asset(owner(), "lab/0-0").error().code, Code::kNotFound);
  EXPECT_EQ(MUST(shared.runs(owner(), 1'000)).size(), std::size_t{(kWriters - 1) * kRounds});
  const std::string views = MUST(shared.dump_views());
  MUST(shared.rebuild());
  EXPECT_EQ(MUST(shared.dump_views()), views);
}

TEST_P(CatalogTest, SubscriptionsRunInTheSameTransaction) {
  std::vector<std::int64_t> told;
  Catalog with(database(), clock_, random_,
               {{.module = "test",
                 .event_types = {"asset.declared"},
                 .inline_apply = [&](sql::Tx&, std::int64_t seq, const Event& e) -> Result<void> {
                   told.push_back(seq);
                   if (contains(e.body, "poison")) return fail(Code::kInternal, "no");
                   return {};
                 }}});
  const std::vector<Event> good = {event("other", Json(JsonObject{}), at(1)),
                                   declared("lab", "a", "dataset", at(1))};
  MUST(with.append(owner(), good));
  EXPECT_THAT(told, ElementsAre(2));
  const std::vector<Event> bad = {declared("lab", "poison", "dataset", at(2))};
  EXPECT_FALSE(with.append(owner(), bad));
  EXPECT_EQ(MUST(with.last_seq()), 2);
  EXPECT_EQ(MUST(with.assets(owner(), {})).total, 1);
}

TEST_P(CatalogTest, AppendsInTheCallersUnitOfWork) {
  const std::vector<Event> events = {declared("lab", "a", "dataset", at(1))};
  const auto undone = database().write([&](sql::Tx& tx) -> Result<void> {
    TRY(catalog().append(tx, owner(), events));
    return fail(Code::kAborted, "changed my mind");
  });
  EXPECT_FALSE(undone);
  EXPECT_EQ(MUST(catalog().last_seq()), 0);
  MUST(database().write([&](sql::Tx& tx) -> Result<void> {
    TRY(catalog().append(tx, owner(), events));
    return {};
  }));
  EXPECT_EQ(MUST(catalog().last_seq()), 1);
}

TEST_P(CatalogTest, WritesAnAuditRowInTheSameTransaction) {
  append({declared("lab", "a", "dataset", at(1))});
  MUST(database().read([&](sql::Tx& tx) -> Result<void> {
    const auto rows = TRY(tx.query("SELECT principal, action FROM identity_audit"));
    EXPECT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.at(0).text(0), "local:owner");
    EXPECT_EQ(rows.at(0).text(1), "event append");
    return {};
  }));
}

TEST_P(CatalogTest, WaitsForAPlaceInTheLog) {
  EXPECT_EQ(catalog().wait_for(1, 30'000).error().code, Code::kDeadlineExceeded);
  append({declared("lab", "a", "dataset", at(1))});
  EXPECT_TRUE(catalog().wait_for(1, 0));
}

TEST_P(CatalogTest, PagesAreWholeAndInOrder) {
  std::vector<Event> events;
  for (int i = 0; i < 25; ++i)
    events.push_back(
        declared(i % 2 ? "n/1" : "n", "asset-" + std::to_string(i), "dataset", at(i + 1)));
  append(events);
  for (const std::string text : {"", "ASSET"}) {
    std::vector<std::string> names;
    AssetQuery query{.text = text, .limit = 7};
    for (int pages = 0; pages < 10; ++pages) {
      const AssetPage page = MUST(catalog().assets(owner(), query));
      EXPECT_EQ(page.total, 25);
      for (const Asset& asset : page.assets) names.push_back(asset.name_space + "\n" + asset.name);
      query.after = page.next;
      if (page.next.empty()) break;
    }
    EXPECT_EQ(names.size(), 25u);
    EXPECT_TRUE(std::ranges::is_sorted(names));
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  }
  EXPECT_EQ(catalog().assets(owner(), {.after = "rubbish"}).error().code, Code::kInvalidArgument);
}

TEST_P(CatalogTest, AReaderMayNotAppend) {
  op::Caller reader = owner();
  reader.role = op::Role::kReader;
  const std::vector<Event> events = {declared("lab", "a", "dataset", at(1))};
  EXPECT_EQ(catalog().append(reader, events).error().code, Code::kPermissionDenied);
}

}  // namespace
}  // namespace solvent::catalog
