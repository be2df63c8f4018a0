// Every write lands in the access log, in its own transaction: the table of all operations is
// walked, and each that may change something leaves exactly one row.
#include <algorithm>
#include <functional>

#include "app/test_workspace.h"
#include "base/text.h"
#include "identity/people.h"
#include "tasks/tasks.h"

namespace solvent::app {
namespace {

struct Row {
  std::string principal, action, subject;
  bool operator==(const Row&) const = default;
};

class OperationsLog : public WorkspaceTest {
 protected:
  void SetUp() override {
    WorkspaceTest::SetUp();
    project("churn", "pandas\nnumpy\n");
    write("sales.csv", "id,amount\n1,2\n2,3\n");
    write("freeze.txt", "pandas==2.3.1\nnumpy==2.2.6\n");
    write("rule.toml",
          "title = \"T\"\nquestion = \"Q?\"\nsource = \"S\"\ndebt_kind = \"safety\"\n"
          "minutes = [1, 2, 4]\nminutes_each = [1, 2, 4]\ninterest_minutes = [1, 2, 4]\n"
          "prior_source = \"P\"\nadvice = \"A\"\n[[match]]\npattern = \"eval($x)\"\n"
          "[[bad]]\ncode = \"eval(a)  #!\"\n[[bad]]\ncode = \"eval(b)  #!\"\n"
          "[[good]]\ncode = \"a\"\n[[good]]\ncode = \"b\"\n[[good]]\ncode = \"c\"\n");
    must("audit run", audit_of("churn"));
    const Json debts = must("debt list", JsonObject{});
    debt_ = text_in(*debts.find("debts"), "id");
    const Json detail = must("debt show", JsonObject{{"id", debt_}});
    finding_ = text_in(*detail.find("findings"), "id");
    MUST(workspace_->database().write([&](sql::Tx& tx) -> Result<void> {
      TRY(identity::person_of(tx, "Ada Lovelace", make_uuid(clock_, random_)));
      return {};
    }));
    tasks_.emplace(workspace_->database(), clock_, random_);
    task_ = MUST(tasks_->enqueue({.kind = "a"}));
  }

  std::vector<Row> rows() {
    std::vector<Row> rows;
    for (const auto& row : MUST(sql::query(workspace_->database(),
                                           "SELECT principal, action, subject FROM identity_audit "
                                           "ORDER BY id")))
      rows.push_back({row.text(0), row.text(1), row.text(2)});
    return rows;
  }

  struct Sample {
    std::string id;
    Json params;
    bool writes = true;  ///< then its row names the operation
  };
  /// One call of every operation above reader, in an order in which each is possible.
  std::vector<Sample> samples() const {
    const Json file = JsonObject{{"root", path("sales.csv")}, {"given", "sales.csv"}};
    return {
        {"audit run", audit_of("churn")},
        {"debt accept",
         JsonObject{{"id", debt_}, {"owner", "ada"}, {"reason", "r"}, {"until", "2027-01-31"}}},
        {"debt reopen", JsonObject{{"id", debt_}, {"reason", "r"}}},
        {"debt assign", JsonObject{{"id", debt_}, {"owner", "risk"}}},
        {"debt verdict",
         JsonObject{{"finding", finding_}, {"verdict", "no"}, {"reason", "a sample"}}},
        {"debt write-off", JsonObject{{"id", debt_}, {"reason", "r"}}},
        {"rate set", JsonObject{{"currency", "EUR"}, {"per_hour", 90}}},
        {"data put", JsonObject{{"file", file}, {"name", "sales"}}},
        {"contract set", JsonObject{{"dataset", "sales"}, {"target", "amount"}}},
        {"asset own", JsonObject{{"asset", "sales"}, {"owner", "risk"}}},
        {"event append",
         JsonObject{
             {"events",
              JsonArray{JsonObject{
                  {"type", "asset.declared"},
                  {"producer", "test"},
                  {"body", JsonObject{{"asset", JsonObject{{"namespace", "lab"}, {"name", "raw"}}},
                                      {"kind", "dataset"}}}}}}}},
        {"catalog rebuild", JsonObject{}},
        {"asset remove", JsonObject{{"asset", "sales"}, {"reason", "nobody reads it"}}},
        {"store collect", JsonObject{}},
        {"task cancel", JsonObject{{"id", task_}}},
        {"principal add",
         JsonObject{{"name", "user:ada"}, {"role", "editor"}, {"password", "correct horse"}}},
        {"principal list", JsonObject{}, false},
        {"team add", JsonObject{{"team", "risk"}, {"members", JsonArray{"user:ada"}}}},
        {"access log", JsonObject{}, false},
        {"person forget", JsonObject{{"name", "Ada Lovelace"}}},
        {"workspace verify", JsonObject{}},
        {"workspace snapshot", JsonObject{}},
        {"principal remove", JsonObject{{"name", "user:ada"}}},
    };
  }

