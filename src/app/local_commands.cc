#include "app/local_commands.h"

#include <algorithm>

#include "app/backup.h"
#include "app/executor.h"
#include "app/serve.h"
#include "app/specs.h"
#include "app/version.h"
#include "base/text.h"
#include "net/described_routes.h"
#include "op/openapi.h"

namespace solvent::app {
namespace {

struct InitRequest {
  std::string directory = ".";
  static constexpr std::string_view kName = "InitRequest";
  template <class V>
  void describe(V& v) {
    v.field("directory", directory, "folder that becomes a workspace");
  }
};

struct BackupRequest {
  std::string target;
  static constexpr std::string_view kName = "BackupRequest";
  template <class V>
  void describe(V& v) {
    v.field("target", target, "folder to make; it must not exist yet");
  }
};

struct RestoreRequest {
  std::string source;
  std::string directory = ".";
  static constexpr std::string_view kName = "RestoreRequest";
  template <class V>
  void describe(V& v) {
    v.field("source", source, "folder that `solvent backup` made");
    v.field("directory", directory, "folder whose workspace it becomes");
  }
};

struct CompletionsRequest {
  std::string shell;
  static constexpr std::string_view kName = "CompletionsRequest";
  template <class V>
  void describe(V& v) {
    v.field("shell", shell, "for which shell", {.choices = {"bash", "zsh", "fish"}});
  }
};

struct VersionRequest {
  bool openapi = false;
  static constexpr std::string_view kName = "VersionRequest";
  template <class V>
  void describe(V& v) {
    v.field("openapi", openapi, "print the OpenAPI document of this version instead");
  }
};

std::string absolute(const LocalContext& context, const std::string& path) {
  if (path == ".") return context.directory;
  return path.starts_with('/') ? path : join_path(context.directory, path);
}

Result<void> init(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<InitRequest>(params));
  const std::string directory = absolute(context, request.directory);
  TRY(context.with.files.make_directories(directory));
  TRY(Workspace::create(context.with, directory, program_specs().settings,
                        program_specs().migrations));
  context.terminal.message("made a workspace: " + join_path(directory, ".solvent"));
  context.terminal.message("next:  solvent audit PATH, or solvent data put FILE --name NAME");
  return {};
}

Result<std::string> workspace_folder(const LocalContext& context) {
  const std::string start = context.flags.workspace.empty()
                                ? context.directory
                                : absolute(context, context.flags.workspace);
  if (auto folder = Workspace::find(context.with.files, start)) return *folder;
  return no_workspace(context.with.files, start);
}

Result<void> backup(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<BackupRequest>(params));
  const std::string folder = TRY(workspace_folder(context));
  const std::string target = absolute(context, request.target);
  auto workspace = Workspace::open(context.with, folder, Sharing::kEmbedded,
                                   program_specs().settings, program_specs().migrations);
  Result<BackupManifest> made = fail(Code::kUnknown, "");
  if (workspace) {
    auto& database = (*workspace)->database();
    made = make_backup(context.with, folder, target, database.engine(),
                       [&](const std::string& path) { return database.snapshot(path); });
  } else if (workspace.error().subject == "lock") {
    made = make_backup(context.with, folder, target, "server", [&](const std::string& path) {
      return snapshot_from_server(context.with, folder, path);
    });
  } else {
    return Unexpected(std::move(workspace).error());
  }
  const BackupManifest manifest = TRY(std::move(made));
  std::int64_t bytes = 0;
  for (const auto& file : manifest.files) bytes += file.size;
  context.terminal.message("backed up " + std::to_string(manifest.files.size()) + " files, " +
                           format_bytes(static_cast<std::uint64_t>(bytes)) + ": " + target);
  return {};
}

Result<void> restore(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<RestoreRequest>(params));
  const Restored restored = TRY(restore_backup(
      context.with, absolute(context, request.source), absolute(context, request.directory),
      program_specs().settings, program_specs().migrations));
  context.terminal.message("restored: " + restored.folder);
  if (!restored.aside.empty())
    context.terminal.message("what was there is put aside: " + restored.aside);
  return {};
}

Result<void> completions(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<CompletionsRequest>(params));
  TRY(context.terminal.out(TRY(op::completion_script(help_source(), request.shell))));
  return {};
}

Result<void> version(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<VersionRequest>(params));
  std::string text = "solvent " + std::string(kVersion);
  if (request.openapi)
    text =
        to_pretty_text(op::openapi_of(described_operations(), kVersion, net::described_routes()));
  else if (context.flags.json)
    text = R"({"program":"solvent","version":")" + std::string(kVersion) + "\"}";
  TRY(context.terminal.out(text + "\n"));
  return {};
}

std::vector<LocalCommand> all_commands() {
  return {
      {{"init",
        "Make a folder a workspace",
        {{"solvent init", "this folder"}, {"solvent init estate", "the folder estate"}},
        &spec_of<InitRequest>(),
        {"directory"}},
       init},
      {{"serve",
        "Serve the workspace: page, API, other commands",
        {{"solvent serve", "on 127.0.0.1:8700"},
         {"solvent serve --port 0", "on any free port, which it prints"}},
        &spec_of<ServeRequest>(),
        {}},
       serve},
      {{"backup",
        "Copy the workspace, whole and consistent, while it is in use",
        {{"solvent backup /backups/2026-11-24", "database snapshot, then what it names"}},
        &spec_of<BackupRequest>(),
        {"target"}},
       backup},
      {{"restore",
        "Make a workspace out of a backup",
        {{"solvent restore /backups/2026-11-24", "the workspace that is here is put aside"}},
        &spec_of<RestoreRequest>(),
        {"source", "directory"}},
       restore},
      {{"completions",
        "Print the completions of a shell",
        {{"solvent completions bash > /etc/bash_completion.d/solvent", "for everybody"}},
        &spec_of<CompletionsRequest>(),
        {"shell"}},
       completions},
      {{"version",
        "Print the version",
        {{"solvent version", "of this program"},
         {"solvent version --openapi", "the API that it serves"}},
        &spec_of<VersionRequest>(),
        {}},
       version},
  };
}

}  // namespace

std::span<const LocalCommand> local_commands() {
  static const std::vector<LocalCommand> all = all_commands();
  return all;
}

const LocalCommand* find_local_command(std::string_view noun) {
  const auto all = local_commands();
  const auto found =
      std::ranges::find_if(all, [&](const auto& c) { return c.described.name == noun; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace solvent::app
