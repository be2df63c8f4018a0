/// What tests of audits share: an auditor over a fresh database, a tree on the disk, and git.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "audit/audit.h"
#include "audit/audit_fakes.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "identity/schema.h"
#include "sql/test_engines.h"

namespace solvent::audit {

constexpr TimeUs kStart = 1'795'478'400 * kSecondUs;  // 2026-11-24

class AuditFixture : public sql::EnginesTest {
 protected:
  void SetUp() override {
    sql::EnginesTest::SetUp();
    if (HasFatalFailure()) return;
    std::vector<sql::Migration> migrations = identity::identity_migrations();
    for (const auto* some :
         {&ledger::specs().migrations, &specs().migrations, &catalog::specs().migrations}) {
      migrations.insert(migrations.end(), some->begin(), some->end());
    }
    ASSERT_TRUE(db_->migrate(migrations, [] { return Result<void>(); }));
    directory_.emplace(MUST(TempDirectory::create("audit")));
    root_ = directory_->path() + "/shop";
    ASSERT_TRUE(posix_files().make_directories(root_));
    ledger_.emplace(*db_, clock_, random_);
    rebuild();
  }

  /// A new program over the same books: other checks, other settings.
  void rebuild(const std::map<std::string, std::string>& flags = {}, bool with_word_check = true) {
    std::vector<check::Check> checks = {owner_check(), profile_check(), pair_check()};
    if (with_target_check_) checks.push_back(target_check());
    if (with_word_check) checks.push_back(word_check(behaviour_));
    registry_.emplace(MUST(check::Registry::create(std::move(checks))));
    settings_.emplace(MUST(Settings::load(specs().settings, posix_files(), "", {}, flags)));
    auditor_.emplace(*db_, *ledger_, *registry_, *settings_, clock_, random_,
                     Estate{.catalog = catalog_ ? &*catalog_ : nullptr, .data = &data_});
  }

  void write(const std::string& path, const std::string& text) {
    const std::string full = root_ + "/" + path;
    ASSERT_TRUE(posix_files().make_directories(std::string(parent_path(full))));
    std::ofstream(full, std::ios::binary) << text;
  }
  void remove(const std::string& path) { ASSERT_TRUE(posix_files().remove(root_ + "/" + path)); }

  Result<AuditReport> try_run(const AuditRequest& request) {
    clock_.advance(kDayUs);
    return auditor_->run(request, caller_, {}, cancel_);
  }
  AuditReport run() { return run({.trees = {{root_, "shop"}}}); }
  AuditReport run(const AuditRequest& request) {
    auto report = try_run(request);
    EXPECT_TRUE(report) << report.error().message;
    const auto verified = ledger_->verify(op::local_owner());
    EXPECT_EQ(verified->problems, std::vector<std::string>{});
    return report ? std::move(*report) : AuditReport{};
  }

  std::vector<ledger::Debt> debts(const std::string& state = "all") {
    auto page = ledger_->debts(
        op::local_owner(), {.state = state, .sort = "subject", .ascending = true, .limit = 100});
    EXPECT_TRUE(page) << page.error().message;
    return page ? page->debts : std::vector<ledger::Debt>{};
  }
  ledger::Debt only() {
    const auto all = debts();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? ledger::Debt{} : all[0];
  }
  std::int64_t entries() {
    return MUST(sql::query(*db_, "SELECT COUNT(*) FROM ledger_entry"))[0].integer(0);
  }

  /// Runs the real git in the tree, away from this machine's configuration (in audit_test.cc).
  void git(const std::string& arguments, const std::string& who = "Ada Lovelace");
  void commit(const std::string& who = "Ada Lovelace") {
    git("add -A", who);
    git("commit -q -m m", who);
  }
  void say(const std::string& type, const std::string& body) {
    const std::vector<catalog::Event> events = {
        catalog_->make_event(type, *parse_json(body), "test")};
    const auto done = catalog_->append(op::local_owner(), events);
    ASSERT_TRUE(done) << done.error().message;
  }
  FakeClock clock_{kStart};
  SeededRandom random_{1};
  Behaviour behaviour_;
  FakeData data_;
  CancelToken cancel_;
  op::Caller caller_ = op::local_owner();
  std::optional<TempDirectory> directory_;
  std::string root_;
  std::optional<catalog::Catalog> catalog_;
  std::optional<check::Registry> registry_;
  std::optional<Settings> settings_;
  std::optional<ledger::Ledger> ledger_;
  std::optional<Auditor> auditor_;
  bool with_target_check_ = false;
};

}  // namespace solvent::audit
