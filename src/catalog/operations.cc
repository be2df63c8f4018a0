#include "catalog/operations.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "catalog/event_types.h"

namespace solvent::catalog {
namespace {

template <class Req, class Res>
op::OperationSpec spec(std::string noun, std::string verb, std::string method, std::string path,
                       op::Role role, std::string summary) {
  op::OperationSpec one;
  one.noun = std::move(noun);
  one.verb = std::move(verb);
  one.method = std::move(method);
  one.path = std::move(path);
  one.role = role;
  one.summary = std::move(summary);
  one.request = &spec_of<Req>();
  one.result = &spec_of<Res>();
  return one;
}

std::vector<op::OperationSpec> asset_specs() {
  auto list =
      spec<AssetListRequest, AssetList>("asset", "list", "GET", "/api/assets", op::Role::kReader,
                                        "List assets: data, code, models and the rest");
  list.default_verb = true;
  list.examples = {{"solvent asset list --kind dataset", "every data set"},
                   {"solvent asset list --owner team-risk", "what one team owns"}};
  auto show = spec<AssetRequest, Asset>("asset", "show", "GET", "/api/assets/{asset}",
                                        op::Role::kReader, "Show one asset");
  show.positional = {"asset"};
  show.examples = {{"solvent asset show mortgage", "by a name that only one asset has"}};
  auto versions = spec<AssetVersionsRequest, VersionList>(
      "asset", "versions", "GET", "/api/assets/{asset}/versions", op::Role::kReader,
      "List the versions of an asset, newest first");
  versions.positional = {"asset"};
  versions.examples = {{"solvent asset versions mortgage", "each with its digest"}};
  auto own = spec<AssetOwnRequest, Asset>("asset", "own", "PUT", "/api/assets/{asset}/owner",
                                          op::Role::kEditor, "Say who owns an asset");
  own.positional = {"asset", "owner"};
  own.examples = {{"solvent asset own mortgage team-risk", "team-risk answers for it from now on"}};
  return {list, show, versions, own};
}

std::vector<op::OperationSpec> event_specs() {
  auto append = spec<EventAppendRequest, EventAppendResult>("event", "append", "POST",
                                                            "/api/events", op::Role::kEditor,
                                                            "Append events to the catalog's log");
  append.description =
      "All events of a request are taken, or none. The same event again changes nothing; an id "
      "that "
      "is there with other content is refused. Events may come late, twice and in any order: what "
      "the catalog says in the end is the same.";
  append.examples = {
      {"solvent event append --events @events.json", "a list of events from a file"}};
  auto list = spec<EventListRequest, EventList>(
      "event", "list", "GET", "/api/events", op::Role::kReader, "List the catalog's log in order");
  list.default_verb = true;
  list.examples = {{"solvent event list --after 100", "what came behind line 100"}};
  return {append, list};
}

Json body_of(const std::string& text) {
  auto json = parse_json(text, {.depth_max = 1'000, .bytes_max = std::size_t{1} << 30});
  return json ? *std::move(json) : Json(text);
}

Result<EventAppendResult> append(Catalog& catalog, const EventAppendRequest& request,
                                 const op::Caller& caller) {
  std::vector<Event> events;
  for (const EventIn& in : request.events) {
    Event event = catalog.make_event(in.type, in.body, in.producer);
    if (!in.id.empty()) {
      auto id = parse_uuid(in.id);
      if (!id) return fail(Code::kInvalidArgument, id.error().message, id.error().hint, "id");
      event.id = *id;
    }
    if (in.type_version != 0) event.type_version = in.type_version;
    if (in.event_time != 0) event.event_time = in.event_time;
    events.push_back(std::move(event));
  }
  const AppendResult done = TRY(catalog.append(caller, events));
  return EventAppendResult{done.first_seq, done.last_seq, done.duplicates};
}

Result<EventList> list_events(Catalog& catalog, const EventListRequest& request,
                              const op::Caller& caller) {
  EventList list;
  for (LoggedEvent& line : TRY(catalog.events(caller, request.after, request.limit))) {
    EventOut out;
    out.seq = line.seq;
    out.id = line.event.id.text();
    out.type = std::move(line.event.type);
    out.type_version = line.event.type_version;
    out.event_time = line.event.event_time;
    out.received_at = line.received_at;
    out.producer = std::move(line.event.producer);
    out.caller = std::move(line.caller);
    out.body = body_of(line.event.body);
    list.events.push_back(std::move(out));
  }
  return list;
}

Result<Asset> own(Catalog& catalog, const AssetOwnRequest& request, const op::Caller& caller) {
  const Asset asset = TRY(catalog.asset(caller, request.asset));
  const AssetOwner body{.asset = {.id = asset.id, .name_space = {}, .name = {}},
                        .owner = request.owner,
                        .origin = request.owner.empty() ? "" : "person"};
  const Event event =
      catalog.make_event(std::string(AssetOwner::kType), to_json(body), "solvent asset own");
  TRY(catalog.append(caller, std::span(&event, 1),
                     {.action = "asset own", .subject = asset.name_space + "/" + asset.name}));
  return catalog.asset(caller, asset.id);
}

/// The same lineage between owners: what stays within one team is left out, the rest added up.
Lineage by_team(const Lineage& assets) {
  Lineage teams;
  teams.truncated = assets.truncated;
  std::map<std::string, std::string> team_of;  // asset → team
  std::set<std::string> known;
  for (const LineageNode& node : assets.nodes) {
    const std::string team = node.owner.empty() ? "unowned" : node.owner;
    team_of[node.id] = team;
    if (node.id == assets.root) teams.root = team;
    if (known.insert(team).second)
      teams.nodes.push_back({.id = team, .name = team, .kind = "team"});
  }
  std::map<std::tuple<std::string, std::string, std::string>, LineageEdge> edges;
  for (const LineageEdge& edge : assets.edges) {
    const auto consumer = team_of.find(edge.consumer), producer = team_of.find(edge.producer);
    if (consumer == team_of.end() || producer == team_of.end()) continue;
    if (consumer->second == producer->second) continue;
    const auto [at, fresh] = edges.try_emplace(
        std::tuple(consumer->second, producer->second, edge.evidence), LineageEdge());
    LineageEdge& sum = at->second;
    if (fresh) {
      sum.consumer = consumer->second;
      sum.producer = producer->second;
      sum.evidence = edge.evidence;
      sum.first_seen = edge.first_seen;
    }
    sum.first_seen = std::min(sum.first_seen, edge.first_seen);
    sum.last_seen = std::max(sum.last_seen, edge.last_seen);
    sum.times += edge.times;
  }
  for (auto& [key, edge] : edges) teams.edges.push_back(std::move(edge));
  return teams;
}

/// Collects the walks of one or both directions into one answer.
class LineageAnswer {
 public:
  LineageAnswer(Catalog& catalog, const op::Caller& caller, const LineageRequest& request)
      : catalog_(catalog), caller_(caller), request_(request) {}

  Result<Lineage> run() {
    const Asset root = TRY(catalog_.asset(caller_, request_.asset));
    answer_.root = root.id;
    std::string digest;
    if (!request_.version.empty())
      digest = TRY(catalog_.version(caller_, root.id, request_.version)).digest;
    for (const Direction direction : {Direction::kUpstream, Direction::kDownstream}) {
      const char* name = direction == Direction::kUpstream ? "upstream" : "downstream";
      if (request_.direction != "both" && request_.direction != name) continue;
      if (digest.empty()) {
        TRY(walk_assets(root.id, direction));
      } else {
        TRY(walk_versions({root.id, digest}, direction));
      }
    }
    if (request_.level == "team") return by_team(answer_);
    return std::move(answer_);
  }

 private:
  Result<void> walk_assets(const std::string& root, Direction direction) {
    const GraphAnswer walk =
        TRY(catalog_.graph(caller_, {root, direction, request_.depth, request_.nodes}));
    for (const std::string& id : walk.nodes) TRY(add_node({id, ""}));
    for (const Dependency& edge : walk.edges)
      add_edge({edge.consumer_id, edge.producer_id, "", "", edge.evidence, "", edge.first_seen,
                edge.last_seen, edge.times});
    answer_.truncated = answer_.truncated || walk.truncated;
    return {};
  }
  Result<void> walk_versions(const VersionRef& root, Direction direction) {
    const VersionGraph walk =
        TRY(catalog_.version_graph(caller_, {root, direction, request_.depth, request_.nodes}));
    for (const VersionRef& node : walk.nodes) TRY(add_node(node));
    for (const VersionEdge& edge : walk.edges)
      add_edge({edge.consumer.asset_id, edge.producer.asset_id, edge.consumer.digest,
                edge.producer.digest, "observed", edge.run_id, 0, 0, 1});
    answer_.truncated = answer_.truncated || walk.truncated;
    return {};
  }
  Result<void> add_node(const VersionRef& ref) {
    if (!nodes_.insert(ref).second) return {};
    auto asset = catalog_.asset(caller_, ref.asset_id);
    if (!asset && asset.error().code == Code::kNotFound) return {};  // renamed out of sight
    if (!asset) return Unexpected(std::move(asset).error());
    answer_.nodes.push_back(
        {asset->id, asset->name_space, asset->name, asset->kind, asset->owner, ref.digest});
    return {};
  }
  void add_edge(LineageEdge edge) {
    if (edges_
            .emplace(edge.consumer, edge.producer, edge.consumer_version, edge.producer_version,
                     edge.evidence, edge.run)
            .second)
      answer_.edges.push_back(std::move(edge));
  }

  Catalog& catalog_;
  const op::Caller& caller_;
  const LineageRequest& request_;
  Lineage answer_;
  std::set<VersionRef> nodes_;
  std::set<std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>>
      edges_;
};

std::vector<op::Handler> asset_handlers(Catalog& catalog) {
  return {
      op::handler<AssetListRequest, AssetList>(
          "asset list",
          [&catalog](const AssetListRequest& request, const op::Request&,
                     const op::Caller& caller) -> Result<AssetList> {
            AssetPage page =
                TRY(catalog.assets(caller, {request.kind, request.owner, request.text,
                                            request.removed, request.after, request.limit}));
            return AssetList{std::move(page.assets), std::move(page.next), page.total};
          }),
      op::handler<AssetRequest, Asset>(
          "asset show",
          [&catalog](const AssetRequest& request, const op::Request&, const op::Caller& caller) {
            return catalog.asset(caller, request.asset);
          }),
      op::handler<AssetVersionsRequest, VersionList>(
          "asset versions",
          [&catalog](const AssetVersionsRequest& request, const op::Request&,
                     const op::Caller& caller) -> Result<VersionList> {
            return VersionList{TRY(catalog.versions(caller, request.asset, request.limit))};
          }),
      op::handler<AssetOwnRequest, Asset>(
          "asset own",
          [&catalog](const AssetOwnRequest& request, const op::Request&, const op::Caller& caller) {
            return own(catalog, request, caller);
          }),
  };
}

std::vector<op::Handler> other_handlers(Catalog& catalog) {
  return {
      op::handler<RunListRequest, RunList>(
          "run list",
          [&catalog](const RunListRequest& request, const op::Request&, const op::Caller& caller)
              -> Result<RunList> { return RunList{TRY(catalog.runs(caller, request.limit))}; }),
      op::handler<LineageRequest, Lineage>(
          "lineage show",
          [&catalog](const LineageRequest& request, const op::Request&, const op::Caller& caller) {
            return LineageAnswer(catalog, caller, request).run();
          }),
      op::handler<EventAppendRequest, EventAppendResult>(
          "event append",
          [&catalog](const EventAppendRequest& request, const op::Request&,
                     const op::Caller& caller) { return append(catalog, request, caller); }),
      op::handler<EventListRequest, EventList>(
          "event list",
          [&catalog](const EventListRequest& request, const op::Request&,
                     const op::Caller& caller) { return list_events(catalog, request, caller); }),
      op::handler<Empty, RebuildResult>(
          "catalog rebuild",
          [&catalog](const Empty&, const op::Request&,
                     const op::Caller& caller) -> Result<RebuildResult> {
            TRY(catalog.rebuild(caller));
            return RebuildResult{TRY(catalog.last_seq())};
          }),
  };
}

}  // namespace

std::vector<op::OperationSpec> operation_specs() {
  std::vector<op::OperationSpec> all = asset_specs();
  auto runs = spec<RunListRequest, RunList>("run", "list", "GET", "/api/runs", op::Role::kReader,
                                            "List runs, newest first");
  runs.default_verb = true;
  runs.examples = {{"solvent run list", "the newest fifty"}};
  auto lineage = spec<LineageRequest, Lineage>(
      "lineage", "show", "GET", "/api/assets/{asset}/lineage", op::Role::kReader,
      "Show what an asset is made from and what is made from it");
  lineage.positional = {"asset"};
  lineage.default_verb = true;
  lineage.examples = {
      {"solvent lineage show mortgage --direction downstream", "who would notice if it changed"}};
  auto rebuild = spec<Empty, RebuildResult>("catalog", "rebuild", "POST", "/api/catalog/rebuild",
                                            op::Role::kAdmin, "Make every view again from the log");
  rebuild.examples = {{"solvent catalog rebuild", "the log is the truth; nothing is lost"}};
  all.push_back(runs);
  all.push_back(lineage);
  for (op::OperationSpec& one : event_specs()) all.push_back(std::move(one));
  all.push_back(rebuild);
  return all;
}

std::vector<op::Handler> bind(Catalog& catalog) {
  std::vector<op::Handler> all = asset_handlers(catalog);
  for (op::Handler& one : other_handlers(catalog)) all.push_back(std::move(one));
  return all;
}

}  // namespace solvent::catalog
