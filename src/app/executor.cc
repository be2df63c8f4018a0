#include "app/executor.h"

#include "app/local_commands.h"
#include "app/modules.h"
#include "app/remote.h"
#include "app/specs.h"
#include "base/text.h"

namespace solvent::app {
namespace {

/// Operations that look at files alone work where there is no workspace, and leave nothing behind.
bool works_without_workspace(const op::OperationSpec& spec) {
  return spec.id() == "audit run" || spec.noun == "check" || spec.noun == "rule";
}

class Embedded final : public Executor {
 public:
  static Result<std::unique_ptr<Executor>> create(std::unique_ptr<Workspace> workspace) {
    std::unique_ptr<Embedded> executor(new Embedded);
    executor->workspace_ = std::move(workspace);
    executor->modules_ = TRY(Modules::create(*executor->workspace_, Sharing::kEmbedded));
    executor->operations_.emplace(
        TRY(op::Operations::create(program_specs().operations, executor->modules_->handlers())));
    return executor;
  }

  Result<op::Reply> call(const op::OperationSpec& spec, Json params,
                         const std::function<void(const op::Progress&)>& progress,
                         const CancelToken& cancel) override {
    return operations_->call(spec,
                             {.params = std::move(params), .progress = progress, .cancel = &cancel},
                             op::local_owner());
  }

 private:
  Embedded() = default;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Modules> modules_;
  std::optional<op::Operations> operations_;
};

std::string token_of(const Surroundings& with, const GlobalFlags& flags) {
  if (!flags.token.empty()) return flags.token;
  const auto found = with.environment.find("SOLVENT_TOKEN");
  return found == with.environment.end() ? std::string() : found->second;
}

/// A server reads its own settings when it starts; one command cannot change them.
Result<std::unique_ptr<Executor>> remote(const std::string& server, const Surroundings& with,
                                         const GlobalFlags& flags) {
  if (!with.flags.empty())
    return fail(Code::kInvalidArgument, "a server has settings of its own",
                "set it in .solvent/solvent.toml and start the server again", "set");
  return open_remote(server, token_of(with, flags), with);
}

Result<std::unique_ptr<Executor>> embedded(Result<std::unique_ptr<Workspace>> workspace) {
  return Embedded::create(TRY(std::move(workspace)));
}

}  // namespace

Result<std::unique_ptr<Executor>> open_executor(const Surroundings& with, const GlobalFlags& flags,
                                                const op::OperationSpec& spec) {
  const auto& specs = program_specs();
  if (!flags.server.empty()) return remote(flags.server, with, flags);
  const std::string start = flags.workspace.empty() ? TRY(current_directory()) : flags.workspace;
  const auto folder = Workspace::find(with.files, start);
  if (!folder) {
    if (works_without_workspace(spec) && flags.workspace.empty())
      return embedded(Workspace::open_transient(with, specs.settings, specs.migrations));
    return no_workspace(with.files, start);
  }
  auto workspace =
      Workspace::open(with, *folder, Sharing::kEmbedded, specs.settings, specs.migrations);
  if (!workspace && workspace.error().subject == "lock")
    return remote("unix:" + join_path(*folder, "socket"), with, flags);
  return embedded(std::move(workspace));
}

const op::Operations& described_operations() {
  static const op::Operations operations =
      MUST(op::Operations::describe(program_specs().operations));
  return operations;
}

const op::HelpSource& help_source() {
  static const std::vector<op::LocalCommand> local = [] {
    std::vector<op::LocalCommand> all;
    for (const auto& command : local_commands()) all.push_back(command.described);
    return all;
  }();
  static const std::vector<op::Example> examples = {
      {"solvent audit .", "what this project owes, without any set-up"},
      {"solvent init", "make this folder a workspace, so that debts are remembered"},
      {"solvent data put applications.csv --name applications", "version and profile data"},
      {"solvent ledger", "what is owed, what it costs a month, what to pay first"},
      {"solvent serve", "the same as a page"}};
  static const op::HelpSource source{described_operations(), local, spec_of<GlobalFlags>(),
                                     "Keeps machine-learning systems out of technical bankruptcy.",
                                     examples};
  return source;
}

}  // namespace solvent::app
