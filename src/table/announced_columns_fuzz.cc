/// Foreign bytes as a Parquet footer and as JSON, whole and byte by byte: the two must agree.
#include "table/announced_columns.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)solvent::table::parquet_columns(bytes);
  solvent::table::JsonShape whole, cut;
  whole.feed(bytes);
  for (std::size_t at = 0; at < size; ++at) cut.feed(bytes.substr(at, 1));
  if (whole.members() != cut.members() || whole.deepest() != cut.deepest()) std::abort();
  return 0;
}
