// One test an operation: a caller limited to one asset sees, changes and counts nothing of another.
#include <algorithm>

#include "app/test_workspace.h"
#include "base/text.h"
#include "tasks/tasks.h"

namespace solvent::app {
namespace {

class Scopes : public WorkspaceTest {
 protected:
  void SetUp() override {
    WorkspaceTest::SetUp();
    project("open", "pandas\n");
    project("hidden", "numpy\nscipy\ntorch\n");
    hidden_audit_ = must("audit run", audit_of("hidden")).text_or("id", "");
    clock_.advance(kSecondUs);
    open_audit_ = must("audit run", audit_of("open")).text_or("id", "");
    clock_.advance(kSecondUs);
    hidden_audit_2_ = must("audit run", audit_of("hidden")).text_or("id", "");
    const Json debts = must("debt list", JsonObject{{"sort", "subject"}});
    ASSERT_EQ(debts.int_or("total", 0), 2);
    for (const Json& debt : debts.find("debts")->array())
      (debt.text_or("asset", "") == "open" ? open_ : hidden_) = debt;
    hidden_id_ = hidden_.text_or("id", "");
    open_id_ = open_.text_or("id", "");
    ada_.principal = "user:ada";
    ada_.role = op::Role::kAdmin;  // limited by scope alone
    ada_.scopes = {"workspace/open"};
  }

  void expect_like_none(const std::string& id, const Json& hidden, const Json& none,
                        const std::string& hidden_name, const std::string& none_name) {
    const auto there = call(id, hidden, ada_), nowhere = call(id, none, ada_);
    ASSERT_FALSE(there) << id;
    ASSERT_FALSE(nowhere) << id;
    EXPECT_EQ(there.error().code, Code::kNotFound) << id;
    const auto shape = [](const Error& error, const std::string& name) {
      return replace_all(error.message + "|" + error.hint + "|" + error.subject, name, "X");
    };
    EXPECT_EQ(shape(there.error(), hidden_name), shape(nowhere.error(), none_name)) << id;
  }
  void expect_hidden_debt(const std::string& id, Json params) {
    Json none = params;
    params.set("id", hidden_id_);
    none.set("id", "d-zzzzzz");
    expect_like_none(id, params, none, hidden_id_, "d-zzzzzz");
    EXPECT_TRUE(call("debt show", JsonObject{{"id", hidden_id_}}));
    EXPECT_EQ(must("debt show", JsonObject{{"id", hidden_id_}}).find("debt")->text_or("state", ""),
              "open");
  }
  std::int64_t seconds(const Json& result, const char* total) {
    return result.find(total)->int_or("mean_s", -1);
  }

