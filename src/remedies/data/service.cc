#include "remedies/data/service.h"

#include <algorithm>

#include "audit/profile_table.h"
#include "base/text.h"
#include "catalog/event_types.h"

namespace solvent::remedies::data {
namespace {

constexpr std::string_view kNamespace = "workspace";
constexpr std::int64_t kProfileFormat = 1;
constexpr std::uint64_t kProfileBytesMax = 256u << 20;

std::string_view format_name(table::Format format) {
  switch (format) {
    case table::Format::kCsv: return "csv";
    case table::Format::kParquet: return "parquet";
    case table::Format::kJson: return "json";
  }
  return "csv";
}

/// What identifies a version: the same bytes, read the same way, cut the same way.
Json manifest_of(const std::string& content, std::string_view format, const std::string& slice) {
  Json manifest;
  manifest.set("content", content);
  manifest.set("format", format);
  if (!slice.empty()) manifest.set("slice", slice);
  return manifest;
}

constexpr std::string_view kColumns =
    "SELECT v.digest, v.asset_id, v.content, v.format, v.slice, v.size, v.row_count, v.created, "
    "p.blob FROM data_version v JOIN data_profile p ON p.version_digest = v.digest AND "
    "p.format_version = $1 ";

StoredVersion version_of(const sql::Row& row, const std::string& asset) {
  return {.asset_id = row.text(1),
          .asset = asset,
          .digest = row.text(0),
          .content = row.text(2),
          .format = row.text(3),
          .slice = row.text(4),
          .profile_digest = row.text(8),
          .size = row.integer(5),
          .rows = row.integer(6),
          .created = row.integer(7)};
}

Result<std::vector<StoredVersion>> versions_of(sql::Tx& tx, const catalog::Asset& asset) {
  const auto rows =
      TRY(tx.query(std::string(kColumns) + "WHERE v.asset_id = $2 ORDER BY v.created, v.digest",
                   {kProfileFormat, asset.id}));
  std::vector<StoredVersion> versions;
  for (const auto& row : rows) versions.push_back(version_of(row, asset.name));
  return versions;
}

std::string listing(const std::vector<StoredVersion>& versions) {
  std::string out;
  for (const auto& version : versions) {
    if (!out.empty()) out += ", ";
    out += version.digest.substr(0, 12) + (version.slice.empty() ? "" : " (" + version.slice + ")");
  }
  return out;
}

/// What must not change between storing a file and profiling it.
Result<FileInfo> regular_file(const LocalFile& file) {
  auto info = TRY(posix_files().stat(file.root));
  if (info.kind == FileInfo::Kind::kDirectory)
    return fail(Code::kInvalidArgument, "this is a directory, not a file",
                "name one CSV, Parquet or JSON file", file.given);
  return info;
}

}  // namespace

Service::Service(sql::Database& database, store::Store& store, catalog::Catalog& catalog,
                 EngineSource engine, Clock& clock, std::string scratch)
    : database_(database),
      store_(store),
      catalog_(catalog),
      engine_(std::move(engine)),
      clock_(clock),
      scratch_(std::move(scratch)) {}

Result<PutResult> Service::put(const op::Caller& caller, const PutRequest& request,
                               const op::Request& progress) {
  const std::string name = TRY(normalize_name(request.name, "name"));
  const auto filter = TRY(parse_slice(request.slice));
  const FileInfo before = TRY(regular_file(request.file));
  const auto format = TRY(table::detect_format(request.file.root));

  // Opened first, so that nothing is stored of a file that is refused.
  auto* engine = TRY(engine_());
  const auto table = TRY(engine->open(request.file.root, filter));

  progress.progress({.stage = "store", .detail = request.file.given});
  const auto lease = TRY(store_.lease());
  const store::Blob blob = TRY(store_.put_file(*lease, request.file.root));

  progress.progress({.stage = "profile", .detail = name});
  const auto profile = TRY(audit::profile_table(*table, {}, progress.cancel));
  const FileInfo after = TRY(regular_file(request.file));
  if (after.modified != before.modified || after.size != before.size ||
      after.inode != before.inode || blob.size != after.size)
    return fail(Code::kAborted, "the file changed while it was read", "run the command again",
                request.file.given);
  const store::Blob profile_blob =
      TRY(store_.put_bytes(*lease, as_bytes(to_text(to_json(profile)))));

  const Json manifest = manifest_of(blob.digest.hex(), format_name(format), request.slice);
  StoredVersion version{.asset_id = data::asset_id(name),
                        .asset = name,
                        .digest = digest_of(to_canonical_text(manifest)).hex(),
                        .content = blob.digest.hex(),
                        .format = std::string(format_name(format)),
                        .slice = request.slice,
                        .profile_digest = profile_blob.digest.hex(),
                        .size = static_cast<std::int64_t>(blob.size),
                        .rows = profile.rows,
                        .created = clock_.now()};
  bool created = false;
  TRY(record(caller, request, version, manifest, created));
  return PutResult{.asset = name,
                   .version = version.digest,
                   .content = version.content,
                   .slice = version.slice,
                   .created = created,
                   .rows = version.rows,
                   .columns = static_cast<std::int64_t>(profile.columns.size()),
                   .size = version.size};
}

Result<void> Service::record(const op::Caller& caller, const PutRequest& request,
                             const StoredVersion& version, Json manifest, bool& created) {
  const catalog::AssetRef asset{.name_space = std::string(kNamespace), .name = version.asset};
  const std::string producer = "solvent data put";
  const catalog::Deed deed{.action = "data put", .subject = asset.name_space + "/" + asset.name};
  return database_.write([&](sql::Tx& tx) -> Result<void> {
    const auto inserted = TRY(tx.execute(
        "INSERT INTO data_version (digest, asset_id, content, format, slice, size, row_count, "
        "created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (asset_id, digest) DO "
        "NOTHING",
        {version.digest, version.asset_id, version.content, version.format, version.slice,
         version.size, version.rows, version.created}));
    created = inserted > 0;
    TRY(
        tx.execute("INSERT INTO data_profile (version_digest, format_version, blob) VALUES ($1, "
                   "$2, $3) ON CONFLICT (version_digest, format_version) DO UPDATE SET blob = "
                   "excluded.blob",
                   {version.digest, kProfileFormat, version.profile_digest}));
    std::vector<catalog::Event> events;
    auto add = [&](std::string type, std::int64_t type_version, const Json& body) {
      events.push_back(catalog_.make_event(std::move(type), body, producer));
      events.back().type_version = type_version;
    };
    if (created) {
      add("asset.declared", 1, to_json(catalog::AssetDeclared{.asset = asset, .kind = "dataset"}));
      add("version.created", 1,
          to_json(catalog::VersionCreated{.asset = asset,
                                          .digest = version.digest,
                                          .content = version.content,
                                          .slice = version.slice,
                                          .size = version.size,
                                          .rows = version.rows,
                                          .manifest = manifest}));
    }
    if (version.slice.empty())
      add("version.current", 1,
          to_json(catalog::VersionCurrent{.asset = asset, .digest = version.digest}));
    if (!request.owner.empty())
      add("asset.owner", catalog::AssetOwner::kTypeVersion,
          to_json(catalog::AssetOwner{.asset = asset, .owner = request.owner, .origin = "person"}));
    if (!events.empty()) TRY(catalog_.append(tx, caller, events, deed));
    return {};
  });
}

Result<StoredVersion> Service::find(const op::Caller& caller, const std::string& dataset,
                                    const std::string& version) {
  const auto asset = TRY(catalog_.asset(caller, dataset));
  std::vector<StoredVersion> all;
  TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
    all = TRY(versions_of(tx, asset));
    return {};
  }));
  if (all.empty())
    return fail(Code::kNotFound, "no version of this data set is stored here",
                "solvent data put FILE --name " + asset.name, asset.name);
  if (version.empty()) {
    const auto current = std::ranges::find(all, asset.current_version, &StoredVersion::digest);
    if (current != all.end()) return *current;
    auto whole = std::ranges::find_if(all.rbegin(), all.rend(),
                                      [](const auto& v) { return v.slice.empty(); });
    return whole != all.rend() ? *whole : all.back();
  }
  std::vector<StoredVersion> matches;
  for (const auto& candidate : all)
    if (candidate.slice == version || candidate.digest.starts_with(version))
      matches.push_back(candidate);
  if (matches.empty())
    return fail(Code::kNotFound, "no such version: " + version, "there are " + listing(all),
                asset.name);
  if (matches.front().slice == version) return matches.back();  // the newest of that slice
  if (matches.size() > 1)
    return fail(Code::kInvalidArgument, "more than one version begins with " + version,
                "give more digits: " + listing(matches), asset.name);
  return matches.front();
}

