#include "remedies/contracts/service.h"

#include <gtest/gtest.h>

#include "catalog/event_types.h"
#include "identity/identity.h"
#include "sql/test_engines.h"

namespace solvent::remedies::contracts {
namespace {

/// A catalog with one data set, on either engine.
class ContractsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    database_.make(GetParam());
    if (HasFatalFailure()) return;
    auto migrations = catalog::specs().migrations;
    for (const auto& more : {identity::specs().migrations, specs().migrations})
      migrations.insert(migrations.end(), more.begin(), more.end());
    ASSERT_TRUE(database_->migrate(migrations, [] { return Result<void>(); }));
    catalog_ = std::make_unique<catalog::Catalog>(*database_, clock_, random_,
                                                  std::vector<catalog::Subscription>());
    service_ = std::make_unique<Service>(*database_, *catalog_, clock_);
    declare("flights");
  }

  void declare(const std::string& name) {
    const auto event = catalog_->make_event(
        "asset.declared",
        to_json(catalog::AssetDeclared{.asset = {.name_space = "workspace", .name = name},
                                       .kind = "dataset"}),
        "test");
    ASSERT_TRUE(catalog_->append(op::local_owner(), std::span(&event, 1)));
  }

  sql::TestDatabase database_;
  FakeClock clock_{1'700'000'000 * kSecondUs};
  SeededRandom random_{7};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Service> service_;
};

TEST_P(ContractsTest, KeepsWhatIsNotGiven) {
  const auto owner = op::local_owner();
  ASSERT_TRUE(service_->set(owner, {.dataset = "flights", .target = "arr_delay"}));
  ASSERT_TRUE(service_->set(owner, {.dataset = "flights", .sliced_by = "month"}));
  const auto contract = service_->show(owner, "flights");
  ASSERT_TRUE(contract);
  EXPECT_EQ(contract->target, "arr_delay");
  EXPECT_EQ(contract->sliced_by, "month");
  ASSERT_TRUE(service_->set(owner, {.dataset = "flights", .target = ""}));
  EXPECT_EQ(service_->show(owner, "flights")->target, "");
  EXPECT_EQ(service_->show(owner, "flights")->sliced_by, "month");
}

TEST_P(ContractsTest, DeclarationIsAnEventInTheSameUnit) {
  const auto before = catalog_->last_seq();
  ASSERT_TRUE(before);
  ASSERT_TRUE(service_->set(op::local_owner(), {.dataset = "flights", .keys = {"flight", "day"}}));
  const auto events = catalog_->events(op::local_owner(), *before, 10);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().event.type, "contract.declared");
  const auto body = parse_json(events->front().event.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(to_text(*body->find("keys")), R"(["flight","day"])");
}

TEST_P(ContractsTest, AReaderMayLookButNotDeclare) {
  op::Caller reader = op::local_owner();
  reader.role = op::Role::kReader;
  EXPECT_TRUE(service_->show(reader, "flights"));
  const auto refused = service_->set(reader, {.dataset = "flights", .target = "x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(service_->show(reader, "flights")->target, "") << "a refused write changed something";
}

TEST_P(ContractsTest, UnknownDataSetsAreNotFoundAndUndeclaredOnesAreEmpty) {
  const auto missing = service_->set(op::local_owner(), {.dataset = "trains", .target = "x"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  const auto meaning = service_->meaning(catalog::asset_id_of({"workspace", "flights"}), "flights");
  ASSERT_TRUE(meaning);
  EXPECT_EQ(meaning->dataset, "flights");
  EXPECT_EQ(meaning->target, "");
}

TEST_P(ContractsTest, ListsOnlyWhatTheCallerMaySee) {
  declare("hdma");
  op::Caller narrow = op::local_owner();
  narrow.scopes = {"workspace/hdma"};
  const auto seen = service_->list(narrow);
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->size(), 1u);
  EXPECT_EQ(seen->front().dataset, "hdma");
  EXPECT_EQ(service_->list(op::local_owner())->size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Engines, ContractsTest, ::testing::Values("sqlite", "postgresql"));

}  // namespace
}  // namespace solvent::remedies::contracts
