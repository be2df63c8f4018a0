/// Described structs. A struct names its fields once:
///
///   struct LedgerQuery {
///     std::optional<std::string> team;
///     std::int64_t limit = 50;
///     template <class V> void describe(V& v) {
///       v.field("team", team, "only this team's debts");
///       v.field("limit", limit, "rows a page", {.min = 1, .max = 1000});
///     }
///   };
///
/// and from that come to_json, from_json, JSON Schema, flags, forms and table columns.
/// Field types: bool, int64, double, string, TimeUs via Unit::kTime, Json, described structs,
/// LocalFile, LocalTree, and optional/vector of these.
#pragma once

#include <concepts>
#include <limits>

#include "base/clock.h"
#include "base/json.h"

namespace solvent {

enum class FieldType : std::uint8_t {
  kBool,
  kInt,
  kNumber,
  kString,
  kJson,
  kStruct,
  kLocalFile,
  kLocalTree
};

/// What a number or text means, so that every client renders it alike.
enum class Unit : std::uint8_t {
  kNone,
  kTime,
  kLabourSeconds,
  kMoneyMinor,
  kBytes,
  kRatio,
  kDurationUs,
  kDigest,
  kPath,
  kCommand,
  kSecret
};

/// Constraints and meaning of one field.
struct FieldOptions {
  Unit unit = Unit::kNone;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;  ///< allowed texts, when not empty
  bool wide = false;                 ///< left out of narrow tables; shown with --wide and in JSON
  bool optional = false;             ///< a plain text that may be absent or empty
  bool shown_once = false;           ///< a secret that its reader must see: shown, never kept
};

struct StructSpec;

struct FieldSpec {
  std::string name, doc;
  FieldType type = FieldType::kString;
  bool optional = false;  ///< may be absent (optional<T>, or has a default)
  bool list = false;
  Json default_value;
  FieldOptions options;
  const StructSpec* nested = nullptr;
};

struct StructSpec {
  std::string name;
  std::vector<FieldSpec> fields;
  const FieldSpec* find(std::string_view field) const;
};

/// A file or tree named by the client. In process `root` is the client's own path; over HTTP it is
/// the server's staged copy of what the client uploaded. `given` is what the user typed. As JSON,
/// what a handler receives is {"given", "root"}, made by the command line (absolute path) or by the
/// HTTP layer out of {"upload": id, "given": …}; the HTTP layer refuses any other form from
/// outside, so that no client's path is ever opened by a server.
struct LocalFile {
  std::string root, given;
};
struct LocalTree {
  std::string root, given;
  std::string below;  ///< where in what was uploaded `root` lies; empty: it is all of it
};

template <class T, class V>
concept DescribedFor = requires(T& value, V& visitor) { value.describe(visitor); };

namespace detail {

class SpecBuilder;
class JsonWriter;
class JsonReader;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

}  // namespace detail

/// The static description of T; lives as long as the process.
template <class T>
const StructSpec& spec_of();

/// Name shown in OpenAPI; T may define `static constexpr std::string_view kName`.
template <class T>
std::string_view struct_name() {
  if constexpr (requires { T::kName; }) return T::kName;
  return "Anonymous";
}

namespace detail {

inline Json json_of(bool v) {
  return v;
}
inline Json json_of(std::int64_t v) {
  return v;
}
inline Json json_of(double v) {
  return v;
}
inline Json json_of(const std::string& v) {
  return v;
}
inline Json json_of(const Json& v) {
  return v;
}
inline Json json_of(const LocalFile& v) {
  return v.given;
}
inline Json json_of(const LocalTree& v) {
  return v.given;
}
template <class T>
Json json_of(const std::optional<T>& v);
template <class T>
Json json_of(const std::vector<T>& v);
template <class T>
  requires DescribedFor<T, JsonWriter>
Json json_of(const T& v);

class JsonWriter {
 public:
  template <class T>
  void field(const char* name, const T& value, const char*, const FieldOptions& = {}) {
    if constexpr (kIsOptional<T>) {
      if (!value) return;
    }
    object.emplace_back(name, json_of(value));
  }
  JsonObject object;
};

template <class T>
Json json_of(const std::optional<T>& v) {
  return v ? json_of(*v) : Json();
}
template <class T>
Json json_of(const std::vector<T>& v) {
  JsonArray out;
  out.reserve(v.size());
  for (const auto& item : v) out.push_back(json_of(item));
  return out;
}
template <class T>
  requires DescribedFor<T, JsonWriter>
Json json_of(const T& v) {
  JsonWriter writer;
  const_cast<T&>(v).describe(writer);  // describe is one function for reading and writing
  return std::move(writer.object);
}

/// Reads scalars; false with `problem` filled when the kind is wrong.
bool read_scalar(const Json& from, bool& to);
bool read_scalar(const Json& from, std::int64_t& to);
bool read_scalar(const Json& from, double& to);
bool read_scalar(const Json& from, std::string& to);
const char* type_name(bool);
const char* type_name(std::int64_t);
const char* type_name(double);
const char* type_name(const std::string&);
/// Empty when the value meets its constraints, else what is wrong.
std::string constraint_problem(const Json& value, const FieldOptions& options);

class JsonReader {
 public:
  JsonReader(const Json& from, std::string path) : from_(from), path_(std::move(path)) {}

