#include "estate.h"

#include "base/digest.h"
#include "catalog/catalog.h"
#include "catalog/event_types.h"

namespace solvent::bench {
namespace {

using namespace solvent::catalog;

const std::string kNamespace = "s3://lake";

AssetRef by_name(const std::string& name) {
  return {.id = {}, .name_space = kNamespace, .name = name};
}

/// What producers send along with a run or a data set; about 800 bytes of it.
Json facets(std::uint64_t seed) {
  Json columns;
  for (int i = 0; i < 9; ++i) {
    Json column;
    column.set("name", "column_" + std::to_string((seed + static_cast<std::uint64_t>(i)) % 97));
    column.set("type", i % 2 ? "DOUBLE PRECISION" : "VARCHAR(255)");
    column.set("description", "as it came from the source system");
    columns.push(std::move(column));
  }
  Json schema;
  schema.set("_producer", "https://github.com/OpenLineage/OpenLineage/tree/1.20/integration/spark");
  schema.set("fields", std::move(columns));
  Json facets;
  facets.set("schema", std::move(schema));
  return facets;
}

}  // namespace

Estate::Estate(int writer, int jobs, std::uint64_t seed, TimeUs start)
    : random_(seed + static_cast<std::uint64_t>(writer)), clock_(start) {
  const std::string team = "team-" + std::to_string(writer) + "/";
  for (int i = 0; i < jobs; ++i) {
    const auto output = [&](int job) { return team + "table_" + std::to_string(job); };
    Job job{.name = team + "job_" + std::to_string(i), .inputs = {}, .output = output(i)};
    // A chain with skips: what one job writes, the next ones read.
    job.inputs = {output((i + jobs - 1) % jobs), output((i + jobs - 7) % jobs)};
    jobs_.push_back(std::move(job));
  }
}

std::string Estate::digest() {
  return digest_of(std::to_string(random_.next())).hex();
}

Expected& Estate::asset(const std::string& name) {
  return expected[asset_id_of({kNamespace, name})];
}

void Estate::add(std::string type, std::int64_t version, const Json& body) {
  Event event;
  event.id = make_uuid(clock_, random_);
  event.type = std::move(type);
  event.type_version = version;
  event.event_time = clock_.now();
  event.producer = "https://github.com/OpenLineage/OpenLineage/tree/1.20/integration/spark";
  event.body = to_text(body);
  body_bytes += std::ssize(event.body);
  ++events;
  clock_.advance(1'000);
  pending_.push_back(std::move(event));
}

/// START, two reads, a write with its new version, the ref, COMPLETE; now and then who owns it.
void Estate::run_job() {
  const Job& job = jobs_[next_job_++ % jobs_.size()];
  const std::string run = make_uuid(clock_, random_).text();
  const JobRef named{"spark://cluster", job.name};
  ++runs;
  RunEvent state{.run = run, .job = named, .state = "START", .parent_run = {}, .facets = facets(1)};
  add(std::string(RunEvent::kType), RunEvent::kTypeVersion, to_json(state));
  RunIo io{.run = run,
           .job = named,
           .asset = {},
           .version = {},
           .bytes = 1 << 20,
           .rows = 1'000,
           .facets = facets(random_.below(97))};
  for (const std::string& input : job.inputs) {
    io.asset = by_name(input);
    io.version = current_[input];
    Expected& one = asset(input);
    one.last_read_at = clock_.now();
    one.readers.insert(job.name);
    add(std::string(RunIo::kRead), RunIo::kTypeVersion, to_json(io));
  }
  VersionCreated created;
  created.asset = io.asset = by_name(job.output);
  created.digest = io.version = current_[job.output] = digest();
  created.content = digest();
  created.size = 1 << 20;
  created.rows = 1'000;
  created.run = run;
  created.manifest = facets(random_.below(97));
  Expected& output = asset(job.output);
  output.last_version_at = clock_.now();
  ++output.versions;
  add(std::string(VersionCreated::kType), VersionCreated::kTypeVersion, to_json(created));
  output.last_written_at = output.last_version_at = clock_.now();
  add(std::string(RunIo::kWrote), RunIo::kTypeVersion, to_json(io));
  output.current = created.digest;
  add(std::string(VersionCurrent::kType), VersionCurrent::kTypeVersion,
      to_json(VersionCurrent{created.asset, created.digest}));
  if (next_job_ <= jobs_.size())
    add(std::string(AssetDeclared::kType), AssetDeclared::kTypeVersion,
        to_json(AssetDeclared{created.asset, "dataset", "lake", facets(2)}));
  state.state = "COMPLETE";
  add(std::string(RunEvent::kType), RunEvent::kTypeVersion, to_json(state));
}

std::vector<catalog::Event> Estate::next(std::size_t count) {
  while (pending_.size() - taken_ < count) run_job();
  std::vector<catalog::Event> taken;
  taken.reserve(count);
  for (std::size_t i = 0; i < count; ++i) taken.push_back(std::move(pending_[taken_++]));
  if (taken_ > 10'000) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  return taken;
}

}  // namespace solvent::bench
