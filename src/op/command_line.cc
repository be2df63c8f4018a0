#include "op/command_line.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "op/parameters.h"

namespace solvent::op {
namespace {

std::string field_of(std::string_view flag) {
  return replace_all(std::string(flag), "-", "_");
}

/// "-5" and "-" are values, not flags.
bool is_flag(std::string_view token) {
  return token.size() > 1 && token.front() == '-' && !parse_double(token);
}

bool asks_help(std::span<const std::string> arguments) {
  for (const std::string& token : arguments) {
    if (token == "--") return false;
    if (token == "--help" || token == "-h") return true;
  }
  return false;
}

/// One flag as typed, and where its value goes.
struct Flag {
  const FieldSpec* field = nullptr;
  bool global = false;
  bool negated = false;              ///< --no-x
  std::string shown;                 ///< as typed, without the value
  std::optional<std::string> value;  ///< behind '='
};

class Parser {
 public:
  Parser(const StructSpec& request, std::span<const std::string> positional,
         const StructSpec& globals, std::span<const std::string> arguments,
         std::string_view directory, const ReadText& read_text)
      : request_(request),
        positional_(positional),
        globals_(globals),
        left_(arguments),
        directory_(directory),
        read_text_(read_text) {}

  Result<Arguments> parse() {
    while (!left_.empty()) {
      const std::string& token = left_.front();
      if (token == "--") {
        out_.rest.assign(left_.begin() + 1, left_.end());
        break;
      }
      if (is_flag(token)) {
        TRY(take_flag());
      } else {
        TRY(take_positional(token));
        left_ = left_.subspan(1);
      }
    }
    return std::move(out_);
  }

  /// Takes one flag and its value off the front.
  Result<void> take_flag() {
    const Flag flag = TRY(read_flag(left_.front()));
    left_ = left_.subspan(1);
    if (flag.field == nullptr) return {};  // --help
    const bool is_bool = flag.field->type == FieldType::kBool && !flag.field->list;
    if (is_bool && !flag.value) return store(flag, !flag.negated);
    std::string text;
    if (flag.value) {
      text = *flag.value;
    } else if (!left_.empty() && !is_flag(left_.front())) {
      text = left_.front();
      left_ = left_.subspan(1);
    } else {
      return fail(Code::kInvalidArgument, flag.shown + " needs a value",
                  "write " + flag.shown + "=VALUE; " + flag.field->doc, flag.field->name);
    }
    auto value = value_of(*flag.field, text);
    if (!value) {
      Error error = value.error();
      if (error.message.starts_with(flag.field->name))
        error.message = flag.shown + error.message.substr(flag.field->name.size());
      return Unexpected(std::move(error));
    }
    return store(flag, std::move(*value));
  }

  std::span<const std::string> left() const { return left_; }
  Arguments take() && { return std::move(out_); }

 private:
  Result<Flag> read_flag(const std::string& token) const {
    const std::size_t at = token.find('=');
    Flag flag{.shown = token.substr(0, at)};
    if (at != std::string::npos) flag.value = token.substr(at + 1);
    if (flag.shown == "--help" || flag.shown == "-h") return flag;
    const std::string name = flag.shown.starts_with("--") ? field_of(flag.shown.substr(2)) : "";
    for (const StructSpec* spec : {&request_, &globals_}) {
      flag.global = spec == &globals_;
      flag.field = spec->find(name);
      if (flag.field == nullptr && name.starts_with("no_")) {
        const FieldSpec* positive = spec->find(std::string_view(name).substr(3));
        if (positive != nullptr && positive->type == FieldType::kBool && !flag.value) {
          flag.field = positive;
          flag.negated = true;
        }
      }
      if (flag.field != nullptr) return flag;
    }
    return unknown_flag(flag.shown);
  }

  Unexpected unknown_flag(const std::string& shown) const {
    std::vector<std::string> known{"--help"};
    for (const StructSpec* spec : {&request_, &globals_})
      for (const FieldSpec& field : spec->fields) known.push_back(flag_of(field.name));
    const auto near = nearest(shown, known);
    return fail(Code::kInvalidArgument, "no such flag: " + sanitize_utf8(shown),
                near ? "did you mean " + *near + "?" : "--help lists the flags", shown);
  }

  Result<void> take_positional(const std::string& token) {
    if (next_positional_ >= positional_.size())
      return fail(Code::kInvalidArgument, "one argument too many: " + sanitize_utf8(token),
                  positional_.empty() ? "this command takes flags only; --help lists them"
                                      : "quote an argument that contains spaces",
                  token);
    const FieldSpec* field = request_.find(positional_[next_positional_]);
    ASSERT(field != nullptr);
    if (!field->list) ++next_positional_;
    Flag as_flag{.field = field, .shown = "<" + flag_of(field->name).substr(2) + ">"};
    auto value = value_of(*field, token);
    if (!value) return Unexpected(value.error());
    return store(as_flag, std::move(*value));
  }

  Result<Json> value_of(const FieldSpec& field, const std::string& text) const {
    const bool json = field.type == FieldType::kJson || field.type == FieldType::kStruct;
    if (!json || !text.starts_with('@') || !read_text_)
      return value_from_text(field, text, directory_);
    const std::string name = text.substr(1);
    const std::string path = name.starts_with('/') ? name : join_path(directory_, name);
    return value_from_text(field, TRY(read_text_(path)), directory_);
  }

