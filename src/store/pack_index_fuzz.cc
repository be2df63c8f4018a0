// Pack headers, footers, indexes and recipes are read from disks that may hold anything.
#include "store/pack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  using namespace solvent::store;
  const ByteView bytes(data, size);
  (void)parse_recipe(bytes);
  (void)check_pack_header(bytes);
  if (size < kPackFooterBytes) return 0;
  const auto footer = parse_pack_footer(bytes.last(kPackFooterBytes), size);
  if (footer) {
    (void)parse_pack_index(
        bytes.subspan(footer->index_offset, size - kPackFooterBytes - footer->index_offset),
        *footer);
  }
  // Past the digests, which a fuzzer cannot guess: the entries themselves under a right one.
  std::vector<PackEntry> entries;
  for (std::size_t at = 0; at + 9 <= size && entries.size() < 64; at += 9) {
    PackEntry entry;
    entry.digest.bytes[0] = data[at];
    entry.kind = static_cast<Kind>(data[at + 1] % 5);
    entry.length = static_cast<std::uint32_t>(data[at + 2] << 8 | data[at + 3]);
    entry.offset = static_cast<std::uint64_t>(data[at + 4]) << 56;
    entry.offset |= static_cast<std::uint64_t>(data[at + 5]) << 8 | data[at + 6];
    entries.push_back(entry);
  }
  Digest digest;
  const std::uint64_t index_offset = 16 + (data[0] << 8 | data[1]);
  const std::string tail = pack_tail(entries, index_offset, digest);
  const ByteView view = as_bytes(tail);
  const std::uint64_t pack_bytes = index_offset + tail.size();
  const auto forged = parse_pack_footer(view.last(kPackFooterBytes), pack_bytes);
  if (forged) (void)parse_pack_index(view.first(view.size() - kPackFooterBytes), *forged);
  return 0;
}
