/// How wide and how deep a file is by its own bytes, so that what is too wide or too deep is
/// refused before the engine opens it. Pure, in constant memory; inside of table.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace solvent::table {

/// Top-level columns of a Parquet file, from the start of its footer: the children of the schema's
/// root (Parquet's parquet.thrift, FileMetaData and SchemaElement; Thrift's compact protocol).
/// Nothing where it cannot be told; the engine then has the word.
std::optional<std::int64_t> parquet_columns(std::string_view footer);

/// The width of a JSON file's first object, alone or in a list, and the depth of it all. Fed piece
/// by piece; says nothing of whether it is JSON.
class JsonShape {
 public:
  void feed(std::string_view bytes);
  std::int64_t members() const { return members_; }  ///< of the first object
  std::int64_t deepest() const { return deepest_; }  ///< 1 for [1], 2 for [{}]

 private:
  enum class First : std::uint8_t { kAwaited, kOpen, kClosed };
  std::int64_t members_ = 0, depth_ = 0, deepest_ = 0, first_depth_ = 0;
  First first_ = First::kAwaited;
  bool in_string_ = false, escaped_ = false;
};

}  // namespace solvent::table
