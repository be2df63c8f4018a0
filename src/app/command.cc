#include "app/command.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "app/executor.h"
#include "app/local_commands.h"
#include "app/output.h"
#include "app/terminal.h"
#include "base/text.h"
#include "op/command_line.h"

namespace solvent::app {
namespace {

constexpr int kOverPolicy = 1;
constexpr int kOurBug = 4;

/// The first word that is no flag and no flag's value: the noun.
std::string first_word(const std::vector<std::string>& arguments) {
  const StructSpec& globals = spec_of<GlobalFlags>();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") break;
    if (!word.starts_with("-")) return word;
    for (const auto& field : globals.fields)
      if (field.type != FieldType::kBool && word == op::flag_of(field.name)) ++i;
  }
  return {};
}

Result<std::map<std::string, std::string>> settings_of(const GlobalFlags& flags) {
  std::map<std::string, std::string> out;
  for (const auto& pair : flags.set) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos)
      return fail(Code::kInvalidArgument, "a setting is key=value, not " + pair,
                  "solvent settings list shows the keys", "set");
    out[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return out;
}

/// One command, from parsed words to output.
constexpr std::size_t kParameterBytesMax = 64u << 20;

/// JSON parameters given as @FILE are read by the client, whoever runs the operation.
Result<std::string> read_parameters(const std::string& path) {
  return read_file(posix_files(), path, kParameterBytesMax);
}

class Command {
 public:
  Command(Clock& clock, Random& random, std::string directory)
      : clock_(clock), random_(random), directory_(std::move(directory)) {}

  Result<void> run(const std::vector<std::string>& arguments) {
    const std::string noun = first_word(arguments);
    if (const LocalCommand* local = find_local_command(noun)) return run_local(*local, arguments);
    const auto line = TRY(op::parse_command_line(described_operations(), spec_of<GlobalFlags>(),
                                                 arguments, directory_, read_parameters));
    if (line.spec == nullptr) {
      const std::string text = line.noun.empty() ? op::help_overview(help_source())
                                                 : op::help_noun(help_source(), line.noun);
      return print(text);
    }
    if (line.arguments.help) return print(op::help_operation(help_source(), *line.spec));
    return run_operation(*line.spec, line.arguments);
  }

  bool over_policy() const { return over_policy_; }

 private:
  Result<void> print(const std::string& text) {
    TRY(Terminal(terminal_options(true), clock_).out(text));
    return {};
  }

  Result<void> run_local(const LocalCommand& local, const std::vector<std::string>& arguments) {
    std::vector<std::string> rest;
    bool seen = false;
    for (const auto& word : arguments) {
      if (!seen && word == local.described.name) {
        seen = true;
        continue;
      }
      rest.push_back(word);
    }
    const auto parsed =
        TRY(op::parse_arguments(*local.described.request, local.described.positional,
                                spec_of<GlobalFlags>(), rest, directory_));
    if (parsed.help) return print(op::help_local(help_source(), local.described));
    const auto flags = TRY(from_json<GlobalFlags>(parsed.globals));
    Terminal terminal(terminal_options(flags.quiet), clock_);
    Log log(clock_, LogLevel::kWarning, false, stderr_sink());
    const Surroundings with = TRY(surroundings(flags, log));
    return local.run({with, terminal, flags, directory_}, parsed.params);
  }

  Result<void> run_operation(const op::OperationSpec& spec, const op::Arguments& arguments) {
    Json globals = arguments.globals, params = arguments.params;
    TRY(ask_secrets(spec_of<GlobalFlags>(), globals));
    TRY(ask_secrets(*spec.request, params));
    const auto flags = TRY(from_json<GlobalFlags>(globals));
    Terminal terminal(terminal_options(flags.quiet), clock_);
    if (spec.destructive && !flags.yes && !params.bool_or("dry_run", false)) TRY(ask(spec));
    Log log(clock_, LogLevel::kWarning, false, stderr_sink());
    const Surroundings with = TRY(surroundings(flags, log));
    const CancelToken cancel;
    // The executor outlives the reply: a stream of bytes reads from its workspace.
    const auto executor = TRY(open_executor(with, flags, spec));
    auto reply = TRY(
        executor->call(spec, params, [&](const op::Progress& p) { terminal.progress(p); }, cancel));
    if (const auto* result = std::get_if<Json>(&reply)) over_policy_ = breaks_policy(*result);
    return put_out({terminal, posix_files(), flags, directory_}, spec, params, std::move(reply));
  }

