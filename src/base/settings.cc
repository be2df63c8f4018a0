#include "base/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/toml.h"

namespace solvent {
namespace {

constexpr std::uint64_t kSettingsBytesMax = 1u << 20;

std::string_view type_text(SettingType type) {
  switch (type) {
    case SettingType::kBool: return "true or false";
    case SettingType::kInt: return "an integer";
    case SettingType::kNumber: return "a number";
    case SettingType::kText: return "a text";
    case SettingType::kList: return "a list of texts";
    case SettingType::kMap: return "a table of texts";
  }
  return "a text";
}

Unexpected bad_value(const Setting& setting, const std::string& origin, const std::string& why) {
  return fail(Code::kInvalidArgument, "setting " + setting.key + " in " + origin + " " + why,
              setting.doc, setting.key);
}

Unexpected wrong_type(const Setting& setting, const std::string& origin) {
  return bad_value(setting, origin, "must be " + std::string(type_text(setting.type)));
}

Result<void> check_range(const Setting& setting, const Json& value, const std::string& origin) {
  if (!value.is_number() || setting.max <= setting.min) return {};
  const double number = value.number();
  // The negated form also refuses NaN.
  if (!(number >= setting.min && number <= setting.max))
    return bad_value(
        setting, origin,
        "must be between " + format_double(setting.min) + " and " + format_double(setting.max));
  return {};
}

std::optional<bool> parse_bool(std::string_view text) {
  const std::string low = lower_ascii(text);
  if (low == "true" || low == "yes" || low == "on" || low == "1") return true;
  if (low == "false" || low == "no" || low == "off" || low == "0") return false;
  return std::nullopt;
}

/// "a, b" from a variable or a flag.
JsonArray parse_list(std::string_view text) {
  JsonArray items;
  for (const std::string_view part : split(text, ','))
    if (!trim(part).empty()) items.emplace_back(trim(part));
  return items;
}

/// A value typed as text, from the environment or a flag.
Result<Json> read_text(const Setting& setting, std::string_view text, const std::string& origin) {
  switch (setting.type) {
    case SettingType::kBool:
      if (const auto value = parse_bool(trim(text))) return Json(*value);
      return wrong_type(setting, origin);
    case SettingType::kInt:
      if (const auto value = parse_int(trim(text))) return Json(*value);
      return wrong_type(setting, origin);
    case SettingType::kNumber:
      if (const auto value = parse_double(trim(text)); value && std::isfinite(*value))
        return Json(*value);
      return wrong_type(setting, origin);
    case SettingType::kText:
      if (!is_valid_utf8(text)) return bad_value(setting, origin, "must be UTF-8 text");
      return Json(text);
    case SettingType::kList:
      if (!is_valid_utf8(text)) return bad_value(setting, origin, "must be UTF-8 text");
      return Json(parse_list(text));
    case SettingType::kMap: break;
  }
  Json map{JsonObject()};
  for (const Json& item : parse_list(text)) {
    const std::size_t at = item.string().find('=');
    if (at == std::string::npos || at == 0)
      return bad_value(setting, origin, "must be written name=value,name=value");
    map.set(std::string(trim(item.string().substr(0, at))), trim(item.string().substr(at + 1)));
  }
  return map;
}

/// Scalars as text, for list items and table values; nothing for arrays and tables.
std::optional<std::string> scalar_text(const Json& value) {
  if (value.is_string()) return value.string();
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  if (value.is_int()) return std::to_string(value.integer());
  if (value.is_double()) return format_double(value.number());
  return std::nullopt;
}

/// A value of solvent.toml where a leaf is wanted.
Result<Json> read_leaf(const Setting& setting, const Json& value, const std::string& origin) {
  switch (setting.type) {
    case SettingType::kBool:
      if (value.is_bool()) return value;
      break;
    case SettingType::kInt:
      if (value.is_int()) return value;
      break;
    case SettingType::kNumber:
      if (value.is_number() && std::isfinite(value.number())) return Json(value.number());
      break;
    case SettingType::kText:
      if (value.is_string()) return value;
      break;
    case SettingType::kList:
      if (value.is_array()) {
        JsonArray items;
        for (const Json& item : value.array()) {
          const auto text = scalar_text(item);
          if (!text) return wrong_type(setting, origin);
          items.emplace_back(*text);
        }
        return Json(std::move(items));
      }
      break;
    case SettingType::kMap: break;
  }
  return wrong_type(setting, origin);
}

/// Nested tables below a kMap setting become dotted names.
Result<void> read_map(const Setting& setting, const JsonObject& table, const std::string& prefix,
                      const std::string& origin, Json& map) {
  for (const auto& [key, value] : table) {
    if (value.is_object()) {
      TRY(read_map(setting, value.object(), prefix + key + ".", origin, map));
    } else if (const auto text = scalar_text(value)) {
      map.set(prefix + key, *text);
    } else {
      return wrong_type(setting, origin);
    }
  }
  return {};
}

/// The values read so far, by key, over the declared table.
class Loader {
 public:
  explicit Loader(std::span<const Setting> table) {
    for (const Setting& setting : table) {
      ASSERT(settings_.emplace(setting.key, &setting).second);
      keys_.push_back(setting.key);
    }
  }

  Result<void> read_table(const Toml& toml, const JsonObject& table, const std::string& prefix,
                          const std::string& file) {
    for (const auto& [key, read] : table) {
      const std::string name = prefix + key;
      const std::string origin = file + " line " + std::to_string(toml.lines.at(name));
      const Setting* setting = find(name);
      if (setting == nullptr && read.is_object()) {
        TRY(read_table(toml, read.object(), name + ".", file));
        continue;
      }
      if (setting == nullptr) return unknown(name, origin);
      Json value;
      if (setting->type == SettingType::kMap && read.is_object()) {
        value = JsonObject();
        TRY(read_map(*setting, read.object(), "", origin, value));
      } else {
        value = TRY(read_leaf(*setting, read, origin));
      }
      TRY(keep(*setting, std::move(value), origin, file));
    }
    return {};
  }

