// Bad input: each is refused by a message that names the event and the field, and nothing changes.
#include <array>
#include <thread>

#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

using testing::HasSubstr;

struct BadBody {
  const char* type;
  const char* body;
  const char* subject;
};

const std::string kRun = "0193a0b1-7c2d-7e4f-8a5b-0123456789ab";

class HostileTest : public CatalogFixture {
 protected:
  void refuse(const Event& bad, Code code, const std::string& subject) {
    SCOPED_TRACE(bad.type + " " + bad.body.substr(0, 200));
    const std::string before = MUST(catalog().dump_views());
    const std::int64_t seq = MUST(catalog().last_seq());
    const auto refused = try_append({declared("lab", "innocent", "dataset", at(1)), bad});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_EQ(refused.error().subject, subject) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr(bad.id.text()));
    EXPECT_FALSE(refused.error().hint.empty());
    EXPECT_EQ(MUST(catalog().dump_views()), before);
    EXPECT_EQ(MUST(catalog().last_seq()), seq);
  }
  Event raw(const std::string& type, std::string body) {
    Event made = event(type, Json(), at(1));
    made.body = std::move(body);
    return made;
  }
};
SOLVENT_CATALOG_ON_BOTH(HostileTest);

TEST_P(HostileTest, BadBodiesOfKnownTypesAreRefusedByField) {
  const std::string digest = digest_text('a');
  const std::vector<std::array<std::string, 3>> bodies = {
      {"asset.declared", "", "body"},
      {"asset.declared", "[]", "body"},
      {"asset.declared", "{", "body"},
      {"asset.declared", "\xff\xfe", "body"},
      {"asset.declared", "{}", "body.asset"},
      {"asset.declared", R"({"asset":7})", "body.asset"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a"}})", "body.kind"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a"},"kind":1})", "body.kind"},
      {"asset.declared", R"({"asset":{"name":"a"},"kind":"x"})", "body.asset.namespace"},
      {"asset.declared", R"({"asset":{"namespace":"n"},"kind":"x"})", "body.asset.name"},
      {"asset.declared", R"({"asset":{"id":")" + kRun + R"("},"kind":"x"})", "body.asset.name"},
      {"asset.declared", R"({"asset":{"id":"x","namespace":"n","name":"a"},"kind":"x"})",
       "body.asset.id"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a\u0000b"},"kind":"x"})",
       "body.asset.name"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a\nb"},"kind":"x"})",
       "body.asset.name"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a"},"kind":"x","color":1})",
       "body.color"},
      {"asset.declared", R"({"asset":{"namespace":"n","name":"a"},"kind":"a\u0007"})", "body.kind"},
      {"asset.renamed", R"({"asset":{"namespace":"n","name":"a"},"to":{"namespace":"n"}})",
       "body.to.name"},
      {"asset.owner", R"({"asset":{"namespace":"n","name":"a"},"owner":{}})", "body.owner"},
      {"asset.removed", R"({"asset":{}})", "body.asset"},
      {"version.created", R"({"asset":{"namespace":"n","name":"a"}})", "body.digest"},
      {"version.created", R"({"asset":{"namespace":"n","name":"a"},"digest":"abc"})",
       "body.digest"},
      {"version.created",
       R"({"asset":{"namespace":"n","name":"a"},"digest":")" + digest + R"(","size":-1})",
       "body.size"},
      {"version.created",
       R"({"asset":{"namespace":"n","name":"a"},"digest":")" + digest + R"(","rows":1.5})",
       "body.rows"},
      {"version.created",
       R"({"asset":{"namespace":"n","name":"a"},"digest":")" + digest + R"(","content":"zz"})",
       "body.content"},
      {"version.created",
       R"({"asset":{"namespace":"n","name":"a"},"digest":")" + digest + R"(","run":"r"})",
       "body.run"},
      {"version.current", R"({"asset":{"namespace":"n","name":"a"},"digest":null})", "body.digest"},
      {"run.event", R"({"run":")" + kRun + R"(","job":{"namespace":"n","name":"j"}})",
       "body.state"},
      {"run.event",
       R"({"run":")" + kRun + R"(","job":{"namespace":"n","name":"j"},"state":"DONE"})",
       "body.state"},
      {"run.event", R"({"run":")" + kRun + R"(","state":"START"})", "body.job.namespace"},
      {"run.event", R"({"job":{"namespace":"n","name":"j"},"state":"START"})", "body.run"},
      {"run.event",
       R"({"run":"00000000-0000-0000-0000-000000000000","job":{"namespace":"n","name":"j"},"state":"START"})",
       "body.run"},
      {"run.read", R"({"run":")" + kRun + R"(","job":{"namespace":"n","name":"j"}})", "body.asset"},
      {"run.wrote",
       R"({"run":")" + kRun +
           R"(","job":{"namespace":"n","name":"j"},"asset":{"namespace":"n","name":"a"},"version":"1"})",
       "body.version"},
      {"dependency.declared", R"({"consumer":{"namespace":"n","name":"a"}})", "body.producer"},
      {"dependency.inferred",
       R"({"consumer":{"namespace":"n","name":"a"},"producer":{"namespace":"n","name":"b"},"confidence":2})",
       "body.confidence"},
  };
  for (const auto& [type, body, subject] : bodies)
    refuse(raw(type, body), Code::kInvalidArgument, subject);
}

