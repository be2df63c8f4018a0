/// A foreign profile document: parsed or refused; what parses survives a trip through JSON
/// unchanged, and merges with itself or is refused.
#include <cstdlib>

#include "profile/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  const auto json = parse_json({reinterpret_cast<const char*>(data), size});
  if (!json) return 0;
  const auto first = from_json<profile::TableProfile>(*json);
  if (!first) return 0;
  const std::string text = to_text(to_json(*first));
  const auto second = from_json<profile::TableProfile>(MUST(parse_json(text)));
  if (!second || to_text(to_json(*second)) != text) std::abort();
  (void)profile::merge(*first, *second);
  for (const auto& column : first->columns) {
    (void)column.quantiles.quantile(0.5);
    (void)column.quantiles.cdf(0);
    (void)column.moments.kurtosis();
  }
  return 0;
}
