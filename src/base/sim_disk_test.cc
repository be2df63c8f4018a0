#include "base/sim_disk.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/sync_site.h"

namespace solvent {
namespace {

constexpr std::size_t kDraws = 400;

std::unique_ptr<File> open_new(SimDisk& disk, const std::string& path) {
  return MUST(disk.open(path, OpenMode::kCreate));
}

std::string content(SimDisk& disk, const std::string& path) {
  const auto text = read_file(disk, path);
  return text ? *text : "<" + std::string(code_name(text.error().code)) + ">";
}

/// Every distinct thing that `look` sees over many crashes.
template <class Look>
std::set<std::string> outcomes(const SimDisk& disk, Look look, std::size_t draws = kDraws) {
  SeededRandom random(7);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < draws; ++i) seen.insert(look(*disk.crash(random)));
  return seen;
}

TEST(SimDisk, SyncedBytesAndNamesAlwaysSurvive) {
  SimDisk disk;
  MUST(open_new(disk, "/a")->write_at(0, as_bytes("hello")));
  MUST(MUST(disk.open("/a", OpenMode::kReadWrite))->sync());
  MUST(disk.sync_directory("/"));
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            std::set<std::string>{"hello"});
}

TEST(SimDisk, ANameNeedsItsDirectorySynced) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes("hello")));
  MUST(file->sync());
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{"hello", "<NOT_FOUND>"}));
}

TEST(SimDisk, BytesNeedTheFileSynced) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(disk.sync_directory("/"));
  MUST(file->write_at(0, as_bytes("xy")));
  // Lost, kept, or the size without the sector: zeros.
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{"", "xy", std::string(2, '\0')}));
}

TEST(SimDisk, WritesAreTornOnlyAtSectors) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes(std::string(1024, 'o'))));
  MUST(file->sync());
  MUST(disk.sync_directory("/"));
  MUST(file->write_at(0, as_bytes(std::string(1024, 'n'))));
  const auto seen = outcomes(disk, [](SimDisk& d) { return content(d, "/a"); });
  std::set<std::string> expected;
  for (const char first : {'o', 'n'})
    for (const char second : {'o', 'n'})
      expected.insert(std::string(512, first) + std::string(512, second));
  EXPECT_EQ(seen, expected);
}

TEST(SimDisk, WritesInOneSectorCannotPassEachOther) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes("....")));
  MUST(file->sync());
  MUST(disk.sync_directory("/"));
  MUST(file->write_at(0, as_bytes("A")));
  MUST(file->write_at(1, as_bytes("B")));
  // ".B.." would need a sector that never existed in memory.
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{"....", "A...", "AB.."}));
}

TEST(SimDisk, SectorsAreReordered) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes(std::string(1024, '.'))));
  MUST(file->sync());
  MUST(disk.sync_directory("/"));
  MUST(file->write_at(0, as_bytes("1")));
  MUST(file->write_at(512, as_bytes("2")));
  const auto seen = outcomes(disk, [](SimDisk& d) {
    const std::string text = content(d, "/a");
    return std::string{text[0], text[512]};
  });
  EXPECT_EQ(seen, (std::set<std::string>{"..", "1.", ".2", "12"}));
}

TEST(SimDisk, AnAtomicRenameShowsOldOrNew) {
  SimDisk disk;
  MUST(write_file_durably(disk, "/a", as_bytes("old")));
  const auto file = open_new(disk, "/a.tmp");
  MUST(file->write_at(0, as_bytes("new")));
  MUST(file->sync());
  MUST(disk.rename("/a.tmp", "/a"));
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{"old", "new"}));
  MUST(disk.sync_directory("/"));
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            std::set<std::string>{"new"});
}

TEST(SimDisk, AnExchangeShowsBothOrNeither) {
  SimDisk disk;
  MUST(write_file_durably(disk, "/a", as_bytes("1")));
  MUST(write_file_durably(disk, "/b", as_bytes("2")));
  MUST(disk.exchange("/a", "/b"));
  const auto both = [](SimDisk& d) { return content(d, "/a") + content(d, "/b"); };
  EXPECT_EQ(outcomes(disk, both), (std::set<std::string>{"12", "21"}));
  MUST(disk.sync_directory("/"));
  EXPECT_EQ(outcomes(disk, both), std::set<std::string>{"21"});
}

