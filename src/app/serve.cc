#include "app/serve.h"

#include <unistd.h>

#include "app/executor.h"
#include "app/modules.h"
#include "app/remote.h"
#include "app/server.h"
#include "app/specs.h"
#include "app/web_assets.h"
#include "base/sync_site.h"
#include "identity/identity.h"
#include "net/api.h"

namespace solvent::app {
namespace {

Result<net::ServerOptions> options_of(const Settings& settings, const ServeRequest& request) {
  net::ServerOptions options = net::server_options(settings);
  if (request.address) options.address = *request.address;
  if (request.port) options.port = static_cast<int>(*request.port);
  if (request.certificate.has_value() != request.key.has_value())
    return fail(Code::kInvalidArgument, "TLS needs a certificate and its key",
                "give both --certificate and --key", "certificate");
  if (request.certificate)
    options.tls =
        net::TlsOptions{.certificate_file = *request.certificate, .key_file = *request.key};
  return options;
}

}  // namespace

Result<void> serve(const LocalContext& context, const Json& params) {
  const auto request = TRY(from_json<ServeRequest>(params));
  const std::string start =
      context.flags.workspace.empty() ? context.directory : context.flags.workspace;
  const auto folder = Workspace::find(context.with.files, start);
  if (!folder) return no_workspace(context.with.files, start);
  block_stop_signals();
  Log log(context.with.clock, LogLevel::kInfo, ::isatty(STDERR_FILENO) != 1, stderr_sink());
  const Surroundings with{context.with.clock,       context.with.random, context.with.files, log,
                          context.with.environment, context.with.flags};
  const auto workspace = TRY(Workspace::open(with, *folder, Sharing::kServer,
                                             program_specs().settings, program_specs().migrations));
  const auto modules = TRY(Modules::create(*workspace, Sharing::kServer));
  // For the owner's programs that speak HTTP over TCP; over the socket nobody needs it.
  TRY(modules->identity().owner_token(workspace->token_path()));
  const auto server = TRY(WorkspaceServer::start(*workspace, *modules,
                                                 TRY(options_of(workspace->settings(), request)),
                                                 net::asset_routes(web_assets()), log));
  workspace->admit();
  TRY(context.terminal.out(server->url() + "\n"));
  server->run_until_stopped([&] { modules->stop_work(); });
  return {};
}

Result<void> snapshot_from_server(const Surroundings& with, const std::string& folder,
                                  const std::string& path) {
  const auto server = TRY(open_remote("unix:" + join_path(folder, "socket"), "", with));
  const op::OperationSpec* spec = described_operations().find_id("workspace snapshot");
  ASSERT(spec != nullptr);
  const CancelToken cancel;
  auto reply = TRY(server->call(*spec, Json(JsonObject()), [](const op::Progress&) {}, cancel));
  auto* stream = std::get_if<op::ByteStream>(&reply);
  if (stream == nullptr)
    return fail(Code::kInternal, "the server sent no snapshot", "please report this");
  const auto file = TRY(with.files.open(path, OpenMode::kCreateNew));
  for (std::uint64_t offset = 0;;) {
    const std::string piece = TRY(stream->next());
    if (piece.empty()) break;
    TRY(file->write_at(offset, as_bytes(piece)));
    offset += piece.size();
  }
  return sync_file(*file, "app/snapshot_bytes");
}

}  // namespace solvent::app
