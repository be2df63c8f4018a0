// Views are equal for any arrival order of the same events: random events, random orders and batch
// splits, repeated deliveries, on both engines; and equal again after a rebuild from the log.
#include <algorithm>
#include <numeric>

#include "base/sim_disk.h"
#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

class OrderTest : public CatalogFixture {
 protected:
  std::uint64_t pick(std::uint64_t bound) { return dice_->below(bound); }
  /// Few names and few seconds, so that events meet: same asset, same time, same run.
  AssetRef some_asset() {
    const std::string name = "asset-" + std::to_string(pick(6));
    const std::string name_space = pick(5) == 0 ? "other" : "lab";
    if (pick(4) == 0) return by_id(asset_id_of({name_space, name}));
    AssetRef ref = by_name(name_space, name);
    if (pick(6) == 0) ref.id = asset_id_of({"lab", "asset-" + std::to_string(pick(6))});
    return ref;
  }
  TimeUs some_time() { return at(static_cast<std::int64_t>(1 + pick(12))); }
  Uuid some_run() { return uuid_of("run-" + std::to_string(pick(8))); }
  char some_digit() { return "abc"[pick(3)]; }
  std::string some_owner() { return pick(4) == 0 ? "" : "team-" + std::to_string(pick(3)); }

  Event random_event() {
    switch (pick(11)) {
      case 0:
        return event(AssetDeclared::kType,
                     to_json(AssetDeclared{.asset = named_asset(),
                                           .kind = pick(2) ? "dataset" : "model",
                                           .system = pick(2) ? "" : "s" + std::to_string(pick(3)),
                                           .facets = {}}),
                     some_time());
      case 1:
        return event(AssetRenamed::kType,
                     to_json(AssetRenamed{.asset = some_asset(),
                                          .to = {"lab", "renamed-" + std::to_string(pick(3))}}),
                     some_time());
      case 2: {
        Event old = event(AssetOwner::kType, Json(), some_time());
        if (pick(2)) {
          old.body = to_text(to_json(AssetOwner{some_asset(), some_owner(), "git"}));
        } else {
          old.type_version = 1;  // through the upcaster
          Json body;
          body.set("asset", to_json(some_asset()));
          body.set("owner", some_owner() + " (settings)");
          old.body = to_text(body);
        }
        return old;
      }
      case 3:
        return event(AssetRemoved::kType, to_json(AssetRemoved{some_asset(), ""}), some_time());
      case 4: {
        VersionCreated body;
        body.asset = some_asset();
        body.digest = digest_text(some_digit());
        body.size = static_cast<std::int64_t>(pick(5));
        body.rows = static_cast<std::int64_t>(pick(5)) - 1;
        if (pick(2)) body.run = some_run().text();
        if (pick(2)) body.content = digest_text(some_digit());
        body.slice = pick(2) ? "" : "month=1";
        return event(VersionCreated::kType, to_json(body), some_time());
      }
      case 5:
        return event(VersionCurrent::kType,
                     to_json(VersionCurrent{some_asset(), digest_text(some_digit())}), some_time());
      case 6: {
        static constexpr std::array kStates = {"START", "RUNNING", "COMPLETE",
                                               "FAIL",  "ABORT",   "OTHER"};
        RunEvent body;
        body.run = some_run().text();
        body.job = {"jobs", "job-" + std::to_string(pick(3))};
        body.state = kStates[pick(kStates.size())];
        if (pick(2)) body.parent_run = some_run().text();
        return event(RunEvent::kType, to_json(body), some_time());
      }
      case 7:
      case 8: {
        RunIo body;
        body.run = some_run().text();
        body.job = {"jobs", "job-" + std::to_string(pick(3))};
        body.asset = some_asset();
        if (pick(2)) body.version = digest_text(some_digit());
        return event(pick(2) ? RunIo::kRead : RunIo::kWrote, to_json(body), some_time());
      }
      case 9: return event("unknown.kind", Json(JsonObject{{"x", Json(1)}}), some_time());
      default:
        return depends(pick(2) ? DependencyBody::kDeclared : DependencyBody::kInferred,
                       some_asset(), some_asset(), some_time());
    }
  }
  AssetRef named_asset() {
    AssetRef ref = some_asset();
    if (ref.name.empty()) ref = by_name("lab", "asset-" + std::to_string(pick(6)));
    return ref;
  }

