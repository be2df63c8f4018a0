#include "net/uploads.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "net/access.h"

namespace solvent::net {
namespace {

constexpr std::size_t kPathMax = 4096;

struct Wanted {
  std::string path;
  std::uint64_t size = 0;
  Digest digest;
  bool executable = false;
};

Unexpected refuse(std::string why, std::string subject) {
  return fail(Code::kInvalidArgument, std::move(why),
              "send {\"files\": [{\"path\", \"size\", \"digest\"}]}", std::move(subject));
}

/// A relative path of plain segments.
Result<void> check_path(std::string_view path) {
  if (path.empty() || path.size() > kPathMax) return refuse("a path is empty or too long", "path");
  if (path.find('\0') != std::string_view::npos) return refuse("a path has a NUL", "path");
  for (const std::string_view segment : split(path, '/'))
    if (segment.empty() || segment == "." || segment == "..")
      return refuse("a path must be relative and stay below its root", std::string(path));
  return {};
}

Result<Wanted> parse_file(const Json& file) {
  Wanted wanted;
  if (const Json* raw = file.find("path_base64"); raw != nullptr && raw->is_string())
    wanted.path = TRY(base64_decode(raw->string()));
  else
    wanted.path = file.text_or("path", "");
  TRY(check_path(wanted.path));
  const Json* size = file.find("size");
  if (size == nullptr || !size->is_int() || size->integer() < 0)
    return refuse("a file's size is not a number of bytes", wanted.path);
  wanted.size = static_cast<std::uint64_t>(size->integer());
  const auto digest = parse_digest(file.text_or("digest", ""));
  if (!digest) return refuse("a file's digest is not 64 hex digits", wanted.path);
  wanted.digest = *digest;
  wanted.executable = file.bool_or("executable", false);
  return wanted;
}

Result<std::vector<Wanted>> parse_manifest(const Json& manifest, const UploadLimits& limits) {
  const Json* files = manifest.find("files");
  if (files == nullptr || !files->is_array()) return refuse("the manifest lists no files", "files");
  if (files->array().size() > limits.files_max)
    return fail(Code::kResourceExhausted, "too many files in one upload",
                "leave data out of the tree, or raise server.upload_files_max", "files");
  std::vector<Wanted> all;
  all.reserve(files->array().size());
  std::uint64_t total = 0;
  for (const Json& file : files->array()) {
    all.push_back(TRY(parse_file(file)));
    if (all.back().size > limits.bytes_max || (total += all.back().size) > limits.bytes_max)
      return fail(Code::kResourceExhausted, "the upload is too large",
                  "leave data out of the tree, or raise server.upload_bytes_max", "files");
  }
  // One content has one size: else a small claim would stand for a large file, as often as it
  // likes.
  std::map<Digest, std::uint64_t> sizes;
  for (const Wanted& file : all)
    if (sizes.try_emplace(file.digest, file.size).first->second != file.size)
      return refuse("a digest is listed with two sizes", file.path);
  std::ranges::sort(all, {}, &Wanted::path);
  for (std::size_t i = 1; i < all.size(); ++i)
    if (all[i].path == all[i - 1].path) return refuse("a path is listed twice", all[i].path);
  // A file cannot also be a folder. Sorted by bytes, "a" and "a/b" need not be neighbours ("a-b").
  std::set<std::string_view> names;
  for (const Wanted& file : all) names.insert(file.path);
  for (const Wanted& file : all)
    for (std::string_view parent = parent_path(file.path);
         !parent.empty() && parent != "." && parent != "/"; parent = parent_path(parent)) {
      if (names.contains(parent))
        return refuse("a path is a file and a folder", std::string(parent));
      if (parent.find('/') == std::string_view::npos) break;
    }
  return all;
}

/// Folders that have to be there though no file is in them.
Result<std::vector<std::string>> parse_folders(const Json& manifest,
                                               const std::vector<Wanted>& files,
                                               const UploadLimits& limits) {
  std::vector<std::string> all;
  const Json* folders = manifest.find("folders");
  if (folders == nullptr) return all;
  if (!folders->is_array()) return refuse("folders are no list of paths", "folders");
  if (folders->array().size() > limits.files_max)
    return fail(Code::kResourceExhausted, "too many folders in one upload",
                "leave data out of the tree, or raise server.upload_files_max", "folders");
  std::set<std::string_view> names;
  for (const Wanted& file : files) names.insert(file.path);
  for (const Json& folder : folders->array()) {
    const Json* raw = folder.find("path_base64");
    all.push_back(raw != nullptr && raw->is_string() ? TRY(base64_decode(raw->string()))
                                                     : folder.text_or("path", ""));
    TRY(check_path(all.back()));
    for (std::string_view at = all.back(); !at.empty() && at != "." && at != "/";
         at = parent_path(at)) {
      if (names.contains(at)) return refuse("a path is a file and a folder", std::string(at));
      if (at.find('/') == std::string_view::npos) break;
    }
  }
  return all;
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

/// Whose kept contents a caller may use; empty for callers that cannot be told from one another.
std::string keeper_of(const op::Caller& caller) {
  if (caller.principal == kAnonymous) return {};
  return caller.principal + '\n' + caller.token_id;
}

/// Gives verified content at `part` its name in the tree.
Result<void> stage_file(FileSystem& files, const std::string& part, const std::string& path,
                        bool executable) {
  TRY(files.make_directories(std::string(parent_path(path))));
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!executable) return link_or_copy(part, path);
  // Its mode is its own, so it shares no file.
  std::filesystem::copy_file(part, path, error);
  if (!error) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  if (error)
    return fail(
        error == std::errc::no_space_on_device ? Code::kResourceExhausted : Code::kUnavailable,
        "cannot stage a file: " + error.message(), "check the server's disk", path);
  return {};
}

}  // namespace

struct Uploads::Upload {
  std::string owner, keeper, folder;
  std::vector<Wanted> files;
  std::vector<std::string> folders;
  std::uint64_t bytes = 0;
  std::mutex mutex;  ///< guards what follows
  std::set<Digest> missing;
  std::uint64_t parts = 0;
  std::int64_t used_ns = 0;
  StagedUpload staged;

