/// PostgreSQL's snapshot: one schema in one file of our own format. Owns that format (version 1):
///   "solvent-sql-dump" 0x00 version(1 byte)
///   records: tag(1) size(8, little-endian) payload
///     'T' table: name, columns (name, type, not null, default)
///     'R' rows: of the last table, values in column order
///     'S' statement that ends the schema: a constraint or an index, run after the rows
///     'E' end: the number of rows
///   BLAKE3 of all bytes before it (32 bytes)
/// A dump holds expressions (defaults, checks) that load runs: trust it as the database it came
/// from.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "sql/postgres_connection.h"

namespace solvent::sql {

/// Writes the connection's schema to `path`, durably, in one REPEATABLE READ transaction. Opens and
/// ends that transaction.
Result<void> dump_schema(PgConnection& connection, const std::string& schema, FileSystem& files,
                         const std::string& path);

/// Reads the whole file and checks its digest and its structure: kDataLoss when damaged.
Result<void> check_dump(FileSystem& files, const std::string& path);

/// Fills an empty schema from a checked dump inside the open transaction.
Result<void> load_schema(PgConnection& connection, const std::string& schema, FileSystem& files,
                         const std::string& path);

/// Drops the schema's tables inside the open transaction.
Result<void> clear_schema(PgConnection& connection, const std::string& schema);

/// Indexes valid and, where the extension amcheck is installed, checked; constraints validated;
/// every row readable.
Result<void> verify_schema(PgConnection& connection, const std::string& schema);

}  // namespace solvent::sql
