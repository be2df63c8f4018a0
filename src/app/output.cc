#include "app/output.h"

#include <chrono>
#include <memory>
#include <thread>

#include "app/statement_text.h"
#include "base/digest.h"
#include "base/sync_site.h"
#include "base/text.h"
#include "op/render.h"

namespace solvent::app {
namespace {

constexpr std::uint64_t kLocalFileMax = 256u << 20;
constexpr std::chrono::milliseconds kLook{20};

/// The first LocalTree of the request: the only place that a result may write to.
std::string tree_of(const op::OperationSpec& spec, const Json& params) {
  for (const auto& field : spec.request->fields) {
    if (field.type != FieldType::kLocalTree || field.list) continue;
    if (const Json* value = params.find(field.name)) return value->text_or("root", "");
  }
  return {};
}

/// Files that a result says to write: each only over the very content it was made for.
Result<void> write_files(const OutputContext& context, const std::string& root,
                         const JsonArray& writes) {
  for (const Json& write : writes) {
    const std::string path = TRY(path_below(root, write.text_or("path", "")));
    const std::string before = TRY(read_file(context.files, path, kLocalFileMax));
    if (digest_of(before).hex() != write.text_or("before", ""))
      return fail(Code::kAborted, "the file changed after the fix was made for it",
                  "run the command again", path);
  }
  for (const Json& write : writes) {
    const std::string path = TRY(path_below(root, write.text_or("path", "")));
    TRY(write_file_durably(context.files, path, as_bytes(write.text_or("text", ""))));
    context.terminal.message("wrote " + path);
  }
  return {};
}

Result<void> print_stream(Terminal& terminal, const op::ByteStream& stream) {
  for (;;) {
    const std::string piece = TRY(stream.next());
    if (piece.empty()) return {};
    if (!TRY(terminal.out(piece))) return {};
  }
}

/// All of the stream in a new file, synced.
Result<void> fill_file(FileSystem& files, const std::string& path, const op::ByteStream& stream) {
  const auto file = TRY(files.open(path, OpenMode::kTruncate));
  for (std::uint64_t offset = 0;;) {
    const std::string piece = TRY(stream.next());
    if (piece.empty()) break;
    TRY(file->write_at(offset, as_bytes(piece)));
    offset += piece.size();
  }
  return sync_file(*file, "app/output_bytes");
}

Result<void> put_stream(const OutputContext& context, const op::ByteStream& stream) {
  std::string target = context.flags.output.empty() ? std::string(base_name(stream.file_name))
                                                    : context.flags.output;
  if (target.empty() || target == "-") return print_stream(context.terminal, stream);
  if (target.front() != '/') target = join_path(context.directory, target);
  // A rename would put a file where a device, a pipe or a folder was.
  if (const auto there = context.files.stat(target);
      there && there->kind != FileInfo::Kind::kFile && there->kind != FileInfo::Kind::kSymlink)
    return fail(Code::kInvalidArgument, "there is something at the output's place, not a file",
                "name a file, or - for standard output", target);
  const std::string making = target + ".part";
  auto done = fill_file(context.files, making, stream);
  if (done) done = context.files.rename(making, target);
  if (!done) {
    (void)context.files.remove(making);  // the first error is what matters
    return done;
  }
  TRY(sync_directory(context.files, std::string(parent_path(target)), "app/output_name"));
  context.terminal.message("wrote " + target);
  return {};
}

Result<void> put_json(const OutputContext& context, const op::OperationSpec& spec,
                      const Json& params, const Json& result) {
  if (const Json* writes = result.find("writes");
      writes != nullptr && writes->is_array() && !params.bool_or("dry_run", false))
    TRY(write_files(context, tree_of(spec, params), writes->array()));
  if (context.flags.json) {
    TRY(context.terminal.out(to_pretty_text(result) + "\n"));
    return {};
  }
  const op::RenderOptions options{.width = context.terminal.options().columns,
                                  .colour = context.terminal.options().color,
                                  .wide = context.flags.wide};
  const auto text = TRY(text_of(spec, result, options, context.flags.quiet));
  TRY(context.terminal.out(text ? *text : op::render(result, *spec.result, options)));
  return {};
}

/// Events as lines of JSON until the stream ends or nobody reads.
Result<void> put_events(const OutputContext& context, const op::EventStream& stream) {
  auto held = std::make_shared<bool>(true);
  const std::weak_ptr<bool> open = held;
  const auto written = std::make_shared<Result<bool>>(true);
  const auto subscription = stream.subscribe(
      [&context, written, held = std::move(held)](std::string_view event, const Json& data) {
        Json line;
        line.set("event", event);
        line.set("data", data);
        *written = context.terminal.out(to_text(line) + "\n");
        return written->value_or(false);
      });
  // The stream is over when nobody can call the sink any more.
  while (!open.expired()) std::this_thread::sleep_for(kLook);
  if (!*written) return Unexpected(written->error());
  return {};
}

}  // namespace

Result<void> put_out(const OutputContext& context, const op::OperationSpec& spec,
                     const Json& params, op::Reply reply) {
  context.terminal.progress_done();
  if (auto* json = std::get_if<Json>(&reply)) return put_json(context, spec, params, *json);
  if (auto* bytes = std::get_if<op::ByteStream>(&reply)) return put_stream(context, *bytes);
  return put_events(context, std::get<op::EventStream>(reply));
}

}  // namespace solvent::app
