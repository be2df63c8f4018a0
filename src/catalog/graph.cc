#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "catalog/state.h"

namespace solvent::catalog {
namespace {

using sql::Value;

/// A walk from a root, breadth first, one level at a time. What a level leads to comes from
/// `expand`, which leaves out what the caller may not see: the walk does not pass through it.
template <class Node, class Edge>
class Walk {
 public:
  struct Step {
    std::int64_t from = 0, to = 0;  ///< keys
    Node node;                      ///< of `to`
    Edge edge;
  };
  using Expand = std::function<Result<std::vector<Step>>(const std::vector<std::int64_t>& level)>;

  Walk(std::int64_t root, Node node, std::int64_t depth_max, std::int64_t nodes_max)
      : depth_max_(depth_max), nodes_max_(nodes_max), level_{root}, seen_{root} {
    nodes.push_back(std::move(node));
  }

  Result<void> run(const Expand& expand) {
    for (std::int64_t depth = 0; !level_.empty(); ++depth) {
      std::vector<Step> steps = TRY(expand(level_));
      std::map<std::int64_t, std::size_t> place;
      for (std::size_t i = 0; i < level_.size(); ++i) place[level_[i]] = i;
      // The order of an answer depends on ids, not on the order in which events arrived.
      std::ranges::sort(steps, {}, [&](const Step& step) {
        return std::pair(place.at(step.from), std::tie(step.node, step.edge));
      });
      level_.clear();
      for (Step& step : steps) take(std::move(step), depth);
    }
    return {};
  }

  std::vector<Node> nodes;
  std::vector<Edge> edges;
  bool truncated = false;

 private:
  void take(Step step, std::int64_t depth) {
    if (!seen_.contains(step.to)) {
      if (depth >= depth_max_ || std::ssize(nodes) >= nodes_max_) {
        truncated = true;
        return;
      }
      seen_.insert(step.to);
      level_.push_back(step.to);
      nodes.push_back(std::move(step.node));
    }
    edges.push_back(std::move(step.edge));
  }

