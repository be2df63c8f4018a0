#include "tasks/operations.h"

#include <gtest/gtest.h>

#include <set>

#include "sql/test_engines.h"

namespace solvent::tasks {
namespace {

class TaskOperations : public testing::Test {
 protected:
  void SetUp() override {
    db_.make("sqlite");
    MUST(db_->migrate(specs().migrations, {}));
    tasks_.emplace(*db_, clock_, random_);
  }
  std::vector<op::Handler> handlers() {
    return bind(
        *tasks_,
        [this](sql::Tx&, const op::Caller& caller, std::string_view action,
               std::string_view subject) -> Result<void> {
          log_.push_back(caller.principal + " " + std::string(action) + " " + std::string(subject));
          return {};
        });
  }
  Result<op::Reply> call(const std::string& id, Json params,
                         const op::Caller& caller = op::local_owner()) {
    const CancelToken cancel;
    const op::Request request{std::move(params), [](const op::Progress&) {}, &cancel};
    for (const op::Handler& handler : handlers())
      if (handler.id == id) return handler.call(request, caller);
    return fail(Code::kNotFound, "no handler: " + id);
  }

  sql::TestDatabase db_;
  FakeClock clock_{1'795'000'000 * kSecondUs};
  SeededRandom random_{1};
  std::optional<Tasks> tasks_;
  std::vector<std::string> log_;
};

TEST_F(TaskOperations, ListShowCancelAndWatchAnswer) {
  const std::string id = MUST(tasks_->enqueue({.kind = "a", .params = JsonObject{{"x", 1}}}));
  const Json list = std::get<Json>(MUST(call("task list", JsonObject{{"status", "queued"}})));
  ASSERT_EQ(list.find("tasks")->array().size(), 1u);
  EXPECT_EQ(list.find("tasks")->array()[0].text_or("id", ""), id);
  const Json none = std::get<Json>(MUST(call("task list", JsonObject{{"kind", "b"}})));
  EXPECT_TRUE(none.find("tasks")->array().empty());
  EXPECT_EQ(std::get<Json>(MUST(call("task show", JsonObject{{"id", id}}))).text_or("kind", ""),
            "a");
  auto stream = std::get<op::EventStream>(MUST(call("task watch", JsonObject{{"id", id}})));
  std::vector<std::string> events;
  const auto held = stream.subscribe([&](std::string_view event, const Json&) {
    events.emplace_back(event);
    return true;
  });
  const Json gone = std::get<Json>(MUST(call("task cancel", JsonObject{{"id", id}})));
  EXPECT_EQ(gone.text_or("status", ""), "cancelled");
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events.front(), "progress");
  EXPECT_EQ(events.back(), "end");
  for (const char* verb : {"task show", "task cancel", "task watch"})
    EXPECT_EQ(call(verb, JsonObject{{"id", "none"}}).error().code, Code::kNotFound) << verb;
}

TEST_F(TaskOperations, AStreamEndsWithItsTaskWhateverTheListenerStillHolds) {
  const std::string id = MUST(tasks_->enqueue({.kind = "a"}));
  auto open = std::make_shared<int>(0);
  const std::weak_ptr<int> sink = open;
  const auto held =
      MUST(tasks_->watch(id)).subscribe([open = std::move(open)](std::string_view, const Json&) {
        return ++*open > 0;
      });
  EXPECT_FALSE(sink.expired());
  MUST(tasks_->cancel(id));
  EXPECT_TRUE(sink.expired());
}

TEST_F(TaskOperations, WhoIsLimitedToSomeAssetsSeesItsOwnTasksOnly) {
  const std::string mine = MUST(tasks_->enqueue({.kind = "a", .created_by = "user:ada"}));
  const std::string other = MUST(tasks_->enqueue({.kind = "a", .created_by = "user:bob"}));
  op::Caller ada;
  ada.principal = "user:ada";
  ada.role = op::Role::kEditor;
  ada.scopes = {"lab/**"};
  const auto ids = [&](const op::Caller& caller) {
    std::set<std::string> seen;
    const Json list = std::get<Json>(MUST(call("task list", JsonObject{}, caller)));
    for (const Json& task : list.find("tasks")->array()) seen.insert(task.text_or("id", ""));
    return seen;
  };
  EXPECT_EQ(ids(ada), std::set<std::string>{mine});
  EXPECT_EQ(ids(op::local_owner()), (std::set<std::string>{mine, other}));
  for (const char* verb : {"task show", "task watch", "task cancel"}) {
    const auto hidden = call(verb, JsonObject{{"id", other}}, ada);
    const auto none = call(verb, JsonObject{{"id", "none"}}, ada);
    ASSERT_FALSE(hidden) << verb;
    EXPECT_EQ(hidden.error().code, Code::kNotFound) << verb;
    EXPECT_EQ(hidden.error().hint, none.error().hint) << verb;
    EXPECT_EQ(hidden.error().message, "no such task: " + other) << verb;
    EXPECT_TRUE(call(verb, JsonObject{{"id", mine}}, ada)) << verb;
  }
  EXPECT_EQ(MUST(tasks_->find(other)).status, "queued");
  EXPECT_EQ(log_, std::vector<std::string>{"user:ada task cancel " + mine});
  ada.scopes = {"*"};
  EXPECT_EQ(ids(ada).size(), 2u);
}

TEST_F(TaskOperations, ASinkMayDropItsOwnSubscription) {
  const std::string id = MUST(tasks_->enqueue({.kind = "a"}));
  std::shared_ptr<void> held;
  int heard = 0;
  held = MUST(tasks_->watch(id)).subscribe([&](std::string_view, const Json&) {
    ++heard;
    held.reset();
    return true;
  });
  MUST(tasks_->cancel(id));
  EXPECT_EQ(heard, 2);  // the first came before there was anything to drop
}

TEST_F(TaskOperations, EveryDeclaredOneIsBoundAndHasExamples) {
  std::set<std::string> bound;
  for (const op::Handler& handler : handlers()) bound.insert(handler.id);
  for (const op::OperationSpec& spec : specs().operations) {
    EXPECT_TRUE(bound.contains(spec.id())) << spec.id();
    EXPECT_FALSE(spec.examples.empty()) << spec.id();
  }
  EXPECT_EQ(bound.size(), specs().operations.size());
}

}  // namespace
}  // namespace solvent::tasks
