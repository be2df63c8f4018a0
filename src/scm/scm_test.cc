#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "scm/codeowners.h"
#include "scm/git.h"

namespace solvent::scm {
namespace {

using Paths = std::vector<std::string>;

class GitTest : public testing::Test {
 protected:
  GitTest() : directory_(MUST(TempDirectory::create("scm"))), root_(directory_.path() + "/repo") {
    EXPECT_TRUE(posix_files().make_directories(root_));
  }

  /// Runs the real git, away from this machine's configuration.
  void git(const std::string& arguments, const std::string& author = "Ada <ada@example.org>",
           const std::string& date = "2026-01-02T03:04:05Z") {
    const auto name = author.substr(0, author.find(" <"));
    const auto mail = author.substr(author.find('<') + 1, author.size() - author.find('<') - 2);
    const std::string command =
        "cd '" + root_ +
        "' && env -i PATH=/usr/bin:/bin HOME=/nonexistent "
        "GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME='" +
        name + "' GIT_AUTHOR_EMAIL='" + mail +
        "' GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org GIT_AUTHOR_DATE='" + date +
        "' GIT_COMMITTER_DATE='" + date + "' git " + arguments + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  void write(const std::string& path, const std::string& text) {
    const std::string full = root_ + "/" + path;
    ASSERT_TRUE(posix_files().make_directories(std::string(parent_path(full))));
    std::ofstream(full, std::ios::binary) << text;
  }

  void commit(const std::string& message = "m", const std::string& author = "Ada <ada@example.org>",
              const std::string& date = "2026-01-02T03:04:05Z") {
    git("add -A", author, date);
    git("commit -q -m " + message, author, date);
  }

  std::unique_ptr<Repository> open(const std::string& below = "", GitLimits limits = {}) {
    auto repository = Repository::open(root_ + below, limits);
    EXPECT_TRUE(repository) << repository.error().message;
    return repository ? std::move(*repository) : nullptr;
  }

  TempDirectory directory_;
  std::string root_;
};

TEST_F(GitTest, AFolderWithoutGitIsNoError) {
  write("a.py", "x\n");
  EXPECT_EQ(open(), nullptr);
  EXPECT_FALSE(Repository::open(root_ + "/missing"));
}

TEST_F(GitTest, TracksWhatTheIndexHolds) {
  git("init -q -b main");
  write("a.py", "x\n");
  write("sub/b.py", "y\n");
  write(".gitignore", "*.log\nbuild/\n");
  ASSERT_EQ(::symlink("/etc/passwd", (root_ + "/link").c_str()), 0);
  commit();
  write("new.py", "z\n");
  const auto repository = open();
  ASSERT_NE(repository, nullptr);
  EXPECT_EQ(repository->tracked(), (Paths{".gitignore", "a.py", "sub/b.py"}));
  EXPECT_EQ(repository->head().size(), 40u);
  EXPECT_TRUE(repository->ignored("x.log"));
  EXPECT_TRUE(repository->ignored("build/"));
  EXPECT_FALSE(repository->ignored("new.py"));
  // A part of the work tree is seen from where it was opened.
  const auto part = open("/sub");
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(part->tracked(), (Paths{"b.py"}));
}

TEST_F(GitTest, AnIgnoredFolderInsideARepositoryIsNoPartOfIt) {
  git("init -q -b main");
  write(".gitignore", "build/\n");
  write("build/copy/a.py", "x\n");
  commit();
  EXPECT_EQ(open("/build/copy"), nullptr);
}

TEST_F(GitTest, BeforeTheFirstCommitThereIsNoHead) {
  git("init -q -b main");
  write("a.py", "x\n");
  git("add -A");
  const auto repository = open();
  ASSERT_NE(repository, nullptr);
  EXPECT_EQ(repository->head(), "");
  EXPECT_EQ(repository->tracked(), (Paths{"a.py"}));
  EXPECT_TRUE(repository->authorship()->by_path.empty());
  EXPECT_FALSE(repository->blame("a.py", 1));
}

TEST_F(GitTest, BlameNamesWhoLastWroteALine) {
  git("init -q -b main");
  write("a.py", "one\ntwo\n");
  commit("first", "Ada <ada@example.org>", "2026-01-02T03:04:05Z");
  write("a.py", "one\nTWO\n");
  commit("second", "Bob <bob@example.org>", "2026-02-03T00:00:00Z");
  const auto repository = open();
  const auto first = repository->blame("a.py", 1);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->author.name, "Ada");
  EXPECT_EQ(format_time(first->at), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(repository->blame("a.py", 2)->author.email, "bob@example.org");
  EXPECT_EQ(repository->blame("a.py", 3).error().code, Code::kNotFound);
  EXPECT_EQ(repository->blame("none.py", 1).error().code, Code::kNotFound);
  EXPECT_FALSE(repository->blame("../../etc/passwd", 1));
}

TEST_F(GitTest, BlameReadsNothingBeyondTheCommitItIsGiven) {
  git("init -q -b main");
  for (int i = 1; i <= 4; ++i) {
    // Each commit writes one more line and leaves the others.
    std::string text;
    for (int line = 1; line <= i; ++line) text += "line " + std::to_string(line) + "\n";
    write("a.py", text);
    commit("m", "A" + std::to_string(i) + " <a@example.org>",
           "2026-01-0" + std::to_string(i) + "T00:00:00Z");
  }
  const auto repository = open("", {.commits_max = 3});
  const std::string oldest = repository->authorship()->oldest;
  EXPECT_EQ(oldest.size(), 40u);
  EXPECT_EQ(repository->blame("a.py", 4, oldest)->author.name, "A4");
  EXPECT_EQ(repository->blame("a.py", 3, oldest)->author.name, "A3");
  EXPECT_EQ(repository->blame("a.py", 1, oldest).error().code, Code::kNotFound);
  EXPECT_EQ(repository->blame("a.py", 1)->author.name, "A1");
  EXPECT_EQ(open()->authorship()->oldest, "");
}

TEST_F(GitTest, LinesAreHeadsOnlyWhereTheBytesAre) {
  git("init -q -b main");
  write("a.py", "one\n");
  commit();
  const auto repository = open();
  EXPECT_TRUE(repository->in_head("a.py", "one\n"));
  EXPECT_FALSE(repository->in_head("a.py", "two\n"));
  EXPECT_FALSE(repository->in_head("b.py", "one\n"));
}

TEST_F(GitTest, HistoryIsTheSameInACloneAndAnotherElsewhere) {
  git("init -q -b main");
  write("a.py", "one\n");
  write("sub/b.py", "one\n");
  git("add -A");
  EXPECT_EQ(open()->history(), "");
  commit("first");
  const std::string first = open()->history();
  EXPECT_EQ(first, open()->head() + ":");
  EXPECT_EQ(open("/sub")->history(), first + "sub/");
  write("a.py", "two\n");
  commit("second");
  EXPECT_EQ(open()->history(), first);
  git("clone -q . '" + directory_.path() + "/clone'");
  const auto clone = MUST(Repository::open(directory_.path() + "/clone"));
  EXPECT_EQ(clone->history(), first);
  git("clone -q --depth 1 'file://" + root_ + "' '" + directory_.path() + "/shallow'");
  EXPECT_EQ(MUST(Repository::open(directory_.path() + "/shallow"))->history(), "");
  EXPECT_EQ(open("", {.history_max = 1})->history(), "");
}

TEST_F(GitTest, AuthorsOfTheWholeFolderCountCommitsOnce) {
  git("init -q -b main");
  write("a.py", "1\n");
  write("b.py", "1\n");
  write("c.py", "1\n");
  commit("m", "Ada <ada@example.org>");
  write("a.py", "2\n");
  commit("m", "Bob <bob@example.org>");
  write("sub/d.py", "2\n");
  commit("m", "Bob <bob@example.org>");
  const auto all = open()->authorship()->all;
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].author.name, "Bob");
  EXPECT_EQ(all[0].commits, 2);
  EXPECT_EQ(all[1].commits, 1);
  EXPECT_EQ(open("/sub")->authorship()->all.size(), 1u);
}

TEST_F(GitTest, AuthorshipCountsCommitsAPath) {
  git("init -q -b main");
  write("a.py", "1\n");
  write("b/c.py", "1\n");
  commit("m1", "Ada <ada@example.org>", "2026-01-01T00:00:00Z");
  write("a.py", "2\n");
  commit("m2", "Bob <bob@example.org>", "2026-01-02T00:00:00Z");
  write("a.py", "3\n");
  commit("m3", "Bob <bob@example.org>", "2026-01-03T00:00:00Z");
  const auto authorship = *open()->authorship();
  EXPECT_EQ(authorship.commits, 3);
  EXPECT_TRUE(authorship.complete);
  const auto& shares = authorship.by_path.at("a.py");
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].author.name, "Bob");
  EXPECT_EQ(shares[0].commits, 2);
  EXPECT_EQ(authorship.by_path.at("b/c.py")[0].author.name, "Ada");
  const auto cut = *open("", {.commits_max = 1})->authorship();
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(cut.by_path.at("a.py")[0].commits, 1);
  EXPECT_EQ(open("/b")->authorship()->by_path.count("c.py"), 1u);
}

