/// Foreign bytes through format detection and the CSV scanner, whole and in small pieces: the two
/// must agree on what is accepted and on every figure.
#include <cstdlib>

#include "table/csv_scanner.h"
#include "table/file_format.h"

namespace {

using namespace solvent;
using namespace solvent::table;

Result<CsvShape> scan(std::string_view bytes, std::size_t first, std::size_t piece) {
  CsvScanner scanner({.columns_max = 64, .field_bytes_max = 4096, .record_bytes_max = 8192}, "f");
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = at == 0 ? first : piece;
    TRY(scanner.feed(bytes.substr(at, size)));
    at += size;
  }
  return scanner.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"f", "f.csv", "f.json", "f.parquet"})
    (void)format_of(bytes, bytes.substr(size < 8 ? 0 : size - 8), name);
  constexpr std::size_t kSample = 64 << 10;
  const auto whole = scan(bytes, kSample, kSample);
  const auto cut = scan(bytes, kSample, 3);
  if (whole.has_value() != cut.has_value()) std::abort();
  if (whole && (whole->rows != cut->rows || whole->types != cut->types)) std::abort();
  if (whole && whole->names.size() != whole->types.size()) std::abort();
  return 0;
}
