#include <algorithm>
#include <array>
#include <variant>

#include "base/digest.h"
#include "profile/column_builders.h"
#include "profile/comoments.h"

namespace solvent::profile {
namespace {

/// A counting slot and its share of free ones.
constexpr std::int64_t kBytesPerExactValue = 64;

std::vector<std::int64_t> numeric_columns(std::span<const ProfileBuilder::Column> columns,
                                          std::int64_t count_max) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ColumnType type = columns[i].type;
    const bool numeric =
        type == ColumnType::kBool || type == ColumnType::kInt || type == ColumnType::kReal;
    if (numeric && static_cast<std::int64_t>(out.size()) < count_max)
      out.push_back(static_cast<std::int64_t>(i));
  }
  return out;
}

std::size_t length(const ColumnSpan& span) {
  if (is_text(span.type)) return span.texts.size();
  return span.type == ColumnType::kReal ? span.reals.size() : span.integers.size();
}

}  // namespace

std::string_view column_type_name(ColumnType type) {
  static constexpr std::array<std::string_view, 8> kNames = {"unknown", "bool", "int",  "real",
                                                             "text",    "time", "date", "other"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string schema_digest_of(std::span<const ColumnProfile> columns) {
  Hasher hasher;
  hasher.field("solvent table schema 1");
  for (const auto& column : columns) hasher.field(column.name).field(column.type);
  return hasher.finish().hex();
}

const ColumnProfile* TableProfile::find(std::string_view column) const {
  for (const auto& candidate : columns)
    if (candidate.name == column) return &candidate;
  return nullptr;
}

struct ProfileBuilder::State {
  State(std::vector<Column> given, Limits bounds)
      : columns(std::move(given)),
        limits(bounds),
        comoments(numeric_columns(columns, limits.comoment_columns_max)) {
    const auto count = static_cast<std::int64_t>(std::max<std::size_t>(1, columns.size()));
    const std::int64_t share = limits.memory_bytes_max / count;
    const std::int64_t exact_max =
        std::max<std::int64_t>(16, std::min(limits.exact_values_max, share / kBytesPerExactValue));
    const std::int64_t bytes_max =
        std::max<std::int64_t>(4'096, std::min(limits.text_bytes_max, share));
    for (const auto& column : columns) {
      if (is_text(column.type)) {
        states.emplace_back(
            TextColumn(static_cast<std::size_t>(exact_max), static_cast<std::size_t>(bytes_max)));
      } else {
        states.emplace_back(NumberColumn(column.type, static_cast<std::size_t>(exact_max)));
      }
    }
  }

  std::vector<Column> columns;
  Limits limits;
  std::vector<std::variant<NumberColumn, TextColumn>> states;
  CoMomentMatrix comoments;
  std::int64_t rows = 0;
};

ProfileBuilder::ProfileBuilder(std::vector<Column> columns, Limits limits)
    : state_(std::make_unique<State>(std::move(columns), limits)) {}
ProfileBuilder::~ProfileBuilder() = default;
ProfileBuilder::ProfileBuilder(ProfileBuilder&&) noexcept = default;

void ProfileBuilder::add(std::span<const ColumnSpan> columns) {
  State& state = *state_;
  ASSERT(columns.size() == state.columns.size());
  if (columns.empty()) return;
  const std::size_t rows = length(columns[0]);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ASSERT(columns[i].type == state.columns[i].type);
    ASSERT(length(columns[i]) == rows);
    ASSERT(columns[i].valid.empty() || columns[i].valid.size() == rows);
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    std::visit([&](auto& column) { column.add(columns[i]); }, state.states[i]);
  state.comoments.add(columns);
  state.rows += static_cast<std::int64_t>(rows);
}

TableProfile ProfileBuilder::finish() const {
  const State& state = *state_;
  TableProfile out;
  out.rows = state.rows;
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    ColumnProfile& column = out.columns.emplace_back();
    column.name = state.columns[i].name;
    column.type = column_type_name(state.columns[i].type);
    std::visit([&](const auto& s) { s.finish(column, state.limits); }, state.states[i]);
  }
  out.schema_digest = schema_digest_of(out.columns);
  out.comoments = state.comoments.pairs();
  return out;
}

}  // namespace solvent::profile
