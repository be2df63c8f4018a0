#include "audit/inputs.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "audit/profile_table.h"
#include "base/text.h"
#include "catalog/sight.h"

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

/// What data mean, and what of that the request says against what is declared.
struct Meant {
  check::DataMeaning meaning;
  std::map<std::string, std::string> overridden;
};

/// How a version that was asked for is named in a subject: its slice where it was named so, nothing
/// for the current one, else the version itself.
std::string selector(const DataVersion& version, const std::string& asked) {
  if (asked.empty()) return {};
  return asked == version.slice ? asked : version.digest.substr(0, 12);
}

std::string workspace_name(const std::string& asset) {
  return "workspace/" + asset;
}

/// One owner, whatever the subject.
auto always(ledger::Owner owner) {
  return [owner = std::move(owner)](const std::string&, std::span<const std::int64_t>) {
    return owner;
  };
}

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
    const std::size_t nameable = request_.trees.size() + request_.files.size();
    if ((!request_.asset.empty() || request_.moved) && nameable != 1) {
      return fail(Code::kInvalidArgument,
                  "a name is for one tree or file; there are " + std::to_string(nameable),
                  "audit one at a time, or leave --asset and --moved out", "asset");
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
  Result<void> claim(const std::string& asset, const char* field, Root root) {
    if (!taken_.insert(asset).second) {
      return fail(Code::kInvalidArgument, "two things to look at are called " + asset,
                  "audit them one after the other, with --asset for a tree or a file", field);
    }
    out_.assets.push_back(asset);
    out_.roots[asset] = std::move(root);
    return {};
  }

  /// A tree or a file does not take the name of something else that the workspace knows.
  Result<void> is_free(const std::string& asset, std::string_view kind) const {
    if (with_.estate.catalog == nullptr) return {};
    const auto known = with_.estate.catalog->asset(caller_, workspace_name(asset));
    if (!known || known->removed != 0 || known->kind == kind) return {};
    return fail(Code::kAlreadyExists,
                "the workspace has a " + known->kind + " of this name: " + asset,
                "give this one a name of its own with --asset", "asset");
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
    TRY(is_free(asset, "code"));
    TRY(claim(asset, "trees", {.kind = "tree", .place = place_of(given.given, root)}));
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
                               .depth_max = with_.settings.integer("audit.depth_max"),
                               .files_per_s = with_.settings.integer("audit.files_per_s")};
    const auto owed = TRY(with_.owed(asset));
    parts->tree =
        TRY(DiskTree::read(with_.files, root, parts->repository.get(), limits, owed, cancel_));
    Root& bound = out_.roots[asset];
    if (parts->repository != nullptr) bound.history = parts->repository->history();
    bound.sketch = sketch_of(parts->tree->files());
    for (const auto& note : parts->tree->notes()) out_.notes.push_back(asset + ": " + note);
    auto codeowners = scm::find_codeowners(with_.files, root);
    parts->owners.emplace(with_.settings.map("owners"),
                          codeowners ? std::move(*codeowners) : scm::Codeowners{},
                          parts->repository.get());
    TreeParts* borrowed = parts.get();
    borrowed->owners->blame_with(
        [borrowed](const std::string& path) { return borrowed->tree->text({.path = path}); },
        with_.settings.integer("audit.blames_max"));
    out_.units.push_back(
        {.asset = asset,
         .system = asset,
         .kind = check::InputKind::kSourceTree,
         .input = static_cast<const check::SourceTree*>(borrowed->tree.get()),
         .digest = borrowed->tree->digest(),
         .present =
             [borrowed](const std::string& subject) { return borrowed->tree->is_there(subject); },
         .owner_of =
             [borrowed, asset](const std::string& subject, std::span<const std::int64_t> lines) {
               return borrowed->owners->of_path(asset, subject, lines);
             },
         .keep = std::move(parts)});
    return {};
  }

  /// Profile and scan of one table under the name of a data set.
  void add_table_units(const std::shared_ptr<DataParts>& parts, const Meant& meant,
                       const std::string& content, const std::string& scope,
                       const std::string& system, const ledger::Owner& declared) {
    const profile::TableProfile* profile = &parts->profiles.back();
    const check::DataMeaning& meaning = meant.meaning;
    const std::string asset = meaning.dataset;
    Unit unit{.asset = asset,
              .system = system,
              .kind = check::InputKind::kProfile,
              .input = check::ProfileInput{meaning, profile},
              .digest = meaning_digest(meaning, {"profile", content, scope}),
              .scope = scope,
              .overridden = meant.overridden,
              .present = [](const std::string&) { return true; },
              .owner_of = always(owners_.of_name(asset, declared)),
              .keep = parts};
    out_.units.push_back(unit);
    if (parts->columns != nullptr) {
      unit.kind = check::InputKind::kColumnScan;
      unit.input = check::ColumnScanInput{meaning, profile, parts->columns.get()};
      unit.digest = meaning_digest(meaning, {"scan", content, scope});
      out_.units.push_back(std::move(unit));
    }
  }

  std::unique_ptr<TableColumns> columns_of(const profile::TableProfile& profile,
                                           TableColumns::OpenFn open) const {
    std::vector<std::string> names;
    for (const auto& column : profile.columns) names.push_back(column.name);
    return std::make_unique<TableColumns>(std::move(names), profile.rows, std::move(open), cancel_);
  }

  /// The declared meaning with what the request says over it.
  Meant meant_of(check::DataMeaning meaning) const {
    Meant out{.meaning = std::move(meaning)};
    check::DataMeaning& m = out.meaning;
    const auto differs = [&](const char* member, const std::string& said) {
      out.overridden[member] = said;
    };
    if (!request_.target.empty() && request_.target != m.target) differs("target", request_.target);
    if (!request_.sliced_by.empty() && request_.sliced_by != m.sliced_by)
      differs("sliced_by", request_.sliced_by);
    if (!request_.keys.empty() && request_.keys != m.keys) {
      std::string said;
      for (const auto& key : request_.keys) said += (said.empty() ? "" : ",") + key;
      differs("keys", said);
    }
    if (!request_.target.empty()) m.target = request_.target;
    if (!request_.sliced_by.empty()) m.sliced_by = request_.sliced_by;
    if (!request_.keys.empty()) m.keys = request_.keys;
    return out;
  }

  Result<void> add_file(const LocalFile& file) {
    const std::string path = file.root.empty() ? file.given : file.root;
    const std::string asset = request_.asset.empty() || !request_.trees.empty()
                                  ? sanitize_utf8(base_name(file.given.empty() ? path : file.given))
                                  : request_.asset;
    TRY(is_free(asset, "file"));
    TRY(claim(asset, "files", {.kind = "file", .place = place_of(file.given, path)}));
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
    // Nothing is declared of a file, so what the request says is its meaning.
    Meant meant = meant_of({.dataset = asset});
    meant.overridden.clear();
    add_table_units(parts, meant, content, {}, asset, {.name = ""});
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
    const DataVersion current = TRY(source->find(caller_, name, ""));
    TRY(claim(version.dataset, "datasets", {.kind = "dataset"}));
    auto parts = std::make_shared<DataParts>();
    parts->profiles.push_back(TRY(source->profile(version)));
    parts->columns =
        columns_of(parts->profiles.back(), [source, version] { return source->open(version); });
    check::DataMeaning meaning = TRY(source->meaning(version.dataset));
    meaning.dataset = version.dataset;
    const std::string scope =
        version.digest == current.digest ? "" : "@" + selector(version, version_text);
    const auto [owner, system] = declared(version.dataset);
    add_table_units(parts, meant_of(std::move(meaning)), version.digest + version.profile_digest,
                    scope, system, owner);
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
    const std::string first = versions.substr(0, dots), second = versions.substr(dots + 2);
    const DataVersion before = TRY(source->find(caller_, name, first));
    const DataVersion after = TRY(source->find(caller_, name, second));
    const std::string asset = before.dataset;
    if (!pairs_.insert(asset).second) {
      return fail(Code::kInvalidArgument, "two pairs of versions of one data set: " + asset,
                  "compare one pair an audit", "compare");
    }
    if (!taken_.contains(asset)) TRY(claim(asset, "compare", {.kind = "dataset"}));
    if (out_.roots[asset].kind != "dataset") {
      return fail(Code::kInvalidArgument, "two things to look at are called " + asset,
                  "audit them one after the other, with --asset for a tree or a file", "compare");
    }
    auto parts = std::make_shared<DataParts>();
    parts->profiles.push_back(TRY(source->profile(before)));
    parts->profiles.push_back(TRY(source->profile(after)));
    check::DataMeaning meaning = TRY(source->meaning(asset));
    meaning.dataset = asset;
    // Two slices by one column were cut by it, whether somebody declared that or not.
    const std::string column = before.slice.substr(0, before.slice.find('='));
    if (meaning.sliced_by.empty() && !column.empty() &&
        column == after.slice.substr(0, after.slice.find('='))) {
      meaning.sliced_by = column;
    }
    const Meant meant = meant_of(std::move(meaning));
    const std::string scope = "@" + selector(before, first) + ".." + selector(after, second);
    const auto [owner, system] = declared(asset);
    out_.units.push_back(
        {.asset = asset,
         .system = system,
         .kind = check::InputKind::kVersionPair,
         .input = check::VersionPairInput{meant.meaning, before.digest, after.digest,
                                          &parts->profiles[0], &parts->profiles[1]},
         .digest = meaning_digest(meant.meaning, {"pair", before.digest + before.profile_digest,
                                                  after.digest + after.profile_digest, scope}),
         .scope = scope,
         .overridden = meant.overridden,
         .present = [](const std::string&) { return true; },
         .owner_of = always(owners_.of_name(asset, owner)),
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
    TRY(claim(std::string(kEstate), "graph", {.kind = "estate"}));
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
    auto removed = std::make_shared<std::set<std::string>>();
    for (const auto& asset : TRY(all_assets(true))) {
      if (names->contains(asset.name)) continue;  // another of that name stands
      out_.removed_assets.push_back(asset.name);
      removed->insert(asset.name);
    }
    const bool sees_all = catalog::Sight(caller_).all();
    out_.units.push_back(
        {.asset = std::string(kEstate),
         .system = std::string(kEstate),
         .kind = check::InputKind::kGraph,
         .input = std::move(graph),
         .digest = hasher.finish(),
         .reusable = false,
         .present = [names](const std::string& subject) { return names->contains(subject); },
         .sees =
             [names, removed, sees_all](const std::string& subject) {
               return sees_all || names->contains(subject) || removed->contains(subject);
             },
         .owner_of =
             [names](const std::string& subject, std::span<const std::int64_t>) {
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

/// The name that a tree goes by: as typed, or the folder's own where "." was typed.
std::string tree_name(const LocalTree& tree, const std::string& root) {
  std::string_view given = tree.given;
  while (given.size() > 1 && given.ends_with('/')) given.remove_suffix(1);
  const std::string_view typed = base_name(given);
  const bool says_nothing = typed.empty() || typed == "." || typed == ".." || typed == "/";
  return sanitize_utf8(says_nothing ? base_name(root) : typed);
}

Result<Inputs> gather(const Gathering& with, const AuditRequest& request, const op::Caller& caller,
                      const ReadStepFn& step, const CancelToken& cancel) {
  return Gatherer(with, request, caller, cancel).run(step);
}

}  // namespace solvent::audit
