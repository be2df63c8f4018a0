// Restores that fail behind their load, on both databases.
#include "app/backup.h"

#include "app/test_workspace.h"

namespace solvent::app {
namespace {

class RestoreTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { place_.make(GetParam()); }

  Surroundings with(sql::TestDatabase& database) {
    Surroundings out{system_clock(), system_random(), posix_files(), null_log(), {}, {}};
    if (database.engine() == "postgresql")
      out.flags = {{"database.url", database.url()}, {"database.schema", database.schema()}};
    return out;
  }

  TempDirectory folder_ = TempDirectory::create("restore").value();
  sql::TestDatabase place_;
};
INSTANTIATE_TEST_SUITE_P(, RestoreTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(RestoreTest, OneThatFailsBehindItsLoadLeavesNothing) {
  const auto& specs = program_specs();
  const std::string from = folder_.path() + "/from", to = folder_.path() + "/to";
  const std::string kept = folder_.path() + "/kept";
  MUST(posix_files().make_directories(from));
  MUST(posix_files().make_directories(to));
  MUST(Workspace::create(with(place_), from, specs.settings, specs.migrations));
  {
    const auto workspace = MUST(Workspace::open(
        with(place_), from + "/.solvent", Sharing::kEmbedded, specs.settings, specs.migrations));
    auto& database = workspace->database();
    MUST(make_backup(with(place_), from + "/.solvent", kept, database.engine(),
                     [&](const std::string& path) { return database.snapshot(path); }));
  }
  sql::TestDatabase fresh;
  fresh.make(GetParam());
  // To a program that knows fewer tables, what the backup holds is of a newer one.
  const auto fewer = std::span(specs.migrations).first(specs.migrations.size() / 2);
  const auto refused = restore_backup(with(fresh), kept, to, specs.settings, fewer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition) << refused.error().message;
  EXPECT_TRUE(MUST(posix_files().list(to)).empty());
  // As if it had never been tried.
  const auto done = restore_backup(with(fresh), kept, to, specs.settings, specs.migrations);
  ASSERT_TRUE(done) << done.error().message << "; " << done.error().hint;
  EXPECT_EQ(MUST(posix_files().list(to)), std::vector<std::string>{".solvent"});
  MUST(Workspace::open(with(fresh), done->folder, Sharing::kEmbedded, specs.settings,
                       specs.migrations));
}

}  // namespace
}  // namespace solvent::app
