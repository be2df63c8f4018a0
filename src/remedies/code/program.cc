#include "remedies/code/program.h"

#include <algorithm>

#include "base/text.h"
#include "remedies/code/source_checks.h"
#include "syntax/cell_commands.h"
#include "syntax/notebook.h"

namespace solvent::remedies::code {

bool is_program(std::string_view path) {
  return path.ends_with(".py") || path.ends_with(".pyw") || path.ends_with(".ipynb");
}

check::Location Program::place(std::string_view path, std::int64_t line) const {
  check::Location place{.path = std::string(path), .line = line};
  const auto behind = std::ranges::upper_bound(parts, line, {}, &Part::line);
  if (behind != parts.begin()) {
    const Part& part = *(behind - 1);
    place.cell = part.cell;
    place.line = line - part.line + 1;
  }
  return place;
}

Result<Program> read_program(std::string_view path, std::string_view text) {
  Program out;
  const std::string_view name = file_name(path);
  out.is_test = lies_below(path, "tests") || lies_below(path, "test") ||
                name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py";
  if (!path.ends_with(".ipynb")) {
    out.text = text;
    return out;
  }
  const auto notebook = TRY(syntax::read_notebook(text));
  if (!notebook.language.empty() && !notebook.language.starts_with("python") &&
      !notebook.language.starts_with("ipython"))
    return fail(Code::kUnimplemented, "the notebook is in " + notebook.language);
  std::int64_t line = 1;
  for (std::size_t i = 0; i < notebook.cells.size(); ++i) {
    const syntax::Cell& cell = notebook.cells[i];
    if (cell.kind != syntax::CellKind::kCode) continue;
    out.parts.push_back({line, static_cast<std::int64_t>(i) + 1});
    out.text += syntax::python_of_cell(cell.source);
    out.text += '\n';
    line += std::ranges::count(cell.source, '\n') + 1;
  }
  return out;
}

}  // namespace solvent::remedies::code
