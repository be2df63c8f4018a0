// Any bytes as a PostgreSQL snapshot: refused or accepted, never more.
#include "base/sim_disk.h"
#include "sql/dialect.h"
#include "sql/postgres_dump.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace solvent;
  SimDisk disk;
  {
    const auto file = MUST(disk.open("/dump", OpenMode::kCreate));
    MUST(file->write_at(0, ByteView(data, size)));
  }
  (void)sql::check_dump(disk, "/dump");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const sql::Dialect dialect : {sql::Dialect::kSqlite, sql::Dialect::kPostgres}) {
    (void)sql::translate(text, dialect);
  }
  (void)sql::split_statements(text);
  return 0;
}