Result<std::vector<StoredVersion>> Service::versions(const op::Caller& caller) {
  std::vector<StoredVersion> out;
  catalog::AssetQuery query{.kind = "dataset", .limit = 1000};
  do {
    const auto page = TRY(catalog_.assets(caller, query));
    TRY(database_.read([&](sql::Tx& tx) -> Result<void> {
      for (const auto& asset : page.assets)
        std::ranges::move(TRY(versions_of(tx, asset)), std::back_inserter(out));
      return {};
    }));
    query.after = page.next;
  } while (!query.after.empty());
  return out;
}

Result<profile::TableProfile> Service::profile(const StoredVersion& version) {
  const auto digest = TRY(parse_digest(version.profile_digest));
  const std::string text = TRY(store_.read_all(digest, kProfileBytesMax));
  return from_json<profile::TableProfile>(
      TRY(parse_json(text, {.depth_max = 64, .bytes_max = kProfileBytesMax})));
}

Result<std::string> Service::materialise(const StoredVersion& version) {
  auto& files = posix_files();
  TRY(files.make_directories(scratch_));
  const auto digest = TRY(parse_digest(version.content));
  const auto reader = TRY(store_.open(digest));
  const Uuid unique = make_uuid(clock_, system_random());
  const std::string path = join_path(scratch_, unique.text() + "." + version.format);
  const auto file = TRY(files.open(path, OpenMode::kCreateNew));
  std::vector<std::uint8_t> buffer(1u << 20);
  for (std::uint64_t offset = 0; offset < reader->size();) {
    const std::size_t count = TRY(reader->read_at(offset, buffer));
    TRY(file->write_at(offset, ByteView(buffer).first(count)));
    offset += count;
  }
  return path;
}

