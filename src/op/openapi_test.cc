#include "op/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "op/sample_operations.h"

namespace solvent::op {
namespace {

const Json& at(const Json& from, std::initializer_list<std::string_view> path) {
  static const Json nothing{JsonObject()};
  const Json* here = &from;
  for (const std::string_view name : path) {
    here = here->find(name);
    EXPECT_NE(here, nullptr) << name;
    if (here == nullptr) return nothing;
  }
  return *here;
}

Json document() {
  return openapi_of(sample::operations(), "0.1.0");
}

TEST(OpenApi, HasEveryOperationOnce) {
  const Json all = document();
  EXPECT_EQ(all.text_or("openapi", ""), "3.1.0");
  std::set<std::string> ids;
  for (const auto& [path, item] : at(all, {"paths"}).object())
    for (const auto& [method, operation] : item.object())
      EXPECT_TRUE(ids.insert(operation.text_or("operationId", "")).second);
  EXPECT_EQ(ids, (std::set<std::string>{"ship_list", "ship_load", "route_plan"}));
}

TEST(OpenApi, SaysWhatAnswersWithEvents) {
  std::vector<OperationSpec> specs = sample::specs();
  ASSERT_EQ(specs[0].id(), "ship list");
  specs[0].follows = true;
  ASSERT_EQ(specs[1].id(), "ship load");
  specs[1].progress = true;
  const Json all = openapi_of(MUST(Operations::create(specs, sample::handlers())), "0.1.0");
  const auto types = [&](std::string_view path, std::string_view method) {
    std::set<std::string> names;
    for (const auto& [name, media] :
         at(all, {"paths", path, method, "responses", "200", "content"}).object())
      names.insert(name);
    return names;
  };
  EXPECT_EQ(types("/api/ships", "get"), std::set<std::string>{"text/event-stream"});
  EXPECT_EQ(types("/api/ships/{ship_name}/load", "post"),
            (std::set<std::string>{"application/json", "text/event-stream"}));
}

TEST(OpenApi, GetTakesQueryParameters) {
  const Json all = document();
  const Json& list = at(all, {"paths", "/api/ships", "get"});
  EXPECT_EQ(list.find("requestBody"), nullptr);
  const JsonArray& parameters = at(list, {"parameters"}).array();
  ASSERT_EQ(parameters.size(), 5u);
  EXPECT_EQ(parameters[1].text_or("name", ""), "limit");
  EXPECT_EQ(parameters[1].text_or("in", ""), "query");
  EXPECT_FALSE(parameters[1].bool_or("required", true));
  EXPECT_EQ(at(parameters[1], {"schema", "maximum"}), Json(100));
}

TEST(OpenApi, PostTakesWhatThePathDoesNotHold) {
  const Json all = document();
  const Json& load = at(all, {"paths", "/api/ships/{ship_name}/load", "post"});
  const JsonArray& parameters = at(load, {"parameters"}).array();
  ASSERT_EQ(parameters.size(), 1u);
  EXPECT_EQ(parameters[0].text_or("in", ""), "path");
  EXPECT_TRUE(parameters[0].bool_or("required", false));
  const Json& body = at(load, {"requestBody", "content", "application/json", "schema"});
  EXPECT_EQ(at(body, {"properties"}).find("ship_name"), nullptr);
  EXPECT_EQ(to_text(at(body, {"required"})), R"(["cargo"])");
  EXPECT_EQ(at(body, {"additionalProperties"}), Json(false));
}

TEST(OpenApi, FilesAreNamedByTheirUpload) {
  const Json all = document();
  const Json& body = at(all, {"paths", "/api/routes", "post", "requestBody", "content",
                              "application/json", "schema", "properties", "file"});
  EXPECT_EQ(to_text(at(body, {"required"})), R"(["upload"])");
}

TEST(OpenApi, ErrorsAreDescribedOnce) {
  const Json all = document();
  const Json& responses = at(all, {"paths", "/api/ships", "get", "responses"});
  for (const char* status : {"400", "401", "403", "404", "409", "412", "429", "500", "default"})
    EXPECT_EQ(at(responses, {status, "content", "application/json", "schema", "$ref"}).string(),
              "#/components/schemas/Error");
  EXPECT_EQ(at(all, {"components", "schemas", "Error", "properties", "error", "properties", "code",
                     "enum"})
                .array()
                .size(),
            16u);
}

}  // namespace
}  // namespace solvent::op
