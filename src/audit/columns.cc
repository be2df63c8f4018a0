#include "audit/columns.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::audit {
namespace {

/// Ends a scan that has shown all the rows that were asked for.
constexpr std::string_view kEnough = "enough rows";

std::size_t rows_of(const ColumnSpan& span) {
  return std::max({span.integers.size(), span.reals.size(), span.texts.size(), span.valid.size()});
}

std::optional<std::string> text_of(const ColumnSpan& span, std::size_t row) {
  if (!span.valid.empty() && span.valid[row] == 0) return std::nullopt;
  switch (span.type) {
    case ColumnType::kBool: return span.integers[row] != 0 ? "true" : "false";
    case ColumnType::kInt: return std::to_string(span.integers[row]);
    case ColumnType::kTime: return format_time(span.integers[row]);
    case ColumnType::kDate: return format_date(span.integers[row]);
    case ColumnType::kReal: return format_double(span.reals[row]);
    case ColumnType::kText:
    case ColumnType::kOther: return std::string(span.texts[row]);
    case ColumnType::kUnknown: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

TableColumns::TableColumns(std::vector<std::string> names, std::int64_t rows, OpenFn open,
                           const CancelToken& cancel)
    : names_(std::move(names)), rows_(rows), open_(std::move(open)), cancel_(cancel) {}

Result<table::Table*> TableColumns::opened() const {
  if (table_.table == nullptr) table_ = TRY(open_());
  return table_.table.get();
}

Result<std::int64_t> TableColumns::duplicate_rows(std::span<const std::string> columns) const {
  const std::lock_guard lock(mutex_);
  TRY(cancel_.check());
  table::Table* table = TRY(opened());
  return table->duplicate_rows(columns);
}

Result<void> TableColumns::each_row(
    std::span<const std::string> columns, std::int64_t rows_max,
    const std::function<Result<void>(std::span<const std::optional<std::string>>)>& visit) const {
  const std::lock_guard lock(mutex_);
  table::Table* table = TRY(opened());
  std::int64_t left = rows_max;
  std::vector<std::optional<std::string>> row(columns.size());
  auto done = table->scan(
      columns,
      [&](std::span<const ColumnSpan> batch) -> Result<void> {
        const std::size_t count = batch.empty() ? 0 : rows_of(batch[0]);
        for (std::size_t i = 0; i < count; ++i) {
          if (left-- <= 0) return fail(Code::kOutOfRange, std::string(kEnough));
          for (std::size_t c = 0; c < batch.size(); ++c) row[c] = text_of(batch[c], i);
          TRY(visit(row));
        }
        return {};
      },
      &cancel_);
  if (!done && left < 0 && done.error().code == Code::kOutOfRange) return {};
  return done;
}

}  // namespace solvent::audit