Result<Service::OpenTable> Service::open(const StoredVersion& version) {
  const std::string path = TRY(materialise(version));
  std::shared_ptr<void> file(nullptr, [path](void*) { (void)posix_files().remove(path); });
  auto* engine = TRY(engine_());
  return OpenTable{.table = TRY(engine->open(path, TRY(parse_slice(version.slice)))),
                   .file = std::move(file)};
}

Result<DatasetView> Service::show(const op::Caller& caller, const ShowRequest& request) {
  const auto version = TRY(find(caller, request.dataset, request.version));
  const auto table = TRY(profile(version));
  DatasetView view{.asset = version.asset,
                   .version = version.digest,
                   .slice = version.slice,
                   .created = version.created,
                   .rows = version.rows,
                   .size = version.size};
  for (const auto& column : table.columns) view.columns.push_back(view_of(column));
  return view;
}

/// The rows of a slice, written out in the format of the file that it is cut from.
Result<op::ByteStream> Service::cut(const StoredVersion& version) {
  if (version.format == "json")
    return fail(
        Code::kFailedPrecondition, "a slice of a JSON file has no bytes of its own",
        "put the whole file as a version of its own, get that, and keep where " + version.slice,
        "version");
  const auto format = version.format == "parquet" ? table::Format::kParquet : table::Format::kCsv;
  const std::string path =
      join_path(scratch_, make_uuid(clock_, system_random()).text() + "." + version.format);
  {
    const auto rows = TRY(open(version));
    TRY(rows.table->write(path, format));
  }
  std::shared_ptr<File> file = TRY(posix_files().open(path, OpenMode::kRead));
  TRY(posix_files().remove(path));  // it lives as long as somebody reads it
  return op::ByteStream{
      .file_name = version.asset + "." + version.format,
      .size = TRY(file->size()),
      .next = [file, offset = std::uint64_t{0}]() mutable -> Result<std::string> {
        std::string piece(1u << 18, '\0');
        const std::size_t count = TRY(
            file->read_at(offset, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}));
        piece.resize(count);
        offset += count;
        return piece;
      }};
}

Result<op::ByteStream> Service::get(const op::Caller& caller, const GetRequest& request) {
  const auto version = TRY(find(caller, request.dataset, request.version));
  if (!version.slice.empty()) return cut(version);
  std::shared_ptr<store::Reader> reader = TRY(store_.open(TRY(parse_digest(version.content))));
  return op::ByteStream{
      .file_name = version.asset + "." + version.format,
      .size = reader->size(),
      .next = [reader, offset = std::uint64_t{0}]() mutable -> Result<std::string> {
        std::string piece(1u << 18, '\0');
        const std::size_t count = TRY(
            reader->read_at(offset, {reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()}));
        piece.resize(count);
        offset += count;
        return piece;
      }};
}

Result<Comparison> Service::compare(const op::Caller& caller, const CompareRequest& request) {
  const auto before = TRY(find(caller, request.dataset, request.before));
  const auto after = TRY(find(caller, request.dataset, request.after));
  const auto profile_before = TRY(profile(before));
  const auto profile_after = TRY(profile(after));
  return Comparison{.asset = before.asset,
                    .before = before.digest,
                    .after = after.digest,
                    .rows_before = profile_before.rows,
                    .rows_after = profile_after.rows,
                    .columns = compare_profiles(profile_before, profile_after)};
}

std::string asset_id(const std::string& name) {
  return catalog::asset_id_of({std::string(kNamespace), name});
}

store::BlobRoot blob_root() {
  return {.module = "data",
          .mark = [](sql::Tx& tx, const std::function<void(const Digest&)>& needed) {
            return tx.each("SELECT content FROM data_version UNION SELECT blob FROM data_profile",
                           {}, [&](const sql::Row& row) -> Result<void> {
                             needed(TRY(parse_digest(row.text(0))));
                             return {};
                           });
          }};
}

Result<std::optional<table::Filter>> parse_slice(const std::string& text) {
  if (text.empty()) return std::optional<table::Filter>();
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return fail(Code::kInvalidArgument, "a slice is column=value, not " + text, "e.g. month=1",
                "slice");
  return std::optional(
      table::Filter{.column = text.substr(0, equals), .value = text.substr(equals + 1)});
}

}  // namespace solvent::remedies::data
