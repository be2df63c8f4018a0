#include "sql/dialect.h"

#include <gtest/gtest.h>

namespace solvent::sql {
namespace {

TEST(Dialect, ColumnTypesBecomeTheEngines) {
  const std::string_view sql =
      "CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, \"text\" TEXT NOT NULL,\n"
      "  blob BLOB, r DOUBLE PRECISION, CHECK (CAST(id AS TEXT) <> 'TEXT'), kind TEXT);";
  EXPECT_EQ(MUST(translate(sql, Dialect::kSqlite)).text,
            "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, \"text\" TEXT NOT NULL, "
            "blob BLOB, r REAL , CHECK (CAST(id AS TEXT) <> 'TEXT'), kind TEXT) STRICT");
  EXPECT_EQ(MUST(translate(sql, Dialect::kPostgres)).text,
            "CREATE TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, \"text\" TEXT COLLATE \"C\" NOT "
            "NULL, blob BYTEA, r DOUBLE PRECISION, CHECK (CAST(id AS TEXT) <> 'TEXT'), "
            "kind TEXT COLLATE \"C\")");
  EXPECT_EQ(MUST(translate("ALTER TABLE t ADD COLUMN c TEXT", Dialect::kPostgres)).text,
            "ALTER TABLE t ADD COLUMN c TEXT COLLATE \"C\"");
  EXPECT_EQ(
      MUST(translate("SELECT CAST($1 AS BLOB), blob, 'BLOB' FROM t", Dialect::kPostgres)).text,
      "SELECT CAST($1 AS BYTEA), blob, 'BLOB' FROM t");
}

TEST(Dialect, VerbsAreSeenThroughWith) {
  EXPECT_EQ(MUST(translate("WITH a AS (SELECT 1) DELETE FROM t", Dialect::kSqlite)).verb,
            Verb::kDelete);
  EXPECT_EQ(MUST(translate("/* c */ select 1 -- end", Dialect::kSqlite)).verb, Verb::kSelect);
  EXPECT_EQ(MUST(translate("SELECT $2, $1", Dialect::kSqlite)).parameters, 2u);
}

TEST(Dialect, WhatOneEngineLacksIsRefused) {
  for (const char* sql :
       {"",
        " -- nothing",
        "SELECT 1; SELECT 2",
        "SELECT ?",
        "SELECT ?1",
        "SELECT :a",
        "SELECT @a",
        "SELECT a::text",
        "SELECT $0",
        "SELECT a FROM t WHERE $1 IS NULL OR a = $1",
        "SELECT $2",
        "SELECT $$a$$",
        "SELECT $a",
        "SELECT `a`",
        "SELECT [a]",
        "SELECT x'00'",
        "SELECT E'a'",
        "SELECT 'a",
        "SELECT \"a",
        "SELECT /* a",
        "SELECT 1)",
        "SELECT a == b",
        "REPLACE INTO t VALUES (1)",
        "INSERT OR IGNORE INTO t VALUES (1)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id BIGINT) WITHOUT ROWID",
        "CREATE TABLE t (id BIGINT PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t (v TEXT COLLATE NOCASE)",
        "CREATE TABLE t (v VARCHAR(10))",
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIEW v AS SELECT 1",
        "SELECT a FROM t WHERE a ILIKE 'x'",
        "SELECT a FROM t WHERE a GLOB 'x'",
        "PRAGMA foreign_keys = OFF",
        "BEGIN",
        "COMMIT",
        "ATTACH 'a' AS b",
        "SELECT a # b",
        "CREATE TABLE t (p BIGINT REFERENCES t (p) DEFERRABLE INITIALLY DEFERRED)"}) {
    for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgres}) {
      const auto done = translate(sql, dialect);
      ASSERT_FALSE(done) << sql;
      EXPECT_EQ(done.error().code, Code::kInternal);
    }
  }
  EXPECT_FALSE(translate(std::string_view("SELECT 1\0", 9), Dialect::kSqlite));
}

TEST(Dialect, ScriptsSplitAtTopLevelSemicolons) {
  const auto parts = MUST(split_statements(
      "-- a; b\nCREATE TABLE t (v TEXT DEFAULT ';');\n\n;INSERT INTO t VALUES ('a''; b') /* ; */;\n"
      "DELETE FROM t"));
  EXPECT_EQ(parts,
            (std::vector<std::string>{"CREATE TABLE t (v TEXT DEFAULT ';')",
                                      "INSERT INTO t VALUES ('a''; b') /* ; */", "DELETE FROM t"}));
  EXPECT_TRUE(MUST(split_statements("  ;; -- x")).empty());
}

TEST(Dialect, IdentifiersAreQuoted) {
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace solvent::sql