TEST(SimDisk, ARenameBeforeTheSyncOfItsBytesIsCaught) {
  SimDisk disk;
  const auto file = open_new(disk, "/a.tmp");
  MUST(file->write_at(0, as_bytes("new")));
  MUST(disk.rename("/a.tmp", "/a"));
  MUST(disk.sync_directory("/"));
  const auto seen = outcomes(disk, [](SimDisk& d) { return content(d, "/a"); });
  EXPECT_TRUE(seen.contains("")) << "an empty file under the final name is possible here";
}

TEST(SimDisk, RemovalsAndNewDirectoriesNeedTheirParentSynced) {
  SimDisk disk;
  MUST(write_file_durably(disk, "/a", as_bytes("x")));
  MUST(disk.remove("/a"));
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{"x", "<NOT_FOUND>"}));
  MUST(disk.sync_directory("/"));
  MUST(disk.make_directories("/d/e"));
  MUST(write_file_durably(disk, "/d/e/f", as_bytes("y")));  // syncs /d/e only
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/d/e/f"); }),
            (std::set<std::string>{"y", "<NOT_FOUND>"}));
  MUST(disk.sync_directory("/d"));
  MUST(disk.sync_directory("/"));
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/d/e/f"); }),
            std::set<std::string>{"y"});
}

TEST(SimDisk, ARenameBetweenDirectoriesIsDurableInBoth) {
  SimDisk disk;
  MUST(disk.make_directories("/from"));
  MUST(disk.make_directories("/to"));
  MUST(disk.sync_directory("/"));
  MUST(write_file_durably(disk, "/from/a", as_bytes("new")));
  open_new(disk, "/to/a");  // its name is never synced
  MUST(disk.rename("/from/a", "/to/a"));
  MUST(disk.sync_directory("/from"));
  EXPECT_EQ(
      outcomes(disk, [](SimDisk& d) { return content(d, "/from/a") + " " + content(d, "/to/a"); }),
      std::set<std::string>{"<NOT_FOUND> new"});
}

TEST(SimDisk, AKeptShrinkHidesOlderBytes) {
  SimDisk disk;
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes(std::string(1000, 'x'))));
  MUST(file->sync());
  MUST(disk.sync_directory("/"));
  MUST(file->truncate(0));
  MUST(file->truncate(1000));
  const std::string zeros(1000, '\0'), old(1000, 'x');
  EXPECT_EQ(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }),
            (std::set<std::string>{old, "", zeros}))
      << "old bytes never reappear once the file was cut";
}

TEST(SimDisk, CrashPointsFailEveryLaterCall) {
  const auto run = [](SimDisk& disk) -> Result<void> {
    const auto file = TRY(disk.open("/a", OpenMode::kCreate));  // operation 1
    TRY(file->write_at(0, as_bytes("one")));                    // 2, write 1
    TRY(file->sync());                                          // 3, sync 1
    TRY(file->write_at(3, as_bytes("two")));                    // 4, write 2
    TRY(file->truncate(4));                                     // 5
    return disk.sync_directory("/");                            // 6, sync 2
  };
  SimDisk whole;
  MUST(run(whole));
  EXPECT_EQ(whole.counts().operations, 6u);
  EXPECT_EQ(whole.counts().writes, 2u);
  EXPECT_EQ(whole.counts().syncs, 2u);
  for (std::uint64_t k = 1; k <= 6; ++k) {
    SimDisk disk({.crash_at_operation = k});
    const auto done = run(disk);
    ASSERT_FALSE(done) << k;
    EXPECT_EQ(done.error().code, Code::kUnavailable);
    EXPECT_TRUE(disk.crashed());
    EXPECT_EQ(disk.counts().operations, k);
    EXPECT_FALSE(disk.stat("/"));
    EXPECT_FALSE(disk.open("/a", OpenMode::kCreate));
  }
  SimDisk at_write({.crash_at_write = 2});
  EXPECT_FALSE(run(at_write));
  EXPECT_EQ(at_write.counts().operations, 4u);
  SimDisk at_sync({.crash_at_sync = 2});
  EXPECT_FALSE(run(at_sync));
  EXPECT_EQ(at_sync.counts().operations, 6u);
}

