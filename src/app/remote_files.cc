#include "app/remote_files.h"

#include <algorithm>
#include <map>

#include "audit/tree.h"
#include "base/digest.h"
#include "base/text.h"
#include "scm/git.h"

namespace solvent::app {
namespace {

constexpr std::size_t kPieceBytes = 256u << 10;
/// Not less than any server's audit.depth_max, which it keeps to itself.
constexpr std::int64_t kDepthMax = 1'000;

/// A file read from the front, piece by piece; empty at the end.
net::BodyReader reader_of(std::shared_ptr<File> file) {
  auto offset = std::make_shared<std::uint64_t>(0);
  return [file = std::move(file), offset]() -> Result<std::string> {
    std::string piece(kPieceBytes, '\0');
    const std::size_t count =
        TRY(file->read_at(*offset, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}));
    *offset += count;
    piece.resize(count);
    return piece;
  };
}

struct TreeUpload {
  std::string id;
  std::string below;  ///< where in the upload the tree lies, ending in '/'; empty: all of it
};

/// One upload of one local file or tree.
class Uploader {
 public:
  Uploader(net::Client& client, FileSystem& files,
           const std::function<void(const op::Progress&)>& progress, const CancelToken& cancel)
      : client_(client), files_(files), progress_(progress), cancel_(cancel) {}

  Result<std::string> send_file(const std::string& path) {
    const FileInfo info = TRY(files_.stat(path));
    if (info.kind == FileInfo::Kind::kDirectory)
      return fail(Code::kInvalidArgument, "this is a directory, not a file",
                  "name one CSV, Parquet or JSON file", path);
    TRY(list(path, std::string(base_name(path)), info));
    return send();
  }

  Result<TreeUpload> send_tree(const std::string& root, const std::string& field,
                               const std::function<Result<std::vector<std::string>>()>& owed) {
    const auto info = files_.stat(root);
    if (!info && info.error().code != Code::kNotFound) return Unexpected(info.error());
    if (!info || info->kind == FileInfo::Kind::kFile)
      return fail(Code::kInvalidArgument,
                  (info ? "not a folder: " : "no such folder: ") + sanitize_utf8(root),
                  "give the folder of a project; data files go with --files", field);
    const std::vector<std::string> wanted = owed ? TRY(owed()) : std::vector<std::string>();
    auto opened = scm::Repository::open(root);
    const bool broken = !opened;
    std::unique_ptr<scm::Repository> repository = opened ? *std::move(opened) : nullptr;
    // A folder's name that is no UTF-8 has no place in a request.
    if (repository != nullptr && !is_valid_utf8(repository->prefix())) repository.reset();
    TreeUpload made{.id = {}, .below = repository ? repository->prefix() : ""};
    const auto names =
        TRY(audit::name_tree(files_, root, repository.get(), kDepthMax, wanted, cancel_));
    for (const std::string& name : names.files)
      TRY(list(join_path(root, name), made.below + name, TRY(files_.stat(join_path(root, name)))));
    for (const std::string& name : names.folders) add_folder(made.below + name);
    if (!made.below.empty()) add_folder(made.below.substr(0, made.below.size() - 1));
    if (repository != nullptr) {
      TRY(list_git(*repository, root));
    } else if (broken) {
      TRY(list_broken_git(root));
    }
    made.id = TRY(send());
    return made;
  }

 private:
  void add_folder(const std::string& name) {
    JsonObject entry;
    entry.emplace_back(is_valid_utf8(name) ? "path" : "path_base64",
                       is_valid_utf8(name) ? name : base64_encode(name));
    folders_.emplace_back(std::move(entry));
  }

  /// What git is asked of the tree it answers from these, here as there.
  Result<void> list_git(const scm::Repository& repository, const std::string& root) {
    for (const auto& [name, path] : TRY(repository.contents()))
      TRY(list(path, ".git/" + name, TRY(files_.stat(path))));
    for (const char* folder : {".git/objects", ".git/refs"}) add_folder(folder);
    // Above the folder, too, files say what is ignored.
    std::string above = root, below = repository.prefix();
    while (!below.empty()) {
      above = join_path(above, "..");
      below.pop_back();
      below.resize(below.rfind('/') == std::string::npos ? 0 : below.rfind('/') + 1);
      const std::string path = join_path(above, ".gitignore");
      if (const auto info = files_.stat(path); info && info->kind == FileInfo::Kind::kFile)
        TRY(list(path, below + ".gitignore", *info));
    }
    return {};
  }

  /// The server is to say of it what would be said here.
  Result<void> list_broken_git(const std::string& root) {
    const std::string git = join_path(root, ".git");
    if (const auto info = files_.stat(git); !info || info->kind != FileInfo::Kind::kDirectory)
      return {};
    add_folder(".git");
    return walk(files_, git, [&](const std::string& path, const FileInfo& found) -> Result<void> {
      if (found.kind == FileInfo::Kind::kDirectory) add_folder(".git/" + path);
      if (found.kind != FileInfo::Kind::kFile) return {};
      return list(join_path(git, path), ".git/" + path, found);
    });
  }