  Result<void> read_texts(const std::map<std::string, std::string>& texts, bool environment) {
    std::map<std::string, const Setting*> by_name;
    for (const std::string& key : keys_)
      by_name[environment ? environment_name(key) : key] = settings_.at(key);
    for (const auto& [name, text] : texts) {
      const std::string origin = environment ? name : "flag";
      const auto at = by_name.find(name);
      if (at == by_name.end()) {
        std::vector<std::string> names;
        for (const auto& [known, setting] : by_name) names.push_back(known);
        return unknown(name, environment ? "the environment" : "a flag", names);
      }
      auto value = TRY(read_text(*at->second, text, origin));
      TRY(keep(*at->second, std::move(value), origin, origin));
    }
    return {};
  }

  std::map<std::string, SettingValue, std::less<>> take() && { return std::move(values_); }

 private:
  const Setting* find(const std::string& key) const {
    const auto at = settings_.find(key);
    return at == settings_.end() ? nullptr : at->second;
  }

  Unexpected unknown(const std::string& key, const std::string& origin) const {
    return unknown(key, origin, keys_);
  }
  static Unexpected unknown(const std::string& key, const std::string& origin,
                            std::span<const std::string> known) {
    const auto near = nearest(key, known);
    return fail(Code::kInvalidArgument, "unknown setting in " + origin + ": " + sanitize_utf8(key),
                near ? "did you mean " + *near + "?" : "solvent settings list shows them all", key);
  }

  Result<void> keep(const Setting& setting, Json value, const std::string& where,
                    const std::string& origin) {
    TRY(check_range(setting, value, where));
    values_[setting.key] = {std::move(value), origin};
    return {};
  }

  std::map<std::string, const Setting*, std::less<>> settings_;
  std::vector<std::string> keys_;
  std::map<std::string, SettingValue, std::less<>> values_;
};

Json default_of(const Setting& setting) {
  if (!setting.default_value.is_null()) {
    if (setting.type == SettingType::kNumber) return setting.default_value.number();
    return setting.default_value;
  }
  switch (setting.type) {
    case SettingType::kBool: return false;
    case SettingType::kInt: return 0;
    case SettingType::kNumber: return 0.0;
    case SettingType::kText: return "";
    case SettingType::kList: return JsonArray();
    case SettingType::kMap: return JsonObject();
  }
  return {};
}

}  // namespace

Setting integer_setting(std::string key, std::int64_t value, double min, double max,
                        std::string doc) {
  return {.key = std::move(key),
          .type = SettingType::kInt,
          .default_value = value,
          .doc = std::move(doc),
          .min = min,
          .max = max};
}

Result<Settings> Settings::load(std::span<const Setting> table, FileSystem& files,
                                const std::string& file,
                                const std::map<std::string, std::string>& environment,
                                const std::map<std::string, std::string>& flags) {
  Loader loader(table);
  const std::string name(base_name(file));
  const auto text =
      file.empty() ? Result<std::string>() : read_file(files, file, kSettingsBytesMax);
  if (!text && text.error().code != Code::kNotFound) return Unexpected(text.error());
  if (text) {
    const Toml toml = TRY(parse_toml(*text, name));
    TRY(loader.read_table(toml, toml.document.object(), "", name));
  }
  TRY(loader.read_texts(environment, true));
  TRY(loader.read_texts(flags, false));

  Settings settings;
  settings.table_.assign(table.begin(), table.end());
  settings.values_ = std::move(loader).take();
  for (const Setting& setting : table)
    settings.values_.try_emplace(setting.key, SettingValue{default_of(setting), "default"});
  return settings;
}

const SettingValue& Settings::value(std::string_view key) const {
  const auto at = values_.find(key);
  ASSERT(at != values_.end());
  return at->second;
}

bool Settings::boolean(std::string_view key) const {
  return value(key).value.boolean();
}
std::int64_t Settings::integer(std::string_view key) const {
  return value(key).value.integer();
}
double Settings::number(std::string_view key) const {
  return value(key).value.number();
}
std::string Settings::text(std::string_view key) const {
  return value(key).value.string();
}

std::vector<std::string> Settings::list(std::string_view key) const {
  std::vector<std::string> items;
  for (const Json& item : value(key).value.array()) items.push_back(item.string());
  return items;
}

std::map<std::string, std::string> Settings::map(std::string_view key) const {
  std::map<std::string, std::string> out;
  for (const auto& [name, item] : value(key).value.object()) out[name] = item.string();
  return out;
}

std::map<std::string, std::string> solvent_environment() {
  std::map<std::string, std::string> out;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t at = text.find('=');
    if (!text.starts_with("SOLVENT_") || at == std::string_view::npos) continue;
    // Belongs to the crash tests, not to the settings (see sync_site.h).
    if (text.substr(0, at) == "SOLVENT_DISABLE_SYNC") continue;
    out.emplace(text.substr(0, at), text.substr(at + 1));
  }
  return out;
}

std::string environment_name(std::string_view key) {
  std::string name = "SOLVENT_";
  for (const char c : key) {
    if (c == '.' || c == '-')
      name.push_back('_');
    else if (c >= 'a' && c <= 'z')
      name.push_back(static_cast<char>(c - 'a' + 'A'));
    else
      name.push_back(c);
  }
  return name;
}

}  // namespace solvent
