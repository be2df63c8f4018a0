#include <array>

#include "table/table.h"

namespace solvent::table {

std::span<const Setting> settings() {
  static const std::array<Setting, 6> kSettings = {
      Setting{.key = "table.memory_mib",
              .type = SettingType::kInt,
              .default_value = std::int64_t{2'048},
              .doc = "memory that scans of data may use, in MiB",
              .min = 64,
              .max = 1'048'576},
      Setting{.key = "table.threads",
              .type = SettingType::kInt,
              .default_value = std::int64_t{2},
              .doc = "threads of one scan of data",
              .min = 1,
              .max = 256},
      Setting{.key = "table.columns_max",
              .type = SettingType::kInt,
              .default_value = std::int64_t{10'000},
              .doc = "columns a table may have",
              .min = 1,
              .max = 1'000'000},
      Setting{.key = "table.field_bytes_max",
              .type = SettingType::kInt,
              .default_value = std::int64_t{16 << 20},
              .doc = "bytes a single field may have",
              .min = 1'024,
              .max = 1 << 30},
      Setting{.key = "table.record_bytes_max",
              .type = SettingType::kInt,
              .default_value = std::int64_t{64 << 20},
              .doc = "bytes a whole row of a CSV file may have",
              .min = 1'024,
              .max = 1 << 30},
      Setting{.key = "table.json_depth_max",
              .type = SettingType::kInt,
              .default_value = std::int64_t{256},
              .doc = "levels to which a JSON file may nest",
              .min = 1,
              .max = 1'000},
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