TEST(SimDisk, ASyncCutByTheCrashGuaranteesNothing) {
  SimDisk disk({.crash_at_sync = 1});
  const auto file = open_new(disk, "/a");
  MUST(file->write_at(0, as_bytes("x")));
  EXPECT_FALSE(disk.sync_directory("/"));
  EXPECT_TRUE(outcomes(disk, [](SimDisk& d) { return content(d, "/a"); }).contains("<NOT_FOUND>"));
}

TEST(SimDisk, AFullDiskKeepsWhatFits) {
  SimDisk disk({.bytes_max = 10});
  const auto file = open_new(disk, "/a");
  const auto done = file->write_at(0, as_bytes("0123456789abc"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kResourceExhausted);
  EXPECT_EQ(content(disk, "/a"), "0123456789");
  MUST(file->write_at(0, as_bytes("overwrites")));
  EXPECT_FALSE(file->truncate(11));
  MUST(disk.remove("/a"));
  MUST(open_new(disk, "/b")->write_at(0, as_bytes("0123456789")));
}

TEST(SimDisk, LocksExcludeAndDieWithTheCrash) {
  SimDisk disk;
  const auto held = MUST(disk.lock("/lock", true));
  EXPECT_EQ(disk.lock("/lock", false).error().code, Code::kUnavailable);
  SeededRandom random(1);
  const auto after = disk.crash(random);
  EXPECT_TRUE(after->lock("/lock", true));
  auto shared = std::make_unique<SimDisk>();
  auto first = MUST(shared->lock("/l", false));
  auto second = MUST(shared->lock("/l", false));
  EXPECT_FALSE(shared->lock("/l", true));
  first.reset();
  EXPECT_FALSE(shared->lock("/l", true));
  second.reset();
  EXPECT_TRUE(shared->lock("/l", true));
}

TEST(SimDisk, TheSameSeedGivesTheSameCrash) {
  const auto build = [](const std::string& salt) {
    auto disk = std::make_unique<SimDisk>();
    for (int i = 0; i < 8; ++i) {
      const auto file = open_new(*disk, "/" + salt + std::to_string(i * 7 % 8));
      MUST(file->write_at(0, as_bytes(std::string(2000, static_cast<char>('a' + i)))));
      if (i % 3 == 0) MUST(file->sync());
    }
    return disk;
  };
  const auto shape = [](SimDisk& disk) {
    std::multiset<std::string> contents;
    for (const std::string& name : MUST(disk.list("/"))) contents.insert(content(disk, "/" + name));
    return contents;
  };
  const auto first = build("x"), second = build("x");
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom one(seed), two(seed);
    EXPECT_EQ(shape(*first->crash(one)), shape(*second->crash(two)));
  }
}

/// The reference: for each file, every value that each sector has had since the last sync, and
/// every size. Small and slow, and written from the header's sentences alone.
struct Model {
  std::string now, durable;
  std::vector<std::string> since;  ///< contents after each change since the sync

  void changed(std::string to) {
    now = std::move(to);
    since.push_back(now);
  }
  void synced() {
    durable = now;
    since.clear();
  }
  bool allows(const std::string& found) const {
    std::vector<std::string> states{durable};
    states.insert(states.end(), since.begin(), since.end());
    if (std::ranges::none_of(states, [&](const auto& s) { return s.size() == found.size(); }))
      return false;
    for (std::size_t from = 0; from < found.size(); from += 512)
      if (!sector_allowed(states, found, from)) return false;
    return true;
  }
  static bool sector_allowed(const std::vector<std::string>& states, const std::string& found,
                             std::size_t from) {
    const std::string sector = found.substr(from, 512);
    for (const std::string& state : states) {
      std::string was = from < state.size() ? state.substr(from, 512) : "";
      was.resize(sector.size(), '\0');
      if (was == sector) return true;
    }
    // A sector may also hold a kept cut of an older value: its front, then zeros.
    for (const std::string& state : states)
      for (const std::string& cut : states) {
        std::string was = from < state.size() ? state.substr(from, 512) : "";
        const std::size_t keep = cut.size() > from ? cut.size() - from : 0;
        if (was.size() > keep) was.resize(keep);
        was.resize(sector.size(), '\0');
        if (was == sector) return true;
      }
    return sector == std::string(sector.size(), '\0');
  }
};

