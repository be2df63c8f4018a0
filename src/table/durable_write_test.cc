// A written table is synced, then named, then its name is synced. The engine writes it through the
// kernel, past the simulated disk, so this listens to the calls themselves.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.h"
#include "table/table.h"

namespace {

/// What was called, with the name of what it was called on; null while nobody listens.
std::vector<std::string>* calls = nullptr;

void note(const std::string& act, const std::string& path) {
  if (calls != nullptr) calls->push_back(act + " " + std::string(solvent::base_name(path)));
}

std::string name_of(int descriptor) {
  char path[4096];
  const auto size =
      ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path, sizeof path);
  return std::string(path, size < 0 ? 0 : static_cast<std::size_t>(size));
}

}  // namespace

extern "C" int fdatasync(int descriptor) {
  note("sync", name_of(descriptor));
  return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
extern "C" int fsync(int descriptor) {
  note("sync", name_of(descriptor));
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  note("rename", from);
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace solvent::table {
namespace {

TEST(DurableWrite, SyncsTheBytesBeforeTheNameAndTheNameBeforeItReturns) {
  const auto directory = MUST(TempDirectory::create("durable"));
  const std::string from = directory.path() + "/in.csv";
  MUST(write_file_durably(posix_files(), from, as_bytes("a,b\n1,2\n3,4\n")));
  const auto engine = MUST(open_engine({}));
  const auto table = MUST(engine->open(from, std::nullopt));
  MUST(posix_files().make_directories(directory.path() + "/out"));
  std::vector<std::string> seen;
  calls = &seen;
  const auto written = table->write(directory.path() + "/out/copy.csv", Format::kCsv);
  calls = nullptr;
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_THAT(seen,
              testing::ElementsAre("sync copy.csv.partial", "rename copy.csv.partial", "sync out"));
}

}  // namespace
}  // namespace solvent::table
