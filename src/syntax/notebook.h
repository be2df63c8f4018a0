/// Jupyter notebooks (nbformat 2 to 4) as cells. Pure; total over any bytes: what is not a notebook
/// is an error, never a crash. Lines and cells are 1-based.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace solvent::syntax {

enum class CellKind : std::uint8_t { kCode, kMarkdown, kOther };

struct Cell {
  CellKind kind = CellKind::kOther;
  std::string source;
  std::optional<std::int64_t> execution_count;  ///< nbformat 2 and 3 call it prompt_number
  std::int64_t outputs = 0;                     ///< how many are recorded
  std::int64_t line = 0;                        ///< line of the file on which the cell begins
};

struct Notebook {
  std::int64_t format = 0;  ///< nbformat's major number
  std::string language;     ///< of the kernel, lower case; empty when not said
  std::vector<Cell> cells;  ///< of all worksheets, in order
};

struct NotebookLimits {
  std::size_t depth_max = 64;  ///< of the JSON; outputs nest
  std::size_t bytes_max = 64u << 20;
};

/// Reads the format of nbformat's schemas (https://nbformat.readthedocs.io). kInvalidArgument for
/// what breaks them in a part that is read here; kResourceExhausted over a limit.
Result<Notebook> read_notebook(std::string_view text, NotebookLimits limits = {});

}  // namespace solvent::syntax
