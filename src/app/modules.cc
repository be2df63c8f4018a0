#include "app/modules.h"

#include <iterator>

#include "app/specs.h"
#include "app/workspace_operations.h"
#include "audit/audit.h"
#include "audit/task.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/operations.h"
#include "check/registry.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "ledger/ledger.h"
#include "ledger/people.h"
#include "remedies/code/service.h"
#include "remedies/contracts/service.h"
#include "remedies/data/service.h"
#include "remedies/estate/service.h"
#include "store/operations.h"
#include "tasks/operations.h"
#include "tasks/tasks.h"

namespace solvent::app {
namespace {

/// DuckDB, opened when the first table is read.
class LazyEngine {
 public:
  explicit LazyEngine(table::EngineOptions options) : options_(std::move(options)) {}

  Result<table::Engine*> get() {
    const std::lock_guard lock(mutex_);
    if (!engine_) engine_ = TRY(table::open_engine(options_));
    return engine_.get();
  }

 private:
  std::mutex mutex_;
  table::EngineOptions options_;
  std::unique_ptr<table::Engine> engine_;
};

/// The data and contracts remedies, as the audit asks for them.
class DataSets final : public audit::DataSource {
 public:
  DataSets(remedies::data::Service& data, remedies::contracts::Service& contracts)
      : data_(data), contracts_(contracts) {}

  Result<audit::DataVersion> find(const op::Caller& caller, const std::string& dataset,
                                  const std::string& version) override {
    const auto found = TRY(data_.find(caller, dataset, version));
    return audit::DataVersion{.dataset = found.asset,
                              .digest = found.digest,
                              .slice = found.slice,
                              .profile_digest = found.profile_digest,
                              .rows = found.rows};
  }
  Result<profile::TableProfile> profile(const audit::DataVersion& version) override {
    return data_.profile(TRY(stored(version)));
  }
  Result<audit::OpenTable> open(const audit::DataVersion& version) override {
    auto opened = TRY(data_.open(TRY(stored(version))));
    return audit::OpenTable{.table = std::move(opened.table), .keep = std::move(opened.file)};
  }
  Result<check::DataMeaning> meaning(const std::string& dataset) override {
    return contracts_.meaning(remedies::data::asset_id(dataset), dataset);
  }

 private:
  /// By its digest; the audit has already asked for it as the caller.
  Result<remedies::data::StoredVersion> stored(const audit::DataVersion& version) {
    return data_.find(op::local_owner(), version.dataset, version.digest);
  }

  remedies::data::Service& data_;
  remedies::contracts::Service& contracts_;
};

/// What a verified token may be believed without another look is a setting of the server.
identity::Limits identity_limits(const Settings& settings) {
  identity::Limits limits = identity::limits_of(settings);
  limits.cached_us = settings.integer("server.token_cache_ms") * 1'000;
  return limits;
}

}  // namespace

struct Modules::Services {
  Services(Workspace& w, check::Registry checks, Sharing sharing)
      : workspace(w),
        registry(std::move(checks)),
        engine(table::options_of(w.settings(), w.scratch())),
        identity(w.database(), w.with().clock, w.with().random, identity_limits(w.settings()),
                 {ledger::person_keeper()}),
        catalog(w.database(), w.with().clock, w.with().random, {},
                catalog::limits_of(w.settings())),
        tasks(w.database(), w.with().clock, w.with().random, tasks::options_of(w.settings())),
        ledger(w.database(), w.with().clock, w.with().random, ledger::options_of(w.settings())),
        data(
            w.database(), w.store(), catalog, [this] { return engine.get(); }, w.with().clock,
            w.scratch()),
        contracts(w.database(), catalog, w.with().clock),
        estate(w.database(), catalog, ledger, w.with().clock),
        code(ledger, w.with().files),
        data_sets(data, contracts),
        auditor(w.database(), ledger, registry, w.settings(), w.with().clock, w.with().random,
                {.catalog = w.transient() ? nullptr : &catalog,
                 .data = w.transient() ? nullptr : &data_sets,
                 .engine = [this] { return engine.get(); }}),
        audits(auditor, tasks, w.with().files, w.with().clock, w.with().random,
               join_path(w.scratch(), "audits"),
               sharing == Sharing::kServer ? audit::AuditPlace::kWorkers
                                           : audit::AuditPlace::kInline) {}

  Workspace& workspace;
  check::Registry registry;
  LazyEngine engine;
  identity::Identity identity;
  catalog::Catalog catalog;
  tasks::Tasks tasks;
  ledger::Ledger ledger;
  remedies::data::Service data;
  remedies::contracts::Service contracts;
  remedies::estate::Service estate;
  remedies::code::Service code;
  DataSets data_sets;
  audit::Auditor auditor;
  audit::AuditTask audits;
  std::unique_ptr<tasks::Runner> runner;  // last: what it runs uses all of the above
};

Modules::Modules(std::unique_ptr<Services> services) : services_(std::move(services)) {}
Modules::~Modules() = default;

Result<std::unique_ptr<Modules>> Modules::create(Workspace& workspace, Sharing sharing) {
  auto registry = TRY(check::Registry::create(program_checks()));
  auto services = std::make_unique<Services>(workspace, std::move(registry), sharing);
  if (sharing == Sharing::kServer) {
    TRY(services->audits.sweep());
    services->runner = std::make_unique<tasks::Runner>(
        services->tasks, std::vector{services->audits.kind()},
        static_cast<std::size_t>(workspace.settings().integer("tasks.threads")));
  }
  return std::unique_ptr<Modules>(new Modules(std::move(services)));
}

void Modules::stop_work() {
  services_->audits.stop();
  services_->runner.reset();
}

std::vector<op::Handler> Modules::handlers() {
  auto& s = *services_;
  std::vector<op::Handler> all;
  const auto add = [&](std::vector<op::Handler> some) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  };
  const auto audit = [&s](sql::Tx& tx, const op::Caller& caller, std::string_view action,
                          std::string_view subject) {
    const auto& with = s.workspace.with();
    return identity::audit_row(tx, identity::audit_stamp(with.clock, with.random), caller, action,
                               subject, JsonObject{});
  };
  add(bind_workspace(s.workspace, s.ledger));
  add(ledger::bind(s.ledger));
  add(audit::bind(s.auditor, s.audits, s.registry));
  add(remedies::data::bind(s.data));
  add(remedies::contracts::bind(s.contracts));
  add(remedies::estate::bind(s.estate));
  add(remedies::code::bind(s.code));
  add(catalog::bind(s.catalog));
  add(identity::bind(s.identity));
  add(store::bind(s.workspace.store(), {remedies::data::blob_root()}, audit));
  add(tasks::bind(s.tasks, audit));
  return all;
}

identity::Identity& Modules::identity() {
  return services_->identity;
}

remedies::data::Service& Modules::data() {
  return services_->data;
}

}  // namespace solvent::app
