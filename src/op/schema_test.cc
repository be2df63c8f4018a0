#include "op/schema.h"

#include <gtest/gtest.h>

#include "op/parameters.h"
#include "op/sample_operations.h"

namespace solvent::op {
namespace {

Error refusal(const StructSpec& spec, std::string_view json) {
  const auto done = validate(MUST(parse_json(json)), spec);
  EXPECT_FALSE(done) << json;
  return done ? Error{} : done.error();
}

TEST(Validate, AcceptsWhatTheSpecAllows) {
  const StructSpec& list = spec_of<sample::ListRequest>();
  for (const char* json : {"{}", R"({"limit":1,"late":true,"since":5,"tags":["a","b"]})",
                           R"({"limit":100.0,"port":"Oslo"})", R"({"port":""})"})
    EXPECT_TRUE(validate(MUST(parse_json(json)), list)) << json;
  EXPECT_TRUE(validate(MUST(parse_json(R"({"file":{"given":"a","root":"/x/a"}})")),
                       spec_of<sample::PlanRequest>()));
}

TEST(Validate, NamesTheField) {
  const StructSpec& list = spec_of<sample::ListRequest>();
  EXPECT_EQ(refusal(list, R"({"limt":1})").message, "no such field: limt");
  EXPECT_EQ(refusal(list, R"({"limt":1})").hint, "did you mean limit?");
  EXPECT_EQ(refusal(list, R"({"limit":0})").message, "limit must be at least 1");
  EXPECT_EQ(refusal(list, R"({"limit":101})").message, "limit must be at most 100");
  EXPECT_EQ(refusal(list, R"({"limit":1.5})").message, "limit must be an integer");
  EXPECT_EQ(refusal(list, R"({"limit":"1"})").message, "limit must be an integer");
  EXPECT_EQ(refusal(list, R"({"limit":null})").message, "limit must be an integer");
  EXPECT_EQ(refusal(list, R"({"late":1})").message, "late must be true or false");
  EXPECT_EQ(refusal(list, R"({"port":"Rome"})").message, "port must be one of Oslo, Genoa");
  EXPECT_EQ(refusal(list, R"({"tags":"a"})").message, "tags must be a list");
  EXPECT_EQ(refusal(list, R"({"tags":["a",1]})").message, "tags[1] must be a text");
  EXPECT_EQ(refusal(list, R"({"tags":["a\u0000"]})").subject, "tags[0]");
  EXPECT_EQ(refusal(list, "[]").message, "the request must be a JSON object");
  const StructSpec& load = spec_of<sample::LoadRequest>();
  EXPECT_EQ(refusal(load, R"({"ship_name":"A"})").message, "cargo is required");
  EXPECT_EQ(refusal(load, R"({"ship_name":"","cargo":{"name":"x"}})").message,
            "ship_name must not be empty");
  EXPECT_EQ(refusal(load, R"({"ship_name":"A","cargo":{"name":"x","kilos":-1}})").message,
            "cargo.kilos must be at least 0");
  EXPECT_EQ(refusal(load, R"({"ship_name":"A","cargo":{"name":"x","kg":1}})").subject, "cargo.kg");
  EXPECT_EQ(refusal(spec_of<sample::PlanRequest>(), R"({"file":{"given":"x"}})").message,
            "file must be a path");
  EXPECT_EQ(refusal(spec_of<Empty>(), R"({"x":1})").hint, "this takes no fields");
}

TEST(Schema, OfARequest) {
  EXPECT_EQ(
      to_text(schema_of(spec_of<sample::ListRequest>())),
      R"({"type":"object","properties":{)"
      R"("port":{"type":"string","enum":["Oslo","Genoa"],"description":"only ships in this port"},)"
      R"("limit":{"type":"integer","format":"int64","minimum":1,"maximum":100,)"
      R"("description":"rows a page","default":50},)"
      R"("late":{"type":"boolean","description":"only late ones","default":false},)"
      R"("since":{"type":"integer","format":"int64","minimum":-9007199254740991,)"
      R"("maximum":9007199254740991,)"
      R"("description":"arrived after this; UTC microseconds since 1970"},)"
      R"("tags":{"type":"array","items":{"type":"string","pattern":"^[^\\u0000]*$"},)"
      R"("description":"with all of these tags"}},)"
      R"("additionalProperties":false})");
}

TEST(Schema, OfAResultWithNestedStructs) {
  const Json schema = schema_of(spec_of<sample::LoadRequest>(), Direction::kResult);
  EXPECT_EQ(to_text(*schema.find("required")), R"(["ship_name","cargo"])");
  const Json* cargo = schema.find("properties")->find("cargo");
  EXPECT_EQ(to_text(*cargo->find("required")), R"(["name"])");
  EXPECT_EQ(to_text(*cargo->find("properties")->find("kilos")->find("minimum")), "0");
}

const FieldSpec& field(const StructSpec& spec, std::string_view name) {
  return *spec.find(name);
}

TEST(Parameters, FromText) {
  const StructSpec& list = spec_of<sample::ListRequest>();
  EXPECT_EQ(MUST(value_from_text(field(list, "limit"), "7")), Json(7));
  EXPECT_EQ(MUST(value_from_text(field(list, "late"), "yes")), Json(true));
  // 2026-11-24 is 20,781 days after 1970-01-01.
  EXPECT_EQ(MUST(value_from_text(field(list, "since"), "2026-11-24")),
            Json(std::int64_t{20'781} * 86'400 * 1'000'000));
  EXPECT_EQ(value_from_text(field(list, "limit"), "7x").error().message,
            "limit must be an integer");
  EXPECT_EQ(value_from_text(field(list, "since"), "soon").error().subject, "since");
  const StructSpec& load = spec_of<sample::LoadRequest>();
  EXPECT_EQ(MUST(value_from_text(field(load, "insured_share"), "0.25")), Json(0.25));
  EXPECT_FALSE(value_from_text(field(load, "insured_share"), "nan"));
  EXPECT_FALSE(value_from_text(field(load, "ship_name"), "\xff"));
  EXPECT_EQ(to_text(MUST(value_from_text(field(load, "cargo"), R"({"name":"x"})"))),
            R"({"name":"x"})");
  EXPECT_FALSE(value_from_text(field(load, "cargo"), "tea"));
  const FieldSpec& file = field(spec_of<sample::PlanRequest>(), "file");
  EXPECT_EQ(to_text(MUST(value_from_text(file, "a.csv", "/home/ada"))),
            R"({"given":"a.csv","root":"/home/ada/a.csv"})");
  EXPECT_EQ(to_text(MUST(value_from_text(file, "/a.csv", "/home/ada"))),
            R"({"given":"/a.csv","root":"/a.csv"})");
  FieldSpec labour{.name = "cost", .type = FieldType::kInt};
  labour.options.unit = Unit::kLabourSeconds;
  EXPECT_EQ(MUST(value_from_text(labour, "45min")), Json(2700));
  EXPECT_EQ(MUST(value_from_text(labour, "3.5 h")), Json(12600));
  EXPECT_EQ(MUST(value_from_text(labour, "90")), Json(90));
  EXPECT_FALSE(value_from_text(labour, "3 days"));
}

TEST(Parameters, FromPairs) {
  const StructSpec& list = spec_of<sample::ListRequest>();
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(
      to_text(MUST(params_from_texts(list, Pairs{{"tags", "a"}, {"limit", "5"}, {"tags", "b"}}))),
      R"({"tags":["a","b"],"limit":5})");
  EXPECT_EQ(params_from_texts(list, Pairs{{"limit", "5"}, {"limit", "6"}}).error().message,
            "limit is given twice");
  EXPECT_EQ(params_from_texts(list, Pairs{{"tag", "5"}}).error().hint, "did you mean tags?");
}

}  // namespace
}  // namespace solvent::op
