/// For tests of this folder: one fixture over both engines, each test in a fresh database.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "sql/database.h"

namespace solvent::sql {

inline constexpr const char* kPostgresMissing =
    "no PostgreSQL server: run the tests as\n"
    "  tools/postgres run -- ctest --preset release\n"
    "(SOLVENT_TEST_POSTGRES=postgresql://… names a server that may be filled with schemas)";

/// A database of one engine in a place of its own, and further handles on the same place.
class TestDatabase {
 public:
  /// Fails the test when there is no server for "postgresql".
  void make(const std::string& engine) {
    engine_ = engine;
    if (engine == "sqlite") {
      directory_.emplace(MUST(TempDirectory::create("sql")));
    } else {
      const char* url = std::getenv("SOLVENT_TEST_POSTGRES");
      ASSERT_NE(url, nullptr) << kPostgresMissing;
      url_ = url;
      schema_ = "t_" + std::to_string(system_random().next());
    }
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    first_ = std::move(*opened);
  }

  ~TestDatabase() {
    if (first_ && engine_ == "postgresql") {
      (void)first_->write([&](Tx& tx) -> Result<void> {
        TRY(tx.execute("DROP SCHEMA " + schema_ + " CASCADE"));
        return {};
      });
    }
  }

  /// Another handle, as another process would have it.
  Result<std::unique_ptr<Database>> open() const {
    if (engine_ == "sqlite") return open_sqlite(path());
    return open_postgres(url_, {.schema = schema_});
  }

  Database& operator*() const { return *first_; }
  Database* operator->() const { return first_.get(); }
  void close() { first_.reset(); }
  std::string path() const { return directory_->path() + "/catalog.db"; }
  const std::string& engine() const { return engine_; }
  const std::string& url() const { return url_; }
  const std::string& schema() const { return schema_; }

 private:
  std::string engine_;
  std::string url_;
  std::string schema_;
  std::optional<TempDirectory> directory_;
  std::unique_ptr<Database> first_;
};

/// The test's own statements, one per unit.
inline Result<std::int64_t> execute(Database& db, std::string_view sql,
                                    const std::vector<Value>& params = {}) {
  std::int64_t changed = 0;
  TRY(db.write([&](Tx& tx) -> Result<void> {
    changed = TRY(tx.execute(sql, Params(params)));
    return {};
  }));
  return changed;
}

inline Result<Rows> query(Database& db, std::string_view sql,
                          const std::vector<Value>& params = {}) {
  Rows rows;
  TRY(db.read([&](Tx& tx) -> Result<void> {
    rows = TRY(tx.query(sql, Params(params)));
    return {};
  }));
  return rows;
}

class EnginesTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { db_.make(GetParam()); }
  TestDatabase db_;
};

#define SOLVENT_BOTH_ENGINES(suite)                                              \
  INSTANTIATE_TEST_SUITE_P(Both, suite, testing::Values("sqlite", "postgresql"), \
                           [](const auto& tested) { return tested.param; })

}  // namespace solvent::sql