  Result<void> list(const std::string& path, const std::string& name, const FileInfo& info) {
    TRY(cancel_.check());
    const std::shared_ptr<File> file = TRY(files_.open(path, OpenMode::kRead));
    Hasher hasher;
    std::uint64_t size = 0;
    const auto read = reader_of(file);
    for (;;) {
      const std::string piece = TRY(read());
      if (piece.empty()) break;
      hasher.update(piece);
      size += piece.size();
    }
    const std::string digest = hasher.finish().hex();
    JsonObject entry;
    if (is_valid_utf8(name))
      entry.emplace_back("path", name);
    else
      entry.emplace_back("path_base64", base64_encode(name));
    entry.emplace_back("size", size);
    entry.emplace_back("digest", digest);
    entry.emplace_back("executable", info.executable);
    entries_.emplace_back(std::move(entry));
    places_[digest] = {path, size};
    return {};
  }

  Result<std::string> send() {
    JsonObject manifest;
    manifest.emplace_back("files", std::move(entries_));
    if (!folders_.empty()) manifest.emplace_back("folders", std::move(folders_));
    net::Headers headers;
    headers.set("Content-Type", "application/json");
    const auto begun =
        TRY(client_.send("POST", "/api/uploads", headers, to_text(Json(std::move(manifest)))));
    const Json reply = TRY(checked(begun));
    const std::string id = reply.text_or("upload", "");
    const Json* missing = reply.find("missing");
    if (id.empty() || missing == nullptr || !missing->is_array())
      return fail(Code::kUnavailable, "the server's answer to an upload makes no sense",
                  "check that the address is a Solvent server's");
    std::size_t done = 0;
    for (const Json& digest : missing->array()) {
      TRY(cancel_.check());
      TRY(put(id, digest.is_string() ? digest.string() : std::string()));
      if (progress_)
        progress_(
            {.stage = "uploading",
             .fraction = static_cast<double>(++done) / static_cast<double>(missing->array().size()),
             .detail = {}});
    }
    return id;
  }

  Result<void> put(const std::string& id, const std::string& digest) {
    const auto place = places_.find(digest);
    if (place == places_.end())
      return fail(Code::kUnavailable, "the server asks for contents that were not offered",
                  "check that the address is a Solvent server's", digest);
    const auto& [path, size] = place->second;
    const std::shared_ptr<File> file = TRY(files_.open(path, OpenMode::kRead));
    if (TRY(file->size()) != size)
      return fail(Code::kAborted, "the file changes while it is read", "try again once it rests",
                  path);
    net::Headers headers;
    headers.set("Content-Type", "application/octet-stream");
    headers.set("Content-Length", std::to_string(size));
    const auto sent = TRY(client_.upload("PUT", "/api/uploads/" + percent_encode(id) + "/" + digest,
                                         headers, reader_of(file)));
    TRY(checked(sent));
    return {};
  }

  static Result<Json> checked(const net::ClientReply& reply) {
    if (reply.status == 204) return Json();
    auto json = parse_json(reply.body);
    if (reply.status < 300) return json;
    const Json* error = json ? json->find("error") : nullptr;
    const std::string message = "the upload was refused (" + std::to_string(reply.status) + ")";
    if (error == nullptr) return fail(Code::kUnavailable, message, "check the server's log");
    return fail(reply.status == 401   ? Code::kUnauthenticated
                : reply.status == 403 ? Code::kPermissionDenied
                : reply.status == 429 ? Code::kResourceExhausted
                                      : Code::kInvalidArgument,
                message + ": " + error->text_or("message", ""), error->text_or("hint", ""),
                error->text_or("subject", ""));
  }

  net::Client& client_;
  FileSystem& files_;
  const std::function<void(const op::Progress&)>& progress_;
  const CancelToken& cancel_;
  JsonArray entries_, folders_;
  std::map<std::string, std::pair<std::string, std::uint64_t>> places_;  ///< digest → path, size
};

}  // namespace

Result<void> upload_locals(net::Client& client, FileSystem& files, const StructSpec& spec,
                           Json& params, const std::function<void(const op::Progress&)>& progress,
                           const CancelToken& cancel, const OwedFn& owed) {
  if (!params.is_object()) return {};
  const auto one = [&](Json& value, const FieldSpec& field) -> Result<void> {
    if (field.type == FieldType::kStruct && field.nested != nullptr)
      return upload_locals(client, files, *field.nested, value, progress, cancel, owed);
    const bool is_tree = field.type == FieldType::kLocalTree;
    if ((!is_tree && field.type != FieldType::kLocalFile) || value.is_null()) return {};
    const std::string root = value.is_string() ? value.string() : value.text_or("root", "");
    std::string given = value.is_string() ? root : value.text_or("given", root);
    // "." names nothing once it is uploaded; the folder's own name does.
    if (const auto last = base_name(given); last.empty() || last == "." || last == "..")
      given = std::string(base_name(root));
    Uploader uploader(client, files, progress, cancel);
    JsonObject uploaded;
    if (is_tree) {
      const LocalTree tree{.root = root, .given = given};
      const auto made = TRY(uploader.send_tree(root, field.name, [&] {
        return owed ? owed(tree) : Result<std::vector<std::string>>();
      }));
      uploaded.emplace_back("upload", made.id);
      if (!made.below.empty())
        uploaded.emplace_back("below", made.below.substr(0, made.below.size() - 1));
    } else {
      uploaded.emplace_back("upload", TRY(uploader.send_file(root)));
    }
    uploaded.emplace_back("given", given);
    value = Json(std::move(uploaded));
    return {};
  };
  for (auto& [name, value] : params.object()) {
    const FieldSpec* field = spec.find(name);
    if (field == nullptr) continue;
    if (field->list && value.is_array()) {
      for (Json& item : value.array()) TRY(one(item, *field));
    } else {
      TRY(one(value, *field));
    }
  }
  return {};
}

}  // namespace solvent::app
