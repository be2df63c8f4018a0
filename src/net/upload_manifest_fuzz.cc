// A manifest from anybody who may upload: whatever it lists, nothing is made but folders and empty
// files below the upload's own, and what is missing is what it listed.
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "base/bytes.h"
#include "net/uploads.h"

namespace {

using namespace solvent;
namespace fs = std::filesystem;

/// Beside the upload's folder there is that of kept contents, and nothing else, above neither.
void check_made(const TempDirectory& around, const std::string& upload) {
  for (const auto& entry : fs::recursive_directory_iterator(around.path())) {
    const std::string below = entry.path().string().substr(around.path().size());
    ASSERT(below == "/uploads" || below == "/uploads/kept" || below.starts_with(upload));
    ASSERT(entry.is_directory() || (entry.is_regular_file() && entry.file_size() == 0));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = parse_json(as_text({data, size}));
  if (!manifest || !manifest->is_object()) return 0;
  const auto around = MUST(TempDirectory::create("solvent-manifest-fuzz-"));
  FakeClock clock(0);
  SeededRandom random(1);
  const auto uploads = MUST(net::Uploads::create(posix_files(), clock, random,
                                                 around.path() + "/uploads", {.files_max = 100}));
  op::Caller caller;
  caller.principal = "user:ada";
  const auto begun = uploads->begin(caller, *manifest);
  std::array<std::uint8_t, 16> id;  // the one that it has drawn
  SeededRandom(1).fill(id);
  check_made(around, "/uploads/" + to_hex(id));
  if (!begun) return 0;
  ASSERT(begun->text_or("upload", "") == to_hex(id));
  std::set<std::string> listed;
  for (const Json& file : manifest->find("files")->array())
    listed.insert(MUST(parse_digest(file.text_or("digest", ""))).hex());
  for (const Json& digest : begun->find("missing")->array())
    ASSERT(listed.contains(digest.string()));
  return 0;
}