  /// A secret that is required and not given, or given as "-", is asked for.
  Result<void> ask_secrets(const StructSpec& spec, Json& params) {
    for (const FieldSpec& field : spec.fields) {
      if (field.options.unit != Unit::kSecret) continue;
      const Json* given = params.find(field.name);
      const bool dash = given != nullptr && given->is_string() && given->string() == "-";
      if (dash || (given == nullptr && !field.optional))
        params.set(field.name, TRY(Terminal(terminal_options(true), clock_).secret(field.name)));
    }
    return {};
  }

  Result<Surroundings> surroundings(const GlobalFlags& flags, Log& log) {
    return Surroundings{
        clock_, random_, posix_files(), log, solvent_environment(), TRY(settings_of(flags))};
  }

  /// Destroying something is asked about on a terminal and needs --yes elsewhere.
  Result<void> ask(const op::OperationSpec& spec) {
    if (::isatty(STDIN_FILENO) != 1)
      return fail(Code::kFailedPrecondition, "this destroys something and nobody can be asked",
                  "add --yes, or look first with --dry-run", spec.id());
    Terminal(terminal_options(true), clock_).message(spec.summary + ". Go on? [y/N]");
    char answer = 'n';
    if (::read(STDIN_FILENO, &answer, 1) != 1 || (answer != 'y' && answer != 'Y'))
      return fail(Code::kCancelled, "nothing was done", {}, spec.id());
    return {};
  }

  /// An audit says in its result what the policy does not allow.
  static bool breaks_policy(const Json& result) {
    const Json* over = result.is_object() ? result.find("over_policy") : nullptr;
    return over != nullptr && over->is_array() && !over->array().empty();
  }

  Clock& clock_;
  Random& random_;
  std::string directory_;
  bool over_policy_ = false;
};

}  // namespace

Result<std::string> current_directory() {
  std::string buffer(4096, '\0');
  if (::getcwd(buffer.data(), buffer.size()) == nullptr)
    return fail(Code::kUnavailable, "the working directory is gone", "cd to one that exists");
  buffer.resize(buffer.find('\0'));
  return buffer;
}

void hide_secrets(std::span<char* const> words) {
  const auto takes_secret = [](std::string_view flag) {
    const auto has = [&](const StructSpec& spec) {
      return std::ranges::any_of(spec.fields, [&](const FieldSpec& field) {
        return field.options.unit == Unit::kSecret && op::flag_of(field.name) == flag;
      });
    };
    return has(spec_of<GlobalFlags>()) ||
           std::ranges::any_of(described_operations().specs(),
                               [&](const op::OperationSpec& spec) { return has(*spec.request); });
  };
  const auto cover = [](char* text) {
    if (std::string_view(text) != "-") std::memset(text, '*', std::strlen(text));
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") return;
    if (!word.starts_with("--") || word.size() < 3) continue;
    const std::size_t equals = word.find('=');
    const std::string_view flag = word.substr(0, equals);
    if ((equals == word.npos && i + 1 == words.size()) || !takes_secret(flag)) continue;
    cover(equals == word.npos ? words[i + 1] : words[i] + equals + 1);
  }
}

int run_command(const std::vector<std::string>& arguments, Clock& clock, Random& random) {
  std::signal(SIGPIPE, SIG_IGN);
  auto directory = current_directory();
  const auto say = [&](const Error& error) {
    Terminal(terminal_options(true), clock).error(error);
    return error.code == Code::kInternal ? kOurBug : exit_code(error.code);
  };
  if (!directory) return say(directory.error());
  Command command(clock, random, *std::move(directory));
  const auto done = command.run(arguments);
  if (!done) return say(done.error());
  return command.over_policy() ? kOverPolicy : 0;
}

}  // namespace solvent::app
