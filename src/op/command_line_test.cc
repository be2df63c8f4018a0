#include "op/command_line.h"

#include <gtest/gtest.h>

#include "op/sample_operations.h"

namespace solvent::op {
namespace {

struct Globals {
  bool json = false;
  std::string server;
  std::vector<std::string> set;
  template <class V>
  void describe(V& v) {
    v.field("json", json, "print JSON");
    v.field("server", server, "ask this server", {.optional = true});
    v.field("set", set, "a setting: key=value");
  }
};

Result<CommandLine> parse(std::vector<std::string> words) {
  static const Operations table = sample::operations();
  return parse_command_line(table, spec_of<Globals>(), words, "/home/ada");
}

std::string params(std::vector<std::string> words) {
  const auto line = parse(std::move(words));
  return line ? line->spec->id() + " " + to_text(line->arguments.params)
              : "error: " + line.error().message;
}

std::string hint(std::vector<std::string> words) {
  const auto line = parse(std::move(words));
  EXPECT_FALSE(line);
  return line ? "" : line.error().hint;
}

TEST(CommandLine, FlagsOfEveryKind) {
  EXPECT_EQ(params({"ship", "list"}), "ship list {}");
  EXPECT_EQ(params({"ship"}), "ship list {}");
  EXPECT_EQ(params({"ship", "list", "--limit", "7", "--late", "--port=Oslo"}),
            R"(ship list {"limit":7,"late":true,"port":"Oslo"})");
  EXPECT_EQ(params({"ship", "--tags", "a", "--tags=b", "--no-late"}),
            R"(ship list {"tags":["a","b"],"late":false})");
  EXPECT_EQ(params({"ship", "list", "--late=no", "--since", "-5"}),
            R"(ship list {"late":false,"since":-5})");
  EXPECT_EQ(params({"ship", "load", "Ada", "--cargo", R"({"name":"tea"})", "--insured-share", "0.5",
                    "--dry-run"}),
            R"(ship load {"ship_name":"Ada","cargo":{"name":"tea"},)"
            R"("insured_share":0.5,"dry_run":true})");
}

TEST(CommandLine, PositionalsTakePathsAndAListTakesTheRest) {
  EXPECT_EQ(params({"route", "plan", "a.csv", "Oslo", "Genoa"}),
            R"(route plan {"file":{"given":"a.csv","root":"/home/ada/a.csv"},)"
            R"("stops":["Oslo","Genoa"]})");
  EXPECT_EQ(params({"route", "plan", "/a.csv"}),
            R"(route plan {"file":{"given":"/a.csv","root":"/a.csv"}})");
}

TEST(CommandLine, GlobalFlagsStandAnywhere) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--json", "--server", "x", "ship", "list", "--limit", "3"},
           {"ship", "--json", "--server=x", "list", "--limit", "3"},
           {"ship", "list", "--limit", "3", "--server", "x", "--json"}}) {
    const auto line = MUST(parse(words));
    EXPECT_EQ(line.spec->id(), "ship list");
    EXPECT_EQ(to_text(line.arguments.params), R"({"limit":3})");
    EXPECT_EQ(line.arguments.globals.text_or("server", ""), "x");
    EXPECT_TRUE(line.arguments.globals.bool_or("json", false));
  }
  EXPECT_EQ(params({"--json", "ship", "list", "--json"}), "error: --json is given twice");
}

TEST(CommandLine, AGlobalListGrowsWhereverItsMembersStand) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--set", "a=1", "--set", "b=2", "ship", "list", "--set", "c=3"},
           {"--set=a=1", "ship", "--set", "b=2", "--set", "c=3"},  // behind a default verb
           {"ship", "--set", "a=1", "--set", "b=2", "list", "--set", "c=3"},
           {"ship", "list", "--set", "a=1", "--set", "b=2", "--set", "c=3"}}) {
    const auto line = MUST(parse(words));
    EXPECT_EQ(line.spec->id(), "ship list");
    EXPECT_EQ(to_text(*line.arguments.globals.find("set")), R"(["a=1","b=2","c=3"])");
  }
}

