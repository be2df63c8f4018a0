#include "store/operations.h"

#include <gtest/gtest.h>

#include "store/test_store.h"

namespace solvent::store {
namespace {

Result<Json> call(const std::vector<op::Handler>& handlers, const std::string& id, Json params) {
  const CancelToken cancel;
  const op::Request request{std::move(params), [](const op::Progress&) {}, &cancel};
  for (const op::Handler& handler : handlers)
    if (handler.id == id) return std::get<Json>(TRY(handler.call(request, op::local_owner())));
  return fail(Code::kNotFound, "no handler: " + id);
}

Result<void> no_log(sql::Tx&, const op::Caller&, std::string_view, std::string_view) {
  return {};
}

TEST(StoreOperations, EveryDeclaredOneIsBoundAndHasExamples) {
  TestStore t;
  const auto handlers = bind(*t, {}, no_log);
  for (const op::OperationSpec& spec : specs().operations) {
    EXPECT_FALSE(spec.examples.empty()) << spec.id();
    EXPECT_TRUE(call(handlers, spec.id(), JsonObject{})) << spec.id();
  }
  EXPECT_EQ(handlers.size(), specs().operations.size());
}

TEST(StoreOperations, CollectHonoursRootsAndDryRun) {
  TestStore t("sqlite", {.grace = 0});
  const Blob kept = t.put("kept"), dropped = t.put("dropped");
  t.clock().advance(1);
  std::vector<std::string> log;
  const auto handlers = bind(*t,
                             {{"test",
                               [&](sql::Tx&, const auto& yield) -> Result<void> {
                                 yield(kept.digest);
                                 return {};
                               }}},
                             [&](sql::Tx&, const op::Caller& caller, std::string_view action,
                                 std::string_view) -> Result<void> {
                               log.push_back(caller.principal + " " + std::string(action));
                               return {};
                             });
  const Json dry = MUST(call(handlers, "store collect", JsonObject{{"dry_run", true}}));
  EXPECT_EQ(dry.int_or("chunks_dropped", 0), 1);
  EXPECT_TRUE(dry.bool_or("dry_run", false));
  EXPECT_TRUE(MUST(t->contains(dropped.digest)));
  EXPECT_EQ(MUST(call(handlers, "store stat", JsonObject{})).int_or("packs", 0), 2);
  EXPECT_EQ(MUST(call(handlers, "store collect", JsonObject{})).int_or("chunks_dropped", 0), 1);
  EXPECT_FALSE(MUST(t->contains(dropped.digest)));
  EXPECT_EQ(MUST(call(handlers, "store stat", JsonObject{})).int_or("packs", 0), 1);
  EXPECT_EQ(log, std::vector<std::string>{"local:owner store collect"});  // not the dry run
}

TEST(StoreOperations, VerifySaysWhatIsWrong) {
  TestStore t;
  t.put("sound");
  EXPECT_TRUE(
      MUST(call(bind(*t, {}, no_log), "store verify", JsonObject{})).bool_or("sound", false));
  const std::string path = join_path(t.packs(), t.pack_files()[0]);
  MUST(MUST(posix_files().open(path, OpenMode::kReadWrite))->write_at(17, as_bytes("X")));
  const Json report = MUST(call(bind(*t, {}, no_log), "store verify", JsonObject{}));
  EXPECT_FALSE(report.bool_or("sound", true));
  EXPECT_EQ(report.find("problems")->array().size(), 1u);
}

}  // namespace
}  // namespace solvent::store
