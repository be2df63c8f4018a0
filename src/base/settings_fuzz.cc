#include "base/settings.h"

#include <cstddef>
#include <cstdint>

#include "base/sim_disk.h"

namespace {

std::vector<solvent::Setting> table() {
  using enum solvent::SettingType;
  return {{.key = "server.port", .type = kInt, .default_value = 1, .doc = "d", .min = 0, .max = 9},
          {.key = "server.open_reads", .type = kBool, .doc = "d"},
          {.key = "ledger.ratio", .type = kNumber, .doc = "d"},
          {.key = "ledger.currency", .type = kText, .doc = "d"},
          {.key = "audit.ignore", .type = kList, .doc = "d"},
          {.key = "ledger.rates", .type = kMap, .doc = "d"}};
}

}  // namespace

// Any file is read or refused with an error; whatever was read has the declared types.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  static const std::vector<Setting> settings = table();
  SimDisk disk;
  MUST(MUST(disk.open("/solvent.toml", OpenMode::kCreate))->write_at(0, {data, size}));
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::map<std::string, std::string>& flags : {std::map<std::string, std::string>{},
                                                          {{"audit.ignore", text}},
                                                          {{"ledger.rates", text}},
                                                          {{"ledger.ratio", text}}}) {
    const auto loaded =
        Settings::load(settings, disk, flags.empty() ? "/solvent.toml" : "", {}, flags);
    if (!loaded) {
      ASSERT(!loaded.error().message.empty() && loaded.error().code != Code::kInternal);
      continue;
    }
    (void)loaded->integer("server.port");
    (void)loaded->boolean("server.open_reads");
    (void)loaded->number("ledger.ratio");
    (void)loaded->text("ledger.currency");
    (void)loaded->list("audit.ignore");
    (void)loaded->map("ledger.rates");
  }
  return 0;
}