  ~Upload() { remove_tree(folder); }
  std::string tree() const { return join_path(folder, "tree"); }
  std::vector<const Wanted*> places(const Digest& digest) const {
    std::vector<const Wanted*> found;
    for (const Wanted& file : files)
      if (file.digest == digest) found.push_back(&file);
    return found;
  }
};

Uploads::Uploads(FileSystem& files, Clock& clock, Random& random, std::string folder,
                 UploadLimits limits, StoredContents* stored)
    : files_(files),
      clock_(clock),
      random_(random),
      folder_(std::move(folder)),
      limits_(limits),
      stored_(stored),
      kept_(clock, join_path(folder_, "kept"), limits.kept_bytes_max, limits.kept_expiry_ms) {}

Uploads::~Uploads() = default;

Result<std::unique_ptr<Uploads>> Uploads::create(FileSystem& files, Clock& clock, Random& random,
                                                 std::string folder, UploadLimits limits,
                                                 StoredContents* stored) {
  remove_tree(folder);
  TRY(files.make_directories(join_path(folder, "kept")));
  std::error_code error;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error)
    return fail(Code::kUnavailable, "cannot make the upload folder private: " + error.message(),
                "check who owns it", folder);
  return std::unique_ptr<Uploads>(
      new Uploads(files, clock, random, std::move(folder), limits, stored));
}

Result<Json> Uploads::begin(const op::Caller& caller, const Json& manifest) {
  sweep();
  auto upload = std::make_shared<Upload>();
  upload->owner = caller.principal;
  upload->keeper = keeper_of(caller);
  upload->files = TRY(parse_manifest(manifest, limits_));
  upload->folders = TRY(parse_folders(manifest, upload->files, limits_));
  for (const Wanted& file : upload->files) upload->bytes += file.size;
  std::array<std::uint8_t, 16> bits;
  random_.fill(bits);
  const std::string id = to_hex(bits);
  {
    const std::lock_guard lock(mutex_);
    std::uint64_t staged = upload->bytes;
    for (const auto& [other_id, other] : uploads_) staged += other->bytes;
    if (uploads_.size() >= limits_.uploads_max || staged > limits_.staged_bytes_max)
      return fail(Code::kResourceExhausted, "too much is being uploaded already",
                  "try again once others are done");
    uploads_.emplace(id, upload);
  }
  upload->folder = join_path(folder_, id);
  upload->used_ns = clock_.monotonic_ns();
  upload->staged.tree = upload->tree();
  auto staged = stage_held(*upload);
  if (staged) staged = stage_stored(*upload, caller);
  if (!staged) {
    const std::lock_guard lock(mutex_);
    uploads_.erase(id);
    return Unexpected(std::move(staged).error());
  }
  JsonArray missing;
  for (const Digest& digest : upload->missing) missing.emplace_back(digest.hex());
  JsonObject reply;
  reply.emplace_back("upload", id);
  reply.emplace_back("missing", std::move(missing));
  return Json(std::move(reply));
}