TEST_F(GitTest, AShallowCloneGivesWhatItHas) {
  git("init -q -b main");
  write("a.py", "1\n");
  commit("m1");
  write("a.py", "2\n");
  commit("m2", "Bob <bob@example.org>");
  git("clone -q --depth 1 file://" + root_ + " ../shallow");
  const auto repository = Repository::open(directory_.path() + "/shallow");
  ASSERT_TRUE(repository);
  EXPECT_EQ((*repository)->tracked(), (Paths{"a.py"}));
  EXPECT_TRUE((*repository)->authorship());
}

TEST_F(GitTest, ALinkedWorktreeIsReadLikeAnyOther) {
  git("init -q -b main");
  write("a.py", "1\n");
  commit();
  git("worktree add -q ../linked");
  const auto repository = Repository::open(directory_.path() + "/linked");
  ASSERT_TRUE(repository) << repository.error().message;
  ASSERT_NE(*repository, nullptr);
  EXPECT_EQ((*repository)->tracked(), (Paths{"a.py"}));
  EXPECT_EQ((*repository)->blame("a.py", 1)->author.name, "Ada");
}

/// Everything in a repository that could name a program names one that leaves a mark.
TEST_F(GitTest, NothingThatARepositoryNamesIsRun) {
  git("init -q -b main");
  const std::string canary = directory_.path() + "/canary";
  const std::string program = directory_.path() + "/program";
  std::ofstream(program) << "#!/bin/sh\ntouch '" << canary << "'\ncat\n";
  ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  write("a.py", "1\n");
  write("b.txt", "1\n");
  commit();
  write(".gitattributes", "* filter=evil diff=evil text=auto\n");
  write("a.py", "2\n");
  std::ofstream(root_ + "/.git/config", std::ios::app)
      << "[core]\n\tfsmonitor = " << program << "\n\thooksPath = " << directory_.path()
      << "\n\tpager = " << program << "\n\tsshCommand = " << program
      << "\n\tuntrackedCache = true\n"
      << "[filter \"evil\"]\n\tclean = " << program << "\n\tsmudge = " << program
      << "\n\tprocess = " << program
      << "\n\trequired = true\n[diff \"evil\"]\n\ttextconv = " << program
      << "\n\tcommand = " << program << "\n[include]\n\tpath = " << directory_.path() << "/more\n";
  std::ofstream(directory_.path() + "/more") << "[core]\n\tfsmonitor = " << program << "\n";
  for (const char* hook :
       {"post-checkout", "post-index-change", "fsmonitor-watchman", "pre-commit"}) {
    const std::string path = root_ + "/.git/hooks/" + hook;
    std::ofstream(path) << "#!/bin/sh\ntouch '" << canary << "'\n";
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  }
  const auto repository = open();
  ASSERT_NE(repository, nullptr);
  EXPECT_EQ(repository->tracked(), (Paths{"a.py", "b.txt"}));
  (void)repository->ignored("x");
  EXPECT_TRUE(repository->blame("a.py", 1));
  EXPECT_TRUE(repository->authorship());
  EXPECT_NE(::access(canary.c_str(), F_OK), 0) << "something was run";
  // The canary does sing when git itself reads this repository.
  (void)std::system(("cd '" + root_ + "' && git status >/dev/null 2>&1").c_str());
  EXPECT_EQ(::access(canary.c_str(), F_OK), 0);
}