  template <class T>
  void field(const char* name, T& value, const char*, const FieldOptions& options = {}) {
    known_.emplace_back(name);
    if (failed()) return;
    const Json* member = from_.find(name);
    if (member == nullptr || (member->is_null() && !std::is_same_v<T, Json>)) return;
    read(*member, value, path_.empty() ? name : path_ + "." + name, options);
  }
  /// Refuses members that no field named.
  void finish();
  bool failed() const { return !problem.empty(); }

  std::string problem;  ///< what is wrong; the field's path is in `where`
  std::string where;

 private:
  template <class T>
  void read(const Json& from, T& to, const std::string& path, const FieldOptions& options) {
    if constexpr (kIsOptional<T>) {
      to.emplace();
      read(from, *to, path, options);
    } else if constexpr (kIsVector<T>) {
      if (!from.is_array()) return reject(path, "must be a list");
      to.clear();
      for (std::size_t i = 0; i < from.array().size() && !failed(); ++i) {
        to.emplace_back();
        read(from.array()[i], to.back(), path + "[" + std::to_string(i) + "]", options);
      }
    } else if constexpr (std::is_same_v<T, Json>) {
      to = from;
    } else if constexpr (std::is_same_v<T, LocalFile> || std::is_same_v<T, LocalTree>) {
      if (from.is_string()) {
        to.given = from.string();
        return;
      }
      if (from.find("root") == nullptr) return reject(path, "must be a path");
      to.root = from.text_or("root", "");
      to.given = from.text_or("given", to.root);
      if constexpr (std::is_same_v<T, LocalTree>) to.below = from.text_or("below", "");
    } else if constexpr (DescribedFor<T, JsonReader>) {
      if (!from.is_object()) return reject(path, "must be an object");
      JsonReader inner(from, path);
      to.describe(inner);
      inner.finish();
      if (inner.failed()) reject(inner.where, inner.problem);
    } else {
      if (!read_scalar(from, to)) return reject(path, std::string("must be ") + type_name(to));
      if (auto why = constraint_problem(from, options); !why.empty()) reject(path, why);
    }
  }
  void reject(std::string path, std::string why) {
    if (failed()) return;
    where = std::move(path);
    problem = std::move(why);
  }

  const Json& from_;
  std::string path_;
  std::vector<std::string> known_;
};

class SpecBuilder {
 public:
  template <class T>
  void field(const char* name, const T& value, const char* doc, FieldOptions options = {}) {
    FieldSpec spec{.name = name, .doc = doc, .options = std::move(options)};
    add<T>(spec, &value);
    fields.push_back(std::move(spec));
  }
  std::vector<FieldSpec> fields;

 private:
  template <class T>
  void add(FieldSpec& spec, const T* value) {
    if constexpr (kIsOptional<T>) {
      add<typename T::value_type>(spec, nullptr);
      spec.optional = true;
    } else if constexpr (kIsVector<T>) {
      add<typename T::value_type>(spec, nullptr);
      spec.list = true;
      spec.optional = true;
    } else if constexpr (std::is_same_v<T, bool>) {
      spec.type = FieldType::kBool;
      spec.optional = true;
      if (value) spec.default_value = *value;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      spec.type = FieldType::kInt;
      spec.optional = true;
      if (value) spec.default_value = *value;
    } else if constexpr (std::is_same_v<T, double>) {
      spec.type = FieldType::kNumber;
      spec.optional = true;
      if (value) spec.default_value = *value;
    } else if constexpr (std::is_same_v<T, std::string>) {
      spec.type = FieldType::kString;
      spec.optional = spec.optional || spec.options.optional;
      if (value && !value->empty()) {
        spec.default_value = *value;
        spec.optional = true;
      }
    } else if constexpr (std::is_same_v<T, LocalFile>) {
      spec.type = FieldType::kLocalFile;
    } else if constexpr (std::is_same_v<T, LocalTree>) {
      spec.type = FieldType::kLocalTree;
    } else if constexpr (std::is_same_v<T, Json>) {
      spec.type = FieldType::kJson;
      spec.optional = true;
    } else {
      spec.type = FieldType::kStruct;
      spec.nested = &spec_of<T>();
    }
  }
};

}  // namespace detail

template <class T>
const StructSpec& spec_of() {
  static const StructSpec spec = [] {
    detail::SpecBuilder builder;
    T value{};
    value.describe(builder);
    return StructSpec{std::string(struct_name<T>()), std::move(builder.fields)};
  }();
  return spec;
}

template <class T>
Json to_json(const T& value) {
  return detail::json_of(value);
}

/// kInvalidArgument names the field. A required text that is absent stays empty here; op refuses it
/// before a handler runs.
template <class T>
Result<T> from_json(const Json& json) {
  T value{};
  if (!json.is_object()) return fail(Code::kInvalidArgument, "must be a JSON object");
  detail::JsonReader reader(json, "");
  value.describe(reader);
  reader.finish();
  if (reader.failed())
    return fail(Code::kInvalidArgument, reader.where + " " + reader.problem,
                "see the field's description in --help or /openapi.json", reader.where);
  return value;
}

/// An operation with no request or no result fields.
struct Empty {
  static constexpr std::string_view kName = "Empty";
  template <class V>
  void describe(V&) {}
};

}  // namespace solvent