TEST_P(HostileTest, BadEnvelopesAreRefusedByField) {
  const Event good = declared("lab", "a", "dataset", at(1));
  const auto with = [&](auto change) {
    Event bad = good;
    bad.id = make_uuid(clock_, random_);
    change(bad);
    return bad;
  };
  refuse(with([](Event& e) { e.id = {}; }), Code::kInvalidArgument, "id");
  for (const char* type : {"", "A", "a b", "a\n", "ü", "x'; --"})
    refuse(with([&](Event& e) { e.type = type; }), Code::kInvalidArgument, "type");
  refuse(with([](Event& e) { e.type = std::string(101, 'a'); }), Code::kInvalidArgument, "type");
  refuse(with([](Event& e) { e.type_version = 0; }), Code::kInvalidArgument, "type_version");
  refuse(with([](Event& e) { e.type_version = 9; }), Code::kFailedPrecondition, "type_version");
  for (const TimeUs time : {TimeUs{0}, TimeUs{-1}, INT64_MIN, INT64_MAX, at(3'600) + kDayUs + 1})
    refuse(with([&](Event& e) { e.event_time = time; }), Code::kInvalidArgument, "event_time");
  refuse(with([](Event& e) { e.producer = "\xff"; }), Code::kInvalidArgument, "producer");
  refuse(with([](Event& e) { e.producer = std::string("a\0b", 3); }), Code::kInvalidArgument,
         "producer");
  refuse(with([](Event& e) { e.producer = std::string(2'000, 'x'); }), Code::kInvalidArgument,
         "producer");
}

TEST_P(HostileTest, UnknownTypesMustStillBeJsonObjects) {
  refuse(raw("weather", "not json"), Code::kInvalidArgument, "body");
  refuse(raw("weather", "[1]"), Code::kInvalidArgument, "body");
  refuse(raw("weather", std::string("{\"a\":\"\0\"}", 9)), Code::kInvalidArgument, "body");
  EXPECT_TRUE(try_append({raw("weather", R"({"a":"\u0000"})")}));  // as received, it is plain text
}

TEST_P(HostileTest, DepthAndSizeHaveLimits) {
  for (const char* member : {"facets", "x"}) {
    const std::string deep = "{\"" + std::string(member) + "\":" + std::string(50'000, '[') +
                             std::string(50'000, ']') + "}";
    refuse(raw("weather", deep), Code::kResourceExhausted, "body");
  }
  refuse(raw("asset.declared", "{\"facets\":" + std::string(40, '[') + std::string(40, ']') + "}"),
         Code::kResourceExhausted, "body");
  refuse(raw("weather", "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"), Code::kResourceExhausted,
         "body");
}

TEST_P(HostileTest, LongTextsAreRefused) {
  const std::string long_name(600, 'n'), long_text(1'100, 't');
  refuse(declared("lab", long_name, "dataset", at(1)), Code::kInvalidArgument, "body.asset.name");
  refuse(declared("lab", "a", long_text, at(1)), Code::kInvalidArgument, "body.kind");
  refuse(owned("lab", "a", long_text, "", at(1)), Code::kInvalidArgument, "body.owner");
}

TEST_P(HostileTest, BatchesHaveLimits) {
  EXPECT_EQ(try_append({}).error().code, Code::kInvalidArgument);
  std::vector<Event> many(10'001, declared("lab", "a", "dataset", at(1)));
  EXPECT_EQ(try_append(many).error().code, Code::kResourceExhausted);
  Catalog small(database(), clock_, random_, {}, Limits{.batch_bytes_max = 100});
  const std::vector<Event> two(2, declared("lab", "a", "dataset", at(1)));
  EXPECT_EQ(small.append(owner(), two).error().code, Code::kResourceExhausted);
}

TEST_P(HostileTest, ARunTouchesOnlySoManyAssets) {
  Catalog small(database(), clock_, random_, {}, Limits{.run_assets_max = 10});
  const Uuid run = uuid_of("greedy");
  std::vector<Event> events;
  for (int i = 0; i < 10; ++i) events.push_back(read(run, "lab", "a" + std::to_string(i), at(1)));
  EXPECT_TRUE(small.append(owner(), events));
  const std::string before = MUST(catalog().dump_views());
  const std::vector<Event> more = {wrote(run, "lab", "b", at(2))};
  const auto refused = small.append(owner(), more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr(run.text()));
  EXPECT_EQ(MUST(catalog().dump_views()), before);
  const std::vector<Event> again = {read(run, "lab", "a3", at(3))};
  EXPECT_TRUE(small.append(owner(), again));
}

TEST_P(HostileTest, NamesOfEveryScriptAndSqlAreJustNames) {
  const std::vector<std::string> names = {"'; DROP TABLE catalog_assets; --",
                                          "a\"b",
                                          "\\",
                                          "%",
                                          "_",
                                          "数据",
                                          "naïve",
                                          "a/b/c",
                                          "..",
                                          "*",
                                          "ﬁ",
                                          "👩‍🔬",
                                          " "};
  std::vector<Event> events;
  for (const std::string& name : names) events.push_back(declared("ns/'x", name, "dataset", at(1)));
  append(events);
  for (const std::string& name : names)
    EXPECT_EQ(MUST(catalog().asset(owner(), "ns/'x/" + name)).name, name);
  EXPECT_EQ(MUST(catalog().assets(owner(), {.text = "%"})).total, 1);
  EXPECT_EQ(MUST(catalog().assets(owner(), {.text = "ns/'X"})).total, std::ssize(names));
  // Composed and decomposed é are one name.
  append({declared("lab", "caf\xC3\xA9", "dataset", at(1)),
          declared("lab", "cafe\xCC\x81", "model", at(2))});
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/cafe\xCC\x81")).kind, "model");
}

TEST_P(HostileTest, WritersAtOnceLoseNothing) {
  constexpr int kWriters = 6, kSentBatches = 10;
  std::vector<std::vector<Event>> batches;
  for (int i = 0; i < kWriters * kSentBatches; ++i) {
    const Uuid run = uuid_of("run-" + std::to_string(i % 7));
    batches.push_back({read(run, "lab", "shared", at(i + 1)),
                       wrote(run, "lab", "out-" + std::to_string(i % 5), at(i + 1)),
                       declared("lab", "own-" + std::to_string(i), "dataset", at(1))});
  }
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < kWriters; ++w)
      threads.emplace_back([&, w] {
        for (int i = 0; i < kSentBatches; ++i)
          MUST(catalog().append(owner(), batches[static_cast<std::size_t>(w * kSentBatches + i)]));
      });
  }
  EXPECT_EQ(MUST(catalog().last_seq()), kWriters * kSentBatches * 3);
  const std::string grown = MUST(catalog().dump_views());
  MUST(catalog().rebuild());
  EXPECT_EQ(MUST(catalog().dump_views()), grown);
  EXPECT_EQ(MUST(catalog().asset(owner(), "lab/shared")).last_read_at, at(kWriters * kSentBatches));
}

}  // namespace
}  // namespace solvent::catalog
