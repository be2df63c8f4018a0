/// A file of Python or a notebook as one program, with the places of its lines. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "check/check.h"

namespace solvent::remedies::code {

struct Program {
  std::string
      text;  ///< of a notebook: its code cells in their order, magics and shell lines blanked
  bool is_test = false;

  /// Of a line of `text`, from 1.
  check::Location place(std::string_view path, std::int64_t line) const;

  struct Part {
    std::int64_t line = 0, cell = 0;  ///< the first of its lines in `text`; the cell, from 1
  };
  std::vector<Part> parts;  ///< of a notebook, in order
};

/// Whether this path is looked at as a program.
bool is_program(std::string_view path);
/// kInvalidArgument for a notebook that cannot be read; kUnimplemented for one in another language.
Result<Program> read_program(std::string_view path, std::string_view text);

}  // namespace solvent::remedies::code
