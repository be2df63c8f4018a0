/// One settings table gives the file format, flags, SOLVENT_* variables, documentation and page.
/// Precedence: flag, environment variable, workspace file (solvent.toml), default.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"

namespace solvent {

enum class SettingType : std::uint8_t { kBool, kInt, kNumber, kText, kList, kMap };

/// Declared by the folder that uses it. Key "server.port" is `port` under [server] in solvent.toml,
/// SOLVENT_SERVER_PORT in the environment.
struct Setting {
  std::string key;
  SettingType type = SettingType::kText;
  Json default_value;
  std::string doc;
  double min = 0, max = 0;  ///< for numbers, when max > min
  bool secret = false;      ///< shown as "(set)"
};

/// A whole number from `min` to `max`.
Setting integer_setting(std::string key, std::int64_t value, double min, double max,
                        std::string doc);

struct SettingValue {
  Json value;
  std::string origin;  ///< "default", "solvent.toml", "SOLVENT_SERVER_PORT", "flag"
};

class Settings {
 public:
  /// Reads `file` when present, then `environment` ("SOLVENT_X" → text), then `flags` (key → text).
  /// kInvalidArgument names an unknown key (with the nearest known one) or a bad value.
  static Result<Settings> load(std::span<const Setting> table, FileSystem& files,
                               const std::string& file,
                               const std::map<std::string, std::string>& environment,
                               const std::map<std::string, std::string>& flags);

  /// Asserts that the key is in the table and of that type.
  bool boolean(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  std::string text(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  std::map<std::string, std::string> map(std::string_view key) const;

  const SettingValue& value(std::string_view key) const;
  std::span<const Setting> table() const { return table_; }

 private:
  std::vector<Setting> table_;
  std::map<std::string, SettingValue, std::less<>> values_;
};

/// The environment's SOLVENT_* variables.
std::map<std::string, std::string> solvent_environment();
/// "server.port" → "SOLVENT_SERVER_PORT"
std::string environment_name(std::string_view key);

}  // namespace solvent
