#include <array>

#include "table/table.h"

namespace solvent::table {

std::span<const Setting> settings() {
  static const std::array<Setting, 6> kSettings = {
      integer_setting("table.memory_mib", 2'048, 64, 1'048'576,
                      "memory that scans of data may use, in MiB"),
      integer_setting("table.threads", 2, 1, 256, "threads of one scan of data"),
      integer_setting("table.columns_max", 10'000, 1, 1'000'000, "columns a table may have"),
      integer_setting("table.field_bytes_max", 16 << 20, 1'024, 1 << 30,
                      "bytes a single field may have"),
      integer_setting("table.record_bytes_max", 64 << 20, 1'024, 1 << 30,
                      "bytes a whole row of a CSV file may have"),
      integer_setting("table.json_depth_max", 256, 1, 1'000,
                      "levels to which a JSON file may nest"),
  };
  return kSettings;
}

EngineOptions options_of(const Settings& settings, std::string temp_directory) {
  return {.memory_mib = settings.integer("table.memory_mib"),
          .threads = settings.integer("table.threads"),
          .columns_max = settings.integer("table.columns_max"),
          .field_bytes_max = settings.integer("table.field_bytes_max"),
          .record_bytes_max = settings.integer("table.record_bytes_max"),
          .json_depth_max = settings.integer("table.json_depth_max"),
          .temp_directory = std::move(temp_directory)};
}

}  // namespace solvent::table