  op::Caller ada_;
  Json open_, hidden_;
  std::string hidden_id_, open_id_, hidden_audit_, open_audit_, hidden_audit_2_;
};

TEST_F(Scopes, LedgerShow) {
  const Json seen = must("ledger show", JsonObject{}, ada_);
  EXPECT_EQ(seen.int_or("open_debts", 0), 1);
  EXPECT_EQ(seconds(seen, "principal"), open_.int_or("principal_s", 0));
  EXPECT_EQ(seconds(seen, "interest"), open_.int_or("interest_s", 0));
  EXPECT_EQ(seen.find("dearest")->array().size(), 1u);
  EXPECT_EQ(seen.find("accounts")->array().size(), 1u);
  EXPECT_EQ(seen.find("trend")->array().back().int_or("principal_s", 0),
            open_.int_or("principal_s", 0));
}

TEST_F(Scopes, LedgerVerify) {
  EXPECT_EQ(call("ledger verify", JsonObject{}, ada_).error().code, Code::kPermissionDenied);
}

TEST_F(Scopes, DebtList) {
  const Json seen = must("debt list", JsonObject{{"state", "all"}}, ada_);
  EXPECT_EQ(seen.int_or("total", 0), 1);
  EXPECT_EQ(text_in(*seen.find("debts"), "id"), open_id_);
  EXPECT_EQ(must("debt list", JsonObject{{"asset", "hidden"}}, ada_).int_or("total", -1), 0);
}

TEST_F(Scopes, DebtShow) {
  expect_hidden_debt("debt show", JsonObject{});
  EXPECT_TRUE(call("debt show", JsonObject{{"id", open_id_}}, ada_));
}
TEST_F(Scopes, DebtAccept) {
  expect_hidden_debt("debt accept",
                     JsonObject{{"owner", "ada"}, {"reason", "r"}, {"until", "2027-01-31"}});
}
TEST_F(Scopes, DebtReopen) {
  expect_hidden_debt("debt reopen", JsonObject{{"reason", "r"}});
}
TEST_F(Scopes, DebtWriteOff) {
  expect_hidden_debt("debt write-off", JsonObject{{"reason", "r"}});
}
TEST_F(Scopes, DebtAssign) {
  expect_hidden_debt("debt assign", JsonObject{{"owner", "me"}});
}
TEST_F(Scopes, DebtVerdict) {
  const Json detail = must("debt show", JsonObject{{"id", hidden_id_}});
  const std::string finding = text_in(*detail.find("findings"), "id");
  const auto params = [](const std::string& id) {
    return Json(JsonObject{{"finding", id}, {"verdict", "no"}, {"reason", "r"}});
  };
  expect_like_none("debt verdict", params(finding), params("f-999"), finding, "f-999");
}

TEST_F(Scopes, RateSet) {
  const Json rate = JsonObject{{"currency", "EUR"}, {"per_hour", 90}};
  EXPECT_EQ(call("rate set", rate, ada_).error().code, Code::kPermissionDenied);
  EXPECT_TRUE(must("rate list", JsonObject{}, ada_).find("rates")->array().empty());
}

TEST_F(Scopes, ReportWrite) {
  const std::string seen = text_of("report write", JsonObject{}, ada_);
  EXPECT_NE(seen.find(open_id_), std::string::npos);
  for (const std::string& secret : {hidden_id_, std::string("hidden /"), std::string("torch")})
    EXPECT_EQ(seen.find(secret), std::string::npos) << secret;
  EXPECT_NE(text_of("report write", JsonObject{}, op::local_owner()).find(hidden_id_),
            std::string::npos);
}

TEST_F(Scopes, FixRun) {
  const auto params = [&](const std::string& id) {
    return Json(JsonObject{{"debt", id},
                           {"tree", JsonObject{{"root", path("hidden")}, {"given", "hidden"}}}});
  };
  expect_like_none("fix run", params(hidden_id_), params("d-zzzzzz"), hidden_id_, "d-zzzzzz");
}

TEST_F(Scopes, AuditList) {
  const Json seen = must("audit list", JsonObject{}, ada_);
  ASSERT_EQ(seen.find("audits")->array().size(), 1u);
  EXPECT_EQ(text_in(*seen.find("audits"), "id"), open_audit_);
  EXPECT_EQ(seen.text_or("next", "x"), "");
  // A page is full of what is seen, whatever lies between.
  const Json page = must("audit list", JsonObject{{"limit", 1}}, ada_);
  EXPECT_EQ(text_in(*page.find("audits"), "id"), open_audit_);
  EXPECT_EQ(page.text_or("next", "x"), "");
  const Json all = must("audit list", JsonObject{{"limit", 2}});
  EXPECT_EQ(text_in(*all.find("audits"), "id"), hidden_audit_2_);
  const Json rest =
      must("audit list", JsonObject{{"limit", 2}, {"after", all.text_or("next", "")}});
  ASSERT_EQ(rest.find("audits")->array().size(), 1u);
  EXPECT_EQ(text_in(*rest.find("audits"), "id"), hidden_audit_);
}

TEST_F(Scopes, AuditShow) {
  const std::string none = "019a0000-0000-7000-8000-000000000000";
  expect_like_none("audit show", JsonObject{{"id", hidden_audit_}}, JsonObject{{"id", none}},
                   hidden_audit_, none);
  const Json latest = must("audit show", JsonObject{{"id", "latest"}}, ada_);
  EXPECT_EQ(latest.text_or("id", ""), open_audit_);
  EXPECT_EQ(seconds(latest, "principal"), open_.int_or("principal_s", 0));
  EXPECT_EQ(must("audit show", JsonObject{{"id", "latest"}}).text_or("id", ""), hidden_audit_2_);
}

TEST_F(Scopes, AuditRun) {
  const Json own = must("audit run", audit_of("open"), ada_);
  EXPECT_EQ(seconds(own, "principal"), open_.int_or("principal_s", 0));
  EXPECT_EQ(own.int_or("debts_total", 0), 1);
  const auto refused = call("audit run", audit_of("hidden"), ada_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  Json file = JsonObject{
      {"files", JsonArray{JsonObject{{"root", path("hidden/sales.csv")}, {"given", "hidden"}}}}};
  write("hidden/sales.csv", "id,amount\n1,2\n2,3\n");
  EXPECT_EQ(call("audit run", file, ada_).error().code, Code::kPermissionDenied);
}

TEST_F(Scopes, WorkspaceVerifyAndSnapshot) {
  for (const char* id : {"workspace verify", "workspace snapshot"}) {
    const auto refused = reply(id, JsonObject{}, ada_);
    ASSERT_FALSE(refused) << id;
    EXPECT_EQ(refused.error().code, Code::kPermissionDenied) << id;
  }
}

TEST_F(Scopes, TaskListShowCancelWatch) {
  tasks::Tasks tasks(workspace_->database(), clock_, random_);
  const std::string mine = MUST(tasks.enqueue({.kind = "a", .created_by = "user:ada"}));
  const std::string other = MUST(tasks.enqueue({.kind = "a", .created_by = "user:bob"}));
  const Json seen = must("task list", JsonObject{}, ada_);
  ASSERT_EQ(seen.find("tasks")->array().size(), 1u);
  EXPECT_EQ(text_in(*seen.find("tasks"), "id"), mine);
  for (const char* id : {"task show", "task cancel", "task watch"}) {
    expect_like_none(id, JsonObject{{"id", other}}, JsonObject{{"id", "none"}}, other, "none");
    EXPECT_TRUE(reply(id, JsonObject{{"id", mine}}, ada_)) << id;
  }
}

}  // namespace
}  // namespace solvent::app
