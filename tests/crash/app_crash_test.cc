// Init, backup, restore and written results on a disk that loses power: what was acknowledged is
// there, and what was not leaves the old or the new state, never something between.
#include <gtest/gtest.h>

#include <atomic>

#include "app/backup.h"
#include "app/output.h"
#include "app/serve.h"
#include "app/server.h"
#include "app/specs.h"
#include "app/workspace.h"
#include "base/fault_files.h"
#include "base/random.h"
#include "base/sim_disk.h"
#include "base/text.h"
#include "sql/file_vfs.h"
#include "store/store.h"

namespace solvent::app {
namespace {

constexpr TimeUs kStart = 1'795'000'000 * kSecondUs;
constexpr std::size_t kBlobBytes = 300'000;
constexpr std::string_view kFolder = "/estate/.solvent", kTarget = "/backups/monday";

constexpr std::string_view kMarks =
    "CREATE TABLE IF NOT EXISTS crash_marks(mark TEXT PRIMARY KEY, digest TEXT NOT NULL)";

std::string bytes_of(std::string_view mark) {
  std::string bytes(kBlobBytes, '\0');
  SeededRandom random(mark.size() * 1'000 + static_cast<std::uint64_t>(mark.front()));
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

/// One life of the machine, from power to power loss.
class Life {
 public:
  /// `exchanges`: whether its file system can exchange two names.
  explicit Life(SimDisk& disk, bool exchanges = true)
      : disk_(disk), files_(disk, {.exchanges = exchanges}) {
    static std::atomic<int> count{0};
    const int number = ++count;
    const std::string name = "app_crash" + std::to_string(number);
    random_.emplace(static_cast<std::uint64_t>(number));
    vfs_ = MUST(sql::FileVfs::create(name, disk));
    with_.emplace(Surroundings{clock_, *random_, files_, null_log(), {}, {}, name});
  }
  const Surroundings& with() const { return *with_; }

  Result<void> init() {
    return Workspace::create(*with_, "/estate", program_specs().settings,
                             program_specs().migrations);
  }
  Result<std::unique_ptr<Workspace>> open(const std::string& folder = std::string(kFolder)) {
    return Workspace::open(*with_, folder, Sharing::kEmbedded, program_specs().settings,
                           program_specs().migrations);
  }
  /// A blob in the store and a row that names it.
  Result<void> mark(const std::string& mark) {
    const auto workspace = TRY(open());
    const auto lease = TRY(workspace->store().lease());
    const auto blob = TRY(workspace->store().put_bytes(*lease, as_bytes(bytes_of(mark))));
    return workspace->database().write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.execute(kMarks));
      TRY(tx.execute("INSERT INTO crash_marks(mark, digest) VALUES ($1, $2)",
                     {mark, blob.digest.hex()}));
      return {};
    });
  }
  /// The marks of a workspace, joined; their blobs must be there and whole.
  Result<std::string> marks(const std::string& folder = std::string(kFolder)) {
    const auto workspace = TRY(open(folder));
    TRY(workspace->database().verify());
    std::vector<std::pair<std::string, std::string>> rows;
    TRY(workspace->database().write([&](sql::Tx& tx) -> Result<void> {
      rows.clear();
      TRY(tx.execute(kMarks));
      for (const auto& row : TRY(tx.query("SELECT mark, digest FROM crash_marks ORDER BY mark")))
        rows.emplace_back(row.text(0), row.text(1));
      return {};
    }));
    std::string all;
    for (const auto& [mark, digest] : rows) {
      const auto bytes = TRY(workspace->store().read_all(TRY(parse_digest(digest)), 1 << 20));
      if (bytes != bytes_of(mark)) return fail(Code::kDataLoss, "another content", {}, mark);
      all += mark + ";";
    }
    const auto report = TRY(workspace->store().verify({}));
    if (!report.problems.empty()) return fail(Code::kDataLoss, report.problems.front());
    return all;
  }
  Result<void> backup() {
    const auto workspace = TRY(open());
    TRY(make_backup(*with_, std::string(kFolder), std::string(kTarget), "sqlite",
                    [&](const std::string& path) { return workspace->database().snapshot(path); }));
    return {};
  }
  Result<void> restore() {
    TRY(restore_backup(*with_, std::string(kTarget), "/estate", program_specs().settings,
                       program_specs().migrations));
    return {};
  }
  SimDisk& disk() { return disk_; }