  void shuffle(std::vector<Event>& events) {
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[pick(i)]);
  }
  /// Delivers everything in a random order in batches of random size, some events more than once.
  void deliver(std::vector<Event> events) {
    for (std::size_t repeats = events.size() / 5; repeats > 0; --repeats)
      events.push_back(events[pick(events.size())]);
    shuffle(events);
    for (std::size_t at = 0; at < events.size();) {
      const std::size_t size = std::min<std::size_t>(1 + pick(20), events.size() - at);
      append({events.begin() + static_cast<std::ptrdiff_t>(at),
              events.begin() + static_cast<std::ptrdiff_t>(at + size)});
      at += size;
    }
  }
  void empty_catalog() {
    MUST(database().write([](sql::Tx& tx) -> Result<void> {
      for (const char* table :
           {"catalog_events", "catalog_assets", "catalog_names", "catalog_versions", "catalog_runs",
            "catalog_run_io", "catalog_readers", "catalog_dependencies"})
        TRY(tx.execute(std::string("DELETE FROM ") + table));
      TRY(tx.execute("UPDATE catalog_counter SET seq = 0"));
      return {};
    }));
  }

  std::optional<SeededRandom> dice_{std::in_place, 1};
};
SOLVENT_CATALOG_ON_BOTH(OrderTest);

TEST_P(OrderTest, ViewsAreEqualForAnyOrder) {
  const bool quick = GetParam() == "sqlite";
  for (std::uint64_t seed = 1; seed <= (quick ? 12u : 4u); seed += kCrashStride) {
    dice_.emplace(seed);
    std::vector<Event> events;
    for (int i = 0; i < 120; ++i) events.push_back(random_event());
    append(events);
    const std::string first = MUST(catalog().dump_views());
    EXPECT_GT(first.size(), 3'000u) << "the events say too little to prove anything";
    for (int order = 0; order < 4; ++order) {
      empty_catalog();
      deliver(events);
      ASSERT_EQ(MUST(catalog().dump_views()), first) << "seed " << seed << " order " << order;
      MUST(catalog().rebuild());
      ASSERT_EQ(MUST(catalog().dump_views()), first) << "rebuilt, seed " << seed;
    }
    empty_catalog();
  }
}

TEST_P(OrderTest, EveryViewSaysSomethingAboutTheseEvents) {
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i) events.push_back(random_event());
  append(events);
  const std::string dump = MUST(catalog().dump_views());
  for (const char* view :
       {"asset\t", "name\t", "version\t", "run\t", "io\t", "reader\t", "dependency\t"})
    EXPECT_TRUE(dump.starts_with(view) || contains(dump, std::string("\n") + view)) << view;
}

TEST_P(OrderTest, AnsweringTheSameAfterAnyOrder) {
  dice_.emplace(99);
  std::vector<Event> events;
  for (int i = 0; i < 100; ++i) events.push_back(random_event());
  const auto answers = [&] {
    std::string text;
    for (const Asset& asset : MUST(catalog().assets(owner(), {.limit = 1'000})).assets) {
      text += to_text(to_json(asset)) + "\n";
      for (const Version& version : MUST(catalog().versions(owner(), asset.id, 100)))
        text += to_text(to_json(version)) + "\n";
      for (const Direction direction : {Direction::kUpstream, Direction::kDownstream}) {
        const GraphAnswer walk =
            MUST(catalog().graph(owner(), {.root = asset.id, .direction = direction}));
        for (const std::string& node : walk.nodes) text += node + " ";
        for (const Dependency& edge : walk.edges) text += to_text(to_json(edge));
        text += "\n";
      }
    }
    for (const catalog::Run& run : MUST(catalog().runs(owner(), 100)))
      text += to_text(to_json(run)) + "\n";
    return text;
  };
  append(events);
  const std::string first = answers();
  EXPECT_GT(first.size(), 3'000u);
  empty_catalog();
  deliver(events);
  EXPECT_EQ(answers(), first);
}

}  // namespace
}  // namespace solvent::catalog
