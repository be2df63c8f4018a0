#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault_files.h"
#include "base/sim_disk.h"

namespace solvent {
namespace {

/// What both the real disk and the simulated one promise.
class Files : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      ASSERT_TRUE(sim_.make_directories(root_));
      return;
    }
    temp_.emplace(MUST(TempDirectory::create("solvent-files")));
    root_ = temp_->path();
  }
  FileSystem& files() { return GetParam() ? posix_files() : sim_; }
  std::string at(const std::string& name) const { return root_ + "/" + name; }
  Code error(const Result<std::unique_ptr<File>>& opened) {
    return opened ? Code::kOk : opened.error().code;
  }

  SimDisk sim_;
  std::optional<TempDirectory> temp_;
  std::string root_ = "/root";
};

TEST_P(Files, OpenModes) {
  EXPECT_EQ(error(files().open(at("a"), OpenMode::kRead)), Code::kNotFound);
  EXPECT_EQ(error(files().open(at("a"), OpenMode::kReadWrite)), Code::kNotFound);
  EXPECT_EQ(error(files().open(at("none/a"), OpenMode::kCreate)), Code::kNotFound);
  MUST(MUST(files().open(at("a"), OpenMode::kCreateNew))->write_at(0, as_bytes("hello")));
  EXPECT_EQ(error(files().open(at("a"), OpenMode::kCreateNew)), Code::kAlreadyExists);
  EXPECT_EQ(MUST(MUST(files().open(at("a"), OpenMode::kCreate))->size()), 5u);
  EXPECT_FALSE(MUST(files().open(at("a"), OpenMode::kRead))->write_at(0, as_bytes("x")));
  EXPECT_EQ(MUST(MUST(files().open(at("a"), OpenMode::kTruncate))->size()), 0u);
  EXPECT_EQ(error(files().open(root_, OpenMode::kRead)), Code::kFailedPrecondition);
  EXPECT_EQ(error(files().open(at("a/b"), OpenMode::kCreate)), Code::kFailedPrecondition);
}

TEST_P(Files, PositionalReadsAndWrites) {
  const auto file = MUST(files().open(at("a"), OpenMode::kCreate));
  MUST(file->write_at(4, as_bytes("data")));
  MUST(file->write_at(0, as_bytes("ab")));
  MUST(file->sync());
  EXPECT_EQ(MUST(read_file(files(), at("a"))), std::string("ab\0\0data", 8));
  Bytes out(10);
  EXPECT_EQ(MUST(file->read_at(6, out)), 2u);
  EXPECT_EQ(MUST(file->read_at(100, out)), 0u);
  MUST(file->truncate(3));
  MUST(file->truncate(5));
  EXPECT_EQ(MUST(read_file(files(), at("a"))), std::string("ab\0\0\0", 5));
}

