/// Every function against scipy, statsmodels and scikit-learn: oracle/oracle.json, written by
/// oracle/generate.py.
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "stats/association.h"
#include "stats/distributions.h"
#include "stats/effect_sizes.h"

namespace solvent::stats {
namespace {

std::vector<double> reals(const Json& list) {
  std::vector<double> out;
  for (const auto& item : list.array()) out.push_back(item.number());
  return out;
}
std::vector<std::int64_t> ints(const Json& list) {
  std::vector<std::int64_t> out;
  for (const auto& item : list.array()) out.push_back(item.integer());
  return out;
}

/// x is [values, counts, values, counts].
struct TwoSamples {
  explicit TwoSamples(const Json& x)
      : values_a(reals(x.array()[0])),
        counts_a(ints(x.array()[1])),
        values_b(reals(x.array()[2])),
        counts_b(ints(x.array()[3])) {}
  Sample a() const { return {values_a, counts_a}; }
  Sample b() const { return {values_b, counts_b}; }
  std::vector<double> values_a;
  std::vector<std::int64_t> counts_a;
  std::vector<double> values_b;
  std::vector<std::int64_t> counts_b;
};

/// x is [counts, rows, columns].
struct Table {
  explicit Table(const Json& x)
      : counts(ints(x.array()[0])),
        rows(static_cast<std::size_t>(x.array()[1].integer())),
        columns(static_cast<std::size_t>(x.array()[2].integer())) {}
  Contingency view() const { return {counts, rows, columns}; }
  std::vector<std::int64_t> counts;
  std::size_t rows, columns;
};

std::vector<double> all(const Estimate& e) {
  return {e.value, e.low, e.high};
}

using Function = std::function<std::vector<double>(const Json& x)>;

std::map<std::string, Function> functions() {
  auto one = [](double (*f)(double)) -> Function {
    return [f](const Json& x) { return std::vector{f(reals(x)[0])}; };
  };
  auto two = [](double (*f)(double, double)) -> Function {
    return [f](const Json& x) { return std::vector{f(reals(x)[0], reals(x)[1])}; };
  };
  auto three = [](double (*f)(double, double, double)) -> Function {
    return [f](const Json& x) { return std::vector{f(reals(x)[0], reals(x)[1], reals(x)[2])}; };
  };
  auto samples = [](auto f) -> Function {
    return [f](const Json& x) {
      const TwoSamples s(x);
      return std::vector<double>{f(s.a(), s.b())};
    };
  };
  auto categories = [](auto f) -> Function {
    return [f](const Json& x) {
      return std::vector<double>{f(ints(x.array()[0]), ints(x.array()[1]))};
    };
  };
  auto table = [](auto f) -> Function { return [f](const Json& x) { return f(Table(x).view()); }; };
  using CountsOf = const std::vector<std::int64_t>&;
  return {
      {"normal_cdf", one(normal_cdf)},
      {"normal_quantile", one(normal_quantile)},
      {"student_t_cdf", two(student_t_cdf)},
      {"student_t_quantile", two(student_t_quantile)},
      {"chi_square_cdf", two(chi_square_cdf)},
      {"chi_square_tail", two(chi_square_tail)},
      {"chi_square_quantile", two(chi_square_quantile)},
      {"noncentral_chi_square_cdf", three(noncentral_chi_square_cdf)},
      {"kolmogorov_tail", one(kolmogorov_tail)},
      {"beta_i", three(beta_i)},
      {"ks_p_value", three(ks_p_value)},
      {"ks_distance", samples([](Sample a, Sample b) { return ks_distance(a, b).value; })},
      {"wasserstein1", samples([](Sample a, Sample b) { return wasserstein1(a, b); })},
      {"auc", samples([](Sample a, Sample b) { return auc(a, b).value; })},
      {"cliffs_delta",
       [](const Json& x) {
         const TwoSamples s(x);
         return all(cliffs_delta(s.a(), s.b()));
       }},
      {"cohens_d",
       [](const Json& x) {
         const auto v = reals(x);
         return std::vector{cohens_d(v[0], v[1], v[2], v[3], v[4], v[5]).value};
       }},
      {"total_variation",
       categories([](CountsOf a, CountsOf b) { return total_variation(a, b).value; })},
      {"jensen_shannon", categories([](CountsOf a, CountsOf b) { return jensen_shannon(a, b); })},
      {"population_stability",
       categories([](CountsOf a, CountsOf b) { return population_stability(a, b); })},
      {"chi_square_test", table([](const Contingency& t) {
         const auto c = chi_square_test(t);
         return std::vector{c.statistic, c.degrees, c.p_value};
       })},
      {"cramers_v", table([](const Contingency& t) { return all(cramers_v(t)); })},
      {"cramers_v_corrected",
       table([](const Contingency& t) { return std::vector{cramers_v_corrected(t)}; })},
      {"normalized_mutual_information",
       table([](const Contingency& t) { return std::vector{normalized_mutual_information(t)}; })},
      {"majority_rule", table([](const Contingency& t) {
         const auto rule = majority_rule(t);
         return std::vector{rule.accuracy.value, rule.baseline};
       })},
      {"wilson", [](const Json& x) { return all(wilson(reals(x)[0], reals(x)[1])); }},
      {"proportion_difference",
       [](const Json& x) {
         const auto v = reals(x);
         return all(proportion_difference(v[0], v[1], v[2], v[3]));
       }},
      {"pearson", [](const Json& x) { return all(pearson(reals(x)[0], reals(x)[1])); }},
  };
}

/// Far tails are compared by their ratio, the rest by their difference.
void expect_close(double got, double want, const std::string& what) {
  const double size = std::abs(want);
  EXPECT_NEAR(got, want, size < 1e-10 ? 1e-8 * size + 1e-16 : 1e-10 + 1e-9 * size) << what;
}

TEST(Oracle, agrees_with_scipy_statsmodels_and_scikit_learn) {
  const Json cases = MUST(parse_json(MUST(read_file(posix_files(), SOLVENT_STATS_ORACLE))));
  const auto table = functions();
  std::map<std::string, int> seen;
  for (const auto& item : cases.array()) {
    const std::string name = item.find("f")->string();
    const Json& x = *item.find("x");
    const auto want = reals(*item.find("y"));
    ASSERT_TRUE(table.contains(name)) << name;
    ++seen[name];
    const auto got = table.at(name)(x);
    ASSERT_EQ(got.size(), want.size()) << name;
    for (std::size_t i = 0; i < want.size(); ++i)
      expect_close(got[i], want[i], name + to_text(x) + " [" + std::to_string(i) + "]");
  }
  EXPECT_EQ(seen.size(), table.size());  // every function has its cases
}

}  // namespace
}  // namespace solvent::stats
