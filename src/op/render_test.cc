#include "op/render.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "op/sample_operations.h"

namespace solvent::op {
namespace {

FieldSpec field(FieldType type, Unit unit) {
  FieldSpec spec{.name = "x", .type = type};
  spec.options.unit = unit;
  return spec;
}

std::string show(const Json& value, Unit unit, std::string_view currency = "") {
  const FieldType type = value.is_int()      ? FieldType::kInt
                         : value.is_double() ? FieldType::kNumber
                                             : FieldType::kString;
  return render_value(value, field(type, unit), currency);
}

TEST(RenderValue, ByUnit) {
  const std::int64_t day = std::int64_t{20'781} * kDayUs;  // 2026-11-24
  EXPECT_EQ(show(day, Unit::kTime), "2026-11-24");
  EXPECT_EQ(show(day + 2 * kHourUs + 7 * 60 * kSecondUs + 27 * kSecondUs, Unit::kTime),
            "2026-11-24 02:07");
  EXPECT_EQ(show(0, Unit::kTime), "-");
  EXPECT_EQ(show(12'600, Unit::kLabourSeconds), "3.5 h");
  EXPECT_EQ(show(3'708'000, Unit::kMoneyMinor, "EUR"), "€37,080");
  EXPECT_EQ(show(3'708'000, Unit::kMoneyMinor), "3,708,000");
  EXPECT_EQ(show(1'536, Unit::kBytes), "1.5 KiB");
  EXPECT_EQ(show(0.045, Unit::kRatio), "4.5%");
  EXPECT_EQ(show(1.0, Unit::kRatio), "100%");
  EXPECT_EQ(show(850, Unit::kDurationUs), "850 µs");
  EXPECT_EQ(show(12'400, Unit::kDurationUs), "12 ms");
  EXPECT_EQ(show(3'240'000, Unit::kDurationUs), "3.2 s");
  EXPECT_EQ(show(240'000'000, Unit::kDurationUs), "4 min");
  EXPECT_EQ(show(std::string(64, 'a'), Unit::kDigest), std::string(12, 'a'));
  EXPECT_EQ(show("hunter2", Unit::kSecret), "(set)");
  EXPECT_EQ(show(2013, Unit::kNone), "2013");
  EXPECT_EQ(show(336'776, Unit::kNone), "336,776");
  EXPECT_EQ(show(std::int64_t{INT64_MIN}, Unit::kNone), "-9,223,372,036,854,775,808");
  EXPECT_EQ(show(0.1234567, Unit::kNone), "0.123457");
  EXPECT_EQ(render_value(Json(true), field(FieldType::kBool, Unit::kNone), ""), "yes");
}

TEST(RenderValue, ForeignTextCannotDriveTheTerminal) {
  EXPECT_EQ(show("a\x1b[31mred\nb\x7f\xc2\x9b", Unit::kNone),
            "a\xef\xbf\xbd[31mred b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(show("ok\xff", Unit::kNone), "ok\xef\xbf\xbd");
}

Json ships() {
  return MUST(parse_json(R"({"total":2,"currency":"EUR","ships":[
    {"name":"Ada","tons":12000,"arrived":1795478400000000,"full":0.5,"price":3708000,"owner":"K"},
    {"name":"Gräfin von Ahlefeldt-Laurvig","tons":7,"arrived":0,"full":0.125,"price":0,
     "owner":"L"}]})"));
}

// Columns by hand: name is 28 wide, tons 6 ("12,000"), arrived 10, full 5 ("12.5%"), price 7.
TEST(Render, ScalarsThenTable) {
  EXPECT_EQ(render(ships(), spec_of<sample::ShipList>(), {.width = 0}),
            "total:     2\n"
            "currency:  EUR\n"
            "\n"
            "ships\n"
            "name                            tons  arrived      full    price\n"
            "Ada                           12,000  2026-11-24    50%  €37,080\n"
            "Gräfin von Ahlefeldt-Laurvig       7  -           12.5%       €0\n");
}

TEST(Render, NarrowCutsTextsAndWideAddsColumns) {
  // 28 columns too many at 36 = 64 - 28; name gives 20, the least is 8, and numbers stay whole.
  const std::string narrow = render(ships(), spec_of<sample::ShipList>(), {.width = 44});
  EXPECT_NE(narrow.find("Gräfin …       7  -           12.5%       €0\n"), std::string::npos)
      << narrow;
  for (const std::string_view line : split_lines(narrow)) EXPECT_LE(display_width(line), 44u);
  const std::string wide = render(ships(), spec_of<sample::ShipList>(), {.width = 0, .wide = true});
  EXPECT_NE(wide.find("price  owner\n"), std::string::npos) << wide;
}

TEST(Render, EveryWidthHolds) {
  for (std::size_t width = 1; width < 90; ++width) {
    const std::string text = render(ships(), spec_of<sample::ShipList>(), {.width = width});
    for (const std::string_view line : split_lines(text)) {
      EXPECT_TRUE(is_valid_utf8(line));
      EXPECT_LE(display_width(line), std::max<std::size_t>(width, 44));
    }
  }
}

TEST(Render, NothingToShow) {
  EXPECT_EQ(render(MUST(parse_json(R"({"total":0,"ships":[]})")), spec_of<sample::ShipList>(), {}),
            "total:  0\n\nships\n(none)\n");
  EXPECT_EQ(render(Json(JsonObject()), spec_of<Empty>(), {}), "");
}

TEST(Render, NestedStructsAreIndented) {
  EXPECT_EQ(render(MUST(parse_json(
                       R"({"ship_name":"Ada","cargo":{"name":"tea","kilos":3},"dry_run":true})")),
                   spec_of<sample::LoadRequest>(), {}),
            "ship name:  Ada\n"
            "dry run:    yes\n"
            "\n"
            "cargo\n"
            "  name:   tea\n"
            "  kilos:  3\n");
}

TEST(Render, ColourOnlyWhenAsked) {
  EXPECT_EQ(render(ships(), spec_of<sample::ShipList>(), {}).find('\x1b'), std::string::npos);
  EXPECT_NE(render(ships(), spec_of<sample::ShipList>(), {.colour = true}).find("\x1b[1mtotal:"),
            std::string::npos);
}

}  // namespace
}  // namespace solvent::op
