#include "profile/profile.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "profile/distinct.h"
#include "profile/frequent.h"
#include "profile/hash.h"

namespace solvent::profile {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

ColumnProfile profile_reals(const std::vector<double>& values, Limits limits = {}) {
  ProfileBuilder builder({{"x", ColumnType::kReal}}, limits);
  const ColumnSpan span{.type = ColumnType::kReal, .reals = values};
  builder.add({&span, 1});
  return builder.finish().columns[0];
}

ColumnProfile profile_ints(ColumnType type, const std::vector<std::int64_t>& values,
                           const std::vector<std::uint8_t>& valid = {}, Limits limits = {}) {
  ProfileBuilder builder({{"x", type}}, limits);
  const ColumnSpan span{.type = type, .integers = values, .valid = valid};
  builder.add({&span, 1});
  return builder.finish().columns[0];
}

ColumnProfile profile_texts(const std::vector<std::string>& values, Limits limits = {}) {
  ProfileBuilder builder({{"x", ColumnType::kText}}, limits);
  const std::vector<std::string_view> views(values.begin(), values.end());
  const ColumnSpan span{.type = ColumnType::kText, .texts = views};
  builder.add({&span, 1});
  return builder.finish().columns[0];
}

std::int64_t count_of(const std::vector<ValueCount>& counts, std::string_view value) {
  for (const auto& c : counts)
    if (c.value == value) return c.count;
  return 0;
}

TEST(ProfileBuilder, counts_what_numbers_are) {
  const auto p = profile_reals({1.5, -0.0, 0.0, kNan, kInfinity, -kInfinity, -2, 1.5});
  EXPECT_EQ(p.type, "real");
  EXPECT_EQ(p.rows, 8);
  EXPECT_EQ(p.nulls, 0);
  EXPECT_EQ(p.nans, 1);
  EXPECT_EQ(p.infinities, 2);
  EXPECT_EQ(p.zeros, 2);
  EXPECT_EQ(p.negatives, 1);  // −0.0 is zero, and −∞ is no number of the column
  EXPECT_EQ(p.min, -2);
  EXPECT_EQ(p.max, 1.5);
  EXPECT_EQ(p.distinct, 3);
  EXPECT_TRUE(p.distinct_exact);
  EXPECT_EQ(p.quantiles.values, (std::vector<double>{-2, 0, 1.5}));
  EXPECT_EQ(p.quantiles.counts, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_TRUE(p.quantiles.exact);
  EXPECT_TRUE(p.top_complete);
  EXPECT_EQ(p.top[0].value, "0");
  EXPECT_EQ(p.top[0].count, 2);
  EXPECT_EQ(p.top[2].value, "-2");
  EXPECT_DOUBLE_EQ(p.moments.mean, 0.2);
}

TEST(ProfileBuilder, leaves_nulls_out_of_everything_but_their_count) {
  const auto p = profile_ints(ColumnType::kInt, {5, 99, 7}, {1, 0, 1});
  EXPECT_EQ(p.rows, 3);
  EXPECT_EQ(p.nulls, 1);
  EXPECT_EQ(p.max, 7);
  EXPECT_EQ(p.distinct, 2);
  EXPECT_EQ(p.moments.n, 2);
}

TEST(ProfileBuilder, writes_values_of_each_type_in_their_own_words) {
  EXPECT_EQ(profile_ints(ColumnType::kBool, {1, 1, 0}).top[0].value, "true");
  EXPECT_EQ(profile_ints(ColumnType::kDate, {1'357'344'000'000'000}).top[0].value, "2013-01-05");
  EXPECT_EQ(profile_ints(ColumnType::kTime, {1'357'362'000'000'000}).top[0].value,
            "2013-01-05T05:00:00.000000Z");
  EXPECT_EQ(profile_ints(ColumnType::kInt, {-3}).top[0].value, "-3");
  EXPECT_EQ(profile_reals({0.1}).top[0].value, "0.1");
}

/// 2⁵³ and 2⁵³ + 1 are one double but two integers.
TEST(ProfileBuilder, keeps_large_integers_apart) {
  const std::int64_t big = std::int64_t{1} << 53;
  const auto p = profile_ints(ColumnType::kInt, {big, big + 1, big + 1, INT64_MIN, INT64_MAX});
  EXPECT_EQ(p.distinct, 4);
  EXPECT_EQ(count_of(p.top, "9007199254740993"), 2);
  EXPECT_EQ(count_of(p.top, "-9223372036854775808"), 1);
  EXPECT_EQ(p.quantiles.n(), 5);
  EXPECT_FALSE(p.distinct_state.empty());
}

TEST(ProfileBuilder, describes_texts) {
  const auto p = profile_texts({"N14228", "N24211", "", "n/a", "12", "Café", "N14228"});
  EXPECT_EQ(p.rows, 7);
  EXPECT_EQ(p.empty_texts, 1);
  EXPECT_EQ(p.distinct, 6);
  EXPECT_EQ(p.top[0].value, "N14228");
  EXPECT_EQ(p.top[0].count, 2);
  EXPECT_TRUE(p.top_complete);
  EXPECT_EQ(p.min_text, "");
  EXPECT_EQ(p.max_text, "n/a");
  EXPECT_EQ(count_of(p.patterns, "a9"), 3);
  EXPECT_EQ(count_of(p.patterns, "a/a"), 1);
  EXPECT_EQ(count_of(p.parsed_types, "text"), 4);
  EXPECT_EQ(count_of(p.parsed_types, "int"), 1);
  EXPECT_EQ(count_of(p.parsed_types, "sentinel"), 1);
  EXPECT_EQ(count_of(p.parsed_types, "empty"), 1);
  EXPECT_EQ(p.text_length.n, 7);
  EXPECT_NEAR(p.text_length.mean, (6 + 6 + 0 + 3 + 2 + 4 + 6) / 7.0, 1e-12);
}

TEST(ProfileBuilder, shows_long_and_foreign_texts_by_a_prefix_and_their_hash) {
  const std::string first = std::string(300, 'x') + "1", second = std::string(300, 'x') + "2";
  const auto p = profile_texts({first, second, first, "\xff\xfe", "\xff\xfd"});
  EXPECT_EQ(p.distinct, 4);
  ASSERT_EQ(p.top.size(), 4u);
  EXPECT_EQ(p.top[0].count, 2);
  EXPECT_TRUE(p.top[0].value.starts_with(std::string(200, 'x') + "…#"));
  for (const auto& v : p.top) EXPECT_LT(v.value.size(), 256u);
  EXPECT_NE(p.top[2].value, p.top[3].value);
  EXPECT_FALSE(p.distinct_state.empty());  // the shown forms do not hash to the originals
  EXPECT_TRUE(parse_json(to_text(to_json(p))).has_value());
}

TEST(ProfileBuilder, bounds_distinct_reals_and_states_each_error) {
  SeededRandom random(3);
  std::vector<double> values;
  for (int i = 0; i < 200'000; ++i) values.push_back(static_cast<double>(random.next() >> 11));
  for (int i = 0; i < 50'000; ++i) values.push_back(42);
  const auto p = profile_reals(values);
  EXPECT_FALSE(p.distinct_exact);
  EXPECT_NEAR(static_cast<double>(p.distinct), 200'001, 4 * p.distinct_error * 200'001);
  EXPECT_FALSE(p.quantiles.exact);
  EXPECT_LE(p.quantiles.values.size(), 2048u);
  EXPECT_EQ(p.top[0].value, "42");
  EXPECT_LE(p.top[0].count, 50'000);
  EXPECT_GE(p.top[0].count + p.top_error, 50'000);
  EXPECT_FALSE(p.top_complete);
  EXPECT_LE(p.top_error, 2 * 250'000 / 8'192 + 1);
}

TEST(ProfileBuilder, bounds_distinct_texts) {
  std::vector<std::string> values;
  for (int i = 0; i < 100'000; ++i) values.push_back("id" + std::to_string(i));
  for (int i = 0; i < 30'000; ++i) values.push_back("often");
  const auto p = profile_texts(values);
  EXPECT_FALSE(p.distinct_exact);
  EXPECT_NEAR(static_cast<double>(p.distinct), 100'001, 4 * p.distinct_error * 100'001);
  EXPECT_EQ(p.top[0].value, "often");
  EXPECT_LE(p.top[0].count, 30'000);
  EXPECT_GE(p.top[0].count + p.top_error, 30'000);
  EXPECT_EQ(count_of(p.patterns, "a9"), 100'000);
  EXPECT_EQ(count_of(p.parsed_types, "text"), 130'000);
}

TEST(ProfileBuilder, gives_wide_tables_fewer_exact_values) {
  Limits limits;
  limits.memory_bytes_max = 64 * 100;  // a hundred values in all
  const auto p = profile_reals({[] {
                                 std::vector<double> v;
                                 for (int i = 0; i < 101; ++i) v.push_back(i);
                                 return v;
                               }()},
                               limits);
  EXPECT_FALSE(p.distinct_exact);
}

TEST(ProfileBuilder, of_no_rows_and_of_no_columns_is_a_profile) {
  ProfileBuilder none({});
  none.add({});
  EXPECT_EQ(none.finish().rows, 0);
  ProfileBuilder empty({{"a", ColumnType::kInt}, {"b", ColumnType::kText}});
  const auto p = empty.finish();
  EXPECT_EQ(p.rows, 0);
  EXPECT_EQ(p.columns[1].distinct, 0);
  EXPECT_TRUE(p.columns[0].top_complete);
  EXPECT_TRUE(std::isnan(p.columns[0].quantiles.quantile(0.5)));
}

TEST(ProfileBuilder, pairs_the_numeric_columns_only) {
  ProfileBuilder builder({{"a", ColumnType::kInt},
                          {"t", ColumnType::kText},
                          {"b", ColumnType::kBool},
                          {"d", ColumnType::kDate},
                          {"r", ColumnType::kReal}});
  const auto p = builder.finish();
  ASSERT_EQ(p.comoments.size(), 3u);
  EXPECT_EQ(p.comoments[0].b, 2);
  EXPECT_EQ(p.comoments[1].b, 4);
  EXPECT_EQ(p.comoments[2].a, 2);
}

TEST(TableProfile, is_the_same_after_a_trip_through_json) {
  ProfileBuilder builder({{"n", ColumnType::kReal}, {"t", ColumnType::kText}});
  const std::vector<double> numbers = {0.1, kNan, 3e300, -1e-300};
  const std::vector<std::string_view> texts = {"a", "\"quoted\"", "", "日本"};
  const ColumnSpan spans[] = {{.type = ColumnType::kReal, .reals = numbers},
                              {.type = ColumnType::kText, .texts = texts}};
  builder.add(spans);
  const auto profile = builder.finish();
  const std::string text = to_text(to_json(profile));
  const auto back = MUST(from_json<TableProfile>(MUST(parse_json(text))));
  EXPECT_EQ(to_text(to_json(back)), text);
  EXPECT_EQ(back.columns[0].quantiles.values, profile.columns[0].quantiles.values);
  ASSERT_NE(back.find("t"), nullptr);
  EXPECT_EQ(back.find("none"), nullptr);
}

TEST(TableProfile, schema_digest_depends_on_names_types_and_order) {
  using C = ProfileBuilder::Column;
  auto digest = [](std::vector<C> columns) {
    return ProfileBuilder(std::move(columns)).finish().schema_digest;
  };
  const C a{"a", ColumnType::kInt}, b{"b", ColumnType::kText}, real_a{"a", ColumnType::kReal};
  EXPECT_EQ(digest({a, b}), digest({a, b}));
  EXPECT_NE(digest({a, b}), digest({b, a}));
  EXPECT_NE(digest({a, b}), digest({real_a, b}));
  EXPECT_NE(digest({a}), digest({a, b}));
}

/// The first is SplitMix64's published first output for seed 0; the rest come from a Python
/// transcription of hash.h with unbounded integers.
TEST(Hash, is_pinned) {
  EXPECT_EQ(hash_int(0), 0xe220a8397b1dcdafu);
  EXPECT_EQ(hash_int(1), 0x910a2dec89025cc1u);
  EXPECT_EQ(hash_int(-1), 0xe4d971771b652c20u);
  EXPECT_EQ(hash_real(1.5), 0xd6dab18e1392608au);
  EXPECT_EQ(hash_real(kNan), 0xc72971d82e15bb46u);
  EXPECT_EQ(hash_real(-kNan), hash_real(kNan));
  EXPECT_EQ(hash_real(-0.0), hash_real(0.0));
  EXPECT_EQ(hash_text(""), 0x9a7c87362523bcd0u);
  EXPECT_EQ(hash_text("a"), 0xa64e64b6ba944b37u);
  EXPECT_EQ(hash_text("N14228"), 0x1203b6e3dcc3607au);
  EXPECT_EQ(hash_text("Café au lait, 12345"), 0x48e20800c7b977u);
}

TEST(HyperLogLog, stays_within_four_standard_errors_from_one_to_a_million) {
  HyperLogLog sketch;
  EXPECT_EQ(sketch.estimate(), 0);
  std::int64_t next = 1;
  for (std::int64_t i = 1; i <= 1'000'000; ++i) {
    sketch.add(hash_int(i));
    if (i != next) continue;
    const auto n = static_cast<double>(i);
    EXPECT_NEAR(sketch.estimate(), n, std::max(0.5, 4 * HyperLogLog::kError * n)) << i;
    next = next * 3 + 1;
  }
}

TEST(DistinctState, survives_text_and_refuses_nonsense) {
  for (std::size_t n : {0u, 1u, 16'384u, 16'385u}) {
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < n; ++i) hashes.push_back(hash_int(static_cast<std::int64_t>(i)));
    const DistinctState state(hashes);
    EXPECT_EQ(state.exact(), n <= 16'384);
    const auto back = MUST(DistinctState::parse(state.text()));
    EXPECT_EQ(back.count(), state.count());
    EXPECT_EQ(back.exact(), state.exact());
  }
  for (const char* bad : {"", "x", "set:####", "set:YWJj", "hll12:AAAA"})
    EXPECT_FALSE(DistinctState::parse(bad).has_value()) << bad;
  EXPECT_FALSE(HyperLogLog::from_registers(std::string(4096, '\x7f')).has_value());
}

TEST(TopList, says_what_the_unlisted_can_have) {
  const auto top = top_list({{"a", 5}, {"b", 9}, {"c", 5}, {"d", 2}}, 1, 2);
  ASSERT_EQ(top.values.size(), 2u);
  EXPECT_EQ(top.values[0].value, "b");
  EXPECT_EQ(top.values[1].value, "a");
  EXPECT_EQ(top.error, 1);
  EXPECT_EQ(top.floor, 6);  // c: 5 counted, perhaps one more
  EXPECT_FALSE(top.complete);
}

}  // namespace
}  // namespace solvent::profile