TEST(SimDisk, RandomWorkAgainstTheReferenceModel) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SeededRandom random(seed);
    SimDisk disk;
    std::map<std::string, Model> model;
    for (const char* name : {"/a", "/b"}) {
      open_new(disk, name);
      model[name];
    }
    MUST(disk.sync_directory("/"));
    for (int act = 0; act < 25; ++act) {
      const std::string name = random.below(2) == 0 ? "/a" : "/b";
      Model& expected = model[name];
      const auto file = MUST(disk.open(name, OpenMode::kReadWrite));
      const std::uint64_t die = random.below(8);
      if (die < 5) {
        const std::uint64_t offset = random.below(2500);
        const std::string bytes(1 + random.below(1500), static_cast<char>('A' + act));
        MUST(file->write_at(offset, as_bytes(bytes)));
        std::string next = expected.now;
        next.resize(std::max<std::size_t>(next.size(), offset + bytes.size()), '\0');
        next.replace(offset, bytes.size(), bytes);
        expected.changed(next);
      } else if (die == 5) {
        std::string next = expected.now;
        next.resize(random.below(3000), '\0');
        MUST(file->truncate(next.size()));
        expected.changed(next);
      } else if (die == 6) {
        MUST(file->sync());
        expected.synced();
      } else {
        for (int draw = 0; draw < 6; ++draw) {
          const auto after = disk.crash(random);
          for (const auto& [path, want] : model)
            ASSERT_TRUE(want.allows(content(*after, path))) << "seed " << seed << " act " << act;
        }
      }
      ASSERT_EQ(content(disk, name), expected.now);
    }
  }
}

TEST(SimDisk, WriteFileDurablySurvivesACrashAtEveryOperation) {
  SimDisk whole;
  MUST(write_file_durably(whole, "/f", as_bytes("old")));
  const std::uint64_t before = whole.counts().operations;
  MUST(write_file_durably(whole, "/f", as_bytes("new")));
  const std::uint64_t after = whole.counts().operations;
  ASSERT_GT(after, before);
  SeededRandom random(3);
  for (std::uint64_t k = before + 1; k <= after + 1; ++k) {
    SimDisk disk({.crash_at_operation = k});
    MUST(write_file_durably(disk, "/f", as_bytes("old")));
    const bool acknowledged = write_file_durably(disk, "/f", as_bytes("new")).has_value();
    for (std::size_t draw = 0; draw < 100; ++draw) {
      const std::string found = content(*disk.crash(random), "/f");
      if (acknowledged)
        ASSERT_EQ(found, "new");
      else
        ASSERT_TRUE(found == "old" || found == "new") << found;
    }
  }
}

/// The mutant switch: run as a child with each site disabled, the test above must turn red.
TEST(SyncSite, DisablingASiteTurnsTheCrashTestRed) {
  for (const std::string site : {"files/write_bytes", "files/write_name"}) {
    const std::string command =
        "SOLVENT_DISABLE_SYNC=" + site + " /proc/" + std::to_string(::getpid()) +
        "/exe --gtest_filter=SimDisk.WriteFileDurablySurvives* >/dev/null 2>&1";
    EXPECT_NE(std::system(command.c_str()), 0) << site << " is not guarded by any test";
  }
  const std::string control =
      "SOLVENT_DISABLE_SYNC=no/such/site /proc/" + std::to_string(::getpid()) +
      "/exe --gtest_filter=SimDisk.WriteFileDurablySurvives* >/dev/null 2>&1";
  EXPECT_EQ(std::system(control.c_str()), 0);
}

}  // namespace
}  // namespace solvent
