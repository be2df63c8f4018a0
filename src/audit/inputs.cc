#include "audit/inputs.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "audit/profile_table.h"
#include "base/text.h"

namespace solvent::audit {
namespace {

constexpr std::string_view kEstate = "estate";

std::string absolute(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string out(resolved);
  std::free(resolved);
  return out;
}

/// The name that a tree goes by: as typed, or the folder's own where "." was typed.
std::string tree_name(const LocalTree& tree, const std::string& root) {
  std::string_view given = tree.given;
  while (given.size() > 1 && given.ends_with('/')) given.remove_suffix(1);
  const std::string_view typed = base_name(given);
  const bool says_nothing = typed.empty() || typed == "." || typed == ".." || typed == "/";
  return sanitize_utf8(says_nothing ? base_name(root) : typed);
}

/// "name@rest" → name and rest; no '@' leaves rest empty.
std::pair<std::string, std::string> split_at(const std::string& text) {
  const auto at = text.find('@');
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

Digest meaning_digest(const check::DataMeaning& meaning,
                      std::initializer_list<std::string> contents) {
  Hasher hasher;
  hasher.field("solvent data input v1").field(meaning.dataset).field(meaning.target);
  hasher.field(meaning.sliced_by).field(std::to_string(meaning.keys.size()));
  for (const auto& key : meaning.keys) hasher.field(key);
  for (const auto& content : contents) hasher.field(content);
  return hasher.finish();
}

/// Keeps a tree and all that owners are resolved from.
struct TreeParts {
  std::unique_ptr<scm::Repository> repository;
  std::unique_ptr<DiskTree> tree;
  std::optional<Owners> owners;
};

/// Keeps profiles and, once a check asks for rows, the table.
struct DataParts {
  std::deque<profile::TableProfile> profiles;
  std::unique_ptr<TableColumns> columns;
};

class Gatherer {
 public:
  Gatherer(const Gathering& with, const AuditRequest& request, const op::Caller& caller,
           const CancelToken& cancel)
      : with_(with),
        request_(request),
        caller_(caller),
        cancel_(cancel),
        owners_(with.settings.map("owners"), {}, nullptr) {}

  Result<Inputs> run(const ReadStepFn& step) {
    const bool nothing = request_.trees.empty() && request_.files.empty() &&
                         request_.datasets.empty() && request_.compare.empty() && !request_.graph;
    if (nothing) {
      return fail(Code::kInvalidArgument, "nothing to look at",
                  "give a source tree, as in: solvent audit .", "trees");
    }
    if (!request_.asset.empty() && request_.trees.size() != 1) {
      return fail(Code::kInvalidArgument,
                  "a name is for one tree; there are " + std::to_string(request_.trees.size()),
                  "audit one tree at a time, or leave --asset out", "asset");
    }
    ReadStep at{.total = static_cast<std::int64_t>(request_.trees.size() + request_.files.size() +
                                                   request_.datasets.size() +
                                                   request_.compare.size() + request_.graph)};
    const auto next = [&](std::string_view phase, std::string asset) -> Result<void> {
      TRY(cancel_.check());
      at.phase = phase;
      at.asset = std::move(asset);
      TRY(step(at));
      ++at.done;
      return {};
    };
    for (const LocalTree& tree : request_.trees) {
      TRY(next("read", sanitize_utf8(tree.given)));
      TRY(add_tree(tree));
    }
    for (const LocalFile& file : request_.files) {
      TRY(next("profile", sanitize_utf8(file.given)));
      TRY(add_file(file));
    }
    for (const std::string& dataset : request_.datasets) {
      TRY(next("read", sanitize_utf8(dataset)));
      TRY(add_dataset(dataset));
    }
    for (const std::string& pair : request_.compare) {
      TRY(next("read", sanitize_utf8(pair)));
      TRY(add_pair(pair));
    }
    if (request_.graph) {
      TRY(next("read", std::string(kEstate)));
      TRY(add_graph());
    }
    return std::move(out_);
  }

 private:
  Result<void> claim(const std::string& asset, const char* field) {
    if (!taken_.insert(asset).second) {
      return fail(Code::kInvalidArgument, "two things to look at are called " + asset,
                  "audit them one after the other, with --asset for a tree", field);
    }
    out_.assets.push_back(asset);
    return {};
  }

  Result<void> add_tree(const LocalTree& given) {
    const std::string root = absolute(given.root.empty() ? given.given : given.root);
    const auto info = with_.files.stat(root);
    if (!info || info->kind != FileInfo::Kind::kDirectory) {
      return fail(info ? Code::kInvalidArgument : Code::kNotFound,
                  (info ? "not a folder: " : "no such folder: ") + sanitize_utf8(given.given),
                  "give the folder of a project; data files go with --files", "trees");
    }
    const std::string asset = request_.asset.empty() ? tree_name(given, root) : request_.asset;
    TRY(claim(asset, "trees"));
    auto parts = std::make_shared<TreeParts>();
    auto repository = scm::Repository::open(
        root, {.commits_max = with_.settings.integer("audit.git_commits_max")});
    if (repository) {
      parts->repository = std::move(*repository);
    } else {
      out_.notes.push_back(asset + ": read as plain files, since " + repository.error().message);
    }
    const TreeLimits limits = {.file_bytes_max = static_cast<std::uint64_t>(
                                   with_.settings.integer("audit.file_bytes_max")),
                               .files_max = with_.settings.integer("audit.files_max"),
                               .depth_max = with_.settings.integer("audit.depth_max")};
    parts->tree = TRY(DiskTree::read(with_.files, root, parts->repository.get(), limits, cancel_));
    for (const auto& note : parts->tree->notes()) out_.notes.push_back(asset + ": " + note);
    auto codeowners = scm::find_codeowners(with_.files, root);
    parts->owners.emplace(with_.settings.map("owners"),
                          codeowners ? std::move(*codeowners) : scm::Codeowners{},
                          parts->repository.get());
    TreeParts* borrowed = parts.get();
    out_.units.push_back(
        {.asset = asset,
         .system = asset,
         .kind = check::InputKind::kSourceTree,
         .input = static_cast<const check::SourceTree*>(borrowed->tree.get()),
         .digest = borrowed->tree->digest(),
         .present = [borrowed](const std::string& subject) { return borrowed->tree->has(subject); },
         .owner_of =
             [borrowed, asset](const std::string& subject) {
               return borrowed->owners->of_path(asset, subject);
             },
         .keep = std::move(parts)});
    return {};
  }

  /// Profile and scan of one table under the name of a data set.
  void add_table_units(std::shared_ptr<DataParts> parts, const check::DataMeaning& meaning,
                       const std::string& content, const std::string& system,
                       const ledger::Owner& declared) {
    const profile::TableProfile* profile = &parts->profiles.back();
    const std::string asset = meaning.dataset;
    Unit unit{.asset = asset,
              .system = system,
              .kind = check::InputKind::kProfile,
              .input = check::ProfileInput{meaning, profile},
              .digest = meaning_digest(meaning, {"profile", content}),
              .present = [](const std::string&) { return true; },
              .owner_of =
                  [owner = owners_.of_name(asset, declared)](const std::string&) { return owner; },
              .keep = parts};
    out_.units.push_back(unit);
    if (parts->columns != nullptr) {
      unit.kind = check::InputKind::kColumnScan;
      unit.input = check::ColumnScanInput{meaning, profile, parts->columns.get()};
      unit.digest = meaning_digest(meaning, {"scan", content});
      out_.units.push_back(std::move(unit));
    }
  }

  std::unique_ptr<TableColumns> columns_of(const profile::TableProfile& profile,
                                           TableColumns::OpenFn open) const {
    std::vector<std::string> names;
    for (const auto& column : profile.columns) names.push_back(column.name);
    return std::make_unique<TableColumns>(std::move(names), profile.rows, std::move(open), cancel_);
  }

  void override_meaning(check::DataMeaning& meaning) const {
    if (!request_.target.empty()) meaning.target = request_.target;
    if (!request_.sliced_by.empty()) meaning.sliced_by = request_.sliced_by;
    if (!request_.keys.empty()) meaning.keys = request_.keys;
  }

  Result<void> add_file(const LocalFile& file) {
    const std::string path = file.root.empty() ? file.given : file.root;
    const std::string asset = sanitize_utf8(base_name(file.given.empty() ? path : file.given));
    TRY(claim(asset, "files"));
    if (!with_.estate.engine) {
      return fail(Code::kUnavailable, "tables cannot be read here", "audit source trees only",
                  "files");
    }
    table::Engine* engine = TRY(with_.estate.engine());
    auto parts = std::make_shared<DataParts>();
    auto table = TRY(engine->open(path));
    parts->profiles.push_back(TRY(profile_table(*table, {}, &cancel_)));
    const std::string content = digest_of(to_canonical_text(to_json(parts->profiles.back()))).hex();
    parts->columns = columns_of(parts->profiles.back(), [engine, path]() -> Result<OpenTable> {
      return OpenTable{.table = TRY(engine->open(path))};
    });
    check::DataMeaning meaning{.dataset = asset};
    override_meaning(meaning);
    add_table_units(parts, meaning, content, asset, {.name = ""});
    // Two files of equal profile may differ in their rows.
    out_.units.back().reusable = false;
    return {};
  }

  Result<DataSource*> data(const char* field) const {
    if (with_.estate.data != nullptr) return with_.estate.data;
    return fail(Code::kFailedPrecondition, "there is no workspace, hence no data set",
                "solvent init, then solvent data put FILE --name NAME", field);
  }

  /// What the catalog says about an asset's owner and system.
  std::pair<ledger::Owner, std::string> declared(const std::string& name) const {
    if (with_.estate.catalog == nullptr) return {{.name = ""}, name};
    const auto asset = with_.estate.catalog->asset(caller_, name);
    if (!asset) return {{.name = ""}, name};
    return {{asset->owner, asset->owner_origin}, asset->system.empty() ? name : asset->system};
  }

  Result<void> add_dataset(const std::string& given) {
    DataSource* source = TRY(data("datasets"));
    const auto [name, version_text] = split_at(given);
    const DataVersion version = TRY(source->find(caller_, name, version_text));
    TRY(claim(version.dataset, "datasets"));
    auto parts = std::make_shared<DataParts>();
    parts->profiles.push_back(TRY(source->profile(version)));
    parts->columns =
        columns_of(parts->profiles.back(), [source, version] { return source->open(version); });
    check::DataMeaning meaning = TRY(source->meaning(version.dataset));
    meaning.dataset = version.dataset;
    override_meaning(meaning);
    const auto [owner, system] = declared(version.dataset);
    add_table_units(parts, meaning, version.digest + version.profile_digest, system, owner);
    return {};
  }

  Result<void> add_pair(const std::string& given) {
    DataSource* source = TRY(data("compare"));
    const auto [name, versions] = split_at(given);
    const auto dots = versions.find("..");
    if (dots == std::string::npos) {
      return fail(Code::kInvalidArgument, "not a pair of versions: " + sanitize_utf8(given),
                  "write name@before..after, as in flights@month=1..month=7", "compare");
    }
    const DataVersion before = TRY(source->find(caller_, name, versions.substr(0, dots)));
    const DataVersion after = TRY(source->find(caller_, name, versions.substr(dots + 2)));
    const std::string asset = before.dataset;
    if (!pairs_.insert(asset).second) {
      return fail(Code::kInvalidArgument, "two pairs of versions of one data set: " + asset,
                  "compare one pair an audit", "compare");
    }
    if (taken_.insert(asset).second) out_.assets.push_back(asset);
    auto parts = std::make_shared<DataParts>();
    parts->profiles.push_back(TRY(source->profile(before)));
    parts->profiles.push_back(TRY(source->profile(after)));
    check::DataMeaning meaning = TRY(source->meaning(asset));
    meaning.dataset = asset;
    override_meaning(meaning);
    // Two slices by one column were cut by it, whether somebody declared that or not.
    const std::string column = before.slice.substr(0, before.slice.find('='));
    if (meaning.sliced_by.empty() && !column.empty() &&
        column == after.slice.substr(0, after.slice.find('='))) {
      meaning.sliced_by = column;
    }
    const auto [owner, system] = declared(asset);
    out_.units.push_back(
        {.asset = asset,
         .system = system,
         .kind = check::InputKind::kVersionPair,
         .input = check::VersionPairInput{meaning, before.digest, after.digest, &parts->profiles[0],
                                          &parts->profiles[1]},
         .digest = meaning_digest(meaning, {"pair", before.digest + before.profile_digest,
                                            after.digest + after.profile_digest}),
         .present = [](const std::string&) { return true; },
         .owner_of = [one = owners_.of_name(asset, owner)](const std::string&) { return one; },
         .keep = parts});
    return {};
  }

  /// Every asset of one standing, by pages.
  Result<std::vector<catalog::Asset>> all_assets(bool removed) const {
    std::vector<catalog::Asset> assets;
    catalog::AssetQuery query{.removed = removed, .limit = 1'000};
    do {
      TRY(cancel_.check());
      auto page = TRY(with_.estate.catalog->assets(caller_, query));
      for (auto& asset : page.assets) assets.push_back(std::move(asset));
      query.after = page.next;
    } while (!query.after.empty());
    return assets;
  }

  Result<void> add_graph() {
    if (with_.estate.catalog == nullptr) {
      return fail(Code::kFailedPrecondition, "there is no workspace, hence no graph",
                  "solvent init", "graph");
    }
    TRY(claim(std::string(kEstate), "graph"));
    auto names = std::make_shared<std::map<std::string, ledger::Owner>>();
    check::GraphInput graph;
    Hasher hasher;
    hasher.field("solvent graph v1").field(std::to_string(with_.as_of));
    for (const auto& asset : TRY(all_assets(false))) {
      const ledger::Owner owner = owners_.of_name(asset.name, {asset.owner, asset.owner_origin});
      const bool owned = owner.name != ledger::kUnowned;
      graph.assets.push_back({.id = asset.id,
                              .name_space = asset.name_space,
                              .name = asset.name,
                              .kind = asset.kind,
                              .owner = owned ? owner.name : "",
                              .owner_origin = owner.origin,
                              .created = asset.created,
                              .last_version = asset.last_version_at,
                              .last_read = asset.last_read_at,
                              .readers = asset.readers,
                              .versions = asset.versions});
      (*names)[asset.name] = owner;
      (*names)[asset.name_space + "/" + asset.name] = owner;
      hasher.field(asset.id).field(owner.name);
    }
    for (const auto& asset : TRY(all_assets(true))) out_.removed_assets.push_back(asset.name);
    out_.units.push_back(
        {.asset = std::string(kEstate),
         .system = std::string(kEstate),
         .kind = check::InputKind::kGraph,
         .input = std::move(graph),
         .digest = hasher.finish(),
         .reusable = false,
         .present = [names](const std::string& subject) { return names->contains(subject); },
         .owner_of =
             [names](const std::string& subject) {
               const auto at = names->find(subject);
               return at == names->end() ? ledger::Owner{} : at->second;
             },
         .keep = names});
    return {};
  }

  const Gathering& with_;
  const AuditRequest& request_;
  const op::Caller& caller_;
  const CancelToken& cancel_;
  Owners owners_;
  std::set<std::string> taken_, pairs_;
  Inputs out_;
};

}  // namespace

Result<Inputs> gather(const Gathering& with, const AuditRequest& request, const op::Caller& caller,
                      const ReadStepFn& step, const CancelToken& cancel) {
  return Gatherer(with, request, caller, cancel).run(step);
}

}  // namespace solvent::audit