  const std::int64_t depth_max_, nodes_max_;
  std::vector<std::int64_t> level_;
  std::set<std::int64_t> seen_;
};

std::vector<Value> values_of(const std::vector<std::int64_t>& keys) {
  return {keys.begin(), keys.end()};
}

std::string shown_name(const std::string& name_space, const std::string& name) {
  return name_space.empty() ? name : name_space + "/" + name;
}

struct AssetEdge {
  Uuid consumer_id, producer_id;
  std::string consumer, producer;
  Evidence evidence = Evidence::kDeclared;
  DependencyRow row;
  bool operator<(const AssetEdge& other) const {
    return std::tie(consumer_id, producer_id, evidence) <
           std::tie(other.consumer_id, other.producer_id, other.evidence);
  }
};

Dependency shown(const AssetEdge& edge) {
  return {.consumer_id = edge.consumer_id.text(),
          .producer_id = edge.producer_id.text(),
          .consumer = edge.consumer,
          .producer = edge.producer,
          .evidence = std::string(evidence_name(edge.evidence)),
          .first_seen = edge.row.first_seen,
          .last_seen = edge.row.last_seen,
          .times = edge.row.times};
}

using AssetWalk = Walk<Uuid, AssetEdge>;

Result<std::vector<AssetWalk::Step>> asset_steps(sql::Tx& tx, const Sight& sight,
                                                 Direction direction,
                                                 const std::vector<std::int64_t>& level) {
  const bool down = direction == Direction::kDownstream;
  std::vector<AssetWalk::Step> steps;
  TRY(select_in(tx,
                std::string("SELECT d.consumer, d.producer, d.evidence, d.first_seen, d.last_seen, "
                            "d.times, c.id, c.namespace, c.name, p.id, p.namespace, p.name "
                            "FROM catalog_dependencies d "
                            "JOIN catalog_assets c ON c.key = d.consumer "
                            "JOIN catalog_assets p ON p.key = d.producer WHERE ") +
                    (down ? "d.producer" : "d.consumer") + " IN (%)",
                values_of(level), [&](const sql::Row& row) -> Result<void> {
                  if (!sight.sees({row.text(7), row.text(8)}) ||
                      !sight.sees({row.text(10), row.text(11)}))
                    return {};
                  AssetEdge edge{.consumer_id = uuid_from(row.blob(6)),
                                 .producer_id = uuid_from(row.blob(9)),
                                 .consumer = shown_name(row.text(7), row.text(8)),
                                 .producer = shown_name(row.text(10), row.text(11)),
                                 .evidence = static_cast<Evidence>(row.integer(2)),
                                 .row = {row.integer(3), row.integer(4), row.integer(5)}};
                  const std::int64_t consumer = row.integer(0), producer = row.integer(1);
                  const Uuid other = down ? edge.consumer_id : edge.producer_id;
                  steps.push_back({down ? producer : consumer, down ? consumer : producer, other,
                                   std::move(edge)});
                  return {};
                }));
  return steps;
}

using VersionWalk = Walk<VersionRef, VersionEdge>;

/// Downstream: runs that read a version of the level, and the versions they wrote; upstream the
/// other way round.
Result<std::vector<VersionWalk::Step>> version_steps(sql::Tx& tx, const Sight& sight,
                                                     Direction direction,
                                                     const std::vector<std::int64_t>& level) {
  const bool down = direction == Direction::kDownstream;
  std::vector<VersionWalk::Step> steps;
  TRY(select_in(
      tx,
      "SELECT here.version, there.version, r.id, hv.id, ha.id, tv.id, ta.id, ta.namespace, ta.name "
      "FROM catalog_run_io here "
      "JOIN catalog_run_io there ON there.run = here.run AND there.mode = " +
          std::string(down ? "1" : "0") +
          " AND there.version > 0 "
          "JOIN catalog_runs r ON r.key = here.run "
          "JOIN catalog_versions hv ON hv.key = here.version "
          "JOIN catalog_assets ha ON ha.key = here.asset "
          "JOIN catalog_versions tv ON tv.key = there.version "
          "JOIN catalog_assets ta ON ta.key = there.asset WHERE here.mode = " +
          (down ? "0" : "1") + " AND here.version IN (%)",
      values_of(level), [&](const sql::Row& row) -> Result<void> {
        if (!sight.sees({row.text(7), row.text(8)})) return {};
        const VersionRef here{uuid_from(row.blob(4)).text(), digest_of_version(row.blob(3)).hex()};
        const VersionRef there{uuid_from(row.blob(6)).text(), digest_of_version(row.blob(5)).hex()};
        steps.push_back({row.integer(0), row.integer(1), there,
                         VersionEdge{.consumer = down ? there : here,
                                     .producer = down ? here : there,
                                     .run_id = uuid_from(row.blob(2)).text()}});
        return {};
      }));
  return steps;
}

Unexpected no_such_root(const std::string& root) {
  return fail(Code::kNotFound, "no such asset: " + root.substr(0, 100),
              "solvent asset list shows them", root);
}

/// Key of a visible asset given by id.
Result<std::int64_t> visible_key(sql::Tx& tx, const Sight& sight, const std::string& id) {
  const auto uuid = parse_uuid(id);
  if (!uuid) return no_such_root(id);
  const sql::Rows rows = TRY(
      tx.query("SELECT key, namespace, name FROM catalog_assets WHERE id = $1", {blob_of(*uuid)}));
  if (rows.empty() || !sight.sees({rows[0].text(1), rows[0].text(2)})) return no_such_root(id);
  return rows[0].integer(0);
}

}  // namespace

Result<GraphAnswer> Catalog::graph(const op::Caller& caller, const GraphQuery& query) {
  const Sight sight(caller);
  const Limits& limits = state_->limits;
  GraphAnswer answer;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    const std::int64_t root = TRY(visible_key(tx, sight, query.root));
    AssetWalk walk(root, TRY(parse_uuid(query.root)),
                   std::clamp<std::int64_t>(query.depth_max, 0, limits.graph_depth_max),
                   clip(query.nodes_max, limits.graph_nodes_max));
    TRY(walk.run(
        [&](const auto& level) { return asset_steps(tx, sight, query.direction, level); }));
    answer = {};
    for (const Uuid& node : walk.nodes) answer.nodes.push_back(node.text());
    for (const AssetEdge& edge : walk.edges) answer.edges.push_back(shown(edge));
    answer.truncated = walk.truncated;
    return {};
  }));
  return answer;
}

Result<VersionGraph> Catalog::version_graph(const op::Caller& caller,
                                            const VersionGraphQuery& query) {
  const Sight sight(caller);
  const Limits& limits = state_->limits;
  const Digest digest = TRY(parse_digest(query.root.digest));
  VersionGraph answer;
  TRY(state_->database.read([&](sql::Tx& tx) -> Result<void> {
    const std::int64_t asset = TRY(visible_key(tx, sight, query.root.asset_id));
    const sql::Rows rows = TRY(
        tx.query("SELECT key FROM catalog_versions WHERE id = $1", {version_id(asset, digest)}));
    if (rows.empty())
      return fail(Code::kNotFound, "no such version: " + query.root.digest,
                  "solvent asset versions lists them", query.root.digest);
    VersionWalk walk(rows[0].integer(0),
                     {TRY(parse_uuid(query.root.asset_id)).text(), digest.hex()},
                     std::clamp<std::int64_t>(query.depth_max, 0, limits.graph_depth_max),
                     clip(query.nodes_max, limits.graph_nodes_max));
    TRY(walk.run(
        [&](const auto& level) { return version_steps(tx, sight, query.direction, level); }));
    answer = {std::move(walk.nodes), std::move(walk.edges), walk.truncated};
    return {};
  }));
  return answer;
}

}  // namespace solvent::catalog
