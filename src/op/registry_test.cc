#include "op/registry.h"

#include <gtest/gtest.h>

#include "op/http_status.h"
#include "op/sample_operations.h"

namespace solvent::op {
namespace {

using sample::operations;

/// The message of a table in which `change` spoilt something.
template <class Change>
std::string problem_of(Change change) {
  auto specs = sample::specs();
  auto handlers = sample::handlers();
  change(specs, handlers);
  const auto made = Operations::create(std::move(specs), std::move(handlers));
  if (made) return "";
  EXPECT_EQ(made.error().code, Code::kInternal);
  return made.error().message;
}

using Specs = std::vector<OperationSpec>;
using Handlers = std::vector<Handler>;

TEST(Operations, RefusesABrokenTable) {
  EXPECT_EQ(problem_of([](Specs&, Handlers&) {}), "");
  EXPECT_EQ(problem_of([](Specs&, Handlers& h) { h.pop_back(); }),
            "operation route plan has no handler");
  EXPECT_EQ(problem_of([](Specs&, Handlers& h) { h.push_back(h.front()); }),
            "an operation has two handlers: ship list");
  EXPECT_EQ(problem_of([](Specs&, Handlers& h) { h.front().id = "ship sink"; }),
            "a handler has no operation: ship sink");
  EXPECT_EQ(problem_of([](Specs&, Handlers& h) { h.front().call = nullptr; }),
            "a handler is empty: ship list");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s.push_back(s.front()); }),
            "operation ship list is declared twice");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[1].default_verb = true; }),
            "operation ship load is a second default of its noun");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].path = "/api/ships/{x}/load"; }),
            "operation route plan has no request field for {x}");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].path = "/api/{stops}"; }),
            "operation route plan takes a list or an object in its path: {stops}");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) {
              s[2].method = "GET";
              s[2].path = "/api/ships";
            }),
            "operation route plan has the method and path of another operation: GET /api/ships");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].positional = {"stops", "file"}; }),
            "operation route plan has a list before its last positional: stops");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].positional = {"stop"}; }),
            "operation route plan has no request field stop");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].examples.clear(); }),
            "operation route plan has no example");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].examples[0].command = "solvent ship"; }),
            "operation route plan has an example of something else: solvent ship");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].destructive = true; }),
            "operation route plan is destructive and has no dry_run field");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].method = "get"; }),
            "operation route plan has an unknown method: get");
  EXPECT_EQ(problem_of([](Specs& s, Handlers&) { s[2].noun = "Route"; }),
            "operation Route plan needs lower-case words");
}

TEST(Operations, FindsByWords) {
  const Operations table = operations();
  EXPECT_EQ(MUST(table.find("ship", "load"))->id(), "ship load");
  EXPECT_EQ(MUST(table.find("ship", ""))->id(), "ship list");
  EXPECT_EQ(table.nouns(), (std::vector<std::string>{"ship", "route"}));
  const auto noun = table.find("shp", "");
  EXPECT_EQ(noun.error().code, Code::kNotFound);
  EXPECT_EQ(noun.error().hint, "did you mean solvent ship?");
  EXPECT_EQ(table.find("ship", "laod").error().hint, "did you mean solvent ship load?");
  EXPECT_EQ(table.find("ship", "xyzzy").error().hint, "solvent ship has: list, load");
  EXPECT_EQ(table.find("route", "").error().message, "solvent route needs one of: plan");
}

TEST(Operations, MatchesPaths) {
  const Operations table = operations();
  const auto list = MUST(table.match("GET", "/api/ships"));
  EXPECT_EQ(list.spec->id(), "ship list");
  EXPECT_TRUE(list.captures.empty());
  const auto load = MUST(table.match("POST", "/api/ships/Ada L/load"));
  EXPECT_EQ(load.spec->id(), "ship load");
  ASSERT_EQ(load.captures.size(), 1u);
  EXPECT_EQ(load.captures[0].first, "ship_name");
  EXPECT_EQ(load.captures[0].second, "Ada L");
  EXPECT_EQ(table.match("POST", "/api/ships").error().code, Code::kUnimplemented);
  EXPECT_EQ(table.methods_of("/api/ships"), std::vector<std::string>{"GET"});
  for (const char* path : {"", "/", "/api", "/api/ships/", "/api/ships//load", "api/ships",
                           "/api/ships/a/b/load", "/api/ships/a/load/"})
    EXPECT_EQ(table.match("GET", path).error().code, Code::kNotFound) << path;
}