TEST(CommandLine, WhatIsBehindTwoDashesIsKept) {
  const auto line = MUST(parse({"ship", "list", "--", "python", "--limit", "--help"}));
  EXPECT_EQ(line.arguments.rest, (std::vector<std::string>{"python", "--limit", "--help"}));
  EXPECT_FALSE(line.arguments.help);
  EXPECT_EQ(to_text(line.arguments.params), "{}");
}

TEST(CommandLine, HelpAtEveryLevel) {
  EXPECT_EQ(MUST(parse({})).spec, nullptr);
  const auto top = MUST(parse({"--help"}));
  EXPECT_TRUE(top.arguments.help);
  EXPECT_TRUE(top.noun.empty());
  const auto noun = MUST(parse({"ship", "-h"}));
  EXPECT_TRUE(noun.arguments.help);
  EXPECT_EQ(noun.spec, nullptr);
  EXPECT_EQ(noun.noun, "ship");
  const auto verb = MUST(parse({"ship", "load", "--nonsense", "--help"}));
  EXPECT_TRUE(verb.arguments.help);
  EXPECT_EQ(verb.spec->id(), "ship load");
}

TEST(CommandLine, JsonComesFromFilesThatTheCallerReads) {
  static const Operations table = sample::operations();
  const ReadText read = [](const std::string& path) -> Result<std::string> {
    if (path == "/home/ada/tea.json") return std::string(R"({"tea":3})");
    return fail(Code::kNotFound, "there is no " + path);
  };
  const auto load = [&](const std::string& cargo, const ReadText& with) {
    const std::vector<std::string> words = {"ship", "load", "Ada", "--cargo", cargo};
    const auto line = parse_command_line(table, spec_of<Globals>(), words, "/home/ada", with);
    return line ? to_text(*line->arguments.params.find("cargo")) : line.error().message;
  };
  EXPECT_EQ(load("@tea.json", read), R"({"tea":3})");
  EXPECT_EQ(load("@/home/ada/tea.json", read), R"({"tea":3})");
  EXPECT_EQ(load("@coal.json", read), "there is no /home/ada/coal.json");
  EXPECT_EQ(load("@tea.json", {}).substr(0, 22), "--cargo must be JSON: ");
}

TEST(CommandLine, MistakesAreNamed) {
  EXPECT_EQ(params({"ship", "list", "--limt", "3"}), "error: no such flag: --limt");
  EXPECT_EQ(hint({"ship", "list", "--limt", "3"}), "did you mean --limit?");
  EXPECT_EQ(params({"ship", "list", "--limit"}), "error: --limit needs a value");
  EXPECT_EQ(params({"ship", "list", "--limit", "--late"}), "error: --limit needs a value");
  EXPECT_EQ(params({"ship", "list", "--limit", "x"}), "error: --limit must be an integer");
  EXPECT_EQ(hint({"ship", "list", "--limit", "x"}),
            "give a whole number from 1 to 100 (rows a page)");
  EXPECT_EQ(params({"ship", "list", "--limit", "1", "--limit", "2"}),
            "error: --limit is given twice");
  EXPECT_EQ(params({"ship", "list", "-x"}), "error: no such flag: -x");
  EXPECT_EQ(params({"ship", "list", "extra"}), "error: one argument too many: extra");
  EXPECT_EQ(params({"ship", "load"}), "error: <ship-name> is missing");
  EXPECT_EQ(params({"ship", "load", "Ada"}), "error: --cargo is missing");
  EXPECT_EQ(params({"ship", "load", "Ada", "--cargo", "tea"}).substr(0, 29),
            "error: --cargo must be JSON: ");
  EXPECT_EQ(params({"ship", "lod"}), "error: no such command: solvent ship lod");
  EXPECT_EQ(hint({"ship", "lod"}), "did you mean solvent ship load?");
  EXPECT_EQ(params({"shp"}), "error: no such command: shp");
  EXPECT_EQ(params({"route"}), "error: solvent route needs one of: plan");
  EXPECT_EQ(params({"route", "plan", ""}), "error: file must be a path");
  EXPECT_EQ(params({"--jsn", "ship"}), "error: no such flag: --jsn");
}

}  // namespace
}  // namespace solvent::op
