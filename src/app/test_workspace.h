/// For tests of this folder: a workspace in a temporary directory with every operation of the
/// program, called as anybody.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/modules.h"
#include "app/specs.h"
#include "app/workspace.h"
#include "identity/identity.h"
#include "op/registry.h"
#include "sql/test_engines.h"

namespace solvent::app {

class WorkspaceTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_.emplace(MUST(TempDirectory::create("workspace")));
    open();
  }

  /// Opens it anew, with settings as flags give them.
  void open(std::map<std::string, std::string> flags = {}) {
    operations_.reset();
    modules_.reset();
    workspace_.reset();
    const Surroundings with{clock_, random_, posix_files(), null_log(), {}, std::move(flags)};
    const auto& specs = program_specs();
    if (!Workspace::find(posix_files(), directory_->path()))
      MUST(Workspace::create(with, directory_->path(), specs.settings, specs.migrations));
    workspace_ = MUST(Workspace::open(with, directory_->path() + "/.solvent", Sharing::kEmbedded,
                                      specs.settings, specs.migrations));
    modules_ = MUST(Modules::create(*workspace_, Sharing::kEmbedded));
    operations_.emplace(MUST(op::Operations::create(specs.operations, modules_->handlers())));
  }

  Result<op::Reply> reply(const std::string& id, Json params,
                          const op::Caller& caller = op::local_owner()) {
    const op::OperationSpec* spec = operations_->find_id(id);
    if (spec == nullptr) return fail(Code::kNotFound, "no such operation: " + id);
    clock_.advance(2'000);  // ids of what is made one after the other are in that order
    return operations_->call(
        *spec, {.params = std::move(params), .progress = {}, .cancel = nullptr}, caller);
  }
  Result<Json> call(const std::string& id, Json params,
                    const op::Caller& caller = op::local_owner()) {
    auto given = TRY(reply(id, std::move(params), caller));
    if (auto* json = std::get_if<Json>(&given)) return std::move(*json);
    return Json();
  }
  Json must(const std::string& id, Json params, const op::Caller& caller = op::local_owner()) {
    auto given = call(id, std::move(params), caller);
    EXPECT_TRUE(given) << id << ": " << (given ? "" : given.error().message);
    return given ? *std::move(given) : Json(JsonObject{});
  }
  /// The bytes of a reply that is a file.
  std::string text_of(const std::string& id, Json params, const op::Caller& caller) {
    auto given = reply(id, std::move(params), caller);
    EXPECT_TRUE(given) << id << ": " << (given ? "" : given.error().message);
    std::string text;
    if (!given) return text;
    auto& stream = std::get<op::ByteStream>(*given);
    for (;;) {
      const std::string piece = MUST(stream.next());
      if (piece.empty()) return text;
      text += piece;
    }
  }

  std::string path(const std::string& below) const { return directory_->path() + "/" + below; }
  void write(const std::string& below, const std::string& text) {
    MUST(posix_files().make_directories(std::string(parent_path(path(below)))));
    MUST(write_file_durably(posix_files(), path(below), as_bytes(text)));
  }
  /// A project with one file of so many unpinned requirements: one debt.
  void project(const std::string& name, const std::string& requirements) {
    write(name + "/requirements.txt", requirements);
  }
  Json audit_of(const std::string& name) const {
    return JsonObject{{"trees", JsonArray{JsonObject{{"root", path(name)}, {"given", name}}}},
                      {"checks", JsonArray{"code/unpinned-dependencies"}}};
  }

  FakeClock clock_{1'795'478'400 * kSecondUs};  // 2026-11-24T00:00:00Z
  SeededRandom random_{1};
  std::optional<TempDirectory> directory_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Modules> modules_;
  std::optional<op::Operations> operations_;
};

/// The first member of a list of objects that has this member, and another member of it.
inline std::string text_in(const Json& list, std::string_view member) {
  return list.array().empty() ? std::string() : list.array()[0].text_or(member, "");
}

}  // namespace solvent::app