/// Files without content need none sent, nor do those that the caller has sent before.
Result<void> Uploads::stage_held(Upload& upload) {
  TRY(files_.make_directories(upload.tree()));
  for (const std::string& folder : upload.folders)
    TRY(files_.make_directories(join_path(upload.tree(), folder)));
  const Digest empty = digest_of(std::string_view());
  for (const Wanted& file : upload.files) {
    upload.staged.files.push_back(file.path);
    const std::string path = join_path(upload.tree(), file.path);
    if (file.digest == empty && file.size == 0) {
      TRY(files_.make_directories(std::string(parent_path(path))));
      TRY(files_.open(path, OpenMode::kCreateNew));
      continue;
    }
    const std::string part = join_path(upload.folder, "held");
    if (upload.keeper.empty() || !kept_.place(upload.keeper, file.digest, file.size, part)) {
      upload.missing.insert(file.digest);
      continue;
    }
    TRY(stage_file(files_, part, path, file.executable));
    TRY(files_.remove(part));
  }
  return {};
}

/// Nor do those that the caller may read here. What cannot be copied is sent like the rest.
Result<void> Uploads::stage_stored(Upload& upload, const op::Caller& caller) {
  if (stored_ == nullptr || upload.missing.empty()) return {};
  const auto readable = TRY(stored_->readable(caller));
  const std::string part = join_path(upload.folder, "held");
  for (auto it = upload.missing.begin(); it != upload.missing.end();) {
    const Digest digest = *it++;
    const auto known = readable.find(digest);
    if (known == readable.end()) continue;
    const auto places = upload.places(digest);
    if (places.front()->size != known->second) continue;
    auto staged = stored_->copy(digest, part);
    for (std::size_t i = 0; staged && i < places.size(); ++i)
      staged = stage_file(files_, part, join_path(upload.tree(), places[i]->path),
                          places[i]->executable);
    (void)files_.remove(part);
    if (staged) upload.missing.erase(digest);
  }
  return {};
}

Result<std::shared_ptr<Uploads::Upload>> Uploads::find(std::string_view owner,
                                                       std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(id);
  if (found == uploads_.end() || found->second->owner != owner)
    return fail(Code::kNotFound, "no such upload, or it has expired", "begin a new one",
                std::string(id));
  return found->second;
}

Result<void> Uploads::put(std::string_view owner, std::string_view upload_id,
                          std::string_view digest_text, const BodyReader& body) {
  const auto upload = TRY(find(owner, upload_id));
  const Digest digest = TRY(parse_digest(digest_text));
  const std::vector<const Wanted*> places = upload->places(digest);
  if (places.empty())
    return fail(Code::kNotFound, "the manifest has no such digest",
                "send what was said to be missing", std::string(digest_text));
  std::string part;
  {
    const std::lock_guard lock(upload->mutex);
    upload->used_ns = clock_.monotonic_ns();
    part = join_path(upload->folder, "part" + std::to_string(upload->parts++));
  }
  const std::uint64_t size = places.front()->size;
  const auto receive = [&]() -> Result<void> {
    const auto file = TRY(files_.open(part, OpenMode::kCreateNew));
    Hasher hasher;
    std::uint64_t at = 0;
    for (;;) {
      const std::string piece = TRY(body());
      if (piece.empty()) break;
      if (piece.size() > size - at)
        return fail(Code::kInvalidArgument, "more bytes came than the manifest says",
                    "send the file again", std::string(digest_text));
      TRY(file->write_at(at, as_bytes(piece)));
      hasher.update(piece);
      at += piece.size();
    }
    if (at != size || hasher.finish() != digest)
      return fail(Code::kInvalidArgument, "the bytes are not what their digest says",
                  "the file may have changed while it was read: try again",
                  std::string(digest_text));
    return {};
  };
  if (auto received = receive(); !received) {
    (void)files_.remove(part);
    return received;
  }
  const std::lock_guard lock(upload->mutex);
  if (!upload->missing.contains(digest)) return files_.remove(part);  // another one was faster
  Result<void> staged;
  for (std::size_t i = 0; staged && i < places.size(); ++i)
    staged =
        stage_file(files_, part, join_path(upload->tree(), places[i]->path), places[i]->executable);
  if (staged && !upload->keeper.empty()) kept_.keep(upload->keeper, digest, size, part);
  (void)files_.remove(part);
  if (staged) upload->missing.erase(digest);
  return staged;
}

