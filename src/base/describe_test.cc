#include "base/describe.h"

#include <gtest/gtest.h>

namespace solvent {
namespace {

struct Point {
  std::int64_t x = 0;
  double y = 0;
  static constexpr std::string_view kName = "Point";
  template <class V>
  void describe(V& v) {
    v.field("x", x, "across", {.min = -5, .max = 5});
    v.field("y", y, "up");
  }
};

struct Everything {
  bool flag = true;
  std::string name, mode = "fast";
  std::optional<std::string> note;
  std::vector<Point> points;
  std::optional<Point> centre;
  Json extra;
  LocalFile file;
  template <class V>
  void describe(V& v) {
    v.field("flag", flag, "");
    v.field("name", name, "its name");
    v.field("mode", mode, "", {.choices = {"fast", "slow"}});
    v.field("note", note, "");
    v.field("points", points, "");
    v.field("centre", centre, "");
    v.field("extra", extra, "");
    v.field("file", file, "");
  }
};

Error error_of_json(std::string_view json) {
  auto read = from_json<Everything>(MUST(parse_json(json)));
  EXPECT_FALSE(read) << json;
  return read ? Error{} : read.error();
}

TEST(Describe, RoundTrip) {
  const std::string text =
      R"({"flag":false,"name":"n","mode":"slow","note":"","points":[{"x":1,"y":0.5}],)"
      R"("centre":{"x":-5,"y":2.0},"extra":[1,{"k":null}],"file":"a.csv"})";
  const Everything value = MUST(from_json<Everything>(MUST(parse_json(text))));
  EXPECT_EQ(value.points.at(0).y, 0.5);
  EXPECT_EQ(value.centre->x, -5);
  EXPECT_EQ(value.file.given, "a.csv");
  EXPECT_EQ(to_text(to_json(value)), text);
}

TEST(Describe, AbsentKeepsTheDefault) {
  const Everything value = MUST(from_json<Everything>(MUST(parse_json(R"({"note":null})"))));
  EXPECT_TRUE(value.flag);
  EXPECT_EQ(value.mode, "fast");
  EXPECT_FALSE(value.note);
  EXPECT_FALSE(value.centre);
  const Point whole = MUST(from_json<Point>(MUST(parse_json(R"({"x":3.0,"y":4})"))));
  EXPECT_EQ(whole.x, 3);
  EXPECT_EQ(whole.y, 4.0);
}

TEST(Describe, ErrorsNameThePath) {
  EXPECT_EQ(error_of_json(R"({"flag":1})").message, "flag must be true or false");
  EXPECT_EQ(error_of_json(R"({"mode":"quick"})").message, "mode must be one of fast, slow");
  EXPECT_EQ(error_of_json(R"({"points":[{"x":1},{"x":6}]})").message,
            "points[1].x must be at most 5");
  EXPECT_EQ(error_of_json(R"({"points":[{"x":1},{"x":6}]})").subject, "points[1].x");
  EXPECT_EQ(error_of_json(R"({"centre":{"z":1}})").subject, "centre.z");
  EXPECT_EQ(error_of_json(R"({"centre":{"x":1.5}})").message, "centre.x must be an integer");
  EXPECT_EQ(error_of_json(R"({"centre":3})").message, "centre must be an object");
  EXPECT_EQ(error_of_json(R"({"points":{}})").message, "points must be a list");
  EXPECT_EQ(error_of_json(R"({"nmae":"x"})").message,
            "nmae is not a known field; did you mean name?");
  EXPECT_EQ(error_of_json("[]").message, "must be a JSON object");
  EXPECT_EQ(error_of_json(R"({"file":3})").message, "file must be a path");
}

TEST(Describe, Spec) {
  const StructSpec& spec = spec_of<Everything>();
  EXPECT_EQ(spec_of<Point>().name, "Point");
  EXPECT_EQ(spec.name, "Anonymous");
  EXPECT_FALSE(spec.find("name")->optional);
  EXPECT_TRUE(spec.find("mode")->optional);
  EXPECT_EQ(spec.find("mode")->default_value, Json("fast"));
  EXPECT_TRUE(spec.find("points")->list);
  EXPECT_EQ(spec.find("points")->nested, &spec_of<Point>());
  EXPECT_TRUE(spec.find("centre")->optional);
  EXPECT_EQ(spec.find("file")->type, FieldType::kLocalFile);
  EXPECT_EQ(spec.find("nothing"), nullptr);
}

}  // namespace
}  // namespace solvent
