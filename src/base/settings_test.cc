#include "base/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/fault_files.h"
#include "base/sim_disk.h"

namespace solvent {
namespace {

std::vector<Setting> table() {
  return {
      {.key = "server.port",
       .type = SettingType::kInt,
       .default_value = 7421,
       .doc = "port to listen on",
       .min = 0,
       .max = 65535},
      {.key = "server.open_reads",
       .type = SettingType::kBool,
       .default_value = false,
       .doc = "reads need no token"},
      {.key = "ledger.ratio",
       .type = SettingType::kNumber,
       .default_value = 4,
       .doc = "spread of a price",
       .min = 1,
       .max = 100},
      {.key = "ledger.currency",
       .type = SettingType::kText,
       .default_value = "EUR",
       .doc = "currency"},
      {.key = "audit.ignore", .type = SettingType::kList, .doc = "globs left out"},
      {.key = "ledger.rates", .type = SettingType::kMap, .doc = "rate an hour, by team"},
      {.key = "server.key", .type = SettingType::kText, .doc = "key file", .secret = true},
  };
}

using Texts = std::map<std::string, std::string>;

Result<Settings> load(std::string_view toml, const Texts& environment = {},
                      const Texts& flags = {}) {
  SimDisk disk;
  MUST(write_file_durably(disk, "/solvent.toml", as_bytes(toml)));
  const auto settings = table();
  return Settings::load(settings, disk, "/solvent.toml", environment, flags);
}

Error error_of_toml(std::string_view toml, const Texts& environment = {}, const Texts& flags = {}) {
  auto loaded = load(toml, environment, flags);
  EXPECT_FALSE(loaded) << toml;
  return loaded ? Error{} : loaded.error();
}

TEST(Settings, DefaultsWithoutAFile) {
  SimDisk disk;
  const auto declared = table();
  const Settings settings = MUST(Settings::load(declared, disk, "/none.toml", {}, {}));
  EXPECT_EQ(settings.integer("server.port"), 7421);
  EXPECT_FALSE(settings.boolean("server.open_reads"));
  EXPECT_EQ(settings.number("ledger.ratio"), 4.0);
  EXPECT_EQ(settings.text("ledger.currency"), "EUR");
  EXPECT_TRUE(settings.list("audit.ignore").empty());
  EXPECT_TRUE(settings.map("ledger.rates").empty());
  EXPECT_EQ(settings.value("server.port").origin, "default");
}

TEST(Settings, FileThenEnvironmentThenFlag) {
  const std::string toml =
      "[server]\nport = 1\nopen_reads = true\n"
      "[ledger]\nratio = 5\ncurrency = 'JPY'\n[ledger.rates]\ncore = 90\n\"data.eng\" = '85.5'\n"
      "[ledger.rates.nested]\nteam = 1.5\n"
      "[audit]\nignore = ['a/**', 'b']\n";
  const Settings settings =
      MUST(load(toml, {{"SOLVENT_SERVER_PORT", "2"}, {"SOLVENT_LEDGER_RATIO", "6.5"}},
                {{"server.port", "3"}}));
  EXPECT_EQ(settings.integer("server.port"), 3);
  EXPECT_EQ(settings.value("server.port").origin, "flag");
  EXPECT_EQ(settings.number("ledger.ratio"), 6.5);
  EXPECT_EQ(settings.value("ledger.ratio").origin, "SOLVENT_LEDGER_RATIO");
  EXPECT_TRUE(settings.boolean("server.open_reads"));
  EXPECT_EQ(settings.value("server.open_reads").origin, "solvent.toml");
  EXPECT_EQ(settings.text("ledger.currency"), "JPY");
  EXPECT_EQ(settings.list("audit.ignore"), (std::vector<std::string>{"a/**", "b"}));
  EXPECT_EQ(settings.map("ledger.rates"),
            (Texts{{"core", "90"}, {"data.eng", "85.5"}, {"nested.team", "1.5"}}));
}

TEST(Settings, ListsAndMapsAsText) {
  const Settings settings = MUST(
      load("", {{"SOLVENT_AUDIT_IGNORE", " a , b,,c"}}, {{"ledger.rates", "core=90, data = 80"}}));
  EXPECT_EQ(settings.list("audit.ignore"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(settings.map("ledger.rates"), (Texts{{"core", "90"}, {"data", "80"}}));
}

TEST(Settings, EmptyFlagMeansEmpty) {
  EXPECT_EQ(
      MUST(load("[ledger]\ncurrency='X'", {}, {{"ledger.currency", ""}})).text("ledger.currency"),
      "");
}

TEST(Settings, UnknownKeysNameTheNearestOne) {
  const Error in_file = error_of_toml("[server]\nprot = 1\n");
  EXPECT_EQ(in_file.code, Code::kInvalidArgument);
  EXPECT_EQ(in_file.message, "unknown setting in solvent.toml line 2: server.prot");
  EXPECT_EQ(in_file.hint, "did you mean server.port?");
  EXPECT_EQ(in_file.subject, "server.prot");
  const Error in_environment = error_of_toml("", {{"SOLVENT_SERVER_PROT", "1"}});
  EXPECT_EQ(in_environment.message, "unknown setting in the environment: SOLVENT_SERVER_PROT");
  EXPECT_EQ(in_environment.hint, "did you mean SOLVENT_SERVER_PORT?");
  EXPECT_EQ(error_of_toml("", {}, {{"ledger.curency", "x"}}).hint, "did you mean ledger.currency?");
  EXPECT_EQ(error_of_toml("zzzzzzzz = 1\n").hint, "solvent settings list shows them all");
}

TEST(Settings, BadValuesNameKeyAndOrigin) {
  const Error text = error_of_toml("[server]\n\nport = 'x'\n");
  EXPECT_EQ(text.message, "setting server.port in solvent.toml line 3 must be an integer");
  EXPECT_EQ(text.hint, "port to listen on");
  EXPECT_EQ(text.subject, "server.port");
  EXPECT_EQ(error_of_toml("[server]\nport = 65536\n").message,
            "setting server.port in solvent.toml line 2 must be between 0 and 65535");
  EXPECT_EQ(error_of_toml("", {{"SOLVENT_SERVER_PORT", "-1"}}).message,
            "setting server.port in SOLVENT_SERVER_PORT must be between 0 and 65535");
  EXPECT_EQ(error_of_toml("", {}, {{"server.open_reads", "maybe"}}).message,
            "setting server.open_reads in flag must be true or false");
  EXPECT_EQ(error_of_toml("server.port = 1.0\n").subject, "server.port");
  EXPECT_EQ(error_of_toml("ledger.ratio = nan\n").subject, "ledger.ratio");
  EXPECT_EQ(error_of_toml("ledger.ratio = inf\n").subject, "ledger.ratio");
  EXPECT_EQ(error_of_toml("", {{"SOLVENT_LEDGER_RATIO", "nan"}}).subject, "ledger.ratio");
  EXPECT_EQ(error_of_toml("audit.ignore = 'a'\n").subject, "audit.ignore");
  EXPECT_EQ(error_of_toml("audit.ignore = [['a']]\n").subject, "audit.ignore");
  EXPECT_EQ(error_of_toml("ledger.rates = 3\n").subject, "ledger.rates");
  EXPECT_EQ(error_of_toml("[ledger.rates]\ncore = [1]\n").subject, "ledger.rates");
  EXPECT_EQ(error_of_toml("[server.port]\nx = 1\n").subject, "server.port");
  EXPECT_EQ(error_of_toml("", {}, {{"ledger.rates", "core"}}).subject, "ledger.rates");
  EXPECT_EQ(error_of_toml("", {{"SOLVENT_LEDGER_CURRENCY", "\xff"}}).subject, "ledger.currency");
}

TEST(Settings, BrokenTomlNamesTheLine) {
  const Error error = error_of_toml("[server]\nport = \n");
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_TRUE(error.message.starts_with("solvent.toml line 2 is not TOML: ")) << error.message;
  EXPECT_EQ(error_of_toml("a = 1\na = 2\n").code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml("x = '\xff'\n").code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml(std::string(100'000, '[')).code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml("x = " + std::string(100'000, '[')).code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml("\xc3\xa9 = 1\n").code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml("a\xd2\x95.c = 1\n").code, Code::kInvalidArgument);
  std::string nested = "a";
  for (int i = 0; i < 3'900; ++i) nested += ".a";
  EXPECT_EQ(error_of_toml(nested + " = 1").code, Code::kInvalidArgument);
  EXPECT_EQ(error_of_toml(nested + nested + " = 1").code, Code::kResourceExhausted);
}

TEST(Settings, AFileThatCannotBeReadIsAnError) {
  SimDisk disk;
  MUST(write_file_durably(disk, "/solvent.toml", as_bytes("server.port = 1")));
  FaultFiles files(disk, {.fail_at = 1, .code = Code::kPermissionDenied});
  const auto declared = table();
  const auto loaded = Settings::load(declared, files, "/solvent.toml", {}, {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kPermissionDenied);
  MUST(write_file_durably(disk, "/big.toml", as_bytes(std::string((1 << 20) + 1, '#'))));
  EXPECT_EQ(Settings::load(declared, disk, "/big.toml", {}, {}).error().code,
            Code::kResourceExhausted);
}

TEST(Settings, EnvironmentNames) {
  EXPECT_EQ(environment_name("server.port"), "SOLVENT_SERVER_PORT");
  ::setenv("SOLVENT_TEST_ONLY", "a=b", 1);
  ::setenv("SOLVENT_DISABLE_SYNC", "none", 1);
  const auto environment = solvent_environment();
  ::unsetenv("SOLVENT_TEST_ONLY");
  ::unsetenv("SOLVENT_DISABLE_SYNC");
  EXPECT_EQ(environment.at("SOLVENT_TEST_ONLY"), "a=b");
  EXPECT_FALSE(environment.contains("SOLVENT_DISABLE_SYNC"));
}

}  // namespace
}  // namespace solvent
