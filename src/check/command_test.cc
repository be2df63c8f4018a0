#include "check/command.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "check/measured.h"

namespace solvent::check {
namespace {

TEST(Command, RefusesProseAndWordsLeftOpen) {
  for (const char* good :
       {"solvent fix {debt}", "git rm --cached -- {subject}",
        "pip freeze > environment.txt && solvent fix {debt} --environment environment.txt",
        "jupyter nbconvert --to notebook --execute --inplace {subject}"})
    EXPECT_EQ(problem_of_command(good), "") << good;
  for (const char* bad :
       {"", " ", "drop the column where {subject} is made, then: solvent data put {subject}",
        "revoke the credential", "solvent data put {subject} --name NAME",
        "solvent asset own {subject} TEAM", "git rm '{subject}'", "git rm \"{subject}\"",
        "git rm $(ls)", "git rm `ls`", "git rm {file}", "git rm x{subject}", "git rm {subject} &&",
        "&& git rm {subject}", "rm -rf {subject}", "solvent audit, then look: {subject}"})
    EXPECT_NE(problem_of_command(bad), "") << bad;
}

TEST(Command, FillsInWordsThatAShellTakesAsTheyAre) {
  const std::string fix = "solvent data put {subject} --name {name} && git rm -- {subject}";
  EXPECT_EQ(command_of(fix, "data/train.csv", "d-1"),
            "solvent data put data/train.csv --name data-train && git rm -- data/train.csv");
  EXPECT_EQ(command_of("solvent fix {debt}", "a b.txt", "d-1"), "solvent fix d-1");
  EXPECT_EQ(command_of("", "a", "d-1"), "");
  // What cannot be typed as it is shown has no command.
  EXPECT_EQ(command_of(fix, "two\nlines.csv", "d-1"), "");
  EXPECT_EQ(command_of(fix, "b\\xff.csv", "d-1"), "");
  EXPECT_EQ(command_of(fix, "\x1b[31m.csv", "d-1"), "");
}

TEST(Command, QuotesWhateverAFileMayBeCalled) {
  EXPECT_EQ(shell_quoted("first look.ipynb"), "'first look.ipynb'");
  EXPECT_EQ(shell_quoted("-rf.ipynb"), "./-rf.ipynb");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
  const TempDirectory directory = MUST(TempDirectory::create("command"));
  for (const std::string name :
       {"first look.ipynb", "$(touch pwned).ipynb", "`touch pwned`", "-rf.ipynb", "a;touch pwned",
        "a'b\"c", "a\\b", "*", "~", "#x", "!x", "a&b|c>d<e", "{a,b}", "[x]", "é.csv", "a=b"}) {
    // A real shell must see one word, and this very one.
    const std::string out = directory.path() + "/out";
    const std::string command = "cd '" + directory.path() + "' && printf '%s\\n' " +
                                shell_quoted(name) + " > '" + out + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    const std::string expected = (name.starts_with('-') ? "./" : "") + name + "\n";
    EXPECT_EQ(MUST(read_file(posix_files(), out, 1'000)), expected);
    EXPECT_FALSE(posix_files().stat(directory.path() + "/pwned"));
  }
}

TEST(Measured, PrecisionIsTheLowerWilsonBound) {
  // Where all n are right, the bound is n / (n + z²).
  for (const auto& one : measurements()) {
    const auto precision = measured_precision(one.check);
    ASSERT_EQ(precision.has_value(), one.findings > 0) << one.check;
    if (!precision) continue;
    EXPECT_EQ(precision->findings, one.findings);
    if (one.right == one.findings) {
      const auto n = static_cast<double>(one.findings);
      EXPECT_NEAR(precision->low, n / (n + 1.959964 * 1.959964), 1e-6) << one.check;
    }
  }
  EXPECT_FALSE(measured_precision("code/none"));
}

}  // namespace
}  // namespace solvent::check