 private:
  SimDisk& disk_;
  FaultFiles files_;
  FakeClock clock_{kStart};
  std::optional<SeededRandom> random_;  ///< no two lives draw the same names
  std::unique_ptr<sql::FileVfs> vfs_;
  std::optional<Surroundings> with_;
};

/// A machine whose disk holds what `prepare` left, all of it synced.
std::unique_ptr<SimDisk> machine(const std::function<void(Life&)>& prepare, SimDisk::Plan plan) {
  SimDisk disk;
  MUST(disk.make_directories("/estate"));
  MUST(disk.make_directories("/backups"));
  MUST(disk.sync_directory("/"));
  {
    Life life(disk);
    if (prepare) prepare(life);
  }
  SeededRandom random(1);
  return disk.crash(random, plan);
}

using Work = std::function<Result<void>(Life&)>;
using Check = std::function<void(Life&, bool acknowledged)>;

constexpr std::uint64_t kLastOperations = 60;

/// Runs `work` until each of its syncs, at moments between, and to its end; then looks at disks
/// that the power loss may have left.
void cut_power(const std::function<void(Life&)>& prepare, const Work& work, const Check& check,
               bool exchanges = true) {
  const auto whole = machine(prepare, {});
  {
    Life life(*whole, exchanges);
    MUST(work(life));
  }
  const auto counts = whole->counts();
  ASSERT_GT(counts.syncs, 0u);
  std::vector<SimDisk::Plan> plans{{}};  // the power goes right after the acknowledgement
  for (std::uint64_t sync = 1; sync <= counts.syncs; sync += kCrashStride)
    plans.push_back({.crash_at_sync = sync});
  SeededRandom random(2026);
  for (std::uint64_t round = 0; round < 40; round += kCrashStride)
    plans.push_back({.crash_at_operation = 1 + random.below(counts.operations)});
  // The swap of folders is among the last operations; without an exchange it is two.
  for (std::uint64_t back = 0; !exchanges && back < std::min(kLastOperations, counts.operations);
       ++back)
    plans.push_back({.crash_at_operation = counts.operations - back});
  for (const auto& plan : plans) {
    const auto disk = machine(prepare, plan);
    bool acknowledged = false;
    {
      Life life(*disk, exchanges);
      const auto done = work(life);
      acknowledged = done.has_value();
      ASSERT_TRUE(done || disk->crashed()) << done.error().message;
    }
    for (int draw = 0; draw < (acknowledged ? 24 : 3); ++draw) {
      const auto found = disk->crash(random);
      Life after(*found);
      check(after, acknowledged);
      if (testing::Test::HasFatalFailure()) {
        ADD_FAILURE() << "crash_at_sync = " << plan.crash_at_sync
                      << ", crash_at_operation = " << plan.crash_at_operation
                      << ", acknowledged = " << acknowledged;
        return;
      }
    }
  }
}

void made_and_marked(Life& life) {
  MUST(life.init());
  MUST(life.mark("old"));
}

TEST(AppCrash, InitMakesAWorkspaceOrNothing) {
  cut_power(
      {}, [](Life& life) { return life.init(); },
      [](Life& life, bool acknowledged) {
        const bool there = life.disk().stat(std::string(kFolder)).has_value();
        ASSERT_TRUE(there || !acknowledged) << "the workspace was acknowledged";
        if (!there) MUST(life.init());
        const auto marks = life.marks();
        ASSERT_TRUE(marks) << marks.error().message << " " << marks.error().subject;
        const auto settings = read_file(life.disk(), join_path(kFolder, "solvent.toml"));
        ASSERT_TRUE(settings && contains(*settings, "[owners]"));
      });
}

TEST(AppCrash, ABackupIsWholeOrIsNotThere) {
  cut_power(
      made_and_marked, [](Life& life) { return life.backup(); },
      [](Life& life, bool acknowledged) {
        ASSERT_EQ(MUST(life.marks()), "old;");
        const bool there = life.disk().stat(std::string(kTarget)).has_value();
        ASSERT_TRUE(there || !acknowledged) << "the backup was acknowledged";
        if (!there) MUST(life.backup());
        const auto sound = check_backup(life.with(), std::string(kTarget));
        ASSERT_TRUE(sound) << sound.error().message << " " << sound.error().subject;
        const auto restored = life.restore();
        ASSERT_TRUE(restored) << restored.error().message;
        ASSERT_EQ(MUST(life.marks()), "old;");
      });
}

void backed_up_and_marked_again(Life& life) {
  made_and_marked(life);
  MUST(life.backup());
  MUST(life.mark("newer"));
}

/// The names of what restores put aside.
std::vector<std::string> put_aside(Life& life) {
  auto names = MUST(life.disk().list("/estate"));
  std::erase_if(names, [](const auto& name) {
    return !name.starts_with(".solvent" + std::string(kPutAside));
  });
  return names;
}

void expect_old_or_new(Life& life, bool acknowledged) {
  const auto marks = life.marks();
  ASSERT_TRUE(marks) << marks.error().message << " " << marks.error().subject;
  if (!acknowledged) {
    ASSERT_TRUE(*marks == "old;" || *marks == "newer;old;") << *marks;
    return;
  }
  ASSERT_EQ(*marks, "old;");
  const auto aside = put_aside(life);
  ASSERT_EQ(aside.size(), 1u);
  ASSERT_EQ(MUST(life.marks("/estate/" + aside[0])), "newer;old;");
}

TEST(AppCrash, ARestoreReplacesTheWorkspaceWholeOrNotAtAll) {
  cut_power(
      backed_up_and_marked_again, [](Life& life) { return life.restore(); },
      [](Life& life, bool acknowledged) {
        ASSERT_TRUE(life.disk().stat(std::string(kFolder))) << "there is no workspace";
        expect_old_or_new(life, acknowledged);
      });
}

TEST(AppCrash, WhereNamesCannotBeExchangedACutRestoreSaysWhereTheWorkspaceIs) {
  bool seen = false;
  cut_power(
      backed_up_and_marked_again, [](Life& life) { return life.restore(); },
      [&](Life& life, bool acknowledged) {
        if (life.disk().stat(std::string(kFolder))) return expect_old_or_new(life, acknowledged);
        seen = true;
        ASSERT_FALSE(acknowledged);
        const auto aside = put_aside(life);
        ASSERT_EQ(aside.size(), 1u) << "the workspace is gone";
        ASSERT_EQ(MUST(life.marks("/estate/" + aside[0])), "newer;old;");
        const Error error = no_workspace(life.disk(), "/estate/below").error();
        ASSERT_EQ(error.message, "a restore was cut off: the workspace is put aside");
        ASSERT_EQ(error.hint, "restore again, or: mv /estate/" + aside[0] + " /estate/.solvent");
        MUST(life.restore());
        ASSERT_EQ(MUST(life.marks()), "old;");
      },
      false);
  EXPECT_TRUE(seen) << "no draw fell between the two renames";
}

TEST(AppCrash, ARestoreWhereNothingWasIsWholeOrNotThere) {
  const auto prepare = [](Life& life) {
    made_and_marked(life);
    MUST(life.backup());
    MUST(life.disk().rename(std::string(kFolder), "/lost"));
    MUST(life.disk().sync_directory("/estate"));
    MUST(life.disk().sync_directory("/"));
  };
  cut_power(
      prepare, [](Life& life) { return life.restore(); },
      [](Life& life, bool acknowledged) {
        const bool there = life.disk().stat(std::string(kFolder)).has_value();
        ASSERT_TRUE(there || !acknowledged) << "the restored workspace was acknowledged";
        if (!there) MUST(life.restore());
        ASSERT_EQ(MUST(life.marks()), "old;");
      });
}

Result<void> put_report(Life& life, const std::string& text) {
  op::ByteStream stream;
  stream.file_name = "report.html";
  stream.next = [text, done = false]() mutable -> Result<std::string> {
    return std::exchange(done, true) ? std::string() : text;
  };
  Terminal terminal({}, life.with().clock);
  const GlobalFlags flags;
  op::OperationSpec spec;
  return put_out({terminal, life.disk(), flags, "/estate"}, spec, Json(), std::move(stream));
}

TEST(AppCrash, AWrittenReportReplacesTheOldOneWholeOrNotAtAll) {
  const std::string old_text(3'000, 'o'), new_text(5'000, 'n');
  cut_power([&](Life& life) { MUST(put_report(life, old_text)); },
            [&](Life& life) { return put_report(life, new_text); },
            [&](Life& life, bool acknowledged) {
              const auto found = read_file(life.disk(), "/estate/report.html");
              ASSERT_TRUE(found) << found.error().message;
              ASSERT_TRUE(*found == new_text || (!acknowledged && *found == old_text))
                  << found->size() << " bytes";
            });
}

/// A real server, on the machine's own disk, for what is asked of it over its socket.
class LiveServer {
 public:
  LiveServer() {
    MUST(Workspace::create(with_, folder_.path(), program_specs().settings,
                           program_specs().migrations));
    workspace_ = MUST(Workspace::open(with_, folder(), Sharing::kServer, program_specs().settings,
                                      program_specs().migrations));
    modules_ = MUST(Modules::create(*workspace_, Sharing::kServer));
    server_ = MUST(WorkspaceServer::start(*workspace_, *modules_, {.port = 0}, {}, null_log()));
  }
  std::string folder() const { return folder_.path() + "/.solvent"; }

 private:
  TempDirectory folder_ = TempDirectory::create("app-crash").value();
  Surroundings with_{system_clock(), system_random(), posix_files(), null_log(), {}, {}};
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Modules> modules_;
  std::unique_ptr<WorkspaceServer> server_;
};

TEST(AppCrash, ABackupThatALiveServerGivesIsWholeOrIsNotThere) {
  const LiveServer live;
  const auto work = [&](Life& life) -> Result<void> {
    TRY(make_backup(life.with(), std::string(kFolder), std::string(kTarget), "server",
                    [&](const std::string& path) {
                      return snapshot_from_server(life.with(), live.folder(), path);
                    }));
    return {};
  };
  cut_power({}, work, [&](Life& life, bool acknowledged) {
    const bool there = life.disk().stat(std::string(kTarget)).has_value();
    ASSERT_TRUE(there || !acknowledged) << "the backup was acknowledged";
    if (!there) return;
    const auto sound = check_backup(life.with(), std::string(kTarget));
    ASSERT_TRUE(sound) << sound.error().message << " " << sound.error().subject;
  });
}

}  // namespace
}  // namespace solvent::app
