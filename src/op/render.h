/// Results as people read them in a terminal, from the result's JSON and spec alone. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "base/describe.h"

namespace solvent::op {

struct RenderOptions {
  std::size_t width = 100;  ///< terminal columns; 0 is unlimited
  bool colour = false;      ///< ANSI; only for a terminal
  bool wide = false;        ///< also the columns marked `wide`
};

/// Scalars as aligned "name: value" lines, lists of structs as tables with numbers to the right,
/// cells cut with "…" where the width does not suffice. Amounts take their currency from the
/// nearest `currency` field of the same or an outer struct. Control characters in foreign texts
/// never reach the terminal. Ends in a newline unless empty.
std::string render(const Json& result, const StructSpec& spec, const RenderOptions& options);

/// One value by its unit: "2026-11-24", "3.5 h", "€37,080", "12.3 MiB", "4.5%".
std::string render_value(const Json& value, const FieldSpec& field, std::string_view currency);

}  // namespace solvent::op