TEST_P(Files, ReadIsBounded) {
  MUST(write_file_durably(files(), at("a"), as_bytes("12345")));
  EXPECT_EQ(MUST(read_file(files(), at("a"), 5)), "12345");
  const auto refused = read_file(files(), at("a"), 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
}

TEST_P(Files, DirectoriesRenameRemove) {
  MUST(files().make_directories(at("d/e")));
  MUST(files().make_directories(at("d/e")));
  MUST(write_file_durably(files(), at("d/b"), as_bytes("b")));
  MUST(write_file_durably(files(), at("d/a"), as_bytes("a")));
  EXPECT_EQ(MUST(files().list(at("d"))), (std::vector<std::string>{"a", "b", "e"}));
  MUST(files().rename(at("d/a"), at("d/b")));
  EXPECT_EQ(MUST(read_file(files(), at("d/b"))), "a");
  EXPECT_EQ(files().remove(at("d")).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(files().remove(at("d/none")).error().code, Code::kNotFound);
  EXPECT_EQ(files().rename(at("d/none"), at("d/x")).error().code, Code::kNotFound);
  EXPECT_FALSE(files().make_directories(at("d/b/c")));
  MUST(files().remove(at("d/b")));
  MUST(files().remove(at("d/e")));
  MUST(files().sync_directory(at("d")));
  MUST(files().remove(at("d")));
  EXPECT_FALSE(files().stat(at("d")));
  EXPECT_FALSE(files().list(at("d")));
}

TEST_P(Files, ExchangeSwapsFilesAndFullFolders) {
  MUST(files().make_directories(at("old")));
  MUST(files().make_directories(at("new")));
  MUST(write_file_durably(files(), at("old/a"), as_bytes("1")));
  MUST(write_file_durably(files(), at("new/b"), as_bytes("2")));
  MUST(files().exchange(at("new"), at("old")));
  EXPECT_EQ(MUST(read_file(files(), at("old/b"))), "2");
  EXPECT_EQ(MUST(read_file(files(), at("new/a"))), "1");
  MUST(files().exchange(at("old"), at("new/a")));  // of two kinds, one in the other's sibling
  EXPECT_EQ(MUST(read_file(files(), at("old"))), "1");
  EXPECT_EQ(MUST(read_file(files(), at("new/a/b"))), "2");
  EXPECT_EQ(files().exchange(at("old"), at("none")).error().code, Code::kNotFound);
  EXPECT_FALSE(files().exchange(at("new"), at("new/a")));
  EXPECT_EQ(MUST(read_file(files(), at("new/a/b"))), "2");
}

TEST_P(Files, WalkIsInByteOrder) {
  for (const char* name : {"b/2", "b/1", "a.txt", "c"}) {
    MUST(files().make_directories(std::string(parent_path(at(name)))));
    MUST(write_file_durably(files(), at(name), as_bytes("x")));
  }
  std::vector<std::string> seen;
  MUST(walk(files(), root_, [&](const std::string& path, const FileInfo& info) -> Result<void> {
    seen.push_back(path + (info.kind == FileInfo::Kind::kDirectory ? "/" : ""));
    return {};
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"a.txt", "b/", "b/1", "b/2", "c"}));
  EXPECT_FALSE(walk(files(), at("none"),
                    [](const std::string&, const FileInfo&) -> Result<void> { return {}; }));
  const auto stopped =
      walk(files(), root_, [](const std::string&, const FileInfo&) -> Result<void> {
        return fail(Code::kCancelled, "stop");
      });
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
}

TEST_P(Files, Locks) {
  auto first = MUST(files().lock(at("lock"), false));
  auto second = MUST(files().lock(at("lock"), false));
  EXPECT_EQ(files().lock(at("lock"), true).error().code, Code::kUnavailable);
  first.reset();
  second.reset();
  auto exclusive = MUST(files().lock(at("lock"), true));
  EXPECT_EQ(files().lock(at("lock"), false).error().code, Code::kUnavailable);
}

INSTANTIATE_TEST_SUITE_P(, Files, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Posix" : "SimDisk"; });

TEST(PosixFiles, NamesAreBytes) {
  const TempDirectory temp = MUST(TempDirectory::create("solvent-files"));
  const std::string odd = temp.path() + "/\xff\n x";
  MUST(write_file_durably(posix_files(), odd, as_bytes("x")));
  EXPECT_EQ(MUST(posix_files().list(temp.path())), std::vector<std::string>{"\xff\n x"});
  EXPECT_EQ(MUST(read_file(posix_files(), odd)), "x");
  EXPECT_EQ(posix_files().stat(std::string("a\0b", 3)).error().code, Code::kInvalidArgument);
  EXPECT_EQ(posix_files().stat("").error().code, Code::kInvalidArgument);
  EXPECT_FALSE(posix_files().open(std::string(10'000, 'x'), OpenMode::kRead));
}

TEST(PosixFiles, SymlinksAreSeenAndNotFollowed) {
  const TempDirectory temp = MUST(TempDirectory::create("solvent-files"));
  ASSERT_EQ(::symlink("/", (temp.path() + "/out").c_str()), 0);
  EXPECT_EQ(MUST(posix_files().stat(temp.path() + "/out")).kind, FileInfo::Kind::kSymlink);
  int visited = 0;
  MUST(walk(posix_files(), temp.path(), [&](const std::string&, const FileInfo&) -> Result<void> {
    ++visited;
    return {};
  }));
  EXPECT_EQ(visited, 1);
}

TEST(PosixFiles, AFifoDoesNotBlock) {
  const TempDirectory temp = MUST(TempDirectory::create("solvent-files"));
  const std::string fifo = temp.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(MUST(posix_files().stat(fifo)).kind, FileInfo::Kind::kOther);
  EXPECT_FALSE(read_file(posix_files(), fifo));
}

TEST(PosixFiles, FilesWithoutASizeAreRead) {
  EXPECT_FALSE(MUST(read_file(posix_files(), "/proc/self/status")).empty());
}

TEST(PosixFiles, TempDirectoryCleansUp) {
  std::string path;
  {
    TempDirectory temp = MUST(TempDirectory::create("solvent-files"));
    path = temp.path();
    MUST(posix_files().make_directories(path + "/a/b"));
    MUST(write_file_durably(posix_files(), path + "/a/b/c", as_bytes("x")));
    const TempDirectory moved = std::move(temp);
    EXPECT_TRUE(posix_files().stat(path));
  }
  EXPECT_FALSE(posix_files().stat(path));
}

TEST(Paths, Parts) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
  EXPECT_EQ(base_name("/a/b"), "b");
  EXPECT_EQ(base_name("b/"), "b");
  EXPECT_EQ(base_name("/"), "/");
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("a"), ".");
  EXPECT_EQ(parent_path("a/b/"), "a");
}

TEST(Paths, BelowNeverLeavesTheRoot) {
  EXPECT_EQ(MUST(path_below("/r", "a/b")), "/r/a/b");
  EXPECT_EQ(MUST(path_below("/r", "./a//b/")), "/r/a/b");
  EXPECT_EQ(MUST(path_below("/r", "a/../b")), "/r/b");
  EXPECT_EQ(MUST(path_below("/r", "")), "/r");
  EXPECT_EQ(MUST(path_below("/r", "..a")), "/r/..a");
  for (const std::string& bad :
       {std::string("/etc/passwd"), std::string(".."), std::string("../x"),
        std::string("a/../../x"), std::string("a\0b", 3), std::string("./../x")})
    EXPECT_EQ(path_below("/r", bad).error().code, Code::kInvalidArgument) << bad;
}

TEST(FaultFiles, FailsTheGivenCallOnce) {
  SimDisk disk;
  FaultFiles counting(disk, {});
  MUST(write_file_durably(counting, "/f", as_bytes("old")));
  const std::uint64_t calls = counting.operations();
  EXPECT_EQ(calls, 5u);  // open, write, sync, rename, sync_directory
  for (std::uint64_t n = 1; n <= calls; ++n) {
    SimDisk under;
    MUST(write_file_durably(under, "/f", as_bytes("old")));
    FaultFiles files(under, {.fail_at = n, .code = Code::kDataLoss});
    const auto done = write_file_durably(files, "/f", as_bytes("new"));
    ASSERT_FALSE(done) << n;
    EXPECT_EQ(done.error().code, Code::kDataLoss);
    const std::string now = MUST(read_file(under, "/f"));
    EXPECT_EQ(now, n < 5 ? "old" : "new") << n;
    EXPECT_EQ(MUST(under.list("/")), std::vector<std::string>{"f"}) << "a temporary file is left";
    MUST(write_file_durably(files, "/f", as_bytes("again")));
  }
}

TEST(FaultFiles, CanBeAFileSystemThatCannotExchange) {
  SimDisk disk;
  FaultFiles files(disk, {.exchanges = false});
  MUST(write_file_durably(files, "/a", as_bytes("1")));
  MUST(write_file_durably(files, "/b", as_bytes("2")));
  EXPECT_EQ(files.exchange("/a", "/b").error().code, Code::kUnimplemented);
  EXPECT_EQ(MUST(read_file(disk, "/a")), "1");
}

TEST(FaultFiles, CanStayFailed) {
  SimDisk disk;
  FaultFiles files(disk, {.fail_at = 2, .stay_failed = true});
  MUST(files.make_directories("/a"));
  EXPECT_FALSE(files.stat("/a"));
  EXPECT_FALSE(files.stat("/a"));
}

TEST(FaultFiles, AFullDiskTakesWhatFits) {
  SimDisk disk;
  FaultFiles files(disk, {.bytes_max = 4});
  const auto done = write_file_durably(files, "/f", as_bytes("12345"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kResourceExhausted);
  EXPECT_TRUE(MUST(disk.list("/")).empty());
}

}  // namespace
}  // namespace solvent
