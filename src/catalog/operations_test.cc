#include "catalog/operations.h"

#include <algorithm>
#include <set>

#include "catalog/test_catalog.h"

namespace solvent::catalog {
namespace {

using testing::HasSubstr;

class OperationsTest : public CatalogFixture {
 protected:
  Result<Json> call(const std::string& id, const Json& params,
                    const op::Caller& caller = op::local_owner()) {
    for (const op::Handler& handler : bind(catalog())) {
      if (handler.id != id) continue;
      static const CancelToken never;
      const op::Request request{
          .params = params, .progress = [](const op::Progress&) {}, .cancel = &never};
      return std::get<Json>(TRY(handler.call(request, caller)));
    }
    return fail(Code::kNotFound, "no such operation: " + id);
  }
  static Json object(const char* text) { return MUST(parse_json(text)); }
};
SOLVENT_CATALOG_ON_BOTH(OperationsTest);

TEST_P(OperationsTest, EverySpecIsBoundOnceAndNamesItsFields) {
  std::set<std::string> bound;
  for (const op::Handler& handler : bind(catalog())) EXPECT_TRUE(bound.insert(handler.id).second);
  std::set<std::string> said;
  for (const op::OperationSpec& spec : specs().operations) {
    EXPECT_TRUE(said.insert(spec.id()).second) << spec.id();
    EXPECT_FALSE(spec.examples.empty()) << spec.id();
    EXPECT_FALSE(spec.summary.empty() || spec.summary.ends_with('.')) << spec.id();
    for (const std::string& name : spec.positional) EXPECT_NE(spec.request->find(name), nullptr);
    const std::size_t open = spec.path.find('{');
    if (open == std::string::npos) continue;
    const std::string name = spec.path.substr(open + 1, spec.path.find('}') - open - 1);
    EXPECT_NE(spec.request->find(name), nullptr) << spec.path;
  }
  EXPECT_EQ(bound, said);
}

TEST_P(OperationsTest, EventsGoInAndComeOut) {
  const Json done = MUST(call("event append", object(R"json({"events":[
      {"id":"0193a0b1-7c2d-7e4f-8a5b-0123456789ab","type":"asset.declared","event_time":1795478400000000,
       "producer":"me","body":{"asset":{"namespace":"lab","name":"data"},"kind":"dataset"}},
      {"type":"asset.owner","type_version":1,
       "body":{"asset":{"namespace":"lab","name":"data"},"owner":"team-risk (git)"}}]})json")));
  EXPECT_EQ(done.int_or("first_seq", 0), 1);
  EXPECT_EQ(done.int_or("last_seq", 0), 2);
  const Json list = MUST(call("event list", object(R"({"after":0,"limit":10})")));
  ASSERT_EQ(list.find("events")->array().size(), 2u);
  const Json& first = list.find("events")->array()[0];
  EXPECT_EQ(first.text_or("id", ""), "0193a0b1-7c2d-7e4f-8a5b-0123456789ab");
  EXPECT_EQ(first.int_or("event_time", 0), 1795478400000000);
  EXPECT_EQ(first.find("body")->text_or("kind", ""), "dataset");
  const Json asset = MUST(call("asset show", object(R"({"asset":"data"})")));
  EXPECT_EQ(asset.text_or("owner", ""), "team-risk");
  EXPECT_EQ(asset.text_or("owner_origin", ""), "git");
  EXPECT_EQ(call("event append", object(R"({"events":[{"id":"x","type":"a","body":{}}]})"))
                .error()
                .subject,
            "id");
  EXPECT_EQ(call("event append", object(R"({"events":[]})")).error().subject, "events");
}

TEST_P(OperationsTest, OwnSaysWhoAnswers) {
  append({declared("lab", "data", "dataset", at(1))});
  const Json owned = MUST(call("asset own", object(R"({"asset":"data","owner":"team-risk"})")));
  EXPECT_EQ(owned.text_or("owner", ""), "team-risk");
  EXPECT_EQ(owned.text_or("owner_origin", ""), "person");
  clock_.advance(1);
  EXPECT_EQ(MUST(call("asset own", object(R"({"asset":"data"})"))).text_or("owner", "?"), "");
  EXPECT_EQ(call("asset own", object(R"({"asset":"none","owner":"x"})")).error().code,
            Code::kNotFound);
  op::Caller reader = owner();
  reader.role = op::Role::kReader;
  EXPECT_EQ(call("asset own", object(R"({"asset":"data","owner":"x"})"), reader).error().code,
            Code::kPermissionDenied);
}

TEST_P(OperationsTest, LineageGoesBothWaysAndExactToTheVersion) {
  const Uuid one = uuid_of("one"), two = uuid_of("two");
  append({declared("lab", "raw", "dataset", at(1)), read(one, "lab", "raw", at(1), 'a'),
          wrote(one, "lab", "mid", at(2), 'b'), read(two, "lab", "mid", at(3), 'b'),
          wrote(two, "lab", "model", at(4), 'c')});
  const Json both = MUST(call("lineage show", object(R"({"asset":"mid"})")));
  EXPECT_EQ(both.find("nodes")->array().size(), 3u);
  EXPECT_EQ(both.find("edges")->array().size(), 2u);
  EXPECT_EQ(both.find("nodes")->array()[0].text_or("name", ""), "mid");
  const Json up = MUST(call("lineage show", object(R"({"asset":"mid","direction":"upstream"})")));
  EXPECT_EQ(up.find("nodes")->array().size(), 2u);
  EXPECT_EQ(up.find("nodes")->array()[1].text_or("kind", ""), "dataset");
  const Json exact = MUST(call("lineage show", object(R"({"asset":"raw","version":"aa"})")));
  ASSERT_EQ(exact.find("nodes")->array().size(), 3u);
  EXPECT_EQ(exact.find("nodes")->array()[2].text_or("version", ""), digest_text('c'));
  EXPECT_EQ(exact.find("edges")->array()[0].text_or("run", ""), one.text());
}

TEST_P(OperationsTest, LineageOfTeamsIsThatOfTheirAssets) {
  const Uuid one = uuid_of("one"), two = uuid_of("two"), three = uuid_of("three");
  append({owned("lab", "raw", "ingest", "git", at(1)),
          owned("lab", "clean", "ingest", "git", at(1)),
          owned("lab", "model", "risk", "git", at(1)), read(one, "lab", "raw", at(1)),
          wrote(one, "lab", "clean", at(2)), read(two, "lab", "clean", at(3)),
          wrote(two, "lab", "model", at(4)), read(three, "lab", "raw", at(5)),
          wrote(three, "lab", "model", at(6)), read(three, "lab", "model", at(6)),
          wrote(three, "lab", "report", at(7))});
  const Json teams = MUST(call("lineage show", object(R"({"asset":"raw","level":"team"})")));
  const JsonArray& nodes = teams.find("nodes")->array();
  ASSERT_EQ(nodes.size(), 3u);  // ingest, risk, and who owns the report: nobody
  EXPECT_EQ(nodes[0].text_or("id", ""), "ingest");
  std::set<std::string> edges;
  for (const Json& edge : teams.find("edges")->array())
    edges.insert(edge.text_or("consumer", "") + "<" + edge.text_or("producer", "") + " " +
                 std::to_string(edge.int_or("times", 0)));
  // risk reads raw once and clean once; raw → clean stays within ingest; the report reads raw and
  // model, of two teams.
  EXPECT_EQ(edges, (std::set<std::string>{"risk<ingest 2", "unowned<ingest 1", "unowned<risk 1"}));
}

TEST_P(OperationsTest, ListsVersionsAndRuns) {
  append({created("lab", "data", 'a', at(1), 7), state(uuid_of("r"), "FAIL", at(2))});
  const Json versions = MUST(call("asset versions", object(R"({"asset":"data"})")));
  EXPECT_EQ(versions.find("versions")->array().at(0).int_or("size", 0), 7);
  const Json runs = MUST(call("run list", object(R"({})")));
  EXPECT_EQ(runs.find("runs")->array().at(0).text_or("state", ""), "FAIL");
  const Json assets = MUST(call("asset list", object(R"({"limit":1})")));
  EXPECT_EQ(assets.int_or("total", 0), 1);
  EXPECT_EQ(MUST(call("catalog rebuild", object("{}"))).int_or("last_seq", 0), 2);
}

}  // namespace
}  // namespace solvent::catalog