Result<std::shared_ptr<const StagedUpload>> Uploads::take(std::string_view owner,
                                                          std::string_view upload_id) {
  const auto upload = TRY(find(owner, upload_id));
  {
    const std::lock_guard lock(upload->mutex);
    upload->used_ns = clock_.monotonic_ns();
    if (!upload->missing.empty())
      return fail(Code::kFailedPrecondition, "contents are still missing",
                  "PUT /api/uploads/{upload}/{digest} for each", upload->missing.begin()->hex());
  }
  const std::lock_guard lock(mutex_);
  const auto found = uploads_.find(upload_id);
  if (found == uploads_.end())
    return fail(Code::kNotFound, "no such upload, or it has expired", "begin a new one",
                std::string(upload_id));
  uploads_.erase(found);
  // Shares the upload's life, so that expiry cannot pull the files from under a handler.
  return std::shared_ptr<const StagedUpload>(upload, &upload->staged);
}

void Uploads::sweep() {
  kept_.sweep();
  std::vector<std::shared_ptr<Upload>> expired;  // their files go after the lock does
  const std::int64_t before = clock_.monotonic_ns() - limits_.expiry_ms * 1'000'000;
  const std::lock_guard lock(mutex_);
  for (auto it = uploads_.begin(); it != uploads_.end();) {
    std::int64_t used = 0;
    {
      const std::lock_guard inner(it->second->mutex);
      used = it->second->used_ns;
    }
    if (used < before) {
      expired.push_back(std::move(it->second));
      it = uploads_.erase(it);
    } else {
      ++it;
    }
  }
}

std::vector<Route> upload_routes(Access& access, Uploads& uploads, const UploadLimits& limits) {
  std::vector<Route> routes;
  const auto writer = [&access](const HttpRequest& request) -> Result<op::Caller> {
    op::Caller caller = TRY(access.caller(request));
    if (!caller.may(op::Role::kReader))
      return fail(Code::kPermissionDenied, "this token may not upload", "ask for another role");
    return caller;
  };
  routes.push_back({.method = "POST",
                    .pattern = "/api/uploads",
                    .handle =
                        [writer, &uploads](HttpRequest& request) {
                          const auto run = [&]() -> Result<Json> {
                            const op::Caller caller = TRY(writer(request));
                            const Json manifest = TRY(parse_json(request.body));
                            return uploads.begin(caller, manifest);
                          };
                          const auto made = run();
                          if (!made) return error_reply(made.error(), request.request_id);
                          return text_reply(201, "application/json", to_text(*made));
                        },
                    .body_bytes_max = 64u << 20,
                    .lane = Lane::kLong});
  routes.push_back({.method = "PUT",
                    .pattern = "/api/uploads/{upload}/{digest}",
                    .handle =
                        [writer, &uploads](HttpRequest& request) {
                          const auto run = [&]() -> Result<void> {
                            const op::Caller caller = TRY(writer(request));
                            return uploads.put(caller.principal, request.capture("upload"),
                                               request.capture("digest"), request.stream);
                          };
                          const auto made = run();
                          if (!made) return error_reply(made.error(), request.request_id);
                          return HttpReply{.status = 204, .headers = {}, .body = std::string()};
                        },
                    .streams_body = true,
                    .body_bytes_max = limits.bytes_max});
  return routes;
}

}  // namespace solvent::net
