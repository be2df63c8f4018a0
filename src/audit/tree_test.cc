#include "audit/tree.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace solvent::audit {
namespace {

using namespace std::chrono_literals;

/// A disk on which one folder may not be looked into, whoever asks.
class LockedFiles final : public FileSystem {
 public:
  explicit LockedFiles(std::string folder) : folder_(std::move(folder)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    TRY(may(path));
    return disk_.open(path, mode);
  }
  Result<FileInfo> stat(const std::string& path) override {
    TRY(may(path));
    return disk_.stat(path);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    TRY(may(directory + "/"));
    return disk_.list(directory);
  }
  Result<void> make_directories(const std::string& path) override {
    return disk_.make_directories(path);
  }
  Result<void> exchange(const std::string& a, const std::string& b) override {
    return disk_.exchange(a, b);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return disk_.remove(path); }
  Result<void> sync_directory(const std::string& path) override {
    return disk_.sync_directory(path);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, bool exclusive) override {
    return disk_.lock(path, exclusive);
  }

 private:
  Result<void> may(const std::string& path) const {
    if (!path.starts_with(folder_ + "/")) return {};
    return fail(Code::kPermissionDenied, "permission denied", {}, path);
  }

  FileSystem& disk_ = posix_files();
  std::string folder_;
};

class TreeTest : public testing::Test {
 protected:
  void write(const std::string& path) {
    const std::string full = directory_.path() + "/" + path;
    ASSERT_TRUE(posix_files().make_directories(std::string(parent_path(full))));
    std::ofstream(full, std::ios::binary) << "x\n";
  }
  std::unique_ptr<DiskTree> read(FileSystem& files, TreeLimits limits = {}) {
    return MUST(DiskTree::read(files, directory_.path(), nullptr, limits, {}, cancel_));
  }

  TempDirectory directory_ = std::move(TempDirectory::create("tree").value());
  CancelToken cancel_;
};

TEST_F(TreeTest, WhereNobodyMayLookNothingIsGone) {
  write("a.py");
  write("locked/b.py");
  LockedFiles files(directory_.path() + "/locked");
  const auto tree = read(files);
  EXPECT_EQ(tree->files().size(), 1u);
  EXPECT_EQ(tree->notes().size(), 1u);
  EXPECT_FALSE(tree->has("locked/b.py"));
  EXPECT_TRUE(tree->is_there("locked/b.py"));
  EXPECT_TRUE(tree->is_there("locked/never.py"));  // nobody can say
  EXPECT_FALSE(tree->is_there("none.py"));
}

TEST_F(TreeTest, WhatLiesTooDeepIsThereUntilItIsGone) {
  write("one/two/deep.py");
  write("b\xff.py");
  write("one/file.py");
  const auto tree = read(posix_files(), {.depth_max = 1});
  EXPECT_FALSE(tree->has("one/two/deep.py"));
  EXPECT_TRUE(tree->is_there("one/two/deep.py"));
  EXPECT_TRUE(tree->is_there("one/two"));
  EXPECT_FALSE(tree->is_there("one/two/other.py"));
  EXPECT_FALSE(tree->is_there("one/file.py/below.py"));
  EXPECT_FALSE(tree->is_there("../" + std::string(base_name(directory_.path()))));
  ASSERT_TRUE(posix_files().remove(directory_.path() + "/one/two/deep.py"));
  EXPECT_FALSE(tree->is_there("one/two/deep.py"));
  // Names that are no UTF-8 are known by what is shown of them.
  const auto shallow = read(posix_files(), {.file_bytes_max = 1, .depth_max = 1});
  EXPECT_TRUE(shallow->is_there("b\\xff.py"));
}

TEST_F(TreeTest, KeepsThePaceThatItIsGivenWhateverIsKnownAlready) {
  for (int i = 0; i < 10; ++i) write("file" + std::to_string(i) + ".py");
  const auto took = [](const auto& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - began;
  };
  std::unique_ptr<DiskTree> tree;
  EXPECT_GE(took([&] { tree = read(posix_files(), {.files_per_s = 50}); }), 180ms);  // nine pauses
  for (int check = 0; check < 2; ++check)
    EXPECT_GE(took([&] {
                for (const auto& file : tree->files()) MUST(tree->text(file));
              }),
              180ms);
}

TEST_F(TreeTest, AnAuditThatWaitsForItsTurnHearsThatItIsCancelled) {
  for (int i = 0; i < 3; ++i) write("file" + std::to_string(i) + ".py");
  std::thread later([&] {
    std::this_thread::sleep_for(10ms);
    cancel_.cancel();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto read =
      DiskTree::read(posix_files(), directory_.path(), nullptr, {.files_per_s = 1}, {}, cancel_);
  later.join();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 900ms) << "it waited for its turn";
}

}  // namespace
}  // namespace solvent::audit