struct PathRequest {
  std::string path;
  template <class V>
  void describe(V& v) {
    v.field("path", path, "");
  }
};

TEST(Operations, ATailCaptureSpansSlashesAndFixedSegmentsWin) {
  const auto spec = [](const char* verb, const char* path) {
    return OperationSpec{.noun = "tree",
                         .verb = verb,
                         .method = "GET",
                         .path = path,
                         .summary = "s",
                         .examples = {{"solvent tree", "x"}},
                         .request = &spec_of<PathRequest>(),
                         .result = &spec_of<Empty>()};
  };
  const Operations table = MUST(Operations::describe(
      {spec("any", "/t/{path*}"), spec("one", "/t/{path}"), spec("root", "/t/root")}));
  EXPECT_EQ(MUST(table.match("GET", "/t/root")).spec->verb, "root");
  EXPECT_EQ(MUST(table.match("GET", "/t/a")).spec->verb, "one");
  const auto any = MUST(table.match("GET", "/t/a/b/c"));
  EXPECT_EQ(any.spec->verb, "any");
  EXPECT_EQ(any.captures[0].second, "a/b/c");
  EXPECT_EQ(MUST(table.match("GET", "/t/root/x")).spec->verb, "any");
  EXPECT_FALSE(table.match("GET", "/t/"));
}

TEST(Operations, CallsCheckRoleThenParameters) {
  const Operations table = operations();
  const OperationSpec& load = *table.find_id("ship load");
  const Json good = MUST(parse_json(R"({"ship_name":"Ada","cargo":{"name":"tea","kilos":3}})"));
  Caller reader{.principal = "user:r", .role = Role::kReader};
  EXPECT_EQ(table.call(load, {.params = good}, reader).error().code, Code::kPermissionDenied);
  EXPECT_EQ(table.call(load, {.params = good}, Caller{}).error().code, Code::kUnauthenticated);
  const auto reply = MUST(table.call(load, {.params = good}, local_owner()));
  EXPECT_EQ(to_text(std::get<Json>(reply)), R"({"name":"tea","kilos":3})");
  const auto missing = table.call(load, {.params = JsonObject()}, local_owner());
  EXPECT_EQ(missing.error().code, Code::kInvalidArgument);
  EXPECT_EQ(missing.error().subject, "ship_name");
  const OperationSpec& list = *table.find_id("ship list");
  EXPECT_EQ(std::get<Json>(MUST(table.call(list, {}, reader))).int_or("total", 0), 50);
}

TEST(Operations, SpecsAloneCannotBeCalled) {
  const Operations table = MUST(Operations::describe(sample::specs()));
  EXPECT_EQ(table.call(*table.find_id("ship list"), {}, local_owner()).error().code,
            Code::kUnimplemented);
}

TEST(HttpStatus, FollowsTheTable) {
  EXPECT_EQ(http_status(Code::kOk), 200);
  EXPECT_EQ(http_status(Code::kInvalidArgument), 400);
  EXPECT_EQ(http_status(Code::kUnauthenticated), 401);
  EXPECT_EQ(http_status(Code::kPermissionDenied), 403);
  EXPECT_EQ(http_status(Code::kNotFound), 404);
  EXPECT_EQ(http_status(Code::kAborted), 409);
  EXPECT_EQ(http_status(Code::kFailedPrecondition), 412);
  EXPECT_EQ(http_status(Code::kResourceExhausted), 429);
  EXPECT_EQ(http_status(Code::kInternal), 500);
  EXPECT_EQ(http_status(Code::kUnavailable), 503);
  for (const Code code :
       {Code::kInvalidArgument, Code::kUnauthenticated, Code::kPermissionDenied, Code::kNotFound,
        Code::kAborted, Code::kFailedPrecondition, Code::kResourceExhausted, Code::kUnavailable,
        Code::kInternal, Code::kUnimplemented, Code::kDeadlineExceeded, Code::kCancelled})
    EXPECT_EQ(code_of_status(http_status(code)), code) << code_name(code);
  EXPECT_EQ(code_of_status(418), Code::kInvalidArgument);
  EXPECT_EQ(code_of_status(599), Code::kInternal);
  EXPECT_EQ(code_of_status(302), Code::kUnknown);
}

}  // namespace
}  // namespace solvent::op
