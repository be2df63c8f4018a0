#include <algorithm>

#include "base/text.h"
#include "op/command_line.h"
#include "op/help.h"

// Completions are static scripts: pressing Tab starts no process. Every word in them comes from
// specs, which hold lower-case words, digits and dashes; what is free text is quoted.

namespace solvent::op {
namespace {

/// A command as typed ("ship load", "ship", "serve") and what may follow.
struct Node {
  std::string words, summary;
  const StructSpec* request = nullptr;
  std::vector<std::string> positional;
};

std::vector<Node> nodes_of(const HelpSource& source) {
  std::vector<Node> nodes;
  for (const OperationSpec& spec : source.operations.specs()) {
    nodes.push_back({spec.id(), spec.summary, spec.request, spec.positional});
    if (spec.default_verb)
      nodes.push_back({spec.noun, spec.summary, spec.request, spec.positional});
  }
  for (const LocalCommand& command : source.local)
    nodes.push_back({command.name, command.summary, command.request, command.positional});
  return nodes;
}

std::string noun_summary(const HelpSource& source, const std::string& noun) {
  std::vector<std::string> verbs;
  for (const OperationSpec* spec : source.operations.verbs_of(noun)) verbs.push_back(spec->verb);
  return join(verbs, ", ");
}

std::vector<std::string> first_words(const HelpSource& source) {
  std::vector<std::string> words = source.operations.nouns();
  for (const LocalCommand& command : source.local) words.push_back(command.name);
  return words;
}

std::vector<std::string> verbs_of(const HelpSource& source, const std::string& noun) {
  std::vector<std::string> verbs;
  for (const OperationSpec* spec : source.operations.verbs_of(noun)) verbs.push_back(spec->verb);
  return verbs;
}

std::vector<const FieldSpec*> flags_of(const Node& node, const StructSpec& globals) {
  std::vector<const FieldSpec*> fields;
  if (node.request != nullptr)
    for (const FieldSpec& field : node.request->fields)
      if (std::ranges::find(node.positional, field.name) == node.positional.end())
        fields.push_back(&field);
  for (const FieldSpec& field : globals.fields) fields.push_back(&field);
  return fields;
}

std::string flag_words(const Node& node, const StructSpec& globals) {
  std::vector<std::string> words;
  for (const FieldSpec* field : flags_of(node, globals)) words.push_back(flag_of(field->name));
  words.emplace_back("--help");
  return join(words, " ");
}

bool takes_path(const FieldSpec& field) {
  return field.type == FieldType::kLocalFile || field.type == FieldType::kLocalTree;
}

/// Quoted for a shell; for fish and zsh alike, single quotes keep all but themselves.
std::string quoted(std::string_view text) {
  return "'" + replace_all(replace_all(std::string(text), "\\", ""), "'", "’") + "'";
}

/// `case` arms: after "words --flag", its choices. bash and zsh share them.
std::string choice_arms(const HelpSource& source) {
  std::string arms;
  for (const Node& node : nodes_of(source))
    for (const FieldSpec* field : flags_of(node, source.globals))
      if (!field->options.choices.empty())
        arms += "    " + quoted(node.words + " " + flag_of(field->name)) + ") _solvent_choose " +
                quoted(join(field->options.choices, " ")) + "; return ;;\n";
  return arms;
}

/// `case` arms: at "words", its verbs and flags.
std::string word_arms(const HelpSource& source) {
  std::string arms =
      "    '') _solvent_offer " +
      quoted(join(first_words(source), " ") + " " + flag_words(Node{}, source.globals)) + " ;;\n";
  std::vector<std::string> seen;
  for (const Node& node : nodes_of(source)) {
    std::string words = flag_words(node, source.globals);
    if (!contains(node.words, " ")) {
      const auto verbs = verbs_of(source, node.words);
      if (!verbs.empty()) words = join(verbs, " ") + " " + words;
    }
    seen.push_back(node.words);
    arms += "    " + quoted(node.words) + ") _solvent_offer " + quoted(words) + " ;;\n";
  }
  for (const std::string& noun : source.operations.nouns()) {
    if (std::ranges::find(seen, noun) != seen.end()) continue;
    arms += "    " + quoted(noun) + ") _solvent_offer " +
            quoted(join(verbs_of(source, noun), " ") + " --help") + " ;;\n";
  }
  return arms;
}

/// `case` pattern of every command known, to tell where the command's words end.
std::string known_words(const HelpSource& source) {
  std::vector<std::string> words;
  for (const std::string& noun : source.operations.nouns()) words.push_back(quoted(noun));
  for (const Node& node : nodes_of(source)) words.push_back(quoted(node.words));
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return join(words, "|");
}

std::string bash_script(const HelpSource& source) {
  return "# bash completion of solvent\n"
         "_solvent() {\n"
         "  local word command='' current=\"${COMP_WORDS[COMP_CWORD]}\" i\n"
         "  local before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
         "  _solvent_offer() { COMPREPLY=($(compgen -W \"$1\" -- \"$current\")); }\n"
         "  _solvent_choose() { _solvent_offer \"$1\"; }\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${command:+$command }${COMP_WORDS[i]}\"\n"
         "    case \"$word\" in " +
         known_words(source) +
         ") command=\"$word\" ;; esac\n"
         "  done\n"
         "  case \"$command $before\" in\n" +
         choice_arms(source) +
         "  esac\n"
         "  case \"$command\" in\n" +
         word_arms(source) +
         "  esac\n"
         "}\n"
         "complete -o default -F _solvent solvent\n";
}

std::string zsh_script(const HelpSource& source) {
  return "#compdef solvent\n"
         "_solvent() {\n"
         "  local word command='' i\n"
         "  local before=\"${words[CURRENT-1]}\"\n"
         "  _solvent_offer() { compadd -- ${(s: :)1}; [[ $PREFIX == -* ]] || _files; }\n"
         "  _solvent_choose() { compadd -- ${(s: :)1}; }\n"
         "  for ((i = 2; i < CURRENT; i++)); do\n"
         "    word=\"${command:+$command }${words[i]}\"\n"
         "    case \"$word\" in " +
         known_words(source) +
         ") command=\"$word\" ;; esac\n"
         "  done\n"
         "  case \"$command $before\" in\n" +
         choice_arms(source) +
         "  esac\n"
         "  case \"$command\" in\n" +
         word_arms(source) +
         "  esac\n"
         "}\n"
         "compdef _solvent solvent\n";
}

/// fish: one `complete` line for each word and flag.
std::string fish_script(const HelpSource& source) {
  const std::vector<std::string> first = first_words(source);
  std::string out = "# fish completion of solvent\ncomplete -c solvent -f\n";
  const std::string at_start =
      " -n " + quoted("not __fish_seen_subcommand_from " + join(first, " "));
  for (const std::string& noun : source.operations.nouns())
    out += "complete -c solvent" + at_start + " -a " + noun + " -d " +
           quoted(noun_summary(source, noun)) + "\n";
  for (const LocalCommand& command : source.local)
    out += "complete -c solvent" + at_start + " -a " + command.name + " -d " +
           quoted(command.summary) + "\n";
  for (const OperationSpec& spec : source.operations.specs())
    out +=
        "complete -c solvent -n " +
        quoted("__fish_seen_subcommand_from " + spec.noun +
               "; and not __fish_seen_subcommand_from " + join(verbs_of(source, spec.noun), " ")) +
        " -a " + spec.verb + " -d " + quoted(spec.summary) + "\n";
  for (const Node& node : nodes_of(source)) {
    std::vector<std::string> seen;
    for (const std::string_view word : split(node.words, ' '))
      seen.push_back("__fish_seen_subcommand_from " + std::string(word));
    const std::string condition = " -n " + quoted(join(seen, "; and "));
    for (const FieldSpec* field : flags_of(node, StructSpec{})) {
      out += "complete -c solvent" + condition + " -l " + flag_of(field->name).substr(2);
      if (!field->options.choices.empty())
        out += " -x -a " + quoted(join(field->options.choices, " "));
      else if (takes_path(*field))
        out += " -r -F";
      else if (field->type != FieldType::kBool)
        out += " -x";
      out += " -d " + quoted(field->doc) + "\n";
    }
    const bool paths = node.request != nullptr &&
                       std::ranges::any_of(node.positional, [&](const std::string& name) {
                         return takes_path(*node.request->find(name));
                       });
    if (paths) out += "complete -c solvent" + condition + " -F\n";
  }
  for (const FieldSpec& field : source.globals.fields)
    out += "complete -c solvent -l " + flag_of(field.name).substr(2) +
           (field.type == FieldType::kBool ? ""
            : takes_path(field)            ? " -r -F"
                                           : " -x") +
           " -d " + quoted(field.doc) + "\n";
  return out + "complete -c solvent -l help -d 'examples and flags'\n";
}

}  // namespace

Result<std::string> completion_script(const HelpSource& source, std::string_view shell) {
  if (shell == "bash") return bash_script(source);
  if (shell == "zsh") return zsh_script(source);
  if (shell == "fish") return fish_script(source);
  return fail(Code::kInvalidArgument, "no completions for this shell: " + sanitize_utf8(shell),
              "choose bash, zsh or fish", "shell");
}

}  // namespace solvent::op
