#include "op/parameters.h"

#include <gtest/gtest.h>

namespace solvent::op {
namespace {

struct Inner {
  LocalFile file;
  static constexpr std::string_view kName = "Inner";
  template <class V>
  void describe(V& v) {
    v.field("file", file, "file");
  }
};

struct Outer {
  std::vector<LocalTree> trees;
  Inner inner;
  std::string text;
  static constexpr std::string_view kName = "Outer";
  template <class V>
  void describe(V& v) {
    v.field("trees", trees, "trees");
    v.field("inner", inner, "inner");
    v.field("text", text, "text");
  }
};

TEST(NamedAsGiven, SpeaksOfFilesAndTreesAsTheCallerDoes) {
  const Json params = MUST(parse_json(R"({
    "trees": [{"root": "/srv/up/1/tree", "given": "project"}, {"root": "/", "given": "all"}],
    "inner": {"file": {"root": "/srv/up/2/tree/a.csv", "given": "data/a.csv"}},
    "text": "/srv/up/3"})"));
  const Error error = named_as_given({Code::kInvalidArgument, "cannot read /srv/up/1/tree/x.py",
                                      "chmod +r /srv/up/2/tree/a.csv", "/srv/up/2/tree/a.csv"},
                                     params, spec_of<Outer>());
  EXPECT_EQ(error.message, "cannot read project/x.py");
  EXPECT_EQ(error.hint, "chmod +r data/a.csv");
  EXPECT_EQ(error.subject, "data/a.csv");
  EXPECT_EQ(named_as_given({Code::kNotFound, "/srv/up/3/x"}, params, spec_of<Outer>()).message,
            "/srv/up/3/x");
}

}  // namespace
}  // namespace solvent::op
