#include "base/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
// toml++ 3.3 asserts what bad input can break and then handles it: "[[[" stops a process in which
// assert() is on, which ours always are.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

#include "base/text.h"

extern char** environ;

namespace solvent {
namespace {

constexpr std::uint64_t kFileBytesMax = 1u << 20;
/// Each dot of a dotted key nests a table, and tables are destroyed by recursion. Dots in texts and
/// comments count too: no shape of input gets around it.
constexpr std::ptrdiff_t kFileDotsMax = 4'000;

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
    return bad_value(setting, origin,
                     "must be between " + format_double(setting.min) + " and " +
                         format_double(setting.max));
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
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return format_double(number->get());
  std::ostringstream out;
  if (const auto* date = node.as_date()) out << date->get();
  else if (const auto* time = node.as_time()) out << time->get();
  else if (const auto* at = node.as_date_time()) out << at->get();
  else return std::nullopt;
  return out.str();
}

/// A node of solvent.toml where a leaf is wanted.
Result<Json> read_node(const Setting& setting, const toml::node& node, const std::string& origin) {
  switch (setting.type) {
    case SettingType::kBool:
      if (const auto* value = node.as_boolean()) return Json(value->get());
      break;
    case SettingType::kInt:
      if (const auto* value = node.as_integer()) return Json(value->get());
      break;
    case SettingType::kNumber:
      if (const auto* value = node.as_integer()) return Json(static_cast<double>(value->get()));
      if (const auto* value = node.as_floating_point(); value && std::isfinite(value->get()))
        return Json(value->get());
      break;
    case SettingType::kText:
      if (node.is_string() || node.is_date() || node.is_time() || node.is_date_time())
        return Json(*scalar_text(node));
      break;
    case SettingType::kList:
      if (const toml::array* array = node.as_array()) {
        JsonArray items;
        for (const toml::node& item : *array) {
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
Result<void> read_map(const Setting& setting, const toml::table& table, const std::string& prefix,
                      const std::string& origin, Json& map) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      TRY(read_map(setting, *inner, name + ".", origin, map));
    } else if (const auto text = scalar_text(node)) {
      map.set(name, *text);
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

  Result<void> read_table(const toml::table& table, const std::string& prefix,
                          const std::string& file) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::string origin = file + " line " + std::to_string(key.source().begin.line);
      const Setting* setting = find(name);
      const toml::table* inner = node.as_table();
      if (setting == nullptr && inner != nullptr) {
        TRY(read_table(*inner, name + ".", file));
        continue;
      }
      if (setting == nullptr) return unknown(name, origin);
      Json value;
      if (setting->type == SettingType::kMap && inner != nullptr) {
        value = JsonObject();
        TRY(read_map(*setting, *inner, "", origin, value));
      } else {
        value = TRY(read_node(*setting, node, origin));
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

Result<Settings> Settings::load(std::span<const Setting> table, FileSystem& files,
                                const std::string& file,
                                const std::map<std::string, std::string>& environment,
                                const std::map<std::string, std::string>& flags) {
  Loader loader(table);
  const std::string name(base_name(file));
  const auto text = file.empty() ? Result<std::string>() : read_file(files, file, kFileBytesMax);
  if (!text && text.error().code != Code::kNotFound) return Unexpected(text.error());
  if (text && std::ranges::count(*text, '.') > kFileDotsMax)
    return fail(Code::kResourceExhausted,
                name + " has more dots than the limit of " + std::to_string(kFileDotsMax),
                "shorten the file", file);
  if (text) {
    const toml::parse_result parsed = toml::parse(std::string_view(*text), name);
    if (!parsed)
      return fail(Code::kInvalidArgument,
                  name + " line " + std::to_string(parsed.error().source().begin.line) +
                      " is not TOML: " + std::string(parsed.error().description()),
                  "correct the line", file);
    TRY(loader.read_table(parsed.table(), "", name));
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

bool Settings::boolean(std::string_view key) const { return value(key).value.boolean(); }
std::int64_t Settings::integer(std::string_view key) const { return value(key).value.integer(); }
double Settings::number(std::string_view key) const { return value(key).value.number(); }
std::string Settings::text(std::string_view key) const { return value(key).value.string(); }

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
    if (c == '.' || c == '-') name.push_back('_');
    else if (c >= 'a' && c <= 'z') name.push_back(static_cast<char>(c - 'a' + 'A'));
    else name.push_back(c);
  }
  return name;
}

}  // namespace solvent