TEST_F(GitTest, DamageGivesErrorsNotCrashes) {
  git("init -q -b main");
  for (int i = 0; i < 20; ++i) write("f" + std::to_string(i), std::to_string(i) + "\n");
  commit();
  write("f0", "changed\n");
  commit("second");
  // Every object becomes noise.
  ASSERT_EQ(std::system(("find '" + root_ +
                         "/.git/objects' -type f -exec chmod u+w {} + "
                         "-exec sh -c 'for f; do printf junk > \"$f\"; done' _ {} +")
                            .c_str()),
            0);
  const auto repository = open();
  ASSERT_NE(repository, nullptr);
  EXPECT_EQ(repository->tracked().size(), 20u);
  EXPECT_FALSE(repository->blame("f0", 1));
  const auto authorship = repository->authorship();
  EXPECT_TRUE(!authorship || !authorship->complete || authorship->by_path.empty());
}

TEST_F(GitTest, ABrokenIndexIsAnError) {
  git("init -q -b main");
  write("a.py", "x\n");
  commit();
  for (const std::string& junk :
       {std::string("DIRC"), std::string(1000, '\xff'),
        std::string("DIRC\0\0\0\2\xff\xff\xff\xff", 12) + std::string(40, 'x')}) {
    ASSERT_EQ(std::remove((root_ + "/.git/index").c_str()), 0);
    std::ofstream(root_ + "/.git/index", std::ios::binary) << junk;
    const auto repository = Repository::open(root_);
    ASSERT_FALSE(repository);
    EXPECT_EQ(repository.error().code, Code::kDataLoss);
  }
}

