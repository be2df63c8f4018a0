/// For tests of this folder: a catalog on either engine in a fresh database, and makers of events.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/event_types.h"
#include "identity/schema.h"

namespace solvent::catalog {

/// 2026-11-24, the day all these events happen on.
inline constexpr TimeUs kDay = 1'795'478'400 * kSecondUs;
inline TimeUs at(std::int64_t seconds) {
  return kDay + seconds * kSecondUs;
}

inline op::Caller owner() {
  return op::local_owner();
}
inline op::Caller limited(std::vector<std::string> scopes) {
  op::Caller caller;
  caller.principal = "user:ada";
  caller.role = op::Role::kEditor;
  caller.scopes = std::move(scopes);
  return caller;
}

inline AssetRef by_id(std::string id) {
  return {.id = std::move(id), .name_space = {}, .name = {}};
}
inline AssetRef by_name(std::string name_space, std::string name) {
  return {.id = {}, .name_space = std::move(name_space), .name = std::move(name)};
}
inline std::string digest_text(char digit) {
  return std::string(64, digit);
}

class CatalogFixture : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    make_database();
    if (HasFatalFailure()) return;
    std::vector<sql::Migration> steps = identity::identity_migrations();
    for (const auto& step : specs().migrations) steps.push_back(step);
    const auto migrated = database_->migrate(steps, [] { return Result<void>(); });
    ASSERT_TRUE(migrated) << migrated.error().message;
    catalog_ = std::make_unique<Catalog>(*database_, clock_, random_, std::vector<Subscription>());
  }
  void TearDown() override {
    catalog_.reset();
    if (GetParam() == "postgresql" && database_)
      (void)database_->write([&](sql::Tx& tx) -> Result<void> {
        TRY(tx.execute("DROP SCHEMA " + schema_ + " CASCADE"));
        return {};
      });
  }

  Catalog& catalog() { return *catalog_; }
  sql::Database& database() { return *database_; }

  Event event(std::string_view type, const Json& body, TimeUs time) {
    Event made = catalog_->make_event(std::string(type), body, "test");
    made.event_time = time;
    return made;
  }
  Event declared(std::string name_space, std::string name, std::string kind, TimeUs time) {
    return event(AssetDeclared::kType,
                 to_json(AssetDeclared{.asset = by_name(std::move(name_space), std::move(name)),
                                       .kind = std::move(kind),
                                       .system = "",
                                       .facets = {}}),
                 time);
  }
  Event owned(std::string name_space, std::string name, std::string who, std::string origin,
              TimeUs time) {
    return event(AssetOwner::kType,
                 to_json(AssetOwner{by_name(std::move(name_space), std::move(name)), std::move(who),
                                    std::move(origin)}),
                 time);
  }
  Event created(std::string name_space, std::string name, char digit, TimeUs time,
                std::int64_t size) {
    VersionCreated body;
    body.asset = by_name(std::move(name_space), std::move(name));
    body.digest = digest_text(digit);
    body.size = size;
    body.manifest.set("made", std::string(1, digit));
    return event(VersionCreated::kType, to_json(body), time);
  }
  Event current(std::string name_space, std::string name, char digit, TimeUs time) {
    return event(VersionCurrent::kType,
                 to_json(VersionCurrent{by_name(std::move(name_space), std::move(name)),
                                        digest_text(digit)}),
                 time);
  }
  Event state(const Uuid& run, std::string state, TimeUs time,
              std::optional<Uuid> parent = std::nullopt) {
    RunEvent body;
    body.run = run.text();
    body.job = {"jobs", "train"};
    body.state = std::move(state);
    if (parent) body.parent_run = parent->text();
    return event(RunEvent::kType, to_json(body), time);
  }
  Event io(std::string_view type, const Uuid& run, std::string name_space, std::string name,
           TimeUs time, char digit, std::string job = "train") {
    RunIo body;
    body.run = run.text();
    body.job = {"jobs", std::move(job)};
    body.asset = by_name(std::move(name_space), std::move(name));
    if (digit != 0) body.version = digest_text(digit);
    return event(type, to_json(body), time);
  }
  Event read(const Uuid& run, std::string name_space, std::string name, TimeUs time,
             char digit = 0) {
    return io(RunIo::kRead, run, std::move(name_space), std::move(name), time, digit);
  }
  Event wrote(const Uuid& run, std::string name_space, std::string name, TimeUs time,
              char digit = 0) {
    return io(RunIo::kWrote, run, std::move(name_space), std::move(name), time, digit);
  }
  Event depends(std::string_view type, AssetRef consumer, AssetRef producer, TimeUs time) {
    DependencyBody body;
    body.consumer = std::move(consumer);
    body.producer = std::move(producer);
    return event(type, to_json(body), time);
  }

  Result<AppendResult> try_append(const std::vector<Event>& events) {
    return catalog_->append(owner(), events);
  }
  AppendResult append(const std::vector<Event>& events) { return MUST(try_append(events)); }

  FakeClock clock_{at(3'600)};
  SeededRandom random_{20261124};

 private:
  void make_database() {
    if (GetParam() == "sqlite") {
      directory_.emplace(MUST(TempDirectory::create("catalog")));
      database_ = MUST(sql::open_sqlite(directory_->path() + "/catalog.db"));
      return;
    }
    const char* url = std::getenv("SOLVENT_TEST_POSTGRES");
    ASSERT_NE(url, nullptr) << "no PostgreSQL server: run the tests as\n"
                               "  tools/postgres run -- ctest --preset release";
    schema_ = "t_" + std::to_string(system_random().next());
    database_ = MUST(sql::open_postgres(url, {.schema = schema_}));
  }

  std::optional<TempDirectory> directory_;
  std::string schema_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Catalog> catalog_;
};

#define SOLVENT_CATALOG_ON_BOTH(suite)                                           \
  INSTANTIATE_TEST_SUITE_P(Both, suite, testing::Values("sqlite", "postgresql"), \
                           [](const auto& tested) { return tested.param; })

}  // namespace solvent::catalog
