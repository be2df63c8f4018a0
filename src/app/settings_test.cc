// Settings do what they say: each of these is changed, and with it what the program does.
#include <algorithm>
#include <optional>

#include "app/test_workspace.h"
#include "base/text.h"
#include "store/store.h"
#include "store/test_store.h"
#include "tasks/tasks.h"

namespace solvent::app {
namespace {

class SettingsOfAWorkspace : public WorkspaceTest {
 protected:
  Result<store::Blob> put(const std::string& bytes) {
    const auto lease = TRY(workspace_->store().lease());
    return workspace_->store().put_bytes(*lease, as_bytes(bytes));
  }
  std::int64_t packs() { return must("store stat", JsonObject{}).int_or("packs", -1); }
  Json collect() { return must("store collect", JsonObject{}); }
};

TEST_F(SettingsOfAWorkspace, PackBytesMax) {
  const std::string bytes = store::random_bytes(1, 5 << 20);
  MUST(put(bytes));
  EXPECT_EQ(packs(), 1);
  open({{"store.pack_bytes_max", "2097152"}});
  MUST(put(store::random_bytes(2, 5 << 20)));
  EXPECT_GE(packs(), 4);  // 5 MiB in packs of at most two, beside the one of 5 MiB
}

TEST_F(SettingsOfAWorkspace, GraceHours) {
  MUST(put("needed by nobody"));
  clock_.advance(2 * kHourUs);
  EXPECT_EQ(collect().int_or("chunks_dropped", -1), 0);  // younger than a day
  open({{"store.grace_hours", "3"}});
  EXPECT_EQ(collect().int_or("chunks_dropped", -1), 0);
  open({{"store.grace_hours", "1"}});
  EXPECT_EQ(collect().int_or("chunks_dropped", -1), 1);
}

TEST_F(SettingsOfAWorkspace, LeaseMinutes) {
  const auto expiry = [&] {
    const auto lease = MUST(workspace_->store().lease());
    const auto rows = MUST(sql::query(workspace_->database(), "SELECT expires FROM store_leases"));
    return rows.at(0).integer(0) - clock_.now();
  };
  EXPECT_EQ(expiry(), kHourUs);
  open({{"store.lease_minutes", "7"}});
  EXPECT_EQ(expiry(), 7 * 60 * kSecondUs);
}

TEST_F(SettingsOfAWorkspace, RewriteBelow) {
  // One pack: three quarters of it named by a ref, one quarter by nobody.
  write("kept", store::random_bytes(1, 12'000));
  write("lost", store::random_bytes(2, 4'000));
  const std::vector<std::string> paths = {path("kept"), path("lost")};
  {
    const auto lease = MUST(workspace_->store().lease());
    const auto blobs = MUST(workspace_->store().put_files(*lease, paths));
    MUST(workspace_->database().write([&](sql::Tx& tx) {
      return store::move_ref(tx, "kept", std::nullopt, blobs[0].digest, clock_.now());
    }));
  }
  ASSERT_EQ(packs(), 1);
  open({{"store.grace_hours", "0"}, {"store.rewrite_below", "0.5"}});
  clock_.advance(kSecondUs);
  EXPECT_EQ(collect().int_or("packs_rewritten", -1), 0);
  open({{"store.grace_hours", "0"}, {"store.rewrite_below", "0.9"}});
  EXPECT_EQ(collect().int_or("packs_rewritten", -1), 1);
}

TEST_F(SettingsOfAWorkspace, TaskLeaseSecondsAndKeepDays) {
  const auto lease_for = [&] {
    tasks::Tasks tasks(workspace_->database(), clock_, random_,
                       tasks::options_of(workspace_->settings()));
    TimeUs until = 0;
    const tasks::TaskKind kind{.name = "a",
                               .run = [&](tasks::TaskContext& context) -> Result<Json> {
                                 until = MUST(tasks.find(context.task().id)).lease_until;
                                 return Json();
                               }};
    MUST(tasks.run_inline(kind, {.kind = "a"}, [](const op::Progress&) {}, nullptr));
    return until - clock_.now();
  };
  EXPECT_EQ(lease_for(), 30 * kSecondUs);
  EXPECT_EQ(tasks::options_of(workspace_->settings()).keep_finished, 30 * kDayUs);
  open({{"tasks.lease_seconds", "5"}, {"tasks.keep_days", "2"}});
  EXPECT_EQ(lease_for(), 5 * kSecondUs);
  EXPECT_EQ(tasks::options_of(workspace_->settings()).keep_finished, 2 * kDayUs);
}

/// What another process takes away is seen at once, or only after that time.
TEST_F(SettingsOfAWorkspace, TokenCache) {
  const auto believed_without_its_row = [&] {
    must("principal add", JsonObject{{"name", "user:ada"}, {"role", "reader"}});
    const std::string secret =
        must("token create", JsonObject{{"principal", "user:ada"}}).text_or("secret", "");
    EXPECT_TRUE(modules_->identity().authenticate(secret));
    MUST(sql::execute(workspace_->database(), "DELETE FROM identity_tokens"));
    MUST(sql::execute(workspace_->database(), "DELETE FROM identity_principals"));
    return modules_->identity().authenticate(secret).has_value();
  };
  EXPECT_TRUE(believed_without_its_row());
  open({{"server.token_cache_ms", "0"}});
  EXPECT_FALSE(believed_without_its_row());
}

TEST_F(SettingsOfAWorkspace, LimitsOfTheCatalog) {
  std::string producer = "test";
  const auto declared = [&](const std::string& name) {
    const Json asset = JsonObject{{"namespace", "lab"}, {"name", name}};
    return Json(JsonObject{{"type", "asset.declared"},
                           {"producer", producer},
                           {"body", JsonObject{{"asset", asset}, {"kind", "dataset"}}}});
  };
  const auto append = [&](const std::vector<std::string>& names) {
    JsonArray events;
    for (const auto& name : names) events.push_back(declared(name));
    return call("event append", JsonObject{{"events", std::move(events)}});
  };
  EXPECT_TRUE(append({"a", "b"}));
  open({{"catalog.batch_events_max", "1"}});
  EXPECT_EQ(append({"c", "d"}).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(append({"c"}));
  open({{"catalog.text_bytes_max", "16"}});
  producer = "more than sixteen bytes";
  EXPECT_EQ(append({"d"}).error().code, Code::kInvalidArgument);
  producer = "test";
  open({{"catalog.body_bytes_max", "8"}});
  EXPECT_FALSE(append({"d"}));
  open({{"catalog.page_max", "2"}});
  EXPECT_EQ(must("asset list", JsonObject{{"limit", 50}}).find("assets")->array().size(), 2u);
}

TEST_F(SettingsOfAWorkspace, LimitsOfIdentity) {
  for (const char* name : {"user:ada", "user:bob"})
    must("principal add", JsonObject{{"name", name}, {"role", "reader"}});
  const Json all = must("principal list", JsonObject{});
  EXPECT_EQ(all.find("principals")->array().size(), 2u);
  EXPECT_EQ(all.int_or("total", 0), 2);
  open({{"identity.listed_max", "1"}, {"identity.scopes_max", "1"}});
  const Json first = must("principal list", JsonObject{});
  EXPECT_EQ(first.find("principals")->array().size(), 1u);
  EXPECT_EQ(first.int_or("total", 0), 2);
  for (int i = 0; i < 2; ++i) must("token create", JsonObject{{"principal", "user:ada"}});
  const Json tokens = must("token list", JsonObject{});
  EXPECT_EQ(tokens.find("tokens")->array().size(), 1u);
  EXPECT_EQ(tokens.int_or("total", 0), 2);
  EXPECT_EQ(call("principal add", JsonObject{{"name", "user:eve"},
                                             {"role", "reader"},
                                             {"scopes", JsonArray{"a/**", "b/**"}}})
                .error()
                .subject,
            "scopes");
  open({{"identity.session_minutes", "3"}});
  must("principal add",
       JsonObject{{"name", "user:eve"}, {"role", "reader"}, {"password", "correct horse"}});
  const Json session =
      must("signin run", JsonObject{{"name", "user:eve"}, {"password", "correct horse"}});
  EXPECT_EQ(session.int_or("expires", 0) - clock_.now(), 3 * 60 * kSecondUs);
}

TEST_F(SettingsOfAWorkspace, DebtsAndFindingsBeyondAReportAreCounted) {
  project("a", "pandas\nnumpy\nscipy\n");
  project("b", "pandas\n");
  must("audit run", audit_of("b"));
  must("audit run", audit_of("a"));  // costs the same a month, and the newest of equals comes first
  const auto report = [&] { return text_of("report write", JsonObject{}, op::local_owner()); };
  const std::string whole = report();
  EXPECT_EQ(whole.find("… and"), std::string::npos);
  open({{"report.debts_max", "1"}, {"ledger.findings_shown", "1"}});
  const std::string part = report();
  EXPECT_NE(part.find("… and 1 more debts of 2"), std::string::npos);
  EXPECT_NE(part.find("<li>… and 2 more; "), std::string::npos);
}

/// A report of a date is of that date throughout.
TEST_F(SettingsOfAWorkspace, AReportOfAPastDateHoldsNothingOfLater) {
  project("a", "pandas\n");
  must("audit run", audit_of("a"));
  clock_.advance(2 * kDayUs);
  write("a/requirements.txt", "pandas\nnumpy\n");
  must("audit run", audit_of("a"));
  const Json debts = must("debt list", JsonObject{});
  must("debt assign",
       JsonObject{{"id", text_in(*debts.find("debts"), "id")}, {"owner", "newcomers"}});
  const std::string then =
      text_of("report write", JsonObject{{"as_of", "2026-11-24"}}, op::local_owner());
  EXPECT_NE(then.find("pandas"), std::string::npos);
  EXPECT_EQ(then.find("numpy"), std::string::npos);
  EXPECT_EQ(then.find("newcomers"), std::string::npos);
  EXPECT_EQ(then.find("repriced"), std::string::npos);
  const std::string now = text_of("report write", JsonObject{}, op::local_owner());
  for (const char* word : {"numpy", "newcomers", "repriced"})
    EXPECT_NE(now.find(word), std::string::npos) << word;
}

TEST_F(SettingsOfAWorkspace, AWorkspaceWithAModuleOfANewerProgramIsRefused) {
  MUST(sql::execute(workspace_->database(),
                    "INSERT INTO schema_migration (module, number, name, digest, applied_at) "
                    "VALUES ('forecast', 1, 'first tables', '00', 0)"));
  operations_.reset();
  modules_.reset();
  workspace_.reset();
  const Surroundings with{clock_, random_, posix_files(), null_log(), {}, {}};
  const auto opened = Workspace::open(with, directory_->path() + "/.solvent", Sharing::kEmbedded,
                                      program_specs().settings, program_specs().migrations);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_NE(opened.error().message.find("newer program"), std::string::npos);
  EXPECT_NE(opened.error().message.find("forecast"), std::string::npos);
}

}  // namespace
}  // namespace solvent::app