TEST_F(GitTest, AHugeIndexIsRefusedBeforeItIsRead) {
  git("init -q -b main");
  write("a.py", "x\n");
  commit();
  const auto repository = Repository::open(root_, {.index_bytes_max = 16});
  ASSERT_FALSE(repository);
  EXPECT_EQ(repository.error().code, Code::kResourceExhausted);
}

TEST_F(GitTest, AnIndexThatIsALinkOutOfTheTreeIsRefused) {
  git("init -q -b main");
  write("a.py", "x\n");
  commit();
  ASSERT_EQ(std::remove((root_ + "/.git/index").c_str()), 0);
  ASSERT_EQ(::symlink("/etc/passwd", (root_ + "/.git/index").c_str()), 0);
  EXPECT_FALSE(Repository::open(root_));
}

TEST_F(GitTest, AWorkTreeThatPointsElsewhereIsNotOurs) {
  git("init -q -b main");
  write("a.py", "x\n");
  commit();
  git("config core.worktree /etc");
  const auto repository = Repository::open(root_);
  EXPECT_TRUE(!repository || *repository == nullptr);
}

// The cases of docs.github.com, "About code owners".
TEST(Codeowners, MatchesAsGitHubDocuments) {
  EXPECT_TRUE(codeowners_match("*", "any/where.py"));
  EXPECT_TRUE(codeowners_match("*.js", "a.js"));
  EXPECT_TRUE(codeowners_match("*.js", "deep/er/a.js"));
  EXPECT_FALSE(codeowners_match("*.js", "a.ts"));
  EXPECT_TRUE(codeowners_match("/build/logs/", "build/logs/x/y.log"));
  EXPECT_FALSE(codeowners_match("/build/logs/", "sub/build/logs/y.log"));
  EXPECT_TRUE(codeowners_match("docs/*", "docs/getting-started.md"));
  EXPECT_FALSE(codeowners_match("docs/*", "docs/build-app/troubleshooting.md"));
  EXPECT_TRUE(codeowners_match("apps/", "apps/a.py"));
  EXPECT_TRUE(codeowners_match("apps/", "deep/apps/b/a.py"));
  EXPECT_FALSE(codeowners_match("apps/", "apps"));
  EXPECT_TRUE(codeowners_match("/docs/", "docs/a/b.md"));
  EXPECT_FALSE(codeowners_match("/docs/", "x/docs/b.md"));
  EXPECT_TRUE(codeowners_match("**/logs", "build/logs/a"));
  EXPECT_TRUE(codeowners_match("**/logs", "deeply/nested/logs/a.txt"));
  EXPECT_TRUE(codeowners_match("/apps/github", "apps/github/a.py"));
  EXPECT_FALSE(codeowners_match("/apps/github", "apps/githubber"));
  EXPECT_TRUE(codeowners_match("train.py", "src/train.py"));
}

TEST(Codeowners, TheLastMatchWinsAndMayTakeAway) {
  const auto owners = Codeowners::parse(
      "# comment\n*       @global-owner1 @org/team\n*.py @py # inline\r\n/apps/ docs@example.com\n"
      "/apps/github\n!negated @x\n[a-z].py @x\nwith\\ space.txt @space\n*.md not-an-owner\n");
  EXPECT_EQ(owners.owners_of("x.txt"), (Paths{"global-owner1", "org/team"}));
  EXPECT_EQ(owners.owners_of("a/x.py"), (Paths{"py"}));
  EXPECT_EQ(owners.owners_of("apps/x.py"), (Paths{"docs@example.com"}));
  EXPECT_EQ(owners.owners_of("apps/github/x.py"), Paths{});
  EXPECT_EQ(owners.owners_of("with space.txt"), (Paths{"space"}));
  EXPECT_EQ(owners.owners_of("a.md"), Paths{});
  EXPECT_EQ(owners.rules().size(), 6u);
  EXPECT_TRUE(Codeowners::parse("").owners_of("x").empty());
}

TEST(Codeowners, IsFoundInItsThreePlacesInOrder) {
  const auto directory = MUST(TempDirectory::create("owners"));
  auto& files = posix_files();
  EXPECT_TRUE(find_codeowners(files, directory.path())->rules().empty());
  const auto put = [&](const std::string& folder, const std::string& owner) {
    ASSERT_TRUE(files.make_directories(directory.path() + "/" + folder));
    std::ofstream(directory.path() + "/" + folder + "/CODEOWNERS") << "* @" + owner + "\n";
  };
  put("docs", "third");
  EXPECT_EQ(find_codeowners(files, directory.path())->owners_of("x"), (Paths{"third"}));
  put(".", "second");
  EXPECT_EQ(find_codeowners(files, directory.path())->owners_of("x"), (Paths{"second"}));
  put(".github", "first");
  EXPECT_EQ(find_codeowners(files, directory.path())->owners_of("x"), (Paths{"first"}));
}

}  // namespace
}  // namespace solvent::scm
