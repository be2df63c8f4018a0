#include "op/help.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "op/command_line.h"

namespace solvent::op {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;
constexpr std::size_t kWidth = 96;

std::string placeholder(const FieldSpec& field) {
  if (!field.options.choices.empty()) return join(field.options.choices, "|");
  switch (field.options.unit) {
    case Unit::kTime: return "TIME";
    case Unit::kLabourSeconds: return "LABOUR";
    case Unit::kBytes: return "BYTES";
    case Unit::kRatio: return "FRACTION";
    default: break;
  }
  switch (field.type) {
    case FieldType::kBool: return "";
    case FieldType::kInt: return "N";
    case FieldType::kNumber: return "X";
    case FieldType::kString: return "TEXT";
    case FieldType::kJson:
    case FieldType::kStruct: return "JSON";
    case FieldType::kLocalFile: return "FILE";
    case FieldType::kLocalTree: return "DIR";
  }
  return "";
}

std::string bounds_text(const FieldSpec& field) {
  const bool low = std::isfinite(field.options.min), high = std::isfinite(field.options.max);
  if (low && high)
    return format_double(field.options.min) + " to " + format_double(field.options.max);
  if (low) return "at least " + format_double(field.options.min);
  if (high) return "at most " + format_double(field.options.max);
  return "";
}

std::string notes_of(const FieldSpec& field) {
  std::vector<std::string> notes;
  if (const std::string bounds = bounds_text(field); !bounds.empty()) notes.push_back(bounds);
  if (field.list) notes.emplace_back("may be repeated");
  if (field.options.unit == Unit::kSecret)
    notes.push_back(std::string(field.optional ? "- asks for it" : "asked for when left out") +
                    ": on a terminal without echo, else a line of standard input");
  else if (!field.optional)
    notes.emplace_back("required");
  const Json& value = field.default_value;
  if (!value.is_null() && !field.list && !(value.is_bool() && !value.boolean()) && value != Json(0))
    notes.push_back("default " + (value.is_string() ? value.string() : to_text(value)));
  std::string out = field.doc;
  if (!notes.empty()) out += (out.empty() ? "" : " ") + std::string("(") + join(notes, ", ") + ")";
  return out;
}

/// Two columns; the right one wraps under itself.
std::string columns(const Rows& rows, std::size_t indent) {
  std::size_t left = 0;
  for (const auto& [name, text] : rows) left = std::max(left, display_width(name));
  left = std::min<std::size_t>(left, 32);
  const std::string margin(indent + left + 2, ' ');
  std::string out;
  for (const auto& [name, text] : rows) {
    std::string line = std::string(indent, ' ') + name;
    const std::size_t width = display_width(name);
    if (width > left) {
      out += line + "\n";
      line = margin;
    } else {
      line += std::string(left - width + 2, ' ');
    }
    for (const std::string_view word : split(text, ' ')) {
      if (display_width(line) + display_width(word) > kWidth && line != margin) {
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
        line = margin;
      }
      line.append(word).append(" ");
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string examples_text(std::span<const Example> examples) {
  std::string out = "Examples\n";
  for (const Example& example : examples)
    out += "  " + example.command + "\n      " + example.what + "\n";
  return out;
}

/// Arguments and flags of one command.
std::string fields_text(const StructSpec& request, std::span<const std::string> positional) {
  Rows arguments, flags;
  for (const std::string& name : positional) {
    const FieldSpec* field = request.find(name);
    ASSERT(field != nullptr);
    arguments.emplace_back("<" + flag_of(name).substr(2) + ">" + (field->list ? "…" : ""),
                           notes_of(*field));
  }
  for (const FieldSpec& field : request.fields) {
    if (std::ranges::find(positional, field.name) != positional.end()) continue;
    const std::string value = placeholder(field);
    flags.emplace_back(flag_of(field.name) + (value.empty() ? "" : " " + value), notes_of(field));
  }
  std::string out;
  if (!arguments.empty()) out += "\nArguments\n" + columns(arguments, 2);
  if (!flags.empty()) out += "\nFlags\n" + columns(flags, 2);
  return out;
}

std::string usage(std::string_view words, const StructSpec& request,
                  std::span<const std::string> positional) {
  std::string out = "solvent " + std::string(words);
  for (const std::string& name : positional) {
    const FieldSpec* field = request.find(name);
    ASSERT(field != nullptr);
    const std::string shown = flag_of(name).substr(2);
    out += field->optional ? " [" + shown + "]" : " <" + shown + ">";
    if (field->list) out += "…";
  }
  if (request.fields.size() > positional.size()) out += " [flags]";
  return out;
}

std::string globals_text(const HelpSource& source) {
  if (source.globals.fields.empty()) return "";
  Rows rows;
  for (const FieldSpec& field : source.globals.fields) {
    const std::string value = placeholder(field);
    rows.emplace_back(flag_of(field.name) + (value.empty() ? "" : " " + value), notes_of(field));
  }
  return "\nFlags of every command\n" + columns(rows, 2);
}

std::string role_text(Role role) {
  switch (role) {
    case Role::kNone: return "anyone";
    case Role::kReader: return "reader";
    case Role::kEditor: return "editor";
    case Role::kAdmin: return "admin";
  }
  return "admin";
}

}  // namespace

std::string help_overview(const HelpSource& source) {
  std::string out = std::string(source.purpose) + "\n\n" + examples_text(source.examples);
  out += "\nCommands\n";
  Rows rows;
  for (const std::string& noun : source.operations.nouns())
    for (const OperationSpec* spec : source.operations.verbs_of(noun))
      rows.emplace_back(spec->default_verb ? noun + " [" + spec->verb + "]" : spec->id(),
                        spec->summary);
  for (const LocalCommand& command : source.local) rows.emplace_back(command.name, command.summary);
  out += columns(rows, 2) + globals_text(source);
  return out + "\nsolvent COMMAND --help shows examples and flags.\n";
}

std::string help_operation(const HelpSource& source, const OperationSpec& spec) {
  std::string out = spec.summary + "\n\n" + examples_text(spec.examples);
  out += "\nUsage\n  " +
         usage(spec.default_verb ? spec.noun + " [" + spec.verb + "]" : spec.id(), *spec.request,
               spec.positional) +
         "\n";
  if (!spec.description.empty()) out += "\n" + columns({{"", spec.description}}, 0);
  out += fields_text(*spec.request, spec.positional);
  out += globals_text(source);
  return out + "\nHTTP: " + spec.method + " " + spec.path + ", role " + role_text(spec.role) + "\n";
}

std::string help_noun(const HelpSource& source, std::string_view noun) {
  const auto verbs = source.operations.verbs_of(noun);
  if (verbs.empty()) return "";
  if (verbs.size() == 1) return help_operation(source, *verbs.front());
  Rows rows;
  const OperationSpec* by_default = nullptr;
  for (const OperationSpec* spec : verbs) {
    rows.emplace_back(spec->default_verb ? spec->noun + " [" + spec->verb + "]" : spec->id(),
                      spec->summary);
    if (spec->default_verb) by_default = spec;
  }
  std::string out = "Commands\n" + columns(rows, 2);
  if (by_default != nullptr)
    return out + "\nsolvent " + std::string(noun) + ": " + help_operation(source, *by_default);
  std::vector<Example> examples;
  for (const OperationSpec* spec : verbs) examples.push_back(spec->examples.front());
  return examples_text(examples) + "\n" + out + globals_text(source);
}

std::string help_local(const HelpSource& source, const LocalCommand& command) {
  static const StructSpec no_fields;
  const StructSpec& request = command.request != nullptr ? *command.request : no_fields;
  std::string out = command.summary + "\n\n" + examples_text(command.examples);
  out += "\nUsage\n  " + usage(command.name, request, command.positional) + "\n";
  return out + fields_text(request, command.positional) + globals_text(source);
}

}  // namespace solvent::op
