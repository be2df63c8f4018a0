#include "op/help.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "base/files.h"
#include "base/text.h"
#include "op/sample_operations.h"

namespace solvent::op {
namespace {

struct JsonGlobal {
  bool json = false;
  template <class V>
  void describe(V& v) {
    v.field("json", json, "print JSON");
  }
};

const Operations& table() {
  static const Operations operations = sample::operations();
  return operations;
}

HelpSource source() {
  static const std::vector<Example> kExamples{{"solvent ship", "every ship"}};
  static const std::vector<LocalCommand> kLocal{
      {.name = "serve", .summary = "Serve the harbour", .examples = {{"solvent serve", "go"}}}};
  return {table(), kLocal, spec_of<JsonGlobal>(), "Solvent keeps harbours solvent.", kExamples};
}

TEST(Help, OverviewStartsWithPurposeAndExamples) {
  EXPECT_EQ(help_overview(source()),
            "Solvent keeps harbours solvent.\n"
            "\n"
            "Examples\n"
            "  solvent ship\n"
            "      every ship\n"
            "\n"
            "Commands\n"
            "  ship [list]  List ships\n"
            "  ship load    Load cargo\n"
            "  route plan   Plan a route\n"
            "  serve        Serve the harbour\n"
            "\n"
            "Flags of every command\n"
            "  --json  print JSON\n"
            "\n"
            "solvent COMMAND --help shows examples and flags.\n");
}

TEST(Help, OperationNamesLimitsAndDefaults) {
  const std::string text = help_operation(source(), *table().find_id("ship list"));
  EXPECT_TRUE(text.starts_with("List ships\n\nExamples\n  solvent ship list --port Oslo\n"))
      << text;
  for (const char* line :
       {"  solvent ship [list] [flags]\n", "  --port Oslo|Genoa  only ships in this port\n",
        "  --limit N          rows a page (1 to 100, default 50)\n",
        "  --tags TEXT        with all of these tags (may be repeated)\n",
        "  --since TIME       arrived after this\n", "HTTP: GET /api/ships, role reader\n"})
    EXPECT_TRUE(contains(text, line)) << line << text;
  const std::string load = help_operation(source(), *table().find_id("ship load"));
  EXPECT_TRUE(contains(load, "  solvent ship load <ship-name> [flags]\n")) << load;
  EXPECT_TRUE(contains(load, "Checks the weight first.\n"));
  EXPECT_TRUE(contains(load, "--cargo JSON              what to load (required)\n")) << load;
}

TEST(Help, NounAndLocalCommand) {
  EXPECT_TRUE(help_noun(source(), "ship").starts_with("Commands\n  ship [list]"));
  EXPECT_EQ(help_noun(source(), "route"), help_operation(source(), *table().find_id("route plan")));
  EXPECT_EQ(help_noun(source(), "shp"), "");
  EXPECT_TRUE(contains(help_local(source(), source().local[0]), "Usage\n  solvent serve\n"));
}

/// What a shell prints for the script with `act` behind it.
std::string run_shell(const std::string& shell, const std::string& act) {
  const TempDirectory directory = MUST(TempDirectory::create("solvent-completion"));
  const std::string path = directory.path() + "/script";
  const std::string script = MUST(completion_script(source(), shell.substr(0, shell.find(' '))));
  MUST(write_file_durably(posix_files(), path, as_bytes(script + "\n" + act + "\n")));
  std::FILE* out = ::popen((shell + " " + path + " 2>&1").c_str(), "r");
  EXPECT_NE(out, nullptr);
  if (out == nullptr) return "";
  std::string text;
  std::array<char, 4096> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), out))
    text.append(piece.data(), got);
  const int status = ::pclose(out);
  return status == 0 ? text : "exit " + std::to_string(status) + ": " + text;
}

std::string bash_offers(const std::string& words, int count) {
  return run_shell("bash", "COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(count) +
                               "; _solvent; echo \"${COMPREPLY[@]}\"");
}

TEST(Completion, BashOffersWordsFlagsAndChoices) {
  EXPECT_EQ(bash_offers("solvent ''", 1), "ship route serve --json --help\n");
  EXPECT_EQ(bash_offers("solvent sh", 1), "ship\n");
  EXPECT_EQ(bash_offers("solvent ship l", 2), "list load\n");
  EXPECT_EQ(bash_offers("solvent ship load --d", 3), "--dry-run\n");
  EXPECT_EQ(bash_offers("solvent ship list --port ''", 4), "Oslo Genoa\n");
  EXPECT_EQ(bash_offers("solvent ship --port G", 3), "Genoa\n");
  EXPECT_EQ(bash_offers("solvent route ''", 2), "plan --help\n");
}

TEST(Completion, ZshOffersTheSame) {
  // compadd and compdef exist only inside zsh's line editor: stand-ins print what they are given.
  const auto offers = [](const std::string& words, int current) {
    const std::string script = MUST(completion_script(source(), "zsh"));
    const TempDirectory directory = MUST(TempDirectory::create("solvent-completion"));
    const std::string path = directory.path() + "/script";
    MUST(write_file_durably(
        posix_files(), path,
        as_bytes("compdef() { :; }; _files() { :; }; compadd() { shift; print -- $@; }\n" + script +
                 "words=(" + words + "); CURRENT=" + std::to_string(current) + "\n_solvent\n")));
    std::FILE* out = ::popen(("zsh -f " + path + " 2>&1").c_str(), "r");
    std::array<char, 4096> piece{};
    const std::size_t got = std::fread(piece.data(), 1, piece.size(), out);
    return ::pclose(out) == 0 ? std::string(piece.data(), got)
                              : "failed: " + std::string(piece.data());
  };
  EXPECT_EQ(offers("solvent ''", 2), "ship route serve --json --help\n");
  EXPECT_EQ(offers("solvent ship list --port ''", 5), "Oslo Genoa\n");
  EXPECT_EQ(offers("solvent ship load --d", 4),
            "--cargo --dry-run --insured-share --json --help\n");
}

TEST(Completion, FishOffersTheSame) {
  const auto offers = [](const std::string& line) {
    return run_shell("fish", "complete -C '" + line + "' | string split -f1 \\t | sort");
  };
  EXPECT_EQ(offers("solvent "), "route\nserve\nship\n");
  EXPECT_EQ(offers("solvent ship l"), "list\nload\n");
  EXPECT_EQ(offers("solvent ship list --port "), "Genoa\nOslo\n");
  EXPECT_EQ(offers("solvent ship load --d"), "--dry-run\n");
}

TEST(Completion, OtherShellsAreRefused) {
  EXPECT_EQ(completion_script(source(), "tcsh").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace solvent::op