  Result<void> store(const Flag& flag, Json value) {
    if (flag.field->list && flag.field->type == FieldType::kStruct && value.is_array()) {
      for (const Json& member : value.array()) TRY(store(flag, member));
      return {};
    }
    Json& target = flag.global ? out_.globals : out_.params;
    const std::string& name = flag.field->name;
    if (!flag.field->list) {
      if (target.find(name) != nullptr)
        return fail(Code::kInvalidArgument, flag.shown + " is given twice", flag.field->doc, name);
      target.set(name, std::move(value));
      return {};
    }
    for (auto& [member, list] : target.object()) {
      if (member != name) continue;
      list.push(std::move(value));
      return {};
    }
    JsonArray list;
    list.push_back(std::move(value));
    target.set(name, std::move(list));
    return {};
  }

  const StructSpec& request_;
  std::span<const std::string> positional_;
  const StructSpec& globals_;
  std::span<const std::string> left_;
  std::string_view directory_;
  const ReadText& read_text_;
  std::size_t next_positional_ = 0;
  Arguments out_;
};

Result<void> check_required(const StructSpec& request, std::span<const std::string> positional,
                            const Json& params) {
  for (const FieldSpec& field : request.fields) {
    if (field.optional || params.find(field.name) != nullptr) continue;
    if (field.options.unit == Unit::kSecret) continue;  // whoever runs the command asks for it
    const bool bare = std::ranges::find(positional, field.name) != positional.end();
    const std::string flag = flag_of(field.name);
    return fail(Code::kInvalidArgument, (bare ? "<" + flag.substr(2) + ">" : flag) + " is missing",
                field.doc, field.name);
  }
  return {};
}

/// Adds later global flags to earlier ones: a list grows, anything else stands once.
Result<void> add_globals(Json& earlier, const Json& later) {
  for (const auto& [name, value] : later.object()) {
    if (earlier.find(name) == nullptr) {
      earlier.set(name, value);
      continue;
    }
    if (!value.is_array())
      return fail(Code::kInvalidArgument, flag_of(name) + " is given twice",
                  "give it once, before or behind the command", name);
    for (auto& [member, list] : earlier.object())
      if (member == name)
        for (const Json& one : value.array()) list.push(one);
  }
  return {};
}

/// Global flags, noun and verb from the front; what is left belongs to the operation.
struct Words {
  std::string noun, verb;
  std::span<const std::string> left;
  Json globals{JsonObject()};
};

Result<Words> read_words(const Operations& operations, const StructSpec& globals,
                         std::span<const std::string> arguments) {
  static const StructSpec no_fields;
  static const ReadText no_files;
  Words words{.left = arguments};
  while (!words.left.empty() && words.left.front() != "--") {
    const std::string& token = words.left.front();
    if (is_flag(token)) {
      const std::string name = field_of(token.substr(0, token.find('=')));
      const bool known = name.size() > 2 && (globals.find(name.substr(2)) != nullptr ||
                                             name.starts_with("__no_") || name == "__help");
      if (!words.noun.empty() && !known) break;
      Parser parser(no_fields, {}, globals, words.left, {}, no_files);
      TRY(parser.take_flag());
      words.left = parser.left();
      const Arguments taken = std::move(parser).take();
      TRY(add_globals(words.globals, taken.globals));
      continue;
    }
    if (words.noun.empty()) {
      words.noun = token;
    } else if (operations.find_id(words.noun + " " + token) != nullptr) {
      words.verb = token;
      words.left = words.left.subspan(1);
      break;
    } else {
      break;
    }
    words.left = words.left.subspan(1);
  }
  return words;
}

}  // namespace

std::string flag_of(std::string_view field) {
  return "--" + replace_all(std::string(field), "_", "-");
}

Result<Arguments> parse_arguments(const StructSpec& request,
                                  std::span<const std::string> positional,
                                  const StructSpec& globals, std::span<const std::string> arguments,
                                  std::string_view directory, const ReadText& read_text) {
  if (asks_help(arguments)) {
    Arguments help;
    help.help = true;
    return help;
  }
  Arguments parsed =
      TRY(Parser(request, positional, globals, arguments, directory, read_text).parse());
  TRY(check_required(request, positional, parsed.params));
  return parsed;
}

Result<CommandLine> parse_command_line(const Operations& operations, const StructSpec& globals,
                                       std::span<const std::string> arguments,
                                       std::string_view directory, const ReadText& read_text) {
  const Words words = TRY(read_words(operations, globals, arguments));
  CommandLine out{.noun = words.noun};
  out.arguments.globals = words.globals;
  out.arguments.help = asks_help(arguments);
  if (words.noun.empty()) return out;
  if (out.arguments.help && words.verb.empty() && !operations.verbs_of(words.noun).empty())
    return out;

  // A word that is no verb belongs to the default verb, if that takes any.
  const OperationSpec* spec = nullptr;
  const bool bare_word = words.verb.empty() && !words.left.empty() &&
                         !is_flag(words.left.front()) && words.left.front() != "--";
  const auto by_default = operations.find(words.noun, words.verb);
  if (bare_word && (!by_default || (*by_default)->positional.empty()))
    spec = TRY(operations.find(words.noun, words.left.front()));
  else
    spec = TRY(by_default);
  out.spec = spec;
  if (out.arguments.help) return out;

  auto parsed =
      parse_arguments(*spec->request, spec->positional, globals, words.left, directory, read_text);
  if (!parsed)
    return Unexpected(Error(parsed.error()).with_hint("solvent " + spec->id() + " --help"));
  Json all = words.globals;
  TRY(add_globals(all, parsed->globals));
  parsed->globals = std::move(all);
  out.arguments = std::move(*parsed);
  return out;
}

}  // namespace solvent::op