  void expect_one_row(const Sample& sample, const op::Caller& caller = op::local_owner()) {
    const auto before = rows();
    clock_.advance(kSecondUs);
    const auto given = reply(sample.id, sample.params, caller);
    ASSERT_TRUE(given) << sample.id << ": " << given.error().message;
    auto after = rows();
    ASSERT_EQ(after.size(), before.size() + (sample.writes ? 1 : 0)) << sample.id;
    if (!sample.writes) return;
    EXPECT_EQ(after.back().action, sample.id);
    EXPECT_NE(after.back().subject, "") << sample.id;
  }

  std::optional<tasks::Tasks> tasks_;
  std::string debt_, finding_, task_;
};

TEST_F(OperationsLog, EveryOperationAboveReaderLeavesExactlyOneRow) {
  std::set<std::string> sampled;
  for (const Sample& sample : samples()) {
    sampled.insert(sample.id);
    expect_one_row(sample);
  }
  for (const auto& spec : program_specs().operations) {
    if (spec.role <= op::Role::kReader) continue;
    EXPECT_TRUE(sampled.contains(spec.id())) << spec.id() << " is called by no test of the log";
    // Whoever only reads uses GET; nothing else may go without a row.
    for (const Sample& sample : samples()) {
      if (sample.id != spec.id()) continue;
      EXPECT_EQ(sample.writes, spec.method != "GET") << spec.id();
    }
  }
}

TEST_F(OperationsLog, WhatReadersWriteLeavesARowAndWhatTheyLookAtNone) {
  must("principal add",
       JsonObject{{"name", "user:bob"}, {"role", "reader"}, {"password", "correct horse"}});
  const Json session =
      must("signin run", JsonObject{{"name", "user:bob"}, {"password", "correct horse"}});
  EXPECT_EQ(rows().back(), (Row{"user:bob", "signin", "user:bob"}));
  const op::Caller bob = MUST(modules_->identity().authenticate(session.text_or("secret", "")));
  const auto before = rows().size();
  const Json token = must("token create", JsonObject{{"role", "reader"}}, bob);
  EXPECT_EQ(rows().back(), (Row{"user:bob", "token create", "user:bob"}));
  must("token revoke", JsonObject{{"id", token.text_or("id", "")}}, bob);
  EXPECT_EQ(rows().back(), (Row{"user:bob", "token revoke", "user:bob"}));
  must("signout run", JsonObject{}, bob);
  EXPECT_EQ(rows().back(), (Row{"user:bob", "signout", "user:bob"}));
  EXPECT_EQ(rows().size(), before + 3);
  // What readers may call besides writes nothing.
  must("store verify", JsonObject{});
  const Json tree = JsonObject{{"root", path("churn")}, {"given", "churn"}};
  const Json freeze = JsonObject{{"root", path("freeze.txt")}, {"given", "freeze.txt"}};
  must("fix run", JsonObject{{"debt", debt_}, {"tree", tree}, {"environment", freeze}});
  const Json rule = JsonObject{{"root", path("rule.toml")}, {"given", "rule.toml"}};
  must("rule test", JsonObject{{"file", rule}});
  EXPECT_EQ(rows().size(), before + 3);
  std::set<std::string> reader_writes;
  for (const auto& spec : program_specs().operations)
    if (spec.role <= op::Role::kReader && spec.method != "GET") reader_writes.insert(spec.id());
  EXPECT_EQ(reader_writes,
            (std::set<std::string>{"token create", "token revoke", "signin run", "signout run",
                                   "store verify", "fix run", "rule test"}));
}

TEST_F(OperationsLog, WhatFailsOrOnlyLooksLeavesNone) {
  const auto before = rows();
  EXPECT_FALSE(call("debt write-off", JsonObject{{"id", debt_}, {"reason", " "}}));
  EXPECT_FALSE(call("debt reopen", JsonObject{{"id", debt_}, {"reason", "it is open"}}));
  EXPECT_FALSE(call("rate set", JsonObject{{"currency", "eur"}, {"per_hour", 90}}));
  EXPECT_FALSE(call("task cancel", JsonObject{{"id", "none"}}));
  Json dry = audit_of("churn");
  dry.set("dry_run", true);
  must("audit run", dry);
  must("store collect", JsonObject{{"dry_run", true}});
  EXPECT_EQ(rows(), before);
}

TEST_F(OperationsLog, AnAuditThatDeclaresItsTreeHasOneRow) {
  project("other", "scipy\n");
  const auto before = rows().size();
  const Json report = must("audit run", audit_of("other"));
  must("asset show", JsonObject{{"asset", "other"}});
  const auto after = rows();
  ASSERT_EQ(after.size(), before + 1);
  EXPECT_EQ(after.back(), (Row{"local:owner", "audit run", report.text_or("id", "")}));
}

}  // namespace
}  // namespace solvent::app
