#include "audit/profile_table.h"

namespace solvent::audit {

Result<profile::TableProfile> profile_table(table::Table& table, const profile::Limits& limits,
                                            const CancelToken* cancel) {
  std::vector<profile::ProfileBuilder::Column> columns;
  std::vector<std::string> names;
  for (const auto& column : table.columns()) {
    columns.push_back({.name = column.name, .type = column.type});
    names.push_back(column.name);
  }
  profile::ProfileBuilder builder(std::move(columns), limits);
  TRY(table.scan(
      names,
      [&](std::span<const ColumnSpan> batch) -> Result<void> {
        builder.add(batch);
        return {};
      },
      cancel));
  return builder.finish();
}

}  // namespace solvent::audit
