/// Rows of a table as a check scans them: bounded, as text, cancellable. Thread-safe: the table
/// underneath is used by one thread at a time.
#pragma once

#include <functional>
#include <mutex>

#include "audit/data_source.h"
#include "base/threads.h"
#include "check/check.h"

namespace solvent::audit {

class TableColumns final : public check::ColumnSource {
 public:
  using OpenFn = std::function<Result<OpenTable>()>;
  /// `names` and `rows` from the profile; `open` is called when rows are first asked for.
  TableColumns(std::vector<std::string> names, std::int64_t rows, OpenFn open,
               const CancelToken& cancel);

  std::vector<std::string> columns() const override { return names_; }
  std::int64_t rows() const override { return rows_; }
  Result<std::int64_t> duplicate_rows(std::span<const std::string> columns) const override;
  Result<void> each_row(
      std::span<const std::string> columns, std::int64_t rows_max,
      const std::function<Result<void>(std::span<const std::optional<std::string>>)>& visit)
      const override;

 private:
  Result<table::Table*> opened() const;

  std::vector<std::string> names_;
  std::int64_t rows_;
  OpenFn open_;
  const CancelToken& cancel_;
  mutable std::mutex mutex_;
  mutable OpenTable table_;
};

}  // namespace solvent::audit
